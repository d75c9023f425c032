"""An F&O twin and its caller, fresh for each test."""

from __future__ import annotations

import pytest

from tests.emulator.finops.probe import Probe


@pytest.fixture
def probe() -> Probe:
    """One customer is there."""
    probe = Probe()
    probe.customer("US-1")
    return probe
