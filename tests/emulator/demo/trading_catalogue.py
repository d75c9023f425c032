"""What business_central finds on both sides before the first customer: users, salespeople, currencies, units, terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.emulator.dataverse.twin import BASE_CURRENCY_ID
from tests.emulator.guids import guid

Row = dict[str, Any]
Rows = dict[str, list[Row]]

DE: Final = "CRONUS DE"
US: Final = "CRONUS US"
LOCAL: Final = {DE: "EUR", US: "USD"}
"""Companies with their local currency. The first one's is the base currency of Dataverse, the other one's is not."""
COUNTRIES: Final = ("US", "GB", "DE", "FR", "ES", "SE", "CN", "JP")
CURRENCIES: Final = (
    ("EUR", "Euro", "€", 1.0),
    ("USD", "US Dollar", "$", 1.08),
    ("GBP", "Pound Sterling", "£", 0.85),
    ("SEK", "Swedish Krona", "kr", 11.4),
    ("JPY", "Yen", "¥", 162.0),
)
"""Code, name, symbol, and how many of it are one euro."""
NO_RATE: Final = ("CHF", "Swiss Franc", "Fr")
"""In Business Central without a single exchange rate."""
NO_ISO_CODE: Final = ("BONUS", "Bonus points", "*")
"""In Business Central under a code that no currency of the world has."""
ONLY_IN_SALES: Final = ("NOK", "Norwegian Krone", "kr", 11.7)
TERMS: Final = (
    ("NET 30", "Net 30 days", "30D"),
    ("NET 45", "Net 45 days", "45D"),
    ("14 DAYS", "Net 14 days", "14D"),
    ("CM", "Current month", "CM"),
    ("COD", "Cash on delivery", "0D"),
)
"""Some have the labels that the choice in Dataverse has from the start, in another letter case."""
SHIPMENTS: Final = (("FOB", "Free on board"), ("NO CHARGE", "No charge"), ("EXW", "Ex works"), ("C/O & 'X'", "Marks"))
METHODS: Final = (("BANK", "Bank transfer"), ("CASH", "Cash payment"))
UNITS: Final = (("PCS", "Piece", "EA"), ("BOX", "Box", "BX"), ("HOUR", "Hour", "HUR"), ("KG", "Kilogram", "KGM"))
TWO_UNITS: Final = "BOX"
"""Its group in Dataverse has a second unit, which the product forbids."""
NO_GROUP: Final = "KG"
SALESPEOPLE: Final = (
    ("JO", "Jim Olive", "jim.olive@contoso.example"),
    ("LT", "Linda Torres", "Linda.Torres@Contoso.example"),
    ("OF", "Otto Forster", "otto.forster@contoso.example"),
    ("HR", "Helena Ray", "helena.ray@contoso.example"),
    ("ESN", "Ester Nilsen", ""),
    ("XX", "Somebody Else", "nobody@elsewhere.example"),
)
"""Code, name, e-mail: one in another letter case, two that no user has."""
USERS: Final[Sequence[tuple[str, str, Mapping[str, bool]]]] = (
    ("Jim Olive", "jim.olive@contoso.example", {}),
    ("Linda Torres", "linda.torres@contoso.example", {}),
    ("Otto Forster", "otto.forster@contoso.example", {"isdisabled": True}),
    ("Helena Ray", "helena.ray@contoso.example", {"islicensed": False}),
    ("Nadia New", "nadia.new@contoso.example", {}),
    ("The integration", "integration@contoso.example", {"isintegrationuser": True}),
)
"""Name, e-mail, and why one is not to be synchronised; one whom Business Central does not know yet."""


@dataclass(frozen=True)
class TradingCatalogue:
    """Rows of both systems, and ids: of Dataverse by code or name, of Business Central by company, set and code."""

    business_central: Mapping[str, Rows]
    dataverse: Rows
    currencies: Mapping[str, str]
    users: Mapping[str, str]
    groups: Mapping[str, tuple[str, str]]
    ids: Mapping[tuple[str, str, str], str]

    def of(self, company: str, name: str, code: str) -> str:
        """The id of a coded row of a company."""
        return self.ids[company, name, code]


def trading_catalogue(random: Random) -> TradingCatalogue:
    """What customers, vendors, contacts and items refer to; Dataverse has some of it, under names of its own."""
    ids: dict[tuple[str, str, str], str] = {}
    there = {company: _coded(random, company, ids) for company in LOCAL}
    currencies = {code: BASE_CURRENCY_ID if code == "EUR" else guid(random) for code, *_ in CURRENCIES}
    currencies[ONLY_IN_SALES[0]] = guid(random)
    users = {name: guid(random) for name, *_ in USERS}
    groups = {code: (guid(random), guid(random)) for code, *_ in UNITS if code != NO_GROUP}
    dataverse = {
        "systemusers": [_user(users[name], name, mail, more) for name, mail, more in USERS],
        "transactioncurrencies": [_currency(currencies[code], *row) for row in (*CURRENCIES, ONLY_IN_SALES)
                                  for code in row[:1]],
        "uomschedules": [_group(groups[code][0], code) for code in groups],
        "uoms": [unit for code in groups for unit in _units(random, code, *groups[code])],
    }  # fmt: skip
    return TradingCatalogue(there, dataverse, currencies, users, groups, ids)


def _coded(random: Random, company: str, ids: dict[tuple[str, str, str], str]) -> Rows:
    """The coded rows of a company, in the order in which they refer to each other."""
    rows: dict[str, Sequence[Row]] = {
        "countriesRegions": [{"code": code, "displayName": code} for code in COUNTRIES if code != company[-2:]],
        "salespeoplePurchasers": [
            {"code": code, "displayName": name, "email": mail} for code, name, mail in SALESPEOPLE
        ],
        "currencies": [
            {"code": code, "displayName": name, "symbol": sign}
            for code, name, sign, *_ in (*CURRENCIES, NO_RATE, NO_ISO_CODE)
            if code != LOCAL[company]
        ],
        "unitsOfMeasure": [
            {"code": code, "displayName": name, "internationalStandardCode": iso} for code, name, iso in UNITS
        ],
        "paymentTerms": [{"code": code, "displayName": name, "dueDateCalculation": days} for code, name, days in TERMS],
        "shipmentMethods": [{"code": code, "displayName": name} for code, name in SHIPMENTS],
        "paymentMethods": [{"code": code, "displayName": name} for code, name in METHODS],
    }
    for name, found in rows.items():
        for row in found:
            row["id"] = ids[company, name, row["code"]] = guid(random)
    return {**{name: list(found) for name, found in rows.items()}, "currencyExchangeRates": _rates(random, company)}


def _rates(random: Random, company: str) -> list[Row]:
    """Two rates for each currency, one of them in the future, against the local one."""
    euros = {code: rate for code, _, _, rate in CURRENCIES}
    local = euros[LOCAL[company]]
    return [
        {
            "id": guid(random), "currencyCode": code, "startingDate": day, "exchangeRateAmount": 100,
            "relationalExchangeRateAmount": round(100 * local / rate * factor, 4),
        }
        for code, rate in euros.items() if code != LOCAL[company]
        for day, factor in (("2025-01-01", 1.0), ("2099-01-01", 1.5))
    ]  # fmt: skip


def _user(row_id: str, name: str, mail: str, more: Mapping[str, bool]) -> Row:
    row = {"systemuserid": row_id, "fullname": name, "internalemailaddress": mail, "domainname": mail}
    return {**row, "islicensed": True, **more}


def _currency(row_id: str, code: str, name: str, sign: str, rate: float) -> Row:
    row = {"transactioncurrencyid": row_id, "isocurrencycode": code, "currencyname": name}
    return {**row, "currencysymbol": sign, "exchangerate": rate, "currencyprecision": 0 if code == "JPY" else 2}


def _group(row_id: str, code: str) -> Row:
    """A unit group as the product's own integration would name it."""
    return {"uomscheduleid": row_id, "name": f"NAV {code}", "baseuomname": code}


def _units(random: Random, code: str, group: str, unit: str) -> Sequence[Row]:
    bind = {"uomscheduleid@odata.bind": f"/uomschedules({group})"}
    base: Row = {"uomid": unit, "name": code, "quantity": 1, "isschedulebaseuom": True, **bind}
    if code != TWO_UNITS:
        return [base]
    second = {"uomid": guid(random), "name": "Pallet", "quantity": 48, "baseuom@odata.bind": f"/uoms({unit})", **bind}
    return [base, second]
