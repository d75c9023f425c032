"""Customers: the organisations that a company sells to, and their accounts (reference: business-central 2.2, 3.2).

An account is a customer by its relationship type. What is blocked in Business Central, or inactive in Sales, sleeps.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 18  # the table behind it, as the product's own couplings name it
