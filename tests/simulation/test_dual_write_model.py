"""The model of the customer master: who is a customer, who is a contact, who numbers whom, and what is filled later."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest

from shared.engine import Outcome, Wake, explain, set_state, visit
from shared.ledger import read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, at_first, on_stage
from tests.simulation.test_refusals import plug_in
from tests.unit.maps.shipped import catalogue

CONSUMERS: Final = "dual_write.customers_v3_contacts"
OF_CUSTOMERS: Final = "dual_write.cds_contacts_v2_customers"
OF_VENDORS: Final = "dual_write.cds_contacts_v2"
CONTACTS: Final = (CONSUMERS, OF_CUSTOMERS, OF_VENDORS)


async def look(rig: Rig, name: str, side: Side, identity: tuple[str, ...]) -> Outcome:
    """One flow hears of a record."""
    flow = rig.flow(name)
    return await visit(flow, Wake(side, identity, await flow.ledger.store_hint(side, identity, "event")))


async def everybody_looks(rig: Rig, row_id: str) -> None:
    """Every flow of contacts hears of a contact, and whatever waits gets its turn."""
    for name in CONTACTS:
        await look(rig, name, DATAVERSE, (row_id,))
    for _ in range(2):
        await rig.pump()


async def a_while_later(rig: Rig) -> None:
    """Whatever waits has been looked at again."""
    await asyncio.sleep(120)
    await rig.pump()


async def opened(rig: Rig) -> tuple[str, str]:
    """The flows of contacts run, and there are an account and a vendor to be a contact of; their ids."""
    for name in CONTACTS:
        await set_state(rig.house, name, "running")
    await look(rig, CUSTOMERS, ERP, rig.customer())
    account = rig.dataverse()
    assert account is not None
    rig.world.finops.create("VendorsV2", {"dataAreaId": "usmf", "VendorAccountNumber": "V-1"})
    vendor = {"msdyn_vendoraccountnumber": "V-1", **in_company(rig)}
    return str(account["accountid"]), rig.world.dataverse.create("msdyn_vendors", vendor)


def in_company(rig: Rig) -> dict[str, Any]:
    return {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}


def person(rig: Rig, account: str, **values: Any) -> str:
    """A contact person of a customer, whom somebody enters in Dataverse; its id."""
    row = {"firstname": "Ada", "lastname": "King", **in_company(rig)}
    row["parentcustomerid_account@odata.bind"] = f"/accounts({account})"
    return rig.world.dataverse.create("contacts", {**row, **values})


def vendors_person(rig: Rig, vendor: str, **values: Any) -> str:
    """The same for a vendor."""
    row = {"firstname": "Ada", "lastname": "King", "msdyn_contactforvendor": True}
    row["msdyn_vendorcontactid@odata.bind"] = f"/msdyn_vendors({vendor})"
    return rig.world.dataverse.create("contacts", {**row, **in_company(rig), **values})


def becomes_sellable(rig: Rig, row_id: str, **values: Any) -> None:
    """The contact takes part in a quote or an order."""
    group = next(iter(rig.world.dataverse.rows("msdyn_customergroups")))
    bound = f"/msdyn_customergroups({group['msdyn_customergroupid']})"
    sold = {"msdyn_sellable": True, "msdyn_customergroupid@odata.bind": bound}
    rig.world.dataverse.update("contacts", row_id, {**sold, **values})


def contact(rig: Rig, row_id: str) -> Mapping[str, Any]:
    row = rig.world.dataverse.row("contacts", row_id)
    assert row is not None
    return row


def states(rig: Rig) -> dict[str, list[str]]:
    """The couplings of every flow of contacts that has any."""
    found = {name: [str(coupling.state) for coupling in rig.couplings(name)] for name in CONTACTS}
    return {name: each for name, each in found.items() if each}


def persons(rig: Rig) -> list[Any]:
    return list(rig.world.finops.rows("CDSContactPersonsV2"))


def consumers(rig: Rig) -> list[Any]:
    return [row for row in rig.world.finops.rows("CustomersV3") if row["PartyType"] == "Person"]


# -- who is a customer


def test_organisations_become_accounts_and_persons_contacts() -> None:
    """Customers of both kinds stand in one entity; each goes to its own table, and the other flow leaves it alone."""

    async def story(rig: Rig) -> None:
        await opened(rig)
        firm = rig.customer("US-2")
        somebody = rig.customer("US-3", PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
        outcomes = {(name, who[1]): (await look(rig, name, ERP, who)).kind
                    for name in (CUSTOMERS, CONSUMERS) for who in (firm, somebody)}  # fmt: skip
        assert {pair for pair, kind in outcomes.items() if kind == "created"} == {
            (CUSTOMERS, "US-2"),
            (CONSUMERS, "US-3"),
        }
        (row,) = rig.world.dataverse.rows("contacts")
        assert (row["msdyn_contactpersonid"], row["msdyn_sellable"], row["firstname"]) == ("US-3", True, "Ada")
        assert rig.dataverse("US-3") is None

    on_stage(story)


def test_a_prospect_begins_to_sync_when_it_becomes_a_customer() -> None:
    """Until its relationship type is Customer an account is no business of the ERP, whatever changes on it."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "ignored"
        rig.change(row_id, name="Contoso Ltd")
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "ignored"
        assert rig.erp() is None
        rig.change(row_id, customertypecode=3)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "created"
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")

    on_stage(story)


