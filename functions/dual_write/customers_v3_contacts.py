"""Persons that buy: Customers V3 in finance and operations, sellable contacts in Dataverse.

Every write from finance and operations makes the contact sellable. A contact person that takes part in a quote or an
order becomes sellable too and comes here from its own flow; it never goes back, so this flow hands nothing over. A
contact without a number is numbered by finance and operations (reference: dual-write 1.2, 3.1, 3.3, 3.4).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
