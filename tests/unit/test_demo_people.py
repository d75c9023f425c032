"""Demo data of persons: those who buy, those who work for a customer or a vendor, and their loyalty cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import pytest

from shared.mapping import DATAVERSE, ERP, fold
from tests.emulator.demo import Demo, demo
from tests.emulator.demo.broken import CONSUMER_BREAKERS
from tests.emulator.demo.kinds import SHARES
from tests.emulator.demo.persons import OF_CUSTOMER_BROKEN, OF_VENDOR_BROKEN
from tests.unit.demo_pairs import Pairs, Row

CONSUMERS: Final = "dual_write.customers_v3_contacts"
OF_CUSTOMERS: Final = "dual_write.cds_contacts_v2_customers"
OF_VENDORS: Final = "dual_write.cds_contacts_v2"
CARDS: Final = "dual_write.loyalty_cards"
MANY: Final = 2000
"""So many customers are enough for every breakage."""


@cache
def data() -> Demo:
    return demo(MANY)


@cache
def pairs(flow: str) -> Pairs:
    return Pairs(data(), flow.removeprefix("dual_write."))


@pytest.mark.parametrize("customers", [0, 1, 2, 7, 33, 34, 401])
def test_there_are_as_many_contacts_as_customers(customers: int) -> None:
    """Half of them buy, and the others work for somebody; the kinds of each add up."""
    expected = demo(customers).expected
    found = [expected[flow] for flow in (CONSUMERS, OF_CUSTOMERS, OF_VENDORS)]
    assert sum(getattr(each, kind) for each in found for kind in SHARES) == customers


def test_every_contact_belongs_to_one_flow_at_most() -> None:
    """Three flows share the table of contacts, and no row is in the scope of two."""
    found = [{row["contactid"] for _, row in pairs(flow).in_scope(DATAVERSE)}
             for flow in (CONSUMERS, OF_CUSTOMERS, OF_VENDORS)]  # fmt: skip
    assert len(set.union(*found)) == sum(map(len, found))


def test_organisations_and_persons_share_one_entity() -> None:
    """Every customer of F&O is in the scope of one of two flows."""
    accounts = pairs("dual_write.customers_v3_accounts")
    inside = [key for each in (accounts, pairs(CONSUMERS)) for key, _ in each.in_scope(ERP)]
    assert sorted(inside) == sorted(accounts.erp)


def test_contact_persons_work_for_those_who_are_there() -> None:
    """On either side, the customer or vendor of a contact person is known by its number."""
    made = data()
    accounts = {(row["dataAreaId"], row["CustomerAccount"]) for row in made.finops["CustomersV3"]}
    vendors = {(row["dataAreaId"], row["VendorAccountNumber"]) for row in made.finops["VendorsV2"]}
    for row in made.finops["CDSContactPersonsV2"]:
        known = accounts if row["AssociatedContactType"] == "Customer" else vendors
        assert (row["dataAreaId"], row["AssociatedContactNumber"]) in known


def test_cards_belong_to_persons_who_buy() -> None:
    """A card names a party that F&O knows, or will know once the persons are synchronised."""
    known = {row["PartyNumber"] for row in data().finops["CustomersV3"] if row["PartyType"] == "Person"}
    known |= {row.get("msdyn_partynumber") for row in data().dataverse["contacts"]}
    bad = set(data().broken[CARDS]["unknown_party"])
    cards = {row["msdyn_cardnumber"]: row["msdyn_partynumber"] for row in data().dataverse["msdyn_loyaltycards"]}
    assert {number for number, party in cards.items() if party not in known} == bad
    assert all(row["PartyNumber"] in known for row in data().finops["RetailLoyaltyCards"])


def test_persons_without_a_company_are_outside() -> None:
    """A contact without a company is counted as outside of the flow that it would belong to."""
    homeless = sum(pairs(OF_CUSTOMERS).company(row) == "" for row in pairs(OF_CUSTOMERS).rows)
    assert homeless == sum(data().expected[flow].outside for flow in (CONSUMERS, OF_CUSTOMERS, OF_VENDORS))


# -- broken

SIGNS: Final[Mapping[str, Callable[[Row], bool]]] = {
    "works_for_person": lambda row: row["AssociatedContactNumber"] in persons(),
    "works_for_unknown": lambda row: row["AssociatedContactNumber"] == "V-00004",
    "works_for_nobody": lambda row: not row["_parentcustomerid_value"] and not row["_msdyn_vendorcontactid_value"],
    "typed_party": lambda row: row["msdyn_partynumber"].startswith("D-"),
    "unspecific": lambda row: (row.get("PersonGender") or row.get("Gender")) == "NonSpecific",
    "long_mail": lambda row: len(row["PrimaryContactEmail"]) > 100,
    "no_group": lambda row: row["_msdyn_customergroupid_value"] is None,
    "unknown_currency": lambda row: row["SalesCurrencyCode"] == "DKK",
    "foreign_currency": lambda row: row["_transactioncurrencyid_value"] == currency("BRL"),
    "heavy_memo": lambda row: len(row["SalesMemo"].encode("utf-16-le")) // 2 > 2000,
}
"""What shows that a person is broken in just this way."""

BROKEN: Final = [(CONSUMERS, name) for name in CONSUMER_BREAKERS]
BROKEN_PERSONS: Final = [(OF_CUSTOMERS, name) for name in OF_CUSTOMER_BROKEN] + [
    (OF_VENDORS, name) for name in OF_VENDOR_BROKEN
]


@pytest.mark.parametrize(("flow", "breakage"), BROKEN + BROKEN_PERSONS)
def test_every_breakage_is_there_and_shows(flow: str, breakage: str) -> None:
    """Each breakage has a record, named and broken in just that way."""
    found = pairs(flow)
    rows: dict[Any, Row] = {part: row for key, row in found.dataverse.items() for part in key}
    rows |= {part: row for key, row in found.erp.items() for part in key[1:2]}
    numbers = data().broken[flow][breakage]
    assert numbers
    assert all(SIGNS[breakage](rows[fold(number)]) for number in numbers)


def persons() -> set[str]:
    return {row["CustomerAccount"] for row in data().finops["CustomersV3"] if row["PartyType"] == "Person"}


def currency(code: str) -> str:
    """The path of a currency as lookups of the demo name it."""
    rows = data().dataverse["transactioncurrencies"]
    (row_id,) = (row["transactioncurrencyid"] for row in rows if row["isocurrencycode"] == code)
    return f"/transactioncurrencies({row_id})"
