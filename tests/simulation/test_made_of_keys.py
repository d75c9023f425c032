"""Keys that are made of another record's key: a contact person, or a line, that goes on under another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import couple, explain, set_state, uncouple
from shared.errors import Refused
from shared.ledger import PARKED, erp_end, read_trouble
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_owners import look
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import overlaid

CONTACTS: Final = "dual_write.cds_contacts_v2_customers"
VENDOR_CONTACTS: Final = "dual_write.cds_contacts_v2"
SCHEDULES: Final = "dual_write.payment_schedules"
SCHEDULE_LINES: Final = "dual_write.payment_schedule_lines"
OTHER: Final = "US-002"
NEW: Final = "US-777"


def following(folder: Path, *flows: str) -> Catalogue:
    """The shipped maps, of which these flows follow renames."""
    shipped, overlays = shipped_maps(), dict[str, list[Path]]()
    for name in flows:
        path = folder / f"{name}.yaml"
        path.write_text(f"extends: {name.partition('.')[2]}\npolicy: {{key_change: rename}}\n", "utf-8")
        overlays[name] = [path]
    return overlaid(shipped, overlays)


def customer_key(account: str) -> dict[str, str]:
    return {"dataAreaId": "usmf", "CustomerAccount": account}


def person_key(account: str) -> dict[str, str]:
    return {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
            "AssociatedContactNumber": account}  # fmt: skip


def person(rig: Rig, account: str, **values: str) -> dict[str, str]:
    """Ada, entered in the ERP as a contact person of a customer; her key."""
    key = person_key(account)
    rig.world.finops.create("CDSContactPersonsV2", {**key, "FirstName": "Ada", "LastName": "King", **values})
    return key


def re_assign(rig: Rig, old: str, new: str) -> None:
    rig.world.finops.rename("CDSContactPersonsV2", person_key(old), {"AssociatedContactNumber": new})


async def of_two(rig: Rig) -> str:
    """Two customers, and Ada works for the first, all in sync; the id of her contact."""
    await set_state(rig.house, CONTACTS, "running")
    for account in (ACCOUNT, OTHER):
        await coupled(rig, account)
    person(rig, ACCOUNT)
    await rig.compare(CONTACTS)
    (contact,) = rig.world.dataverse.rows("contacts")
    return str(contact["contactid"])


async def everything(rig: Rig, times: int = 2) -> None:
    for _ in range(times):
        await rig.compare(CUSTOMERS, CONTACTS)
        await rig.pump()


def contacts(rig: Rig) -> dict[str, Mapping[str, Any]]:
    return {str(row["contactid"]): row for row in rig.world.dataverse.rows("contacts")}


def said(rig: Rig, name: str = CONTACTS) -> list[str]:
    return [str(item["code"]) for row in rig.rows(PARKED, name) for item in read_trouble(row).items]


def works_for(rig: Rig, row_id: str) -> str:
    """The number of the account that a contact is under."""
    account = rig.world.dataverse.row("accounts", str(contacts(rig)[row_id]["_parentcustomerid_value"]))
    return str(account["accountnumber"]) if account else ""


def move(rig: Rig, row_id: str, account: str | None) -> None:
    """Somebody moves a contact to another account in Dataverse, with a new address for mail."""
    found = rig.dataverse(account) if account else None
    bound = f"/accounts({found['accountid']})" if found else None
    values = {"parentcustomerid_account@odata.bind": bound, "emailaddress1": "ada@new.com"}
    rig.world.dataverse.update("contacts", row_id, values)


# -- in the ERP


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("follows", [(CUSTOMERS,), (CUSTOMERS, CONTACTS)])
def test_the_people_of_a_renumbered_customer_are_followed(tmp_path: Path, follows: tuple[str, ...], heard: str) -> None:
    """They are of the same customer as before, whatever their own policy: nothing about them has changed."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        rig.world.finops.rename("CustomersV3", customer_key(ACCOUNT), customer_key(NEW))
        if heard == "event":
            await look(rig, CUSTOMERS, ERP, tuple(customer_key(NEW).values()))
            await rig.pump()
            await look(rig, CONTACTS, ERP, tuple(person_key(NEW).values()))
            assert said(rig) == ["renamed"]
            await rig.pump()
            assert said(rig) == []
        await everything(rig)
        assert (list(contacts(rig)), said(rig), works_for(rig, row_id)) == ([row_id], [], NEW)
        rig.world.finops.update("CDSContactPersonsV2", person_key(NEW), {"Notes": "remark"})
        await everything(rig, 1)
        assert contacts(rig)[row_id]["description"] == "remark"

    on_stage(story, following(tmp_path, *follows))


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("what", ["renumbered", "re-assigned"])
def test_a_contact_person_under_another_number_is_parked_where_renames_are_not_followed(what: str, heard: str) -> None:
    """She is neither deleted nor made anew; coupled by hand she goes on, and what was agreed still holds."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        now = NEW if what == "renumbered" else OTHER
        if what == "renumbered":
            rig.world.finops.rename("CustomersV3", customer_key(ACCOUNT), customer_key(NEW))
        else:
            re_assign(rig, ACCOUNT, OTHER)
        if heard == "event":
            await look(rig, CONTACTS, ERP, tuple(person_key(now).values()))
        for _ in range(2):
            await everything(rig, 1)
            assert (list(contacts(rig)), set(said(rig))) == ([row_id], {"renamed"})
        if what == "renumbered":
            row = rig.dataverse(ACCOUNT)
            assert row is not None
            await couple(rig.flow(), ("usmf", NEW), str(row["accountid"]))
            await everything(rig)
        else:
            await couple(rig.flow(CONTACTS), tuple(person_key(OTHER).values()), row_id)
        assert (list(contacts(rig)), said(rig), works_for(rig, row_id)) == ([row_id], [], now)

    on_stage(story)


def test_a_contact_person_who_was_re_assigned_is_followed(tmp_path: Path) -> None:
    """Her contact stays the same row, and is under the other account by now."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        re_assign(rig, ACCOUNT, OTHER)
        await everything(rig)
        assert (list(contacts(rig)), said(rig), works_for(rig, row_id)) == ([row_id], [], OTHER)

    on_stage(story, following(tmp_path, CONTACTS))


