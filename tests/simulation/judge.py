"""The judge: holds what happened against the laws, by the histories of the twins and the rows of the ledger alone.

It knows the maps, and nothing of how the engine decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from shared.engine import House, explain
from shared.ledger import (
    CONFLICT,
    COUPLING,
    JOURNAL,
    PARKED,
    ConflictRow,
    Coupling,
    Stored,
    Write,
    erp_end,
    read_conflict,
    read_coupling,
    read_journal,
)
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Line, Side, ordered
from tests.simulation.book import FOR_EVER, Agreements, Book, Claims, Name, alike
from tests.simulation.causes import Ground, is_set_aside
from tests.simulation.introduced import Introductions
from tests.simulation.journaled import Journaled, Told
from tests.simulation.landed import Landed, Landing
from tests.simulation.left import LeftToPeople
from tests.simulation.network import DATAVERSE as DATAVERSE_HOST
from tests.simulation.network import FINOPS as FINOPS_HOST
from tests.simulation.network import LATEST
from tests.simulation.pauses import Pauses
from tests.simulation.policies import Restored, needless_questions, not_restored, wrong_winners
from tests.simulation.records import Moment, Record, replay
from tests.simulation.refused import Blamed
from tests.simulation.regressed import regressed
from tests.simulation.supplied import Supplied
from tests.simulation.told import untrue
from tests.simulation.undoing import Undoing
from tests.simulation.world import World

KEPT: Final = ("d~", "e~", "w~", "p~", "c~", "j~")
"""Rows that a pass without news leaves alone (law 3)."""

UNSEEN: Final = 3 * LATEST
"""Seconds after which nobody who has not looked since can still be at work, or have a request under way."""

Version = tuple[str, str]


@dataclass(slots=True)
class Judge:
    """Watches one history, and judges it when all is quiet.

    pairs: per flow, who was ever coupled with whom, and since when. agreed: per flow, which lines were agreed, from
    when until when. meant: per Dataverse row, when which flow meant to write a record of it. kept: every row that the
    conflict list ever had, by flow and key. given_up: those that an operator took from it, or decided.
    erasing: whom an operator is just erasing.
    newer: lines of a map that changed, by definition, and since when they are looked at.
    claimed: per flow and Dataverse id, when a claim began. claims: those that stand. journal: every row that was ever
    stored, as it was last, by flow and Dataverse id. pauses: what was begun in a flow that was paused. left: what
    waits for a person. asked: ends that were ever parked as brought back by our own hand. wrong: what was broken while
    it happened. restored: what operators took back. aside: ends that were set aside for more than a plain delete.
    """

    world: World
    pairs: dict[str, dict[tuple[Name, str], float]] = field(default_factory=dict)
    agreed: dict[str, Agreements] = field(default_factory=dict)
    meant: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    kept: dict[tuple[str, str], ConflictRow] = field(default_factory=dict)
    given_up: dict[str, list[ConflictRow]] = field(default_factory=dict)
    erasing: Collection[str] = ()
    newer: dict[bytes, float] = field(default_factory=dict)
    claimed: dict[str, Claims] = field(default_factory=dict)
    claims: set[tuple[str, str]] = field(default_factory=set)
    introductions: Introductions = field(default_factory=Introductions)
    left: LeftToPeople = field(default_factory=LeftToPeople)
    undoing: Undoing = field(init=False)
    journal: dict[str, dict[str, list[Told]]] = field(default_factory=dict)
    pauses: Pauses = field(default_factory=Pauses)
    wrong: list[str] = field(default_factory=list)
    aside: set[tuple[str, str]] = field(default_factory=set)
    restored: dict[str, list[Restored]] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.undoing = Undoing(self.world)

    # -- while it happens

    def watch(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction that is carried out."""
        self.introductions.watch(partition, writes)
        self.left.watch(partition, writes, self.world.loop.time())
        self.undoing.watch(partition, writes, self.world.loop.time())
        self.pauses.watch(self.world.loop.time(), partition, writes)
        self.aside |= {(partition, write.key.removeprefix(PARKED)) for write in writes if is_set_aside(write)}
        for write in writes:
            if write.key.startswith(CONFLICT) and write.kind != "delete":
                row = self.kept[partition, write.key] = read_conflict(Stored(write.key, write.cells, ""))
                self.wrong += needless_questions(self.world.maps.map(partition), row)
            elif write.key.startswith(JOURNAL):
                self._journaled(partition, write)
            elif write.key.startswith(PARKED) and str(write.cells.get("cause", "")).startswith("revived"):
                self.asked.add((partition, write.key.removeprefix(PARKED)))
            elif write.kind == "delete" and any(write.key.startswith(CONFLICT + each) for each in self.erasing):
                self._given_up(partition, write.key)
            elif write.key.startswith(COUPLING) and write.kind == "delete":
                self._forgotten(partition, write.key.removeprefix(COUPLING))
                self.claims.discard((partition, write.key.removeprefix(COUPLING)))
            elif write.key.startswith(COUPLING):
                coupling = read_coupling(Stored(write.key, write.cells, ""))
                self._coupled(partition, coupling)
                self.wrong += (
                    [*wrong_winners(self.world.maps.map(partition), coupling.intent)] if coupling.intent else []
                )
                if coupling.ended:
                    self._forgotten(partition, coupling.dataverse)

    def _journaled(self, flow: str, write: Write) -> None:
        """A row of the journal, as it was last; what is erased has been said."""
        rows = self.journal.setdefault(flow, {}).setdefault(write.key.split("~")[1], [])
        if write.kind == "delete":
            return
        rows[:] = [each for each in rows if each.entry["operation"] != write.cells["operation"]]
        rows.append(Told(self.world.loop.time(), read_journal(Stored(write.key, write.cells, ""))))

    def _claimed(self, flow: str, coupling: Coupling) -> None:
        """A claim begins, or is over."""
        claim = (flow, coupling.dataverse)
        if coupling.state != "claimed":
            self.claims.discard(claim)
        elif claim not in self.claims:
            self.claims.add(claim)
            self.claimed.setdefault(flow, {}).setdefault(coupling.dataverse, []).append(self.world.loop.time())

    def _coupled(self, flow: str, coupling: Coupling) -> None:
        self._claimed(flow, coupling)
        intent = coupling.intent
        if intent is not None and (intent.source == ERP or intent.on(DATAVERSE) is not None):
            self.meant.setdefault(coupling.dataverse, []).append((self.world.loop.time(), flow))
        if coupling.erp and coupling.state != "claimed":
            pairs = self.pairs.setdefault(flow, {})
            pairs.setdefault((coupling.erp, coupling.dataverse), self.world.loop.time())
        agreed = self.agreed.setdefault(flow, {})
        for definition in coupling.agreed.bases:
            spans = agreed.setdefault((coupling.dataverse, definition), [])
            if not spans or spans[-1][1] < FOR_EVER:
                spans.append((self.world.loop.time(), FOR_EVER))

    def _forgotten(self, flow: str, row_id: str) -> None:
        """A coupling goes, and with it everything that was agreed."""
        for (found, _), spans in self.agreed.get(flow, {}).items():
            if found == row_id and spans[-1][1] == FOR_EVER:
                spans[-1] = (spans[-1][0], self.world.loop.time())

    def decided(self, row: Mapping[str, Any]) -> None:
        """An operator gives up, or restores, a losing value: its two values need not stand in the list any more."""
        self._given_up(row["flow"], row["id"])

    def resolved(self, row: Mapping[str, Any], what: str, since: float) -> None:
        """An operator was told that it is done: the row has left the list, and what was restored stood there again."""
        flow, key = row["flow"], row["id"]
        before, now = self.kept[flow, key], self.world.tables.partitions[flow].get(key)
        if now is not None and read_conflict(now).operation == before.operation:
            self.wrong.append(f"law 5: {what} is done, and {key} still stands in the list")
        if what == "restore":
            self.restored.setdefault(flow, []).append(Restored(before, since, self.world.loop.time()))

    def _given_up(self, flow: str, key: str) -> None:
        self.given_up.setdefault(flow, []).append(self.kept[flow, key])

    def _is_of(self, flow: str, row_id: str, time: float) -> bool:
        """True if that flow was the last that meant to write a record of the row."""
        meant = [name for when, name in self.meant.get(row_id, []) if when <= time]
        return not meant or meant[-1] == flow

    # -- law 3

    def standing(self) -> dict[Version, str]:
        """Everything that a pass without news leaves alone: ledger rows and records, by their versions."""
        rows = {
            (flow, key): row.etag
            for flow, partition in self.world.tables.partitions.items()
            for key, row in partition.items()
            if key.startswith(KEPT)
        }
        rows["writes", "finops"] = str(len(self.world.finops.history))
        rows["writes", "dataverse"] = str(len(self.world.dataverse.history))
        return rows

    def needless(self, before: Mapping[Version, str]) -> list[str]:
        """What a further pass wrote, though nothing had changed."""
        now = self.standing()
        changed = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
        return [f"law 3: a further compare pass wrote {flow} {key}" for flow, key in changed]

    # -- the verdict

    async def verdict(self, house: House, names: Sequence[str] = ()) -> list[str]:
        """Every law that is broken, in words. Nothing is under way any more. names: flows to ask about, or all."""
        references: dict[str, Book] = {}
        books: list[Book] = []
        for name in names or house.catalogue.names:
            flow = house.catalogue.map(name)
            agreed = self.agreed.get(name, {})
            times = replay(self.world, flow, partial(self._is_of, name))
            claimed, left_out = self.claimed.get(name, {}), self._left_out(house)
            book = Book(flow, times, self.pairs.get(name, {}), agreed, claimed, references, left_out)
            book.enter(self.world.tables.partitions.get(name, {}))
            references.setdefault(flow.dataverse.entity.name, book)
            books.append(book)
        broken = list(self.pauses.broken)
        landed = self._landed()
        ended_badly = partial(_ended_badly, landed, self.undoing)
        for book in books:
            laws = (self._lost, self._regressed, self._invented, _doubled, ended_badly, _different, _alone, _left_over,
                    self.left.decided, self.undoing.touched, self.introductions.missing, landed.undead,
                    _touched)  # fmt: skip
            found = [text for law in laws for text in law(book)] + [text async for text in _unexplained(house, book)]
            found += Journaled(book, self.journal.get(book.flow.name, {}), self._in_the_window,
                              partial(landed.revived, book)).broken()  # fmt: skip
            found += self._ground(book, books, house).broken()
            found += [text for each in self.restored.get(book.flow.name, ()) for text in not_restored(book, each)]
            found += Blamed(self.world, book).broken()
            kept = [row for (name, _), row in self.kept.items() if name == book.flow.name]
            found += Supplied(
                self.world, book, self.journal.get(book.flow.name, {}), kept, self.given_up.get(book.flow.name, ())
            ).broken()
            broken += [f"{text} ({book.flow.name.partition('.')[2]})" for text in found]
        return self.wrong + broken + _shared(books) + _asleep(books)

    def _left_out(self, house: House) -> frozenset[str]:
        """Companies that are not synced, by their code and by their id."""
        rows = self.world.dataverse.rows("cdm_companies")
        known = {str(row["cdm_companycode"]).lower(): str(row["cdm_companyid"]) for row in rows}
        out = {code: row_id for code, row_id in known.items() if code not in house.companies}
        return frozenset((*out, *out.values()))

    def _ground(self, book: Book, books: Sequence[Book], house: House) -> Ground:
        told = self.journal.get(book.flow.name, {})
        by_hand = {row_id for row_id, rows in told.items() if any("by an operator" in row.what for row in rows)}
        shared = sum(each.flow.dataverse.entity == book.flow.dataverse.entity for each in books) > 1
        enforced = {side: house.flow(book.flow.name).enforces_versions(side) for side in SIDES}
        aside = frozenset(end for flow, end in self.aside if flow == book.flow.name)
        return Ground(book, enforced, shared, frozenset(by_hand), aside)

    def _landed(self) -> Landed:
        sides: dict[str, Side] = {DATAVERSE_HOST: DATAVERSE, FINOPS_HOST: ERP}
        return Landed([Landing(sides[each[0]], *each[1:]) for each in self.world.weather.creates], self.asked)

    # -- laws 1, 4 and 5

    def _lost(self, book: Book) -> Iterator[str]:
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
            if rewritten or self._kept(book, record, line, moment, following) or self._in_the_window(record, following):
                continue
            what = "deleted" if following is record.ended else f"overwritten with {following.value!r}"
            yield (
                f"law 1: {line.name} of {record.side} {' '.join(record.name)} was edited to {moment.value!r} at "
                f"{moment.time:.2f} and {what} at {following.time:.2f}"
            )

    def _in_the_window(self, record: Record, following: Moment) -> bool:
        """A side took a write that it should have refused: an edit between our read and our write is lost."""
        if record.side == ERP:
            return following.order in self.world.finops.environment.unmatched
        when = self.world.began + timedelta(seconds=following.time)
        return (record.name[0], when) in self.world.dataverse.environment.unmatched

    def _kept(self, book: Book, record: Record, line: Line, edited: Moment, until: Moment) -> bool:
        """The other side has had the value, or it is on record, or nobody who looks now and then could see an edit."""
        if book.arrived(record, line, edited, until) or self._on_record(book, record, line, edited):
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
        """The value stands in the conflict list, or an operator took it from there."""
        return any(
            _says(book, line, edited.value, (row.value, row.winner) if row.open else (row.value,))
            for row in _about(book, record, line, book.conflicts)
        ) or self._is_given_up(book, record, line, edited.value)

    def _is_given_up(self, book: Book, record: Record, line: Line, value: str) -> bool:
        """An operator took the value from the conflict list, or let the other one win."""
        rows = _about(book, record, line, self.given_up.get(book.flow.name, ()))
        return any(_says(book, line, value, (row.value, row.winner)) for row in rows)

    def _regressed(self, book: Book) -> Iterator[str]:
        """What both sides agree on, although a newer value was written."""
        yield from regressed(book, self._is_excused)

    def _is_excused(self, book: Book, record: Record, line: Line, edited: Moment) -> bool:
        """A value that does not stand any more is on record, or nobody who looks now and then could see an edit."""
        standing = record.value(line.index)
        if line.definition in self.newer or self._on_record(book, record, line, edited):
            return True
        if self._is_given_up(book, record, line, standing):
            return True  # an operator wrote it back
        if not edited.value and not book.agreed_all_along(record, line, edited.time, edited.time):
            return True  # nothing was agreed about the line: a blank is no decision against a value
        lives = list(_values(book, record, line))
        if any(self._in_the_window(record, each) for each in lives if each.by == "koppel" and each.time >= edited.time):
            return True
        return any(
            alike(each.value, edited.value) for each in lives if (each.time, each.order) < (edited.time, edited.order)
        )

    # -- law 2

    def _invented(self, book: Book) -> Iterator[str]:
        """Values that Koppel wrote although the other side never held them."""
        for side in SIDES:
            lines = [line for line in book.flow.lines if line.source != side]
            for record in book.times[side].records:
                for line in lines:
                    for moment in record.lines.get(line.index, []):
                        if moment.by == "koppel" and moment.value and not self._sourced(book, record, line, moment):
                            name = " ".join(record.name)
                            yield f"law 2: {line.name} of {side} {name} got {moment.value!r} from nowhere"

    def _sourced(self, book: Book, record: Record, line: Line, moment: Moment) -> bool:
        if book.arrived(record, line, Moment(0.0, 0, moment.value, "koppel"), moment):
            return True
        if any(book.held_anywhere(record, line, moment)):
            return True  # created for a record that is no longer its partner: that is law 6's
        return self._is_given_up(book, record, line, moment.value)


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


