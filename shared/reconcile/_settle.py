"""What both sides agree on once a plan is carried out, wholly or in part. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared.mapping import ERP, Agreed, FlowMap, Line, Mark, Pair, Parked, Side, prints
from shared.reconcile._plan import LineWrite, Plan


@dataclass(frozen=True, slots=True)
class Settlement:
    """coerced: lines that the target stored otherwise than sent, so that their difference flows back or stays known."""

    agreed: Agreed
    coerced: tuple[int, ...] = ()


def settled(
    flow: FlowMap, agreed: Agreed, plan: Plan, values: tuple[Sequence[str], Sequence[str]], done: Collection[Side]
) -> Settlement:
    """The agreement after a plan.

    values: what both sides now hold as far as we know: as observed, and for the sides in `done` from the write's own
    answer. Lines not written and not equal keep their base (step 8 of the protocol).
    """
    erp, dataverse = values
    bases: dict[bytes, Pair] = {}
    coerced: list[int] = []
    for index in plan.agree:
        line = flow.lines[index]
        bases[line.definition] = prints(line, erp[index], dataverse[index])
    for write in plan.writes:
        if write.side in done:
            line = flow.lines[write.index]
            stored = erp[write.index] if write.side == ERP else dataverse[write.index]
            pair, odd = _base(line, write, stored)
            bases[line.definition] = pair
            coerced += [write.index] * odd
    parked = {
        flow.lines[kept.index].definition: _parked(flow.lines[kept.index], values) for kept in plan.kept if kept.open
    }
    return Settlement(agreed.changed(flow, bases, parked=parked), tuple(coerced))


def recovered(flow: FlowMap, agreed: Agreed, rulings: dict[bytes, Mark], bases: dict[bytes, Pair]) -> Agreed:
    """The agreement after a recovery: some bases dropped in favour of marks, some set from the intent."""
    return agreed.changed(flow, bases, rulings)


def _base(line: Line, write: LineWrite, stored: str) -> tuple[Pair, bool]:
    """Fingerprints after a write. A two-way line stored otherwise than sent keeps what was sent, and so flows back."""
    now = (stored, write.source) if write.side == ERP else (write.source, stored)
    if line.same(*now):
        return prints(line, *now), False
    if not (line.to_erp and line.to_dataverse):
        return prints(line, *now), True
    sent = (write.new, write.source) if write.side == ERP else (write.source, write.new)
    return prints(line, *sent), True


def _parked(line: Line, values: tuple[Sequence[str], Sequence[str]]) -> Parked:
    return Parked(*prints(line, values[0][line.index], values[1][line.index]))
