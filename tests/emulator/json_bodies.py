"""The JSON object in a body, read as strictly as the ERPs do: no doubled properties, no constants beyond JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any


def json_object(body: bytes, wrong: Callable[[str], Exception]) -> Mapping[str, Any]:
    """The object, decimals kept exactly. wrong: makes the refusal that says what is the matter."""
    try:
        found = json.loads(
            body.decode(), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates
        )
        if b"\\u" in body:
            # Half a surrogate pair can be escaped in JSON, but neither stored nor answered.
            json.dumps(found, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise wrong(f"The body is not valid JSON: {type(error).__name__}.") from error
    if not isinstance(found, dict):
        raise wrong("The body must be a JSON object with the properties to write.")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a property stands twice")
    return found
