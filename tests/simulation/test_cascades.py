"""What hangs together when one of it is deleted: dependants go first, nothing is taken along unseen."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.engine import set_state
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
