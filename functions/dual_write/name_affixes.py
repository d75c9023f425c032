"""Name affixes: titles of persons, the same in all companies (reference: dual-write 1.12)."""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
