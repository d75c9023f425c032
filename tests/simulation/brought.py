"""Law 1: what a system sets by itself when Koppel writes something else is carried over in the same visit.

So by the time that a person edits the same over there he edits what he sees, and nothing competes with his edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.ledger import ConflictRow
from shared.mapping import Line, ordered
from tests.simulation.book import Book, alike
from tests.simulation.pauses import NEVER
from tests.simulation.records import Moment, Record


@dataclass(frozen=True, slots=True)
class Along:
    """What one of our writes has set off on a line of a record, and until when it stood."""

    record: Record
    line: Line
    moment: Moment
    until: float


def overruled(book: Book, kept: Iterable[ConflictRow], patience: float) -> Iterator[str]:
    """Conflicts between a person's edit and what a write of ours had set off long before it.

    kept: every row that the conflict list ever had. patience: seconds that a visit may take.
    """
    lines = {line.definition.hex(): line for line in book.flow.lines if line.lookup is None}
    for row in kept if patience < NEVER else ():
        for along in _set_along(book, row, lines.get(row.definition)):
            for edit in _edits_after(book, along, patience):
                if _is_of(row, along.moment) and _is_of(row, edit):
                    yield (
                        f"law 1: {row.line} of {row.dataverse[:8]} was edited to {edit.value!r} at {edit.time:.2f}, "
                        f"and competes with {along.moment.value!r}, which our write had set off at "
                        f"{along.moment.time:.2f}"
                    )


def _set_along(book: Book, row: ConflictRow, line: Line | None) -> Iterator[Along]:
    if line is None:
        return
    for record in (each for times in book.times.values() for each in times.records):
        if row.dataverse in book.row_ids(record):
            moments = record.lines.get(line.index, [])
            for moment, after in zip(moments, [*moments[1:], record.ended], strict=False):
                if moment.by == "along":
                    yield Along(record, line, moment, after.time if after else NEVER)


def _edits_after(book: Book, along: Along, patience: float) -> Iterator[Moment]:
    """What people wrote on the other side while it stood, and long after it should have come over."""
    since = along.moment.time + patience
    for partner in book.partners(along.record):
        for edit in partner.lines.get(along.line.index, ()):
            if edit.by == "people" and since < edit.time <= along.until and not _came_over(book, partner, along, edit):
                yield edit


def _came_over(book: Book, partner: Record, along: Along, edit: Moment) -> bool:
    """The other side has held it, or was asked to, before the edit."""
    values = partner.asked(along.line.index, 0.0, edit.time)
    return any(book.as_good_as(along.line, *ordered(along.record.side, along.moment.value, value)) for value in values)


def _is_of(row: ConflictRow, moment: Moment) -> bool:
    return any(alike(each.removeprefix("?"), moment.value) for each in (row.value, row.winner))
