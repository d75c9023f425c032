"""Values too long to be kept or carried: they are said to be, nothing is lost with them, and everything else flows."""

from __future__ import annotations

from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import Any, Final

import pytest

from shared.engine import explain, restore, start_job, work_on
from shared.ledger import JOURNAL, PARKED, read_journal, read_trouble
from shared.mapping import Side
from tests.simulation.listed import conflicts
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_left_to_people import drop

HUGE: Final = "".join(Random(3).choices(ascii_letters + digits, k=1_100_000))
"""A memo that no compression makes small."""


def parked(rig: Rig) -> list[dict[str, Any]]:
    return [dict(item) for row in rig.rows(PARKED) for item in read_trouble(row).items]


async def in_a_pass(rig: Rig) -> dict[str, int]:
    """What a compare pass counts, without what it counted none of."""
    tally = await rig.compare()
    return {name: count for name, count in tally.counts.items() if count}


def test_a_record_with_a_text_that_is_too_long_is_parked_and_says_so() -> None:
    """Nothing of a huge memo is stored but its beginning, and the record is not left unfinished for ever."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(SalesMemo=HUGE)
        assert (await rig.visit(ERP, identity)).kind == "parked"
        (item,) = parked(rig)
        assert (item["code"], item["line"]) == ("too-long", "SalesMemo = description")
        assert "1100000 characters" in item["value"]
        assert len(item["value"]) < 3_000
        assert await in_a_pass(rig) == {"parked": 1}
        assert rig.counts()["hints"] == 0
        told = await explain(rig.flow(), ERP, identity)
        assert "it can be neither coupled nor created in Dataverse yet: the text has" in told["why"]
        rig.edit(SalesMemo="short")
        await rig.visit(ERP, identity)
        assert rig.both("SalesMemo", "description") == ("short", "short")

    on_stage(story)


def test_beside_a_text_that_is_too_long_the_other_lines_flow() -> None:
    """A coupled record gets no conflicts for it, and a pass counts it once."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo=HUGE, PrimaryContactPhone="1")
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).kind == "parked"
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")
        assert rig.dataverse()["description"] == "before"  # type: ignore[index] # it is there
        rig.change(row_id, telephone1="2")
        assert await in_a_pass(rig) == {"parked": 1, "updated erp": 1}
        assert (rig.conflicts(), rig.counts()["hints"]) == ([], 0)

    on_stage(story)


def test_a_text_that_is_too_long_to_be_kept_does_not_lose() -> None:
    """Where both sides edited, the winner does not take the place of what could not be restored."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo=HUGE)
        rig.change(row_id, description="after")
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).kind == "parked"
        assert rig.both("SalesMemo", "description") == (HUGE, "after")
        assert [item["code"] for item in parked(rig)] == ["too-long"]
        rig.edit(SalesMemo="shorter")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("SalesMemo", "description") == ("after", "after")
        assert [row.value for row in rig.conflicts()] == ["shorter"]

    on_stage(story)


def test_a_long_text_that_loses_is_restored_whole() -> None:
    """What is shown of it is cut, what is kept is not."""

    async def story(rig: Rig) -> None:
        long = HUGE[:90_000]
        row_id = await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo=long)
        rig.change(row_id, description="after")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        (row,) = [each async for each in conflicts(rig.flow().ledger)]
        assert row["values"]["erp"].startswith(long[:100])
        assert len(row["values"]["erp"]) < 3_000
        lines = [line for row in rig.rows(JOURNAL) for line in read_journal(row)["lines"] if line.get("old")]
        assert all(len(line["old"]) < 3_000 for line in lines)
        await restore(rig.flow(), row["id"])
        erp = rig.erp()
        assert erp is not None
        assert erp["SalesMemo"] == long

    on_stage(story)


def test_a_conflict_is_counted_once_by_a_pass(tmp_path: Path) -> None:
    """Both of its rows are read, and what is undecided is one record."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo="one")
        rig.change(row_id, description="two")
        assert await in_a_pass(rig) == {"conflict": 1}
        assert await in_a_pass(rig) == {"conflict": 1}

    on_stage(story, maps_with(tmp_path, "policy: {conflict: park}\n"))


def test_a_visit_that_fails_is_counted_once_by_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one visit could not finish was not equal before, and is not less than that afterwards."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo="after")

        def fails(*_: object) -> None:
            raise ValueError("a visit that nobody foresaw")

        monkeypatch.setattr("shared.engine.record._update.settled", fails)
        assert await in_a_pass(rig) == {"kept": 1}

    on_stage(story)


def test_many_conflicts_of_one_record_stand_in_the_list_after_one_visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction holds a hundred rows: the rest follows in the next round."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo="one", PrimaryContactPhone="1", PrimaryContactFax="1")
        rig.change(row_id, description="two", telephone1="2", fax="2")
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).kind == "conflict"
        assert len(rig.conflicts()) == 3
        rig.edit(SalesMemo="two", PrimaryContactPhone="2", PrimaryContactFax="2")
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).kind == "equal"
        assert rig.conflicts() == []

    monkeypatch.setattr("shared.reconcile._sizes.AT_ONCE", 1)
    on_stage(story, maps_with(tmp_path, "policy: {conflict: park}\n"))


def test_a_plan_with_a_huge_memo_tells_of_it() -> None:
    """The dry run keeps no more of it than a run does."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        rig.edit(SalesMemo=HUGE)
        rig.customer("US-002", SalesMemo=HUGE)
        job = await start_job(rig.house, "compare", (CUSTOMERS,), dry=True)
        job = await work_on(rig.house, job["id"], lambda: False)
        assert (job["state"], job["errors"]) == ("done", {})
        assert job["tallies"][CUSTOMERS]["counts"]["parked"] == 2

    on_stage(story)


@pytest.mark.parametrize(("gone", "counted"), [(DATAVERSE, {"deleted": 1, "deleted erp": 1}), (ERP, {"parked": 1})])
def test_what_was_equal_on_the_side_that_is_there_is_counted_as_what_became_of_it(
    gone: Side, counted: dict[str, int]
) -> None:
    """A pass counts a record once: not as equal beside being deleted, nor less than none as equal."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await rig.pump()
        if gone == ERP:
            rig.change(row_id, telephone1="edited")
        drop(rig, gone, row_id)
        assert await in_a_pass(rig) == counted

    on_stage(story)


def test_a_record_that_sleeps_on_one_side_was_not_counted_as_equal(tmp_path: Path) -> None:
    """Only what the ERP's row was counted for, if it was read, is taken back when its row in Dataverse is visited."""

    async def story(rig: Rig) -> None:
        await coupled(rig, CreditLimit=7)
        rig.edit(CreditLimit=700)
        assert (await in_a_pass(rig))["dormant"] == 1
        assert await in_a_pass(rig) == {"dormant": 1}

    narrower = "erp: {scope: PartyType eq 'Organization' and CreditLimit lt 100}\n"
    on_stage(story, maps_with(tmp_path, narrower))
