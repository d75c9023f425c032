"""Law 7: what Koppel says about a record is so. A row that sets one aside has a cause in the systems or in the ledger.

A row without a cause explains every difference, and a judge that believes it believes everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.ledger import BEGINS_ANEW, PARKED, Coupling, Stored, Trouble, Write, end_of, read_trouble
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Side, fold, other
from tests.emulator.collation import Collation
from tests.simulation.book import LOOKING, Book
from tests.simulation.records import Record
from tests.simulation.rounded import holds_less
from tests.simulation.waited import Waited

Item = Mapping[str, Any]
REFUSALS: Final = frozenset({"refused", "address", "reference", "entity", "version", "identity", "too-long", "ledger"})
"""What is not sent, or not kept, because it cannot be."""
_LOOSELY: Final = Collation(accents=False)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a cause is looked for in. enforced: which sides refuse a write that is not meant for their version.

    shared: several flows keep rows of the table. by_hand: row ids about which an operator has decided. aside: ends that
    were ever set aside for another reason than a plain delete. newer: lines that the map did not have from the start.
    waited: lines that were set aside. to_create: rows and the side on which Koppel ever meant to create their partner.
    restored: rows and names of lines of which a person took a losing value back.
    """

    book: Book
    enforced: Mapping[Side, bool]
    shared: bool
    by_hand: frozenset[str]
    aside: frozenset[str]
    newer: frozenset[bytes]
    waited: Waited
    to_create: frozenset[tuple[str, Side]]
    restored: frozenset[tuple[str, str]] = frozenset()

    def broken(self) -> Iterator[str]:
        """Rows that set a record aside without a cause, and couplings that came to an end without one."""
        for row in self.book.troubles:
            for item in row.items:
                if not item.get("line") and not self._holds(row, item):
                    said = f"{item['code']}: {item['message']}"
                    yield f"law 7: a {row.kind} row says of {row.end} {said}, which is not so"
        for coupling in self.book.couplings:
            if coupling.ended and not self._ended(coupling):
                yield f"law 7: {coupling.key} is {coupling.state} ({coupling.reason}), and nothing has ended it"

    def _holds(self, row: Trouble, item: Item) -> bool:
        cause = _CAUSES.get(str(item["code"]))
        return cause(self, row, item) if cause else _by_a_system(item)

    # -- who it is about

    def coupling(self, row: Trouble) -> Coupling | None:
        return next((each for each in self.book.couplings if row.end in {each.key, each.index_key}), None)

    def record(self, row: Trouble) -> Record | None:
        return next((each for each in self.book.times[row.side].records if row.identity in each.names), None)

    def lives(self, coupling: Coupling, side: Side) -> list[Record]:
        """Every life of one end of a coupling."""
        name = (coupling.dataverse,) if side == DATAVERSE else coupling.erp or ()
        return [
            each for each in self.book.times[side].records if _folded(name) in {_folded(known) for known in each.names}
        ]

    def edited(self, coupling: Coupling, side: Side) -> bool:
        """People gave the survivor what the other one did not hold since they are a pair, or typed the same on both.

        Or it was on its way there when the other one went: nothing was agreed about it, and nothing stood in the way.
        A reference to a record that has another row by now is as good as another reference.
        """
        survivor, gone = self.lives(coupling, side), self.lives(coupling, other(side))
        if not survivor or not gone:
            return True
        now, then, row_id = survivor[-1], gone[-1], coupling.dataverse
        since = min((time for (_, found), time in self.book.pairs.items() if found == row_id), default=0.0)
        for line in self.book.flow.lines:
            pair = (now, then) if side == ERP else (then, now)
            values = [each.value(line.index) for each in pair]
            if ABSENT in values:
                continue
            given = any(each.by != "koppel" and each.time >= since - LOOKING for each in now.lines.get(line.index, ()))
            given = given or (row_id, line.name) in self.restored
            given = given or line.definition in self.newer or self.waited.is_on_its_way(self.book, row_id, line)
            if given and not self.book.same(line, *values) and not holds_less(line, *pair):
                return True
            if line.lookup and self.book.points_elsewhere(line, (coupling.erp or ("",))[0], *values):
                return True
            last = [each.lines[line.index][-1] for each in (now, then) if each.lines.get(line.index)]
            typed = any(each.by == "people" for each in last)
            if typed and all(each.by != "koppel" and each.time >= since - LOOKING for each in last):
                return True
        return False

    def matching(self, record: Record) -> list[Record]:
        """Records of the other side that carry the same key, or did."""
        return [
            each
            for each in self.book.times[other(record.side)].records
            if any(all(self._shares(record, each, line.index) for line in group) for group in self.book.flow.match)
        ]

    def matching_now(self, record: Record) -> list[Record]:
        """The same of those that are still there."""
        return [each for each in self.matching(record) if each.ended is None]

    def shares_a_key(self, record: Record) -> bool:
        """True if the other side has, or had, a value of it on a line that goes to a key there."""
        part = self.book.flow.dataverse.entity
        unique = {name for key in part.keys for name in key}
        lines = [line for line in self.book.flow.lines if line.key or line.dataverse.name in unique]
        found = self.book.times[other(record.side)].records
        return bool(self.matching(record)) or any(
            self._shares(record, each, line.index) for line in lines if line.lookup is None for each in found
        )

    def _shares(self, record: Record, found: Record, index: int) -> bool:
        line = self.book.flow.lines[index]
        pairs = ((one.value, two.value) for one in record.lines.get(index, ()) for two in found.lines.get(index, ()))
        if record.side == DATAVERSE:
            pairs = ((two, one) for one, two in pairs)
        return any(ABSENT not in pair and pair[0] and self.book.same(line, *pair) for pair in pairs)

    def is_or_was_elsewhere(self, row_id: str) -> bool:
        """True if another flow has, or had, a part in a row of their table."""
        others = (each for each in self.book.books if each is not self.book)
        mine = self.book.flow.dataverse.entity
        return any(row_id == row for each in others if each.flow.dataverse.entity == mine for _, row in each.pairs)

    # -- how couplings end

    def _ended(self, coupling: Coupling) -> bool:
        lives = {side: self.lives(coupling, side) for side in SIDES}
        if coupling.dataverse in self.by_hand:
            return True
        gone = any(each.ended for side in SIDES for each in lives[side])
        if coupling.state == "deleted":
            return gone or not all(lives.values())  # what was to be created never came into being
        flow = self.book.flow
        out = any(each.left for side in SIDES for each in lives[side])
        lost = {side for side in SIDES if any(each.ended for each in lives[side])}
        if any(_folded(each.name) != _folded(coupling.erp or ()) for each in lives[ERP]):
            lost.add(ERP)  # it was renamed
        uncouples = {flow.on_delete(side) == "uncouple" for side in lost}
        if coupling.state == "lapsed":
            return out and False in uncouples
        return True in uncouples or (out and flow.policy.leaves == "uncouple")


