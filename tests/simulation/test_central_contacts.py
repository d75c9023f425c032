"""Contacts of Business Central: people of customers and vendors, and whom they work for (scenarios 14, and in 3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.engine import couple, uncouple
from shared.mapping import DATAVERSE, ERP
from tests.emulator.business_central import Template
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage
from tests.simulation.central_contacts import (
    CONTACTS,
    SUITE,
    buyer,
    card,
    company_of,
    contact,
    met,
    people,
    person,
    row,
    seen,
    seller,
)
from tests.simulation.test_central_connector import connected
from tests.unit.maps.once import overlaid


async def test_a_contact_of_a_customer_is_created_under_his_company() -> None:
    """bc-186: with the next number of the series, under the company contact of the customer."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        outcome = await met(central, contact(central, account), creates="both")
        assert outcome.kind == "created"
        (anna,) = people(central)
        company = company_of(central, customer)
        assert (anna["companyNumber"], anna["companyName"]) == (company["number"], "Adatum")
        assert (anna["displayName"], anna["firstName"], anna["lastName"]) == ("Anna Berg", "Anna", "Berg")
        assert anna["number"] > company["number"]
        assert (await central.compare(CONTACTS)).counts.get("equal") == 1

    await on_stage(story, connected())


@pytest.mark.parametrize(("creates", "outcome", "made"), [(None, "ignored", []), ("both", "created", ["Anna Berg"])])
async def test_a_company_is_made_no_person(creates: str | None, outcome: str, made: list[str]) -> None:
    """Who has the e-mail address of his company matches its contact, which is none of his kind: nobody matches him."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central, email="info@adatum.example")
        company = company_of(central, customer)
        assert (company["type"], company["email"]) == ("Company", "info@adatum.example")
        row_id = contact(central, account, emailaddress1="info@adatum.example")
        assert (await met(central, row_id, creates)).kind == outcome
        assert [each["displayName"] for each in people(central)] == made
        assert (company_of(central, customer), central.troubles(CONTACTS)) == (company, [])

    await on_stage(story, connected())


async def test_a_person_is_found_beside_the_company_that_has_the_same_address() -> None:
    """Several share the address of the firm: the company is nobody's partner, and so no second candidate."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central, email="info@adatum.example")
        number = str(company_of(central, customer)["number"])
        identity = person(central, number, email="info@adatum.example")
        row_id = contact(central, account, emailaddress1="info@adatum.example")
        assert (await met(central, row_id)).dataverse == row_id, central.troubles(CONTACTS)
        assert [(each.dataverse, each.erp) for each in central.couplings(CONTACTS)] == [(row_id, identity)]

    await on_stage(story, connected())


