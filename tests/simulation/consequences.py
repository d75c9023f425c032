"""A consequence is no decision: what the platform did to other rows because it deleted one stays where it happened."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from shared.ledger import HINT, Write, end_of
from shared.mapping import DATAVERSE, ERP, SIDES, Line
from tests.simulation.book import Book
from tests.simulation.records import Moment, Record
from tests.simulation.world import World


@dataclass(slots=True)
class Consequences:
    """retried: ends of records about which a person has said that their end counts, by flow."""

    world: World
    retried: set[tuple[str, str]] = field(default_factory=set)

    def watch(self, partition: str, writes: Collection[Write]) -> None:
        """Sees every transaction that is carried out."""
        self.retried |= {
            (partition, write.key.removeprefix(HINT))
            for write in writes
            if write.key.startswith(HINT) and write.kind != "delete" and write.cells.get("asked")
        }

    def carried_over(self, book: Book) -> Iterator[str]:
        """Records of the ERP that Koppel deleted because their row went along with another one."""
        table = book.flow.dataverse.entity.name
        taken = {
            change.id: change.time for change in self.world.dataverse.history
            if change.table == table and change.operation == "delete" and change.consequence
        }  # fmt: skip
        for row_id in sorted(taken):
            for name in sorted(erp for erp, each in book.pairs if each == row_id):
                lives = [each for each in book.times[ERP].records if name in each.names]
                is_ours = any(each.ended is not None and each.ended.by == "koppel" for each in lives)
                if is_ours and not self._is_confirmed(book, row_id, name):
                    yield f"law 12: {' '.join(name)} was deleted because {row_id} went along with another row"

    def emptied(self, book: Book) -> Iterator[str]:
        """References of the ERP that Koppel cleared because Dataverse had emptied them with the row that went."""
        table, emptied = book.flow.dataverse.entity.name, set[tuple[str, float]]()
        for change in self.world.dataverse.history:
            if change.table == table and change.operation == "update" and change.consequence:
                emptied.add((change.id, (change.time - self.world.began).total_seconds()))
        for record in book.times[DATAVERSE].records:
            for line in book.flow.lookups:
                moments = record.lines.get(line.index, [])
                for before, at, after in zip(moments, moments[1:], [*moments[2:], record.ended], strict=False):
                    if not at.value and (record.name[0], at.time) in emptied:
                        until = after.time if after else float("inf")
                        yield from self._cleared(book, record, line, before, (at.time, until))

    def _cleared(
        self, book: Book, record: Record, line: Line, before: Moment, span: tuple[float, float]
    ) -> Iterator[str]:
        """What had been agreed on was cleared while nobody had said anything but the platform."""
        for partner in book.partners(record):
            moments = partner.lines.get(line.index, [])
            for was, now in pairwise(moments):
                is_ours = now.by == "koppel" and not now.value and span[0] <= now.time < span[1]
                is_known = not self._is_back(before.value, span[0], now.time)
                if is_ours and is_known and book.same(line, was.value, before.value):
                    name = " ".join(partner.name)
                    yield f"law 12: {line.name} of {name} was cleared because the row that it meant went"

    def _is_back(self, row_id: str, since: float, until: float) -> bool:
        """True if a row was there again under its id: it looks as if it was never away, and the lookup cleared."""
        return any(
            change.id == row_id and change.operation == "create"
            and since < (change.time - self.world.began).total_seconds() <= until
            for change in self.world.dataverse.history
        )  # fmt: skip

    def _is_confirmed(self, book: Book, row_id: str, name: tuple[str, ...]) -> bool:
        """True if a person has retried it, whatever it was parked for."""
        names = {DATAVERSE: (row_id,), ERP: name}
        return any((book.flow.name, end_of(side, names[side])) in self.retried for side in SIDES)
