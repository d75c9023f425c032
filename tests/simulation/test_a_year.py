"""A year of operation: what the ledger holds, and what a minute costs, hangs on what is alive and on what is kept.

`pytest -s tests/simulation/test_a_year.py` prints the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

import pytest

from shared.engine import Options, start_job
from shared.engine.passes._snapshot import KEPT
from shared.ledger import CONFLICT, COUPLING, FORMER, HINT, INDEX, JOURNAL, PARKED, WAITING
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, on_stage
from tests.simulation.test_kept_for_long import reads

MONTH: Final = 30
MONTHS: Final = 12
PEOPLE: Final = 12
"""Customers that there are at any time."""
JOURNALED: Final = timedelta(days=60)
HALF_A_DAY: Final = timedelta(hours=12).total_seconds()
KINDS: Final = (COUPLING, INDEX, HINT, WAITING, PARKED, CONFLICT, FORMER, JOURNAL)
A_DAY: Final[Mapping[str, tuple[int, timedelta]]] = {
    COUPLING: (1, KEPT),
    INDEX: (1, KEPT),
    CONFLICT: (1, JOURNALED),
    FORMER: (1, JOURNALED),
    JOURNAL: (5, JOURNALED),
    "jobs": (1, JOURNALED),
    "feeds": (1, JOURNALED),
}
"""How many rows of a kind a day leaves at most, and how long they are kept. Of everything else it leaves none."""


@dataclass(slots=True)
class Year:
    """Each day somebody comes and somebody goes, on either side; there are edits, and a quarrel about one name."""

    rig: Rig
    random: Random = field(default_factory=lambda: Random(17))
    there: list[str] = field(default_factory=list)
    made: int = 0
    told: dict[int, Mapping[str, int]] = field(default_factory=dict)

    def row_id(self, account: str) -> str:
        row = self.rig.dataverse(account)
        assert row is not None
        return str(row["accountid"])

    def arrives(self) -> None:
        self.made += 1
        self.there.append(f"C-{self.made:05d}")
        if self.made % 2:
            self.rig.customer(self.there[-1])
        else:
            self.rig.account(self.there[-1])

    async def leaves(self) -> None:
        account = self.there.pop(0)
        row_id = self.row_id(account)
        if self.random.random() < 0.5:
            self.rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
            await self.rig.hint(ERP, ("usmf", account), "delete")
        else:
            self.rig.world.dataverse.delete("accounts", row_id)
            await self.rig.hint(DATAVERSE, (row_id,), "delete")

    async def edits(self, day: int) -> None:
        quarrelled, edited = self.random.sample(self.there[:-1], 2)
        self.rig.edit(quarrelled, OrganizationName=f"Name of {day}")
        self.rig.change(self.row_id(quarrelled), name=f"Another of {day}")
        self.rig.change(self.row_id(edited), description=f"Memo of {day}")
        await self.rig.hint(ERP, ("usmf", quarrelled))
        await self.rig.hint(DATAVERSE, (self.row_id(edited),))

    async def day(self, day: int) -> None:
        """People at work, the pump behind them, and the nightly pass."""
        self.arrives()
        await self.leaves()
        await self.edits(day)
        await self.rig.pump()
        self.rig.world.loop.pass_time(HALF_A_DAY)
        await start_job(self.rig.house, "compare", (TERMS, GROUPS, CUSTOMERS))
        await self.rig.pump()
        self.rig.world.loop.pass_time(HALF_A_DAY)

    # -- what is counted

    def rows(self) -> Counter[str]:
        """Rows of the ledger: those of flows by kind, all others by what they are filed under."""
        partitions = self.rig.world.tables.partitions.items()
        return Counter(key[:2] if "." in name else name for name, rows in partitions for key in rows)

    async def rest(self) -> Mapping[str, int]:
        """What one run of the pump costs while nobody does anything; the day's round is behind it."""
        await self.rig.pump()
        before = len(self.rig.world.requests), self.rig.world.tables.transactions
        rows = await reads(self.rig)
        requests, transactions = (
            len(self.rig.world.requests) - before[0],
            self.rig.world.tables.transactions - before[1],
        )
        return {"rows read a minute": rows, "writes a minute": transactions, "requests a minute": requests}


async def lived(rig: Rig) -> Year:
    year = Year(rig)
    for _ in range(PEOPLE):
        year.arrives()
    await rig.compare()
    for day in range(1, MONTHS * MONTH + 1):
        await year.day(day)
        if day % MONTH == 0:
            year.told[day // MONTH] = {**await year.rest(), **year.rows()}
    return year


def table(told: Mapping[int, Mapping[str, int]]) -> str:
    months = (1, 3, 6, MONTHS)
    names = sorted({name for each in told.values() for name in each})
    lines = [f"{'month':22}" + "".join(f"{month:7}" for month in months)]
    return "\n".join([*lines, *(f"{name:22}" + "".join(f"{told[m].get(name, 0):7}" for m in months) for name in names)])


@pytest.mark.long
def test_a_year_leaves_what_is_alive_and_what_is_kept() -> None:
    """Of each kind of rows there are at most those of the first month, and a day's for each day that they are kept; a
    minute at rest reads as much as it did in the first month.
    """

    async def story(rig: Rig) -> None:
        year = await lived(rig)
        print(table(year.told))  # noqa: T201 - the numbers are what it is for
        first, last = year.told[1], year.told[MONTHS]
        for name, number in last.items():
            a_day, kept = A_DAY.get(name, (0, timedelta()))
            assert number <= first.get(name, 0) + a_day * (kept.days + 1), name
        assert (len(year.there), len(rig.accounts())) == (PEOPLE, PEOPLE)
        assert {name for name in last if name[1:] == "~"} <= {*KINDS}
        assert [last.get(kind, 0) for kind in (HINT, WAITING, PARKED)] == [0, 0, 0]

    on_stage(story, options=Options(journal=JOURNALED))