def is_set_aside(write: Write) -> bool:
    """True if a write sets a record aside as a whole for another reason than a plain delete."""
    if not write.key.startswith(PARKED) or write.kind == "delete":
        return False
    items = read_trouble(Stored(write.key, write.cells, "")).items
    return any(not item["line"] and item["code"] != "deleted" for item in items)


def _folded(name: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold, name))


def _by_a_system(item: Item) -> bool:
    """A system's own refusal, by the number or name that it gave."""
    code = str(item["code"])
    return bool(item.get("attempt")) or code[:1].isdigit() or code in REFUSALS


# -- one cause for each code


def _merged(ground: Ground, row: Trouble, _item: Item) -> bool:
    """It stands no more by itself, or did not when it was deleted, or what has its key does not."""
    coupling, record = ground.coupling(row), ground.record(row)
    merged = ground.book.times[DATAVERSE].merged
    if coupling is not None and any(each.row.get("merged") is True for each in ground.lives(coupling, DATAVERSE)):
        return True
    return record is not None and any(each.name in merged for each in ground.matching(record))


def _company(ground: Ground, row: Trouble, _item: Item) -> bool:
    """The company was changed or cleared in Dataverse."""
    coupling = ground.coupling(row)
    found = ground.lives(coupling, DATAVERSE) if coupling else []
    return any(each.moved for each in found)


def _reborn(ground: Ground, row: Trouble, _item: Item) -> bool:
    coupling = ground.coupling(row)
    return coupling is not None and coupling.state in BEGINS_ANEW and ground.book.flow.policy.reborn == "park"


def _ambiguous(ground: Ground, row: Trouble, _item: Item) -> bool:
    """Several match it, or its match."""
    record = ground.record(row)
    there = ground.matching_now(record) if record else []
    return any(len(each) > 1 for each in (there, *map(ground.matching_now, there)))


def _taken(ground: Ground, _row: Trouble, item: Item) -> bool:
    return any(each.dataverse == item.get("value") and not each.ended for each in ground.book.couplings)


def _over(ground: Ground, row: Trouble, item: Item) -> bool:
    """A pair that has ended stands in its way, and may not give way to what is made again."""
    stones = [each for each in ground.book.couplings if each.dataverse == item.get("value") and each.ended]
    return any(not _gives_way(ground, row, each) for each in stones)


def _erased(ground: Ground, row: Trouble, _item: Item) -> bool:
    """Its own pair has ended, or that of a record which matches it, and everything about that was erased."""
    record = ground.record(row)
    ends = {row.end, *(end_of(each.side, each.name) for each in (ground.matching(record) if record else ()))}
    return any(each.ended and ends & {each.key, each.index_key} for each in ground.book.couplings)


