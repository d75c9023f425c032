"""Observe and resolve: both records of a coupling as they are now, in canonical values with lookups as identities."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.engine._flow import Flow
from shared.mapping import (
    ABSENT,
    BLANK,
    DATAVERSE,
    ERP,
    SIDES,
    Line,
    Row,
    Says,
    Side,
    Unresolved,
    Values,
    fold,
    holder,
    reader,
    speaker,
)
from shared.reconcile import Context
from shared.systems import Observation


@dataclass(slots=True)
class Observed:
    """Two observations, their resolved values, and the ERP codes of the Dataverse ids that occur in them.

    decimals: what amounts that differ have there, by line, where their record tells. unsaid: lines that read a text of
    another row that has none. stand_ins: what lookups are given in place of a blank, by line.
    """

    erp: Observation
    dataverse: Observation
    company: str
    values: tuple[Values, Values]
    codes: dict[tuple[int, str], str | None] = field(default_factory=dict)
    decimals: dict[int, int] = field(default_factory=dict)
    unsaid: frozenset[int] = frozenset()
    stand_ins: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> dict[Side, Row]:
        """Both records as they stand."""
        return {ERP: self.erp.row, DATAVERSE: self.dataverse.row}

    def of(self, side: Side) -> Observation:
        return self.erp if side == ERP else self.dataverse

    def called(self, index: int, value: str) -> str:
        """A value as a person reads it: a reference by its code."""
        return value.code if isinstance(value, Unresolved) else self.codes.get((index, value)) or value

    def context(self, flow: Flow) -> Context:
        times = flow.map.erp.modified(self.erp.row), flow.map.dataverse.modified(self.dataverse.row)
        later = newer(*times, flow.options.skew)
        rows = self.rows
        holding = flow.map.at(rows)
        return Context(
            flow.first_master(),
            self.company,
            later,
            lambda line, row_id: self.codes.get((line.index, row_id)),
            self._says(speaker(rows, flow.master)),
            holder(rows),
            self.decimals,
            self.stand_ins,
            frozenset(side for side in SIDES if not holding.side(side).rules(rows[side])),
            flow.links.astray,
        )

    def _says(self, says: Says) -> Says:
        """The same, but that a line says nothing in Dataverse whose text is blank in the row that it points to."""
        unsaid = self.unsaid
        return lambda line, side: not (side == DATAVERSE and line.index in unsaid) and says(line, side)


async def observed(flow: Flow, erp: Observation, dataverse: Observation, company: str) -> Observed:
    """Resolves the lookups of two observations: all codes of the ERP, and the Dataverse ids that differ from them."""
    left = await resolved(flow, flow.map.erp.read(erp.row), company)
    right = flow.map.dataverse.read(dataverse.row)
    result = Observed(erp, dataverse, company, (left, right), known_codes(flow, erp.row, left))
    lines = [line for line in flow.map.lookups if right[line.index] and right[line.index] != left[line.index]]
    await add_codes(flow, result.codes, right, company, [line.index for line in lines])
    result.unsaid = unsaid(right, result.codes)
    blank = [line for line in flow.map.lookups if not (left[line.index] and right[line.index])]
    result.stand_ins = await stand_ins(flow, result.codes, company, blank)
    for line in lines:
        if line.over_hops and _is_named(result, line.index):
            left[line.index] = right[line.index]
    for line in flow.map.lines:
        if (told := line.dataverse.decimals) and left[line.index] != right[line.index]:
            found = await flow.links.rows.decimals(told, flow.map.dataverse.entity, dataverse.row)
            result.decimals |= {} if found is None else {line.index: found}
    return result


async def called(flow: Flow, seen: Observed, line: Line, value: str) -> str:
    """A value as a person reads it who has to act: a reference by what people call it, also where its code is an id."""
    code = seen.called(line.index, value)
    is_code = isinstance(value, Unresolved) or bool(seen.codes.get((line.index, value)))
    return await flow.links.called(line, seen.company, code) if code and is_code else code


def unsaid(values: Values, codes: Mapping[tuple[int, str], str | None]) -> frozenset[int]:
    """The lines that read a text of another row that has none; their values become blank."""
    found = frozenset(index for (index, row_id), code in codes.items() if code == BLANK and values[index] == row_id)
    for index in found:
        values[index] = BLANK
    return found


def _is_named(seen: Observed, index: int) -> bool:
    """True if the ERP holds the code of the very row that Dataverse points to."""
    code, row_id = seen.values[0][index], seen.values[1][index]
    return isinstance(code, Unresolved) and fold(code.code) == fold(seen.codes.get((index, row_id)) or "")


async def resolved(flow: Flow, values: Values, company: str) -> Values:
    """ERP values with every code replaced by the id it means, or marked as unresolved."""
    lines = [line for line in flow.map.lookups if values[line.index] and values[line.index] is not ABSENT]
    ids = await asyncio.gather(*(flow.links.forward(line, company, values[line.index]) for line in lines))
    result = list(values)
    for line, row_id in zip(lines, ids, strict=True):
        result[line.index] = row_id
    return result


def known_codes(flow: Flow, row: Row, values: Sequence[str]) -> dict[tuple[int, str], str | None]:
    """What the ERP row itself says: the code it holds for each id it resolves to."""
    lines = [line for line in flow.map.lookups if values[line.index] and not isinstance(values[line.index], Unresolved)]
    held = flow.map.erp.read(row) if any(line.erp.inputs for line in lines) else []
    return {
        (line.index, values[line.index]): held[line.index]
        if line.erp.inputs
        else reader(line.erp)(row.get(line.erp.name, ABSENT))
        for line in lines
    }


async def add_codes(
    flow: Flow, codes: dict[tuple[int, str], str | None], values: Values, company: str, indexes: Sequence[int]
) -> None:
    """Adds the ERP codes of the Dataverse ids at these lines."""
    lines = [line for line in flow.map.lookups if line.index in indexes and values[line.index] is not ABSENT]
    found = await asyncio.gather(*(flow.links.backward(line, company, values[line.index]) for line in lines))
    for line, code in zip(lines, found, strict=True):
        codes[line.index, values[line.index]] = code


async def stand_ins(
    flow: Flow, codes: dict[tuple[int, str], str | None], company: str, lines: Sequence[Line]
) -> dict[int, str]:
    """What lookups whose source is blank are given: the row that the map's code means. Adds its code."""
    found: dict[int, str] = {}
    for line in lines:
        if code := line.fill(ERP, company):
            found[line.index] = row_id = await flow.links.forward(line, company, code)
            codes.setdefault((line.index, row_id), code)
    return found


