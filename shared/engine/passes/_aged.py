"""Sides that read empty because time has passed: the scope hangs on the day, and nothing young is left."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from shared.engine._flow import Flow
from shared.mapping import Side
from shared.systems import Reading


async def has_aged(flow: Flow, side: Side, companies: Sequence[str], silent: Sequence[str]) -> bool:
    """True if the scope hangs on the day, and what reads empty through it holds records all the same.

    companies: those that were read. silent: those of which nothing was; none stands for the side as a whole. Whether it
    was time that took each record out is asked later, record by record.
    """
    if not flow.map.side(side).scope.moving:
        return False
    groups = [[company] for company in silent] or [[*companies]]
    for group in groups:
        if not await _holds_rows(flow, side, group):
            return False
    return True


async def _holds_rows(flow: Flow, side: Side, companies: Sequence[str]) -> bool:
    part = flow.map.side(side)
    pages = flow.system(side).pages(part.entity, Reading(part.columns, "", companies, page=1), None)
    async with aclosing(pages) as following:  # type: ignore[type-var] # both clients' pages are generators
        async for page in following:
            if page.rows:
                return True
    return False
