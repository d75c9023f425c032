"""Prospect to cash: accounts, contacts and products between Sales and finance and operations."""

from functions.suites import Suite
from shared.settings import ProspectToCash

SUITE = Suite("finops", ProspectToCash)
