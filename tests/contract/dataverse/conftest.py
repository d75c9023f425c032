"""A Dataverse twin and its caller, fresh for each test."""

from __future__ import annotations

import pytest

from tests.emulator.dataverse.probe import Probe


@pytest.fixture
def probe() -> Probe:
    return Probe()
