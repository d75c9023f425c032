"""Every column of the tables of people, money and the catalogue: what its type, length, range and list refuse, and when
it may be written (reference: dataverse-tables; dataverse-web-api 4 and 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.contract.dataverse.catalogue import CURRENCY, Catalogue, catalogue, item_body, product_body
from tests.emulator.dataverse.probe import Probe
from tests.emulator.dataverse.schema import Column

TABLES: Final = (
    "businessunits", "pricelevels", "productpricelevels", "products", "systemusers", "teams", "transactioncurrencies",
    "uoms", "uomschedules",
)  # fmt: skip
NUMBERS: Final = frozenset({"int", "decimal", "money", "double"})
UNREADABLE: Final[dict[str, list[Any]]] = {
    "text": [5, True, {}],
    "memo": [5, True, {}],
    "code": [5, True, {}],
    "int": ["5", 5.5, True, {}],
    "choice": ["1", True, {}],
    "decimal": ["5", True, {}],
    "money": ["5", True, {}],
    "double": ["5", True, {}],
    "bool": ["true", 1, {}],
    "guid": ["5", 5, {}],
    "date": ["2025-02-30", "01.01.2025", 5],
    "datetime": ["2025-01-01", "now", 5],
}
EACH = pytest.mark.parametrize("table", TABLES)


@pytest.fixture
def shop(probe: Probe) -> Catalogue:
    return catalogue(probe)


def new(shop: Catalogue, table: str) -> dict[str, Any]:
    """The body of another row."""
    group = {"uomscheduleid@odata.bind": f"/uomschedules({shop.group})"}
    bodies: dict[str, dict[str, Any]] = {
        "transactioncurrencies": CURRENCY,
        "uoms": {"name": "Box", "quantity": 10, "baseuom@odata.bind": f"/uoms({shop.unit})", **group},
        "products": product_body(shop.group, shop.unit, "P-2"),
        "systemusers": {"domainname": "anna@contoso.example", "internalemailaddress": "anna@contoso.example"},
    }
    if table == "productpricelevels":
        number = f"P-{len(list(shop.probe.twin.rows('products'))) + 1}"
        other = shop.probe.created("products", **product_body(shop.group, shop.unit, number))
        return item_body(shop.prices, other)
    return bodies.get(table, {"name": "Another"})


@pytest.fixture
def target(shop: Catalogue, table: str) -> str:
    """The address of a row of the table."""
    return f"{table}({shop.probe.created(table, **new(shop, table))})"


def columns(shop: Catalogue, table: str, *, plain: bool = True) -> Iterator[Column]:
    """The columns of a table, lookups and the id aside; plain: those that a change may name."""
    definition = shop.probe.twin.environment.table(table).definition
    for each in definition.columns.values():
        fixed = each.read_only or each.create_only
        if each.type not in ("lookup", "bigint") and each.name != definition.id and not (plain and fixed):
            yield each


def refused(shop: Catalogue, target: str, name: str, value: Any) -> tuple[int, str]:
    """What a change says, which changes nothing."""
    before = shop.probe.get(target).json
    found = shop.probe.patch(target, {name: value}).refusal
    assert shop.probe.get(target).json == before, name
    return found


@EACH
def test_no_text_is_longer_than_its_column(shop: Catalogue, table: str, target: str) -> None:
    """One character more is refused; what fills it is kept."""
    for each in columns(shop, table):
        if each.type in ("text", "memo", "code"):
            assert refused(shop, target, each.name, "x" * (each.length + 1)) == (400, "0x80044331"), each.name
            assert shop.probe.patch(target, {each.name: "x" * each.length}).status == 204, each.name
            assert len(shop.probe.get(target).json[each.name]) == each.length


@EACH
def test_no_number_is_outside_its_range(shop: Catalogue, table: str, target: str) -> None:
    """Below the least and above the most is refused; the most is kept."""
    for each in columns(shop, table):
        if each.type in NUMBERS:
            code = "0x8004432f" if each.type == "int" else "0x80044330"
            step = 1 if each.type == "int" else max(1.0, abs(each.minimum))
            for value in (each.minimum - step, each.maximum * 2 + 1):
                sent = int(value) if each.type == "int" else value
                assert refused(shop, target, each.name, sent) == (400, code), (each.name, value)
            most = int(each.maximum) if each.type == "int" else each.maximum
            assert shop.probe.patch(target, {each.name: most}).status == 204, each.name
            assert shop.probe.get(target).json[each.name] == most, each.name


@EACH
def test_no_option_is_taken_that_a_list_does_not_have(shop: Catalogue, table: str, target: str) -> None:
    """Nor a state."""
    for each in columns(shop, table):
        if each.type == "choice":
            assert refused(shop, target, each.name, max(each.options) + 1) == (400, "0x8004431a"), each.name


@EACH
def test_no_value_is_of_another_type(shop: Catalogue, table: str, target: str) -> None:
    """What cannot be read as the column's type is a body that cannot be read."""
    for each in columns(shop, table):
        for value in UNREADABLE[each.type]:
            assert refused(shop, target, each.name, value) == (400, "0x80048d19"), (each.name, value)


@EACH
def test_when_a_column_may_be_written(shop: Catalogue, table: str, target: str) -> None:
    """What the platform writes is refused always; what is for one moment only is refused at the other."""
    body = new(shop, table)
    for each in columns(shop, table, plain=False):
        value = _some(each)
        if each.read_only or each.create_only:
            assert refused(shop, target, each.name, value)[0] == 400, each.name
        if each.read_only or each.update_only:
            said = shop.probe.post(table, {**body, each.name: value})
            assert said.refusal[0] == 400, each.name
            assert each.name in said.message


def _some(column: Column) -> Any:
    if column.type == "choice":
        return max(column.options)
    if column.type in NUMBERS:
        return 5
    kinds = {"bool": True, "guid": "b1f2c3d4-5e6f-4f11-a671-000d3a33cc10", "datetime": "2020-01-01T00:00:00Z"}
    return kinds.get(column.type, "2020-01-01" if column.type == "date" else "x")
