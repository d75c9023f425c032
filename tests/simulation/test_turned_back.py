"""A restore in place, and rows that are hidden from us: a person says which side is right before anything follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.engine import BudgetSpent, TurnedBack, confirm_side, look_again, set_state, start_job, state_of, work_on
from shared.engine import turned_back as told_of
from shared.engine._turned_back import Sign, weigh
from shared.errors import Refused
from shared.mapping import Side
from shared.mapping import other as opposite
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_reports import planned

ACCOUNTS = [f"T-{number:02}" for number in range(20)]


async def settled(rig: Rig, accounts: Iterable[str] = ACCOUNTS) -> dict[str, str]:
    """Customers in sync for a month; the ids of their accounts."""
    ids = {account: await coupled(rig, account, OrganizationName=f"Firm {account}") for account in accounts}
    rig.world.loop.pass_time(30 * 86_400)
    await rig.pump()
    return ids


async def confirmed(rig: Rig, right: Side) -> None:
    """What the operator's confirmation does: the answer is kept, and a compare pass carries it out."""
    await confirm_side(rig.house, CUSTOMERS, right)
    started = await start_job(rig.house, "compare", [CUSTOMERS], begin="resuming")
    for _ in range(20):
        if (await work_on(rig.house, started["id"], lambda: False))["state"] != "running":
            break
    await rig.pump()


def key(account: str) -> dict[str, str]:
    return {"dataAreaId": "usmf", "CustomerAccount": account}


async def reason(rig: Rig) -> str:
    return str((await state_of(rig.house, CUSTOMERS))["reason"])


def names(rig: Rig, side: Side) -> dict[str, Any]:
    """What every customer is called on a side, by its number."""
    if side == ERP:
        return {row["CustomerAccount"]: row["OrganizationName"] for row in rig.world.finops.rows("CustomersV3")}
    return {row["accountnumber"]: row["name"] for row in rig.world.dataverse.rows("accounts")}


async def restored(rig: Rig, edited_in: Side, *, new_versions: bool) -> dict[str, Any]:
    """A day's work on twelve customers, edits and new ones, and then the ERP's rows are those of yesterday again.

    What everybody was called when the day was over.
    """
    ids = await settled(rig, ACCOUNTS[:10])
    backup = rig.world.finops.back_up()
    for account in ACCOUNTS[:8]:
        if edited_in == ERP:
            rig.edit(account, OrganizationName=f"New {account}")
        else:
            rig.change(ids[account], name=f"New {account}")
        await rig.visit(edited_in, ("usmf", account) if edited_in == ERP else (ids[account],))
    for account in ACCOUNTS[10:14]:
        await rig.visit(DATAVERSE, (rig.account(account, name=f"Born {account}"),))
    rig.world.loop.pass_time(3600)
    evening = names(rig, DATAVERSE)
    assert evening == names(rig, ERP)
    assert rig.world.finops.put_back(backup, new_versions=new_versions)
    assert evening != names(rig, ERP)
    return evening


@pytest.mark.parametrize("new_versions", [False, True])
@pytest.mark.parametrize("edited_in", [ERP, DATAVERSE])
def test_a_restore_in_place_pauses_the_flow_and_changes_nothing(edited_in: Side, new_versions: bool) -> None:
    """Whoever made the day's edits, and whether versions go back or are new: what was lost is named, and kept."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, edited_in, new_versions=new_versions)
        morning, writes = names(rig, ERP), rig.writes()
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "12 of 12 records of CustomersV3" in await reason(rig)
        assert "read as before" in await reason(rig)
        assert (names(rig, DATAVERSE), names(rig, ERP), rig.writes()) == (evening, morning, writes)
        told = (await told_of(rig.house, CUSTOMERS))[ERP]
        assert (told["seen"], len(told["records"])) == (12, 12)

    on_stage(story)


@pytest.mark.parametrize("new_versions", [False, True])
@pytest.mark.parametrize("edited_in", [ERP, DATAVERSE])
def test_where_dataverse_is_right_the_restored_side_is_written_again(edited_in: Side, new_versions: bool) -> None:
    """Edits are put back, customers are created again, nobody is there twice, and the next pass finds nothing to do."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, edited_in, new_versions=new_versions)
        await rig.compare_and_note()
        await confirmed(rig, DATAVERSE)
        assert await rig.state() == "running"
        assert names(rig, ERP) == names(rig, DATAVERSE) == evening
        assert not rig.conflicts()
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        assert (await told_of(rig.house, CUSTOMERS))[ERP]["right"] == "", "the answer holds for this one time"

    on_stage(story)


