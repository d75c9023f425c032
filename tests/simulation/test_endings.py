"""Records that end, leave, or change who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.engine import catch_up, set_state
from shared.ledger import JOURNAL, PARKED, read_journal, read_trouble
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, at_first, coupled, maps_with, on_stage
from tests.simulation.world import company


def delete_erp(rig: Rig, account: str = ACCOUNT) -> None:
    rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_delete_is_carried_over_and_leaves_a_tombstone(side: str) -> None:
    """What is deleted on one side and untouched on the other is deleted there too; the journal says so."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        if side == ERP:
            delete_erp(rig)
        else:
            rig.world.dataverse.delete("accounts", row_id)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "deleted"
        assert (rig.erp(), rig.dataverse()) == (None, None)
        assert [coupling.state for coupling in rig.couplings()] == ["deleted"]
        assert rig.counts()["hints"] == 0
        told = [read_journal(row)["what"] for row in rig.rows(JOURNAL)]
        assert "deleted" in told, told

    on_stage(story)


def test_a_delete_never_goes_against_an_edit_that_nobody_has_seen() -> None:
    """The survivor was edited since both agreed: it is a conflict for a person, not a delete."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete_erp(rig)
        rig.change(row_id, name="Just edited")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("deleted-edited",)
        assert rig.dataverse() is not None

    on_stage(story)


@pytest.mark.parametrize(
    ("policy", "kind", "left"), [("uncouple", "uncoupled", True), ("park", "parked", True), ("restore", "kept", True)]
)
def test_other_delete_policies_leave_the_survivor_alone(tmp_path: Path, policy: str, kind: str, *, left: bool) -> None:
    """Uncouple forgets the pair, park asks, restore brings the deleted record back."""
    maps = maps_with(tmp_path, f"policy: {{delete: {policy}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete_erp(rig)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == kind
        await rig.compare()
        assert (rig.dataverse() is not None) is left
        assert (rig.erp() is not None) is (policy == "restore")

    on_stage(story, maps)


def test_a_deleted_record_that_is_created_again_syncs_again() -> None:
    """The shipped maps let a number be used again: the tombstone gives way to a record that is really there."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete_erp(rig)
        await rig.visit(DATAVERSE, (row_id,))
        await rig.visit(ERP, rig.customer(OrganizationName="Reborn"))
        account = rig.dataverse()
        assert account is not None
        assert account["name"] == "Reborn"
        assert account["accountid"] != row_id

    on_stage(story)


def test_a_tombstone_holds_a_record_back_where_the_policy_says_so(tmp_path: Path) -> None:
    """With `reborn: park` a deleted record that comes back is for a person to decide."""
    maps = maps_with(tmp_path, "policy: {reborn: park}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete_erp(rig)
        await rig.visit(DATAVERSE, (row_id,))
        assert (await rig.visit(ERP, rig.customer())).codes == ("reborn",)
        await rig.compare()
        assert (rig.dataverse(), rig.counts()["parked"]) == (None, 1)

    on_stage(story, maps)


def test_a_record_that_leaves_the_scope_sleeps_and_continues_where_it_was() -> None:
    """A customer that becomes a prospect is no longer written; what happened meanwhile is merged when it is back."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=8, name="Prospect")
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "dormant"
        rig.edit(SalesMemo="meanwhile")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("OrganizationName", "name") == ("Contoso", "Prospect")
        transactions = rig.world.tables.transactions
        await rig.compare()
        rig.change(row_id, customertypecode=3)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("OrganizationName", "name") == ("Prospect", "Prospect")
        assert rig.both("SalesMemo", "description") == ("meanwhile", "meanwhile")
        assert transactions

    on_stage(story)


@pytest.mark.parametrize(("policy", "there"), [("delete", False), ("uncouple", True)])
def test_leaving_the_scope_may_also_delete_or_uncouple(tmp_path: Path, policy: str, *, there: bool) -> None:
    """The flow says what becomes of the other side when a record leaves."""
    maps = maps_with(tmp_path, f"policy: {{leaves: {policy}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=8)
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.erp() is not None) is there
        assert rig.dataverse() is not None
        assert rig.couplings()[0].ended

    on_stage(story, maps)


def test_what_left_the_scope_is_not_deleted_against_an_edit_that_nobody_has_seen(tmp_path: Path) -> None:
    """The customer was edited since both agreed: a person says what becomes of it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=8)
        rig.edit(OrganizationName="Just edited")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("left-edited",)
        await rig.compare()
        assert rig.erp() is not None

    on_stage(story, maps_with(tmp_path, "policy: {leaves: delete}\n"))