async def test_a_person_is_found_by_name_where_only_the_company_has_the_address() -> None:
    """A match of another kind ends no search: the next keys are tried."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central, email="info@adatum.example")
        identity = person(central, str(company_of(central, customer)["number"]), email="")
        row_id = contact(central, account, emailaddress1="info@adatum.example")
        await met(central, row_id)
        assert [(each.dataverse, each.erp) for each in central.couplings(CONTACTS)] == [(row_id, identity)]

    await on_stage(story, connected())


async def test_a_map_that_says_so_creates_people_by_itself(tmp_path: Path) -> None:
    """Without a word of a person: their name is made of its parts. Who has none is refused, and listed as that."""
    overlay = tmp_path / "contacts.yaml"
    overlay.write_text("extends: contacts\npolicy: {creates: both}\n", "utf-8")

    async def story(central: Central) -> None:
        _, account = await buyer(central)
        contact(central, account, middlename="M")
        nameless = contact(central, account, firstname=None, lastname=None, emailaddress1=None)
        await central.compare(CONTACTS)
        assert [row["displayName"] for row in people(central)] == ["Anna M Berg"]
        ((code, words),) = central.troubles(CONTACTS)
        assert (code, "displayName" in words) == ("required", True)
        central.dataverse.update("contacts", nameless, {"lastname": "Holm"})
        assert (await met(central, nameless)).kind == "created"
        assert sorted(row["displayName"] for row in people(central)) == ["Anna M Berg", "Holm"]
        assert (await central.compare(CONTACTS)).counts == {"equal": 2}

    maps = connected()
    await on_stage(story, overlaid(maps, {**maps.overlays, CONTACTS: [overlay]}))


@pytest.mark.parametrize(("state", "title"), [("Texas", "9"), ("Utah", "7")])
async def test_a_new_person_is_made_by_the_template_that_the_map_names(tmp_path: Path, state: str, title: str) -> None:
    """As customers are: by what it knows of the contact, else by the rules of Business Central."""
    overlay = tmp_path / "contacts.yaml"
    overlay.write_text(
        "extends: contacts\npolicy: {creates: both}\n"
        "fields: |\n  templateCode  <<  address1_stateorprovince  template  ; create\n"
        "values:\n  template: {HOME: Texas, to_erp: {others: ''}}\n", "utf-8",
    )  # fmt: skip

    async def story(central: Central) -> None:
        _, account = await buyer(central)
        usual, home = Template({"jobTitle": "7"}), Template({"jobTitle": "9"}, code="HOME", chosen=False)
        central.erp.company(DE).templates["contacts"] = [usual, home]
        assert (await met(central, contact(central, account, address1_stateorprovince=state))).kind == "created"
        assert [row["jobTitle"] for row in people(central)] == [title]
        assert (await central.compare(CONTACTS)).counts == {"equal": 1}

    maps = connected()
    await on_stage(story, overlaid(maps, {**maps.overlays, CONTACTS: [overlay]}))


async def test_a_person_of_a_vendor_gets_the_vendors_account() -> None:
    """From Business Central, too: the parent is the account that the vendor is coupled with."""

    async def story(central: Central) -> None:
        vendor, account = await seller(central)
        identity = person(central, str(company_of(central, vendor, "Vendor")["number"]), pager="77")
        outcome = await seen(central, identity, creates="both")
        assert outcome.kind == "created"
        made = row(central, outcome.dataverse)
        assert (made["_parentcustomerid_value"], made["fullname"], made["pager"]) == (account, "Anna Berg", "77")

    await on_stage(story, connected())


async def test_people_are_matched_by_company_and_mail_or_name() -> None:
    """Where both sides have them nobody is created; who has the name alone, and works elsewhere, is another."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        _, other = await buyer(central, "C200", displayName="Trey", postalCode="1020")
        number = str(company_of(central, customer)["number"])
        contact(central, other)
        row_id = contact(central, account, lastname="Holm", emailaddress1="anna@adatum.example")
        assert (await seen(central, person(central, number))).dataverse == row_id
        by_name = contact(central, account, firstname="Bo", emailaddress1=None)
        assert (await seen(central, person(central, number, firstName="Bo", email=""))).dataverse == by_name

    await on_stage(story, connected())


async def test_a_contact_waits_for_an_account_that_is_to_be_a_customer() -> None:
    """bc-185, 5.2 1: nothing is made, and the row says which account it waits for; with the customer it comes."""

    async def story(central: Central) -> None:
        account = central.account(name="Trey", accountnumber="C300")
        row_id = contact(central, account)
        assert (await met(central, row_id, creates="both")).kind == "waiting"
        assert people(central) == []
        ((code, words),) = central.troubles(CONTACTS)
        assert (code, "'Trey'" in words) == ("missing", True)
        central.customer("C300", displayName="Trey")
        assert (await central.visit(DATAVERSE, (account,))).dataverse == account
        assert central.kept("h~", CONTACTS)
        assert (await met(central, row_id, creates="both")).kind == "created"
        assert central.troubles(CONTACTS) == []

    await on_stage(story, connected())


@pytest.mark.parametrize("account", [{"customertypecode": 1}, None])
async def test_a_contact_of_nobody_is_left_alone(account: Any) -> None:
    """bc-187, 5.2 1: one choice, and no wait: neither a contact with a blank company nor a customer is made. Once the
    account is a customer, the contact comes by itself.
    """

    async def story(central: Central) -> None:
        parent = central.account(name="Trey", accountnumber="C300", **account) if account else ""
        row_id = contact(central, parent)
        assert (await met(central, row_id, creates="both")).kind == "ignored"
        assert central.troubles(CONTACTS) == []
        assert (people(central), len(central.rows())) == ([], 0)
        if not parent:
            return
        identity = central.customer("C300", displayName="Trey")
        central.dataverse.update("accounts", parent, {"customertypecode": 3})
        await central.visit(DATAVERSE, (parent,))
        (hint,) = central.kept("h~", CONTACTS)
        assert row_id in hint.key
        person(central, str(company_of(central, identity)["number"]))
        assert (await central.visit(DATAVERSE, (row_id,), name=CONTACTS)).kind in {"equal", "updated", "matched"}

    await on_stage(story, connected())


