"""Data events: which committed changes are told to whom, and the calls to make."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.emulator.finops.environment import Environment, Event, changed
from tests.emulator.finops.refusal import bad_request
from tests.emulator.finops.schema import COMPANY, NO_DATE, Field
from tests.emulator.finops.store import Row
from tests.emulator.guids import guid

MOST_ENDPOINTS = 10
_CONTRACT = "http://schemas.microsoft.com/xrm/2011/Contracts"
_MESSAGES = {"create": "Create", "update": "Update", "delete": "Delete", "rename": "Update"}
_LARGEST_GAP = 9


@dataclass
class Delivery:
    """A call to make. `attempts` collects the status of every attempt; 0 stands for no answer."""

    url: str
    entity: str
    message: str
    key: Mapping[str, Any]
    control_number: int
    queued: datetime
    render: Callable[[], bytes] = field(repr=False)
    extra: Mapping[str, str] = field(default_factory=dict)
    attempts: list[int] = field(default_factory=list)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"content-type": "application/json; charset=utf-8", **self.extra}

    @cached_property
    def body(self) -> bytes:
        return self.render()


@dataclass(frozen=True)
class Activation:
    """Data events of an entity for one endpoint; of all companies if `legal_entity` is None."""

    entity: str
    url: str
    headers: Mapping[str, str]
    legal_entity: str | None
    messages: frozenset[str]


@dataclass(frozen=True)
class _Told:
    """What all deliveries of one event have in common."""

    control_number: int
    event_id: str
    correlation_id: str
    time: datetime


class DataEvents:
    """Fills the outbox from committed changes."""

    def __init__(self, environment: Environment, outbox: list[Delivery]) -> None:
        self.environment = environment
        self.outbox = outbox
        self.activations: list[Activation] = []
        self._random = random.Random(f"{environment.seed} events")
        self._control_number = 5_637_144_576
        environment.listeners.append(self.hear)

    def activate(self, activation: Activation) -> None:
        """Begins to tell an endpoint of an entity's changes."""
        self.environment.table(activation.entity)
        same = [
            each
            for each in self.activations
            if (each.entity, each.legal_entity) == (activation.entity, activation.legal_entity)
        ]
        if len(same) >= MOST_ENDPOINTS:
            raise bad_request(f"An event has at most {MOST_ENDPOINTS} endpoints for each legal entity.")
        self.activations.append(activation)

    def hear(self, events: list[Event]) -> None:
        """What was committed."""
        if not self.activations or not self.environment.behaviour.events:
            return
        for event in events:
            interested = [each for each in self.activations if self._concerns(each, event)]
            if interested and not event.silent and not self._is_silent(event):
                told = self._told()
                self.outbox += [self._delivery(each, event, told) for each in interested]

    def _concerns(self, activation: Activation, event: Event) -> bool:
        entity = event.table.entity
        if activation.entity != entity.name or _MESSAGES[event.operation] not in activation.messages:
            return False
        return not entity.striped or activation.legal_entity in (None, _row(event).values[COMPANY])

    def _is_silent(self, event: Event) -> bool:
        """True if only fields changed that events do not see."""
        untracked = self.environment.behaviour.silent_fields.get(event.table.entity.name)
        return untracked is not None and event.operation == "update" and changed(event)[1].keys() <= untracked

    def _told(self) -> _Told:
        self._control_number += self._random.randint(1, _LARGEST_GAP)
        return _Told(self._control_number, guid(self._random), guid(self._random), self.environment.clock())

    def _delivery(self, activation: Activation, event: Event, told: _Told) -> Delivery:
        row = _row(event)
        return Delivery(
            url=activation.url,
            entity=row.entity.name,
            message=_MESSAGES[event.operation],
            key={name: row.values[name] for name in row.entity.key},
            control_number=told.control_number,
            queued=told.time,
            render=lambda: self._render(event, told),
            extra=activation.headers,
        )

    def _render(self, event: Event, told: _Told) -> bytes:
        row = _row(event)
        entity, message = row.entity, _MESSAGES[event.operation]
        document = {
            "BusinessEventId": f"{entity.xpp}_DataEvent_{message}",
            "BusinessEventLegalEntity": row.values.get(COMPANY, ""),
            "ContextRecordSubject": "",
            "ControlNumber": told.control_number,
            "CorrelationId": told.correlation_id,
            "EventId": told.event_id.upper(),
            "EventTime": f"/Date({int(told.time.timestamp() * 1000)})/",
            "EventTimeIso8601": told.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "InitiatingUserAADObjectId": f"{{{event.actor.object_id.upper()}}}",
            "InputParameters": self._parameters(event),
            "LegalEntity": row.values.get(COMPANY, ""),
            "MajorVersion": 0,
            "MessageName": message,
            "MinorVersion": 0,
            "ParentContextRecordSubjects": [],
            "PrimaryEntityId": _record_guid(row),
            "PrimaryEntityName": entity.xpp,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_number).encode()

    def _parameters(self, event: Event) -> list[dict[str, Any]]:
        """Target is the row as it is now, PreImage as it was; of a deleted row Target holds the key."""
        found = []
        if event.after is not None:
            found.append({"key": "Target", "value": self._image(event.after, event.after.values)})
        if event.before is not None:
            if event.after is None:
                key = {name: event.before.values[name] for name in event.before.entity.key}
                found.append({"key": "Target", "value": self._image(event.before, key)})
            found.append({"key": "PreImage", "value": self._image(event.before, event.before.values)})
        return found

    def _image(self, row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
        """A row as an entity of the platform; empty dates are left out."""
        prefix, fields = self.environment.behaviour.attribute_prefix, row.entity.fields
        attributes = [
            {"key": f"{prefix}{name}", "value": self._wrapped(fields[name], value)}
            for name, value in values.items()
            if value != NO_DATE
        ]
        return {
            "__type": f"Entity:{_CONTRACT}",
            "Attributes": attributes,
            "Id": _record_guid(row),
            "LogicalName": row.entity.xpp,
        }

    def _wrapped(self, described: Field, value: Any) -> Any:
        if not self.environment.behaviour.wrap_event_values:
            return value
        if described.type == "enum":
            return {"__type": f"OptionSetValue:{_CONTRACT}", "Value": described.members.index(value)}
        return {"__type": f"Money:{_CONTRACT}", "Value": value} if described.type == "decimal" else value


def _row(event: Event) -> Row:
    row = event.after or event.before
    assert row is not None
    return row


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _record_guid(row: Row) -> str:
    """The id of a record as the platform shows it: made from the entity and the record id."""
    return f"{row.entity.number:08x}-0000-0000-{row.record >> 48:04x}-{row.record & (2**48 - 1):012x}"
