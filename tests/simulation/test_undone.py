"""Two machines that answer each other, and one that undoes what Koppel writes: known beyond a visit, and stopped."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.engine import Wake, explain, visit
from shared.ledger import PARKED, read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

ONE_WAY = "fields: |\n  SalesMemo > description\n"
ENFORCED = "fields: |\n  - >> address1_addresstypecode default 2; enforced\n"
IDENTITY = ("usmf", ACCOUNT)


def items(rig: Rig) -> list[Any]:
    return [item for row in rig.rows(PARKED) for item in read_trouble(row).items]


async def title_case(rig: Rig, row_id: str) -> None:
    """A formatter in Dataverse, and the event of its write."""
    rig.change(row_id, description="A Shop")
    await rig.visit(DATAVERSE, (row_id,))


async def small_letters(rig: Rig) -> None:
    """One in the ERP."""
    rig.edit(SalesMemo="a shop")
    await rig.visit(ERP, IDENTITY)


async def answering(rig: Rig, times: int, *, pause: timedelta = timedelta(minutes=1)) -> str:
    row_id = await coupled(rig, SalesMemo="a shop")
    for _ in range(times):
        await asyncio.sleep(pause.total_seconds())
        await title_case(rig, row_id)
        await small_letters(rig)
    return row_id


def test_two_formatters_are_parted() -> None:
    """At the fourth answer within a week the line is parked with both values, and stays so; explain says the same."""

    async def story(rig: Rig) -> None:
        row_id = await answering(rig, 1)
        writes = rig.writes()
        await asyncio.sleep(60)
        for _ in range(9):
            await title_case(rig, row_id)
            await small_letters(rig)
            await rig.compare()
        (item,) = items(rig)
        assert rig.writes() - writes == 2
        assert (item["code"], item["line"]) == ("undone", "SalesMemo = description")
        assert "'A Shop'" in item["message"]
        assert "'a shop'" in item["message"]
        assert rig.both("SalesMemo", "description") == ("a shop", "A Shop")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = [each for each in told["lines"] if each["line"] == item["line"]]
        assert "turns description back" in line["flows"]

    on_stage(story)


def test_another_form_is_no_difference_where_the_line_says_so(tmp_path: Path) -> None:
    """Two formatters cause no write at all; what differs in more than form flows as it was typed."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="a shop")
        writes = rig.writes()
        for _ in range(3):
            await title_case(rig, row_id)
            await small_letters(rig)
            await rig.compare()
        assert (rig.writes() - writes, items(rig)) == (0, [])
        rig.change(row_id, description="A Bakery")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("A Bakery", "A Bakery")

    on_stage(story, maps=maps_with(tmp_path, "fields: |\n  SalesMemo = description; as caseless\n"))


def test_people_who_set_and_lift_are_not_meant() -> None:
    """What comes back less than four times in a week is edited by somebody who means it."""

    async def story(rig: Rig) -> None:
        await answering(rig, 6, pause=timedelta(days=30))
        assert items(rig) == []
        assert rig.both("SalesMemo", "description") == ("a shop", "a shop")

    on_stage(story)


def test_an_undo_at_the_source_is_no_answer() -> None:
    """Who changes his own mind, however often, is followed."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="a shop")
        for text in ["open", "shut"] * 6:
            rig.change(row_id, description=text)
            await rig.visit(DATAVERSE, (row_id,))
            assert rig.both("SalesMemo", "description") == (text, text)
        assert items(rig) == []

    on_stage(story)


def test_edits_of_what_was_written_are_no_answers() -> None:
    """Two people who write to each other in turn, each time something new, are followed."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="a shop")
        for number in range(6):
            rig.change(row_id, description=f"ask {number}")
            await rig.visit(DATAVERSE, (row_id,))
            rig.edit(SalesMemo=f"answer {number}")
            await rig.visit(ERP, IDENTITY)
        assert (rig.both("SalesMemo", "description"), items(rig)) == (("answer 5", "answer 5"), [])

    on_stage(story)


def test_an_edit_ends_what_two_machines_have_begun() -> None:
    """Another value than the one that comes back flows, and the line is parked no more."""

    async def story(rig: Rig) -> None:
        row_id = await answering(rig, 3)
        assert [each["code"] for each in items(rig)] == ["undone"]
        rig.change(row_id, description="A bakery")
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.both("SalesMemo", "description"), items(rig)) == (("A bakery", "A bakery"), [])

    on_stage(story)


def test_a_retry_tries_it_again() -> None:
    """A person has seen to the machine: it is written, and what was counted before counts no more."""

    async def story(rig: Rig) -> None:
        row_id = await answering(rig, 3)
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        assert (rig.both("SalesMemo", "description"), items(rig)) == (("A Shop", "A Shop"), [])
        await small_letters(rig)
        assert (rig.both("SalesMemo", "description"), items(rig)) == (("a shop", "a shop"), [])

    on_stage(story)


