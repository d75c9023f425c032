"""A number used again is another record: what both knew one record by is not replaced by what another is known by."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from shared.ledger import ConflictRow
from shared.mapping import DATAVERSE
from tests.simulation.book import Book


def usurped(book: Book, by_hand: Collection[str], kept: Collection[ConflictRow]) -> Iterator[str]:
    """Rows of Dataverse whose second identity Koppel wrote, and then wrote over with another one.

    by_hand: rows that operators have decided about. kept: every row that its conflict list ever had: where two meet
    for the first time, or anew, a person sees what gave way, and may take it back.
    """
    second = book.flow.second
    lines = [line for line in book.flow.lines if second and line.erp.name == second.name]
    for line in lines:
        for record in book.times[DATAVERSE].records:
            moments = record.lines.get(line.index, [])
            for before, now in pairwise(moments):
                ours = before.by == now.by == "koppel" and before.value and now.value
                if any((row.dataverse, row.line) == (record.name[0], line.name) for row in kept):
                    continue
                if ours and not line.same(now.value, before.value) and record.name[0] not in by_hand:
                    yield (
                        f"law 6: {record.name[0]} was the row of {before.value}, and is that of {now.value} by now, "
                        "which nobody has said"
                    )
