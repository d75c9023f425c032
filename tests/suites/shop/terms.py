"""Terms of payment of the shop, which has one company."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
