"""Primary contacts of customers and vendors: filled when the person is there, cleared where he was (scenarios 14)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import DE, Central, on_stage
from tests.simulation.central_contacts import SUITE, buyer, company_of, contact, met, person, seen, seller
from tests.simulation.test_central_connector import connected
from tests.unit.maps.once import overlaid

PRIMARY = "primarycontactid@odata.bind"


def customer(central: Central, identity: tuple[str, str], page: str = "customerCards") -> Any:
    row = central.erp.row(DE, page, identity[1])
    assert row is not None
    return row


def primary(central: Central, row_id: str) -> Any:
    row = central.dataverse.row("accounts", row_id)
    assert row is not None
    return row["_primarycontactid_value"]


async def met_pair(central: Central, whom: tuple[str, str], account: str, table: str = "Customer") -> Any:
    """A person of a customer or vendor and his contact, coupled: both ends, and his number."""
    row_id = contact(central, account)
    identity = person(central, str(company_of(central, whom, table)["number"]))
    assert (await seen(central, identity)).dataverse == row_id
    row = central.erp.row(DE, "contactCards", identity[1])
    assert row is not None
    return identity, row_id, row["number"]


async def test_the_primary_contact_goes_to_the_account() -> None:
    """bc-191: the person is coupled."""

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        _, row_id, number = await met_pair(central, identity, account)
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": number})
        await central.visit(ERP, identity)
        assert primary(central, account) == row_id
        assert (await central.compare()).counts == {"equal": 1}

    await on_stage(story, connected())


async def test_the_primary_contact_goes_to_the_customer() -> None:
    """bc-192, bc-195: and is emptied there when it is at the account; the name that goes with it follows."""

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        _, row_id, number = await met_pair(central, identity, account)
        central.dataverse.update("accounts", account, {PRIMARY: f"/contacts({row_id})"})
        await central.visit(DATAVERSE, (account,))
        found = customer(central, identity)
        assert (found["primaryContactNumber"], found["contactName"]) == (number, "Anna Berg")
        await central.visit(DATAVERSE, (account,))
        central.dataverse.update("accounts", account, {"primarycontactid": None})
        await central.visit(DATAVERSE, (account,))
        assert customer(central, identity)["primaryContactNumber"] == ""
        await central.compare()
        assert (await central.compare()).counts == {"equal": 1}

    await on_stage(story, connected())


async def test_a_primary_contact_that_is_not_coupled() -> None:
    """bc-193: the account's becomes empty, without an error; the customer's stays."""

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        _, row_id, number = await met_pair(central, identity, account)
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": number})
        await central.visit(ERP, identity)
        assert primary(central, account) == row_id
        other = person(central, str(company_of(central, identity)["number"]), firstName="Bo", email="")
        bo = central.erp.row(DE, "contactCards", other[1])
        assert bo is not None
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": bo["number"]})
        await central.visit(ERP, identity)
        assert primary(central, account) is None
        assert customer(central, identity)["primaryContactNumber"] == bo["number"]
        assert central.troubles() == []
        await central.compare()
        assert customer(central, identity)["primaryContactNumber"] == bo["number"]

    await on_stage(story, connected())


async def test_a_primary_contact_that_comes_later() -> None:
    """bc-196: the account gets it as soon as the person is there; that is no edit, and the customer stays as it is."""

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        whom = person(central, str(company_of(central, identity)["number"]))
        anna = central.erp.row(DE, "contactCards", whom[1])
        assert anna is not None
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": anna["number"]})
        await central.visit(ERP, identity)
        assert primary(central, account) is None
        assert central.troubles() == []
        made = await seen(central, whom, creates="both")
        assert central.kept("h~")
        before = customer(central, identity)
        await central.visit(ERP, identity)
        assert primary(central, account) == made.dataverse
        assert customer(central, identity) == before
        assert (await central.compare()).counts == {"equal": 1}

    await on_stage(story, connected())


async def test_a_new_account_gets_its_primary_contact_later() -> None:
    """Both are created by one run: the account first, then its people, then whom it has as the first of them."""

    async def story(central: Central) -> None:
        identity = central.customer()
        whom = person(central, str(company_of(central, identity)["number"]))
        anna = central.erp.row(DE, "contactCards", whom[1])
        assert anna is not None
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": anna["number"]})
        account = (await central.visit(ERP, identity, creates="both")).dataverse
        assert account
        made = await seen(central, whom, creates="both")
        await central.visit(ERP, identity)
        assert primary(central, account) == made.dataverse

    await on_stage(story, connected())


async def test_a_primary_contact_that_business_central_lacks() -> None:
    """An account's own is left alone, and so is the customer's blank, whoever edits what else."""

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        row_id = contact(central, account)
        central.dataverse.update("accounts", account, {PRIMARY: f"/contacts({row_id})"})
        await central.visit(DATAVERSE, (account,))
        central.erp.update(DE, "customerCards", identity[1], {"phoneNumber": "1"})
        await central.visit(ERP, identity)
        assert (primary(central, account), customer(central, identity)["primaryContactNumber"]) == (row_id, "")
        made = await met(central, row_id, creates="both")
        await central.visit(DATAVERSE, (account,))
        anna = central.erp.row(DE, "contactCards", made.erp[1])
        assert anna is not None
        assert customer(central, identity)["primaryContactNumber"] == anna["number"]

    await on_stage(story, connected())


async def test_a_vendor_has_one_too() -> None:
    """Both ways."""

    async def story(central: Central) -> None:
        identity, account = await seller(central)
        _, row_id, number = await met_pair(central, identity, account, "Vendor")
        central.erp.update(DE, "vendorCards", identity[1], {"primaryContactNumber": number})
        await central.visit(ERP, identity, name=f"{SUITE}.vendors")
        assert primary(central, account) == row_id

    await on_stage(story, connected())


async def test_where_an_overlay_does_not_clear(tmp_path: Path) -> None:
    """bc-194: the line parks and says who is missing; the account keeps what it has, and everything else goes over."""
    strict, name = tmp_path / "strict.yaml", f"{SUITE}.customers"
    line = "primaryContactNumber = primarycontactid via contacts ; deferred, missing error"
    strict.write_text(f"extends: customers\nfields: |\n  {line}\n", "utf-8")
    maps = connected()
    overlays = {**maps.overlays, name: [*maps.overlays[name], strict]}

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        _, row_id, number = await met_pair(central, identity, account)
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": number})
        await central.visit(ERP, identity)
        other = person(central, str(company_of(central, identity)["number"]), firstName="Bo", email="")
        bo = central.erp.row(DE, "contactCards", other[1])
        assert bo is not None
        central.erp.update(DE, "customerCards", identity[1], {"primaryContactNumber": bo["number"], "faxNumber": "7"})
        await central.visit(ERP, identity)
        assert primary(central, account) == row_id
        assert [code for code, _ in central.troubles()] == ["missing"]
        assert central.accounts()[0]["fax"] == "7"

    await on_stage(story, overlaid(maps, overlays))
