"""What people know of the flows of Business Central: sets, tables, numbers and codes in use, what can be filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final

from tests.simulation.kinds import Kind, Pair, amount, name_never_blank, one_of, text

SUITE: Final = "business_central"
CUSTOMERS: Final = f"{SUITE}.customers"
VENDORS: Final = f"{SUITE}.vendors"
CONTACTS: Final = f"{SUITE}.contacts"
ITEMS: Final = f"{SUITE}.items"
CURRENCIES: Final = f"{SUITE}.currencies"
SALESPEOPLE: Final = f"{SUITE}.salespeople"
UNITS: Final = f"{SUITE}.units_of_measure"
TERMS: Final = f"{SUITE}.payment_terms"
DE, US = "CRONUS DE", "CRONUS US"
COLUMN: Final = "koppel_company"
SHIPMENT: Final = f"{SUITE}.shipment_methods"
AGENTS: Final = f"{SUITE}.shipping_agents"
CHOICES: Final = {TERMS: "accounts.paymenttermscode", SHIPMENT: "accounts.address1_freighttermscode",
                  AGENTS: "accounts.address1_shippingmethodcode"}  # fmt: skip
"""Choices of accounts whose options are codes."""
BY_CONNECTOR: Final = (CONTACTS, AGENTS)
CARDS: Final = {CUSTOMERS: "customerCards", VENDORS: "vendorCards", ITEMS: "itemCards"}
"""The pages of the connector, which take the place of the product's."""
_MAIL: Final = one_of("a@adatum.example", "b@adatum.example", "", "o'neil@adatum.example")


def _street(random: Random, number: int) -> str:
    """A line of an address: now and then as long as there is room for in Business Central, or longer."""
    long = random.choice(("x" * 100, "x" * 101))
    return random.choice((*[text(random, number)] * 7, long))


_PARTNER: Final = (
    Pair("addressLine1", "address1_line1", _street),
    Pair("city", "address1_city", text),
    Pair("phoneNumber", "telephone1", one_of("030 1", "030/2", "+49 (30) 3", "")),
    Pair("email", "emailaddress1", _MAIL),
)
_TERMS: Final = Pair("paymentTermsId", "paymenttermscode", refers=TERMS, by="id")
_CURRENCY: Final = Pair("currencyCode", "transactioncurrencyid", refers=CURRENCIES, by="code")
_PEOPLE: Final = (
    Pair("firstName", "firstname", one_of("Anna", "Zoë", "O'Neil", "Berg & Tal")),
    Pair("lastName", "lastname", one_of("Berg", "100 %", "a/b")),
    Pair("email", "emailaddress1", _MAIL),
    Pair("phoneNumber", "telephone1", one_of("030 1", "030/2", "")),
)


def _kind(flow: str, entity: str, table: str, key: str, column: str, codes: tuple[str, ...], pairs: Any,
          **more: Any) -> Kind:  # fmt: skip
    return Kind(flow, entity, table, key, column, codes, pairs, system=SUITE, named_by="id", **more)


def _option(flow: str, entity: str, codes: tuple[str, ...]) -> Kind:
    """What Business Central calls by a code, and Sales by an option."""
    return _kind(flow, entity, CHOICES[flow], "code", "label", codes, (Pair("displayName", "label", text),))


_KINDS: Final[Mapping[str, Kind]] = {
    SALESPEOPLE: _kind(SALESPEOPLE, "salespeoplePurchasers", "systemusers", "code", "domainname", ("JO", "p%", "B&C"), (
        Pair("displayName", "fullname", name_never_blank),
        Pair("phoneNo", "mobilephone", one_of("030 1", "030 2", "")),
        Pair("email", "internalemailaddress", one_of("jo@contoso.example", "bc@contoso.example")),
    )),
    CURRENCIES: _kind(CURRENCIES, "currencies", "transactioncurrencies", "code", "isocurrencycode",
                      ("USD", "GBP", "SEK", "GOLD"), (
        Pair("displayName", "currencyname", name_never_blank),
        Pair("symbol", "currencysymbol", one_of("$", "kr", "x")),
    )),
    TERMS: _option(TERMS, "paymentTerms", ("30 DAYS", "14d2%", "CM/1", "A&B'S")),
    SHIPMENT: _option(SHIPMENT, "shipmentMethods", ("EXW", "cip", "5/5 %")),
    AGENTS: _option(AGENTS, "shippingAgents", ("DHL", "ups")),
    UNITS: _kind(UNITS, "unitsOfMeasure", "uomschedules", "code", "name", ("PCS", "box", "KG"), (
        Pair("displayName", "description", name_never_blank),
    )),
    CUSTOMERS: _kind(CUSTOMERS, "customers", "accounts", "number", "accountnumber",
                     ("C100", "c'2", "C/3&0", "4 0%", "C" + "X" * 19), (
        Pair("displayName", "name", name_never_blank),
        Pair("displayName", "name", name_never_blank),
        *_PARTNER,
        Pair("creditLimit", "creditlimit", amount),
        _TERMS,
        _CURRENCY,
    )),
    VENDORS: _kind(VENDORS, "vendors", "accounts", "number", "accountnumber", ("V100", "v'2", "C100"), (
        Pair("displayName", "name", name_never_blank), *_PARTNER, _TERMS, _CURRENCY,
    )),
    CONTACTS: _kind(CONTACTS, "contactCards", "contacts", "number", "fullname", (), _PEOPLE, only=("type", "Person")),
    ITEMS: _kind(ITEMS, "items", "products", "number", "productnumber", ("I100", "i'2", "I/3 %"), (
        Pair("displayName", "name", name_never_blank),
        Pair("unitPrice", "price", amount),
        Pair("unitCost", "standardcost", amount),
    )),
}  # fmt: skip
"""By the names of their flows, in the order in which they run."""


def kinds_of(*, connector: bool) -> Mapping[str, Kind]:
    """Those with the connector's pages, or without."""
    if not connector:
        return {name: kind for name, kind in _KINDS.items() if name not in BY_CONNECTOR}
    return {name: _over_the_connector(kind) for name, kind in _KINDS.items()}


def _over_the_connector(kind: Kind) -> Kind:
    """The connector's pages name payment terms by their code."""
    if kind.flow not in CARDS:
        return kind
    pairs = tuple(Pair("paymentTermsCode", "paymenttermscode", refers=TERMS, by="code") if each is _TERMS else each
                  for each in kind.pairs)  # fmt: skip
    return replace(kind, entity=CARDS[kind.flow], pairs=pairs)
