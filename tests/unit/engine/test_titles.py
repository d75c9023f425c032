"""What causes are called in lists."""

from __future__ import annotations

import pytest

from shared.engine import title
from shared.engine._titles import TITLES
from shared.systems._causes import _WORDS, OTHER


@pytest.mark.parametrize("cause", [OTHER, "plug-in", *(cause for cause, *_ in _WORDS)])
def test_every_kind_of_refusal_has_a_title(cause: str) -> None:
    assert TITLES[cause]


def test_a_title_names_the_line() -> None:
    """And a record as a whole has none."""
    assert title("required:CustomerGroupId = msdyn_customergroupid") == (
        "CustomerGroupId = msdyn_customergroupid: it must be filled in"
    )
    assert title("ambiguous:") == "several records match"
    assert title("something new:") == "something new"
