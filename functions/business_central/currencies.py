"""Currencies: those of a company that have a code of ISO 4217 (reference: business-central 2.5, 3.5).

A code that is none stays in Business Central. In Dataverse a code never changes, so it only finds the currency.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 4  # the table behind it, as the product's own couplings name it