def test_where_the_erp_is_right_its_values_are_carried_over() -> None:
    """It was people after all: older values and deletes reach Dataverse, the budget for deletes still counting."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=False)
        morning = names(rig, ERP)
        await rig.compare_and_note()
        await confirmed(rig, ERP)
        assert await rig.state() == "running"
        assert names(rig, DATAVERSE) == names(rig, ERP) == morning

    on_stage(story)


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
def test_an_edit_after_the_restore_is_nobodys_older_value(right: Side) -> None:
    """What somebody enters since flows in any case; it is neither put back nor held up once a person has spoken."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=True)
        await rig.compare_and_note()
        rig.edit("T-00", SalesMemo="entered since")
        await confirmed(rig, right)
        assert rig.both("SalesMemo", "description", "T-00") == ("entered since", "entered since")

    on_stage(story)


async def deleted_and_back(rig: Rig, side: Side) -> dict[str, str]:
    """Twelve of twenty are deleted, and a day later those of one side are there again; the ids of all accounts."""
    ids = await settled(rig)
    backup = rig.world.finops.back_up()
    for account in ACCOUNTS[:12]:
        if side == ERP:
            rig.world.dataverse.delete("accounts", ids[account])
            await rig.visit(DATAVERSE, (ids[account],), source="delete")
        else:
            rig.world.finops.delete("CustomersV3", key(account))
            await rig.visit(ERP, ("usmf", account), source="delete")
    rig.world.loop.pass_time(3600)
    if side == ERP:
        assert rig.world.finops.put_back(backup) == 12
    for account in ACCOUNTS[:12] if side == DATAVERSE else ():
        rig.account(account, name=f"Firm {account}", accountid=ids[account])
    return ids


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_a_restore_brings_back_is_not_created_again(side: Side, right: Side) -> None:
    """Not even the first of them, until a person has said so. What he leaves alone stays so, and stops no pass."""

    async def story(rig: Rig) -> None:
        await deleted_and_back(rig, side)
        other, writes = opposite(side), rig.writes()
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "12 of 12" in await reason(rig)
        assert "are back" in await reason(rig)
        assert rig.writes() == writes
        await confirmed(rig, right)
        for _ in range(2):
            assert (await rig.state(), rig.counts()["hints"]) == ("running", 0)
            assert len(names(rig, other)) == (20 if right == side else 8)
            assert rig.counts()["parked"] == (0 if right == side else 12)
            await rig.compare_and_note()
            await rig.pump()

    on_stage(story)


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
    """Row-level security hides them: a pass deletes no account; single visits stop with the tenth record at most."""

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
            assert len(rig.accounts()) == 11
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


def test_a_dataverse_that_was_put_back_is_noticed_in_the_same_way() -> None:
    """Rows of Dataverse read as they did before we wrote them: the ERP is not set back."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"New {account}")
            await rig.visit(ERP, ("usmf", account))
        for account in ACCOUNTS[:12]:
            rig.change(ids[account], name=f"Firm {account}")
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert set(names(rig, ERP).values()) == {f"New {account}" for account in ACCOUNTS[:12]}
        await confirmed(rig, ERP)
        assert names(rig, DATAVERSE) == names(rig, ERP)
        assert "New T-00" in names(rig, ERP).values()

    on_stage(story)


def test_visits_and_passes_count_together() -> None:
    """Six that events of the other side bring up and six that a pass finds are twelve; the six of the pass are held."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        backup = rig.world.finops.back_up()
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"New {account}")
            await rig.visit(ERP, ("usmf", account))
        rig.world.finops.put_back(backup)
        for account in ACCOUNTS[:6]:
            await rig.hint(DATAVERSE, (ids[account],))
        await rig.pump()
        assert await rig.state() == "running"
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert sum(name.startswith("New") for name in names(rig, DATAVERSE).values()) == 6

    on_stage(story)


