"""What is kept of long values: bounded, honest, and still telling one from another."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import ROOM, fitting, shown, size

TEXTS = st.text(max_size=200) | st.sampled_from(["é", "x", "\ud83d"]).map(lambda letter: letter * 5_000)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=5), each, max_size=4),
    max_leaves=20,
)


def test_a_long_text_says_that_it_was_cut() -> None:
    """Its beginning, its length, and a digest that tells it from another with the same beginning."""
    one, other = "x" * 3_000 + "a", "x" * 3_000 + "b"
    assert shown(one).startswith("x" * 2_000 + "… (3001 characters, cut here: ")
    assert shown(one) != shown(other)
    assert shown("x" * 2_000) == "x" * 2_000


@given(TEXTS)
def test_what_is_cut_stays_as_it_is(text: str) -> None:
    """A value that was kept is compared with one that is cut now."""
    assert shown(shown(text)) == shown(text)
    assert len(shown(text)) <= 2_060


@given(VALUES)
def test_what_has_room_is_kept(value: Any) -> None:
    """Nothing but long texts is touched."""
    assert fitting(value, most=ROOM) == value


def test_the_longest_texts_are_cut_until_all_have_room() -> None:
    """A short one beside many long ones stays whole."""
    told = fitting({"short": "whole", "long": ["é" * 90_000 for _ in range(50)], "number": 7}, 20_000)
    assert (told["short"], told["number"]) == ("whole", 7)
    assert sum(map(size, told["long"])) <= 20_000


def test_a_text_that_looks_cut_is_cut_all_the_same() -> None:
    """Whoever writes the mark himself is not believed."""
    mark = shown("x" * 3_000)[2_000:]
    assert len(shown("y" * 500_000 + mark)) == 2_000 + len(mark)
