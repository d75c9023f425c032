"""The judge: holds what happened against the laws, by the histories of the twins and the rows of the ledger alone.

It knows the maps, and nothing of how the engine decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, repeat
from typing import Any, Final

from shared.engine import House, explain
from shared.engine._flow import DELETES
from shared.ledger import (
    BURIED,
    CONFLICT,
    COUPLING,
    FLOWS,
    HINT,
    JOBS,
    JOURNAL,
    PARKED,
    ConflictRow,
    Coupling,
    Stored,
    Write,
    read_conflict,
    read_coupling,
    read_document,
    read_journal,
)
from shared.mapping import DATAVERSE, ERP, SIDES, FlowMap, Side
from tests.simulation.book import FOR_EVER, Agreements, Book, Claims, Name
from tests.simulation.brought import overruled
from tests.simulation.causes import Ground, is_set_aside
from tests.simulation.consequences import Consequences
from tests.simulation.copies import doubled, of_several, touched
from tests.simulation.differences import alone, asleep, different, left_over
from tests.simulation.edits import Edits
from tests.simulation.ended import ended_badly
from tests.simulation.introduced import Introductions
from tests.simulation.joined import joined
from tests.simulation.journaled import Journaled, Told
from tests.simulation.landed import Landed, Landing
from tests.simulation.left import LeftToPeople
from tests.simulation.network import CENTRAL as CENTRAL_HOST
from tests.simulation.network import DATAVERSE as DATAVERSE_HOST
from tests.simulation.network import FINOPS as FINOPS_HOST
from tests.simulation.owned import misowned
from tests.simulation.pauses import NEVER, Pauses
from tests.simulation.policies import Restored, needless_questions, not_restored, parted, wrong_winners
from tests.simulation.records import replay
from tests.simulation.refused import Blamed
from tests.simulation.rounded import written_back
from tests.simulation.supplied import Supplied
from tests.simulation.told import miscounted, untrue
from tests.simulation.undoing import Undoing
from tests.simulation.usurped import usurped
from tests.simulation.waited import Waited
from tests.simulation.world import World

ASKED: Final = ("revived", "deleted-edited")
"""Causes of rows that leave it to a person what becomes of a record that may have come back by our own hand."""
KEPT: Final = ("d~", "e~", "w~", "p~", "c~", "j~")
"""Rows that a pass without news leaves alone (law 3)."""

Version = tuple[str, str]
Rules = Callable[[World, Sequence[Book]], Iterable[str]]
"""What has to be so beyond the laws when all is quiet; every one that is broken, in words."""


def no_rules(_world: World, _books: Sequence[Book]) -> Iterable[str]:
    """Nothing beyond the laws."""
    return ()


@dataclass(slots=True)
class Judge:
    """Watches one history, and judges it when all is quiet.

    pairs: per flow, who was ever coupled with whom, and since when. together: per flow and Dataverse id, since when the
    ledger has had its coupling without a break, a claim being one. lines: those of each that intents named since.
    agreed: per flow, which lines were agreed, from when until when. meant: per Dataverse row, when which flow meant to
    write a record of it. kept: every row that the conflict list ever had, by flow and key. given_up: those that an
    operator took from it, or decided. erasing: whom an operator is just erasing.
    newer: lines that a changed map brought, by definition, and since when they are looked at. settled: per flow and
    Dataverse id, the roots of lines that were ever agreed since the two were coupled. roots: of every definition.
    claimed: per flow and Dataverse id, when a claim began. claims: those that stand.
    begun: how many had begun when it was last looked at what stands.
    stones: tombstones as they were. journal: every row that was ever
    stored, as it was last, by flow and Dataverse id. pauses: what was begun in a flow that was paused. left: what
    waits for a person. waited: lines that were set aside. asked: ends that were ever parked as brought back by our own
    hand. told: ends of which an event has told that they were deleted. wrong: what was broken while it happened.
    restored: what operators took back. aside: ends that were set aside for more than a plain delete. patience: seconds
    that a visit may take, where nothing fails and nobody pauses anything. to_create: flow, Dataverse id and side of
    what was ever meant to be created. rules: what else has to be so in the suite that the history is about.
    """

    world: World
    pairs: dict[str, dict[tuple[Name, str], float]] = field(default_factory=dict)
    together: dict[str, dict[str, float]] = field(default_factory=dict)
    lines: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    agreed: dict[str, Agreements] = field(default_factory=dict)
    meant: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    kept: dict[tuple[str, str], ConflictRow] = field(default_factory=dict)
    given_up: dict[str, list[ConflictRow]] = field(default_factory=dict)
    erasing: Collection[str] = ()
    newer: dict[bytes, float] = field(default_factory=dict)
    settled: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    roots: dict[bytes, bytes] = field(default_factory=dict)
    claimed: dict[str, Claims] = field(default_factory=dict)
    claims: set[tuple[str, str]] = field(default_factory=set)
    stones: dict[tuple[str, str], Coupling] = field(default_factory=dict)
    introductions: Introductions = field(default_factory=Introductions)
    left: LeftToPeople = field(default_factory=LeftToPeople)
    waited: Waited = field(default_factory=Waited)
    undoing: Undoing = field(init=False)
    consequences: Consequences = field(init=False)
    journal: dict[str, dict[str, list[Told]]] = field(default_factory=dict)
    pauses: Pauses = field(default_factory=Pauses)
    wrong: list[str] = field(default_factory=list)
    aside: set[tuple[str, str]] = field(default_factory=set)
    restored: dict[str, list[Restored]] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    to_create: set[tuple[str, str, Side]] = field(default_factory=set)
    patience: float = NEVER
    rules: Rules = no_rules
    begun: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.undoing = Undoing(self.world)
        self.consequences = Consequences(self.world)

    # -- while it happens

    def watch(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction that is carried out."""
        self.introductions.watch(partition, writes)
        self.left.watch(partition, writes, self.world.loop.time())
        self.consequences.watch(partition, writes)
        self.waited.watch(partition, writes)
        self.undoing.watch(partition, writes, self.world.loop.time())
        self.pauses.watch(self.world.loop.time(), partition, writes, self.undoing.jobs)
        self.aside |= {(partition, write.key.removeprefix(PARKED)) for write in writes if is_set_aside(write)}
        self.told |= {(partition, write.key.removeprefix(HINT)) for write in writes if _tells_of_a_delete(write)}
        for write in writes:
            if write.key.startswith(CONFLICT) and write.kind != "delete":
                row = self.kept[partition, write.key] = read_conflict(Stored(write.key, write.cells, ""))
                self.wrong += needless_questions(self.world.maps.map(partition), row)
            elif write.key.startswith(JOURNAL):
                self._journaled(partition, write)
            elif write.key.startswith(PARKED) and str(write.cells.get("cause", "")).startswith(ASKED):
                self.asked.add((partition, write.key.removeprefix(PARKED)))
            elif write.kind == "delete" and any(write.key.startswith(CONFLICT + each) for each in self.erasing):
                self._given_up(partition, write.key)
            elif write.key.startswith(COUPLING) and write.kind == "delete":
                self._forgotten(partition, write.key.removeprefix(COUPLING))
                self.claims.discard((partition, write.key.removeprefix(COUPLING)))
            elif write.key.startswith(COUPLING):
                coupling = read_coupling(Stored(write.key, write.cells, ""))
                self._coupled(partition, coupling)
                self.wrong += self._decided_anew(partition, coupling)
                if (intent := coupling.intent) is not None:
                    flow = self.world.maps.map(partition)
                    master = self._master_of(intent.job) or self._first(partition)
                    self.wrong += wrong_winners(flow, intent, master, coupling.agreed.marks)
                    self.wrong += parted(flow, intent)
                if coupling.ended:
                    self.stones[partition, coupling.key] = coupling
                    self._forgotten(partition, coupling.dataverse)

    def _buried(self, house: House, name: str, rows: Mapping[str, Stored]) -> Iterator[Coupling]:
        """Tombstones of which only digests are left."""
        for (flow, key), stone in self.stones.items():
            digest = BURIED + house.commits.printer.fingerprint(key).hex()
            if flow == name and digest in rows and key not in rows:
                yield stone

    def _master_of(self, job: str) -> Side | None:
        """Whom a person named master of a job."""
        row = self.world.tables.partitions.get(JOBS, {}).get(job)
        return read_document(JOBS, row).value.get("master") if row else None

    def _first(self, flow: str) -> Side | None:
        """Whose values win in a first synchronisation that is not over."""
        row = self.world.tables.partitions.get(FLOWS, {}).get(flow)
        return read_document(FLOWS, row).value.get("first") if row else None

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

    def _decided_anew(self, flow: str, coupling: Coupling) -> Iterator[str]:
        """A line on which the two have agreed is decided as if they never had, whatever the map was then."""
        self.roots |= self.world.maps.map(flow).roots
        settled = self.settled.setdefault((flow, coupling.dataverse), set())
        lines = [each for write in coupling.intent.writes for each in write.lines] if coupling.intent else []
        for each in lines:
            key = bytes.fromhex(each.definition)
            if each.reason in {"master", "fill"} and self.roots.get(key) in settled and key not in self.newer:
                yield f"law 1: {each.name} of {coupling.dataverse[:8]} was agreed, and is decided by {each.reason}"
        agreed = coupling.agreed
        if not (agreed.bases or agreed.marks):
            settled.clear()
        settled |= {self.roots[key] for key in agreed.bases if key in self.roots}

    def _coupled(self, flow: str, coupling: Coupling) -> None:
        self._claimed(flow, coupling)
        self.together.setdefault(flow, {}).setdefault(coupling.dataverse, self.world.loop.time())
        intent = coupling.intent
        if intent is not None and intent.kind == "create":
            self.to_create |= {(flow, coupling.dataverse, write.side) for write in intent.writes}
        lines = [line for write in intent.writes for line in write.lines] if intent else []
        named = {line.name for line in lines if line.source or line.reason != "fill"}  # what fills a blank is no word
        self.lines.setdefault(flow, {}).setdefault(coupling.dataverse, set()).update(named)
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
        self.settled.pop((flow, row_id), None)
        self.together.get(flow, {}).pop(row_id, None)
        self.lines.get(flow, {}).pop(row_id, None)
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
        self.begun = self._begun()
        rows = {
            (flow, key): row.etag
            for flow, partition in self.world.tables.partitions.items()
            for key, row in partition.items()
            if key.startswith(KEPT)
        }
        rows["writes", "erp"] = str(len(self.world.erp.history))
        rows["writes", "dataverse"] = str(len(self.world.dataverse.history))
        return rows

    def needless(self, before: Mapping[Version, str]) -> list[str]:
        """What a further pass wrote, though nothing had changed."""
        begun, now = self.begun, self.standing()
        changed = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
        in_vain = [
            f"law 3: a further compare pass claimed something of {flow}, and gave it back"
            for (flow, row_id), times in sorted(self.begun.items())
            if times > begun.get((flow, row_id), 0) and (flow, COUPLING + row_id) not in now
        ]
        return [*(f"law 3: a further compare pass wrote {flow} {key}" for flow, key in changed), *in_vain]

    def _begun(self) -> Mapping[tuple[str, str], int]:
        """How many claims have begun, by flow and Dataverse id: two passes may be at work in the same instant."""
        return {(flow, row_id): len(times) for flow, claims in self.claimed.items() for row_id, times in claims.items()}

    # -- the verdict

    def books(self, house: House, names: Sequence[str] = ()) -> list[Book]:
        """What happened in each flow, and what its ledger holds now."""
        references: dict[str, Book] = {}
        books: list[Book] = []
        for name in names or house.catalogue.names:
            flow = house.catalogue.map(name)
            agreed = self.agreed.get(name, {})
            times = replay(self.world, flow, partial(self._is_of, name))
            claimed, left_out = self.claimed.get(name, {}), self._left_out(house, flow)
            pairs, together, meant = self.pairs.get(name, {}), self.together.get(name, {}), self.lines.get(name, {})
            book = Book(flow, times, pairs, together, meant, agreed, claimed, references, books, left_out)
            rows = self.world.tables.partitions.get(name, {})
            book.enter(rows)
            book.couplings += self._buried(house, name, rows)
            references.setdefault(flow.dataverse.entity.name, book)
            books.append(book)
        return books

    async def verdict(self, house: House, names: Sequence[str] = ()) -> list[str]:
        """Every law that is broken, in words. Nothing is under way any more. names: flows to ask about, or all."""
        books = self.books(house, names)
        broken = list(self.pauses.broken)
        landed = self._landed()
        badly, decided = partial(ended_badly, landed, self.undoing), partial(self.left.decided, self.undoing)
        edits = Edits(self.world, self.newer, self.given_up, self.waited)
        for book in books:
            laws = (edits.lost, edits.regressed, edits.invented, written_back, doubled, badly,
                    different, alone, left_over,
                    decided, self.consequences.carried_over, self.consequences.emptied,
                    self.undoing.touched, self.introductions.missing, landed.undead,
                    touched)  # fmt: skip
            found = [text for law in laws for text in law(book)] + [text async for text in _unexplained(house, book)]
            found += Journaled(book, self.journal.get(book.flow.name, {}), edits.in_the_window,
                              partial(landed.revived, book)).broken()  # fmt: skip
            ground = self._ground(book, books, house)
            kept = [row for (name, _), row in self.kept.items() if name == book.flow.name]
            found += [*ground.broken(), *usurped(book, ground.by_hand, kept)]
            found += [text for each in self.restored.get(book.flow.name, ()) for text in not_restored(book, each)]
            found += Blamed(self.world, book).broken()
            kept = [row for (name, _), row in self.kept.items() if name == book.flow.name]
            found += overruled(book, kept, self.patience)
            supplied = Supplied(
                self.world, book, self.journal.get(book.flow.name, {}), kept, self.given_up.get(book.flow.name, ())
            )
            found += [*supplied.broken(), *supplied.not_restored(self.restored.get(book.flow.name, ()))]
            broken += [f"{text} ({book.flow.name.partition('.')[2]})" for text in found]
        jobs = map(read_document, repeat(JOBS), self.world.tables.partitions.get(JOBS, {}).values())
        more = (
            of_several(books),
            asleep(books),
            miscounted(jobs),
            misowned(self.world),
            joined(self.world, books),
            self.rules(self.world, books),
        )
        return [*self.wrong, *broken, *chain.from_iterable(more)]

    def _left_out(self, house: House, flow: FlowMap) -> frozenset[str]:
        """Companies that are not synced, by their code and by their id."""
        suite = house.suites.get(flow.suite)
        if flow.company is not None and suite is not None:
            column = flow.erp.entity.company
            codes = {str(each.after.get(column, "")).lower() for each in self.world.erp.history}
            return frozenset(codes - {*house.chosen_companies(flow), *suite.units.values()} - {""})
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
        to_create = frozenset((row_id, side) for flow, row_id, side in self.to_create if flow == book.flow.name)
        restored = frozenset((each.row.dataverse, each.row.line) for each in self.restored.get(book.flow.name, ()))
        newer = frozenset(self.newer)
        return Ground(book, enforced, shared, frozenset(by_hand), aside, newer, self.waited, to_create, restored)

    def _landed(self) -> Landed:
        sides: dict[str, Side] = {DATAVERSE_HOST: DATAVERSE, FINOPS_HOST: ERP, CENTRAL_HOST: ERP}
        landings = [Landing(sides[each[0]], *each[1:]) for each in self.world.weather.creates]
        return Landed(landings, self.asked, self.told)


def _tells_of_a_delete(write: Write) -> bool:
    return write.key.startswith(HINT) and write.cells.get("source") in DELETES


# -- law 10


async def _unexplained(house: House, book: Book) -> AsyncIterator[str]:
    """Records about which Koppel can say nothing, or says what is not so."""
    flow = house.flow(book.flow.name)
    for side in SIDES:
        for name, record in sorted(book.times[side].alive.items()):
            for text in untrue(book, record, await explain(flow, side, name)):
                yield text
