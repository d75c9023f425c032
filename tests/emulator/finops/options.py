"""What a request asks for beyond its address: query options, preferences, and the fields and the order wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from urllib.parse import unquote_plus

from tests.emulator.finops.refusal import bad_request, no_property
from tests.emulator.finops.schema import Entity

CROSS_COMPANY = "cross-company"
KNOWN = frozenset({"$filter", "$count", "$orderby", "$skip", "$top", "$expand", "$select"})
SKIP_TOKEN = "$skiptoken"


@lru_cache(maxsize=256)
def split(query: str) -> Mapping[str, str]:
    """The options of a query string, decoded. An option that stands twice is refused."""
    found: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if name in found:
            raise bad_request(f"The query parameter '{name}' was specified more than once.")
        found[name] = unquote_plus(value)
    return MappingProxyType(found)


def check(options: Mapping[str, str], allowed: Collection[str]) -> None:
    """Refuses query options that do not belong here. Names without `$` are the caller's own."""
    for name in options:
        if name.startswith("$") and name not in allowed:
            kind = "is not supported here" if name in KNOWN else "is not supported by this service"
            raise bad_request(f"The query option '{name}' {kind}.")
    if "$expand" in options:
        raise bad_request(f"Could not find a navigation property named '{options['$expand']}'.")


def crosses(options: Mapping[str, str]) -> bool:
    """True if the request looks beyond the caller's own company."""
    return options.get(CROSS_COMPANY, "").lower() == "true"


def number(options: Mapping[str, str], name: str) -> int | None:
    """The value of an option that counts rows."""
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise bad_request(f"Invalid value '{text}' for {name} query option found: a non-negative number is needed.")
    return int(text)


def wants_count(options: Mapping[str, str]) -> bool:
    text = options.get("$count", "false")
    if text not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found: true or false is needed.")
    return text == "true"


@lru_cache(maxsize=64)
def preferences(header: str) -> Mapping[str, str]:
    """The preferences of a Prefer header by lower-case name. What is not known is passed over, as HTTP has it."""
    pairs = (each.partition("=") for each in header.split(","))
    return MappingProxyType({name.strip().lower(): value.strip().strip('"') for name, _, value in pairs})


def page_size(headers: Mapping[str, str], most: int) -> tuple[int, bool]:
    """Rows of a page, and whether the caller's wish was granted."""
    wish = preferences(headers.get("prefer", "")).get("odata.maxpagesize", "")
    if not (wish.isascii() and wish.isdigit() and len(wish) < 10 and int(wish)):
        return most, False
    return min(int(wish), most), True


def wants_representation(headers: Mapping[str, str]) -> bool:
    return preferences(headers.get("prefer", "")).get("return") == "representation"


@dataclass(frozen=True)
class Selection:
    """The properties wanted, None for all: how they are named in the context, how to take them from an encoded row."""

    names: frozenset[str] | None
    context: str
    pick: Callable[[Sequence[str]], Sequence[str]] | None


_ALL = Selection(None, "", None)


@lru_cache(maxsize=256)
def selection(entity: Entity, text: str | None) -> Selection:
    """The `$select` of a request."""
    names = [name.strip() for name in text.split(",")] if text is not None else ["*"]
    if names == ["*"]:
        return _ALL
    places = {name: place for place, name in enumerate(entity.fields)}
    for name in names:
        if name not in places:
            raise no_property(name, entity.qualified_type)
    wanted = sorted({places[name] for name in names})
    context = f"({','.join(dict.fromkeys(names))})"
    if len(wanted) == 1:
        return Selection(frozenset(names), context, lambda encoded: (encoded[wanted[0]],))
    return Selection(frozenset(names), context, itemgetter(*wanted))


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool


def ordering(entity: Entity, text: str | None) -> Sequence[Order]:
    """The `$orderby` of a request."""
    found = []
    for each in text.split(",") if text is not None else ():
        name, _, direction = each.strip().partition(" ")
        if name not in entity.fields:
            raise no_property(name, entity.qualified_type)
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error in $orderby '{text}': '{direction}' is neither asc nor desc.")
        found.append(Order(name, direction.strip() == "desc"))
    return found
