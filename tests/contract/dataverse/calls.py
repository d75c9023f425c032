"""The bodies of webhook calls, read."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.dataverse.probe import Probe


def document(probe: Probe, place: int = -1) -> dict[str, Any]:
    """The body of a call in the outbox, the last one if not told otherwise."""
    found: dict[str, Any] = json.loads(probe.twin.outbox[place].body)
    return found


def pairs(found: list[dict[str, Any]]) -> dict[str, Any]:
    """A list of keys and values as a mapping."""
    assert all(list(each) == ["key", "value"] for each in found)
    return {each["key"]: each["value"] for each in found}
