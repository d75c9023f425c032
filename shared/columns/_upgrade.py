"""The upgrade: rows that are older than the columns get their numbers, and the columns say what they should.

A dry run counts and writes nothing. A run may die anywhere and is carried on where it stands; carried out again it
finds nothing to do. Each page of rows takes its numbers from a block of the column's own sequence, whose seed is moved
before the first one is given: what is created meanwhile is numbered behind it. What of a block is not used is lost.
"""

from __future__ import annotations

import asyncio
import json
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.columns._columns import Columns, Numbers, Standing
from shared.columns._put_right import PutRight, told_apart
from shared.columns._rule import Rule, by_ids
from shared.engine import OPEN, House, job, keep_told, notes
from shared.errors import Exists, Gone, Halted, NotFound, Refused, Rejected, Stale
from shared.mapping import Entity
from shared.systems import Dataverse, Observation, Page, Reading

PAGE: Final = 200
TRIES: Final = 5
SUFFIX: Final = string.ascii_uppercase + string.digits
Step = Numbers | Rule


@dataclass(frozen=True, slots=True)
class Upgrades:
    """The upgrades of the suites that are on: what a job of that kind does."""

    columns: Sequence[Columns]

    async def __call__(
        self, house: House, value: Mapping[str, Any], suite: str, out_of_time: Callable[[], bool]
    ) -> bool:
        """A slice of one suite's upgrade. True when it is through."""
        found = next((each for each in self.columns if each.suite == suite), None)
        if found is None:
            raise NotFound(f"the suite {suite} computes no columns")
        if why := await Standing(found).missing(house, told_apart(house)):
            raise Refused(f"nothing was upgraded: {why}")
        return await _Upgrade(house, value, found, out_of_time).run()


@dataclass(slots=True)
class _Upgrade:
    """One slice. place: the step, and where its pages go on."""

    house: House
    value: Mapping[str, Any]
    columns: Columns
    out_of_time: Callable[[], bool]
    dataverse: Dataverse = field(init=False)
    place: dict[str, Any] = field(default_factory=dict)
    hand: PutRight = field(init=False)

    def __post_init__(self) -> None:
        self.dataverse, self.hand = told_apart(self.house), PutRight(self.house)

    async def run(self) -> bool:
        suite = self.columns.suite
        steps: Sequence[Step] = [*self.columns.numbers, *self.columns.rules]
        self.place = dict(self.value.get("places", {}).get(suite, {"step": 0}))
        self.hand.counts = Counter(self.value["tallies"].get(suite, {}))
        while self.place["step"] < len(steps):
            if not await self._step(steps[self.place["step"]]):
                return False
            self.place = {"step": self.place["step"] + 1}
            await self._note()
        return True

    async def _step(self, step: Step) -> bool:
        """The pages of one step, as far as time allows. True after the last."""
        table, reading = _reading(step)
        async for page in self.dataverse.pages(table, reading, self.place.get("after")):
            await (self._numbers(step, page) if isinstance(step, Numbers) else self._columns(step, table, page))
            self.place = {**self.place, "after": page.cursor}
            await self._note()
            await self._go_on()
            if page.cursor is not None and self.out_of_time():
                return False
        return True

    async def _go_on(self) -> None:
        """Raises Halted once somebody has stopped the job."""
        if (await job(self.house, self.value["id"]))["state"] != OPEN:
            raise Halted("the job was stopped")

    async def _note(self) -> None:
        """What was done, and from where on whoever carries on begins."""
        suite = self.columns.suite
        if self.hand.left:
            await keep_told(self.house.documents, self.value["id"], suite, self.hand.left)
            self.hand.left = []
        await notes(self.house, self.value["id"], suite, {"places": self.place, "tallies": dict(self.hand.counts)})

    # -- columns

    async def _columns(self, rule: Rule, table: Entity, page: Page) -> None:
        ids = [str(row.row[table.id]).lower() for row in page.rows]
        if self.value["dry"]:
            for due in await rule.found(self.dataverse, ids):
                self.hand.counts.update(f"{due.table.name}.{name}" for name in due.wanted)
            return
        await self.hand.rows(rule, ids)

    # -- numbers

    async def _numbers(self, numbers: Numbers, page: Page) -> None:
        if page.rows and not self.value["dry"]:
            given = await self._reserve(numbers, len(page.rows))
            await asyncio.gather(
                *(self._number(numbers, row, place) for row, place in zip(page.rows, given, strict=True))
            )
        elif page.rows:
            self.hand.counts[numbers.name] += len(page.rows)

    async def _reserve(self, numbers: Numbers, many: int) -> range:
        """So many numbers of the column's own sequence, which goes on behind them."""
        column = {"EntityName": numbers.entity.type, "AttributeName": numbers.column}
        first = int((await self.dataverse.put("POST", "GetNextAutoNumberValue", column))["NextAutoNumberValue"])
        await self.dataverse.put("POST", "SetAutoNumberSeed", {**column, "Value": first + many})
        return range(first, first + many)

    async def _number(self, numbers: Numbers, row: Observation, place: int) -> None:
        """One row gets its number, unless somebody has given it one meanwhile."""
        row_id, found = str(row.row[numbers.entity.id]).lower(), row
        for _ in range(TRIES):
            try:
                body = {numbers.column: json.dumps(numbers.text(place, self._suffix()))}
                await self.dataverse.update(numbers.entity, (row_id,), body, found.version, (numbers.column,))
            except (Stale, Exists):
                again = (await by_ids(self.dataverse, numbers.entity, [row_id], (numbers.column,))).get(row_id)
                if again is None or again.row.get(numbers.column):
                    return
                found = again
            except Gone:
                return
            except Rejected as refusal:
                self.hand.leave(numbers.entity, row_id, str(refusal))
                return
            else:
                self.hand.counts[numbers.name] += 1
                return
        self.hand.leave(numbers.entity, row_id, "others write it all the time")

    def _suffix(self) -> str:
        return "".join(self.house.random.choice(SUFFIX) for _ in range(6))


def _reading(step: Step) -> tuple[Entity, Reading]:
    if isinstance(step, Numbers):
        return step.entity, Reading((step.entity.id,), filter=step.lacking, page=PAGE)
    return step.table, Reading((step.table.id,), page=PAGE)