async def test_companies_and_people_of_nobody_stay_in_business_central() -> None:
    """bc-188, bc-059: a company contact, a person without a company, one whose company stands for nobody."""

    async def story(central: Central) -> None:
        customer, _ = await buyer(central)
        company = company_of(central, customer)
        alone = person(central, "")
        other = central.erp.create(DE, "contactCards", {"displayName": "Nobody's"})
        of_other = person(central, str(other["number"]))
        for identity in [(central.company, str(company["id"])), alone, of_other]:
            assert (await seen(central, identity, creates="both")).kind == "ignored"
        assert (central.troubles(CONTACTS), list(central.dataverse.rows("contacts"))) == ([], [])

    await on_stage(story, connected())


async def test_the_default_filter_of_contacts() -> None:
    """bc-050: active contacts whose parent is an account; one that is inactive, has none, or is under another contact
    is left alone. An empty company is the first one's.
    """

    async def story(central: Central) -> None:
        _, account = await buyer(central)
        inside = contact(central, account)
        under = {"parentcustomerid_contact@odata.bind": f"/contacts({inside})"}
        outside = [
            contact(central, account, firstname="Bo"),
            contact(central, "", firstname="Cy"),
            contact(central, "", firstname="Di", **under),
        ]
        central.dataverse.update("contacts", outside[0], {"statecode": 1, "statuscode": 2})
        assert [(await met(central, each, creates="both")).kind for each in outside] == ["ignored"] * 3
        assert (await met(central, inside, creates="both")).kind == "created"
        assert [row["firstName"] for row in people(central)] == ["Anna"]
        assert central.troubles(CONTACTS) == []

    await on_stage(story, connected())


async def test_a_person_comes_when_his_company_is_a_customer() -> None:
    """5.4: a customer that is made of a company contact with people; Business Central stamps them."""

    async def story(central: Central) -> None:
        central.erp.company(DE).customer_relation = ""
        company = central.erp.create(DE, "contactCards", {"displayName": "Adatum"})
        identity = person(central, str(company["number"]))
        _, account = await buyer(central)
        await central.compare(CONTACTS)
        assert central.couplings(CONTACTS) == []
        row_id = contact(central, account)
        central.erp.link(DE, str(company["id"]), "customers", str(central.rows()[0]["id"]))
        central.later(seconds=60)
        await central.catch_up(CONTACTS)
        (coupling,) = central.couplings(CONTACTS)
        assert (coupling.dataverse, coupling.erp) == (row_id, identity)

    await on_stage(story, connected())


async def test_a_contact_that_lost_its_customer_goes_on() -> None:
    """bc-189, bc-060, 5.4: the two are coupled, customer and account no longer: other fields go over, the
    company stays, and the row says whose partner is missing until they are coupled again.
    """

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        number = company_of(central, customer)["number"]
        row_id = contact(central, account)
        identity = person(central, str(number))
        assert (await seen(central, identity)).dataverse == row_id
        await uncouple(central.house.flow(CUSTOMERS), DATAVERSE, (account,))
        central.erp.update(DE, "contactCards", identity[1], {"phoneNumber": "1"})
        await seen(central, identity)
        assert row(central, row_id)["telephone1"] == "1"
        central.dataverse.update("contacts", row_id, {"telephone1": "2"})
        await met(central, row_id)
        assert (card(central, identity)["phoneNumber"], card(central, identity)["companyNumber"]) == ("2", number)
        assert row(central, row_id)["_parentcustomerid_value"] == account
        ((code, words),) = central.troubles(CONTACTS)
        assert (code, "'C100 Adatum'" in words) == ("missing", True)
        await couple(central.house.flow(CUSTOMERS), customer, account)
        await seen(central, identity)
        assert central.troubles(CONTACTS) == []

    await on_stage(story, connected())


@pytest.mark.parametrize("of", ["customer", "vendor"])
async def test_a_contact_that_went_along_with_its_account_stays_in_business_central(tmp_path: Path, of: str) -> None:
    """Dataverse deletes the people of an account with it: nobody has decided that, whatever the map says of deletes."""
    overlay = tmp_path / "contacts.yaml"
    overlay.write_text("extends: contacts\npolicy: {delete: propagate}\n", "utf-8")

    async def story(central: Central) -> None:
        whose, account = await (buyer(central) if of == "customer" else seller(central))
        company = company_of(central, whose, of.capitalize())
        identity = person(central, str(company["number"]))
        row_id = (await seen(central, identity, creates="both")).dataverse
        central.later(hours=1)
        central.dataverse.delete("accounts", account)
        assert central.dataverse.row("contacts", row_id) is None
        await central.compare(CONTACTS)
        assert len(people(central)) == 1
        ((code, words),) = central.troubles(CONTACTS)
        assert (code, ("C100" if of == "customer" else "V100") in words) == ("went-along", True)

    maps = connected()
    await on_stage(story, overlaid(maps, {**maps.overlays, CONTACTS: [overlay]}))


