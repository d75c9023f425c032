"""The printed tables of prospect to cash, against which its maps are held."""

from __future__ import annotations

import pytest

from tests.unit.maps.tables_as_printed import FROM_FINOPS, constants, countries, printed_maps, rows_of, values

ROWS = {
    "accounts": 30, "contacts": 23, "contacts_to_customers": 22, "products": 12, "quotes": 14, "quote_lines": 7,
    "orders_out": 14, "order_lines_out": 7, "orders_back": 26, "order_lines_back": 20, "invoices": 21,
    "invoice_lines": 15,
}  # fmt: skip


def test_there_are_twelve_tables() -> None:
    """Every published task has its table, with so many rows as could be read, and no row stands in it twice."""
    assert {name: len(rows_of(name)) for name in printed_maps()} == ROWS
    assert {name: len({each.line for each in rows_of(name)}) for name in ROWS} == ROWS


@pytest.mark.parametrize("name", ROWS)
def test_a_table_has_one_direction(name: str) -> None:
    """Every row goes to the system that receives: a default has no source, and what is copied has both ends."""
    for each in rows_of(name):
        source, target = (each.field, each.column) if name in FROM_FINOPS else (each.column, each.field)
        assert target != "-"
        assert each.transformed or source != "-"


@pytest.mark.parametrize("name", constants())
def test_documented_constants_are_rows_without_a_source(name: str) -> None:
    """What the text gives as a default is printed as one."""
    table, _, target = name.partition(".")
    assert [each.transformed for each in rows_of(table) if target in (each.field, each.column)] == [True]


@pytest.mark.parametrize("name", values())
def test_documented_values_belong_to_a_transform(name: str) -> None:
    """What the text gives as pairs is printed as a transform with a source."""
    table, _, source = name.partition(".")
    assert [each.transformed for each in rows_of(table) if source in (each.field, each.column)] == [True]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("accounts", "PartyNumber < accountnumber"),
        ("accounts", "SalesCurrencyCode << transactioncurrencyid.isocurrencycode"),
        ("contacts", "AssociatedPartyNumber < parentcustomerid.Account(accountnumber).Contact(msdynce_contactnumber)"),
        ("contacts", "IsInactive << statecode"),
        ("products", "- >> defaultuomscheduleid.name"),
        ("products", "SalesPrice > price"),
        ("quotes", "DeliveryAddressZipCode < billto_postalcode"),
        ("invoices", "TotalDiscountCustomerGroupCode > discountamount"),
    ],
)
def test_a_row_is_a_line_of_a_map(name: str, line: str) -> None:
    """Copied rows and transforms become one-way lines with the symbol of their direction; slips stay."""
    assert line in [each.line for each in rows_of(name)]


def test_countries() -> None:
    """Twenty-one pairs, with the name of Colombia as printed."""
    assert len(countries()) == 21
    assert countries()["co"] == "columbia"
