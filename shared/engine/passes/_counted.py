"""How many rows the two sides of a flow hold, as far as it takes to say what a first synchronisation should be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final

from shared.engine._house import House
from shared.engine.passes._rows import Judge
from shared.mapping import DATAVERSE, SIDES, Side
from shared.systems import Reading

ENOUGH: Final = 1000
"""Rows of a side that are counted; what is beyond is `more`."""
PAGES: Final = 50
"""Pages that are read for them where many rows are none of the flow's business."""


async def counted(house: House, name: str) -> dict[Side, dict[str, Any]]:
    """Of each side the `rows`, and whether there are `more`.

    In the ERP everything counts that stands there, whatever the map's filter says of it; in Dataverse what is in the
    filter, of a company that is synchronised.
    """
    companies, judge = await house.synced_companies(name), Judge(house.flow(name))
    await judge.know_companies(companies)
    return {side: await _rows(judge, side, companies) for side in SIDES}


async def _rows(judge: Judge, side: Side, companies: Sequence[str]) -> dict[str, Any]:
    flow, rows, read = judge.flow, 0, 0
    part = flow.map.side(side)
    reading = Reading(part.columns, part.scope.pushed if side == DATAVERSE else "", companies, page=ENOUGH)
    async with aclosing(flow.system(side).pages(part.entity, reading, None)) as pages:  # type: ignore[type-var] # both clients' pages are generators
        async for page in pages:
            read += 1
            rows += sum(_counts(judge, side, each.row) for each in page.rows) + len(page.broken)
            if rows >= ENOUGH or read == PAGES:
                return {"rows": rows, "more": page.cursor is not None}
    return {"rows": rows, "more": False}


def _counts(judge: Judge, side: Side, row: Any) -> bool:
    return side != DATAVERSE or (judge.inside(side, row) and judge.eligible(side, row))