def test_a_prospect_that_the_erp_has_as_a_customer_becomes_one() -> None:
    """The number makes them one record, and every write from the ERP stamps the relationship type."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8, name="")
        await rig.visit(ERP, rig.customer())
        await rig.pump()
        rig.edit(SalesMemo="Pays on time")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        row = rig.world.dataverse.row("accounts", row_id)
        assert row is not None
        assert (row["customertypecode"], row["description"]) == (3, "Pays on time")
        assert len(rig.world.dataverse.rows("accounts")) == 1

    on_stage(story)


@pytest.mark.parametrize(
    ("trouble", "left"),
    [("edited", []), ("refused", ["p~"]), ("missing", ["w~"])],
    ids=["edited", "refused", "missing"],
)
def test_a_prospect_that_cannot_be_made_a_customer_at_once_does_not_fall_asleep(trouble: str, left: list[str]) -> None:
    """Somebody edits it just before, Dataverse refuses a value, or a row is missing: it becomes a customer even so."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8, name="", **{"msdyn_customergroupid@odata.bind": None})
        identity = rig.customer(PrimaryContactFax="2")
        if trouble == "refused":
            plug_in(rig, {"fax": "2"})
        elif trouble == "missing":
            (group,) = rig.world.dataverse.rows("msdyn_customergroups")
            rig.world.dataverse.delete("msdyn_customergroups", group["msdyn_customergroupid"])
        else:
            rig.world.weather.strike = at_first("dataverse update", lambda: rig.change(row_id, creditlimit=7))
        await rig.visit(ERP, identity)
        rig.world.weather.strike = None
        await rig.compare()
        row = rig.world.dataverse.row("accounts", row_id)
        assert row is not None
        assert (row["customertypecode"], [each.state for each in rig.couplings()]) == (3, ["coupled"])
        assert [prefix for prefix in ("p~", "w~") if rig.rows(prefix)] == left

    on_stage(story)


# -- who is a contact


@pytest.mark.parametrize("of_vendor", [False, True])
def test_a_contact_person_that_becomes_sellable_is_handed_over_once(of_vendor: bool) -> None:
    """It becomes a customer of the ERP under its own number; the contact person stays there, and sleeps here."""

    async def story(rig: Rig) -> None:
        account, vendor = await opened(rig)
        row_id = vendors_person(rig, vendor) if of_vendor else person(rig, account)
        await everybody_looks(rig, row_id)
        flow = OF_VENDORS if of_vendor else OF_CUSTOMERS
        assert (states(rig), consumers(rig)) == ({flow: ["coupled"]}, [])
        becomes_sellable(rig, row_id, msdyn_contactpersonid="C-1")
        await everybody_looks(rig, row_id)
        assert states(rig) == {flow: ["dormant"], CONSUMERS: ["coupled"]}
        assert [row["CustomerAccount"] for row in consumers(rig)] == ["C-1"]
        assert len(persons(rig)) == len(rig.world.dataverse.rows("contacts")) == 1
        for name in CONTACTS:
            assert [rig.rows(prefix, name) for prefix in ("h~", "w~", "p~")] == [[], [], []]

    on_stage(story)


def test_a_contact_that_holds_the_erps_id_of_a_country_is_not_handed_over_with_it() -> None:
    """The ERP has the ISO code there: a person puts it into the contact, and the customer is made with that."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row_id = person(rig, account, address1_country="USA")
        await everybody_looks(rig, row_id)
        assert [row["PrimaryAddressCountryRegionId"] for row in persons(rig)] == ["USA"]
        becomes_sellable(rig, row_id, msdyn_contactpersonid="C-1")
        await everybody_looks(rig, row_id)
        assert consumers(rig) == []
        (item,) = [item for row in rig.rows("p~", CONSUMERS) for item in read_trouble(row).items]
        assert (item["code"], item["value"]) == ("too-long", "USA")
        rig.world.dataverse.update("contacts", row_id, {"address1_country": "US"})
        await everybody_looks(rig, row_id)
        assert [row["AddressCountryRegionISOCode"] for row in consumers(rig)] == ["US"]
        assert [row["PrimaryAddressCountryRegionId"] for row in persons(rig)] == ["USA"]

    on_stage(story)


def test_with_the_overlay_the_country_goes_along_when_a_contact_is_handed_over() -> None:
    """Both maps write the ISO code into one column."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row_id = person(rig, account, address1_country="US")
        await everybody_looks(rig, row_id)
        assert [row["PrimaryAddressCountryRegionISOCode"] for row in persons(rig)] == ["US"]
        becomes_sellable(rig, row_id, msdyn_contactpersonid="C-1")
        await everybody_looks(rig, row_id)
        assert [row["AddressCountryRegionISOCode"] for row in consumers(rig)] == ["US"]

    on_stage(story, catalogue("cds_contacts_v2_customers.iso_country"))


