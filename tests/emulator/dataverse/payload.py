"""Bodies of creates and updates: every member is read as its column demands, or the whole body is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.dataverse.addresses import bound
from tests.emulator.dataverse.behaviour import NullReference
from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.refusal import (
    Refusal,
    bad_payload,
    bad_request,
    invalid_argument,
    left_out,
    unreadable,
)
from tests.emulator.dataverse.schema import Column, Definition, Navigation
from tests.emulator.dataverse.store import Table

References = Mapping[str, tuple[str, str]]
NO_REFERENCES: References = {}
_CONTROL = frozenset({"@odata.type", "@odata.etag", "@odata.context", "@odata.id"})
_STATE = ("statecode", "statuscode")
_NULL_BIND = (
    "The 'odata.bind' instance or property annotation has a null value. In OData, the 'odata.bind' instance or "
    "property annotation must have a non-null string value."
)
_NULL_VALUE = "Does not support untyped value in non-open type."


@dataclass(slots=True)
class Payload:
    """What a body sets: values by wire name, sets of lookups with several targets, columns named, in order."""

    values: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)


def parse(body: bytes) -> Any:
    """The JSON of a body; doubled members, numbers that JSON does not have and halves of characters are refused."""
    try:
        found = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_members, parse_constant=_no_constant)
        if b"\\u" in body:
            # Half a surrogate pair can be escaped in JSON, but neither stored nor answered.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise unreadable(f"An error occurred while validating input parameters: {error}") from error
    return found


def parse_object(body: bytes) -> dict[str, Any]:
    found = parse(body)
    if not isinstance(found, dict):
        raise unreadable("An unexpected node was found when reading from the JSON reader. An object was expected.")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("Multiple properties with the same name were detected in a resource object.")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"Invalid JSON. '{name}' is not a valid value.")


class PayloadReader:
    """Reads bodies for one table. `trusted` bodies may set what only the platform sets, and skip existence checks."""

    def __init__(self, environment: Environment, table: Table, *, trusted: bool = False) -> None:
        self.environment = environment
        self.table = table
        self.trusted = trusted
        self._links: dict[str, tuple[str, str]] = {}
        self._plain = {
            column.name: table.readers[column.name]
            for column in table.definition.columns.values()
            if self._is_plain(column)
        }
        columns = table.definition.columns.values()
        self._later = frozenset(column.name for column in columns if column.update_only and not trusted)

    def _is_plain(self, column: Column) -> bool:
        special = column.type == "lookup" or column.name in (self.table.definition.id, *_STATE)
        return not special and (self.trusted or not column.read_only)

    def read(
        self, body: Mapping[str, Any], actor: Actor, *, creating: bool, references: References = NO_REFERENCES
    ) -> Payload:
        payload = Payload()
        values, plain = payload.values, self._plain
        for name, value in body.items():
            read = plain.get(name)
            if read is None:
                self._special(payload, name, value, _Context(body, actor, creating, references))
            else:
                values[name] = None if value is None else read(value)
                payload.sent.append(name)
        if creating and not self._later.isdisjoint(payload.sent):
            self._leave_out(payload)
        return payload

    def _leave_out(self, payload: Payload) -> None:
        """Takes away what a create must not name. Raises what refuses it."""
        for name in self._later.intersection(payload.sent):
            column = self.table.definition.columns[name]
            self._read_only(column)
            del payload.values[column.wire]
            payload.sent.remove(name)

    def _special(self, payload: Payload, name: str, value: Any, context: _Context) -> None:
        definition = self.table.definition
        if "@" in name:
            self._annotation(payload, name, value, context)
        elif name in definition.navigations:
            self._navigation(payload, definition.navigations[name], value, context)
        elif name == definition.id or name in _STATE:
            self._required(payload, name, value)
        elif name in definition.wires and definition.wires[name].type == "lookup":
            raise bad_request(
                "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."
            )
        elif name in definition.columns and definition.columns[name].read_only:
            self._read_only(definition.columns[name])
        else:
            raise undeclared(definition, name)

    def _required(self, payload: Payload, name: str, value: Any) -> None:
        if value is None:
            raise invalid_argument(f"Attribute '{name}' cannot be NULL")
        payload.values[name] = self.table.readers[name](value)
        payload.sent.append(name)

    def _read_only(self, column: Column) -> None:
        if self.environment.behaviour.read_only_columns == "refuse":
            raise invalid_argument(f"The property '{column.name}' of '{self.table.definition.logical}' is read-only.")

    def _annotation(self, payload: Payload, name: str, value: Any, context: _Context) -> None:
        definition = self.table.definition
        base, _, annotation = name.partition("@")
        if not base:
            self._control(name, value)
        elif annotation == "odata.bind":
            if base not in definition.navigations:
                raise bad_payload(definition.name, _only_annotations(base))
            if value is None and not self._clears(self.environment.behaviour.bind_null, _NULL_BIND, context):
                return
            self._bind(payload, definition.navigations[base], value, context)
        elif base not in context.body:
            raise bad_payload(definition.name, _only_annotations(base))

    def _control(self, name: str, value: Any) -> None:
        definition = self.table.definition
        if name not in _CONTROL:
            raise bad_payload(definition.name, f"The annotation '{name}' is not known.")
        expected = f"Microsoft.Dynamics.CRM.{definition.logical}"
        if name == "@odata.type" and (not isinstance(value, str) or value.lstrip("#") != expected):
            raise bad_payload(definition.name, f"A type named '{value}' is not compatible with '{expected}'.")

    def _navigation(self, payload: Payload, navigation: Navigation, value: Any, context: _Context) -> None:
        if isinstance(value, dict) and context.creating:
            raise left_out("deep insert: nested rows in a create")
        if value is not None:
            reason = f"The property '{navigation.name}' takes a reference by '@odata.bind' or null in this request."
            raise bad_payload(self.table.definition.name, reason)
        if self._clears(self.environment.behaviour.navigation_null, _NULL_VALUE, context):
            self._bind(payload, navigation, None, context)

    def _clears(self, answer: NullReference, reason: str, context: _Context) -> bool:
        """Whether a null in a request clears its lookup. Raises what refuses it."""
        if answer == "refuse" and context.actor.app:
            raise bad_payload(self.table.definition.name, reason)
        return answer == "clear" or not context.actor.app

    def _bind(self, payload: Payload, navigation: Navigation, link: Any, context: _Context) -> None:
        column = navigation.column
        if column.read_only and not self.trusted:
            self._read_only(column)
            return
        if link is None:
            payload.values.setdefault(column.wire, None)
        elif payload.values.get(column.wire) is not None:
            raise bad_payload(self.table.definition.name, f"The lookup '{column.name}' is set more than once.")
        else:
            entity_set, row_id = self._resolve(navigation, link, context)
            payload.values[column.wire] = row_id
            if len(column.targets) > 1:
                payload.targets[column.name] = entity_set
        if column.name not in payload.sent:
            payload.sent.append(column.name)

    def _resolve(self, navigation: Navigation, link: Any, context: _Context) -> tuple[str, str]:
        if isinstance(link, str) and link.startswith("$"):
            return _referenced(link, navigation, context.references)
        if self.trusted and isinstance(link, str) and link in self._links:
            return self._links[link]
        address, entity_set = bound(self.environment, navigation.sets, link)
        row = address.find()
        if row is None and not (self.trusted and address.row_id is not None):
            raise address.absent()
        self.environment.require(context.actor, f"prvAppend{self.table.definition.privilege}")
        self.environment.require(context.actor, f"prvAppendTo{address.table.definition.privilege}")
        found = (entity_set, row.row_id if row is not None else str(address.row_id))
        if self.trusted and row is not None:
            self._links[link] = found
        return found


@dataclass(frozen=True, slots=True)
class _Context:
    body: Mapping[str, Any]
    actor: Actor
    creating: bool
    references: References


def undeclared(definition: Definition, name: str) -> Refusal:
    reason = (
        f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{definition.logical}'. "
        "Make sure to only use property names that are defined by the type."
    )
    return bad_payload(definition.name, reason)


def _only_annotations(name: str) -> str:
    return (
        f"An undeclared property '{name}' which only has property annotations in the payload but no property value "
        "was found in the payload. In OData, only declared navigation properties and declared named streams can be "
        "represented as properties without values."
    )


def _referenced(link: str, navigation: Navigation, references: References) -> tuple[str, str]:
    found = references.get(link[1:])
    if found is None:
        raise bad_request(f"Content-ID Reference: '{link}' does not exist in the batch context.")
    if found[0] not in navigation.sets:
        raise bad_request(f"The reference '{link}' is not of a type that this navigation property points to.")
    return found
