"""Terms of payment: when an invoice is due (reference: dual-write 1.11)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
