"""What hangs together when one of it is deleted: dependants go first, nothing is taken along unseen."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.engine import TAKEN, clear, set_state, start_job, take_hint, uncouple, work_on
from shared.ledger import PARKED, read_trouble
from shared.mapping import entity
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, GROUPS, Rig, coupled, on_stage

CONTACTS: Final = "dual_write.cds_contacts_v2_customers"
DAYS: Final = "dual_write.payment_days"
DAY_LINES: Final = "dual_write.payment_day_lines"
LINE: Final = "5f1b7a30-0000-4000-8000-000000000001"


def codes(rig: Rig, name: str = CUSTOMERS) -> list[str]:
    return [str(item["code"]) for row in rig.rows(PARKED, name) for item in read_trouble(row).items]


def drop(rig: Rig, side: str, name: str, **key: str) -> None:
    """Somebody deletes a record by a request of its own."""
    if side == ERP:
        rig.world.finops.delete(name, {"dataAreaId": "usmf", **key})
        return
    (row,) = [row for row in rig.world.dataverse.rows(name) if all(row.get(each) == key[each] for each in key)]
    rig.world.dataverse.delete(name, str(row[entity(DATAVERSE, name).id]))


async def with_payer(rig: Rig) -> None:
    """US-002 is invoiced to US-001."""
    await coupled(rig)
    await coupled(rig, "US-002", InvoiceAccount=ACCOUNT)
    await rig.compare()
    assert rig.dataverse("US-002")["_msdyn_billingaccount_value"]  # type: ignore[index]


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_the_one_who_pays_goes_after_the_one_he_pays_for(side: str) -> None:
    async def story(rig: Rig) -> None:
        await with_payer(rig)
        for account in ("US-002", ACCOUNT):
            if side == ERP:
                drop(rig, ERP, "CustomersV3", CustomerAccount=account)
            else:
                drop(rig, DATAVERSE, "accounts", accountnumber=account)
        await rig.compare()
        assert (codes(rig), rig.accounts(), list(rig.world.finops.rows("CustomersV3"))) == ([], [], [])

    on_stage(story)


async def main_day(rig: Rig) -> None:
    for name in (DAYS, DAY_LINES):
        await set_state(rig.house, name, "running")
    rig.world.finops.create("PaymentDaysCds", {"dataAreaId": "usmf", "Name": "Monday", "Description": "Mondays"})
    rig.world.finops.create("PaymentDayLinesCds", {"dataAreaId": "usmf", "CdsIntegrationKey": LINE, "Name": "Monday",
                                                   "Frequency": "Week", "DayOfWeek": "Monday"})  # fmt: skip
    await rig.compare(DAYS, DAY_LINES)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_line_goes_before_what_it_is_a_line_of(side: str) -> None:
    async def story(rig: Rig) -> None:
        await main_day(rig)
        if side == ERP:
            drop(rig, ERP, "PaymentDayLinesCds", CdsIntegrationKey=LINE)
            drop(rig, ERP, "PaymentDaysCds", Name="Monday")
        else:
            drop(rig, DATAVERSE, "msdyn_paymentdaylines", msdyn_paymentdaylineid=LINE)
            drop(rig, DATAVERSE, "msdyn_paymentdays", msdyn_name="Monday")
        await rig.compare(DAYS, DAY_LINES)
        assert (codes(rig, DAYS), codes(rig, DAY_LINES)) == ([], [])
        names = ("msdyn_paymentdays", "msdyn_paymentdaylines")
        assert [list(rig.world.dataverse.rows(name)) for name in names] == [[], []]
        assert [list(rig.world.finops.rows(name)) for name in ("PaymentDaysCds", "PaymentDayLinesCds")] == [[], []]

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_group_goes_after_its_customers(side: str) -> None:
    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
        await rig.compare(GROUPS)
        await coupled(rig, CustomerGroupId="20")
        if side == ERP:
            drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
            drop(rig, ERP, "CustomerGroups", CustomerGroupId="20")
        else:
            drop(rig, DATAVERSE, "accounts", accountnumber=ACCOUNT)
            drop(rig, DATAVERSE, "msdyn_customergroups", msdyn_groupid="20")
        await rig.compare(GROUPS, CUSTOMERS)
        assert (codes(rig, GROUPS), codes(rig), rig.accounts()) == ([], [], [])
        assert "20" not in [row["CustomerGroupId"] for row in rig.world.finops.rows("CustomerGroups")]
        assert "20" not in [row["msdyn_groupid"] for row in rig.world.dataverse.rows("msdyn_customergroups")]

    on_stage(story)


# -- an account and its people


async def with_contact(rig: Rig) -> dict[str, Any]:
    """US-001 has a contact person on both sides; her row in the ERP."""
    await set_state(rig.house, CONTACTS, "running")
    await coupled(rig)
    rig.world.finops.create("CDSContactPersonsV2", {
        "dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
        "AssociatedContactNumber": ACCOUNT, "FirstName": "Ada", "LastName": "King"})  # fmt: skip
    await rig.compare(CONTACTS)
    (row,) = rig.world.finops.rows("CDSContactPersonsV2")
    assert [each.state for each in rig.couplings(CONTACTS)] == ["coupled"]
    return dict(row)


def people(rig: Rig) -> tuple[int, int]:
    return (len(list(rig.world.finops.rows("CDSContactPersonsV2"))), len(list(rig.world.dataverse.rows("contacts"))))


def test_an_account_goes_after_its_contact() -> None:
    async def story(rig: Rig) -> None:
        person = await with_contact(rig)
        key = {name: person[name] for name in rig.flow(CONTACTS).map.identity}
        rig.world.finops.delete("CDSContactPersonsV2", key)
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.compare(CUSTOMERS, CONTACTS)
        assert (codes(rig), codes(rig, CONTACTS), rig.accounts(), people(rig)) == ([], [], [], (0, 0))

    on_stage(story)


def test_what_hangs_on_an_account_is_not_taken_along() -> None:
    """Her customer is deleted in the ERP, and she is not: the account stays, and says who hangs on it."""

    async def story(rig: Rig) -> None:
        await with_contact(rig)
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.compare(CUSTOMERS, CONTACTS)
        assert (len(rig.accounts()), people(rig)[1], codes(rig)) == (1, 1, ["depends"])

    on_stage(story)


PERSONS: Final = "dual_write.customers_v3_contacts"


async def person_customer(rig: Rig, account_id: str) -> tuple[tuple[str, str], str]:
    """P-1 buys for herself, and somebody has put her under the account; her customer, and her contact's id."""
    await set_state(rig.house, PERSONS, "running")
    identity = rig.customer("P-1", PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
    await rig.compare(PERSONS)
    (contact,) = rig.world.dataverse.rows("contacts")
    row_id = str(contact["contactid"])
    rig.world.dataverse.update("contacts", row_id, {"parentcustomerid_account@odata.bind": f"/accounts({account_id})"})
    return identity, row_id


def test_a_customer_of_another_flow_that_hangs_on_an_account_keeps_it() -> None:
    """Her own contact would go along, and she with it."""

    async def story(rig: Rig) -> None:
        await person_customer(rig, await coupled(rig))
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        for _ in range(2):
            await rig.compare(CUSTOMERS, PERSONS)
        assert [row["CustomerAccount"] for row in rig.world.finops.rows("CustomersV3")] == ["P-1"]
        assert (len(rig.accounts()), codes(rig), codes(rig, PERSONS)) == (1, ["depends"], [])
        assert "Ada King" in read_trouble(rig.rows(PARKED)[0]).items[0]["message"]

    on_stage(story)


@pytest.mark.parametrize("what", ["edited", "added"])
@pytest.mark.parametrize("looked", ["pass", "event"])
def test_what_somebody_has_just_entered_under_an_account_is_not_lost(what: str, looked: str) -> None:
    """A contact that was edited, or that nobody has seen yet, keeps the account; the edit is carried over."""

    async def story(rig: Rig) -> None:
        await with_contact(rig)
        (contact,) = rig.world.dataverse.rows("contacts")
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        if what == "edited":
            rig.world.dataverse.update("contacts", str(contact["contactid"]), {"telephone1": "0123"})
        else:
            (account,) = rig.accounts()
            of_account = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
            rig.world.dataverse.create("contacts", {"firstname": "Grace", **of_account})
        if looked == "pass":
            await rig.compare(CUSTOMERS)
        else:
            await rig.hint(ERP, ("usmf", ACCOUNT), "delete")
            await rig.pump()
        phones = {row["telephone1"] for row in rig.world.dataverse.rows("contacts")}
        assert (codes(rig), len(rig.accounts()), "0123" in phones) == (["depends"], 1, what == "edited")
        if what == "edited":
            assert [row["PrimaryPhoneNumber"] for row in rig.world.finops.rows("CDSContactPersonsV2")] == ["0123"]

    on_stage(story)


def test_the_account_goes_by_itself_when_nothing_hangs_on_it_any_more() -> None:
    async def story(rig: Rig) -> None:
        await with_contact(rig)
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.compare(CUSTOMERS, CONTACTS)
        assert codes(rig) == ["depends"]
        (contact,) = rig.world.dataverse.rows("contacts")
        rig.world.dataverse.delete("contacts", str(contact["contactid"]))
        assert await take_hint(rig.house, CONTACTS, DATAVERSE, (str(contact["contactid"]),), "delete")
        await rig.pump()
        await rig.compare(CONTACTS, CUSTOMERS)
        assert (codes(rig), codes(rig, CONTACTS), rig.accounts(), people(rig)) == ([], [], [], (0, 0))

    on_stage(story)


def test_what_keeps_a_record_is_told_once() -> None:
    """A further pass over the same asks again, and writes nothing anywhere."""

    async def story(rig: Rig) -> None:
        await with_contact(rig)
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.compare(CUSTOMERS, CONTACTS)
        stand = [rig.rows(prefix, name) for name in (CUSTOMERS, CONTACTS) for prefix in ("d~", "p~", "w~", "j~", "h~")]
        writes = rig.writes()
        await rig.compare(CUSTOMERS, CONTACTS)
        after = [rig.rows(prefix, name) for name in (CUSTOMERS, CONTACTS) for prefix in ("d~", "p~", "w~", "j~", "h~")]
        assert (rig.writes(), after) == (writes, stand)

    on_stage(story)


def test_notes_and_other_tables_hold_nothing_back() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.dataverse.create(
            "annotations", {"subject": "call back", "objectid_account@odata.bind": f"/accounts({row_id})"}
        )
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.compare()
        assert (rig.accounts(), codes(rig)) == ([], [])

    on_stage(story)


@pytest.mark.parametrize(("contacts", "left"), [("running", 1), ("not running", 0)])
def test_what_cannot_be_seen_holds_back_where_a_flow_keeps_it(contacts: str, left: int) -> None:
    """The app may not read contacts. If a flow is at work on them, nobody can tell what would go along."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await set_state(rig.house, CONTACTS, contacts)  # type: ignore[arg-type] # a state of a flow
        rig.world.dataverse.behaviour.missing_privileges = {"prvReadcontact"}
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.compare()
        assert (len(rig.accounts()), codes(rig)) == (left, ["depends"] * left)
        if left:
            assert "cannot be seen" in read_trouble(rig.rows(PARKED)[0]).items[0]["message"]
            rig.world.dataverse.behaviour.missing_privileges = set()
            await rig.compare()
        assert (rig.accounts(), codes(rig)) == ([], [])

    on_stage(story)


def test_the_budget_of_another_flow_is_its_own() -> None:
    """Its record is held; the account stays with it, and both flows go on."""

    async def story(rig: Rig) -> None:
        person = await with_contact(rig)
        key = {name: person[name] for name in rig.flow(CONTACTS).map.identity}
        rig.world.finops.delete("CDSContactPersonsV2", key)
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        rig.house.deletes = 0
        await rig.hint(ERP, ("usmf", ACCOUNT), "delete")
        await rig.pump()
        assert (len(rig.accounts()), await rig.state(), await rig.state(CONTACTS)) == (1, "running", "running")
        assert {read_trouble(row).cause for name in (CUSTOMERS, CONTACTS) for row in rig.rows(PARKED, name)} == {
            "held:",
            "depends:",
        }

    on_stage(story)


# -- what went along with something else


async def account_deleted(rig: Rig) -> None:
    """A person deletes an account, and Dataverse its contact with it."""
    await with_contact(rig)
    drop(rig, DATAVERSE, "accounts", accountnumber=ACCOUNT)
    assert people(rig) == (1, 0)
    for _ in range(2):
        await rig.compare(CUSTOMERS, CONTACTS)


def test_what_went_along_is_one_group_that_the_parent_names() -> None:
    """Nobody decided about the contact person; neither she nor her customer is deleted in the ERP."""

    async def story(rig: Rig) -> None:
        await account_deleted(rig)
        assert (people(rig)[0], rig.erp() is not None) == (1, True)
        assert (codes(rig), codes(rig, CONTACTS)) == (["depends"], ["went-along"])
        assert "P-1" in read_trouble(rig.rows(PARKED)[0]).items[0]["message"]

    on_stage(story)


def test_one_confirmation_deletes_the_group() -> None:
    async def story(rig: Rig) -> None:
        await account_deleted(rig)
        await rig.visit(DATAVERSE, (rig.couplings()[0].dataverse,), source="retry")
        assert (people(rig), rig.erp(), codes(rig), codes(rig, CONTACTS)) == ((0, 0), None, [], [])

    on_stage(story)


def test_one_decision_creates_the_group_again() -> None:
    async def story(rig: Rig) -> None:
        await account_deleted(rig)
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        await clear(rig.flow(), ERP, ("usmf", ACCOUNT))
        await rig.pump()
        for _ in range(2):
            await rig.compare(CUSTOMERS, CONTACTS)
        assert (people(rig), len(rig.accounts()), codes(rig), codes(rig, CONTACTS)) == ((1, 1), 1, [], [])

    on_stage(story)


def test_a_request_of_its_own_is_a_decision() -> None:
    """Somebody deletes the contact, and then its account; the events of both come later."""

    async def story(rig: Rig) -> None:
        await with_contact(rig)
        (contact,) = rig.world.dataverse.rows("contacts")
        (account,) = rig.accounts()
        rig.world.dataverse.delete("contacts", str(contact["contactid"]))
        rig.world.dataverse.delete("accounts", account)
        for name, row_id in ((CUSTOMERS, account), (CONTACTS, str(contact["contactid"]))):
            assert await take_hint(rig.house, name, DATAVERSE, (row_id,), "delete")
        for _ in range(2):
            await rig.pump()
        assert (people(rig), rig.erp(), codes(rig), codes(rig, CONTACTS)) == ((0, 0), None, [], [])

    on_stage(story)


def test_an_event_that_says_so_is_enough_where_no_lookup_tells() -> None:
    """Nothing in the ERP says that P-1's contact hung on the account."""

    async def story(rig: Rig) -> None:
        identity, row_id = await person_customer(rig, await coupled(rig))
        drop(rig, DATAVERSE, "accounts", accountnumber=ACCOUNT)
        assert await take_hint(rig.house, PERSONS, DATAVERSE, (row_id,), TAKEN)
        await rig.pump()
        for _ in range(2):
            await rig.compare(PERSONS)
        assert (codes(rig, PERSONS), rig.erp(identity[1]) is not None) == (["went-along"], True)

    on_stage(story)


@pytest.mark.parametrize("lost", [True, False])
def test_without_an_event_what_may_have_gone_along_is_a_persons_to_say(lost: bool) -> None:
    """P-1's contact is gone, and no event came. If an account went, too, it may have taken her along."""

    async def story(rig: Rig) -> None:
        identity, row_id = await person_customer(rig, await coupled(rig))
        if lost:
            drop(rig, DATAVERSE, "accounts", accountnumber=ACCOUNT)
        else:
            rig.world.dataverse.delete("contacts", row_id)
        for _ in range(2):
            await rig.compare(CUSTOMERS, PERSONS)
        assert codes(rig, PERSONS) == (["went-along"] if lost else [])
        assert (rig.erp(identity[1]) is not None) == lost

    on_stage(story)


# -- circles, bulk events, refusals


@pytest.mark.parametrize("looked", ["pass", "events", "visit"])
def test_who_pay_for_each_other_go_together(looked: str) -> None:
    """Both are deleted in the ERP. The first account that goes empties the reference of the second: that is no edit."""

    async def story(rig: Rig) -> None:
        await with_payer(rig)
        rig.edit(ACCOUNT, InvoiceAccount="US-002")
        await rig.compare()
        for account in (ACCOUNT, "US-002"):
            rig.edit(account, InvoiceAccount=account)
        for account in (ACCOUNT, "US-002"):
            drop(rig, ERP, "CustomersV3", CustomerAccount=account)
        if looked == "pass":
            await rig.compare()
        elif looked == "events":
            for account in (ACCOUNT, "US-002"):
                await rig.hint(ERP, ("usmf", account), "delete")
            await rig.pump()
        else:
            for account in (ACCOUNT, "US-002"):
                await rig.visit(ERP, ("usmf", account))
        assert (codes(rig), rig.accounts()) == ([], [])

    on_stage(story)


@pytest.mark.parametrize("parents_first", [True, False])
def test_bulk_events_tell_in_any_order(parents_first: bool) -> None:
    async def story(rig: Rig) -> None:
        ids = [("US-002", await coupled(rig, "US-002")), (ACCOUNT, await coupled(rig))]
        rig.edit("US-002", InvoiceAccount=ACCOUNT)
        await rig.compare()
        for _, row_id in ids:
            rig.world.dataverse.delete("accounts", row_id)
        for _, row_id in ids[::-1] if parents_first else ids:
            await rig.hint(DATAVERSE, (row_id,), "delete")
        await rig.pump()
        assert (codes(rig), list(rig.world.finops.rows("CustomersV3"))) == ([], [])

    on_stage(story)


def test_what_moved_away_before_its_parent_was_deleted_moves_first() -> None:
    """US-002 pays by itself from now on, and US-001 is deleted: no event tells of either."""

    async def story(rig: Rig) -> None:
        await with_payer(rig)
        rig.edit("US-002", InvoiceAccount="US-002")
        drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        other = rig.dataverse("US-002")
        assert other is not None
        assert (other["_msdyn_billingaccount_value"], codes(rig)) == (other["accountid"], [])
        assert rig.dataverse() is None

    on_stage(story)


def test_a_refused_delete_is_tried_again_the_next_night() -> None:
    """What stood in the way was not ours to see; now it is gone, and nothing says so."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await coupled(rig, "US-002", InvoiceAccount=ACCOUNT)
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == "US-002"
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.finops.behaviour.hidden_rows.clear()
        assert "cannot be deleted" in read_trouble(rig.rows(PARKED)[0]).items[0]["message"]
        rig.edit("US-002", InvoiceAccount="US-002")
        await rig.compare()
        assert rig.erp() is not None
        rig.world.loop.pass_time(86_400)
        await rig.compare()
        assert (rig.erp(), codes(rig)) == (None, [])

    on_stage(story)


def test_a_dry_run_says_the_same() -> None:
    async def story(rig: Rig) -> None:
        await with_payer(rig)
        for account in ("US-002", ACCOUNT):
            drop(rig, ERP, "CustomersV3", CustomerAccount=account)
        started = await start_job(rig.house, "plan", (CUSTOMERS,))
        while started["state"] == "running":
            started = await work_on(rig.house, started["id"], lambda: False)
        planned = started["tallies"][CUSTOMERS]["counts"]
        done = await rig.compare()
        assert (planned["deleted dataverse"], planned.get("parked", 0)) == (2, 0)
        assert (done.counts["deleted dataverse"], done.counts["parked"]) == (2, 0)

    on_stage(story)
