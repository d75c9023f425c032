"""What waits for a person: since when which record has been set aside as a whole, and whether Koppel left it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.ledger import COUPLING, PARKED, Stored, Write, read_trouble
from shared.mapping import SIDES
from tests.simulation.book import FOR_EVER, Book
from tests.simulation.records import Record
from tests.simulation.undoing import Undoing

ONLY_A_PERSON: tuple[str, ...] = ("merged", "company")
"""Reasons that no retry settles."""

Spans = dict[tuple[str, str], list[tuple[float, float]]]


@dataclass(slots=True)
class LeftToPeople:
    """Watches the rows of records that only a person can decide about. spans: by flow and Dataverse id, from, until."""

    spans: Spans = field(default_factory=dict)

    def watch(self, flow: str, writes: Sequence[Write], time: float) -> None:
        for write in writes:
            if not write.key.startswith(PARKED + COUPLING):
                continue
            spans = self.spans.setdefault((flow, write.key.removeprefix(PARKED + COUPLING)), [])
            waits = write.kind != "delete" and _is_a_persons(write)
            stands = bool(spans) and spans[-1][1] == FOR_EVER
            if waits and not stands:
                spans.append((time, FOR_EVER))
            elif stands and not waits:
                spans[-1] = (spans[-1][0], time)

    def decided(self, undoing: Undoing, book: Book) -> Iterator[str]:
        """Records that Koppel deleted while their pair waited for a person (law 8). An undo is a person's word."""
        for side in SIDES:
            for record in book.times[side].records:
                if record.ended is None or record.ended.by != "koppel" or undoing.took(book, record):
                    continue
                spans = [
                    span for row_id in book.row_ids(record) for span in self.spans.get((book.flow.name, row_id), ())
                ]
                if any(since < record.ended.time < until for since, until in spans if not _is_late(record, since)):
                    yield f"law 8: {side} {' '.join(record.name)} was deleted while it waited for a person"


def _is_late(record: Record, since: float) -> bool:
    """A create of Koppel's own that landed while the pair waited, and that nobody has touched: it may be taken back."""
    touched = any(each.by == "people" for moments in record.lines.values() for each in moments)
    return record.born.by == "koppel" and record.born.time > since and not touched


def _is_a_persons(write: Write) -> bool:
    items = read_trouble(Stored(write.key, write.cells, "")).items
    return any(item["code"] in ONLY_A_PERSON and not item["line"] for item in items)
