"""One coupled record as pure data: what both sides hold, what they agreed on, and how a plan is carried out on it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.mapping import ERP, SIDES, Agreed, FlowMap, Line, Mark, Parked, Side, Values, prints
from shared.reconcile import Context, Plan, Settlement, reconcile, settled
from tests.unit.mapping.maps import HOLD, customers

Row = tuple[str, str, str]
"""Of a write: side, new value, reason."""

ASK = Context(master=None)


@dataclass(slots=True, repr=False)
class Record:
    """Both sides of a record, line by line, the agreement about them, and what was seen when it was last planned."""

    flow: FlowMap
    erp: Values
    dataverse: Values
    agreed: Agreed = field(default_factory=Agreed)
    seen: tuple[Values, Values] = ([], [])

    def __repr__(self) -> str:
        """What a falsified law shows: the lines, their values, and where both sides still hold what was agreed."""
        rows = zip(self.flow.lines, self.erp, self.dataverse, strict=True)
        lines = ", ".join(
            f"{line.name} {line.conflict or line.blank}: {left!r} {right!r}" for line, left, right in rows
        )
        bases = [line.index for line in self.flow.lines if line.definition in self.agreed.bases]
        return f"Record({self.flow.policy.conflict}; {lines}; bases of {bases})"

    def side(self, side: Side) -> Values:
        return self.erp if side == ERP else self.dataverse

    def planned(self, context: Context = ASK) -> Plan:
        self.seen = [*self.erp], [*self.dataverse]
        return reconcile(self.flow, self.agreed, self.erp, self.dataverse, context)

    def carry_out(self, plan: Plan, done: Collection[Side] = SIDES, *, exact: bool = True) -> Settlement:
        """Writes a plan as its sides store it, to the letter or as servers do, and settles it."""
        for write in plan.writes:
            if write.side in done:
                line = self.flow.lines[write.index]
                self.side(write.side)[write.index] = (
                    write.new if exact else stored(self.flow, write.side, line, write.new)
                )
        settlement = settled(self.flow, self.agreed, plan, self.seen, (self.erp, self.dataverse), done)
        self.agreed = settlement.agreed
        return settlement

    def same(self, index: int) -> bool:
        """True if both hold the same, as far as their columns have room for it."""
        line, held = self.flow.lines[index], (self.erp[index], self.dataverse[index])
        return line.same(*held) or line.alike(*held, None)


def stored(flow: FlowMap, side: Side, line: Line, value: str) -> str:
    """A value as a server gives it back: written as JSON, and read. An enumeration without a member gets its first."""
    place = flow.side(side)
    write, (_, read) = place.writers[line.index], place.readers[line.index]
    if line.lookup is not None or write is None:
        return value
    if side == ERP and line.erp.members and not value:
        return line.erp.members[0]
    return read(json.loads(write(value), parse_float=str))


def agreement(
    flow: FlowMap, erp: Sequence[str], dataverse: Sequence[str], lines: Collection[Line] | None = None
) -> Agreed:
    """As if both sides had agreed on these values, on all lines or on some."""
    chosen = flow.lines if lines is None else lines
    pairs = {line.definition: prints(line, erp[line.index], dataverse[line.index]) for line in chosen}
    return Agreed().changed(flow, pairs)


def record(
    text: str,
    erp: str,
    dataverse: str,
    base: tuple[str, str] | None = None,
    *,
    mark: Mark | None = None,
    parked: tuple[str, str] | None = None,
    **head: str,
) -> Record:
    """A customer whose key is agreed, with one more line: its values, and what was agreed about it before."""
    flow = customers(text, **{"values": HOLD, "policy": "{}", **head})
    key, line = flow.lines
    agreed = agreement(flow, ["C1", ""], ["C1", ""], [key])
    if base is not None:
        agreed = replace(agreed, bases={**agreed.bases, line.definition: prints(line, *base)})
    if mark is not None:
        agreed = replace(agreed, marks={line.definition: mark})
    if parked is not None:
        agreed = replace(agreed, parked={line.definition: Parked(*prints(line, *parked))})
    return Record(flow, ["C1", erp], ["C1", dataverse], agreed)


def writes(plan: Plan) -> list[Row]:
    return [(write.side, write.new, write.reason) for write in plan.writes]


def known(codes: Mapping[str, str], **more: object) -> Context:
    """A context in which these ids have these codes in the ERP, and no others have one."""
    context = Context(master=None, company="usmf", code_of=lambda _line, row_id: codes.get(row_id))
    return replace(context, **more)  # type: ignore[arg-type] # the fields of a context, by name
