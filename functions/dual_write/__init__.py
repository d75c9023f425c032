"""Dual-write: what the product of that name keeps equal between finance and operations and Dataverse."""

from functions.suites import Suite

SUITE = Suite("finops")
