"""How what a system says is put beside what we say of it."""

from __future__ import annotations

import re

import pytest

from shared.errors import in_one, parted
from shared.systems._business_central_errors import error_of as of_central
from shared.systems._dataverse_errors import error_of as of_dataverse
from shared.systems._finops_errors import error_of as of_finops
from tests.emulator.azurite import ROOT

JOINED = re.compile(r"\{(?:error|mistake|message|problem|refusal|refused|text|what|why)\}; |\"; \"\.join\([^)]*message")
"""Words that may be a system's own, put before ours without a look at how they end."""


@pytest.mark.parametrize(
    ("sentences", "told"),
    [
        (("No.", "look again"), "No; look again"),
        (("No", "look again"), "No; look again"),
        (("No. ", "Never.;", "look again."), "No; Never; look again."),
        (("wait ...", "look again"), "wait ...; look again"),
        (("", "look again"), "look again"),
    ],
)
def test_a_sentence_that_another_follows_has_no_full_stop(sentences: tuple[str, ...], told: str) -> None:
    assert in_one(*sentences) == told


def test_the_last_sentence_stays_as_it_is() -> None:
    assert in_one("You lack the privilege.") == "You lack the privilege."
    assert parted("You lack the privilege.") == "You lack the privilege"


@pytest.mark.parametrize("status", [401, 403])
def test_what_a_system_says_of_access_goes_on_with_what_to_do(status: int) -> None:
    """Whichever system it is."""
    body = b'{"error": {"code": "x", "message": "You are not allowed to do that."}}'
    for error in (of_central(status, body), of_finops(status, body), of_dataverse(status, body)):
        assert "do that; " in str(error), error


@pytest.mark.parametrize(
    "path", sorted(p for part in ("functions", "shared") for p in (ROOT / part).rglob("*.py")), ids=str
)
def test_nothing_is_put_behind_a_systems_words_but_in_one_place(path: object) -> None:
    """`shared.errors.in_one` looks at how they end."""
    text = (ROOT / str(path)).read_text("utf-8")
    assert JOINED.findall(text) == []
