"""A record of Dataverse that the ERP numbers, and the claims that meet over it: two workers, in every order.

The record is `s`. Its create gives it a number that no search from either side finds: the Dataverse row does not carry
it before the answer is settled. If the answer is lost, the new ERP record looks like one that has no partner yet, and
whoever visits it makes a claim of his own, to create it in Dataverse. The hand-over ends that: he looks for claims of
records whose number is not known, and gives what came out of one to it (`shared/engine/record/_numbered.py`).

The conventions are those of the protocol's own models: one bit for "the version I hold is still current", a claim
expires whenever another worker likes, a request without an answer is carried out at any later time or never.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

SOURCE: Final = "s"
WORKERS: Final = "AB"


class Entry(NamedTuple):
    """A coupling, or a claim, of a Dataverse row with an ERP record; erp is empty while its number is not known."""

    dataverse: str
    erp: str
    coupled: bool = False


class Worker(NamedTuple):
    """at: the step to come. end: the record of the visit. held: the entry in hand, and whether it is as last read.

    alone: nobody else can have a request under way for that claim, nor send one any more. origin: the claim that the
    record may have come out of, read in the same way. number: what the answer said.
    """

    at: str = "idle"
    end: str = ""
    held: Entry | None = None
    current: bool = False
    alone: bool = True
    origin: Entry | None = None
    origin_current: bool = False
    number: str = ""


class Scene(NamedTuple):
    """made: ERP records and who made them. rows: what we created in Dataverse, by the ERP record it was created for.

    late: requests under way without an answer: the record they were sent for. strangers: records that people may still
    key in, just like the one that we create. deletes: how often people may still delete what is in the ERP; gone: what
    they have deleted.
    """

    made: tuple[tuple[str, str], ...]
    rows: frozenset[str]
    ledger: frozenset[Entry]
    hints: frozenset[str]
    parked: frozenset[str]
    workers: tuple[Worker, Worker]
    late: tuple[str, ...]
    strangers: int
    crashes: int
    faults: int
    deletes: int
    gone: frozenset[str]


Step = tuple[str, Scene, str]
IDLE: Final = Worker()


@dataclass(frozen=True, slots=True)
class Numbered:
    """The world, and its rules. hand_over: the ERP's record is given to the claim that it came out of.

    careful: a claim that was taken over from somebody who may still be at work is not given away. repeats: who takes
    over a claim without a number creates again. renews: who takes over one with a number that is gone claims it afresh.
    """

    crashes: int = 2
    faults: int = 2
    strangers: int = 0
    deletes: int = 0
    hand_over: bool = True
    careful: bool = True
    repeats: bool = False
    renews: bool = False

    def start(self) -> Scene:
        nothing: frozenset[str] = frozenset()
        workers = (IDLE, IDLE)
        return Scene((), nothing, frozenset(), frozenset({SOURCE}), nothing, workers, (), self.strangers, self.crashes,
                     self.faults, self.deletes, nothing)  # fmt: skip

    # -- what may happen next

    def steps(self, scene: Scene) -> Iterator[Step]:
        if scene.strangers:
            yield "somebody keys in the same in the ERP", _numbers(scene, "people")._replace(strangers=0), ""
        for erp in sorted({erp for erp, _ in scene.made} - scene.gone) if scene.deletes else ():
            yield f"somebody deletes {erp} in the ERP", _deleted(scene, erp), ""
        for place, end in enumerate(scene.late):
            left = scene._replace(late=scene.late[:place] + scene.late[place + 1 :])
            yield f"the request for {end} is lost", left, ""
            yield from self._told(f"the late request for {end} is carried out", _carried_out(left, end))
        for number in (0, 1) if scene.workers[0] != scene.workers[1] else (0,):
            yield from self._of_worker(scene, number, quiet=False)

    def _of_worker(self, scene: Scene, number: int, *, quiet: bool) -> Iterator[Step]:
        worker, name = scene.workers[number], WORKERS[number]
        if worker.at == "idle":
            for end in sorted(scene.hints):
                yield f"{name} visits {end}", _put(scene, number, Worker("look", end)), ""
            return
        for what, after in getattr(self, f"_{worker.at}")(scene, number, quiet):
            yield from self._told(f"{name} {what}", after)
        if worker.held is not None and scene.crashes and not quiet:
            yield f"{name} dies", _put(scene, number, IDLE)._replace(crashes=scene.crashes - 1), ""

    def _told(self, label: str, after: Scene) -> Iterator[Step]:
        ours = [erp for erp, maker in after.made if maker == "us"]
        if len(ours) > 1:
            yield label, after, "law 6: it was created in the ERP twice"
        elif any(erp in after.rows for erp in ours):
            yield label, after, "law 6: what was created for it was created in Dataverse a second time"
        else:
            yield label, after, ""

    # -- one visit: each step is one request

    def _look(self, scene: Scene, number: int, quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        entry = next((each for each in scene.ledger if worker.end in {each.dataverse, each.erp}), None)
        if entry is None and worker.end in scene.gone:
            yield f"finds no {worker.end} in the ERP", _done(scene, number)
        elif entry is None:
            yield f"finds nothing about {worker.end}", _put(scene, number, worker._replace(at="claim"))
        elif entry.coupled:
            calm = scene._replace(parked=scene.parked - {entry.dataverse, entry.erp})
            yield f"finds {worker.end} coupled", _done(calm, number)
        else:
            if not quiet:
                yield "meets a claim that is alive, and leaves it", _put(scene, number, IDLE)
            taken = worker._replace(at="check", held=entry, current=True, alone=_is_alone(scene, number, entry))
            yield "meets a claim that has run out", _put(scene, number, taken)

    def _check(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        """A claim that may have to be given away is taken over only when its owner has long been dead."""
        worker = scene.workers[number]
        assert worker.held is not None
        if self.careful and not worker.alone and worker.held.dataverse != SOURCE and _origin_in(scene):
            yield "leaves it to whoever may still be at work on it", _put(scene, number, IDLE)
        else:
            yield "sees nothing against taking it over", _put(scene, number, worker._replace(at="take"))

    def _claim(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        entry = Entry(SOURCE, "") if worker.end == SOURCE else Entry(f"m{worker.end}", worker.end)
        after = _stored(scene, number, None, entry)
        if after is None:
            yield "cannot claim it", _put(scene, number, IDLE)
        else:
            at = "create" if worker.end == SOURCE else "origin"
            yield f"claims {worker.end}", _put(after, number, worker._replace(at=at, held=entry, current=True))

    def _take(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        assert worker.held is not None
        after = _stored(scene, number, worker.held, worker.held)
        if after is None:
            yield "is too late to take it over", _put(scene, number, IDLE)
            return
        at = "origin" if worker.held.dataverse != SOURCE else "number" if worker.held.erp else "unknown"
        yield "takes the claim over", _put(after, number, worker._replace(at=at))

    def _unknown(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        """A create may have been carried out under a number that nobody knows: never again, a person decides."""
        worker = scene.workers[number]
        if self.repeats:
            yield "creates it again", _put(scene, number, worker._replace(at="create"))
            return
        after = _stored(scene, number, worker.held, worker.held)
        if after is None:
            yield "is too late to park it", _put(scene, number, IDLE)
        else:
            parked = after._replace(parked=after.parked | {SOURCE})
            yield "parks it, and keeps the claim", _done(parked, number)

    def _number(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        assert worker.held is not None
        if self.renews and worker.held.erp in scene.gone:
            yield f"finds no {worker.held.erp} in the ERP", _put(scene, number, worker._replace(at="release"))
            return
        found = worker._replace(at="couple", number=worker.held.erp)
        yield (
            f"looks for {worker.held.erp} in the ERP, and takes it for deleted if it is gone",
            _put(scene, number, found),
        )

    def _create(self, scene: Scene, number: int, quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        if not quiet and scene.faults:
            waiting = scene._replace(late=tuple(sorted((*scene.late, worker.end))), faults=scene.faults - 1)
            yield f"creates {worker.end}, and hears nothing", _put(waiting, number, IDLE)
        after = _carried_out(scene, worker.end)
        erp = after.made[-1][0] if worker.end == SOURCE else worker.end
        yield f"creates {worker.end}: {erp}", _put(after, number, worker._replace(at="couple", number=erp))

    def _origin(self, scene: Scene, number: int, quiet: bool) -> Iterator[tuple[str, Scene]]:
        """An ERP record that nobody has: has it come out of a claim whose number is not known?"""
        worker = scene.workers[number]
        if worker.end in scene.rows:
            yield "finds what was created for it", _put(scene, number, worker._replace(at="couple", number=worker.end))
            return
        origin = _origin_in(scene)
        if origin is None or not self.hand_over:
            yield "finds no claim that it came out of", _put(scene, number, worker._replace(at="create"))
            return
        if self.careful and not worker.alone:
            yield "sees what it came out of, and leaves it for later", _put(scene, number, IDLE)
            return
        if not quiet:
            yield "sees that its claim is alive", _put(scene, number, worker._replace(at="release"))
        given = worker._replace(at="hint", origin=origin, origin_current=True)
        yield "sees what it came out of", _put(scene, number, given)

    def _hint(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        hinted = scene._replace(hints=scene.hints | {SOURCE})
        yield "leaves a hint for it", _put(hinted, number, scene.workers[number]._replace(at="give"))

    def _give(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        assert worker.origin is not None and worker.held is not None  # noqa: PT018 - both are in hand
        if not (worker.current and worker.origin_current):
            yield "finds that something has moved", _put(scene, number, worker._replace(at="release"))
            return
        known = worker.origin._replace(erp=worker.end)
        rest = {each for each in scene.ledger if each.dataverse not in {known.dataverse, worker.held.dataverse}}
        moved = _outdated(scene, number, worker.origin)._replace(ledger=frozenset({*rest, known}))
        yield f"gives {worker.end} to it", _done(moved, number)

    def _release(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        after = _stored(scene, number, scene.workers[number].held, None)
        yield "gives its own claim back", _put(after or scene, number, IDLE)

    def _couple(self, scene: Scene, number: int, _quiet: bool) -> Iterator[tuple[str, Scene]]:
        worker = scene.workers[number]
        assert worker.held is not None
        coupled = Entry(worker.held.dataverse, worker.number, coupled=True)
        after = _stored(scene, number, worker.held, coupled)
        if after is None:
            yield "cannot couple them, and leaves the claim", _put(scene, number, IDLE)
        else:
            calm = after._replace(parked=after.parked - {SOURCE, worker.number})
            yield f"couples {coupled.dataverse} with {coupled.erp}", _done(calm, number)

    # -- when all is quiet

    def judge(self, scene: Scene) -> str:
        if scene.workers != (IDLE, IDLE) or scene.late:
            return ""
        scene = scene._replace(strangers=0, crashes=0, faults=0, deletes=0)
        for _ in range(3):
            for end in sorted({SOURCE, *scene.hints, *(erp for erp, _ in scene.made)}):
                scene = _put(scene, 0, Worker("look", end))
                while scene.workers[0] != IDLE:
                    *_, (_, scene, broken) = self._of_worker(scene, 0, quiet=True)
                    if broken:
                        return broken
        partners = {each.dataverse: each.erp for each in scene.ledger if each.coupled}
        ours = [erp for erp, maker in scene.made if maker == "us"]
        if ours and ours[0] not in scene.gone and partners.get(SOURCE) != ours[0]:
            return "law 7: what was created for it is there, and they are not coupled"
        if SOURCE not in partners and SOURCE not in scene.parked:
            return "law 7: it has no partner, and nothing says why"
        return ""


# -- small changes


def _put(scene: Scene, number: int, worker: Worker) -> Scene:
    one, two = scene.workers
    return scene._replace(workers=(worker, two) if number == 0 else (one, worker))


def _origin_in(scene: Scene) -> Entry | None:
    """A claim that has no number yet."""
    return next((each for each in scene.ledger if not each.coupled and not each.erp), None)


def _is_alone(scene: Scene, number: int, entry: Entry) -> bool:
    """Its owner is dead, or somebody else's by now, and every request for it has ended."""
    return scene.workers[1 - number].held != entry and entry.erp not in scene.late


