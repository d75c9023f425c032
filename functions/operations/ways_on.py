"""How a flow that does not run goes on: told wherever it is told that it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def way_on(name: str, state: Mapping[str, Any]) -> str:
    """Why a flow does not run, and the request after which it does. A reason that names a request keeps its own."""
    where = f"POST /api/operations/flows/{name.replace('.', '/')}"
    if state["state"] != "paused":
        return f"{name} is not running: {where}/run lets it run, once its report is planned and approved"
    reason = str(state["reason"]) or "somebody has paused it"
    return reason if "POST /api/" in reason else f"{reason}. {where}/resume lets it go on"
