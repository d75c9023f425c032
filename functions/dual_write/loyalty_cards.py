"""Loyalty cards: each belongs to a party, so customers of both kinds come first (reference: dual-write 1.6).

Which card replaces it is told to Dataverse only.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
