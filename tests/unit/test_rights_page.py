"""The page about rights lists every line by which a user of one system decides something in the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from shared.mapping import DATAVERSE, FlowMap, Line, entity
from tests.unit.maps.shipped import catalogue
from tests.unit.maps.test_business_central import whole

PAGE: Final = (Path(__file__).parents[2] / "docs" / "rights.md").read_text("utf-8")
SENSITIVE: Final = frozenset({
    *("CreditLimit", "CreditLimitIsMandatory", "CreditRating", "OnHoldStatus", "CustomerGroupId", "PaymentTerms"),
    *("PaymentTermsBaseDays", "PaymentDay", "PaymentSchedule", "PaymentMethod", "TaxExemptNumber", "InvoiceAccount"),
    *("IdentificationNumber", "VendorAccount", "SalesTaxGroup"),
})  # fmt: skip
"""Fields of customers about money, or about who they are before the law."""
OF_CENTRAL: Final = frozenset({
    *("currencyCode", "paymentTermsId", "paymentTermsCode", "shipmentMethodId", "shipmentMethodCode"),
    *("shippingAgentCode", "primaryContactNumber", "customerOrVendorId", "baseUnitOfMeasureId"),
})  # fmt: skip
"""The same of Business Central, and who is meant."""
REVISIONS: Final = ("", ".r2", ".r3")
FLOWS: Final = ("customers_v3_accounts", "customers_v3_contacts", "cds_contacts_v2", "cds_contacts_v2_customers")


def listed(mark: str) -> set[tuple[str, str]]:
    """Flow and line of each row of the table under a comment."""
    rows = PAGE.partition(f"<!-- {mark}:")[2].partition("\n\n")[0].splitlines()[3:]
    cells = [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]
    return {(row[0], row[1]) for row in cells}


def shipped() -> Iterator[tuple[str, FlowMap]]:
    for name in FLOWS:
        for revision in REVISIONS:
            yield name + revision, catalogue(*([name + revision] if revision else [])).map(f"dual_write.{name}")


def lines() -> Iterator[tuple[str, Line]]:
    """Every line, under the first revision that has it."""
    met: set[tuple[str, str]] = set()
    for name, found in shipped():
        flow = name.partition(".")[0]
        yield from ((name, line) for line in found.lines if (flow, line.name) not in met)
        met |= {(flow, line.name) for line in found.lines}


def test_the_page_lists_every_two_way_line_about_money() -> None:
    found = {(name, line.name) for name, line in lines() if line.erp.name in SENSITIVE and line.to_erp
             and line.to_dataverse and name.startswith("customers")}  # fmt: skip
    assert listed("lines") == found


def central() -> Iterator[tuple[str, Line]]:
    """Every line of the flows over records of Business Central, under the connector where only that brings it."""
    for flow in ("customers", "vendors", "items"):
        plain, more = whole(flow), whole(flow, "connector")
        yield from ((flow, line) for line in plain.lines)
        known = {line.name for line in plain.lines}
        yield from ((f"{flow}.connector", line) for line in more.lines if line.name not in known)
    yield from (("contacts.connector", line) for line in whole("contacts", "connector").lines)


def test_the_page_lists_every_two_way_line_of_business_central_about_money_or_who_is_meant() -> None:
    found = {(name, line.name) for name, line in central() if line.erp.name in OF_CENTRAL and line.to_erp
             and line.to_dataverse}  # fmt: skip
    assert listed("lines of business_central") == found


def test_the_page_says_what_flows_from_business_central_only() -> None:
    """Credit limit, prices and costs: no line of theirs writes Business Central, and nothing is created there."""
    one_way = {line.erp.name for _, line in central() if not line.to_erp}
    assert {"creditLimit", "unitPrice", "unitCost"} <= one_way
    assert {whole(flow).creates for flow in ("customers", "vendors", "items")} == {frozenset()}


def test_the_page_lists_every_party_that_is_looked_up_by_number() -> None:
    """Lines to customers, vendors or parties of whose table there is no flow."""
    kept = {found.dataverse.entity.name for _, found in shipped()}
    found = {
        (name, line.name)
        for name, line in lines()
        for path in (line.lookup.paths if line.lookup else ())
        if entity(DATAVERSE, path.table).party and path.table not in kept
    }
    assert listed("by number") == found


@pytest.mark.parametrize("table", ["accounts", "contacts", "msdyn_vendors", "msdyn_parties", "msdyn_contactforparties"])
def test_customers_vendors_and_people_are_known_as_such(table: str) -> None:
    assert entity(DATAVERSE, table).party
