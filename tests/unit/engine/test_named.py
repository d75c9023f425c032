"""What records can be asked for by: numbers that tell them apart by themselves, and names."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from functions.runtime import catalogue
from shared.engine._named import known_by, numbers_of
from shared.mapping import DATAVERSE, ERP, Side
from shared.settings import Settings

OF_CENTRAL = Settings(
    dataverse_url="https://twin",
    suites=["business_central"],
    business_central_url="https://twin/v2.0/x",
)


@pytest.mark.parametrize(
    ("flow", "side", "numbers", "words"),
    [
        ("customers", ERP, ["number"], "number or displayName"),
        ("customers", DATAVERSE, ["accountnumber"], "accountnumber or name"),
        ("items", ERP, ["number"], "number or displayName"),
        ("salespeople", ERP, ["email"], "email or displayName"),
    ],
)
def test_texts_that_match_together_are_no_numbers(flow: str, side: Side, numbers: Sequence[str], words: str) -> None:
    """A post code tells nobody apart without the name beside it, and nobody is looked for by it."""
    found = catalogue(OF_CENTRAL).map(f"business_central.{flow}")
    assert [each.name for each in numbers_of(found, side)] == numbers
    assert known_by(found, side) == words
