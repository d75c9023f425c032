"""What a person types is no proof of which record is meant: a Dataverse user who may only edit his own rows."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.engine import Outcome, Wake, set_state, visit
from shared.ledger import PARKED, WAITING, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, TERMS, Rig, coupled, on_stage

BUYERS: Final = "dual_write.customers_v3_contacts"
PERSONS: Final = "dual_write.cds_contacts_v2_customers"
VICTIM: Final = "P-1"


def somebody(rig: Rig) -> None:
    """A person customer in the ERP whom the user of Dataverse cannot see."""
    rig.customer(VICTIM, PartyType="Person", PersonFirstName="Ada", PersonLastName="King", OrganizationName="")


def prospect(rig: Rig, **values: Any) -> str:
    """An account of the user's own that carries the number of that person."""
    return rig.account(VICTIM, customertypecode=None, **values)


def said(rig: Rig, flow: str, kind: str = WAITING) -> list[str]:
    return [str(item["message"]) for row in rig.rows(kind, flow) for item in read_trouble(row).items]


@pytest.mark.parametrize("keeper", ["running", "paused"])
def test_a_number_that_a_user_types_bills_nobody_else(keeper: str) -> None:
    """A prospect with another customer's number, named as billing account, means nobody until it is coupled."""

    async def story(rig: Rig) -> None:
        somebody(rig)
        await set_state(rig.house, BUYERS, "running" if keeper == "running" else "paused")
        row_id = await coupled(rig)
        rig.change(row_id, **{"msdyn_billingaccount_account@odata.bind": f"/accounts({prospect(rig)})"})
        await rig.visit(DATAVERSE, (row_id,))
        await rig.compare()
        customer = rig.erp()
        assert customer is not None
        assert customer["InvoiceAccount"] in ("", ACCOUNT)
        assert any(
            "not coupled under that number: see dual_write.customers_v3_accounts" in each for each in said(rig, TO)
        )

    on_stage(story)


TO: Final = "dual_write.customers_v3_accounts"


async def look(rig: Rig, identity: tuple[str, ...]) -> Outcome:
    """A visit to a contact person that somebody has entered in the ERP."""
    flow = rig.flow(PERSONS)
    return await visit(flow, Wake(ERP, identity, await flow.ledger.store_hint(ERP, identity, "event")))


def contact_of(rig: Rig, customer: str) -> tuple[str, ...]:
    row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-77", "AssociatedContactType": "Customer",
           "AssociatedContactNumber": customer, "FirstName": "Ida", "LastName": "Lov"}  # fmt: skip
    rig.world.finops.create("CDSContactPersonsV2", row)
    return "usmf", "P-77", "Customer", customer


@pytest.mark.parametrize("keeper", ["running", "paused", "not running"])
def test_contact_persons_do_not_arrive_under_a_prospect_of_the_users_own(keeper: Any) -> None:
    """Whose contact persons they are is said by a coupling, also where the flow of customers is yet to be run."""

    async def story(rig: Rig) -> None:
        somebody(rig)
        prospect(rig)
        await set_state(rig.house, TO, keeper)
        await set_state(rig.house, PERSONS, "running")
        assert (await look(rig, contact_of(rig, VICTIM))).kind == "waiting"
        assert not list(rig.world.dataverse.rows("contacts"))
        (why,) = said(rig, PERSONS)
        assert TO in why
        assert ("run" in why) == (keeper == "not running")

    on_stage(story)


@pytest.mark.parametrize("number", [ACCOUNT, VICTIM])
def test_a_contact_of_a_prospect_is_nobodys_contact_person(number: str) -> None:
    """From Dataverse's side, too: a contact under an account that is not coupled creates nothing."""

    async def story(rig: Rig) -> None:
        somebody(rig)
        rig.customer()
        account = rig.account(number, customertypecode=None)
        await set_state(rig.house, PERSONS, "running")
        row = {"firstname": "Eve", "lastname": "Own",
               "msdyn_contactforvendor": False, "msdyn_sellable": False,
               "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})",
               "parentcustomerid_account@odata.bind": f"/accounts({account})"}  # fmt: skip
        row_id = rig.world.dataverse.create("contacts", row)
        flow = rig.flow(PERSONS)
        hint = await flow.ledger.store_hint(DATAVERSE, (row_id,), "event")
        assert (await visit(flow, Wake(DATAVERSE, (row_id,), hint))).kind == "waiting"
        assert not list(rig.world.finops.rows("CDSContactPersonsV2"))

    on_stage(story)


@pytest.mark.parametrize(
    ("keeper", "kind"), [("running", "waiting"), ("paused", "waiting"), ("not running", "created")]
)
def test_a_code_table_is_looked_up_by_its_key_where_no_flow_keeps_it(keeper: Any, kind: str) -> None:
    """Terms are codes, and nobody's data: as long as no flow keeps them equal their names are all that there is."""

    async def story(rig: Rig) -> None:
        mark = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        rig.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": "Net60", **mark})
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net60", "Description": "60 days"})
        await set_state(rig.house, TERMS, keeper)
        assert (await rig.visit(ERP, rig.customer(PaymentTerms="Net60"))).kind == kind
        assert not rig.rows(PARKED)

    on_stage(story)


def test_a_code_that_the_erp_does_not_have_is_not_sent() -> None:
    """A term that somebody entered in Dataverse while no flow keeps them: the account waits for it."""

    async def story(rig: Rig) -> None:
        mark = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        term = rig.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": "Net99", **mark})
        await set_state(rig.house, TERMS, "not running")
        row_id = rig.account(**{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({term})"})
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "waiting"
        assert rig.erp() is None

    on_stage(story)
