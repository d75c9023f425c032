"""Flows of Business Central over the connector's pages: what API v2.0 does not show travels as well."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from shared.mapping import DATAVERSE, ERP, Catalogue
from tests.emulator.business_central import Template
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage, with_words
from tests.simulation.test_central_flows import product
from tests.unit.maps.once import overlaid

SUITE = "business_central"


def connected() -> Catalogue:
    """The maps of the suite where the connector is installed."""
    return with_words("person", "connector")


async def test_a_fax_number_goes_both_ways() -> None:
    """A customer is read and written on the connector's page, and stays the one that he is on API v2.0."""

    async def story(central: Central) -> None:
        identity, row_id = central.customer(), central.account(accountnumber="C100")
        card = central.erp.row(DE, "customerCards", identity[1])
        assert card is not None
        central.erp.update(DE, "customerCards", identity[1], {"faxNumber": "11", "contactName": "Robin"})
        assert (await central.visit(ERP, identity)).dataverse == row_id
        (account,) = central.accounts()
        assert (account["fax"], account["address1_primarycontactname"]) == ("11", "Robin")
        central.dataverse.update("accounts", row_id, {"fax": "22", "name": "Adatum GmbH"})
        await central.visit(DATAVERSE, (row_id,))
        card = central.erp.row(DE, "customerCards", identity[1])
        assert card is not None
        assert (card["faxNumber"], central.row(identity)["displayName"]) == ("22", "Adatum GmbH")

    await on_stage(story, connected())


async def test_a_new_customer_gets_an_id_of_the_page() -> None:
    """Where a person says so he is created on it, once."""

    async def story(central: Central) -> None:
        row_id = central.account(name="Trey", fax="33")
        assert (await central.visit(DATAVERSE, (row_id,), creates="both")).kind == "created"
        (customer,) = central.rows()
        card = central.erp.row(DE, "customerCards", str(customer["id"]))
        assert card is not None
        assert (card["displayName"], card["faxNumber"]) == ("Trey", "33")
        tally = await central.compare()
        assert len(central.rows()) == 1
        assert tally.counts == {"equal": 1}

    await on_stage(story, connected())


@pytest.mark.parametrize(("country", "expected"), [("AT", "9"), ("DE", "8"), ("FR", "7"), (None, "7")])
async def test_a_new_customer_is_made_by_the_template_that_the_map_names(
    tmp_path: Path, country: str | None, expected: str
) -> None:
    """By what it knows of the account; where it names none, the rules of Business Central choose. Nothing is asked for
    again, whatever becomes of the account.
    """
    overlay = tmp_path / "templates.yaml"
    overlay.write_text(
        "extends: customers\nfields: |\n  templateCode  <<  address1_country  template  ; create\n"
        "values:\n  template: {HOME: AT, ABROAD: DE, to_erp: {others: ''}}\n"
    )

    async def story(central: Central) -> None:
        for code in {"AT", "DE", "FR"} - {row["code"] for row in central.erp.rows(DE, "countriesRegions")}:
            central.coded("countriesRegions", code)
        central.erp.company(DE).templates["customers"] = [
            Template({"creditLimit": 7}),
            Template({"creditLimit": 9}, code="HOME", chosen=False),
            Template({"creditLimit": 8}, code="ABROAD", chosen=False),
        ]
        row_id = central.account(name="Trey", address1_country=country)
        assert (await central.visit(DATAVERSE, (row_id,), creates="both")).kind == "created", central.troubles()
        (customer,) = central.rows()
        assert str(customer["creditLimit"]) == expected
        central.dataverse.update("accounts", row_id, {"address1_country": "DE" if country == "AT" else "AT"})
        await central.visit(DATAVERSE, (row_id,))
        assert (await central.compare()).counts == {"equal": 1}
        assert central.troubles() == []

    maps = connected()
    mine = {CUSTOMERS: [*maps.overlays[CUSTOMERS], overlay]}
    await on_stage(story, overlaid(maps, {**maps.overlays, **mine}))


async def test_an_item_has_its_volume_and_its_vendor() -> None:
    """Its unit group is found by its unit, as over API v2.0."""

    async def story(central: Central) -> None:
        unit = central.coded("unitsOfMeasure", "PCS")
        assert (await central.visit(ERP, unit, name=f"{SUITE}.units_of_measure")).kind == "created"
        values = {"number": "I100", "displayName": "Chair", "unitVolume": Decimal("1.25"), "vendorItemNumber": "X-1"}
        made = central.erp.create(DE, "itemCards", {**values, "baseUnitOfMeasureId": unit[1]})
        group = next(row for row in central.dataverse.rows("uomschedules") if row["name"] == "NAV PCS")
        row_id = central.dataverse.create("products", product(central, "I100", str(group["uomscheduleid"])))
        central.dataverse.update("products", row_id, {"statecode": 0, "statuscode": 1})
        identity = (central.company, str(made["id"]))
        outcome = await central.visit(ERP, identity, name=f"{SUITE}.items")
        assert outcome.dataverse == row_id
        row = central.dataverse.row("products", row_id)
        assert row is not None
        assert (row["stockvolume"], row["vendorpartnumber"]) == (Decimal("1.25"), "X-1")
        assert central.troubles(f"{SUITE}.items") == []

    await on_stage(story, connected())
