"""The local house before it starts: which suites it takes, and what it tells the app."""

from __future__ import annotations

import os

import pytest

from functions.suites import configured, shipped
from tests.emulator.azurite import SetUpError
from tests.emulator.local import Ports
from tests.emulator.suites import chosen_suites


@pytest.mark.parametrize("suite", shipped())
def test_a_suite_finds_its_settings(suite: str) -> None:
    """Whatever suite is on, no setting that it needs is missing."""
    os.environ.update(Ports().app_settings([suite]))
    configured.cache_clear()
    assert list(configured().suites) == [suite]


def test_suites_are_named_once() -> None:
    """Blanks and repeats do no harm."""
    assert chosen_suites(" prospect_to_cash,prospect_to_cash, ") == ["prospect_to_cash"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "name any of dual_write, prospect_to_cash"),
        ("dual-write", "name any of dual_write, prospect_to_cash"),
        ("operations", "name any of dual_write, prospect_to_cash"),
        ("dual_write,prospect_to_cash", "would both keep the same rows of contacts; name one of these suites"),
    ],
)
def test_suites_that_cannot_run(text: str, says: str) -> None:
    """A name that is none, and alternatives, are refused before anything starts."""
    with pytest.raises(SetUpError, match=says):
        chosen_suites(text)