@pytest.mark.parametrize("asleep", [True, False])
def test_what_is_out_of_scope_is_not_deleted_with_its_partner(*, asleep: bool) -> None:
    """The account became a prospect, whether anybody has looked since or not; then its customer is deleted."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=8)
        if asleep:
            await rig.visit(DATAVERSE, (row_id,))
        delete_erp(rig)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.accounts() == [row_id]
        assert [coupling.state for coupling in rig.couplings()] == ["lapsed"]

    on_stage(story)


def test_what_was_to_be_decided_about_a_pair_goes_with_it(tmp_path: Path) -> None:
    """A conflict waits for a person, and both records are deleted: there is nothing to decide any more."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
        assert [row.open for row in rig.conflicts()] == [True]
        delete_erp(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.conflicts() == []

    on_stage(story, maps_with(tmp_path, "policy: {conflict: park}\n"))


def test_a_prospect_with_the_same_number_is_a_match_not_a_stranger() -> None:
    """Matching ignores the scope: the prospect becomes the customer's account, stamped as customer."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8)
        await rig.visit(ERP, rig.customer())
        account = rig.dataverse()
        assert account is not None
        assert (account["accountid"], account["customertypecode"]) == (row_id, 3)

    on_stage(story)


def test_a_match_comes_into_the_scope_although_somebody_was_faster() -> None:
    """The prospect is edited just before it is stamped as customer: it is stamped with the next round."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8)
        rig.world.weather.strike = at_first("dataverse update", lambda: rig.change(row_id, description="meanwhile"))
        await rig.visit(ERP, rig.customer())
        account = rig.dataverse()
        assert account is not None
        assert (account["customertypecode"], account["description"]) == (3, "meanwhile")
        assert [coupling.state for coupling in rig.couplings()] == ["coupled"]

    on_stage(story)


def test_a_prospect_and_a_row_without_company_are_left_alone() -> None:
    """Only customers that belong to a company are this flow's business."""

    async def story(rig: Rig) -> None:
        prospect = rig.account("P-1", customertypecode=8)
        homeless = rig.account("P-2", **{"msdyn_company@odata.bind": None})
        assert (await rig.visit(DATAVERSE, (prospect,))).kind == "ignored"
        assert (await rig.visit(DATAVERSE, (homeless,))).kind == "ignored"
        await rig.compare()
        assert rig.counts() == {"parked": 0, "waiting": 0, "conflicts": 0, "journal": 0, "hints": 0}

    on_stage(story)


def move(rig: Rig, row_id: str, code: str, **values: Any) -> None:
    """An account comes to belong to another company, or to none, by a way that the product does not guard."""
    row: Any = rig.world.dataverse.row("accounts", row_id)
    row["_msdyn_company_value"] = company(rig.world, code) if code else None
    rig.change(row_id, **values)


async def compared(rig: Rig) -> None:
    await rig.compare()


async def caught_up(rig: Rig) -> None:
    await catch_up(rig.house, CUSTOMERS, lambda: False)


@pytest.mark.parametrize("code", ["", "frrt"], ids=["cleared", "of a company that is not synced"])
@pytest.mark.parametrize("noticed", [compared, caught_up], ids=["compare", "catch-up"])
def test_a_coupled_row_without_a_synced_company_parks_although_no_event_told_of_it(noticed: Any, code: str) -> None:
    """Both passes find it, whatever else was changed; they count it once, and say it once."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await rig.compare()
        move(rig, row_id, code, name="Elsewhere")
        await noticed(rig)
        (row,) = [read_trouble(stored) for stored in rig.rows(PARKED)]
        assert [item["code"] for item in row.items] == ["company"]
        before = dict(rig.world.tables.partitions[CUSTOMERS])
        assert (await rig.compare()).counts == {"parked": 1, "equal": 0}
        await caught_up(rig)
        assert rig.world.tables.partitions[CUSTOMERS] == before
        assert rig.both("OrganizationName", "name") == ("Contoso", "Elsewhere")

    on_stage(story)


def test_a_coupled_row_whose_company_alone_was_cleared_parks() -> None:
    """The company is no line of the map: every line is as agreed."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        move(rig, row_id, "")
        assert (await rig.compare()).counts == {"parked": 1, "equal": 0}

    on_stage(story)


def test_a_row_without_company_whose_coupling_has_ended_is_left_alone(tmp_path: Path) -> None:
    """It is none of the flow's business any more, as if it had never been coupled."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=8)
        await rig.visit(DATAVERSE, (row_id,))
        await rig.compare()
        move(rig, row_id, "", customertypecode=3)
        await caught_up(rig)
        await rig.compare()
        assert (rig.couplings()[0].state, rig.counts()["parked"]) == ("uncoupled", 0)

    on_stage(story, maps_with(tmp_path, "policy: {leaves: uncouple}\n"))


def test_a_changed_key_parks_and_nothing_else_is_held_back() -> None:
    """An account number that somebody changed is shown to a person; the other fields still flow."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, accountnumber="US-999", name="Other")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("key-changed",)
        customer = rig.erp()
        assert customer is not None
        assert customer["OrganizationName"] == "Other"
        (row,) = [read_trouble(stored) for stored in rig.rows(PARKED)]
        assert "US-999" in row.items[0]["message"]

    on_stage(story)


def test_a_changed_key_may_be_put_back(tmp_path: Path) -> None:
    """With `key_change: put_back` the account gets its number again."""
    maps = maps_with(tmp_path, "policy: {key_change: put_back}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, accountnumber="US-999")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.dataverse() is not None

    on_stage(story, maps)


@pytest.mark.parametrize("policy", ["park", "rename"])
def test_a_customer_that_was_renamed_is_not_deleted(tmp_path: Path, policy: str) -> None:
    """The same party under another number is the same customer: it parks, or the coupling follows the new number."""
    maps = maps_with(tmp_path, f"policy: {{key_change: {policy}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        rig.world.finops.rename("CustomersV3", key, {"dataAreaId": "usmf", "CustomerAccount": "US-777"})
        outcome = await rig.visit(DATAVERSE, (row_id,))
        assert rig.world.dataverse.row("accounts", row_id) is not None
        if policy == "park":
            assert outcome.codes == ("renamed",)
        else:
            assert rig.couplings()[0].erp == ("usmf", "US-777")
            assert rig.dataverse("US-777") is not None

    on_stage(story, maps)


def test_a_row_that_was_merged_into_another_is_shown_with_its_survivor() -> None:
    """Dataverse keeps the loser of a merge as an inactive row: it is not synced, and says which one is meant now."""

    async def story(rig: Rig) -> None:
        loser = await coupled(rig)
        winner = rig.account("US-002")
        rig.world.dataverse.merge("accounts", winner, loser)
        assert (await rig.visit(DATAVERSE, (loser,))).codes == ("merged",)
        (row,) = [read_trouble(stored) for stored in rig.rows(PARKED)]
        assert "merged into 'US-002 Contoso'" in row.items[0]["message"]

    on_stage(story)


def test_deletes_beyond_the_budget_are_held() -> None:
    """Fifty deletes an hour are carried over; one more, and a person is asked. Everything else goes on."""

    async def story(rig: Rig) -> None:
        for number in range(4):
            await rig.visit(ERP, rig.customer(f"US-{number}"))
        rig.house.deletes = 2
        for number in range(4):
            delete_erp(rig, f"US-{number}")
        rig.customer("US-9")
        await rig.compare()
        assert len([row for row in rig.world.dataverse.rows("accounts") if row["accountnumber"] != "US-9"]) == 2
        assert rig.dataverse("US-9") is not None
        assert rig.counts()["parked"] == 2

    on_stage(story)


def test_a_company_that_suddenly_reads_empty_stops_the_flow() -> None:
    """A source that shows nothing where there was a lot is broken; nothing is deleted because of it."""

    async def story(rig: Rig) -> None:
        for number in range(12):
            await rig.visit(ERP, rig.customer(f"US-{number:02}"))
        for number in range(12):
            delete_erp(rig, f"US-{number:02}")
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert len(list(rig.world.dataverse.rows("accounts"))) == 12

    on_stage(story)


def test_records_that_are_missing_without_an_event_are_found_by_the_compare_pass() -> None:
    """A delete whose event was lost is found because the pass does not meet the record any more."""

    async def story(rig: Rig) -> None:
        for number in range(12):
            await rig.visit(ERP, rig.customer(f"US-{number:02}"))
        delete_erp(rig, "US-03")
        row = rig.dataverse("US-07")
        assert row is not None
        rig.world.dataverse.delete("accounts", str(row["accountid"]))
        await rig.compare()
        assert (rig.dataverse("US-03"), rig.erp("US-07")) == (None, None)
        assert len(list(rig.world.dataverse.rows("accounts"))) == 10

    on_stage(story)


def test_a_paused_flow_keeps_its_hints_and_catches_up() -> None:
    """While a flow is paused nothing is written; what was hinted at is done when it resumes."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.change(row_id, name="Later")
        await rig.hint(DATAVERSE, (row_id,))
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Contoso", "Later")
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Later", "Later")

    on_stage(story)


def test_a_row_about_a_record_that_is_gone_goes_with_the_next_pass() -> None:
    """It was parked, and deleted before anybody could help it; no event told of that."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(**{"msdyn_customergroupid@odata.bind": None})
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.counts()["parked"] == 1
        rig.world.dataverse.delete("accounts", row_id)
        await rig.compare()
        assert rig.counts()["parked"] == 0

    on_stage(story)


@pytest.mark.parametrize("reborn", ["sync", "park"])
@pytest.mark.parametrize("heard", [True, False])
def test_a_customer_that_was_hidden_while_its_account_was_deleted_is_not_lost(
    tmp_path: Path, reborn: str, *, heard: bool
) -> None:
    """It is believed gone on both sides. Seen again, it gets an account, or a person is asked; never two of it."""
    maps = maps_with(tmp_path, f"policy: {{reborn: {reborn}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.customer("E-2")
        await rig.compare_and_note()
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == ACCOUNT
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.finops.behaviour.hidden_rows.clear()
        assert rig.erp() is not None
        if heard:
            await rig.visit(ERP, ("usmf", ACCOUNT))
        await rig.compare_and_note()
        found = [row for row in rig.world.dataverse.rows("accounts") if row["accountnumber"] == ACCOUNT]
        parked = [item["code"] for row in rig.rows(PARKED) for item in read_trouble(row).items]
        assert (len(found), parked) == ((1, []) if reborn == "sync" else (0, ["reborn"]))

    on_stage(story, maps)
