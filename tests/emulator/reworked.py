"""What an installation's own logic makes of a row that is written: texts cut off, notes in another field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]


def reworked(
    values: Values, before: Values, cut: Mapping[str, int], noted: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """The values of a row that come out otherwise than they were written. before: the row's values until then."""
    found = {name: str(values[name])[:most] for name, most in cut.items() if values[name]}
    for name, (other, word) in noted.items():
        if values[name] != before.get(name):
            found[other] = f"{word} {values[name] or 'none'}"
    return {name: value for name, value in found.items() if value != values.get(name)}
