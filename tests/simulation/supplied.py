"""What the map itself supplies, judged: a person's value gives way only where the map says so, and is kept then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.ledger import ConflictRow, Coupling
from shared.mapping import ABSENT, DATAVERSE, ERP, NUMBERS, SIDES, Constant, Side, reader
from tests.simulation.book import Book, folded
from tests.simulation.journaled import UNDER_WAY, Told
from tests.simulation.policies import Restored
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Step:
    """One write by Koppel to a field that a constant is given to."""

    constant: Constant
    side: Side
    name: tuple[str, ...]
    before: Any
    after: Any
    unmatched: bool
    time: float

    @property
    def old(self) -> str:
        return _read(self.constant, self.before)

    @property
    def new(self) -> str:
        return _read(self.constant, self.after)

    @property
    def was_blank(self) -> bool:
        """Whether nothing stood there: a zero is something in Dataverse."""
        zero = self.side == DATAVERSE and self.constant.target.type in NUMBERS
        return self.before is None or (not self.old and not zero)


@dataclass(frozen=True, slots=True)
class Supplied:
    """The constants of one flow. told: its journal, by Dataverse id. kept: every row that it ever had as a conflict."""

    world: World
    book: Book
    told: Mapping[str, Sequence[Told]]
    kept: Collection[ConflictRow]
    given_up: Collection[ConflictRow]

    def broken(self) -> Iterator[str]:
        """Every law that its constants break, in words."""
        taken: set[tuple[str, str, str]] = set()
        for step in (*self._steps_in_the_erp(), *self._steps_in_dataverse()):
            yield from self._judged(step, taken)
        for coupling in self.book.couplings:
            if coupling.state == "coupled" and coupling.intent is None:
                yield from self._let_go(coupling)

    # -- laws 1, 2 and 5

    def _judged(self, step: Step, taken: set[tuple[str, str, str]]) -> Iterator[str]:
        constant, name = step.constant, " ".join(step.name)
        if step.old != step.new and not self._is_told(step, taken):
            yield f"law 10: {constant.line} of {step.side} {name} got {step.new!r}, and no journal row says so"
        if step.old == step.new or step.was_blank or step.unmatched or self._restored(step):
            return
        said = f"{constant.line} of {step.side} {name} went from {step.old!r} to {step.new!r}"
        if step.new != constant.value:
            yield f"law 2: {said}, which is not the map's"
        elif not constant.enforced and constant.target.wire_name not in self.book.flow.side(step.side).scope.fields:
            yield f"law 1: {said}, though it is not enforced"
        elif not self._is_kept(step, taken):
            yield f"law 5: {said}, and nothing keeps what stood there"

    def _is_kept(self, step: Step, taken: set[tuple[str, str, str]]) -> bool:
        """A row of the conflict list keeps what this very write replaced: each is good for one write."""
        for row in sorted(self.kept, key=lambda each: each.at):
            if self._is_about(row, step) and row.value == step.old and (row.operation, row.key, "") not in taken:
                taken.add((row.operation, row.key, ""))
                return True
        return False

    def _restored(self, step: Step) -> bool:
        """An operator wrote back what a constant had replaced."""
        return any(self._is_about(row, step) and row.value == step.new for row in self.given_up)

    def _is_about(self, row: ConflictRow, step: Step) -> bool:
        return row.line == step.constant.line and row.dataverse in self._ids(step)

    def _ids(self, step: Step) -> set[str]:
        return {step.name[0]} if step.side == DATAVERSE else self._rows_of(step.name)

    def _is_told(self, step: Step, taken: set[tuple[str, str, str]]) -> bool:
        """A row of the journal says it of this very write: none from before it, and each is good for one write."""
        rows = (row for row_id in sorted(self._ids(step)) for row in self.told.get(row_id, ()))
        for row in sorted(rows, key=lambda each: each.time):
            said = (str(row.entry["operation"]), step.constant.line, step.side)
            if (
                row.time >= step.time - UNDER_WAY
                and said not in taken
                and any(_tells(item, step) for item in row.entry["lines"])
            ):
                taken.add(said)
                return True
        return False

    def _rows_of(self, name: tuple[str, ...]) -> set[str]:
        return {row_id for erp, row_id in self.book.pairs if folded(erp) == folded(name)}

    def not_restored(self, restored: Iterable[Restored]) -> Iterator[str]:
        """A person was told that what a constant had replaced is back, and it never was."""
        for each in restored:
            row, constant = each.row, self.book.flow.constant(bytes.fromhex(each.row.definition))
            if constant is None:
                continue
            stood = self._stood(constant, row.loser, row.dataverse)
            ends = [*(time for time, _ in stood[1:]), float("inf")]
            held = [
                value
                for (time, value), end in zip(stood, ends, strict=True)
                if time <= each.until and end >= each.since
            ]
            if row.value not in held:
                place = f"{row.line} of {row.dataverse[:8]}"
                yield f"law 5: {place} was restored to {row.value!r} in {row.loser}, and never stood there"

    def _stood(self, constant: Constant, side: Side, row_id: str) -> list[tuple[float, str]]:
        """Every value that the field of a constant ever got in a record, and when."""
        field, history = constant.target.name, list[tuple[Any, Mapping[str, Any]]]()
        if side == DATAVERSE:
            history = [(each.time, each.after) for each in self.world.dataverse.history if each.id == row_id]
        else:
            names = {folded(erp) for erp, found in self.book.pairs if found == row_id}
            entity = self.book.flow.erp.entity.name
            for each in self.world.erp.history:
                if each.entity == entity and self._named(each) in names:
                    history.append((each.time, each.after))
        return [
            ((time - self.world.began).total_seconds(), _read(constant, after[field]))
            for time, after in history
            if field in after
        ]

    def _named(self, change: Any) -> tuple[str, ...]:
        return folded(tuple(str(change.key[part]) for part in self.book.flow.identity))

    # -- law 11

    def _let_go(self, coupling: Coupling) -> Iterator[str]:
        """What is enforced stands in the end, or a row says why not."""
        records = self.book.standing(coupling)
        items = [item for row in self.book.rows_about(coupling) for item in row.items]
        if not all(each is not None and self.book.inside(each) for each in records.values()):
            return
        for side in SIDES:
            record = records[side]
            assert record is not None
            for constant in self._constants(side, enforced=True):
                stored = _read(constant, record.row.get(constant.target.wire_name))
                if stored != constant.value and not any(_explains(item, constant) for item in items):
                    yield f"law 11: {constant.line} of {coupling.key} is enforced, and {stored!r} stands there"

    # -- what Koppel wrote

    def _constants(self, side: Side, *, enforced: bool = False) -> Iterator[Constant]:
        found = (each for each in self.book.flow.side(side).constants if each.by_company is None and not each.initial)
        return (each for each in found if each.enforced or not enforced)

    def _steps_in_the_erp(self) -> Iterator[Step]:
        environment = self.world.erp.environment
        for change in self.world.erp.history:
            if change.operation != "update" or not change.app or change.entity != self.book.flow.erp.entity.name:
                continue
            name = tuple(str(change.key[part]) for part in self.book.flow.identity)
            if self._rows_of(name) and any(name in each.names for each in self.book.times[ERP].records):
                yield from self._steps(ERP, name, change, unmatched=change.sequence in environment.unmatched)

    def _steps_in_dataverse(self) -> Iterator[Step]:
        unmatched = self.world.dataverse.environment.unmatched
        for change in self.world.dataverse.history:
            if change.operation != "update" or not change.app or change.consequence or not self._is_mine(change):
                continue
            if change.table == self.book.flow.dataverse.entity.name:
                yield from self._steps(DATAVERSE, (change.id,), change, unmatched=(change.id, change.time) in unmatched)

    def _is_mine(self, change: Any) -> bool:
        """True if a row of Dataverse had been coupled by then: before that it was another flow's."""
        time = (change.time - self.world.began).total_seconds()
        return any(row_id == change.id and since <= time for (_, row_id), since in self.book.pairs.items())

    def _steps(self, side: Side, name: tuple[str, ...], change: Any, *, unmatched: bool) -> Iterator[Step]:
        before: Mapping[str, Any] = change.before
        for constant in self._constants(side):
            field = constant.target.name
            if field in change.sent and field in before and field in change.after:
                time = (change.time - self.world.began).total_seconds()
                yield Step(constant, side, name, before[field], change.after[field], unmatched, time)


def _tells(item: Mapping[str, Any], step: Step) -> bool:
    said = (item["line"], item["side"], item["new"])
    return said == (step.constant.line, step.side, step.new) and bool(item["reason"])


def _explains(item: Mapping[str, Any], constant: Constant) -> bool:
    """A row about the record as a whole, or about this constant, be it among others."""
    return not item["line"] or constant.line in item["line"].split(", ")


def _read(constant: Constant, raw: Any) -> str:
    return "" if raw is None or raw is ABSENT else reader(constant.target)(raw)
