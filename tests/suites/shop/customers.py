"""Customers of the shop."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
