"""Source: a record without a coupling, with its values and what a create on the other side would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.engine._flow import Flow
from shared.engine.record._joins import second_write, unjoined
from shared.engine.record._observe import add_codes, company_of, known_codes, resolved, stand_ins, unsaid
from shared.mapping import ERP, Line, Row, Side, Values, other, speaker
from shared.reconcile import Context, Plan, creation
from shared.systems import Observation


@dataclass(slots=True)
class Source:
    """A record that has no coupling: its values, resolved, and what a create on the other side would take.

    company: the ERP's code; mark: what rows of Dataverse hold for it; empty for a global flow. merged: rows that would
    match it, if they had not been merged into others; by: the group of match keys that found any: both as the last
    search met them.
    """

    side: Side
    identity: tuple[str, ...]
    observation: Observation
    company: str
    mark: str
    values: Values
    codes: dict[tuple[int, str], str | None]
    plan: Plan = field(default_factory=Plan)
    merged: list[Observation] = field(default_factory=list)
    by: Sequence[Line] = ()

    @property
    def target(self) -> Side:
        return other(self.side)

    @property
    def rows(self) -> Mapping[Side, Row]:
        """The record as it stands, by its side."""
        return {self.side: self.observation.row}


async def source_at(flow: Flow, side: Side, identity: tuple[str, ...]) -> Source | None:
    """A record as it is now, in the same way. None also if it is not there."""
    seen = await flow.read(side, identity)
    return await source_of(flow, side, identity, seen) if seen else None


async def source_of(flow: Flow, side: Side, identity: tuple[str, ...], seen: Observation) -> Source | None:
    """The record as a source; None if the flow needs a company and it has none, or one that is not synced."""
    company = await company_of(flow, side, seen.row)
    if company is None or not flow.syncs(company):
        return None
    mark = await flow.links.rows.company_mark(company)
    if mark is None:
        return None
    values = flow.map.alone(side, seen.row)
    codes: dict[tuple[int, str], str | None] = {}
    if side == ERP:
        values = await resolved(flow, values, company)
        codes = known_codes(flow, seen.row, values)
    else:
        indexes = [line.index for line in flow.map.lookups if line.to_erp and values[line.index]]
        await add_codes(flow, codes, values, company, indexes)
        unsaid(values, codes)
    supplied = await stand_ins(flow, codes, company, flow.map.lookups)
    source = Source(side, identity, seen, company, mark, values, codes)
    says = speaker({side: seen.row}, flow.master)
    context = Context(
        flow.first_master(),
        company,
        code_of=lambda line, row_id: codes.get((line.index, row_id)),
        says=says,
        stand_ins=supplied,
        astray=flow.links.astray,
    )
    source.plan = creation(flow.map, side, values, context)
    if (write := second_write(flow.map, source.plan)) is not None:
        code = source.codes.get((write.index, write.new)) or write.new
        source.plan = await unjoined(flow, seen.row, source.plan, code)
    return source