def test_a_contact_without_a_number_is_numbered_by_the_erp_when_it_buys() -> None:
    """The number, and the party it had as a contact person, come back: one person, one party, one contact."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row_id = person(rig, account)
        await everybody_looks(rig, row_id)
        becomes_sellable(rig, row_id)
        await everybody_looks(rig, row_id)
        (customer,), (somebody,) = consumers(rig), persons(rig)
        assert contact(rig, row_id)["msdyn_contactpersonid"] == customer["CustomerAccount"] != ""
        assert customer["PartyNumber"] == somebody["ContactPersonPartyNumber"] != ""

    on_stage(story)


def test_a_sellable_contact_never_goes_back() -> None:
    """Whatever somebody sets, the contact stays with the flow of those who buy, asleep, until it is sellable again."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row_id = person(rig, account)
        await everybody_looks(rig, row_id)
        becomes_sellable(rig, row_id, msdyn_contactpersonid="C-1")
        await everybody_looks(rig, row_id)
        rig.world.dataverse.update("contacts", row_id, {"msdyn_sellable": False, "firstname": "Augusta"})
        await everybody_looks(rig, row_id)
        assert states(rig) == {OF_CUSTOMERS: ["dormant"], CONSUMERS: ["dormant"]}
        assert [row["FirstName"] for row in persons(rig)] == ["Ada"]
        assert "scope" in (await explain(rig.flow(CONSUMERS), DATAVERSE, (row_id,)))["why"]
        becomes_sellable(rig, row_id)
        await everybody_looks(rig, row_id)
        assert states(rig)[CONSUMERS] == ["coupled"]
        assert [row["PersonFirstName"] for row in consumers(rig)] == ["Augusta"]

    on_stage(story)


def test_three_flows_over_one_table_are_kept_apart() -> None:
    """Each contact is coupled by the flow that it belongs to, whichever hears of it, and nobody else writes it."""

    async def story(rig: Rig) -> None:
        account, vendor = await opened(rig)
        ids = [person(rig, account), vendors_person(rig, vendor)]
        ids.append(person(rig, account))
        becomes_sellable(rig, ids[2], msdyn_contactpersonid="C-3")
        for row_id in ids:
            await everybody_looks(rig, row_id)
        couplings = {name: [coupling.dataverse for coupling in rig.couplings(name)] for name in CONTACTS}
        assert couplings == {OF_CUSTOMERS: [ids[0]], OF_VENDORS: [ids[1]], CONSUMERS: [ids[2]]}
        given = {contact(rig, row_id)["msdyn_partynumber"] for row_id in ids[:2]}
        assert {row["ContactPersonPartyNumber"] for row in persons(rig)} == given
        assert len(given) == 2

    on_stage(story)


def test_a_person_may_work_for_several_customers() -> None:
    """One party, two contact persons: they are told apart by the customer they are contacts of."""

    async def story(rig: Rig) -> None:
        await opened(rig)
        await look(rig, CUSTOMERS, ERP, rig.customer("US-2"))
        for number in (ACCOUNT, "US-2"):
            row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "FirstName": "Ada"}
            row |= {"AssociatedContactType": "Customer", "AssociatedContactNumber": number}
            stored = rig.world.finops.create("CDSContactPersonsV2", row)
            await look(rig, OF_CUSTOMERS, ERP, rig.flow(OF_CUSTOMERS).map.erp_identity(stored))
        assert states(rig) == {OF_CUSTOMERS: ["coupled", "coupled"]}
        assert len(rig.world.dataverse.rows("contacts")) == 2

    on_stage(story)


# -- numbers


