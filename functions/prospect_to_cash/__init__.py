"""Prospect to cash: accounts, contacts and products between Sales and finance and operations."""

from typing import Final

from functions.prospect_to_cash.looks import catalogue_findings
from functions.suites import Ask, Suite
from shared.settings import OneCompany, OwnColumns


class ProspectToCash(OneCompany, OwnColumns):
    """One company for all rows, and columns of its own."""


ASKS: Final = (
    Ask(
        "whether a Data Integrator project still runs cannot be seen: two engines would write the same records",
        "stop the schedules of all projects of the prospect to cash templates before the first run",
    ),
    Ask(
        "whether F&O takes numbers of customers and parties that are given to it cannot be seen",
        "set the number sequences of customer accounts and of party ids to manual, or every create is refused",
    ),
    Ask(
        "whether F&O has the language that the maps give to customers cannot be seen: no data entity lists languages",
        "install it (en-us as shipped), or name another in the constant language by an overlay",
    ),
)

SUITE = Suite("finops", ProspectToCash, published=("msdynce_",), asks=ASKS, looks=(catalogue_findings,))
