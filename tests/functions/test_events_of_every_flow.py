"""Data events of finance and operations name the record that changed, whatever a flow knows its records by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from functions.events import finops_event
from shared.mapping import ERP, Field
from tests.emulator.demo import demo
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.unit.maps.shipped import FLOWS, REVISIONS, shipped


@cache
def loaded() -> Mapping[str, list[dict[str, Any]]]:
    return demo(60).finops


def finops() -> FinopsTwin:
    """The system with demo data, none of which was told by an event."""
    identity = Identity(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    twin = FinopsTwin(clock=identity.clock, identity=identity)
    for entity, rows in loaded().items():
        twin.load(entity, rows)
    line = {"dataAreaId": "usmf", "Name": "EOM", "LineNumber": 1.5, "Frequency": "Month", "DayOfMonth": 31}
    twin.create("PaymentDayLinesCdsV2", line)
    return twin


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("name", [*FLOWS, *REVISIONS])
def test_an_event_names_the_record_that_changed(name: str, wrapped: bool) -> None:
    """Codes, ids, numbers and members of enumerations arrive as the identity that the flow reads from a row.

    Members come by name, or wrapped and by number.
    """
    flow, *revisions = name.split(".")
    found, twin = shipped(flow, *revisions), finops()
    twin.behaviour.wrap_event_values = wrapped
    entity = found.erp.entity
    row = next(row for row in twin.rows(entity.name) if found.side(ERP).scope.includes(row))
    field = next(line.erp for line in found.lines if not line.key and line.erp.type in {"text", "memo", "int", "enum"})
    twin.activate(entity.name, "https://koppel.example/event")
    twin.update(entity.name, {key: row[key] for key in entity.key}, {field.name: another(field, row[field.name])})
    (event,) = finops_event(json.loads(twin.outbox[-1].body), found)
    assert event.identity == found.erp_identity(row)
    assert event.what == "update"


def another(field: Field, value: Any) -> Any:
    """A value that the field does not hold."""
    if field.type == "enum":
        return next(member for member in field.members if member != value)
    return value + 1 if field.type == "int" else "A" if value == "B" else "B"
