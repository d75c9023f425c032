"""Customer groups, with the terms of payment they suggest (reference: dual-write 1.4)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
