"""Records that are gone at once, by a restore or because they are hidden from us, are a question, not deletes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.engine import TurnedBack, confirm_side, look_again, set_state, start_job, work_on
from shared.engine import turned_back as told_of
from shared.engine._turned_back import Sign, weigh
from shared.errors import Refused
from shared.mapping import Side
from shared.mapping import other as opposite
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, on_stage
from tests.simulation.test_reports import planned
from tests.simulation.turning_back import ACCOUNTS, confirmed, key, names, reason, settled


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_side_that_reads_empty_waits_for_a_persons_word(side: Side, right: Side) -> None:
    """Whoever has really deleted everything can say so; resuming changes nothing; a dry run shows what would go."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        for account in ACCOUNTS[:12]:
            if side == ERP:
                rig.world.finops.delete("CustomersV3", key(account))
            else:
                rig.world.dataverse.delete("accounts", ids[account])
        other, writes = opposite(side), rig.writes()
        for _ in range(2):
            await set_state(rig.house, CUSTOMERS, "running")
            await look_again(rig.house, CUSTOMERS)
            await rig.compare_and_note()
            assert await rig.state() == "paused"
            assert "reads empty, but 12 of its records are coupled" in await reason(rig)
            assert f"confirm that {side} is right" in await reason(rig)
        assert (rig.writes(), len(names(rig, other))) == (writes, 12)
        assert (await planned(rig))["counts"][f"deleted {other}"] == 12
        await confirmed(rig, right)
        assert await rig.state() == "running"
        await rig.compare_and_note()
        assert len(names(rig, ERP)) == len(names(rig, DATAVERSE)) == (0 if right == side else 12)
        assert (await told_of(rig.house, CUSTOMERS))[side]["right"] == "", "the answer holds for this one time"

    on_stage(story)


@pytest.mark.parametrize("looked", ["pass", "visits"])
def test_fifteen_of_twenty_hidden_customers_are_not_fifteen_deletes(looked: str) -> None:
    """Row-level security hides them: no account is deleted, whether a pass or the pump meets them."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] < "T-15"
        if looked == "pass":
            await rig.compare_and_note()
            assert len(rig.accounts()) == 20
            assert "15 of 20 records" in await reason(rig)
        else:
            for account in ACCOUNTS[:15]:
                await rig.hint(DATAVERSE, (ids[account],))
            await rig.pump()
            assert len(rig.accounts()) == 20
            assert "records of CustomersV3" in await reason(rig)
        assert await rig.state() == "paused"

    on_stage(story)


def test_what_can_be_seen_again_needs_no_confirmation() -> None:
    """The right is given back and the flow resumed: nothing was deleted, nothing is held against later deletes."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] < "T-15"
        await rig.compare_and_note()
        rig.world.finops.behaviour.hidden_rows.clear()
        await look_again(rig.house, CUSTOMERS)
        await set_state(rig.house, CUSTOMERS, "running")
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "T-19"})
        assert (await rig.compare()).counts["deleted"] == 1
        assert sorted(rig.accounts()) == sorted(row_id for account, row_id in ids.items() if account != "T-19")
        with pytest.raises(Refused, match="nothing is to be confirmed"):
            await confirm_side(rig.house, CUSTOMERS, ERP)

    on_stage(story)


@pytest.mark.parametrize("number", [9, 10])
def test_from_ten_records_on(number: int) -> None:
    """Nine customers that somebody deletes while no event comes are nine deletes; ten of nineteen are a question."""

    async def story(rig: Rig) -> None:
        await settled(rig, ACCOUNTS[:19])
        for account in ACCOUNTS[:number]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
        await rig.compare_and_note()
        assert len(rig.accounts()) == (10 if number == 9 else 19)

    on_stage(story)


@pytest.mark.parametrize(("share", "stops"), [(0.5, True), (0.8, False)])
def test_the_share_is_a_setting(share: float, stops: bool) -> None:
    """Fifteen of twenty are too many by half, and not by four fifths."""

    async def story(rig: Rig) -> None:
        rig.world.options = replace(rig.world.options, turned_back_share=share)
        rig.house = rig.world.house()
        await settled(rig)
        for account in ACCOUNTS[:15]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
        await rig.compare_and_note()
        assert (await rig.state() == "paused", len(rig.accounts())) == (stops, 20 if stops else 5)

    on_stage(story)


