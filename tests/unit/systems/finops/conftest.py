"""A finance and operations, fresh for each test."""

from __future__ import annotations

import pytest

from tests.unit.systems.worlds import FinopsWorld


@pytest.fixture
def world() -> FinopsWorld:
    return FinopsWorld()
