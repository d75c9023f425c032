"""Shipment methods: an option of the account's freight terms for each (reference: business-central 2.7, 3.8)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 10  # the table behind it, as the product's own couplings name it
