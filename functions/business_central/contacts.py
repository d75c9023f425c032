"""Contacts: the people of customers and vendors (reference: business-central 2.4, 3.3).

The account of a contact is the one that the customer or vendor is coupled with for whom the contact's company stands.
Who works for neither is left alone, and comes by himself once his account is one of them. Companies stay there.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 5050  # the table behind it, as the product's own couplings name it
