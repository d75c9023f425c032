"""Shipping agents: an option of the account's shipping method for each (reference: business-central 2.8, 3.8)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
