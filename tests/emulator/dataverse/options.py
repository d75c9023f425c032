"""Query options: names are case-sensitive, each place allows its own, and what the service lacks is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import unquote_plus

from tests.emulator.dataverse.refusal import bad_request, left_out

COLLECTION = frozenset({"$select", "$filter", "$orderby", "$expand", "$top", "$count", "$skiptoken", "$deltatoken"})
ROW = frozenset({"$select", "$expand"})
WRITE = frozenset({"$select", "$expand", "tag"})
TAG = frozenset({"tag"})
_LEFT_OUT = {
    "$apply": "$apply",
    "fetchXml": "FetchXML",
    "savedQuery": "saved queries",
    "userQuery": "saved queries",
    "sql": "SQL queries",
}


def split(query: str) -> dict[str, str]:
    """Options by name, decoded; one that stands twice is refused."""
    found: dict[str, str] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            name = unquote_plus(name)
            if name in found:
                raise bad_request(f"Query option '{name}' was specified more than once, but it must be specified once.")
            found[name] = unquote_plus(value)
    return found


def check(options: Mapping[str, str], allowed: Collection[str]) -> None:
    """Refuses options that do not belong in this place."""
    for name in options:
        if name in allowed:
            continue
        if name == "$skip":
            raise bad_request("Skip Clause is not supported in CRM")
        if name in _LEFT_OUT:
            raise left_out(_LEFT_OUT[name])
        if name.startswith("@"):
            raise left_out("parameter aliases")
        raise bad_request(f"The query parameter {name} is not supported")


def names(text: str) -> list[str]:
    """The names of a comma list; an empty one is refused."""
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise bad_request("Syntax error: an empty name stands in a list of names.")
    return found


def whole(name: str, text: str) -> int:
    if not text.isdecimal():
        raise bad_request(f"Invalid value '{text}' for {name} query option found. A non-negative integer is required.")
    return int(text)


def boolean(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for {name} query option found. Valid values are 'true' or 'false'.")
    return text == "true"