async def test_a_contact_moves_to_another_account() -> None:
    """Either side may say so; under an account that is nobody's it falls asleep with what it has."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        other, second = await buyer(central, "C200", displayName="Trey", postalCode="1020")
        row_id = contact(central, account)
        identity = person(central, str(company_of(central, customer)["number"]))
        await seen(central, identity)
        central.dataverse.update("contacts", row_id, _under(second))
        await met(central, row_id)
        assert card(central, identity)["companyNumber"] == company_of(central, other)["number"]
        central.erp.update(DE, "contactCards", identity[1], {"companyNumber": company_of(central, customer)["number"]})
        await seen(central, identity)
        assert row(central, row_id)["_parentcustomerid_value"] == account
        central.dataverse.update("contacts", row_id, _under(central.account(customertypecode=1)))
        assert (await met(central, row_id)).kind == "dormant"
        assert card(central, identity)["companyNumber"] == company_of(central, customer)["number"]

    await on_stage(story, connected())


def _under(account: str) -> dict[str, Any]:
    return {"parentcustomerid_account@odata.bind": f"/accounts({account})"}


async def test_the_currency_of_a_contact() -> None:
    """bc-197, bc-198: a coupled currency of Dataverse is its code; emptied there it is blank, the local one."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        usd = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "D", "exchangerate": 1}
        dollar = central.dataverse.create("transactioncurrencies", {**usd, "currencyprecision": 2})
        await central.visit(ERP, central.coded("currencies", "USD"), name=f"{SUITE}.currencies")
        row_id = contact(central, account)
        identity = person(central, str(company_of(central, customer)["number"]))
        await seen(central, identity)
        bind = "transactioncurrencyid@odata.bind"
        central.dataverse.update("contacts", row_id, {bind: f"/transactioncurrencies({dollar})"})
        await met(central, row_id)
        stored = central.erp.company(DE).of("contacts").rows[identity[1]].values
        assert (card(central, identity)["currencyCode"], stored["Currency Code"]) == ("USD", "USD")
        central.dataverse.update("contacts", row_id, {"transactioncurrencyid": None})
        await met(central, row_id)
        assert central.erp.company(DE).of("contacts").rows[identity[1]].values["Currency Code"] == ""
        assert (await central.compare(CONTACTS)).counts == {"equal": 1}

    await on_stage(story, connected())


async def test_the_county_goes_over_and_the_owner_stays() -> None:
    """bc-116, bc-034: a contact without a salesperson; a county that is emptied is empty on the other side."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        row_id = contact(central, account)
        identity = person(central, str(company_of(central, customer)["number"]))
        await seen(central, identity)
        owner = row(central, row_id)["_ownerid_value"]
        central.erp.update(DE, "contactCards", identity[1], {"state": "Texas"})
        await seen(central, identity)
        found = row(central, row_id)
        assert (found["address1_stateorprovince"], found["_ownerid_value"]) == ("Texas", owner)
        central.dataverse.update("contacts", row_id, {"address1_stateorprovince": None})
        await met(central, row_id)
        assert card(central, identity)["state"] == ""

    await on_stage(story, connected())


async def test_two_are_coupled_and_keep_their_names() -> None:
    """bc-063: by hand, with different names: a conflict that waits for a person, and nothing is written."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        row_id = contact(central, account, firstname="Ann", emailaddress1=None)
        identity = person(central, str(company_of(central, customer)["number"]), email="")
        await couple(central.house.flow(CONTACTS), identity, row_id)
        assert (row(central, row_id)["firstname"], card(central, identity)["firstName"]) == ("Ann", "Anna")

    await on_stage(story, connected())


async def test_a_company_that_is_customer_and_vendor() -> None:
    """5.2 11: its people are the customer's; an overlay says that they are the vendor's."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        central.erp.company(DE).vendor_relation = ""
        vendor, _ = await seller(central)
        company = company_of(central, customer)
        central.erp.link(DE, str(company["id"]), "vendors", vendor[1])
        identity = person(central, str(company["number"]))
        made = await seen(central, identity, creates="both")
        assert row(central, made.dataverse)["_parentcustomerid_value"] == account
        found = card(central, identity)
        assert (found["customerOrVendorId"], found["vendorOrCustomerId"]) == (customer[1], vendor[1])

    await on_stage(story, connected())
