"""Laws 10 and 11: whatever Koppel changed on either side, the journal says what, where and why; and nothing else.

Only journal rows are asked, as they were when they were stored: what retention or an erasure took away since counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP, SIDES, Line, Side, fold
from tests.simulation.book import Book, alike, is_beginning
from tests.simulation.landed import SUPERSEDED
from tests.simulation.network import LATEST
from tests.simulation.records import Moment, Record

UNDER_WAY: Final = 2 * LATEST
"""Seconds after which a request that nobody answered has been carried out, or never will be."""
GONE: Final = ("deleted", "delete given up")
BORN: Final = ("created in ", "found in ")
GIVEN_UP: Final = "create given up in "
BY_HAND: Final = ("claim ended", "claim cleared", "coupled by")
"""An operator has said what is to be made of a claim, whatever had been created under it."""
CAME_THROUGH: Final = ("recovered", "recovered: it stands there")
BY_US: Final = ("edit", "put_back", "mark", "master", "fill", "conflict", "assigned", "create", "coerced")
Excused = Callable[[Record, Moment], bool]


@dataclass(frozen=True, slots=True)
class Told:
    """A journal row, and when it was stored."""

    time: float
    entry: Mapping[str, Any]

    @property
    def what(self) -> str:
        return str(self.entry["what"])


@dataclass(frozen=True, slots=True)
class Journaled:
    """What one flow's journal says. excused: a side took a write that it should have refused. late: a request that was
    answered by another one brought a record back.
    """

    book: Book
    told: Mapping[str, Sequence[Told]]
    excused: Excused
    late: Callable[[Record], bool] = lambda _record: False

    def broken(self) -> Iterator[str]:
        """Changes of Koppel's without a row that says what and why, and rows about what never was."""
        for side in SIDES:
            for record in self.book.times[side].records:
                about = self.about(record)
                yield from self._unsaid(record, about)
                yield from self._reversed(record)
        for row_id, rows in self.told.items():
            for row in rows:
                yield from self._untrue(row_id, row)

    def about(self, record: Record) -> list[Told]:
        """Every row about a record, under whatever id its pair ever had."""
        return [each for row_id in self.book.row_ids(record) for each in self.told.get(row_id, ())]

    # -- every change has its row

    def _unsaid(self, record: Record, rows: Sequence[Told]) -> Iterator[str]:
        name = f"{record.side} {' '.join(record.name)}"
        again = self.late(record)
        if (
            record.born.by == "koppel"
            and not again
            and not self._is_claimed(record)
            and not self._created(record, rows)
        ):
            yield f"law 10: Koppel created {name} at {record.born.time:.2f}, and no journal row says so"
        if record.ended is not None and record.ended.by == "koppel" and not _said(rows, record.ended, *GONE):
            yield f"law 10: Koppel deleted {name} at {record.ended.time:.2f}, and no journal row says so"
        for line in self.book.flow.lines:
            before = ""
            for moment in record.lines.get(line.index, ()):
                if moment.by == "koppel" and moment.time > record.born.time:
                    yield from self._of_line(record, rows, line, before, moment)
                before = moment.value

    def _is_claimed(self, record: Record) -> bool:
        """A claim stands, or has ended unseen: nobody knows what came of it, and that is told elsewhere."""
        row_ids = self.book.row_ids(record)
        if any(each.state == "claimed" for each in self.book.couplings):
            standing = {each.dataverse for each in self.book.couplings if each.state == "claimed"}
            numberless = record.side == ERP and any(each.numberless for each in self.book.couplings)
            if row_ids & standing or not row_ids or numberless:
                return True
        if any(each.reason == SUPERSEDED and each.dataverse in row_ids for each in self.book.couplings if each.ended):
            return True
        return any(each.what.startswith(BY_HAND) for rows in self.told.values() for each in rows)

    def _created(self, record: Record, rows: Sequence[Told]) -> bool:
        found = [each for each in rows if each.what.startswith(BORN) and each.time >= record.born.time]
        side = f" {record.side}"
        if any(each.what.endswith(side) for each in found) or self.book.has_a_double(record):
            return True
        if self._was_made_again(record):
            return True
        return any(self._gave_up(record, row_id, rows) for row_id, rows in self.told.items())

    def _was_made_again(self, record: Record) -> bool:
        """Somebody gave it another number before anybody had heard of it, and it was created once more under its own.

        Nothing tells that the two are one, unless the identity that outlives a number was sent along.
        """
        second = self.book.flow.second_line
        if second is None or any(each.by == "koppel" for each in record.lines.get(second.index, ())):
            return False
        return any(
            rows and all(row.time > until for row in rows)
            for name, until in record.given_up.items()
            for each in self.book.times[record.side].records
            if each.born.by == "koppel" and each.born.time >= until and each is not record
            and tuple(map(fold, name)) in {tuple(map(fold, one)) for one in each.names}
            and (rows := [row for row in self.about(each) if row.what.startswith(BORN)])
        )  # fmt: skip

    def _gave_up(self, record: Record, row_id: str, rows: Sequence[Told]) -> bool:
        """A row tells that a create for a record of that number, or of none, was given up: it is left to itself.

        It may be carried out after the row was stored, as long as its request can be under way.
        """
        since = [each for each in rows if each.time >= record.born.time - UNDER_WAY]
        if not any(each.what == f"{GIVEN_UP}{record.side}" for each in since):
            return False
        mine = [each for each in self.book.times[DATAVERSE].records if (row_id,) in each.names]
        if record.side == DATAVERSE:
            return record in mine
        return self.book.was_numbered(record) or any(self._had_its_key(each, record) for each in mine)

    def _had_its_key(self, row: Record, record: Record) -> bool:
        """True if a row of Dataverse ever held what a record of the ERP was first called, but for references."""
        flow = self.book.flow
        lines = [line for line in flow.lines if line.key and line.lookup is None and line.erp.name in flow.identity]
        return bool(lines) and all(
            fold(record.lines[line.index][0].value) in map(fold, row.held(line.index, 0.0, record.born.time))
            for line in lines
        )

    def _of_line(self, record: Record, rows: Sequence[Told], line: Line, before: str, moment: Moment) -> Iterator[str]:
        said = [
            item
            for each in rows
            if each.time >= moment.time - UNDER_WAY
            for item in each.entry["lines"]
            if item["line"] == line.name and item["side"] == record.side and item["reason"]
        ]
        place = f"{line.name} of {record.side} {' '.join(record.name)}"
        wrote = moment.sent
        fitting = [item for item in said if self._may_be(line, record.side, item["new"], wrote)]
        if not fitting:
            yield f"law 10: {place} was written as {wrote!r} at {moment.time:.2f}, and no journal row says so"
        elif not self.excused(record, moment) and not any(
            self._may_be(line, record.side, item["old"], before) for item in fitting
        ):
            olds = sorted({item["old"] for item in fitting})
            yield f"law 10: {place} held {before!r} at {moment.time:.2f}, but the journal says {olds}"

    def _may_be(self, line: Line, side: Side, told: str, value: str) -> bool:
        """True if a value, or a reference as it is told, may have been stored as another: cut off, trimmed, rounded."""
        if alike(told, value) or is_beginning(told, value):
            return True
        if line.lookup is not None:
            pair = (told, value) if side == DATAVERSE else (value, told)
            return bool(told and value) and self.book.means(line, *pair)
        first = line.erp.members[0] if line.erp.members else None
        if side != DATAVERSE and first is not None and {told, value} == {"", first}:
            return True
        return bool(value.strip()) and fold(told.strip()).startswith(fold(value.strip()))

    # -- law 11

    def _reversed(self, record: Record) -> Iterator[str]:
        """The source of a one-way line is the truth: nothing is ever written there."""
        for line in self.book.flow.lines:
            for moment in record.lines.get(line.index, ()) if line.source == record.side else ():
                if moment.by == "koppel":
                    place = f"{line.name} of {record.side} {' '.join(record.name)}"
                    yield f"law 11: {place} is the source, and was written at {moment.time:.2f}"

    # -- every row is true

    def _untrue(self, row_id: str, row: Told) -> Iterator[str]:
        for item in row.entry["lines"]:
            if item["reason"] not in {*BY_US, *CAME_THROUGH}:
                continue
            line = next((each for each in self.book.flow.lines if each.name == item["line"]), None)
            if line is None:
                continue
            records = self._records(row_id, item["side"])
            held = (value for each in records for value in each.asked(line.index, 0.0, row.time))
            if not any(self._may_be(line, item["side"], item["new"], value) for value in held):
                yield (
                    f"law 10: the journal says that {line.name} of {row_id[:8]} got {item['new']!r} in {item['side']} "
                    f"by {row.time:.2f}, and it never stood there"
                )

    def _records(self, row_id: str, side: Side) -> list[Record]:
        """Every life that a row of the journal may be about."""
        mine = [each for each in self.book.times[DATAVERSE].records if (row_id,) in each.names]
        if side == DATAVERSE:
            return mine
        names = {tuple(map(fold, erp)) for erp, found in self.book.pairs if found == row_id}
        return [
            each for each in self.book.times[side].records if {tuple(map(fold, name)) for name in each.names} & names
        ]


def _said(rows: Sequence[Told], moment: Moment, *what: str) -> bool:
    return any(each.what.startswith(what) and each.time >= moment.time - UNDER_WAY for each in rows)
