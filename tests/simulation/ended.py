"""Law 8: deletes are deliberate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from shared.mapping import SIDES, other
from tests.simulation.book import Book
from tests.simulation.landed import Landed
from tests.simulation.network import LATEST
from tests.simulation.records import Record
from tests.simulation.undoing import Undoing

UNSEEN: Final = 3 * LATEST
"""Seconds after which nobody who has not looked since can still be at work, or have a request under way."""


def ended_badly(landed: Landed, undoing: Undoing, book: Book) -> Iterator[str]:
    """Deletes by Koppel whose partner nobody deleted, or moved out of a scope that it must not leave.

    What ended before a record was there, or was looked at to create it, is no reason to delete it. And the flow's
    policy has to say that a delete is carried over, or that what leaves the scope is deleted. What came back by a
    request of our own goes again, and so does what was created beside another row.
    """
    for side in SIDES:
        for record in book.times[side].records:
            if record.ended is None or record.ended.by != "koppel" or landed.revived(book, record):
                continue
            if undoing.took(book, record) or landed.superseded(book, record):
                continue
            partners = book.partners(record)
            carried = book.flow.on_delete(other(side)) == "propagate"
            ends = [each.ended.time for each in partners if each.ended and carried]
            if book.flow.deletes_left(other(side)):
                ends += [time for each in partners for time in each.left]
            if not any(book.began(record) <= time <= record.ended.time for time in ends) or _is_back(partners, record):
                yield f"law 8: {side} {' '.join(record.name)} was deleted, but nobody deleted its partner, or may not"


def _is_back(partners: Sequence[Record], record: Record) -> bool:
    """All its partners had been there for so long that whoever deleted it must have seen one of them."""
    assert record.ended is not None
    there = [each for each in partners if each.ended is None or each.ended.time > record.ended.time]
    outside = any(time <= record.ended.time for each in partners for time in each.left)
    return not outside and any(each.born.time < record.ended.time - UNSEEN for each in there)
