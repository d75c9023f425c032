"""Currencies: those of a company that have a code of ISO 4217 (reference: business-central 2.5, 3.5).

A code that is none stays in Business Central. In Dataverse a code never changes, so it only finds the currency. The
rate comes from the list of exchange rates, which may move without the currency. Where the local currency is the base of
Dataverse, the newest row counts, also one of a day to come; else that of today, of both currencies.
"""

from decimal import Decimal
from typing import Final

from functions.flow import flow_blueprint
from shared.mapping import function

blueprint = flow_blueprint(__name__)
TAKES_OVER = 4  # the table behind it, as the product's own couplings name it

DECIMALS: Final = 12
"""Of an exchange rate in Dataverse."""


@function(version=1)
def exchange_rate(code: str, rate: Decimal, base: str, base_rate: Decimal) -> Decimal:
    """Units of a currency for one of the base currency of Dataverse, by which Dataverse divides.

    rate, base_rate: how many units of each are one of the local currency; 0 where nobody has entered that.
    """
    if code == base:
        return Decimal(1)
    if not base_rate:
        raise ValueError(
            f"{base}, the base currency of Dataverse, is neither the local currency of Business Central nor has it an "
            "exchange rate there: enter one on the page Currency Exchange Rates"
        )
    if not rate:
        raise ValueError(f"{code} has no exchange rate: enter one on the page Currency Exchange Rates")
    return round(rate / base_rate, DECIMALS)