def test_a_person_of_two_customers_who_leaves_one_of_them_is_deleted_there(tmp_path: Path) -> None:
    """Her other association is a record of its own, and was one before."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        person(rig, OTHER)
        await everything(rig)
        assert len(contacts(rig)) == 2
        rig.world.finops.delete("CDSContactPersonsV2", person_key(ACCOUNT))
        await everything(rig)
        assert (len(contacts(rig)), row_id in contacts(rig), said(rig)) == (1, False, [])

    on_stage(story, following(tmp_path, CONTACTS))


def test_nobody_guesses_which_of_two_associations_was_re_assigned(tmp_path: Path) -> None:
    """She worked for two customers, and works for a third: either of her contacts may be hers by now."""

    async def story(rig: Rig) -> None:
        await of_two(rig)
        person(rig, OTHER)
        await coupled(rig, "US-003")
        await everything(rig)
        before = list(contacts(rig))
        re_assign(rig, ACCOUNT, "US-003")
        rig.world.finops.delete("CDSContactPersonsV2", person_key(OTHER))
        await everything(rig)
        assert (list(contacts(rig)), set(said(rig))) == (before, {"renamed"})

    on_stage(story, following(tmp_path, CONTACTS))


def test_a_contact_person_who_is_only_deleted_is_deleted() -> None:
    """A contact person of a vendor with the same party is another record."""

    async def story(rig: Rig) -> None:
        await of_two(rig)
        vendor = {"dataAreaId": "usmf", "VendorAccountNumber": "V-1", "VendorOrganizationName": "Vendor"}
        rig.world.finops.create("VendorsV2", vendor)
        rig.world.finops.create("CDSContactPersonsV2", {
            **person_key("V-1"), "AssociatedContactType": "Vendor", "FirstName": "Ada"})  # fmt: skip
        rig.world.finops.delete("CDSContactPersonsV2", person_key(ACCOUNT))
        await everything(rig)
        assert (contacts(rig), said(rig)) == ({}, [])

    on_stage(story)


@pytest.mark.parametrize("renumbered_there", [True, False])
def test_the_people_of_a_renumbered_vendor_keep_their_contacts(renumbered_there: bool) -> None:
    """Vendors have no flow: where their row in Dataverse has the new number, too, nothing is left to ask."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, VENDOR_CONTACTS, "running")
        old, new = ({"dataAreaId": "usmf", "VendorAccountNumber": number} for number in ("V-1", "V-2"))
        rig.world.finops.create("VendorsV2", {**old, "VendorOrganizationName": "Vendor"})
        vendor = rig.world.dataverse.create(
            "msdyn_vendors",
            {
                "msdyn_vendoraccountnumber": "V-1",
                "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})",
            },
        )
        person(rig, "V-1", AssociatedContactType="Vendor")
        await rig.compare(VENDOR_CONTACTS)
        before = list(contacts(rig))
        rig.world.finops.rename("VendorsV2", old, new)
        if renumbered_there:
            rig.world.dataverse.update("msdyn_vendors", vendor, {"msdyn_vendoraccountnumber": "V-2"})
        for _ in range(2):
            await rig.compare(VENDOR_CONTACTS)
        expected = set[str]() if renumbered_there else {"renamed"}
        assert (len(before), list(contacts(rig)), set(said(rig, VENDOR_CONTACTS))) == (1, before, expected)

    on_stage(story)


