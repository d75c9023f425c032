"""Customer payment methods: how a customer pays, and how that is posted (reference: dual-write 1.5)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
