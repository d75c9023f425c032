"""Retries without waiting: what is tested is how often and after what, not how long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture
def impatient() -> Iterator[None]:
    """Repeats follow at once; how many there are is left to the product."""
    stamina.set_testing(True, attempts=1_000_000, cap=True)
    yield
    stamina.set_testing(False)
