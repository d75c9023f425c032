"""The rows of a page, judged: as agreed, to be visited, or none of the flow's business."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from shared.engine._flow import Flow, Wake
from shared.engine.passes._snapshot import BUSY, DORMANT, PLANNED, UNCOUPLED, number
from shared.engine.record._observe import company_of
from shared.ledger import BEGINS_ANEW, Coupling, end_of
from shared.mapping import ABSENT, DATAVERSE, ERP, Line, Row, Side, Unresolved, Values, fold, reader
from shared.reconcile import causes_a_write, given
from shared.systems import Observation

Verdict = Wake | Literal["equal", "ignored"]


@dataclass(slots=True)
class Judge:
    """Judges rows of one flow. companies: what Dataverse rows of the companies hold that are synced, folded; None for a
    global flow, and where rows hold no company.
    """

    flow: Flow
    companies: Collection[str] | None = field(default=None)

    def row(
        self,
        side: Side,
        identity: tuple[str, ...],
        row: Observation,
        values: Values,
        agreed: int | None,
        *,
        lacks: bool = False,
    ) -> Verdict:
        """A row of a page, against what a snapshot of the ledger says about its record.

        lacks: something else stands where a constant is enforced.
        """
        inside, eligible = self.inside(side, row.row), self.eligible(side, row.row)
        if agreed == PLANNED:
            return "ignored"
        if agreed == UNCOUPLED or (not eligible and agreed is None) or (not inside and agreed in {None, DORMANT}):
            return "ignored"
        fit = inside and eligible and row.row.get("merged") is not True
        if fit and not lacks and agreed not in {None, BUSY} and agreed == number(self.flow.map.digest(values)):
            return "equal"
        return Wake(side, identity, seen=row, new=agreed is None)

    async def changed(self, row: Observation, side: Side = DATAVERSE) -> Verdict:
        """A changed row, against its coupling. Our own writes come back as changes and are as agreed."""
        identity = self.identity(side, row.row)
        coupling = await self.flow.ledger.coupling(end_of(side, identity))
        agreed = _agreed(coupling, side)
        (values,) = await self.values(side, [row], [agreed])
        (lacks,) = await self.lacking(side, [row])
        verdict = self.row(side, identity, row, values, agreed, lacks=lacks)
        return replace(verdict, coupling=coupling) if isinstance(verdict, Wake) else verdict

    def inside(self, side: Side, row: Row) -> bool:
        return self.flow.map.side(side).scope.includes(row)

    def eligible(self, side: Side, row: Row) -> bool:
        """A Dataverse row without a company, or of one that is not synced, is none of a striped flow's business.

        One that is coupled is: a visit sets it aside.
        """
        columns = self.flow.map.company
        if side == ERP or columns is None or self.companies is None:
            return True
        held = columns.held(row)
        return held in self.companies or (not held and bool(self.flow.suite.writer))

    async def know_companies(self, codes: Sequence[str]) -> None:
        """Takes up which companies are synced."""
        columns = self.flow.map.company
        if columns is not None and columns.dataverse is not None:
            marks = await asyncio.gather(*map(self.flow.links.rows.company_mark, codes))
            self.companies = frozenset(fold(mark) for mark in marks if mark)

    def identity(self, side: Side, row: Row) -> tuple[str, ...]:
        return self.flow.map.identity_of(side, row)

    def company(self, row: Row) -> str:
        """The company of an ERP row, as the ERP spells it."""
        columns = self.flow.map.company
        return reader(columns.erp)(row.get(columns.erp.name, ABSENT)) if columns else ""

    async def lacking(self, side: Side, rows: Sequence[Observation]) -> list[bool]:
        """For each row, whether something else stands where a constant is enforced."""
        if not any(each.enforced for each in self.flow.map.side(side).constants):
            return [False] * len(rows)
        companies = [await company_of(self.flow, side, row.row) for row in rows]
        return [
            causes_a_write(given(self.flow.map.at_best(side, row.row), side, company or "", row.row))
            for company, row in zip(companies, rows, strict=True)
        ]

    async def values(self, side: Side, rows: Sequence[Observation], agreed: Sequence[int | None]) -> list[Values]:
        """Canonical values of a page. ERP codes become ids: from what is known, and by asking once for the rest.

        agreed: what a snapshot of the ledger says about each. Of a record that it does not know nothing is asked: there
        is nothing to compare it with, so that it is visited whatever it refers to, and its visit asks.
        """
        result = [self.flow.map.side(side).read(row.row) for row in rows]
        if side == ERP and self.flow.map.lookups:
            await self._resolve(rows, result, agreed)
        return result

    async def _resolve(
        self, rows: Sequence[Observation], values: Sequence[Values], agreed: Sequence[int | None]
    ) -> None:
        links, lines = self.flow.links, self.flow.map.lookups
        known = links.known
        places: list[tuple[Values, int, tuple[int, str, str]]] = []
        asked: dict[tuple[int, str, str], Line] = {}
        for row, each, stands in zip(rows, values, agreed, strict=True):
            company = self.company(row.row)
            for line in lines:
                if not (code := each[line.index]) or code is ABSENT:
                    continue
                key = (line.index, company, code)
                if found := known.get(key):
                    each[line.index] = found
                else:
                    places.append((each, line.index, key))
                    asked |= {key: line} if stands is not None else {}
        await asyncio.gather(*(links.forward(line, key[1], key[2]) for key, line in asked.items()))
        for each, index, key in places:
            each[index] = known.get(key) or Unresolved(key[2])


def _agreed(coupling: Coupling | None, side: Side) -> int | None:
    """What a snapshot would say about this coupling."""
    if coupling is None or coupling.state in BEGINS_ANEW or (coupling.state == "uncoupled" and coupling.late):
        return None
    if coupling.intent is not None:
        return BUSY
    if coupling.state in {"dormant", "uncoupled"}:
        return DORMANT if coupling.state == "dormant" else UNCOUPLED
    return number(coupling.digests.get(side, b""))
