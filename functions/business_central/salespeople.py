"""Salespeople: users of Dataverse tell what they are called and how they are reached (reference: business-central 2.1,
3.1).

A user who is disabled or has lost his licence tells nothing any more; the pair stays.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 13  # the table behind it, as the product's own couplings name it
