"""Payment days: on which days of the week or month customers pay (reference: dual-write 1.9)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
