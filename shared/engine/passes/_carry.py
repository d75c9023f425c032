"""What a copy of the ledger holds, and how it is carried from one store to the other, a page at a time.

A copy that is older than the systems takes what was agreed since for edits, and it is not of one moment: so it holds
pairs without what they agreed on, tombstones, values that lost, the journal, and which flow has a row. Nothing of what
is under way is in it, nor of what waits: the next compare pass finds that out again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.engine._house import House
from shared.engine._owners import OWNERS
from shared.engine._watch import Watch
from shared.engine.passes._orders import notes
from shared.ledger import CONFLICT, COUPLING, JOURNAL, PAIR, Commits, Stored, after


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind in a partition of the ledger. columns: the cells that are carried; None: all of them."""

    what: str
    partition: str
    start: str
    end: str
    columns: Sequence[str] | None = None


Put = Callable[[Part, Stored], Awaitable[str]]
"""Stores one row on the other side. What it counts as; empty if it is left out."""
PAIRS: Final = "pairs"


def parts_of(value: Mapping[str, Any], name: str) -> list[Part]:
    """The parts of one flow, in order. With the last flow of its job go the owners of shared tables' rows."""
    own = [
        Part(PAIRS, name, COUPLING, after(COUPLING), PAIR),
        Part("conflicts", name, CONFLICT, after(CONFLICT)),
        Part("journal", name, JOURNAL, after(JOURNAL)),
    ]
    return [*own, Part("owners", OWNERS, " ", "~")] if name == value["flows"][-1] else own


@dataclass(frozen=True, slots=True)
class Carry:
    """A slice of one flow of a job. source: where rows are read; where: in which of its partitions those of one of the
    ledger's stand. Whoever dies does one page again, so that `put` has to bear with what it has stored before.
    """

    house: House
    value: Mapping[str, Any]
    name: str
    source: Commits
    where: Callable[[str], str]
    put: Put
    watch: Watch

    async def run(self, out_of_time: Callable[[], bool]) -> bool:
        """True when every row was carried."""
        parts = parts_of(self.value, self.name)
        at, beyond = self.value.get("places", {}).get(self.name, (0, ""))
        counts = Counter[str](self.value["tallies"].get(self.name, {}))
        for number in range(at, len(parts)):
            part = parts[number]
            start = beyond if number == at and beyond else part.start
            async for page in self.source.range(self.where(part.partition), start, part.end, part.columns):
                rows = [row for row in page if number > at or row.key > beyond]
                if not rows:
                    continue
                counts.update(await self._page(part, rows))
                place = {"tallies": counts, "places": (number, rows[-1].key)}
                await notes(self.house, self.value["id"], self.name, place)
                if out_of_time():
                    return False
        return True

    async def _page(self, part: Part, rows: Sequence[Stored]) -> Counter[str]:
        """Every row comes to its end before anything is raised: nobody is at work when the slice is over."""
        await self.watch.look()
        ends = await asyncio.gather(*(self.put(part, row) for row in rows), return_exceptions=True)
        for each in ends:
            if isinstance(each, BaseException):
                raise each
        return Counter(str(each) for each in ends if each)
