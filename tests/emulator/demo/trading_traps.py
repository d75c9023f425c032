"""What goes wrong between Business Central and Dataverse, each as a record (reference: business-central 5.2, 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.emulator.demo.trading_cast import PROSPECT, Cast
from tests.emulator.demo.trading_catalogue import DE, NO_GROUP, NO_ISO_CODE, NO_RATE, ONLY_IN_SALES, TWO_UNITS, US
from tests.emulator.guids import guid

Trap = Callable[[Cast], tuple[str, Sequence[str]]]
"""Adds the records of a trap to both sides; the flow they belong to, and their numbers, or ids where they have none."""
LONG_NAME: Final = "Association of the independent makers of wheels, saddles, bells and chains of the northern lands "


def name_too_long(cast: Cast) -> tuple[str, Sequence[str]]:
    """An account whose name is longer than the hundred characters of a customer's: the second run changes nothing."""
    _, there = cast.customer("only_dataverse")
    there["name"] = (LONG_NAME + LONG_NAME)[:150]
    return "customers", [there["accountnumber"]]


def county_too_long(cast: Cast) -> tuple[str, Sequence[str]]:
    """A county longer than the thirty characters of the customer's."""
    row, there = cast.customer("equal")
    there["address1_stateorprovince"] = "The county of the seven hills and valleys"
    row["state"] = there["address1_stateorprovince"][:30]
    return "customers", [row["number"]]


def codes_in_small_letters(cast: Cast) -> tuple[str, Sequence[str]]:
    """Codes as people type them: in small letters, with blanks around."""
    row, there = cast.customer("equal", country="GB", postalCode="SW1A 1AA")
    there |= {"address1_country": " gb", "address1_postalcode": "sw1a 1aa "}
    return "customers", [row["number"]]


def country_in_words(cast: Cast) -> tuple[str, Sequence[str]]:
    """A country that is no code of Business Central's."""
    _, there = cast.customer("only_dataverse")
    there["address1_country"] = "Federal Republic of Germany"
    return "customers", [there["accountnumber"]]


def number_with_marks(cast: Cast) -> tuple[str, Sequence[str]]:
    """A number that addresses and filters stumble over."""
    row, _ = cast.customer("equal", number="A/B & O'C 100%")
    return "customers", [row["number"]]


def currency_without_a_rate(cast: Cast) -> tuple[str, Sequence[str]]:
    """A customer in a currency that nobody has entered a rate for."""
    row, _ = cast.customer("only_erp", currencyCode=NO_RATE[0])
    return "customers", [row["number"]]


def currency_without_an_iso_code(cast: Cast) -> tuple[str, Sequence[str]]:
    """A customer in a currency that Dataverse cannot have."""
    row, _ = cast.customer("only_erp", currencyCode=NO_ISO_CODE[0])
    return "customers", [row["number"]]


def currency_only_in_sales(cast: Cast) -> tuple[str, Sequence[str]]:
    """An account in a currency that the company does not have."""
    _, there = cast.customer("only_dataverse")
    there |= cast.currency(ONLY_IN_SALES[0])
    return "customers", [there["accountnumber"]]


def blank_currency_of_another_country(cast: Cast) -> tuple[str, Sequence[str]]:
    """A customer in the local currency of a company where that is not the base currency of Dataverse."""
    row, _ = cast.customer("only_erp", US, currencyCode="")
    return "customers", [row["number"]]


def salesperson_without_a_user(cast: Cast) -> tuple[str, Sequence[str]]:
    """Customers of a salesperson who is no user, is disabled, has no licence, or has no address to be known by."""
    found = [cast.customer("only_erp", salespersonCode=code)[0]["number"] for code in ("XX", "OF", "HR", "ESN")]
    return "customers", found


def owned_by_a_team(cast: Cast) -> tuple[str, Sequence[str]]:
    """An account that a team owns: no salesperson stands for it."""
    row, there = cast.customer("equal", salespersonCode="")
    there["ownerid@odata.bind"] = f"/teams({cast.team})"
    return "customers", [row["number"]]


def two_accounts_for_one(cast: Cast) -> tuple[str, Sequence[str]]:
    """Two accounts with the number and the name of one customer."""
    row, there = cast.customer("equal")
    cast.sales["accounts"].append({**there, "accountid": guid(cast.random)})
    return "customers", [row["number"]]


def neither_customer_nor_vendor(cast: Cast) -> tuple[str, Sequence[str]]:
    """The contact of an account that is a prospect: left alone until somebody makes it a customer."""
    _, there = cast.customer("only_dataverse")
    there["customertypecode"] = PROSPECT
    cast.owners.pop()
    cast.kinds["customers"][-1] = "outside"
    _, person = cast.worker("only_dataverse", DE, "", there["accountid"])
    return "contacts", [person["contactid"]]


def contact_without_an_account(cast: Cast) -> tuple[str, Sequence[str]]:
    """Somebody who works for nobody."""
    _, person = cast.worker("only_dataverse", DE, "", "")
    return "contacts", [person["contactid"]]


def person_without_a_company(cast: Cast) -> tuple[str, Sequence[str]]:
    """Somebody in Business Central whose contact belongs to no company."""
    row, _ = cast.worker("outside", DE, "", "")
    return "contacts", [row["id"]]


def customer_with_people(cast: Cast) -> tuple[str, Sequence[str]]:
    """A new customer whose people were there before it is synchronised."""
    row, there = cast.customer("only_erp")
    worker, _ = cast.worker("only_erp", DE, row["number"], "")
    assert there["accountnumber"] == row["number"]
    return "contacts", [worker["id"]]


def three_names(cast: Cast) -> tuple[str, Sequence[str]]:
    """Somebody with a middle name, and a first name of two words."""
    row, _ = cast.customer("only_erp")
    worker, _ = cast.worker("only_erp", DE, row["number"], "")
    worker["displayName"] = "Anna Maria Luise Berg"
    return "contacts", [worker["id"]]


def blocked_item(cast: Cast) -> tuple[str, Sequence[str]]:
    """A blocked item that Dataverse does not have: there is nothing to recommend."""
    row, _ = cast.item("outside")
    return "items", [row["number"]]


def unit_without_a_group(cast: Cast) -> tuple[str, Sequence[str]]:
    """An item in a unit that has no unit group yet."""
    row, _ = cast.item("only_erp", baseUnitOfMeasureCode=NO_GROUP)
    return "items", [row["number"]]


def group_with_two_units(cast: Cast) -> tuple[str, Sequence[str]]:
    """An item in a unit whose group has two units: the product refuses it."""
    row, _ = cast.item("only_erp", baseUnitOfMeasureCode=TWO_UNITS)
    return "items", [row["number"]]


def item_without_a_unit(cast: Cast) -> tuple[str, Sequence[str]]:
    """An item that nobody gave a base unit."""
    row, _ = cast.item("only_erp", baseUnitOfMeasureCode="")
    return "items", [row["number"]]


TRAPS: Final[Mapping[str, Trap]] = {
    trap.__name__: trap
    for trap in (
        name_too_long, county_too_long, codes_in_small_letters, country_in_words, number_with_marks,
        currency_without_a_rate, currency_without_an_iso_code, currency_only_in_sales,
        blank_currency_of_another_country, salesperson_without_a_user, owned_by_a_team, two_accounts_for_one,
        neither_customer_nor_vendor, contact_without_an_account, person_without_a_company, customer_with_people,
        three_names, blocked_item, unit_without_a_group, group_with_two_units, item_without_a_unit,
    )
}  # fmt: skip
