"""Items: what a company sells from stock, and their products (reference: business-central 2.13, 3.7).

What is blocked in Business Central, or not active in Sales, sleeps. Sales takes no price and no stock below zero. A new
product is put on the default price list and set active: then salespeople can offer it.
"""

from collections.abc import Sequence
from decimal import Decimal

from functions.business_central import PRICE_LIST, BusinessCentralSettings
from functions.business_central.item_actions import actions_with
from functions.flow import flow_blueprint
from shared.engine import RecordAction
from shared.mapping import function
from shared.settings import SuiteSettings

blueprint = flow_blueprint(__name__)
TAKES_OVER = 27  # the table behind it, as the product's own couplings name it


def actions(settings: SuiteSettings | None) -> Sequence[RecordAction]:
    """What is done for products, with the price list that the suite's settings name."""
    return actions_with(settings.price_list if isinstance(settings, BusinessCentralSettings) else PRICE_LIST)


@function(version=1)
def at_least_zero(number: Decimal) -> Decimal:
    """The number, or zero for one below it."""
    return max(number, Decimal(0))
