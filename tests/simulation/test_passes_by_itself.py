"""What passes by itself is tried again without anybody: later and later, up to once a day, and by no pass."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulator.dataverse.refusal import Refusal
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_holds_nothing_up import parked, pumped_for

ID = ("usmf", ACCOUNT)
HOUR = 3600.0
WORDS = {
    "locked": "The record is locked by a workflow.",
    "numbers": "Number sequence Acco_1 has run out of numbers: the number sequence is exhausted.",
    "approval": "The change is pending approval by the credit department.",
    "later": "Something else is at work here. Please try again later.",
}


def refuses(rig: Rig, words: str) -> list[int]:
    """Logic in Dataverse that refuses what is written to accounts, for the time being; a mark for each try."""
    tries = list[int]()

    def check(_before: Any, _values: Mapping[str, Any]) -> None:
        tries.append(1)
        raise Refusal(400, "0x80040265", words)

    rig.world.dataverse._writer.checks["accounts"] = check
    return tries


@pytest.mark.parametrize("cause", WORDS)
def test_what_was_locked_arrives_without_a_retry(cause: str) -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        tries = refuses(rig, WORDS[cause])
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        await rig.pump()
        before = len(tries)
        await pumped_for(rig, 2 * HOUR)
        assert before < len(tries) <= before + 10
        (item,) = parked(rig)
        assert (item["message"], WORDS[cause] in item["message"]) == (item["message"], True)
        del rig.world.dataverse._writer.checks["accounts"]
        await pumped_for(rig, 4 * HOUR)
        assert (rig.both("PrimaryContactPhone", "telephone1"), parked(rig)) == (("1", "1"), [])
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_a_pass_tries_nothing_that_is_to_pass_by_itself() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        tries = refuses(rig, WORDS["locked"])
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        await rig.pump()
        before, rows = len(tries), rig.rows("h~", CUSTOMERS)
        await asyncio.sleep(1)
        await rig.compare()
        assert (len(tries), rig.rows("h~", CUSTOMERS)) == (before, rows)
        (row,) = rows
        assert row.key.startswith("h~d~")
        assert row.cells["side"] == DATAVERSE

    on_stage(story)
