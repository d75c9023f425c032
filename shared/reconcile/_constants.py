"""What the map itself gives a record: its constants, and why each is written. Pure.

A constant is given on create. Of a record that exists it fills what is blank, when something else is written there
anyway; it draws the record into the scope; and an enforced one is put back wherever something else stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.mapping import ABSENT, DATAVERSE, NUMBERS, Constant, FlowMap, Row, Side, reader
from shared.reconcile._plan import Problem

Why = Literal["create", "blank", "scope", "enforced"]


@dataclass(frozen=True, slots=True)
class Given:
    """One constant to be written. old and new are canonical values of the target."""

    constant: Constant
    side: Side
    old: str
    new: str
    why: Why

    @property
    def name(self) -> str:
        return self.constant.target.name

    @property
    def replaces(self) -> bool:
        """True if it takes the place of a value that somebody may mean."""
        return self.why in {"scope", "enforced"} and bool(self.old)


def given_to_new(flow: FlowMap, side: Side, company: str) -> tuple[Given, ...]:
    """All constants of a record that is created."""
    found = ((each, each.of(company)) for each in flow.side(side).constants)
    return tuple(Given(each, side, "", value, "create") for each, value in found if value is not None)


def given(
    flow: FlowMap, side: Side, company: str, row: Row, *, outside: bool = False, returns: bool = False
) -> tuple[Given, ...]:
    """The constants that a record lacks. outside: it is to be drawn into the scope; returns: back from another flow.

    A zero is a value in Dataverse; the ERP knows no other blank. The first member of an enumeration is never one.
    Those that are there for themselves, by `causes_a_write`, are reason enough to write the record.
    """
    found: list[Given] = []
    part = flow.side(side)
    for constant in (*part.constants, *(part.returning if returns else ())):
        new = constant.of(company)
        raw = row.get(constant.target.wire_name, ABSENT)
        if new is None or raw is ABSENT or constant.initial or constant.target.create_only:
            continue
        old = "" if raw is None else reader(constant.target)(raw)
        if old == new:
            continue
        zero = side == DATAVERSE and raw is not None and constant.target.type in NUMBERS
        draws = outside and constant.target.wire_name in part.scope.fields
        why = _why(constant, blank=not (old or zero), draws=draws)
        if why is not None:
            found.append(Given(constant, side, old, new, why))
    return tuple(found)


def _why(constant: Constant, *, blank: bool, draws: bool) -> Why | None:
    if constant.enforced:
        return "enforced"
    if draws:
        return "scope"
    return "blank" if blank else None


def causes_a_write(constants: Iterable[Given]) -> bool:
    """True if one of these constants is written though nothing else is."""
    return any(each.why in {"scope", "enforced"} for each in constants)


def not_taken(constants: Sequence[Given], place: str, row: Row) -> list[Problem]:
    """What a write's own answer shows otherwise of constants that are there for themselves."""
    found: list[Problem] = []
    for each in constants:
        stored = reader(each.constant.target)(row.get(each.constant.target.wire_name, ABSENT))
        if causes_a_write([each]) and stored not in {ABSENT, each.new}:
            message = f"{place} stores {each.name} as {stored!r}, whatever it is sent; the map wants {each.new!r}"
            found.append(Problem(-1, each.side, "coerced", message, stored, each.constant.line))
    return found