def _gives_way(ground: Ground, row: Trouble, stone: Coupling) -> bool:
    """Neither of the two is there any more, and what is made again in Dataverse is as good as new."""
    there = any(each.ended is None for side in SIDES for each in ground.lives(stone, side))
    anew = stone.state in BEGINS_ANEW and ground.book.flow.policy.reborn == "sync"
    return row.side == DATAVERSE and stone.erp is not None and anew and not there


def _claimed(ground: Ground, _row: Trouble, item: Item) -> bool:
    return any(each.state == "claimed" and each.source_end == item.get("value") for each in ground.book.couplings)


def _owner(ground: Ground, _row: Trouble, _item: Item) -> bool:
    return ground.shared


def _survivor(ground: Ground, row: Trouble, item: Item) -> tuple[Coupling, Side] | None:
    """The coupling of a pair whose one end is gone, and the side of the other."""
    coupling = ground.coupling(row)
    gone: Side | None = item.get("gone")
    if coupling is None or gone is None or coupling.ended:
        return None
    identity = (coupling.dataverse,) if gone == DATAVERSE else coupling.erp or ()
    there = {_folded(name) for name in ground.book.times[gone].alive}
    return None if _folded(identity) in there else (coupling, other(gone))


def _deleted_edited(ground: Ground, row: Trouble, item: Item) -> bool:
    """Edited since both agreed; or nothing has ever been agreed, or an answer was lost, and nobody can tell."""
    found = _survivor(ground, row, item)
    if found is None:
        return False
    unsure = "an answer was lost" in str(item["message"]) and bool(found[0].agreed.marks)
    return unsure or not found[0].agreed.bases or ground.edited(*found)


def _hidden(_ground: Ground, _row: Trouble, _item: Item) -> bool:
    """Whoever judges sees every column, and so did the last pass."""
    return False


def _deleted(ground: Ground, row: Trouble, item: Item) -> bool:
    """The policy parks deletes, or the other side takes any delete, or a person was to decide before it was deleted."""
    found = _survivor(ground, row, item)
    if found is None:
        return False
    if found[0].state == "dormant" or ground.is_or_was_elsewhere(found[0].dataverse):
        return True
    parks = ground.book.flow.on_delete(other(found[1])) == "park"
    return parks or not ground.enforced[found[1]] or row.end in ground.aside


def _held(ground: Ground, row: Trouble, item: Item) -> bool:
    """Its partner is gone, or out of the scope, and the policy deletes it."""
    return _survivor(ground, row, item) is not None or _left(ground, row, item)


def _depends(ground: Ground, row: Trouble, item: Item) -> bool:
    """Its partner is gone, or out of the scope, and something that is there names it."""
    coupling, gone = ground.coupling(row), item.get("gone")
    if coupling is None or gone not in SIDES or (_survivor(ground, row, item) is None and not _left(ground, row, item)):
        return False
    side, named = other(gone), {coupling.dataverse, fold((coupling.erp or ("",))[-1])}
    return any(
        value is not ABSENT and fold(value) in {fold(each) for each in named}
        for book in ground.book.books
        for record in (*book.times[side].alive.values(), *book.times[side].merged.values())
        for value in (record.value(line.index) for line in book.flow.lookups)
    )


def _went_along(ground: Ground, row: Trouble, item: Item) -> bool:
    """Its row is gone in Dataverse, and so is another row there that it may have hung on."""
    ended = (each.ended for book in ground.book.books for each in book.times[DATAVERSE].records)
    return _survivor(ground, row, item) is not None and any(ended)


def _left(ground: Ground, row: Trouble, _item: Item) -> bool:
    coupling = ground.coupling(row)
    lives = [each for side in SIDES for each in (ground.lives(coupling, side) if coupling else ())]
    return any(each.left for each in lives)


def _left_edited(ground: Ground, row: Trouble, item: Item) -> bool:
    """It left, or an operator coupled it although it was outside, and nobody has looked at it before."""
    coupling = ground.coupling(row)
    deletes = any(map(ground.book.flow.deletes_left, SIDES))
    return (
        deletes
        and coupling is not None
        and (_left(ground, row, item) or coupling.dataverse in ground.by_hand)
        and (not coupling.agreed.bases or any(ground.edited(coupling, side) for side in SIDES))
    )


def _exists(ground: Ground, row: Trouble, item: Item) -> bool:
    """The other side has, or had, a record with one of the values that are there only once."""
    record = ground.record(row)
    return record is not None and (ground.shares_a_key(record) or _look_alike(ground, row, item))


