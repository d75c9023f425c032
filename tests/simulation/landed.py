"""What was created by requests that were under way for long: lives that begin after somebody has ended the last one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.ledger import end_of
from shared.mapping import DATAVERSE, SIDES, Side, other
from tests.simulation.book import Book, folded
from tests.simulation.records import Record

SUPERSEDED: Final = "what was to be created was there already"
"""Why the id that a claim minted is over: nobody has seen a row under it."""
_SAME: Final = 0.001


@dataclass(frozen=True, slots=True)
class Landing:
    """A request that creates, when it was sent, and when it was carried out."""

    side: Side
    sent: float
    done: float


@dataclass(frozen=True, slots=True)
class Landed:
    """asked: ends of records of which a person was told that they may have come back by our own hand. told: ends of
    records of which an event has told that they were deleted. Both with their flow.
    """

    landings: Sequence[Landing]
    asked: Collection[tuple[str, str]]
    told: Collection[tuple[str, str]] = ()

    def revived(self, book: Book, record: Record) -> bool:
        """True if a create brought a record back that had been deleted, or renamed, after it was sent.

        What another flow has created is that one's, even if the scopes of the two overlap.
        """
        if record.born.by != "koppel":
            return False
        others = [life for life in book.lives(record) if life is not record]
        ends = [time for life in others for time in (*life.renamed, *((life.ended.time,) if life.ended else ()))]
        return any(
            each.side == record.side and abs(each.done - record.born.time) < _SAME
            and any(each.sent < time <= each.done for time in ends)
            for each in self.landings
        )  # fmt: skip

    def superseded(self, book: Book, record: Record) -> bool:
        """True if a create was carried out when another row had taken its place, and nobody has touched what came."""
        if record.born.by == "people" or _is_touched(record):
            return False
        stones = [each for each in book.couplings if each.ended and each.reason == SUPERSEDED]
        return any((each.dataverse,) in record.names for each in stones)

    def undead(self, book: Book) -> Iterator[str]:
        """Such records that nobody has touched, and that stay although nobody is asked about them.

        One that would be there in any case is no news; nor is one that was back before it had ever been coupled, if no
        event had told of its end.
        """
        for side in SIDES:
            for record in book.times[side].alive.values():
                if not self.revived(book, record) or _is_touched(record) or self._is_asked(book, record):
                    continue
                if not _is_wanted(book, record) and not self._is_unknown(book, record) and book.inside(record):
                    when = f"{record.born.time:.2f}"
                    yield f"law 8: {side} {' '.join(record.name)} came back at {when} by an old request"

    def _is_asked(self, book: Book, record: Record) -> bool:
        """A person was asked; or what becomes of it is open and said, for its partner is gone, or seems renamed."""
        ends = {end_of(record.side, name) for name in record.names} | {f"d~{row_id}" for row_id in book.row_ids(record)}
        if any((book.flow.name, end) in self.asked for end in ends):
            return True
        return any(
            item["code"] == "renamed" or item.get("gone") == other(record.side)
            for row in book.troubles
            if row.end in ends
            for item in row.items
        )

    def _is_unknown(self, book: Book, record: Record) -> bool:
        """True if nobody can have seen that a record was gone: it was coupled only after it had come back."""
        names, at = {folded(name) for name in record.names}, SIDES.index(record.side)
        coupled = [time for (erp, row_id), time in book.pairs.items() if folded((erp, (row_id,))[at]) in names]
        told = record.side == DATAVERSE and any(
            (book.flow.name, end_of(record.side, name)) in self.told for name in record.names
        )
        return bool(coupled) and min(coupled) > record.born.time and not told


def _is_wanted(book: Book, record: Record) -> bool:
    """True if it would be there in any case: its partner has never been away, or people have made that again."""
    if book.flow.on_delete(record.side) == "restore":
        return True
    anew = book.flow.policy.reborn == "sync" and record.side in book.flow.creates
    there = [each for each in book.partners(record) if not each.ended]
    return any(each.born.time < record.born.time or (anew and each.born.by == "people") for each in there)


def _is_touched(record: Record) -> bool:
    return any(moment.by == "people" for moments in record.lines.values() for moment in moments)
