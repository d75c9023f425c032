"""What prospect_to_cash finds on both sides before the first customer: currencies, units, prices, products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.emulator.dataverse.twin import BASE_CURRENCY_ID
from tests.emulator.guids import guid

Row = dict[str, Any]
Rows = dict[str, list[Row]]

MAPPED: Final[Mapping[str, tuple[str, str]]] = {
    "US": ("USA", "united states"),
    "GB": ("GBR", "united kingdom"),
    "DE": ("DEU", "germany"),
    "FR": ("FRA", "france"),
    "ES": ("ESP", "spain"),
    "SE": ("SWE", "sweden"),
    "CN": ("CHN", "china"),
    "JP": ("JPN", "japan"),
}
"""Countries of the demo by ISO code: F&O's own code, and the name that the vendor's value map knows."""

UNMAPPED_COUNTRY: Final = "Italy"
CURRENCIES: Final = (
    ("USD", "US Dollar", "$", 1.08, 2),
    ("EUR", "Euro", "€", 1.0, 2),
    ("GBP", "Pound Sterling", "£", 0.85, 2),
    ("SEK", "Swedish Krona", "kr", 11.4, 2),
    ("CNY", "Yuan", "¥", 7.8, 2),
    ("JPY", "Yen", "¥", 162.0, 0),
)
ONLY_IN_SALES: Final = ("CHF", "Swiss Franc", "Fr", 0.96, 2)
UNITS: Final = {"ea": ("Each", 0), "box": ("Box of twelve", 0), "h": ("Hour", 2), "kg": ("Kilogram", 3)}
NO_UNIT_IN_SALES: Final = "pl"
GROUP, SITE, WAREHOUSE, LANGUAGE = "10", "1", "13", "en-us"
_GOODS: Final = ("Espresso machine", "Grinder", "Cups", "Filter papers", "Beans", "Milk jug", "Scale", "Kettle")
_SIZES: Final = ("S", "M", "L")


@dataclass(frozen=True)
class SalesCatalogue:
    """Rows of both systems, and ids of Sales by code."""

    finops: Rows
    dataverse: Rows
    currencies: Mapping[str, str]
    price_lists: Mapping[str, str]

    def currency(self, code: str) -> Row:
        return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currencies[code]})"}


def sales_catalogue(random: Random, company: str, products: int) -> SalesCatalogue:
    """So many products in F&O, and in Sales what they and documents need."""
    codes = [*CURRENCIES, ONLY_IN_SALES]
    currencies = {code: BASE_CURRENCY_ID if code == "EUR" else guid(random) for code, *_ in codes}
    lists = {code: guid(random) for code in ("USD", "EUR", "old")}
    group = guid(random)
    return SalesCatalogue(
        finops={
            "Currencies": [{"CurrencyCode": code, "Name": name, "Symbol": sign} for code, name, sign, *_ in CURRENCIES],
            "AddressCountryRegions": [{"CountryRegion": own, "ISOcode": iso} for iso, (own, _) in MAPPED.items()],
            "CustomerGroups": [{"dataAreaId": company, "CustomerGroupId": GROUP, "Description": "Retail"}],
            "OperationalSites": [{"dataAreaId": company, "SiteId": SITE, "SiteName": "Site 1"}],
            "Warehouses": [{"dataAreaId": company, "WarehouseId": WAREHOUSE, "OperationalSiteId": SITE}],
            "UnitsOfMeasure": [
                {"UnitSymbol": symbol, "UnitDescription": words, "DecimalPrecision": digits}
                for symbol, (words, digits) in {**UNITS, NO_UNIT_IN_SALES: ("Pallet", 0)}.items()
            ],
            "SellableReleasedProducts": list(_products(random, company, products)),
        },
        dataverse={
            "transactioncurrencies": [_currency(currencies[code[0]], *code) for code in codes],
            "uomschedules": [{"uomscheduleid": group, "name": "Default Unit", "baseuomname": "ea"}],
            "uoms": list(_units(random, group)),
            "pricelevels": list(_price_lists(lists, currencies)),
        },
        currencies=currencies,
        price_lists=lists,
    )


def _currency(row_id: str, code: str, name: str, sign: str, rate: float, digits: int) -> Row:
    row = {"transactioncurrencyid": row_id, "isocurrencycode": code, "currencyname": name}
    return {**row, "currencysymbol": sign, "exchangerate": rate, "currencyprecision": digits}


def _units(random: Random, group: str) -> Sequence[Row]:
    """Every unit of F&O's but one, under its symbol."""
    base = guid(random)
    within = {"uomscheduleid@odata.bind": f"/uomschedules({group})"}
    first = {"uomid": base, "name": "ea", "quantity": 1, "isschedulebaseuom": True, **within}
    others = [symbol for symbol in UNITS if symbol != "ea"]
    return [first] + [
        {"uomid": guid(random), "name": symbol, "quantity": 12, "baseuom@odata.bind": f"/uoms({base})", **within}
        for symbol in others
    ]


def _price_lists(lists: Mapping[str, str], currencies: Mapping[str, str]) -> Sequence[Row]:
    """One in each of two currencies, and one that is no longer valid though its name comes first."""

    def bind(code: str) -> Row:
        return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currencies[code]})"}

    return [
        {"pricelevelid": lists["USD"], "name": "CRM Service USA (sample)", **bind("USD")},
        {"pricelevelid": lists["EUR"], "name": "Retail Europe", **bind("EUR")},
        {"pricelevelid": lists["old"], "name": "A former list", "enddate": "2020-12-31T00:00:00Z", **bind("USD")},
    ]


def _products(random: Random, company: str, number: int) -> Sequence[Row]:
    """Items, variants of an item under numbers of their own, services, and one whose unit Sales lacks."""
    rows = [_product(random, company, place) for place in range(number)]
    if rows:
        rows[-1] |= {"SalesUnitSymbol": NO_UNIT_IN_SALES, "SalesUnitDecimalPrecision": 0}
    return rows


def _product(random: Random, company: str, place: int) -> Row:
    goods, service = random.choice(_GOODS), place % 7 == 6
    size = f" : {random.choice(_SIZES)}" if place % 5 == 4 and not service else ""
    unit = "h" if service else random.choice(("ea", "ea", "box", "kg"))
    return {
        "dataAreaId": company,
        "ProductNumber": f"P{place + 1:05d}{size}",
        "ProductName": f"{goods} repair" if service else f"{goods}{size.replace(' :', ',')}",
        "ProductDescription": f"{goods}: for shops and offices" if random.random() < 0.5 else "",
        "ProductType": "Service" if service else "Item",
        "IsStockedProduct": "No" if service else "Yes",
        "SalesPrice": random.randrange(200, 90_000) / 100,
        "UnitCost": random.randrange(100, 40_000) / 100,
        "SalesUnitSymbol": unit,
        "SalesUnitDecimalPrecision": UNITS[unit][1],
        "InventoryUnitSymbol": unit,
        "InventoryUnitDecimalPrecision": UNITS[unit][1],
    }
