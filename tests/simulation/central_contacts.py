"""People of customers and vendors on the stage of Business Central."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import DE, Central

SUITE: Final = "business_central"
CONTACTS: Final = f"{SUITE}.contacts"
ANNA: Final = {"firstname": "Anna", "lastname": "Berg", "emailaddress1": "anna@adatum.example"}


async def buyer(central: Central, number: str = "C100", **values: Any) -> tuple[tuple[str, str], str]:
    """A customer and his account, coupled."""
    name = {"name": values["displayName"]} if "displayName" in values else {}
    identity, row_id = central.customer(number, **values), central.account(accountnumber=number, **name)
    assert (await central.visit(ERP, identity)).dataverse == row_id
    return identity, row_id


async def seller(central: Central, number: str = "V100") -> tuple[tuple[str, str], str]:
    """A vendor and his account, coupled."""
    vendor = str(central.erp.create(DE, "vendors", {"number": number, "displayName": "Fabrikam"})["id"])
    row_id = central.account(name="Fabrikam", accountnumber=number, customertypecode=11)
    outcome = await central.visit(ERP, (central.company, vendor), name=f"{SUITE}.vendors")
    assert outcome.dataverse == row_id
    return (central.company, vendor), row_id


def company_of(central: Central, identity: tuple[str, str], table: str = "Customer") -> Mapping[str, Any]:
    """The company contact that stands for a customer or vendor."""
    related = central.erp.company(DE).relations
    found = next(contact for contact, whom in related.items() if (table, identity[1]) in whom)
    row = central.erp.row(DE, "contactCards", found)
    assert row is not None
    return row


def person(central: Central, company: str, **values: Any) -> tuple[str, str]:
    """A person whom somebody enters under a company contact; its identity."""
    row = {"type": "Person", "companyNumber": company, "firstName": "Anna", "lastName": "Berg",
           "email": "anna@adatum.example", **values}  # fmt: skip
    return central.company, str(central.erp.create(DE, "contactCards", row)["id"])


def contact(central: Central, account: str, **values: Any) -> str:
    """A contact whom somebody enters under an account; its id."""
    parent = {"parentcustomerid_account@odata.bind": f"/accounts({account})"} if account else {}
    return central.dataverse.create("contacts", {**ANNA, **parent, **values})


def card(central: Central, identity: tuple[str, ...]) -> Mapping[str, Any]:
    row = central.erp.row(DE, "contactCards", identity[1])
    assert row is not None
    return row


def people(central: Central) -> list[Mapping[str, Any]]:
    """All persons in Business Central."""
    return [row for row in central.erp.rows(DE, "contactCards") if row["type"] == "Person"]


def row(central: Central, row_id: str) -> Mapping[str, Any]:
    found = central.dataverse.row("contacts", row_id)
    assert found is not None
    return found


async def met(central: Central, row_id: str, creates: Any = None) -> Any:
    """A contact of Dataverse is visited."""
    return await central.visit(DATAVERSE, (row_id,), name=CONTACTS, creates=creates)


async def seen(central: Central, identity: tuple[str, str], creates: Any = None) -> Any:
    """A person of Business Central is visited."""
    return await central.visit(ERP, identity, name=CONTACTS, creates=creates)
