"""What is done for the unit group of a unit beside its lines: it has a unit that is called like the code, and means one
piece of it (reference: business-central 3.6).

Other units in the group are people's: Business Central sells by none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from functions.product_actions import rows_with, values_of
from shared.mapping import DATAVERSE, FlowMap, entity, fold
from shared.reconcile import Change, Decision, Step
from shared.systems import System

_UNIT: Final = ("name", "quantity", "baseuom")
_ACTIVE: Final = "0"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a group: canonical values. base: the unit that it is a multiple of; empty for the base unit."""

    row: str
    version: str
    name: str
    quantity: str
    base: str

    @property
    def is_base(self) -> bool:
        return not self.base and Decimal(self.quantity or 0) == 1


def like_its_code(group: str, code: str, state: str, units: Sequence[Unit]) -> Decision:
    """What gives a group the unit that its code means."""
    if state != _ACTIVE:
        return Decision(parks=f"unit group {group} is inactive in Sales, so that no product can have it: set it active")
    if not units:
        return Decision()  # a new group in a dry run: Dataverse makes the base unit along with the group
    found = next((each for each in units if fold(each.name) == fold(code)), None)
    if found is not None:
        return Decision() if found.is_base else Decision(parks=_not_one(group, found))
    base = next((each for each in units if each.is_base), None)
    if base is None or len(units) > 1:
        names = ", ".join(sorted(each.name for each in units))
        return Decision(parks=f"unit group {group} has no unit {code} (units: {names}): call its base unit so")
    changes = (Change("name", base.name, code),)
    return Decision((Step(f"unit {base.name} renamed to {code}", "uoms", changes, base.row, base.version),))


def _not_one(group: str, unit: Unit) -> str:
    return (
        f"unit {unit.name} of unit group {group} is not its base unit with quantity 1, so that prices would be for "
        "another quantity: make it so, or rename it and call the base unit so"
    )


@dataclass(frozen=True, slots=True)
class UnitOfGroup:
    """Sees that the group has its unit; renames the only one where the code is another by now. code: of the group's
    name; raises ValueError for a name without one, which our own line puts right first.
    """

    code: Callable[[str], str]
    name: str = "unit of the group"
    inputs: Sequence[str] = ("name",)
    brings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def is_ours(self, found: FlowMap) -> bool:
        return True

    async def decide(self, dataverse: System, row_id: str, kept: str, now: datetime) -> Decision:
        groups, uoms = entity(DATAVERSE, "uomschedules"), entity(DATAVERSE, "uoms")
        found = await dataverse.read(groups, (row_id,), ["name", "statecode"])
        if found is None:
            return Decision(waits="it is gone")
        name, state = values_of(groups, ("name", "statecode"), found)
        rows = await rows_with(dataverse, "uoms", "uomscheduleid", row_id, _UNIT)
        units = [Unit(str(each.row[uoms.id]), each.version, *values_of(uoms, _UNIT, each)) for each in rows]
        try:
            return like_its_code(name, self.code(name), state, units)
        except ValueError as no_code:
            return Decision(parks=str(no_code))
