"""Law 8: deletes are deliberate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from shared.mapping import SIDES, other
from tests.simulation.book import FOR_EVER, Book, folded
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
            meant = any(book.began(record) <= time <= record.ended.time for time in ends)
            if not meant or _is_back(book, partners, record):
                yield f"law 8: {side} {' '.join(record.name)} was deleted, but nobody deleted its partner, or may not"


def _is_back(book: Book, partners: Sequence[Record], record: Record) -> bool:
    """All its partners had been there for so long that whoever deleted it must have seen one of them."""
    assert record.ended is not None
    looked = record.ended.time - UNSEEN
    there = [each for each in partners if each.ended is None or each.ended.time > record.ended.time]
    outside = any(time <= record.ended.time for each in partners for time in each.left)
    return not outside and any(each.born.time < looked and _is_partner(book, record, each, looked) for each in there)


def _is_partner(book: Book, record: Record, found: Record, since: float) -> bool:
    """True if it was there when the two were coupled, or went by its number since then: another one under that number,
    which was soon renamed, is nobody's partner.
    """
    names, mine = book.partner_names(record), {folded(each) for each in record.names}
    coupled = min(time for (erp, row_id), time in book.pairs.items() if {folded(erp), folded((row_id,))} & mine)
    called = [found.given_up.get(name, FOR_EVER) for name in found.names if folded(name) in names]
    return found.born.time <= coupled or any(time > since for time in called)
