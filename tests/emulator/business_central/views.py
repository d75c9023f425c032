"""Rows as pages show them: stored fields by the names of properties, and what a page computes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from tests.emulator.business_central.environment import Company
from tests.emulator.business_central.schema import CARDS, ZERO, Page, Property
from tests.emulator.business_central.store import Row

FLOWS: Final[Mapping[str, frozenset[str]]] = {
    "Customer": frozenset({"Balance Due", "Balance (LCY)", "Sales (LCY)", "Balance Due (LCY)"}),
    "Vendor": frozenset({"Balance (LCY)"}),
    "Contact": frozenset({"Date of Last Interaction"}),
}
"""Fields that are worked out when they are read: no column, no stamp (reference: business-central-tables)."""

Computed = Callable[[Company, Row], Any]


def _currency(company: Company, row: Row) -> str:
    return str(row.values["Currency Code"] or company.currency)


def _tax_area(company: Company, row: Row) -> str:
    area = company.of("taxAreas").rows.get(row.values["Tax Area ID"])
    return str(area.values["Description"]) if area else ""


def _inventory(company: Company, row: Row) -> Any:
    return company.usage.stock.get(row.values["No."], 0)


def _customer(company: Company, row: Row) -> Row | None:
    owner = company.of("contacts").with_code(row.values["Company No."])
    found = company.relations.get(owner.id, ()) if owner else ()
    ids = [row_id for table, row_id in found if table == "Customer"]
    return company.of("customers").rows.get(ids[0]) if ids else None


def _customer_id(company: Company, row: Row) -> str:
    found = _customer(company, row)
    return found.id if found else ZERO


def _customer_name(company: Company, row: Row) -> str:
    found = _customer(company, row)
    return str(found.values["Name"]) if found else ""


def _stands_for(*tables: str) -> Computed:
    """For whom the company of a contact stands: the row of the first of these tables that it has one of."""

    def found(company: Company, row: Row) -> str:
        owner = company.of("contacts").with_code(row.values["Company No."]) if row.values["Company No."] else None
        related = dict(company.relations.get(owner.id, ())) if owner else {}
        return next((related[table] for table in tables if table in related), ZERO)

    return found


_COMPUTED: Final[Mapping[tuple[str, str], Computed]] = {
    ("customers", "currencyCode"): _currency,
    ("customers", "taxAreaDisplayName"): _tax_area,
    ("vendors", "currencyCode"): _currency,
    ("vendors", "irs1099Code"): lambda company, row: "",  # noqa: ARG005 - a field of other countries
    ("items", "inventory"): _inventory,
    ("customerContacts", "customerId"): _customer_id,
    ("customerContacts", "customerName"): _customer_name,
    ("contactCards", "currencyCode"): _currency,
    ("contactCards", "customerOrVendorId"): _stands_for("Customer", "Vendor"),
    ("contactCards", "vendorOrCustomerId"): _stands_for("Vendor", "Customer"),
    ("itemCards", "baseUnitOfMeasureId"): lambda company, row: row.values["Unit of Measure Id"],  # noqa: ARG005 - the row's
    **{(card, "templateCode"): lambda company, row: "" for card in CARDS},  # noqa: ARG005 - nothing is kept of it
    ("companyInformation", "currencyCode"): lambda company, row: company.currency,  # noqa: ARG005 - of the company
    ("companyInformation", "currentFiscalYearStartDate"): lambda company, row: f"{company.created[:4]}-01-01",  # noqa: ARG005
    ("companyInformation", "experience"): lambda company, row: company.experience,  # noqa: ARG005 - of the company
    ("taxAreas", "taxType"): lambda company, row: "VAT" if company.vat else "Sales_x0020_Tax",  # noqa: ARG005
    ("taxGroups", "taxType"): lambda company, row: "VAT" if company.vat else "Sales_x0020_Tax",  # noqa: ARG005
}
_MOVES: Final = frozenset({"inventory"})
"""Computed properties that come from other tables' rows, and so move the version of a row that nobody wrote."""


def _computed(page: Page, name: str) -> Computed | None:
    return _COMPUTED.get((page.name, name)) or _COMPUTED.get((page.shows, name))


def value(company: Company, page: Page, row: Row, name: str) -> Any:
    """One property of a row."""
    found = page.properties[name]
    computed = _computed(page, name)
    if computed is not None:
        return computed(company, row)
    if found.source in FLOWS.get(page.table, ()):
        return row.table.flow(row, found.source, found.empty)
    return row.values[found.source]


def calculate(company: Company, page: Page, row: Row, name: str, made: Any) -> None:
    """What is worked out for a property becomes another value, as if other tables had been written."""
    source = page.properties[name].source
    if name == "inventory":
        company.usage.stock[row.values["No."]] = made
    elif source in FLOWS.get(page.table, ()):
        row.table.flows.setdefault(row.id, {})[source] = made
    else:
        raise ValueError(f"{page.name}.{name} is not worked out: write it")


def shown(company: Company, page: Page, row: Row) -> dict[str, Any]:
    """All properties of a row, in the order of the page."""
    return {name: value(company, page, row, name) for name in page.properties}


def filterable(page: Page, found: Property) -> bool:
    """True for a property that stands for a stored field of the table: nothing else can be filtered by.

    A text without a length is an expression of the page.
    """
    computed = _computed(page, found.name) is not None or found.source in FLOWS.get(page.table, ())
    return bool(found.source) and not computed and found.type != "memo"


def etag(company: Company, page: Page, row: Row) -> str:
    """The version of a row on a page: of the row, and of what the page computes."""
    moving = [name for name, each in page.properties.items() if _moves(page, each)]
    seen = "|".join(str(value(company, page, row, name)) for name in moving)
    digits = int.from_bytes(blake2b(f"{row.id}{row.version}{seen}".encode(), digest_size=8).digest())
    text = f"'{len(str(digits))};{digits};00;'"
    return f'W/"{base64.b64encode(text.encode()).decode()}"'


def _moves(page: Page, found: Property) -> bool:
    return found.name in _MOVES or found.source in FLOWS.get(page.table, ())
