"""Vendors: the organisations that a company buys from, and their accounts (reference: business-central 2.3, 3.2).

An account is a vendor by its relationship type. What is blocked in Business Central, or inactive in Sales, sleeps.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 23  # the table behind it, as the product's own couplings name it