def _outside(ground: Ground, row: Trouble, item: Item) -> bool:
    """What matches it is outside the scope, or of another kind."""
    record = ground.record(row)
    foreign = {" ".join(each) for each in ground.book.times[ERP].foreign}
    outside = record is not None and any(not ground.book.inside(each) for each in ground.matching(record))
    return outside or (record is not None and item.get("value") in foreign)


def _maybe_created(ground: Ground, row: Trouble, item: Item) -> bool:
    """Its own claim stands, whose request may have been carried out, or that of the row that it looks like."""
    claims = [each for each in ground.book.couplings if each.state == "claimed"]
    if item.get("value"):
        return any(each.dataverse == item["value"] for each in claims)
    return any(row.end in {each.key, each.index_key, each.source_end} for each in claims)


def _renamed(ground: Ground, row: Trouble, item: Item) -> bool:
    """Its record of the ERP is called otherwise, or is gone; or the one is that it seems to have been."""
    coupling, said = ground.coupling(row), str(item.get("value", ""))
    found = ground.lives(coupling, ERP) if coupling else []
    found += [each for each in ground.book.times[ERP].records if any(" ".join(name) == said for name in each.names)]
    return any(len(each.names) > 1 or each.ended for each in found)


def _used_again(ground: Ground, row: Trouble, _item: Item) -> bool:
    """Its record of the ERP is gone, or called otherwise, and another one with another second identity has its name."""
    coupling = ground.coupling(row)
    if coupling is None:
        return False
    before = [each for each in ground.lives(coupling, ERP) if each.name != coupling.erp or each.ended]
    return bool(before) and coupling.erp in ground.book.times[ERP].alive


def _undecided(ground: Ground, row: Trouble, item: Item) -> bool:
    """Its record of the ERP is gone, and so is what it was under, which is coupled yet."""
    others = [each for book in ground.book.books for each in book.couplings if not each.ended]
    parents = [each.erp for each in others if each.erp and " ".join(each.erp) == item.get("value")]
    there = {_folded(name) for book in ground.book.books for name in book.times[ERP].alive}
    return _survivor(ground, row, item) is not None and any(_folded(each) not in there for each in parents)


def _moved(ground: Ground, row: Trouble, _item: Item) -> bool:
    """What its key in the ERP is made of is another one in Dataverse than it once was."""
    coupling = ground.coupling(row)
    lives = ground.lives(coupling, DATAVERSE) if coupling else []
    keys = [line.index for line in ground.book.flow.lookups if line.key]
    return any(len({moment.value for moment in each.lines.get(index, ())}) > 1 for each in lives for index in keys)


def _revived(ground: Ground, row: Trouble, item: Item) -> bool:
    """A record is there that was gone for a while, or that Koppel made, or meant to: it may have been made too late.

    Whoever died over a create may have sent it, for all that anybody knows.
    """
    coupling, side = ground.coupling(row), item.get("side")
    lives = ground.lives(coupling, side) if coupling and side in SIDES else []
    meant = coupling is not None and (coupling.dataverse, side) in ground.to_create
    return any(not each.ended for each in lives) and (
        meant or any(each.born.by == "koppel" or each.ended for each in lives)
    )


def _stranger(ground: Ground, row: Trouble, _item: Item) -> bool:
    record = ground.record(row)
    return ground.book.flow.policy.strangers != "couple" and record is not None and bool(ground.matching(record))


def _look_alike(ground: Ground, row: Trouble, _item: Item) -> bool:
    """The other side has, or had, a record whose number is another one, and the same to its database."""
    record, lines = ground.record(row), {line.index for group in ground.book.flow.match for line in group}
    mine = [each.value for index in lines for each in (record.lines.get(index, ()) if record else ())]
    found = ground.book.times[other(row.side)].records
    theirs = [each.value for one in found for index in lines for each in one.lines.get(index, ())]
    return any(_LOOSELY(one) == _LOOSELY(two) and fold(one) != fold(two) for one in mine for two in theirs)


_CAUSES: Final[Mapping[str, Callable[[Ground, Trouble, Item], bool]]] = {
    "merged": _merged,
    "company": _company,
    "reborn": _reborn,
    "ambiguous": _ambiguous,
    "taken": _taken,
    "ended": _over,
    "erased": _erased,
    "claimed": _claimed,
    "owner": _owner,
    "held": _held,
    "deleted-edited": _deleted_edited,
    "hidden": _hidden,
    "deleted": _deleted,
    "depends": _depends,
    "went-along": _went_along,
    "left": _left,
    "left-edited": _left_edited,
    "exists": _exists,
    "scope": _outside,
    "maybe-created": _maybe_created,
    "renamed": _renamed,
    "used-again": _used_again,
    "moved": _moved,
    "undecided": _undecided,
    "revived": _revived,
    "stranger": _stranger,
    "look-alike": _look_alike,
}
"""What has to be so where a row says so of a record as a whole."""
