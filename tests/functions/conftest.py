"""What tests of the app's functions share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.telemetry import Telemetry, use_telemetry, when_told
from tests.functions.heard import Heard


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Instruments whose values arrive in the test."""

    async def at_once(work: Callable[..., Any], *given: Any) -> Any:
        return work(*given)

    found = Heard()
    use_telemetry(Telemetry(when_told(found), at_once))
    yield found
    use_telemetry(None)
