"""The days of a payment day. A line has no name of its own: both sides know it by the same id (dual-write 1.10)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
