"""A Business Central with five customers in one company and one in another, fresh for each test."""

from __future__ import annotations

import pytest

from tests.unit.systems.business_central.service import TWO, Service


@pytest.fixture
def service() -> Service:
    made = Service(1, 2, 3, 4, 5)
    made.put(6, TWO)
    return made
