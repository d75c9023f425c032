"""Addresses below the service root: the entity set, the key with all its fields by name, and `$count`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from tests.emulator.finops.environment import Environment
from tests.emulator.finops.refusal import Refusal, bad_request, no_resource
from tests.emulator.finops.schema import TEXTS, Field
from tests.emulator.finops.store import Table
from tests.emulator.finops.values import GUID, fold, read_moment

_SEGMENT = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?", re.DOTALL)
_PART = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*([A-Za-z_][\w.]*'(?:[^']|'')*'|'(?:[^']|'')*'|[^\s',()]+)\s*(?:,|$)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Address:
    """What a path points to: a set, a row with the folded values of its key, or the count of a set."""

    table: Table
    key: Mapping[str, Any] | None = None
    counts: bool = False


@lru_cache(maxsize=4096)
def _split(path: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Name, text in parentheses, and what follows. The path is split before it is decoded."""
    first, *rest = path.split("/")
    match = _SEGMENT.fullmatch(unquote(first))
    if match is None:
        raise no_resource(path)
    return match[1], match[2], tuple(rest)


def address(environment: Environment, path: str) -> Address:
    """The address behind a path below `/data/`. Names are matched with their letter case."""
    name, predicate, rest = _split(path)
    table = environment.table(name)
    if predicate is None:
        if rest not in ((), ("$count",), ("%24count",)):
            raise no_resource(path)
        return Address(table, counts=bool(rest))
    if rest:
        raise no_resource(path)
    return Address(table, _key(table, predicate, path))


def _key(table: Table, predicate: str, path: str) -> Mapping[str, Any]:
    entity, found = table.entity, dict[str, Any]()
    place = 0
    while place < len(predicate) or not found:
        match = _PART.match(predicate, place)
        if match is None or match[1] not in entity.key or match[1] in found:
            raise no_resource(path)
        found[match[1]] = _literal(entity.fields[match[1]], match[2], path)
        place = match.end()
    if predicate.rstrip().endswith(","):
        raise no_resource(path)
    missing = [name for name in entity.key if name not in found]
    if missing:
        raise bad_request(f"The key of '{entity.name}' is not complete: {', '.join(missing)} must be given.")
    return found


def _literal(field: Field, text: str, path: str) -> Any:
    """The folded value of a literal of the field's type."""
    if field.type in TEXTS:
        if text[0] == text[-1] == "'" and len(text) > 1:
            return fold(text[1:-1].replace("''", "'"))
    elif field.type == "enum":
        name, quote, member = text.partition("'")
        if name == field.edm and quote and member[:-1] in field.members:
            return field.members.index(member[:-1])
    elif field.type == "guid":
        if GUID.fullmatch(text):
            return text.lower()
    elif field.type in ("int", "decimal"):
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    elif (moment := read_moment(text)) is not None:
        return moment
    raise _mistyped(field, path)


def _mistyped(field: Field, path: str) -> Refusal:
    return Refusal(404, f"The value of the key field '{field.name}' in '{path}' is not of the type '{field.edm}'.")