# -- companies


def _touched(book: Book) -> Iterator[str]:
    """Records of a company that is not synced, and that Koppel has written all the same."""
    for side in SIDES:
        for record in book.times[side].records:
            mine = any(each.by == "koppel" for moments in record.lines.values() for each in moments)
            if book.is_left_out(record) and (mine or record.born.by == "koppel"):
                yield f"companies: {side} {' '.join(record.name)} is of a company that is left out, and was written"


# -- law 6


def _doubled(book: Book) -> Iterator[str]:
    """Records with two partners, and records that Koppel created for nobody."""
    ends = [erp_end(each.erp) for each in book.couplings if each.erp and not each.ended]
    for end in sorted({end for end in ends if ends.count(end) > 1}):
        yield f"law 6: {end} has several partners"
    for side in SIDES:
        for record in book.times[side].alive.values():
            coupled = book.partner_names(record)
            if record.born.by == "koppel" and not coupled and not book.explained(record):
                yield f"law 6: Koppel created {side} {' '.join(record.name)}, and it has no partner"
            if record.born.by == "koppel" and coupled and not _has_original(book, record):
                yield f"law 6: {side} {' '.join(record.name)} is a copy of a copy"


def _has_original(book: Book, record: Record) -> bool:
    """Somebody else than Koppel created one of those that it was ever coupled with, or that those were coupled with.

    Or nobody could tell: it was numbered by the ERP, and no text was left as it was sent when its copy was made.
    """
    partners = book.partners(record)
    if any(each.born.by != "koppel" for one in partners for each in (one, *book.partners(one))):
        return True
    if any(book.has_a_double(each) for each in (record, *partners) if each.side == ERP and each.born.by == "koppel"):
        return True
    pairs = [(record, each) for each in partners] if record.side == ERP else [(each, record) for each in partners]
    return any(book.changed_beyond_recognition(erp, copy.born.time) for erp, copy in pairs)


