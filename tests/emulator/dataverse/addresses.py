"""Addresses: path segments, primary ids and alternate keys in parentheses, and paths in `@odata.bind` values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import Refusal, bad_request, no_row, no_row_with_key, no_segment
from tests.emulator.dataverse.schema import Column, Definition, Key
from tests.emulator.dataverse.store import KeyIndex, Row, Table
from tests.emulator.dataverse.values import GUID

_SEGMENT = re.compile(r"([^()/]+)(?:\((.*)\))?", re.DOTALL)
_PAIR = re.compile(r"\s*([^=,'()\s]+)\s*=\s*('(?:[^']|'')*'|[^,']+?)\s*(?:,|$)")
_FORBIDDEN = frozenset("/<>*%&:\\?+")
_TEXT = (re.compile(r"'.*'", re.DOTALL), lambda text: text[1:-1].replace("''", "'"))
_WHOLE = (re.compile(r"-?\d+"), int)
_NUMBER = (re.compile(r"-?\d+(\.\d+)?"), float)
_ID = (GUID, str.lower)
_DAY = (re.compile(r"\d{4}-\d\d-\d\d"), str)
_LITERALS: Mapping[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    **dict.fromkeys(("text", "memo", "code"), _TEXT),
    **dict.fromkeys(("int", "bigint", "choice"), _WHOLE),
    **dict.fromkeys(("decimal", "double", "money"), _NUMBER),
    **dict.fromkeys(("guid", "lookup"), _ID),
    **dict.fromkeys(("date", "datetime", "bool"), _DAY),
}
_SERVICE_PATH = re.compile(r"/api/data/v9\.[012]/")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a path: `accounts` or `accounts(...)` with what stands in the parentheses."""

    name: str
    predicate: str | None
    raw: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a row is: by primary id, or by an alternate key with values by wire name. `raw` is as it was written."""

    table: Table
    raw: str
    row_id: str | None = None
    index: KeyIndex | None = None
    values: Mapping[str, Any] | None = None

    def find(self) -> Row | None:
        """The row, if it is there."""
        if self.row_id is not None:
            return self.table.rows.get(self.row_id)
        assert self.index is not None
        assert self.values is not None
        entry = self.index.entry(self.values)
        return self.table.rows.get(self.index.entries.get(entry, "")) if entry is not None else None

    def absent(self) -> Refusal:
        """What is answered when the row is not there."""
        logical = self.table.definition.logical
        return no_row(logical, self.row_id) if self.row_id is not None else no_row_with_key(logical)


def segments(path: str) -> list[Segment]:
    """The segments of a path that is still percent-encoded; a slash inside quotes does not divide."""
    found = []
    for raw in _divided(path):
        match = _SEGMENT.fullmatch(unquote(raw))
        if match is None:
            raise bad_request(f"The path segment '{unquote(raw)}' is malformed.")
        found.append(Segment(match[1], match[2], raw))
    return found


def _divided(path: str) -> list[str]:
    pieces, quoted = [""], False
    for piece in path.replace("%27", "'").split("/"):
        if quoted:
            pieces[-1] += f"/{piece}"
        elif pieces[-1]:
            pieces.append(piece)
        else:
            pieces[-1] = piece
        quoted ^= piece.count("'") % 2 == 1
    return [piece for piece in pieces if piece]


def address(environment: Environment, segment: Segment) -> Address:
    """The address that a segment with a predicate stands for."""
    table = environment.table(segment.name)
    predicate = (segment.predicate or "").strip()
    if GUID.fullmatch(predicate):
        return Address(table, segment.raw, row_id=predicate.lower())
    if predicate.startswith(("'", "{")) or "=" not in predicate:
        raise bad_request("Bad Request - Error in query syntax.")
    literals = _pairs(predicate)
    if list(literals) == [table.definition.id] and GUID.fullmatch(literals[table.definition.id]):
        return Address(table, segment.raw, row_id=literals[table.definition.id].lower())
    index = _index(environment, table, frozenset(literals))
    columns = table.definition.wires
    values = {name: _literal(table.definition, columns[name], text) for name, text in literals.items()}
    return Address(table, segment.raw, index=index, values=values)


def _pairs(predicate: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(predicate) or predicate.endswith(","):
        match = _PAIR.match(predicate, position)
        if match is None or match[1] in found:
            raise bad_request("Bad Request - Error in query syntax.")
        found[match[1]] = match[2]
        position = match.end()
    return found


def _index(environment: Environment, table: Table, names: frozenset[str]) -> KeyIndex:
    for key in table.definition.keys.values():
        if frozenset(key.wires) == names:
            if key_status(environment, key) != "Active":
                text = f"The key {key.name} is not defined for {table.definition.logical}: its index is not active."
                raise Refusal(400, "0x80060890", text)
            return table.keys[key.name]
    resource = f"resource 'Microsoft.Dynamics.CRM.{table.definition.logical}'"
    raise bad_request(
        f"The key in the request URI is not valid for {resource}. Ensure that the names and number of key properties "
        f"match the declared or alternate key properties for the {resource}."
    )


def key_status(environment: Environment, key: Key) -> str:
    """How far the index of an alternate key is: Pending, InProgress, Active or Failed."""
    age, needed = environment.clock().timestamp() - key.since, environment.behaviour.key_index_seconds
    if age < needed:
        return "Pending" if age < needed / 2 else "InProgress"
    return "Failed" if key.failed else "Active"


def _literal(definition: Definition, column: Column, text: str) -> Any:
    """The value of a key column as written in an address."""
    if _FORBIDDEN & set(text.strip("'")):
        raise bad_request("A potentially dangerous Request.Path value was detected from the client.")
    pattern, convert = _LITERALS[column.type]
    if not pattern.fullmatch(text):
        raise bad_request(f"The value {text} of key property '{column.wire}' is not valid for '{definition.logical}'.")
    return convert(text)


def bound(environment: Environment, sets: tuple[str, ...], link: Any) -> tuple[Address, str]:
    """The row that an `@odata.bind` or `@odata.id` value points to; it must lie in one of the sets."""
    if not isinstance(link, str) or not link:
        raise bad_request("The value of a reference must be the path of a row.")
    path = link.removeprefix(environment.url)
    if path.startswith(("http://", "https://")):
        raise bad_request(f"The reference '{link}' does not belong to this environment.")
    found = segments(_SERVICE_PATH.sub("", path, count=1).lstrip("/"))
    if len(found) != 1 or found[0].predicate is None:
        raise bad_request(f"The reference '{link}' does not name a row.")
    if found[0].name not in environment.tables:
        raise bad_request(no_segment(found[0].name).message)
    if found[0].name not in sets:
        raise bad_request(f"The reference '{link}' is not of a type that this navigation property points to.")
    return address(environment, found[0]), found[0].name
