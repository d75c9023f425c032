"""Shipping agents: an option of the account's shipping method for each (reference: business-central 2.8, 3.8)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 291  # the table behind it, as the product's own couplings name it