def _shared(books: Sequence[Book]) -> list[str]:
    """Rows of Dataverse that several flows keep equal, each with a record of its own."""
    keepers: dict[tuple[str, str], list[str]] = {}
    for book in books:
        for each in book.couplings:
            if each.state == "coupled":
                keepers.setdefault((book.flow.dataverse.entity.name, each.dataverse), []).append(book.flow.name)
    return [f"law 6: {' '.join(row)} belongs to {' and '.join(names)}" for row, names in keepers.items() if names[1:]]


# -- law 7


def _different(book: Book) -> Iterator[str]:
    """Couplings whose records differ without a row that says why, or with several."""
    for coupling in book.couplings:
        if coupling.ended:
            continue
        records, rows = book.standing(coupling), book.rows_about(coupling)
        erp, dataverse = records[ERP], records[DATAVERSE]
        if erp is None or dataverse is None or coupling.state == "claimed":
            if (erp or dataverse) and not rows and coupling.state != "dormant":
                gone = " and ".join(side for side, record in records.items() if record is None)
                yield f"law 7: {coupling.key} ({coupling.state}) has nothing in {gone}, and no row says why"
        elif coupling.state == "coupled" and not (book.inside(erp) and book.inside(dataverse)):
            if not rows:
                yield f"law 7: {coupling.key} is out of scope and not dormant"
        elif coupling.state == "coupled":
            yield from _compared(book, coupling, erp, dataverse)


