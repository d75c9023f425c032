"""Law 2: what a currency makes of an amount is nobody's value, and never takes the place of the whole one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from shared.mapping import ERP, Line
from tests.simulation.book import Book
from tests.simulation.records import Record


def written_back(book: Book) -> Iterator[str]:
    """Amounts of people in the ERP that Koppel replaced by what Dataverse had rounded them to."""
    lines = [line for line in book.flow.lines if line.dataverse.decimals and line.to_erp]
    for record in book.times[ERP].records:
        for line in lines:
            for before, after in pairwise(record.lines.get(line.index, ())):
                ours = before.by == "people" and after.by == "koppel"
                if ours and _is_rounded(before.value, after.value) and not _is_entered(book, record, line, after.value):
                    yield (
                        f"law 2: {line.name} of {' '.join(record.name)} was {before.value} in the ERP, and became "
                        f"{after.value}, to which only Dataverse had rounded it"
                    )


def _is_rounded(whole: str, value: str) -> bool:
    """True if a number is the other one with fewer decimals."""
    places = len(value.partition(".")[2])
    if not (whole and value) or places >= len(whole.partition(".")[2]):
        return False
    return abs(Decimal(whole) - Decimal(value)) * 2 <= Decimal(1).scaleb(-places)


def _is_entered(book: Book, record: Record, line: Line, value: str) -> bool:
    """True if somebody has entered that value himself, on either side."""
    held = (each for one in (record, *book.partners(record)) for each in one.lines.get(line.index, ()))
    return any(each.by == "people" and each.value == value for each in held)
