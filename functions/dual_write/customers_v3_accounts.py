"""Organisations that buy: Customers V3 in finance and operations, accounts of relationship type Customer in Dataverse.

An account that is created as a prospect begins to sync when its relationship type becomes Customer. Every write from
finance and operations stamps that type. The invoice account points to another customer, or to the customer itself, so
it is filled at a second visit (reference: dual-write 1.1, 3.1, 3.2, 3.6).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
