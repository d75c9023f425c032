"""Prospect to cash: accounts, contacts and products between Sales and finance and operations."""

from functions.suites import Suite
from shared.settings import OneCompany, OwnColumns


class ProspectToCash(OneCompany, OwnColumns):
    """One company for all rows, and columns of its own."""


SUITE = Suite("finops", ProspectToCash, published=("msdynce_",))
