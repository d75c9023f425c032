"""What a request asks for beyond its address: query options, preferences, and the properties and the order wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_plus

from tests.emulator.business_central.refusal import Refusal, bad_request, no_property
from tests.emulator.business_central.schema import Page
from tests.emulator.business_central.views import filterable

KNOWN: Final = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count"})
SKIP_TOKEN: Final = "$skiptoken"
SCHEMA: Final = "$schemaversion"
_ALWAYS: Final = frozenset({SCHEMA, "company", "tenant"})


@lru_cache(maxsize=256)
def split(query: str) -> Mapping[str, str]:
    """The options of a query string, decoded. An option that stands twice is refused."""
    found: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if name in found:
            raise bad_request(f"The query parameter '{name}' was specified more than once.", _URL)
        found[name] = unquote_plus(value)
    return MappingProxyType(found)


_URL: Final = "BadRequest_InvalidRequestUrl"


def check(options: Mapping[str, str], allowed: Collection[str]) -> None:
    """Refuses query options that do not belong here."""
    for name in options:
        if name.startswith("$") and name not in allowed and name not in _ALWAYS:
            raise bad_request(f"The query option '{name}' is not supported here.", _URL)


def number(options: Mapping[str, str], name: str) -> int | None:
    """The value of an option that counts rows."""
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise bad_request(f"Invalid value '{text}' for {name} query option found.", _URL)
    return int(text)


def wants_count(options: Mapping[str, str]) -> bool:
    text = options.get("$count", "false")
    if text not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found.", _URL)
    return text == "true"


@lru_cache(maxsize=64)
def preferences(header: str) -> Mapping[str, str]:
    """The preferences of a Prefer header by lower-case name. What is not known is passed over, as HTTP has it."""
    pairs = (each.partition("=") for each in header.split(","))
    return MappingProxyType({name.strip().lower(): value.strip().strip('"') for name, _, value in pairs})


def page_size(headers: Mapping[str, str], most: int) -> int:
    """Rows of a page. More than the service gives is refused."""
    wish = preferences(headers.get("prefer", "")).get("odata.maxpagesize", "")
    if not (wish.isascii() and wish.isdigit() and int(wish)):
        return most
    if int(wish) > most:
        raise Refusal(413, "BadRequest", f"The page size {wish} exceeds the maximum of {most}.")
    return int(wish)


def selection(page: Page, text: str | None) -> Sequence[str] | None:
    """The `$select` of a request; None for everything."""
    names = [name.strip() for name in text.split(",")] if text is not None else ["*"]
    if "*" in names:
        return None
    for name in names:
        if name not in page.properties:
            raise no_property(name, page.qualified_type)
    wanted = set(names)
    return [name for name in page.properties if name in wanted]


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    kind: str
    descending: bool


def ordering(page: Page, text: str | None) -> Sequence[Order]:
    """The `$orderby` of a request: by fields, not by what a page computes."""
    found = []
    for each in text.split(",") if text is not None else ():
        name, _, direction = each.strip().partition(" ")
        known = page.properties.get(name)
        if known is None:
            raise no_property(name, page.qualified_type)
        if not filterable(page, known):
            raise bad_request(f"The property '{name}' cannot be used in the $orderby query option.")
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error in $orderby '{text}'.", _URL)
        found.append(Order(known.source, known.type, direction.strip() == "desc"))
    return found


@dataclass(frozen=True, slots=True)
class Expansion:
    """One navigation property of `$expand`, with the options in its parentheses."""

    name: str
    options: Mapping[str, str]


def expansions(text: str | None) -> Sequence[Expansion]:
    """The `$expand` of a request."""
    return [_expansion(each) for each in _apart(text, ",")] if text else []


def _expansion(text: str) -> Expansion:
    name, parenthesis, inner = text.strip().partition("(")
    if not parenthesis:
        return Expansion(name, {})
    if not inner.endswith(")"):
        raise bad_request(f"Syntax error in $expand '{text}'.", _URL)
    pairs = (each.partition("=") for each in _apart(inner[:-1], ";"))
    found = {option.strip(): value for option, _, value in pairs}
    check(found, {"$select", "$expand", "$filter", "$top"})
    return Expansion(name, found)


def _apart(text: str, mark: str) -> list[str]:
    """A text split at marks that stand outside parentheses and quotes."""
    found, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        quoted ^= letter == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(letter, 0)
        if letter == mark and not depth and not quoted:
            found.append(text[start:place])
            start = place + 1
    return [*found, text[start:]]
