"""An environment for each test."""

from __future__ import annotations

import pytest

from tests.unit.setup.stage import Stage


@pytest.fixture
async def stage() -> Stage:
    """An environment in which everything is as it should be."""
    made = Stage()
    await made.register()
    return made
