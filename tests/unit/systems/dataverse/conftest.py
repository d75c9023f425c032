"""A Dataverse, fresh for each test."""

from __future__ import annotations

import pytest

from tests.unit.systems.worlds import DataverseWorld


@pytest.fixture
def world() -> DataverseWorld:
    return DataverseWorld()


@pytest.fixture
def company(world: DataverseWorld) -> str:
    return world.probe.company()
