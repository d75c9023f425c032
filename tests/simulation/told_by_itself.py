"""What shows before any pass over everything: what the ERP has told, and what flows were then caught up with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from shared.engine import House, catch_up, pump
from shared.mapping import DATAVERSE, ERP, SIDES, Line, Side
from tests.simulation.differences import differs
from tests.simulation.judge import Judge
from tests.simulation.news import Ears, News
from tests.simulation.records import Record

TURNS: Final = 4
MINUTE: Final = 70.0


async def untold(judge: Judge, news: News, house: House, ears: Ears) -> list[str]:
    """Values that somebody typed last, and that are not on the other side, though nothing has gone wrong."""
    for _ in range(TURNS):
        for call in news.due():
            await ears.hear(call.body)
            judge.world.erp.twin.notifications.answered(call, 202)
        await ears.keep()
        await pump(house, lambda: False)
        await asyncio.sleep(MINUTE)
    broken = [f"told by itself: {text}" for text in behind(judge, house, (ERP,))]
    for name in house.catalogue.names:
        await catch_up(house, name, lambda: False)
    await pump(house, lambda: False)
    return broken + [f"told in time: {text}" for text in behind(judge, house, SIDES)]


def behind(judge: Judge, house: House, sides: tuple[Side, ...]) -> Iterator[str]:
    """Values that are on one side alone though somebody typed them last on one of these, and nothing says why.

    A table without change tracking tells by events alone, and those that are under way when all becomes quiet are lost:
    the compare pass finds what they would have told.
    """
    for book in judge.books(house):
        told = tuple(each for each in sides if each == ERP or book.flow.dataverse.entity.change_tracking)
        for coupling in book.couplings:
            records = book.standing(coupling)
            erp, dataverse = records[ERP], records[DATAVERSE]
            if coupling.state != "coupled" or erp is None or dataverse is None or book.rows_about(coupling):
                continue
            if not (book.inside(erp) and book.inside(dataverse)):
                continue
            asked = [each for each in book.flow.lines if book.undecided(coupling, each)]
            words = {each.together for each in asked if each.together}
            lines = [each for each in book.flow.lines if not (each.lookup or each in asked or each.together in words)]
            for line in lines:
                if differs(book, line, erp, dataverse) and _is_newest(line, erp, dataverse, told):
                    said = f"{erp.value(line.index)!r} and {dataverse.value(line.index)!r}"
                    yield f"{line.name} of {' '.join(erp.name)}: {said} ({book.flow.name})"


def _is_newest(line: Line, erp: Record, dataverse: Record, sides: tuple[Side, ...]) -> bool:
    """The last that somebody typed was typed on one of these sides, since the two were there."""
    typed = [
        (moment.time, record.side)
        for record in (erp, dataverse)
        for moment in record.lines.get(line.index, ())
        if moment.by == "people"
    ]
    return bool(typed) and max(typed)[1] in sides and line.source in {None, max(typed)[1]}
