"""Items: what a company sells from stock, and their products (reference: business-central 2.13, 3.7).

What is blocked in Business Central, or not active in Sales, sleeps. Sales takes no price and no stock below zero.
"""

from decimal import Decimal

from functions.flow import flow_blueprint
from shared.mapping import function

blueprint = flow_blueprint(__name__)
TAKES_OVER = 27  # the table behind it, as the product's own couplings name it


@function(version=1)
def at_least_zero(number: Decimal) -> Decimal:
    """The number, or zero for one below it."""
    return max(number, Decimal(0))
