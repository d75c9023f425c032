"""A Business Central twin and its caller, fresh for each test."""

from __future__ import annotations

import pytest

from tests.emulator.business_central.probe import Probe


@pytest.fixture
def probe() -> Probe:
    """Two companies with nothing but their set-up."""
    return Probe()


@pytest.fixture
def c100(probe: Probe) -> str:
    """The address of a customer of the first company."""
    return probe.customer("C100")
