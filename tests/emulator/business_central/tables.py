"""Tables behind the pages: their fields, keys and captions, and what no page of these flows shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Final

from tests.emulator.business_central.schema import (
    ID,
    MODIFIED,
    NO_TIME,
    OF_CONNECTOR,
    ZERO,
    Page,
    Property,
    every_page,
    pages,
    served,
)

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "Customer": ("No.",),
    "Vendor": ("No.",),
    "Contact": ("No.",),
    "Item": ("No.",),
    "Currency Exchange Rate": ("Currency Code", "Starting Date"),
    "Company Information": (),
    "General Ledger Setup": (),
    "Sales & Receivables Setup": (),
    "CRM Integration Record": ("CRM ID", "Integration ID"),
    "CRM Option Mapping": ("Record ID",),
    "CRM Connection Setup": (),
    "CDS Connection Setup": (),
}
"""Primary keys that are no single code (reference: business-central-tables)."""
_INITIAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "Country/Region": {"Address Format": "City_x002B_Post_x0020_Code"},
    "Currency": {"Amount Decimal Places": "2:2", "Invoice Rounding Precision": Decimal("0.01")},
    "Customer Price Group": {"Allow Invoice Disc.": True, "Allow Line Disc.": True},
    "CRM Connection Setup": {"Unit Group Mapping Enabled": True},
    "Gen. Product Posting Group": {"Auto Insert Default": True},
}
"""What stands in a new row of which nothing was said (reference: business-central-tables, init)."""
NEEDED: Final = frozenset({("Currency", "Amount Decimal Places")})
"""Fields that cannot be emptied, keys aside (reference: business-central-tables, notBlank)."""
_BEHIND: Final = frozenset({"customerContacts", "customerFinancialDetails"})
"""Sets that show rows which are another set's."""


def _code(length: int, ref: str = "") -> Property:
    return Property("", "code", length=length, ref=ref)


def _text(length: int) -> Property:
    return Property("", "text", length=length)


_HIDDEN: Final[Mapping[str, Mapping[str, Property]]] = {
    "Customer": {
        "Currency Code": _code(10, "currencies"),
        "Payment Terms Code": _code(10, "paymentTerms"),
        "Shipment Method Code": _code(10, "shipmentMethods"),
        "Payment Method Code": _code(10, "paymentMethods"),
    },
    "Vendor": {
        "Currency Code": _code(10, "currencies"),
        "Payment Terms Code": _code(10, "paymentTerms"),
        "Payment Method Code": _code(10, "paymentMethods"),
    },
    "Contact": {
        "Currency Code": _code(10, "currencies"),
        "First Name": _text(30),
        "Middle Name": _text(30),
        "Surname": _text(30),
    },
    "Company Information": {"Experience": _text(30)},
}


@dataclass(frozen=True)
class Definition:
    """A table: its fields by name, its key, and the set that shows the whole of it."""

    name: str
    page: Page
    fields: Mapping[str, Property]
    key: tuple[str, ...]

    @cached_property
    def template(self) -> dict[str, Any]:
        """A row in which nothing was said."""
        empty = {name: each.empty for name, each in self.fields.items()}
        return {ID: ZERO, **empty, **_INITIAL.get(self.name, {}), MODIFIED: NO_TIME}

    @cached_property
    def codes(self) -> Mapping[str, Property]:
        """Fields that hold the code of a row of a table."""
        return {name: each for name, each in self.fields.items() if each.ref and each.type == "code"}

    def identification(self, values: Mapping[str, Any]) -> str:
        """A row as messages name it."""
        return ",".join(f"{name}='{values[name]}'" for name in self.key)


@cache
def definitions() -> Mapping[str, Definition]:
    """All tables by name."""
    whole = [page for page in pages().values() if page.in_company and page.name not in _BEHIND and not _is_view(page)]
    others = {page.table: page for page in served(OF_CONNECTOR).values()}
    shown = others | {page.table: page for page in whole}
    return {table: _definition(page) for table, page in shown.items()}


def _is_view(page: Page) -> bool:
    """True for a set that is put together when it is read, from rows of others."""
    return page.temporary and not page.operations


def _definition(page: Page) -> Definition:
    shown = dict(_sources(page))
    for other in every_page().values():
        if other.table == page.table and other is not page:
            shown = {**dict(_sources(other)), **shown}
    fields = {**shown, **_HIDDEN.get(page.table, {})}
    return Definition(page.table, page, fields, _KEYS.get(page.table, ("Code",)))


def _sources(page: Page) -> Iterator[tuple[str, Property]]:
    for each in page.properties.values():
        if each.source and each.source not in (ID, MODIFIED):
            yield each.source, replace(each, read_only=False)
