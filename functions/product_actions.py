"""What is done for a product of Sales once it holds what the ERP says: a price, and its active state.

It is put on a price list of its currency, and set active where it came into being as a draft (reference:
prospect-to-cash 3.7, business-central 3.7). Where Microsoft's solution for finance and operations is installed its own
steps see to the price. Unless a suite says otherwise the list is the first valid one by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from shared.mapping import ABSENT, DATAVERSE, Entity, Field, FlowMap, entity, reader
from shared.reconcile import Change, Decision, Step
from shared.systems import Condition, Observation, System

VENDORS: Final = "msdynce_ismaintainedexternally"
"""Its solution is installed where products are marked by this column."""
ACTIVE, RETIRED, DRAFT = "0", "1", "2"
FAMILY: Final = "2"
AMOUNT: Final = "1"
"""Pricing method of an item that says what it costs, and not a share of something else."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Product:
    """A row of products: canonical values, its version, and the code of its currency. A blank price is 0: an ERP knows
    no other blank. prices: its default price list.
    """

    row: str
    version: str
    state: str
    price: str
    unit: str
    currency: str
    code: str
    structure: str = "1"
    prices: str = ""


@dataclass(frozen=True, slots=True)
class PriceList:
    row: str
    name: str
    state: str = ACTIVE
    begins: str = ""
    ends: str = ""

    def is_valid(self, now: datetime) -> bool:
        """True from the beginning of its first day to the end of its last one."""
        begun = not self.begins or datetime.fromisoformat(self.begins) <= now
        return self.state == ACTIVE and begun and (not self.ends or now < datetime.fromisoformat(self.ends) + DAY)


@dataclass(frozen=True, slots=True)
class Item:
    """A price of a product on a list, for one unit."""

    row: str
    version: str
    prices: str
    unit: str
    amount: str
    method: str = AMOUNT


def first_valid(lists: Sequence[PriceList], now: datetime) -> PriceList | None:
    """The first list by name that holds now."""
    valid = [each for each in lists if each.is_valid(now)]
    return min(valid, key=lambda each: (each.name.casefold(), each.row), default=None)


def priced(product: Product, prices: PriceList | None, items: Sequence[Item], kept: str) -> Decision:
    """What puts a product on a list, at its price. items: all of it; kept: the one that we have put there before.

    A retired product takes no other price; where its price is right already, there is nothing to ask.
    """
    lacking = _lacking(product, prices)
    found = _put_right(product, prices, items, kept) if prices is not None and lacking is None else lacking
    assert found is not None
    if product.state == RETIRED and (lacking or found.steps):
        return Decision(parks="it is retired in Sales, and a retired product has no new price: set it active there, or "
                        "stop its sale in the ERP")  # fmt: skip
    return found


def _put_right(product: Product, prices: PriceList, items: Sequence[Item], kept: str) -> Decision:
    """What gives a product its item on a list."""
    there = [each for each in items if each.prices == prices.row]
    item = next((each for each in there if each.unit == product.unit), None)
    item = item or next((each for each in there if each.row == kept), None)
    if item is None:
        changes = (
            Change("pricelevelid", "", prices.row, prices.name),
            Change("productid", "", product.row),
            Change("uomid", "", product.unit),
            Change("amount", "", product.price or "0"),
        )
        return Decision((Step(f"put on the price list {prices.name}", "productpricelevels", changes),))
    corrections = _corrections(product, item)
    what = f"price on the price list {prices.name} corrected"
    steps = (Step(what, "productpricelevels", corrections, item.row, item.version),) if corrections else ()
    return Decision(steps, row=item.row)


def _lacking(product: Product, prices: PriceList | None) -> Decision | None:
    """Why a product cannot be on a price list as it is."""
    if product.structure == FAMILY:
        return Decision(parks="it is a product family in Sales, which has no price: give one of the two another number")
    for name, value in (("unit", product.unit), ("currency", product.currency)):
        if not value:
            return Decision(waits=f"it has no {name} yet, so that it cannot be on a price list")
    if prices is None:
        return Decision(waits=f"no active price list in {product.code or product.currency} is valid today: make one in "
                        "Sales, or let one begin earlier")  # fmt: skip
    return None


def _corrections(product: Product, item: Item) -> tuple[Change, ...]:
    wanted = [("uomid", item.unit, product.unit), ("pricingmethodcode", item.method or AMOUNT, AMOUNT)]
    changes = [Change(name, old, new) for name, old, new in wanted if old != new]
    if Decimal(item.amount or 0) != Decimal(product.price or 0):
        changes.append(Change("amount", item.amount, product.price or "0"))
    return tuple(changes)


def activated(product: Product) -> Decision:
    """What makes a draft usable. Whatever else its state is, it has been active before, and a person has changed it."""
    if product.state != DRAFT:
        return Decision()
    changes = (Change("statecode", DRAFT, ACTIVE, "Active"), Change("statuscode", "0", "1", "Active"))
    return Decision((Step("set active", "products", changes, product.row, product.version),))