async def with_lines(rig: Rig) -> list[str]:
    """A payment schedule with two lines, in sync; the ids of the lines."""
    for name in (SCHEDULES, SCHEDULE_LINES):
        await set_state(rig.house, name, "running")
    rig.world.finops.create("PaymentSchedules", {"dataAreaId": "usmf", "Name": "Two", "Description": "Two parts"})
    for number in (1, 2):
        rig.world.finops.create("PaymentScheduleLines", {
            "dataAreaId": "usmf", "PaymentScheduleName": "Two", "LineNumber": number})  # fmt: skip
    await rig.compare(SCHEDULES, SCHEDULE_LINES)
    return [str(row["msdyn_paymentschedulelineid"]) for row in rig.world.dataverse.rows("msdyn_paymentschedulelines")]


def test_the_lines_of_a_renamed_schedule_are_followed() -> None:
    """The schedule is coupled under its new name: its lines are the same lines."""

    async def story(rig: Rig) -> None:
        before = await with_lines(rig)
        old, new = ({"dataAreaId": "usmf", "Name": name} for name in ("Two", "Halves"))
        rig.world.finops.rename("PaymentSchedules", old, new)
        (row,) = rig.world.dataverse.rows("msdyn_paymentschedules")
        await couple(rig.flow(SCHEDULES), ("usmf", "Halves"), str(row["msdyn_paymentscheduleid"]))
        for _ in range(2):
            await rig.compare(SCHEDULE_LINES)
        rows = list(rig.world.dataverse.rows("msdyn_paymentschedulelines"))
        assert [str(row["msdyn_paymentschedulelineid"]) for row in rows] == before
        assert ({row["msdyn_name"] for row in rows}, said(rig, SCHEDULE_LINES)) == ({"Halves"}, [])

    on_stage(story)


# -- in Dataverse


@pytest.mark.parametrize("to", [OTHER, None])
@pytest.mark.parametrize("policy", ["park", "rename"])
def test_a_contact_that_moved_does_not_write_into_whom_it_was(tmp_path: Path, to: str | None, policy: str) -> None:
    """Its new employer's mail is none of the old customer's contact person: all of it waits for a person."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        move(rig, row_id, to)
        assert "cannot be" in (await explain(rig.flow(CONTACTS), DATAVERSE, (row_id,)))["why"]
        for _ in range(2):
            await everything(rig, 1)
            (ada,) = rig.world.finops.rows("CDSContactPersonsV2")
            assert (ada["PrimaryEmailAddress"], said(rig)) == ("", ["moved"])
        rig.world.finops.update("CDSContactPersonsV2", person_key(ACCOUNT), {"Notes": "of the old one"})
        await everything(rig, 1)
        assert contacts(rig)[row_id]["description"] is None
        move(rig, row_id, ACCOUNT)
        await everything(rig, 1)
        (ada,) = rig.world.finops.rows("CDSContactPersonsV2")
        assert (ada["PrimaryEmailAddress"], said(rig)) == ("ada@new.com", [])

    on_stage(story, following(tmp_path, CONTACTS) if policy == "rename" else None)


def test_a_contact_that_moved_is_coupled_by_hand_with_the_new_association() -> None:
    """One step: it is the contact person of the other customer by now, and the old one is left alone."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        move(rig, row_id, OTHER)
        await everything(rig, 1)
        ada = tuple(person(rig, OTHER).values())
        await everything(rig, 1)
        await couple(rig.flow(CONTACTS), ada, row_id)
        await everything(rig)
        mails = {row["AssociatedContactNumber"]: row["PrimaryEmailAddress"]
                 for row in rig.world.finops.rows("CDSContactPersonsV2")}  # fmt: skip
        assert (mails, list(contacts(rig)), said(rig)) == ({ACCOUNT: "", OTHER: "ada@new.com"}, [row_id], [])
        old = await rig.flow(CONTACTS).ledger.coupling(erp_end(tuple(person_key(ACCOUNT).values())))
        assert old is not None
        assert old.state == "uncoupled"

    on_stage(story)


def test_a_contact_that_has_not_moved_is_not_coupled_with_another_association() -> None:
    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        with pytest.raises(Refused, match="another partner"):
            await couple(rig.flow(CONTACTS), tuple(person(rig, OTHER).values()), row_id)

    on_stage(story)