def _asleep(books: Sequence[Book]) -> list[str]:
    """Couplings that sleep although both records are in scope, and no other flow has them."""
    broken: list[str] = []
    for book in books:
        for coupling in book.couplings:
            records = [each for each in book.standing(coupling).values() if each is not None]
            if coupling.state != "dormant" or len(records) < len(SIDES) or not all(map(book.inside, records)):
                continue
            if not book.rows_about(coupling) and not _is_elsewhere(books, book, coupling.dataverse):
                broken.append(f"law 7: {coupling.key} sleeps in scope, and no row says why ({book.flow.name})")
    return broken


def _is_elsewhere(books: Sequence[Book], book: Book, row_id: str) -> bool:
    """True if another flow of the same table has a row."""
    others = [each for each in books if each is not book and each.flow.dataverse.entity == book.flow.dataverse.entity]
    return any(each.dataverse == row_id and not each.ended for other in others for each in other.couplings)


def _compared(book: Book, coupling: Coupling, erp: Record, dataverse: Record) -> Iterator[str]:
    items = [item for row in book.rows_about(coupling) for item in row.items]
    different = [line for line in book.flow.lines if _differs(book, line, erp, dataverse)]
    for line in different:
        undecided = [
            row for row in book.conflicts if row.open and (row.dataverse, row.line) == (coupling.dataverse, line.name)
        ]
        why = sum(item["line"] == line.name for item in items) + len(undecided)
        if not why and all(item["line"] for item in items):
            yield (
                f"law 7: {line.name} of {' '.join(erp.name)} is {erp.value(line.index)!r} in the ERP and "
                f"{dataverse.value(line.index)!r} in Dataverse [{coupling.dataverse[:8]}], and no row says why"
            )
        if why > 1:
            yield f"law 7: {line.name} of {coupling.key} is explained by {why} rows"
    references = {line.name for line in book.flow.lines if line.lookup is not None}
    if items and not different and all(item["line"] not in references for item in items):
        yield f"law 7: {coupling.key} is equal, but a row says: {[item['message'] for item in items]}"


