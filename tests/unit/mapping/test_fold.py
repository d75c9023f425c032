"""Codes as the systems compare them: one to them is one to us, two to them are two to us."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.ledger import erp_end
from shared.mapping import fold, look

ONE = [
    ("CI-1", "ci-1"),
    ("CI-1", "CI-1  "),
    ("STRASSE", "stra\u00dfe"),
    ("STRASSE", "STRA\u1e9eE"),
    ("\u00c6RO", "aero"),
    ("C\u0152UR", "coeur"),
    ("\u00deOR", "thor"),
    ("o\ufb03ce", "OFFICE"),
    ("\uff23\uff29\uff0d\uff11", "ci-1"),
    ("\u30ab\u30ac", "\u304b\u304c"),
    ("\uff76\uff76\uff9e", "\u30ab\u30ac"),
    ("CAF\u00c9", "cafe\u0301"),
    ("\u0416-1", "\u0436-1"),
]
LOOK = [
    ("CAFE", "caf\u00e9"),
    ("MULLER", "M\u00fcller"),
    ("\u0130-1", "I-1"),
    ("\u0397", "\u1f90"),
    ("AERO", "\u01fdro"),
]
TWO = [
    ("CI-1", "C\u0131-1"),
    ("CI-1", "C\u0421-1"),
    ("CI-1", "CI-1\u00a0"),
    ("CI-1", "CI-1\t"),
    ("CI-1", " CI-1"),
    ("CI-1", "CI\u20111"),
    ("S1", "\u017f1"),
    ("K1", "K\u00b9"),
    ("O1", "\u00d81"),
]


@pytest.mark.parametrize(("left", "right"), ONE)
def test_letter_case_width_kana_and_letters_that_are_two_do_not_count(left: str, right: str) -> None:
    assert fold(left) == fold(right)
    assert look(left) == look(right)
    assert erp_end(("usmf", left)) == erp_end(("USMF", right))


@pytest.mark.parametrize(("left", "right"), LOOK)
def test_accents_count_in_the_erp_and_not_in_most_of_dataverse(left: str, right: str) -> None:
    assert fold(left) != fold(right)
    assert look(left) == look(right)


@pytest.mark.parametrize(("left", "right"), TWO)
def test_what_only_looks_alike_is_another_code(left: str, right: str) -> None:
    assert fold(left) != fold(right)
    assert look(left) != look(right)
    assert erp_end(("usmf", left)) != erp_end(("usmf", right))


@given(st.text(max_size=12))
@example("\u1f90")
@example("\u01fd")
@example("a \u0301")
@example("\u00e6\u0308")
def test_a_folded_code_stays_as_it_is(code: str) -> None:
    assert fold(fold(code)) == fold(code)
    assert look(look(code)) == look(code)
    assert look(fold(code)) == look(code)