def test_who_moved_on_both_sides_is_followed() -> None:
    """The ERP and Dataverse say the same about her: there is nothing left to decide."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        re_assign(rig, ACCOUNT, OTHER)
        move(rig, row_id, OTHER)
        await everything(rig)
        (ada,) = rig.world.finops.rows("CDSContactPersonsV2")
        assert (ada["PrimaryEmailAddress"], said(rig), list(contacts(rig))) == ("ada@new.com", [], [row_id])

    on_stage(story)


def test_a_contact_whose_customer_was_merged_away_has_moved() -> None:
    """The platform moves her to the winner by itself. In the ERP she stays where she is, until a person decides."""

    async def story(rig: Rig) -> None:
        row_id = await of_two(rig)
        ids = {row["accountnumber"]: str(row["accountid"]) for row in rig.world.dataverse.rows("accounts")}
        rig.world.dataverse.merge("accounts", ids[OTHER], ids[ACCOUNT])
        assert contacts(rig)[row_id]["_parentcustomerid_value"] == ids[OTHER]
        for _ in range(2):
            await everything(rig, 1)
            (ada,) = rig.world.finops.rows("CDSContactPersonsV2")
            assert (ada["AssociatedContactNumber"], said(rig), said(rig, CUSTOMERS)) == (ACCOUNT, ["moved"], ["merged"])

    on_stage(story)


# -- what it is made of is gone, too


async def rename_schedule(rig: Rig, name: str = "Halves") -> None:
    rig.world.finops.rename("PaymentSchedules", *({"dataAreaId": "usmf", "Name": each} for each in ("Two", name)))


def line_ids(rig: Rig) -> list[str]:
    return [str(row["msdyn_paymentschedulelineid"]) for row in rig.world.dataverse.rows("msdyn_paymentschedulelines")]


@pytest.mark.parametrize("out", ["couple", "uncouple"])
def test_the_lines_of_a_schedule_whose_rename_is_parked_wait_with_it(out: str) -> None:
    """Nobody knows yet what their keys are by now: they are not deleted, and go on with the schedule."""

    async def story(rig: Rig) -> None:
        before = await with_lines(rig)
        await rename_schedule(rig)
        for _ in range(2):
            await rig.compare(SCHEDULES, SCHEDULE_LINES)
            assert (line_ids(rig), said(rig, SCHEDULE_LINES)[:2]) == (before, ["undecided"] * 2)
        (row,) = rig.world.dataverse.rows("msdyn_paymentschedules")
        if out == "couple":
            await couple(rig.flow(SCHEDULES), ("usmf", "Halves"), str(row["msdyn_paymentscheduleid"]))
        else:
            for row_id in before:
                await uncouple(rig.flow(SCHEDULE_LINES), DATAVERSE, (row_id,))
        for _ in range(2):
            await rig.compare(SCHEDULES, SCHEDULE_LINES)
        assert ("undecided" in said(rig, SCHEDULE_LINES), line_ids(rig)) == (False, before)

    on_stage(story)


def test_lines_that_name_their_schedule_by_its_coupling_wait_with_it_too(tmp_path: Path) -> None:
    """Whichever way a lookup is resolved, a key that is made of it goes with what it names."""
    overlay = tmp_path / "lines.yaml"
    line = f"PaymentScheduleName = msdyn_paymentschedule via {SCHEDULES}"
    overlay.write_text(f"extends: payment_schedule_lines\nfields: |\n  {line}\n", "utf-8")

    async def story(rig: Rig) -> None:
        before = await with_lines(rig)
        await rename_schedule(rig)
        await rig.compare(SCHEDULES, SCHEDULE_LINES)
        assert (line_ids(rig), said(rig, SCHEDULE_LINES)[:2]) == (before, ["undecided"] * 2)

    on_stage(story, maps=overlaid(shipped_maps(), {SCHEDULE_LINES: [overlay]}))


@pytest.mark.parametrize("first", [SCHEDULES, SCHEDULE_LINES])
def test_a_schedule_that_is_deleted_with_its_lines_goes_with_them(first: str) -> None:
    """Whichever of them is looked at first."""

    async def story(rig: Rig) -> None:
        await with_lines(rig)
        for number in (1, 2):
            key = {"dataAreaId": "usmf", "PaymentScheduleName": "Two", "LineNumber": number}
            rig.world.finops.delete("PaymentScheduleLines", key)
        rig.world.finops.delete("PaymentSchedules", {"dataAreaId": "usmf", "Name": "Two"})
        await rig.compare(first)
        await rig.compare(SCHEDULES, SCHEDULE_LINES)
        assert (line_ids(rig), said(rig, SCHEDULES), said(rig, SCHEDULE_LINES)) == ([], [], [])
        assert list(rig.world.dataverse.rows("msdyn_paymentschedules")) == []

    on_stage(story)
