"""Lines that hold for some companies only, lived through."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Wake, explain, visit
from shared.mapping import Catalogue
from tests.simulation.rig import DATAVERSE, ERP, Rig, maps_with, on_stage

US, OTHERS = "usmf", "demf"
NO, INVOICE = 806380000, 806380001
SWAPPED: Final = """values: {us: {No: 806380001, Invoice: 806380000}}
fields: |
  OnHoldStatus >< msdyn_onholdstatus us ; company USMF
  PrimaryContactFax = fax ; off, company USMF
  CreditRating = msdyn_creditrating ; off
  CreditRating > msdyn_creditrating ; company DEMF
"""


@pytest.fixture
def maps(tmp_path: Path) -> Catalogue:
    return maps_with(tmp_path, SWAPPED)


async def furnished(rig: Rig) -> None:
    """A second company has its customer group, too, and the house has looked at both systems."""
    rig.world.finops.create("CustomerGroups", {"dataAreaId": OTHERS, "CustomerGroupId": "10"})
    await rig.compare("dual_write.customer_groups")


def customer(rig: Rig, company: str, **values: Any) -> None:
    rig.customer(f"{company}-1", dataAreaId=company, **values)


def account(rig: Rig, company: str, **values: Any) -> str:
    group = next(each for each in rig.world.dataverse.rows("msdyn_customergroups")
                 if each["_msdyn_company_value"] == rig.companies[company])  # fmt: skip
    bound = {
        "msdyn_company@odata.bind": f"/cdm_companies({rig.companies[company]})",
        "msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group['msdyn_customergroupid']})",
    }
    return rig.account(f"{company}-1", **bound, **values)


def erp(rig: Rig, company: str) -> Any:
    return rig.world.finops.row("CustomersV3", {"dataAreaId": company, "CustomerAccount": f"{company}-1"})


async def look(rig: Rig, company: str) -> None:
    flow, identity = rig.flow(), (company, f"{company}-1")
    await visit(flow, Wake(ERP, identity, await flow.ledger.store_hint(ERP, identity, "event")))


@pytest.mark.parametrize("looked", ["event", "pass"])
def test_a_new_customer_is_made_as_its_company_has_it(maps: Catalogue, looked: str) -> None:
    async def story(rig: Rig) -> None:
        await furnished(rig)
        for company in (US, OTHERS):
            customer(rig, company, OnHoldStatus="Invoice", PrimaryContactFax="123", CreditRating="A")
            if looked == "event":
                await look(rig, company)
        await rig.compare()
        found = [rig.dataverse(f"{company}-1") for company in (US, OTHERS)]
        columns = ("msdyn_onholdstatus", "fax", "msdyn_creditrating")
        assert [[row and row[name] for name in columns] for row in found] == [[NO, None, None], [INVOICE, "123", "A"]]
        writes = rig.writes()
        await rig.compare()
        assert (rig.writes(), rig.counts()["parked"]) == (writes, 0)

    on_stage(story, maps)


def test_a_new_account_is_made_as_its_company_has_it(maps: Catalogue) -> None:
    async def story(rig: Rig) -> None:
        await furnished(rig)
        for company in (US, OTHERS):
            account(rig, company, msdyn_onholdstatus=INVOICE, fax="123")
        await rig.compare()
        found = [erp(rig, company) for company in (US, OTHERS)]
        assert [(row["OnHoldStatus"], row["PrimaryContactFax"]) for row in found] == [("No", ""), ("Invoice", "123")]

    on_stage(story, maps)


def test_edits_flow_where_a_line_holds(maps: Catalogue) -> None:
    """Elsewhere both sides keep what they hold, and explain says why."""

    async def story(rig: Rig) -> None:
        await furnished(rig)
        for company in (US, OTHERS):
            customer(rig, company)
        await rig.compare()
        rows = {company: rig.dataverse(f"{company}-1") for company in (US, OTHERS)}
        for row in rows.values():
            assert row is not None
            rig.change(str(row["accountid"]), msdyn_onholdstatus=NO, fax="9", name="Northwind")
        await rig.compare()
        found = [erp(rig, company) for company in (US, OTHERS)]
        held = [(row["OnHoldStatus"], row["PrimaryContactFax"], row["OrganizationName"]) for row in found]
        assert held == [("Invoice", "", "Northwind"), ("No", "9", "Northwind")]
        writes, kept = rig.writes(), [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~")]
        await rig.compare()
        assert (rig.writes(), [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~")]) == (writes, kept)
        us = rows[US]
        assert us is not None
        told = await explain(rig.flow(), DATAVERSE, (str(us["accountid"]),))
        flows = {each["line"]: each["flows"] for each in told["lines"] if "FaxExtension" not in each["line"]}
        assert flows["CreditRating > msdyn_creditrating (DEMF)"] == "it holds for DEMF only"
        assert flows["PrimaryContactFax = fax"] == "the map has it otherwise in usmf"
        assert told["why"] == "in sync"

    on_stage(story, maps)


def test_until_the_companies_are_known_no_such_line_flows(maps: Catalogue) -> None:
    """A process that has not looked yet takes no line for that of another company."""

    async def story(rig: Rig) -> None:
        await furnished(rig)
        customer(rig, US)
        await rig.compare()
        rig.house.marks.clear()
        row = rig.dataverse(f"{US}-1")
        assert row is not None
        rig.change(str(row["accountid"]), msdyn_onholdstatus=NO, name="Northwind")
        await rig.visit(DATAVERSE, (str(row["accountid"]),))
        assert (erp(rig, US)["OnHoldStatus"], erp(rig, US)["OrganizationName"]) == ("No", "Northwind")
        await rig.compare()
        assert erp(rig, US)["OnHoldStatus"] == "Invoice"

    on_stage(story, maps)


def test_a_line_that_becomes_that_of_a_company_decides_nothing(tmp_path: Path) -> None:
    """What both agreed on under the line before is what its edits are told by."""

    async def story(rig: Rig) -> None:
        await furnished(rig)
        customer(rig, US, OnHoldStatus="Invoice")
        await rig.compare()
        rig.house.catalogue = maps_with(tmp_path, SWAPPED.replace("{No: 806380001, Invoice: 806380000}",
                                                                  "{No: 806380000, Invoice: 806380001}"))  # fmt: skip
        writes = rig.writes()
        await rig.house.look_at_columns()
        await look(rig, US)
        assert rig.writes() == writes
        rig.world.finops.update("CustomersV3", {"dataAreaId": US, "CustomerAccount": f"{US}-1"}, {"OnHoldStatus": "No"})
        await look(rig, US)
        row = rig.dataverse(f"{US}-1")
        assert row is not None
        assert (row["msdyn_onholdstatus"], rig.conflicts()) == (NO, [])

    on_stage(story)


def test_a_line_that_is_no_longer_that_of_a_company_goes_on_from_the_last_word(tmp_path: Path) -> None:
    """The shipped line is back in a company: not what was agreed under it long ago counts, but what was agreed last."""

    async def story(rig: Rig) -> None:
        await furnished(rig)
        customer(rig, US, OnHoldStatus="Invoice")
        await rig.compare()
        shipped = rig.house.catalogue
        rig.house.catalogue = maps_with(tmp_path, SWAPPED.replace("{No: 806380001, Invoice: 806380000}",
                                                                  "{No: 806380000, Invoice: 806380001}"))  # fmt: skip
        await rig.house.look_at_columns()
        key = {"dataAreaId": US, "CustomerAccount": f"{US}-1"}
        rig.world.finops.update("CustomersV3", key, {"OnHoldStatus": "No"})
        await look(rig, US)
        rig.house.catalogue = shipped
        row = rig.dataverse(f"{US}-1")
        assert row is not None
        rig.change(str(row["accountid"]), msdyn_onholdstatus=INVOICE)
        await look(rig, US)
        assert (erp(rig, US)["OnHoldStatus"], rig.conflicts()) == ("Invoice", [])

    on_stage(story)


def test_a_look_at_the_page_is_enough_where_both_are_equal(maps: Catalogue) -> None:
    """What a line does not say of a record has nothing to be agreed about."""

    async def story(rig: Rig) -> None:
        await furnished(rig)
        customer(rig, US)
        await rig.compare()
        assert [each.digests.keys() for each in rig.couplings()] == [{ERP, DATAVERSE}]

    on_stage(story, maps)