def _differs(book: Book, line: Line, erp: Record, dataverse: Record) -> bool:
    left, right = erp.value(line.index), dataverse.value(line.index)
    if not line.update or ABSENT in {left, right}:
        return False
    company = erp.name[0] if book.flow.company else ""
    return not book.same(line, left, right) or book.points_elsewhere(line, company, left, right)


def _alone(book: Book) -> Iterator[str]:
    """Records in scope without a partner, and without a row that says why."""
    for side in SIDES:
        for record in book.times[side].alive.values():
            stone = book.coupling_of(record, ended=True)
            if book.coupling_of(record) or (stone and stone.state == "uncoupled") or not book.inside(record):
                continue
            if not book.explained(record):
                yield f"law 7: {side} {' '.join(record.name)} has no partner, and no row says why"


def _left_over(book: Book) -> Iterator[str]:
    """Rows about nothing: hints when all is quiet, intents of nobody, troubles of records that are gone, conflicts."""
    for key in book.hints:
        yield f"law 7: {key} is still there although all is quiet"
    for coupling in book.couplings:
        if coupling.intent is not None and coupling.state != "claimed":
            yield f"law 9: {coupling.key} still carries an intent"
    live = {row.key for coupling in book.couplings if not coupling.ended for row in book.rows_about(coupling)}
    for row in book.troubles:
        if row.identity not in book.times[row.side].alive and row.key not in live:
            yield f"law 7: a {row.kind} row stands for {row.end}, which is gone"
    for each in book.conflicts:
        if each.open and not _is_undecided(book, each):
            yield f"law 7: {each.line} of {each.dataverse} stands in the conflict list, and there is nothing to decide"


