"""Sides that read empty because time has passed: the scope hangs on the day, and nothing young is left."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._flow import Flow
from shared.mapping import Side


async def has_aged(flow: Flow, side: Side, companies: Sequence[str], silent: Sequence[str]) -> bool:
    """True if the scope hangs on the day, and what reads empty through it holds records all the same.

    companies: those that were read. silent: those of which nothing was; none stands for the side as a whole. Whether it
    was time that took each record out is asked later, record by record.
    """
    if not flow.map.side(side).scope.moving:
        return False
    groups = [[company] for company in silent] or [[*companies]]
    for group in groups:
        if not await flow.holds_rows(side, group):
            return False
    return True
