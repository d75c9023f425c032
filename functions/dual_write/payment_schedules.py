"""Payment schedules: into how many payments an amount is divided (reference: dual-write 1.7)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
