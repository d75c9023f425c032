"""Payment terms: an option of the account's choice for each of them (reference: business-central 2.6, 3.8)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
TAKES_OVER = 3  # the table behind it, as the product's own couplings name it
