"""A create that got no answer, was repeated, and is still under way: what if it lands after somebody's delete?

The record stands on both sides, for the repeated request was answered. The first one is refused as long as the record
is there. If somebody deletes the record it may be carried out, and then an old record is back that nobody wanted. The
coupling, and later its tombstone, remembers what may still land (`shared/engine/record/_landing.py`); what is back and
holds just that is ours, or cannot be told from ours.

One worker, whose look, write and settling are steps of their own; people and the late request come in between. The
record has two lines: what lands late may be edited in the one before anybody looks, and the other one is still old.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Values = tuple[int, int]

_SENT, _FROM_SOURCE, _AT_TARGET = 1, 2, 3
SENT: Final[Values] = (_SENT, _SENT)
"""What the late request creates: the values at the time of the claim."""
LINES: Final = (0, 1)
DELETED: Final[Values] = (0, 0)


class Row(NamedTuple):
    """The record at the target. late: our late request made it. touched: the lines that somebody has edited since.
    beside: so he has what we never sent.
    """

    values: Values
    version: int
    late: bool = False
    touched: tuple[bool, bool] = (False, False)
    beside: bool = False

    @property
    def ours(self) -> bool:
        return self.late and not any(self.touched) and not self.beside

    def is_old(self, line: int) -> bool:
        """True if a line holds what we created too late."""
        return self.late and not self.touched[line]


class Ledger(NamedTuple):
    """state: `none` once the coupling is dissolved. base: what was agreed. gone: it was seen to be absent."""

    state: Literal["coupled", "stone", "none"] = "coupled"
    base: Values = SENT
    remembers: bool = True
    gone: bool = False
    parked: bool = False


class Seen(NamedTuple):
    """What the worker has looked at. old: nothing could land any more when he did."""

    source: Values = DELETED
    target: Row | None = None
    old: bool = False


class Scene(NamedTuple):
    """source: the values there, zeros once it is deleted. way: the late request may still land. old: it cannot any
    more, and the ledger knows by the time that has passed. at: the worker's next step, and what he has seen. known: he
    saw that the record was gone, and nobody but us has made it since.
    """

    source: Values
    target: Row | None
    ledger: Ledger
    way: bool
    old: bool
    at: str
    seen: Seen
    version: int
    edits: int
    edits_there: int
    deletes: int
    makes: int
    known: bool = False


Step = tuple[str, Scene, str]


@dataclass(frozen=True, slots=True)
class Landing:
    """The world, and its rules. minted: the record's id was minted by us, and nobody else can make it again.

    restores: the delete policy is `restore`, else `propagate`. remembers: the rule itself. proof: absence that was seen
    is remembered, too. waits: a coupling is not dissolved while something may land. asks: what only its content tells
    is left to a person. certain: an id proves something only of a record that was seen to be absent. fenced: the
    delete holds for the version that was seen. lasting: what has landed in time is known whenever it is seen.
    looks_first: only who has looked when nothing could land any more forgets it. per_line: a line that holds again what
    was sent, where something else was agreed, is no edit, whatever the other lines hold. as_created: what was edited in
    anything at all since it was created is left to a person. settles: what both sides hold by now is no question.
    """

    minted: bool
    restores: bool = False
    remembers: bool = True
    proof: bool = True
    waits: bool = True
    asks: bool = True
    certain: bool = True
    fenced: bool = True
    lasting: bool = True
    looks_first: bool = True
    per_line: bool = True
    as_created: bool = True
    settles: bool = True

    def start(self) -> Scene:
        ledger = Ledger(remembers=self.remembers)
        return Scene(SENT, Row(SENT, 1), ledger, True, False, "look", Seen(), 1, 1, 2, 2, 0 if self.minted else 1)

    # -- what may happen next

    def steps(self, scene: Scene) -> Iterator[Step]:
        yield from self._people(scene)
        if scene.way and scene.target is None:
            landed = _there(scene, Row(SENT, scene.version + 1, late=True))
            yield "the late request lands", landed._replace(way=False), ""
        if not scene.old:
            yield "nothing that old can land any more", scene._replace(way=False, old=True), ""
        yield from self._work(scene)

    def _people(self, scene: Scene) -> Iterator[Step]:
        if scene.source != DELETED and scene.edits:
            for changed in {(_FROM_SOURCE, scene.source[1]), (_FROM_SOURCE, _FROM_SOURCE), SENT} - {scene.source}:
                yield f"somebody edits the source to {changed}", scene._replace(source=changed, edits=0), ""
        row = scene.target
        if row is None and scene.makes:
            for values in (SENT, (_AT_TARGET, _SENT)):
                made = _there(scene, Row(values, scene.version + 1))
                yield f"somebody makes the record again, with {values}", made._replace(makes=0), ""
        if row is not None and scene.edits_there:
            left = scene.edits_there - 1
            for edited in _edited(row, scene.version + 1):
                what = f"somebody edits the target to {edited.values}{' and more' if edited.beside else ''}"
                yield what, _there(scene, edited)._replace(edits_there=left), ""
        if row is not None and scene.deletes:
            yield "somebody deletes the target", scene._replace(target=None, deletes=scene.deletes - 1), ""

    # -- a visit

    def _work(self, scene: Scene) -> Iterator[Step]:
        if scene.at == "look":
            known = scene.target is None or (scene.known and scene.target.late)
            seen = Seen(scene.source, scene.target, scene.old)
            yield "Koppel looks", scene._replace(at="decide", seen=seen, known=known), ""
            return
        row, now = scene.seen.target, scene._replace(at="look", seen=Seen())
        if scene.ledger.state == "none":
            yield from self._anew(now)
        elif row is None:
            yield from self._absent(now, scene.seen)
        elif self._is_revived(scene, row):
            yield from self._revived(now, row)
        elif scene.ledger.state == "stone":
            yield from self._reborn(now, scene.seen, row)
        else:
            yield from self._present(now, scene.seen, row)

    def _is_revived(self, scene: Scene, row: Row) -> bool:
        ledger = scene.ledger
        if not ledger.remembers or (scene.old and not self.lasting):
            return False
        if ledger.state == "stone":
            return row.values == SENT
        back = [line for line in LINES if row.values[line] == SENT[line] != ledger.base[line]]
        if self.settles and ledger.state == "coupled":
            back = [line for line in back if row.values[line] != scene.seen.source[line]]
        return (row.values == SENT and (ledger.gone or bool(back))) or (self.per_line and bool(back))

    def _revived(self, now: Scene, row: Row) -> Iterator[Step]:
        sure = (self.minted if self.asks else True) and row.values == SENT
        edited = self.as_created and row.beside
        if not sure or edited or (self.certain and not now.ledger.gone):
            yield "Koppel asks a person", _with(now, parked=True), ""
        elif self.fenced and (now.target is None or now.target.version != row.version):
            yield "Koppel's delete is refused", now, ""
        else:
            hit = now.target and not (now.target.late and now.target.values == SENT and not now.target.beside)
            broken = "law 8: what a person made or edited is deleted" if hit else ""
            yield "Koppel deletes what has landed", now._replace(target=None), broken

    def _absent(self, now: Scene, looked: Seen) -> Iterator[Step]:
        ledger, source = now.ledger, looked.source
        seen = _with(now, gone=self.proof or ledger.gone, parked=False)
        if ledger.state == "stone":
            yield "Koppel finds it gone", seen, ""
        elif self.restores:
            if self.waits and ledger.remembers and not looked.old:
                yield "Koppel waits until nothing can land", seen, ""
            else:
                yield "Koppel dissolves the coupling", now._replace(ledger=Ledger("none", DELETED, remembers=False)), ""
        elif source != ledger.base:
            yield "Koppel parks a delete against an edit", _with(seen, parked=True), ""
        elif now.source != source:
            yield "Koppel's delete is refused", _with(now, gone=seen.ledger.gone), ""
        else:
            yield "Koppel deletes it in the source", _with(seen, state="stone")._replace(source=DELETED), ""

    def _reborn(self, now: Scene, looked: Seen, row: Row) -> Iterator[Step]:
        if self.waits and now.ledger.remembers and not looked.old:
            yield "Koppel waits until nothing can land", now, ""
            return
        again = now._replace(source=row.values, ledger=Ledger("coupled", row.values, remembers=False))
        yield "Koppel creates it in the source", again, "it comes back from the dead" if row.ours else ""

    def _anew(self, now: Scene) -> Iterator[Step]:
        """The source is created at the target again; `already exists` is a match, and the source wins."""
        row = Row(now.source, now.version + 1)
        again = Ledger("coupled", now.source, remembers=False)
        yield "Koppel creates it again", _there(now, row)._replace(ledger=again), ""

    def _present(self, now: Scene, looked: Seen, row: Row) -> Iterator[Step]:
        """Line by line: what was edited on one side goes to the other one, and where both were, the source wins."""
        base, source = now.ledger.base, looked.source
        merged: Values = _both(row.values[line] if source[line] == base[line] else source[line] for line in LINES)
        if source not in (merged, now.source):
            yield "Koppel's write is refused", now, ""
            return
        old = any(merged[line] != source[line] and row.is_old(line) for line in LINES)
        broken = "law 1: an old value of ours replaces a person's" if old else ""
        if merged == row.values:
            what = "Koppel finds them equal" if merged == source else "Koppel writes the source"
            yield what, self._agreed(now._replace(source=merged), merged, looked), broken
        elif now.target is None or now.target.version != row.version:
            yield "Koppel's write is refused", now, broken
        else:
            written = _there(now._replace(source=merged), row._replace(values=merged, version=now.version + 1))
            yield "Koppel writes the target", self._agreed(written, merged, looked), broken

    def _agreed(self, now: Scene, values: Values, looked: Seen) -> Scene:
        """Both sides agree. What could still land when he looked is remembered further on."""
        ledger = now.ledger
        remembers = ledger.remembers and not (looked.old if self.looks_first else now.old)
        return now._replace(ledger=Ledger("coupled", values, remembers, gone=ledger.gone and remembers))

    # -- when all is quiet

    def judge(self, scene: Scene) -> str:
        """Nobody but Koppel does anything any more. Where nobody saw that it was gone, and it holds what was agreed or
        stands on the other side, none can tell.
        """
        if scene.way or not scene.old or scene.at != "look":
            return ""
        quiet = scene
        for _ in range(6):
            for _ in ("look", "decide"):
                ((_, quiet, broken),) = self._work(quiet)
                if broken:
                    return broken
        row, ledger = quiet.target, quiet.ledger
        told = ledger.parked or row is None or not row.ours
        if ledger.parked and not ledger.gone and row is not None and row.values == quiet.source:
            return "law 7: a person is asked although both sides are equal"
        agreed = (scene.ledger.base, scene.source) if self.settles else (scene.ledger.base,)
        known = scene.known or (scene.target is not None and scene.target.values not in agreed)
        return "" if told or not known else "what a person deleted is there again, and nothing says why"


def _both(values: Iterable[int]) -> Values:
    one, two = values
    return one, two


def _edited(row: Row, version: int) -> Iterator[Row]:
    """What somebody may make of the record, in one line: another value than it holds. Or in what we never sent."""
    for line, choice in zip(LINES, ((_SENT, _FROM_SOURCE, _AT_TARGET), (_AT_TARGET,)), strict=True):
        for value in {*choice} - {row.values[line]}:
            values = _both(value if each == line else row.values[each] for each in LINES)
            one, two = (row.touched[each] or each == line for each in LINES)
            yield row._replace(values=values, version=version, touched=(one, two))
    if row.late and not row.beside:
        yield row._replace(version=version, beside=True)


def _there(scene: Scene, row: Row) -> Scene:
    return scene._replace(target=row, version=row.version)


def _with(scene: Scene, **changed: object) -> Scene:
    return scene._replace(ledger=scene.ledger._replace(**changed))  # type: ignore[arg-type] # fields of Ledger
