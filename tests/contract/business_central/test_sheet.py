"""Each scenario of the published API about a set that the twin serves is named by the test that holds it.

Reference: business-central-api-scenarios; a row is its resource and a number.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROWS: Final = {
    "CON": 6, "COM": 1, "CUS": 15, "VEN": 3, "CTC": 6, "CTI": 4, "ITM": 16, "CAT": 3, "UOM": 3, "CUR": 3, "EXR": 2,
    "PTM": 3, "PMT": 1, "SHM": 1, "SPP": 3, "CTY": 2, "TAX": 4, "CIN": 3, "GLS": 2,
}  # fmt: skip
NOT_SERVED: Final = frozenset({"CON-03"})
"""About default dimensions, which no flow reads."""


def named() -> set[str]:
    """The rows that docstrings of this folder name."""
    texts = (path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    return {row for text in texts for row in re.findall(r"\b[A-Z]{3}-\d\d\b", text)} - NOT_SERVED


@pytest.mark.parametrize("resource", ROWS)
def test_every_row_has_a_test(resource: str) -> None:
    """Nothing that the sheet says of the resource is left out, and nothing is named that it does not say."""
    rows = {f"{resource}-{number:02d}" for number in range(1, ROWS[resource] + 1)}
    assert {row for row in named() if row.startswith(resource)} == rows - NOT_SERVED