def test_what_events_tell_of_is_peoples_doing() -> None:
    """Whoever tidies up deletes fifteen of twenty, and the ERP's own events say so, before a pass comes or after."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        for account in ACCOUNTS[:15]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
            await rig.hint(ERP, ("usmf", account), "delete")
        await rig.compare()
        await rig.pump()
        assert len(rig.accounts()) == 5

    on_stage(story)


def test_dataverse_tells_of_its_deletes_by_its_feed() -> None:
    """Change tracking names what was deleted: that is as good as an event."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        await rig.compare()
        for account in ACCOUNTS[:15]:
            rig.world.dataverse.delete("accounts", ids[account])
        started = await start_job(rig.house, "catch-up", [CUSTOMERS])
        await work_on(rig.house, started["id"], lambda: False)
        assert await rig.state() == "running"
        assert len(names(rig, ERP)) == 5

    on_stage(story)


@pytest.mark.parametrize("heard", [False, True])
def test_the_message_says_whether_silence_proves_anything(heard: bool) -> None:
    """Where no event of the entity ever comes, it says so; where they do come, that none told of it."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        if heard:
            await rig.hint(ERP, ("usmf", "T-00"))
            await rig.pump()
        for account in ACCOUNTS[5:]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
        await rig.compare_and_note()
        assert ("check that its events are registered" in await reason(rig)) != heard

    on_stage(story)


def test_a_flow_that_has_stopped_for_it_stays_so_whoever_looks() -> None:
    """Another instance, another visit: nothing that looks turned back is carried over until a person has spoken."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] < "T-15"
        await rig.compare_and_note()
        rig.house = rig.world.house()
        await set_state(rig.house, CUSTOMERS, "running")
        with pytest.raises(TurnedBack):
            await rig.visit(DATAVERSE, (ids["T-00"],))
        await rig.pump()
        assert await rig.state() == "paused"
        assert len(rig.accounts()) == 20

    on_stage(story)


def test_the_budget_of_deletes_counts_beside_it() -> None:
    """Nine of a hundred are no question, but more than the budget allows."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        rig.house.deletes = 2
        for account in ACCOUNTS[:3]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
        for account in ACCOUNTS[:2]:
            await rig.visit(DATAVERSE, (ids[account],))
        assert (await rig.visit(DATAVERSE, (ids[ACCOUNTS[2]],))).codes == ("held",)

    on_stage(story)


def test_signs_of_yesterday_count_no_more() -> None:
    """Six deletes a day that no event tells of never add up to a restore."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        for day in range(2):
            for account in ACCOUNTS[6 * day : 6 * day + 6]:
                rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
            await rig.compare()
            rig.world.loop.pass_time(timedelta(days=1, minutes=1).total_seconds())
        assert len(rig.accounts()) == 8

    on_stage(story)


@pytest.mark.parametrize(
    ("gone", "of_missing", "coupled_before", "stops"),
    [(700, 1.0, 1000, True), (700, 1.0, 2000, False), (2000, 7.0, 20_000, True), (2000, 2.0, 20_000, False)],
)
def test_however_many_are_gone_they_are_counted(gone: int, of_missing: float, coupled_before: int, stops: bool) -> None:
    """The ledger keeps some of them only, and of very many some only are looked at: the share is that of all."""

    async def story(rig: Rig) -> None:
        flow = rig.flow()
        moved = [f"2026-01-{number % 28 + 1:02}" for number in range(coupled_before)]
        flow.moved = sorted(moved)
        signs = [Sign(f"d~{number}", moved[number * coupled_before // gone], "is gone") for number in range(gone)]
        if stops:
            with pytest.raises(TurnedBack):
                await weigh(flow, ERP, signs, of_missing)
        else:
            await weigh(flow, ERP, signs, of_missing)
        assert (await told_of(rig.house, CUSTOMERS))[ERP]["seen"] == 300

    on_stage(story)


def test_a_dry_run_shows_what_would_be_deleted() -> None:
    """It writes nothing, and so asks nothing: the report tells of all fifteen."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] < "T-15"
        await rig.compare_and_note()
        started = await start_job(rig.house, "plan", [CUSTOMERS])
        planned = await work_on(rig.house, started["id"], lambda: False)
        assert planned["tallies"][CUSTOMERS]["counts"]["deleted"] == 15

    on_stage(story)