def test_what_is_not_carried_over_any_more_spends_no_budget() -> None:
    """The answer stands there for good, and every pass looks at it: that is no older value which flows."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="a shop")
        rig.house.older = 12
        for _ in range(5):
            rig.change(row_id, description="A Shop")
            await rig.compare()
            rig.edit(SalesMemo="a shop")
            await rig.compare()
        assert [each["code"] for each in items(rig)] == ["undone"]
        for _ in range(20):
            await rig.compare()
        assert (await rig.state(), [each["code"] for each in items(rig)]) == ("running", ["undone"])

    on_stage(story)


@pytest.mark.parametrize("source", ["again", "retry", "freed", "pass"])
def test_no_visit_but_a_persons_begins_the_count_anew(source: str) -> None:
    """What tries again by itself is none, however often its visits failed before, and whatever it calls itself."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="a shop")
        for _ in range(3):
            await asyncio.sleep(60)
            rig.change(row_id, description="A Shop")
            await retried(rig, DATAVERSE, (row_id,), source)
            rig.edit(SalesMemo="a shop")
            await retried(rig, ERP, IDENTITY, source)
        assert [each["code"] for each in items(rig)] == ["undone"]

    on_stage(story)


async def retried(rig: Rig, side: Side, identity: tuple[str, ...], source: str) -> None:
    """An automatic try of what failed before."""
    flow = rig.flow()
    hint = await flow.ledger.store_hint(side, identity, source, failed=3)
    await visit(flow, Wake(side, identity, hint))


@pytest.mark.parametrize("lost", ["carried out", "not carried out"])
@pytest.mark.parametrize("overlay", ["", ONE_WAY, ENFORCED], ids=["two-way", "one-way", "enforced"])
def test_writes_that_are_recovered_count_as_well(tmp_path: Path, overlay: str, lost: str) -> None:
    """Whoever wrote them has died: two machines are found out after as many answers as ever."""
    value: dict[str, Any] = {"address1_addresstypecode": 3} if overlay == ENFORCED else {"description": "A Shop"}

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="a shop")
        times = 0
        while not items(rig):
            times += 1
            assert times < 9, "nobody has found out"
            rig.change(row_id, **value)
            await dying(rig, "finops update" if not overlay else "dataverse update", (row_id,))
            if not overlay:
                rig.edit(SalesMemo="a shop")
                await rig.visit(ERP, IDENTITY)
            await asyncio.sleep(60)
        assert (times, [each["code"] for each in items(rig)]) == (3 if not overlay else 5, ["undone"])

    async def dying(rig: Rig, step: str, identity: tuple[str, ...]) -> None:
        """Dies with the answer of its write, or before it goes out, unless it writes nothing; another one recovers."""
        died = {"after": step} if lost == "carried out" else {"before": step}
        with suppress(AssertionError):
            await rig.dies(DATAVERSE, identity, **died)
        await asyncio.sleep(600)
        await rig.visit(DATAVERSE, identity, source="pass")

    on_stage(story, maps=maps_with(tmp_path, overlay) if overlay else None)


def test_what_undoes_a_one_way_line_is_put_back_once_in_a_pass(tmp_path: Path) -> None:
    """Four times within a week, and from then on by compare passes only; it is listed for as long as it is undone."""

    async def story(rig: Rig) -> None:
        row_id, writes = await coupled(rig, SalesMemo="a shop"), rig.writes()
        for _ in range(9):
            await title_case(rig, row_id)
        (item,) = items(rig)
        assert (item["code"], rig.writes() - writes) == ("undone", 4)
        assert "something undoes this" in item["message"]
        for _ in range(3):
            await rig.compare()
            assert rig.both("SalesMemo", "description") == ("a shop", "a shop")
            assert [each["code"] for each in items(rig)] == ["undone"]
            await title_case(rig, row_id)
            await title_case(rig, row_id)
            await asyncio.sleep(86_400)
        assert rig.writes() - writes == 7
        await rig.compare()
        await asyncio.sleep(8 * 86_400)
        await rig.compare()
        assert items(rig) == []

    on_stage(story, maps=maps_with(tmp_path, ONE_WAY))


def test_what_undoes_an_enforced_line_is_put_back_once_in_a_pass(tmp_path: Path) -> None:
    """As with a one-way line: the map is the source."""

    async def story(rig: Rig) -> None:
        row_id, writes = await coupled(rig), rig.writes()
        for _ in range(9):
            rig.change(row_id, address1_addresstypecode=3)
            await rig.visit(DATAVERSE, (row_id,))
        (item,) = items(rig)
        assert (item["code"], rig.writes() - writes) == ("undone", 4)
        assert "something undoes this" in item["message"]
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert any("something undoes this" in str(each["flows"]) for each in told["lines"])
        await rig.compare()
        assert rig.both("SalesMemo", "address1_addresstypecode")[1] == 2
        assert [each["code"] for each in items(rig)] == ["undone"]
        await asyncio.sleep(8 * 86_400)
        await rig.compare()
        assert items(rig) == []

    on_stage(story, maps=maps_with(tmp_path, ENFORCED, CUSTOMERS))
