"""Lines that were never agreed: what waited, or was refused, since two were coupled keeps nobody from deleting them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from shared.ledger import COUPLING, PARKED, WAITING, Stored, Write, read_trouble
from shared.mapping import Line
from tests.simulation.book import Book
from tests.simulation.records import Moment, Record


@dataclass(slots=True)
class Waited:
    """Watches what is said of the lines of pairs. said: flow, Dataverse id and name of the line."""

    said: set[tuple[str, str, str]] = field(default_factory=set)

    def watch(self, flow: str, writes: Collection[Write]) -> None:
        """Sees every transaction that is carried out."""
        for write in writes:
            if write.kind != "delete" and write.key.startswith((WAITING + COUPLING, PARKED + COUPLING)):
                row_id = write.key.removeprefix(WAITING).removeprefix(PARKED).removeprefix(COUPLING)
                items = read_trouble(Stored(write.key, write.cells, "")).items
                self.said |= {(flow, row_id, str(item["line"])) for item in items if item.get("line")}

    def is_no_edit(self, book: Book, record: Record, line: Line, stood: Moment, until: Moment) -> bool:
        """True if a value stood there when the pair came about, and has been set aside until one of the two went."""
        rows = self._rows(book, record, line)
        spans = (span for row_id in rows for span in book.agreed.get((row_id, line.definition), ()))
        if any(began < until.time and stood.time < ended for began, ended in spans):
            return False
        return any(row_id in rows and stood.time <= since <= until.time for (_, row_id), since in book.pairs.items())

    def is_on_its_way(self, book: Book, row_id: str, line: Line) -> bool:
        """True if the pair of a row of Dataverse has never agreed on a line, although it was never set aside.

        What the same record agreed on with a row before this one counts for that one.
        """
        agreed = book.agreed.get((row_id, line.definition))
        return line.update and not agreed and (book.flow.name, row_id, line.name) not in self.said

    def _rows(self, book: Book, record: Record, line: Line) -> set[str]:
        """Ids of rows that stand for a record, about whose line something was said."""
        return {row_id for row_id in book.row_ids(record) if (book.flow.name, row_id, line.name) in self.said}