def test_old_values_of_long_ago_are_new_ones() -> None:
    """What a line was agreed at weeks ago is not remembered: to enter it again is an edit like any other."""

    async def story(rig: Rig) -> None:
        await settled(rig, ACCOUNTS[:12])
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"New {account}")
            await rig.visit(ERP, ("usmf", account))
        rig.world.loop.pass_time(30 * 86_400)
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"Firm {account}")
        await rig.compare()
        assert names(rig, DATAVERSE) == names(rig, ERP)

    on_stage(story)


def test_older_values_have_a_budget_of_their_own() -> None:
    """However small their share is: more of them than that within an hour, and the flow pauses; resumed, it goes on."""

    async def story(rig: Rig) -> None:
        rig.world.options = replace(rig.world.options, turned_back_share=2.0)
        rig.house = rig.world.house()
        rig.house.older = 3
        await settled(rig, ACCOUNTS[:6])
        for values in ("New", "Firm"):
            for account in ACCOUNTS[:6]:
                rig.edit(account, OrganizationName=f"{values} {account}")
                if values == "New":
                    await rig.visit(ERP, ("usmf", account))
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "older values" in await reason(rig)
        assert sum(name.startswith("Firm") for name in names(rig, DATAVERSE).values()) == 3
        await rig.house.budget.refill_older(CUSTOMERS)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert names(rig, DATAVERSE) == names(rig, ERP)

    on_stage(story)


def test_whoever_confirms_a_side_begins_the_budget_of_older_values_anew() -> None:
    """He has looked: what comes back by and by after that is not held up by what was spent before."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=False)
        await rig.compare_and_note()
        rig.house.older = 8
        for _ in range(8):
            await rig.house.budget.spend_older(CUSTOMERS)
        await confirmed(rig, ERP)
        await rig.house.budget.spend_older(CUSTOMERS)

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


@pytest.mark.parametrize("page", [2, 1000])
def test_a_pass_in_slices_stops_as_cleanly(page: int) -> None:
    """Small pages, a slice a wave, another instance each time: the flow pauses once, and goes on after the answer."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, DATAVERSE, new_versions=True)
        rig.world.finops.behaviour.max_page_size = page
        started = await start_job(rig.house, "compare", [CUSTOMERS])
        for _ in range(60):
            rig.house = rig.world.house()
            if (await work_on(rig.house, started["id"], lambda: True))["state"] != "running":
                break
        assert await rig.state() == "paused"
        assert names(rig, DATAVERSE) == evening
        await confirmed(rig, DATAVERSE)
        assert names(rig, ERP) == names(rig, DATAVERSE) == evening

    on_stage(story)


def test_a_pass_without_changes_asks_nothing_more() -> None:
    """No system is asked about records that are as agreed, however lately they changed."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        rig.world.loop.pass_time(60)
        await rig.compare()
        first = len(rig.world.requests)
        await rig.compare()
        calm = len(rig.world.requests) - first
        for account in ACCOUNTS[:12]:
            rig.change(ids[account], name=f"New {account}")
            await rig.visit(DATAVERSE, (ids[account],))
        first = len(rig.world.requests)
        await rig.compare()
        assert len(rig.world.requests) - first <= calm

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
        with pytest.raises(BudgetSpent):
            await rig.visit(DATAVERSE, (ids[ACCOUNTS[2]],))

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
