"""What causes are called in lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import shared.engine
from shared.engine import title
from shared.engine._titles import TITLES
from shared.systems._causes import _WORDS, OTHER

SOURCES = sorted(Path(shared.engine.__file__).parent.rglob("*.py"))
WHOLE = {code for path in SOURCES for code in re.findall(r'whole_record\(\s*"([a-z-]+)"', path.read_text("utf-8"))}


@pytest.mark.parametrize("cause", sorted(WHOLE))
def test_every_reason_for_setting_a_record_aside_has_a_title(cause: str) -> None:
    """Whatever the engine says of a record as a whole."""
    assert TITLES[cause]


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