# -- what is read for that


_PRODUCT: Final = (
    "statecode", "price", "defaultuomid", "transactioncurrencyid", "productstructure", "pricelevelid",
)  # fmt: skip
_LIST: Final = ("name", "statecode", "begindate", "enddate")
_ITEM: Final = ("pricelevelid", "uomid", "amount", "pricingmethodcode")


def values_of(table: Entity, names: Sequence[str], found: Observation) -> list[str]:
    """Canonical values; a column that holds nothing has its default."""
    columns = [table.fields[name] for name in names]
    read = [(each, reader(each)(found.row.get(each.wire_name, ABSENT))) for each in columns]
    return [value if value and value is not ABSENT else _default(each) for each, value in read]


def _default(column: Field) -> str:
    return "" if column.default is None else str(column.default)


async def product_of(dataverse: System, row_id: str) -> Product | None:
    """A product as it stands; None if it is gone."""
    table = entity(DATAVERSE, "products")
    found = await dataverse.read(table, (row_id,), [table.fields[name].wire_name for name in _PRODUCT])
    if found is None:
        return None
    state, price, unit, currency, structure, prices = values_of(table, _PRODUCT, found)
    return Product(row_id, found.version, state, price, unit, currency, "", structure, prices)


async def rows_with(dataverse: System, name: str, column: str, value: str, names: Sequence[str]) -> list[Observation]:
    """Rows of a table that hold a value, with these columns."""
    table = entity(DATAVERSE, name)
    conditions: list[Condition] = [(table.fields[column], value)]
    columns = [table.id, *(table.fields[each].wire_name for each in (column, *names) if each != table.id)]
    return await dataverse.find(table, conditions, list(dict.fromkeys(columns)))


async def lists_in(dataverse: System, currency: str) -> list[PriceList]:
    """The price lists of a currency, by its id."""
    table = entity(DATAVERSE, "pricelevels")
    rows = await rows_with(dataverse, table.name, "transactioncurrencyid", currency, _LIST) if currency else []
    return [PriceList(str(each.row[table.id]), *values_of(table, _LIST, each)) for each in rows]


async def list_of(dataverse: System, row_id: str) -> PriceList | None:
    """A price list by its id, if it is there."""
    table = entity(DATAVERSE, "pricelevels")
    found = await dataverse.read(table, (row_id,), [table.id, *(table.fields[name].wire_name for name in _LIST)])
    return PriceList(row_id, *values_of(table, _LIST, found)) if found else None


async def _items(dataverse: System, product: str) -> list[Item]:
    table = entity(DATAVERSE, "productpricelevels")
    rows = await rows_with(dataverse, table.name, "productid", product, _ITEM)
    return [Item(str(each.row[table.id]), each.version, *values_of(table, _ITEM, each)) for each in rows]


async def code_of(dataverse: System, currency: str) -> str:
    """The code of a currency, by its id."""
    row = await dataverse.read(entity(DATAVERSE, "transactioncurrencies"), (currency,), ["isocurrencycode"])
    return str(row.row["isocurrencycode"]) if row else ""


@dataclass(frozen=True, slots=True)
class PriceListItem:
    """Keeps one item of the product right: made once, corrected when price, currency or unit have changed.

    In a list of another currency what stood there stays: somebody may still sell at it.
    """

    name: str = "price list item"
    inputs: Sequence[str] = ("price", "transactioncurrencyid", "defaultuomid")
    brings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def is_ours(self, found: FlowMap) -> bool:
        return all(each.target.name != VENDORS for each in found.dataverse.constants)

    async def decide(self, dataverse: System, row_id: str, kept: str, now: datetime) -> Decision:
        product = await product_of(dataverse, row_id)
        if product is None:
            return Decision(waits="it is gone")
        prices = await self.chosen(dataverse, product, now)
        if prices is None and product.currency:
            product = replace(product, code=await code_of(dataverse, product.currency))
        return priced(product, prices, await _items(dataverse, row_id), kept)

    async def chosen(self, dataverse: System, product: Product, now: datetime) -> PriceList | None:
        """The list that the product is to be on, if there is one."""
        return first_valid(await lists_in(dataverse, product.currency), now)


@dataclass(frozen=True, slots=True)
class ActiveState:
    """Sets the product active, once: a person who revises or retires it later has decided."""

    name: str = "active state"
    inputs: Sequence[str] = ()
    brings: Mapping[str, tuple[str, str]] = field(default_factory=lambda: {"statecode": (DRAFT, ACTIVE)})

    def is_ours(self, found: FlowMap) -> bool:
        return True

    async def decide(self, dataverse: System, row_id: str, kept: str, now: datetime) -> Decision:
        product = await product_of(dataverse, row_id)
        return activated(product) if product else Decision(waits="it is gone")


PRODUCTS: Final = (PriceListItem(), ActiveState())
