"""A shop: its customers say their company in a text column, its terms of payment belong to one company."""

from functions.suites import Suite
from shared.settings import OneCompany

SUITE = Suite("finops", OneCompany)
