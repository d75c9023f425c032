"""What the judge looks things up in: one flow's map, both timelines, and the rows of its ledger when all is quiet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from shared.errors import FieldError
from shared.ledger import (
    CONFLICT,
    COUPLING,
    HINT,
    PARKED,
    WAITING,
    ConflictRow,
    Coupling,
    Stored,
    Trouble,
    end_of,
    erp_end,
    read_conflict,
    read_coupling,
    read_trouble,
)
from shared.mapping import DATAVERSE, ERP, SIDES, FlowMap, Line, Side, fold, other
from tests.simulation.records import Moment, Record, Timeline

Name = tuple[str, ...]
Agreements = dict[tuple[str, bytes], list[tuple[float, float]]]
"""When something stood agreed about a line: by Dataverse id and the line's definition."""
Claims = dict[str, list[float]]
"""When claims began: by Dataverse id."""
_CUT: Final = re.compile(r"(?P<text>.*)… \((?P<length>\d+) characters, cut here: [0-9a-f]+\)", re.DOTALL)
FOR_EVER: Final = float("inf")
LEAVING: Final = frozenset({"keep", "clear"})
"""What a line says of a reference to what is not there, where nothing waits for it."""
LOOKING: Final = 300.0
"""Seconds between a look at a record and the claim for it, at most: a page, once read, is good for a whole slice."""