def _is_undecided(book: Book, row: ConflictRow) -> bool:
    coupling = next((each for each in book.couplings if each.dataverse == row.dataverse and not each.ended), None)
    if coupling is None:
        return False
    records = book.standing(coupling)
    erp, dataverse = records[ERP], records[DATAVERSE]
    line = next((each for each in book.flow.lines if each.definition.hex() == row.definition), None)
    if coupling.state != "coupled" or erp is None or dataverse is None:
        return True
    return line is not None and _differs(book, line, erp, dataverse)


# -- law 8


def _ended_badly(landed: Landed, undoing: Undoing, book: Book) -> Iterator[str]:
    """Deletes by Koppel whose partner nobody deleted, or moved out of a scope that it must not leave.

    What ended before a record was there, or was looked at to create it, is no reason to delete it. And the flow's
    policy has to say that a delete is carried over, or that what leaves the scope is deleted. What came back by a
    request of our own goes again.
    """
    policy = book.flow.policy
    for side in SIDES:
        for record in book.times[side].records:
            if record.ended is None or record.ended.by != "koppel" or landed.revived(book, record):
                continue
            if undoing.took(book, record):
                continue
            partners = book.partners(record)
            ends = [each.ended.time for each in partners if each.ended] if policy.delete == "propagate" else []
            if policy.leaves == "delete":
                ends += [time for each in partners for time in each.left]
            if not any(book.began(record) <= time <= record.ended.time for time in ends) or _is_back(partners, record):
                yield f"law 8: {side} {' '.join(record.name)} was deleted, but nobody deleted its partner, or may not"


def _is_back(partners: Sequence[Record], record: Record) -> bool:
    """All its partners had been there for so long that whoever deleted it must have seen one of them."""
    assert record.ended is not None
    there = [each for each in partners if each.ended is None or each.ended.time > record.ended.time]
    outside = any(time <= record.ended.time for each in partners for time in each.left)
    return not outside and any(each.born.time < record.ended.time - UNSEEN for each in there)


# -- law 10


async def _unexplained(house: House, book: Book) -> AsyncIterator[str]:
    """Records about which Koppel can say nothing, or says what is not so."""
    flow = house.flow(book.flow.name)
    for side in SIDES:
        for name, record in sorted(book.times[side].alive.items()):
            for text in untrue(book, record, await explain(flow, side, name)):
                yield text