def test_the_party_number_that_dataverse_gives_becomes_the_party_of_the_erp() -> None:
    """With the overlay a customer made in Dataverse brings its party; without one, the party that the ERP makes comes
    back.
    """

    async def story(rig: Rig) -> None:
        first, second = rig.account("C-1", msdyn_partynumber="D-1"), rig.account("C-2")
        for row_id in (first, second):
            await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("PartyNumber", "msdyn_partynumber", "C-1") == ("D-1", "D-1")
        given, back = rig.both("PartyNumber", "msdyn_partynumber", "C-2")
        assert given == back != ""

    on_stage(story, catalogue("customers_v3_accounts.typed_party"))


def test_the_party_of_a_person_is_refused_for_an_organisation() -> None:
    """A party keeps its type: the account is parked with what the ERP says, and nothing is made there."""

    async def story(rig: Rig) -> None:
        rig.customer("US-3", PartyType="Person", PersonFirstName="Ada", PartyNumber="P-1")
        row_id = rig.account("C-1", msdyn_partynumber="P-1")
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "parked"
        (item,) = read_trouble(rig.rows("p~")[0]).items
        assert "DirPerson to DirOrganization" in str(item["message"])
        assert rig.erp("C-1") is None

    on_stage(story, catalogue("customers_v3_accounts.typed_party"))


def test_number_sequences_that_meet_lose_and_double_nothing() -> None:
    """The ERP gives a number that another account already has: both stay as they are, and somebody is told."""

    async def story(rig: Rig) -> None:
        rig.world.finops.numbers.formats["CustomerAccount", "usmf"] = "US-######"
        taken = rig.account("US-000001", customertypecode=8, name="Taken")
        row_id = rig.account(None, name="Numbered by the ERP")
        await rig.visit(DATAVERSE, (row_id,))
        for _ in range(3):
            await rig.pump()
        names = {row["accountnumber"]: row["name"] for row in rig.world.dataverse.rows("accounts")}
        assert names["US-000001"] == "Taken"
        assert [row["OrganizationName"] for row in rig.world.finops.rows("CustomersV3")] == ["Numbered by the ERP"]
        assert len(rig.rows("p~")) == 1
        rig.change(taken, accountnumber="P-1")
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        assert rig.both("OrganizationName", "name", "US-000001") == ("Numbered by the ERP",) * 2

    on_stage(story)


# -- what is filled later


def test_an_invoice_account_that_comes_later_is_filled_then() -> None:
    """Customers that pay for each other are created first, and then refer to each other."""

    async def story(rig: Rig) -> None:
        first = rig.customer("US-1")
        second = rig.customer("US-2", InvoiceAccount="US-1")
        rig.edit("US-1", InvoiceAccount="US-2")
        for identity in (first, second):
            await rig.visit(ERP, identity)
        await a_while_later(rig)
        ids = {row["accountnumber"]: row for row in rig.world.dataverse.rows("accounts")}
        assert ids["US-1"]["_msdyn_billingaccount_value"] == ids["US-2"]["accountid"]
        assert ids["US-2"]["_msdyn_billingaccount_value"] == ids["US-1"]["accountid"]
        assert rig.counts()["waiting"] == 0

    on_stage(story)


def test_a_primary_contact_that_comes_later_is_filled_then() -> None:
    """Account and contact refer to each other: the account comes first without its contact, and gets it later."""
    maps = catalogue("customers_v3_accounts.r2", "cds_contacts_v2_customers.r2")

    async def story(rig: Rig) -> None:
        await opened(rig)
        row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "FirstName": "Ada", "ContactPersonId": "CP-1"}
        row |= {"AssociatedContactType": "Customer", "AssociatedContactNumber": ACCOUNT}
        stored = rig.world.finops.create("CDSContactPersonsV2", row)
        rig.edit(ContactPersonId="CP-1")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        account = rig.dataverse()
        assert account is not None and account["_primarycontactid_value"] is None  # noqa: PT018 - one fact
        await look(rig, OF_CUSTOMERS, ERP, rig.flow(OF_CUSTOMERS).map.erp_identity(stored))
        await a_while_later(rig)
        (person_row,) = rig.world.dataverse.rows("contacts")
        assert rig.both("ContactPersonId", "_primarycontactid_value") == ("CP-1", person_row["contactid"])
        assert rig.counts()["waiting"] == 0

    on_stage(story, maps)


# -- companies


def test_a_contact_without_a_company_is_ignored_and_explained() -> None:
    """Only rows of a company are synchronised; once it has one, the contact is."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row = {"firstname": "Ada", "lastname": "King"}
        row["parentcustomerid_account@odata.bind"] = f"/accounts({account})"
        row_id = rig.world.dataverse.create("contacts", row)
        outcome = await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))
        assert (outcome.kind, outcome.codes) == ("ignored", ("company",))
        assert "company" in (await explain(rig.flow(OF_CUSTOMERS), DATAVERSE, (row_id,)))["why"]
        assert persons(rig) == []

    on_stage(story)
