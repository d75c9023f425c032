"""What a service that says nothing of why is told of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.errors import KoppelError
from shared.systems import _business_central_errors, _dataverse_errors, _finops_errors


@pytest.mark.parametrize(
    "error_of", [_business_central_errors.error_of, _dataverse_errors.error_of, _finops_errors.error_of]
)
def test_an_answer_without_words_is_told_by_its_status(error_of: Callable[[int, bytes], KoppelError]) -> None:
    """And no colon announces what does not come."""
    assert str(error_of(400, b"")).endswith(" answers 400")
