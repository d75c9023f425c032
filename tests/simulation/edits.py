"""Laws 1, 2, 4 and 5: no edit of a person's is lost, nothing is put back over a newer one, nothing is invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.ledger import ConflictRow
from shared.mapping import ERP, SIDES, Line, ordered
from tests.simulation.book import LEAVING, Book, alike
from tests.simulation.journaled import UNDER_WAY
from tests.simulation.records import Moment, Record
from tests.simulation.regressed import regressed
from tests.simulation.waited import Waited
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Edits:
    """What people wrote, and what became of it.

    newer: lines of a map that changed, by definition, and since when they are looked at. given_up: conflict rows that
    an operator took from the list, or decided, by flow. waited: lines that were set aside.
    """

    world: World
    newer: Mapping[bytes, float]
    given_up: Mapping[str, Sequence[ConflictRow]]
    waited: Waited

    # -- laws 1, 4 and 5

    def lost(self, book: Book) -> Iterator[str]:
        """Edits by people that Koppel wrote over, or deleted, although nobody else has them."""
        for side in SIDES:
            lines = [line for line in book.flow.lines if line.update and not line.key and line.source in {None, side}]
            for record in book.times[side].records:
                for line in lines:
                    yield from self._lost_values(book, record, line)

    def _lost_values(self, book: Book, record: Record, line: Line) -> Iterator[str]:
        moments = record.lines.get(line.index, [])
        for moment, following in zip(moments, [*moments[1:], record.ended], strict=True):
            if moment.by != "people" or following is None or following.by != "koppel":
                continue
            if following.time < self.newer.get(line.definition, 0.0):
                continue
            rewritten = following is not record.ended and alike(moment.value, following.value)
            if following is record.ended and self.waited.is_no_edit(book, record, line, moment, following):
                continue
            if rewritten or self._kept(book, record, line, moment, following) or self.in_the_window(record, following):
                continue
            what = "deleted" if following is record.ended else f"overwritten with {following.value!r}"
            yield (
                f"law 1: {line.name} of {record.side} {' '.join(record.name)} was edited to {moment.value!r} at "
                f"{moment.time:.2f} and {what} at {following.time:.2f}"
            )

    def in_the_window(self, record: Record, following: Moment) -> bool:
        """A side took a write that it should have refused: an edit between our read and our write is lost."""
        if record.side == ERP:
            return following.order in self.world.erp.environment.unmatched
        when = self.world.began + timedelta(seconds=following.time)
        return (record.name[0], when) in self.world.dataverse.environment.unmatched

    def _kept(self, book: Book, record: Record, line: Line, edited: Moment, until: Moment) -> bool:
        """The other side has had the value, or it is on record, or nobody who looks now and then could see an edit."""
        if self._has_given_way(book, record, line, edited, until):
            return True
        came = book.arrived(record, line, edited, until) or book.was_asked(record, line, edited, until)
        if came or self._on_record(book, record, line, edited):
            return True
        if not edited.value and not book.agreed_all_along(record, line, edited.time, until.time):
            return True  # nothing was agreed about the line: a blank is no decision against a value
        before = [each for each in _values(book, record, line) if (each.time, each.order) < (edited.time, edited.order)]
        if any(
            each.by == "people" and each.time >= until.time and alike(each.value, edited.value)
            for each in _values(book, record, line)
        ):
            return True  # somebody has put it there again
        again = any(alike(each.value, edited.value) for each in before) or book.was_born_with(record, line, edited)
        if again and self._went_over_between(book, record, line, edited, before):
            return False
        return again and (
            book.arrived(record, line, Moment(0.0, 0, edited.value, "people"), edited)
            or book.made_of(record, line, edited)
        )

    def _has_given_way(self, book: Book, record: Record, line: Line, edited: Moment, until: Moment) -> bool:
        """A reference without a partner stays where it is, until somebody chooses one that can be carried over, or
        none: what is blank on the other side all the time chooses nothing.
        """
        if line.missing not in LEAVING or not book.stands_for_nothing(line, *ordered(record.side, edited.value, "")):
            return False
        words = (each for partner in book.partners(record) for each in partner.lines.get(line.index, ()))
        return (
            bool(until.value)
            or until is record.ended
            or any(each.by != "koppel" and each.time >= edited.time - UNDER_WAY for each in words)
        )

    def _went_over_between(
        self, book: Book, record: Record, line: Line, edited: Moment, before: Sequence[Moment]
    ) -> bool:
        """Another value had stood there meanwhile, and Koppel had carried that over: the old one is an edit again."""
        since = max((each.time for each in before if alike(each.value, edited.value)), default=record.born.time)
        others = [each for each in before if each.time > since and each.by == "people"]
        return any(
            each.by == "koppel" and other.time <= each.time <= edited.time
            and book.as_good_as(line, *ordered(record.side, other.value, each.value))
            for other in others
            for partner in book.partners(record)
            for each in partner.lines.get(line.index, ())
        )  # fmt: skip

    def _on_record(self, book: Book, record: Record, line: Line, edited: Moment) -> bool:
        """The value has come to stand in the conflict list since, though an operator may have taken it from there."""
        return any(
            _says(book, line, edited.value, (row.value, row.winner) if row.open else (row.value,))
            for row in _about(book, record, line, book.conflicts)
            if self._came(row) > edited.time - UNDER_WAY
        ) or self._is_given_up(book, record, line, edited.value, edited.time)

    def _came(self, row: ConflictRow) -> float:
        return (datetime.fromisoformat(row.at) - self.world.began).total_seconds()

    def _is_given_up(self, book: Book, record: Record, line: Line, value: str, since: float = 0.0) -> bool:
        """An operator took the value from the conflict list, or let the other one win. since: it came there later."""
        given_up = [row for row in self.given_up.get(book.flow.name, ()) if self._came(row) > since - UNDER_WAY]
        rows = _about(book, record, line, given_up)
        return any(_says(book, line, value, (row.value, row.winner)) for row in rows)

    def regressed(self, book: Book) -> Iterator[str]:
        """What both sides agree on, although a newer value was written."""
        yield from regressed(book, self._is_excused, self._on_record)

    def _is_excused(self, book: Book, record: Record, line: Line, edited: Moment) -> bool:
        """A value that does not stand any more is on record, or nobody who looks now and then could see an edit."""
        standing = [each.value(line.index) for each in (record, *book.partners(record))]
        if line.definition in self.newer or self._on_record(book, record, line, edited):
            return True
        if any(self._is_given_up(book, record, line, each) for each in standing):
            return True  # an operator wrote it back
        lives = list(_values(book, record, line))
        until = next((each.time for each in lives if each.by == "koppel" and each.time > edited.time), edited.time)
        if not edited.value and not book.agreed_all_along(record, line, edited.time, until):
            return True  # nothing was agreed about the line, or not any more: a blank is no decision against a value
        if any(self.in_the_window(record, each) for each in lives if each.by == "koppel" and each.time >= edited.time):
            return True
        return any(
            alike(each.value, edited.value) for each in lives if (each.time, each.order) < (edited.time, edited.order)
        )

    # -- law 2

    def invented(self, book: Book) -> Iterator[str]:
        """Values that Koppel wrote although the other side never held them."""
        for side in SIDES:
            lines = [line for line in book.flow.lines if line.source != side]
            for record in book.times[side].records:
                for line in lines:
                    for moment in record.lines.get(line.index, []):
                        if moment.by == "koppel" and moment.sent and not self._sourced(book, record, line, moment):
                            name = " ".join(record.name)
                            yield f"law 2: {line.name} of {side} {name} got {moment.value!r} from nowhere"

    def _sourced(self, book: Book, record: Record, line: Line, moment: Moment) -> bool:
        sent = moment.sent
        if book.arrived(record, line, Moment(0.0, 0, sent, "koppel"), moment):
            return True
        if any(book.held_anywhere(record, line, replace(moment, value=sent))):
            return True  # created for a record that is no longer its partner: that is law 6's
        return self._is_given_up(book, record, line, sent)


def _about(book: Book, record: Record, line: Line, rows: Iterable[ConflictRow]) -> Iterator[ConflictRow]:
    """The conflict rows of a line of a record."""
    row_ids = book.row_ids(record)
    return (row for row in rows if row.dataverse in row_ids and row.line == line.name)


def _says(book: Book, line: Line, value: str, kept: Iterable[str]) -> bool:
    """True if a value is one of those that were kept, which name a reference by the row that it means."""
    plain = {each.removeprefix("?") for each in kept}
    return any(alike(each, value) or (line.lookup is not None and book.means(line, value, each)) for each in plain)


def _values(book: Book, record: Record, line: Line) -> Iterator[Moment]:
    """The values of a line in every life of a record."""
    return (moment for life in book.lives(record) for moment in life.lines.get(line.index, []))