@dataclass(slots=True)
class Book:
    """One flow. references: the first book of each Dataverse table. books: all there are.

    pairs: who was ever coupled with whom, and since when. together: since when a row of Dataverse has had its coupling.
    meant: the lines that somebody was to write since then. agreed: which lines were agreed, from when until when.
    claimed: when a record without a partner was claimed. left_out: companies that are not synced, by code and by id.
    """

    flow: FlowMap
    times: Mapping[Side, Timeline]
    pairs: Mapping[tuple[Name, str], float]
    together: Mapping[str, float]
    meant: Mapping[str, Collection[str]]
    agreed: Agreements
    claimed: Claims
    references: Mapping[str, Book]
    books: Sequence[Book] = ()
    left_out: frozenset[str] = frozenset()
    couplings: list[Coupling] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    conflicts: list[ConflictRow] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    def enter(self, rows: Mapping[str, Stored]) -> None:
        """Takes the rows of the ledger."""
        for key, row in sorted(rows.items()):
            if key.startswith(COUPLING):
                self.couplings.append(read_coupling(row))
            elif key.startswith((WAITING, PARKED)):
                self.troubles.append(read_trouble(row))
            elif key.startswith(CONFLICT):
                self.conflicts.append(read_conflict(row))
            elif key.startswith(HINT):
                self.hints.append(key)

    # -- who belongs to whom

    def partner_names(self, record: Record) -> set[Name]:
        """Every name that a partner of this record ever had."""
        if record.side == DATAVERSE:
            return {folded(erp) for erp, row_id in self.pairs if (row_id,) in record.names}
        return {folded((row_id,)) for (erp, row_id), time in self.pairs.items() if self._is_named(record, erp, time)}

    def partners(self, record: Record) -> list[Record]:
        """Every life of every record that this one was ever coupled with."""
        across = self.times[other(record.side)].records
        if record.side == ERP:
            names = self.partner_names(record)
            return [each for each in across if {folded(name) for name in each.names} & names]
        pairs = [(erp, time) for (erp, row_id), time in self.pairs.items() if (row_id,) in record.names]
        return [each for each in across if any(self._is_named(each, *pair) for pair in pairs)]

    def _is_named(self, record: Record, name: Name, time: float) -> bool:
        """True if a record of the ERP has that name, unless it had given it up by then and another one had taken it."""
        if folded(name) not in {folded(each) for each in record.names}:
            return False
        left = next((until for each, until in record.given_up.items() if folded(each) == folded(name)), time)
        return time <= left or not any(
            left <= each.born.time <= time and folded(name) in {folded(one) for one in each.names}
            for each in self.times[ERP].records if each is not record
        )  # fmt: skip

    def lives(self, record: Record) -> Iterator[Record]:
        """Every life of a record."""
        return (life for life in self.times[record.side].records if life.names & record.names)

    def agreed_all_along(self, record: Record, line: Line, since: float, until: float) -> bool:
        """Something stood agreed about a line of it from one moment to another."""
        spans = (span for row_id in self.row_ids(record) for span in self.agreed.get((row_id, line.definition), ()))
        return any(began <= since and until <= ended for began, ended in spans)

    def began(self, record: Record) -> float:
        """When a record came to be: for one that Koppel created, when it may have looked at what it is a copy of."""
        if record.born.by != "koppel":
            return record.born.time
        claims = (time for row_id in self.row_ids(record) for time in self.claimed.get(row_id, ()))
        return max((time for time in claims if time <= record.born.time), default=record.born.time) - LOOKING

    def row_ids(self, record: Record) -> set[str]:
        """The Dataverse ids that stand for it in the ledger."""
        names = record.names if record.side == DATAVERSE else self.partner_names(record)
        return {name[0].lower() for name in names}

    def coupling_of(self, record: Record, *, ended: bool = False) -> Coupling | None:
        """The coupling that it is in, or one that has ended."""
        for each in self.couplings:
            mine = (each.dataverse,) if record.side == DATAVERSE else each.erp or ()
            if folded(mine) == folded(record.name) and each.ended == ended:
                return each
        return None

    def standing(self, coupling: Coupling) -> dict[Side, Record | None]:
        """The two records of a coupling, as far as they are there."""
        erp = next(
            (each for name, each in self.times[ERP].alive.items() if folded(name) == folded(coupling.erp or ())), None
        )
        return {ERP: erp, DATAVERSE: self.times[DATAVERSE].alive.get((coupling.dataverse,))}

    # -- what is said about whom

    def rows_about(self, coupling: Coupling) -> list[Trouble]:
        ends = {coupling.key} | ({erp_end(coupling.erp)} if coupling.erp else set())
        return [row for row in self.troubles if row.end in ends]

    def undecided(self, coupling: Coupling, line: Line) -> list[ConflictRow]:
        """Rows that ask a person which of two values is to stand."""
        place = (coupling.dataverse, line.name)
        return [row for row in self.conflicts if row.open and (row.dataverse, row.line) == place]

    def explained(self, record: Record) -> bool:
        """A row says why it has no partner."""
        return any(row.end == end_of(record.side, record.name) for row in self.troubles)

    def inside(self, record: Record) -> bool:
        """True if it is in the flow's scope, and of a company that is synced."""
        return self.flow.side(record.side).scope.includes(record.row) and not self.is_left_out(record)

    def is_left_out(self, record: Record) -> bool:
        """True if it is of a company that is not synced."""
        columns = self.flow.company
        column = columns.on(record.side) if columns else None
        return column is not None and str(record.row.get(column.wire_name)).lower() in self.left_out

    # -- values

    def same(self, line: Line, erp: str, dataverse: str) -> bool:
        """True if two values mean the same, but for what servers do to them."""
        if line.lookup is not None and erp and dataverse:
            return self.means(line, erp, dataverse)
        if self._stands_in(line, erp, dataverse):
            return True
        if line.lookup is not None:
            return erp == dataverse
        if line.same(erp, dataverse):
            return True
        try:
            return (line.to_dataverse and alike(line.forward(erp), dataverse)) or (
                line.to_erp and alike(line.backward(dataverse), erp)
            )
        except FieldError:
            return False

    def _stands_in(self, line: Line, erp: str, dataverse: str) -> bool:
        """True if one of two values is what the map puts in place of a blank, in whatever company."""
        if line.lookup is not None:
            codes = line.fills.get(DATAVERSE, {}).values()
            return bool(dataverse and not erp) and any(self.means(line, code, dataverse) for code in codes)
        if not dataverse:
            return line.to_erp and any(alike(erp, each) for each in line.fills.get(ERP, {}).values())
        given = line.fills.get(DATAVERSE, {}).values()
        return not erp and line.to_dataverse and any(alike(dataverse, each) for each in given)

    def as_good_as(self, line: Line, erp: str, dataverse: str) -> bool:
        """The same, or as near as the ERP can come: a blank enumeration is its first member there."""
        first = line.erp.members[0] if line.erp.members else None
        return self.same(line, erp, dataverse) or (first is not None and not dataverse and erp == first)

    def means(self, line: Line, code: str, row_id: str) -> bool:
        """True if a code of the ERP stands, or once stood, for a Dataverse row."""
        assert line.lookup is not None
        if line.lookup.via:
            return self._is_coupled(line.lookup.via, code, row_id)
        path = line.lookup.paths[0]
        book = self.references.get(path.table)
        if book is None:
            return True  # no flow keeps it: people do not change what they refer to by such a code
        if any(fold(erp[-1]) == fold(code) and found == row_id for erp, found in book.pairs):
            return True
        key = next(each for each in book.flow.lines if each.dataverse.name == path.key)
        lives = [each for each in book.times[DATAVERSE].records if (row_id,) in each.names]
        return any(fold(moment.value) == fold(code) for life in lives for moment in life.lines[key.index])

    def _is_coupled(self, flows: Collection[str], code: str, row_id: str) -> bool:
        """True if one of these flows has, or had, a coupling of the row with a record of that id or code.

        Or with one that is called alike in the company whose codes stand for those of all.
        """
        books = [each for each in self.books if each.flow.name in flows]
        meant = {fold(code)}.union(*(book.called(code) for book in books))
        found = (({fold(erp[-1])} | book.called(erp[-1])) for book in books for erp, row in book.pairs if row == row_id)
        return not books or any(meant & each for each in found)

    def stands_for_nothing(self, line: Line, code: str, row_id: str) -> bool:
        """True if one of two references is to something that is not there, or that no flow has a partner of: a pair
        of which one record is gone, and nobody has decided yet about the other, is none.
        """
        via = line.lookup.via if line.lookup else ()
        books = [each for each in self.books if each.flow.name in via]
        both = ((each, book.standing(each)) for book in books for each in book.couplings if not each.ended)
        pairs = [each for each, standing in both if all(standing.values())]
        named = {each.erp[-1] for each in pairs if each.erp}
        coupled = (each for book in books for name, each in book.times[ERP].alive.items() if name[-1] in named)
        known = any(fold(code) in each.called_now for each in coupled)
        lost = bool(row_id) and all(each.dataverse != row_id for each in pairs)
        return bool(books) and (lost or (bool(code) and not known))

    def called(self, row_id: str) -> set[str]:
        """Every code or number that a record of the ERP had, by its id."""
        lives = [each for each in self.times[ERP].records if row_id in {name[-1] for name in each.names}]
        return {fold(code) for each in lives for code in each.codes}

    def points_elsewhere(self, line: Line, company: str, code: str, row_id: str) -> bool:
        """True if the record that a code stands for now is coupled with another row than the one referred to."""
        book = self.references.get(line.lookup.table) if line.lookup and code and row_id else None
        if book is None:
            return False
        meant = [
            each
            for each in book.couplings
            if each.erp and each.is_pair and fold(each.erp[-1]) == fold(code)
            and (len(each.erp) == 1 or fold(each.erp[0]) == fold(company))
        ]  # fmt: skip
        return bool(meant) and all(each.dataverse != row_id for each in meant)

    def held_by_partners(self, record: Record, line: Line, since: float, until: float) -> Iterator[tuple[str, str]]:
        """Values that stood on the other side between two moments."""
        for partner in self.partners(record):
            for value in partner.held(line.index, since, until):
                yield value, partner.side

    def held_anywhere(self, record: Record, line: Line, moment: Moment) -> Iterator[bool]:
        """For each record of the other side: whether it held the same by then."""
        for each in self.times[other(record.side)].records:
            values = each.held(line.index, 0.0, moment.time)
            yield any(self.as_good_as(line, *_ordered(record.side, moment.value, value)) for value in values)

    def made_of(self, record: Record, line: Line, edited: Moment) -> bool:
        """A partner was created while the record held the same, though its own side may have put a default there."""
        born = (
            each.born for each in self.partners(record) if each.born.by == "koppel" and each.born.time < edited.time
        )
        return any(alike(value, edited.value) for at in born for value in record.held(line.index, at.time, at.time))

    def was_born_with(self, record: Record, line: Line, edited: Moment) -> bool:
        """Koppel created it with that value, though its own side may have put a default there."""
        sent = Moment(0.0, 0, edited.value, "koppel")
        return record.born.by == "koppel" and self.arrived(record, line, sent, record.born)

    def was_numbered(self, record: Record) -> bool:
        """Koppel created it, and its own side gave it its number, or an id that no line holds and nobody sent."""
        keys = [line.index for line in self.flow.lines if line.key]
        born = [record.lines[index][0] for index in keys if record.lines.get(index)]
        by_its_side = any(each.by == "platform" for each in born) or (record.side == ERP and not (keys or record.given))
        return record.born.by == "koppel" and by_its_side

    def changed_beyond_recognition(self, record: Record, by: float) -> bool:
        """It was numbered by its side, and every text that it was created with had been changed by then."""
        if not self.was_numbered(record):
            return False
        texts = [line for line in self.flow.lines if line.lookup is None and line.erp.type in {"text", "memo"}]
        born = [(line, record.lines[line.index][0].value) for line in texts if line.index in record.lines]
        return not any(value in record.held(line.index, by, by) for line, value in born if value)

    def has_a_double(self, record: Record) -> bool:
        """It was numbered by its side, and another record there holds every text that it was created with.

        Nobody can tell the two apart.
        """
        if not self.was_numbered(record):
            return False
        texts = [line for line in self.flow.lines if line.lookup is None and line.erp.type in {"text", "memo"}]
        born = [(line, record.lines[line.index][0].value) for line in texts if record.lines.get(line.index)]
        told = [(line, value) for line, value in born if value and not line.key]
        return bool(told) and any(
            all(any(alike(moment.value, value) for moment in each.lines.get(line.index, ())) for line, value in told)
            for each in self.times[record.side].records
            if not each.names & record.names
        )

    def was_asked(self, record: Record, line: Line, edited: Moment, until: Moment) -> bool:
        """Koppel asked the other side to hold the same at some time in between, and that made something else of it."""
        return any(
            each.by == "koppel" and edited.time <= each.time <= until.time
            and self.as_good_as(line, *(_ordered(record.side, edited.value, each.sent)))
            for partner in self.partners(record)
            for each in partner.lines.get(line.index, ()) if each.asked is not None
        )  # fmt: skip

    def arrived(self, record: Record, line: Line, edited: Moment, until: Moment) -> bool:
        """The other side held the same at some time in between, or as much as there was room for on either."""
        pairs = [
            _ordered(record.side, edited.value, value)
            for value, _ in self.held_by_partners(record, line, edited.time, until.time)
        ]
        return any(
            self.as_good_as(line, *pair) or any(_is_full_of(line, side, *pair) for side in SIDES) for pair in pairs
        )


def _is_full_of(line: Line, side: Side, erp: str, dataverse: str) -> bool:
    """True if one side holds as much of the other's text as its column declares to hold."""
    length = line.erp.length if side == ERP else line.dataverse.length
    held, whole = (erp, dataverse) if side == ERP else (dataverse, erp)
    return bool(length) and len(whole) > (length or 0) and held == whole[:length].rstrip()


def _ordered(side: Side, value: str, across: str) -> tuple[str, str]:
    return (value, across) if side == ERP else (across, value)


def folded(name: Name) -> Name:
    return tuple(fold(part) for part in name)


def is_beginning(told: str, value: str) -> bool:
    """True if what is told is the beginning of a long value, and says how long that is."""
    found = _CUT.fullmatch(told)
    return found is not None and value.startswith(found["text"]) and len(value) == int(found["length"])


def alike(one: str, two: str) -> bool:
    """True if two values of one side are the same but for what servers do to a value: trimming, case, rounding."""
    if one == two or fold(one) == fold(two):
        return True
    try:
        return abs(Decimal(one or "0") - Decimal(two or "0")) <= Decimal("0.01")
    except ArithmeticError:
        return False
