"""Laws 1 and 2 where all is quiet: what both sides agree on is what somebody wrote there last, on either of them.

Whether a value has arrived does not matter here: an older one, or a blank, is never put back over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.mapping import ABSENT, DATAVERSE, ERP, Line
from tests.simulation.book import Book, alike
from tests.simulation.records import Moment, Record
from tests.simulation.rounded import made_otherwise

Excused = Callable[[Book, Record, Line, Moment], bool]
"""True if a value that is not there any more is on record, or was lost where Koppel knows that it may be."""


@dataclass(frozen=True, slots=True)
class Newest:
    """What a person wrote last on a line of a pair, and where."""

    record: Record
    moment: Moment


def regressed(book: Book, excused: Excused, kept: Excused) -> Iterator[str]:
    """Values that both sides agree on, although a newer one was written and is nowhere. kept: it lost, and is listed.

    Records that had several partners are left out: what stood there belongs to several stories.
    """
    for coupling in book.couplings:
        records = book.standing(coupling)
        erp, dataverse = records[ERP], records[DATAVERSE]
        if coupling.state != "coupled" or erp is None or dataverse is None:
            continue
        if any(len(book.partner_names(each)) > 1 for each in (erp, dataverse)):
            continue
        for line in book.flow.lines:
            if line.update and not line.key and not line.final and line.source is None and line.lookup is None:
                yield from _regressed_line(book, line, (erp, dataverse), excused, kept)


def _regressed_line(
    book: Book, line: Line, pair: tuple[Record, Record], excused: Excused, kept: Excused
) -> Iterator[str]:
    erp, dataverse = (each.value(line.index) for each in pair)
    newest = _newest(line, pair)
    if newest is None or ABSENT in {erp, dataverse} or not book.same(line, erp, dataverse):
        return
    if excused(book, newest.record, line, newest.moment):
        return
    later = _later(book, line, pair, newest)
    if any(_is_now(book, line, pair, each) for each in (newest, *later)):
        return
    if any(kept(book, each.record, line, each.moment) for each in later if each.moment.by != "koppel"):
        return  # it gave way to what a system wrote, and that is not lost
    yield (
        f"law 1: {line.name} of {' '.join(pair[0].name)} stands at {erp!r} on both sides, but somebody wrote "
        f"{newest.moment.value!r} in {newest.record.side} at {newest.moment.time:.2f}, and nothing else since"
    )


def _newest(line: Line, pair: tuple[Record, Record]) -> Newest | None:
    found = [
        Newest(record, moment)
        for record in pair
        for moment in record.lines.get(line.index, ())
        if moment.by == "people"
    ]
    return max(found, key=lambda each: each.moment.time, default=None)


def _later(book: Book, line: Line, pair: tuple[Record, Record], newest: Newest) -> list[Newest]:
    """What a system, or another flow, wrote since a person wrote last, or made of what Koppel wrote."""
    return [
        Newest(life, moment)
        for record in pair
        for life in book.lives(record)
        for moment in life.lines.get(line.index, ())
        if moment.time >= newest.moment.time and (moment.by != "koppel" or made_otherwise(moment))
    ]


def _is_now(book: Book, line: Line, pair: tuple[Record, Record], written: Newest) -> bool:
    erp, dataverse = (each.value(line.index) for each in pair)
    value = written.moment.value
    if written.record.side == ERP:
        return alike(value, erp) or book.as_good_as(line, value, dataverse)
    return alike(value, dataverse) or book.as_good_as(line, erp, value)