async def answered(
    flow: Flow, answer: Observation, company: str, before: Values, codes: Mapping[tuple[int, str], str | None]
) -> Values:
    """ERP values out of a write's own answer. Codes that stand for ids we know are not looked up again."""
    values = flow.map.erp.read(answer.row)
    for line in flow.map.lookups:
        code, row_id = values[line.index], before[line.index]
        if code and row_id and fold(codes.get((line.index, row_id)) or "") == fold(code):
            values[line.index] = row_id
        elif code and code is not ABSENT:
            values[line.index] = await flow.links.forward(line, company, code)
    return values


async def company_of(flow: Flow, side: Side, row: Row) -> str | None:
    """The ERP's code of a record's company; empty for a global flow; None if the record has no company."""
    columns = flow.map.company
    if columns is None:
        return ""
    if side == ERP:
        return reader(columns.erp)(row.get(columns.erp.name, ABSENT)) or None
    return await flow.links.rows.company_code(row)


def newer(erp: Any, dataverse: Any, skew: timedelta) -> Side | None:
    """Which side was modified later, where both say when; None where the clocks may differ by more than that."""
    left, right = (datetime.fromisoformat(time) if isinstance(time, str) else None for time in (erp, dataverse))
    if left is None or right is None or abs(left - right) <= skew:
        return None
    return ERP if left > right else DATAVERSE
