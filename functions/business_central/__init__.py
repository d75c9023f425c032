"""Business Central: customers, vendors, contacts, items and what they hang on, equal with Dataverse and Sales."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from functions.business_central.looks import (
    company_names,
    currency_findings,
    salesperson_findings,
    subscription_findings,
)
from functions.business_central.taking_over import product_findings, product_pairs
from functions.suites import Suite
from shared.settings import SuiteSettings, Words
from shared.setup import OURS

CONNECTOR: Final = "connector"
PERSON: Final = "person"
COMPANIES: Final = "companies"
"""Words of `if` options, and of overlays that ship: what the connector brings; who owns a row if owners are persons;
that rows of several companies stand in one Dataverse.
"""
PRICE_LIST: Final = "Business Central Default Price List"
LONGEST: Final = 95
"""Characters of a price list's name: Sales takes 100, and the code of a currency may have to go in."""


def _ids(value: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of companies, each once. They outlive a change of a company's name."""
    found = []
    for word in value:
        try:
            found.append(str(UUID(word)))
        except ValueError:
            raise ValueError(f"{word!r} is no id of a company: GET .../api/v2.0/companies lists them") from None
    if not found or len({*found}) < len(found):
        raise ValueError("names no company, or one of them twice")
    return tuple(found)


def _title(value: str) -> str:
    """The name of a price list, as Sales takes it."""
    if not value.strip() or len(value) > LONGEST:
        raise ValueError(f"is no name of a price list: it has one to {LONGEST} characters")
    return value.strip()


class BusinessCentralSettings(SuiteSettings):
    """Companies by id, and whether our connector is installed in Business Central."""

    companies: Annotated[Words, AfterValidator(_ids)] = Field(
        description="Ids of the companies to sync, separated by commas; rows without a company belong to the first"
    )
    connector: bool = Field(
        False, description="Whether Koppel's connector is installed in Business Central, for what its API lacks"
    )

    def named_companies(self) -> tuple[str, ...]:
        return self.companies

    def writer(self) -> str:
        return self.companies[0]

    ownership: Literal["person", "team"] = Field(
        "person", description="Whose new rows are: person, the salesperson's user; team, a team that owns all of them"
    )

    price_list: Annotated[str, AfterValidator(_title)] = Field(
        PRICE_LIST,
        description="Price list of Sales that items are on, in the local currency; made where it is missing",
    )

    @property
    def several(self) -> bool:
        """Whether rows have to say whose they are."""
        return len(self.companies) > 1

    def column_prefix(self) -> str:
        return OURS if self.several else ""

    def unreviewed(self) -> Mapping[str, str]:
        why = "a team owns new rows (BUSINESS_CENTRAL_OWNERSHIP): nobody is looked up as their owner"
        return {} if self.ownership == PERSON else {"salespeople": why}

    def words(self) -> Collection[str]:
        said = {CONNECTOR: self.connector, PERSON: self.ownership == PERSON, COMPANIES: self.several}
        return {word for word, holds in said.items() if holds}


SUITE: Final = Suite(
    "business_central",
    BusinessCentralSettings,
    looks=(subscription_findings, currency_findings, salesperson_findings),
    words=(CONNECTOR, PERSON, COMPANIES),
    beside=product_findings,
    pairs=product_pairs,
    companies=company_names,
)
