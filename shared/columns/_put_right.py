"""Writes what a rule finds, each row at the version it was read, and tells the journal."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.columns._rule import Due, Rule
from shared.engine import House, journaled
from shared.errors import Gone, Refused, Rejected, Stale, cause_of
from shared.ledger import MAX_WRITES, JournalEntry, Write
from shared.mapping import DATAVERSE, Entity
from shared.systems import Dataverse

log: Final = logging.getLogger("koppel.columns")
TAG: Final = "koppel-columns"
"""Not the tag of the flows: what is written here is news to them."""
TOGETHER: Final = 200
"""Rows that are looked at together."""
TRIES: Final = 5
"""How often a row is looked at while others write it: whatever they do wakes it again."""


@dataclass(slots=True)
class PutRight:
    """The hand that keeps columns. counts: columns that were written, by table, and rows that
    Dataverse refused to write. left: which those are, and why.
    """

    house: House
    counts: Counter[str] = field(default_factory=Counter)
    left: list[dict[str, Any]] = field(default_factory=list)

    async def rows(self, rule: Rule, ids: Iterable[str]) -> None:
        """Looks at rows of a rule's table and puts right what is not as it should be."""
        dataverse = told_apart(self.house)
        chosen = list(dict.fromkeys(ids))
        for at in range(0, len(chosen), TOGETHER):
            left: Sequence[str] = chosen[at : at + TOGETHER]
            for _ in range(TRIES):
                if left:
                    left = await self._round(dataverse, rule, left)

    async def _round(self, dataverse: Dataverse, rule: Rule, ids: Sequence[str]) -> Sequence[str]:
        """One look; the rows that somebody else wrote meanwhile. Raises what stops more than one row."""
        dues = await rule.found(dataverse, ids)
        answers = await asyncio.gather(*(self._write(dataverse, due) for due in dues), return_exceptions=True)
        await self._tell(rule, [due for due, answer in zip(dues, answers, strict=True) if answer is True])
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Stale):
                raise answer
        moved = [due.about for due, answer in zip(dues, answers, strict=True) if isinstance(answer, Stale)]
        return list(dict.fromkeys(moved))

    async def _write(self, dataverse: Dataverse, due: Due) -> bool:
        """Whether it was written. Raises Stale, and what stops every row."""
        body = {name: json.dumps(value) for name, value in due.wanted.items()}
        try:
            await dataverse.update(due.table, (due.id,), body, due.row.version, tuple(body))
        except Gone:
            return False
        except Rejected as refusal:
            log.warning("%s(%s) keeps %s: %s", due.table.name, due.id, ", ".join(body), cause_of(refusal))
            self.leave(due.table, due.id, str(refusal))
            return False
        self.counts.update(f"{due.table.name}.{name}" for name in body)
        return True

    def leave(self, table: Entity, row_id: str, why: str) -> None:
        """Notes that a row stays as it is."""
        self.counts["refused"] += 1
        self.left.append({"record": {"dataverse": row_id, "table": table.name}, "what": "refused", "why": why})

    async def _tell(self, rule: Rule, written: Sequence[Due]) -> None:
        ledger = self.house.ledger(rule.flow)
        rows = [self._entry(due) for due in written]
        for at in range(0, len(rows), MAX_WRITES):
            await ledger.commit(rows[at : at + MAX_WRITES])

    def _entry(self, due: Due) -> Write:
        house = self.house
        lines = [journaled(line, values=house.options.journal_values) for line in _lines(due)]
        return JournalEntry(due.id, house.token(), house.clock(), "computed", lines).insert()


def _lines(due: Due) -> list[dict[str, object]]:
    return [
        {"line": name, "side": DATAVERSE, "old": json.dumps(due.row.row.get(name)), "new": json.dumps(value),
         "reason": "computed"}
        for name, value in due.wanted.items()
    ]  # fmt: skip


def told_apart(house: House) -> Dataverse:
    """Dataverse, for writes that the flows are to hear of. Raises Refused if the house has another system there."""
    if not isinstance(house.dataverse, Dataverse):
        raise Refused("columns are kept in Dataverse only")
    return house.dataverse.tagged(TAG)