def _done(scene: Scene, number: int) -> Scene:
    return _put(scene._replace(hints=scene.hints - {scene.workers[number].end}), number, IDLE)


def _deleted(scene: Scene, erp: str) -> Scene:
    return scene._replace(gone=scene.gone | {erp}, deletes=scene.deletes - 1)


def _numbers(scene: Scene, maker: str) -> Scene:
    """The ERP creates a record under the next number, and an event tells of it."""
    name = f"n{len(scene.made) + 1}"
    return scene._replace(made=(*scene.made, (name, maker)), hints=scene.hints | {name})


def _carried_out(scene: Scene, end: str) -> Scene:
    """A create reaches its system. In Dataverse it carries an id, and is refused the second time."""
    return _numbers(scene, "us") if end == SOURCE else scene._replace(rows=scene.rows | {end})


def _stored(scene: Scene, number: int, old: Entry | None, new: Entry | None) -> Scene | None:
    """One transaction: over the version in hand, and an insert for each end that was not there. None if refused."""
    if old is not None and not scene.workers[number].current:
        return None
    rest = [each for each in scene.ledger if each != old]
    if new and any(new.dataverse == each.dataverse or (new.erp and new.erp == each.erp) for each in rest):
        return None
    scene = _outdated(scene, number, old) if old else scene
    return scene._replace(ledger=frozenset([*rest, new] if new else rest))


def _outdated(scene: Scene, number: int, entry: Entry) -> Scene:
    """Whoever else has read that entry has read an old version of it."""
    other = scene.workers[1 - number]
    current = other.current and other.held != entry
    return _put(scene, 1 - number, other._replace(
        current=current, origin_current=other.origin_current and other.origin != entry
    ))  # fmt: skip
