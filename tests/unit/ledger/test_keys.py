"""Row keys: every part can be kept, nothing is forbidden in it, and nothing is lost."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.ledger import (
    CONFLICT,
    COUPLING,
    HINT,
    INDEX,
    JOURNAL,
    PARKED,
    WAITING,
    after,
    conflict_key,
    dataverse_end,
    end_of,
    erp_end,
    escape,
    unescape,
)

FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
PREFIXES = (COUPLING, INDEX, HINT, WAITING, PARKED, CONFLICT, JOURNAL)
TEXTS = st.text(max_size=60)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
"""Any code points, also halves of surrogate pairs: servers cut texts in the middle of an emoji."""

HOSTILE = ["", " ", "  ", "=", "==", "=41", "=4", "~", "a~b", "a/b", "a\\b", "#", "?", "%2F", "\x00", "\x7f", "\n", "'",
           "ä", "€", "💶", "e\u0301", "\u2028", "\u202e", "=F0=9F=92=B6", "C-10450/7", "O'Neil & Söhne"]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE, ids=ascii)
def test_escape_is_reversible_for_hostile_parts(part: str) -> None:
    """What was escaped is read back as it was."""
    assert unescape(escape(part)) == part


@given(part=ANYTHING)
def test_escape_takes_anything(part: str) -> None:
    """Any text that JSON can hold is read back, also one cut in the middle of an emoji: so no two parts meet."""
    assert unescape(escape(part)) == part


@given(part=TEXTS)
def test_escaped_parts_are_allowed_anywhere(part: str) -> None:
    """An escaped part has no character that a key may not hold, and none that divides parts."""
    assert re.fullmatch(r"[A-Za-z0-9 ._=-]*", escape(part))


@pytest.mark.parametrize("part", ["US-001", "C 10450", "a.b_c-d", "0"])
def test_plain_parts_stay_readable(part: str) -> None:
    """Ordinary numbers look in a key as they look on the screen."""
    assert escape(part) == part


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (["usmf", "us-001"], ["USMF", "US-001"]),
        (["usmf", "US-001"], ["usmf ", "US-001  "]),
        (["usmf", "müller"], ["usmf", "MÜLLER"]),
        (["usmf", "ŁÓDŹ"], ["usmf", "łódź"]),
    ],
)
def test_letter_case_and_trailing_blanks_do_not_count(one: list[str], two: list[str]) -> None:
    """Identities that the ERP takes for the same have one key."""
    assert erp_end(one) == erp_end(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (["usmf", "1"], ["usmf1", ""]),
        (["a~b"], ["a", "b"]),
        (["a", "~b"], ["a~", "b"]),
        (["a", ""], ["a"]),
        ([" a"], ["a"]),
        (["a=7E"], ["a~"]),
        (["e"], ["é"]),
    ],
)
def test_different_identities_have_different_keys(one: list[str], two: list[str]) -> None:
    """No two identities meet in one key, however their parts are cut."""
    assert erp_end(one) != erp_end(two)


@given(identity=st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_keys_of_identities_are_allowed(identity: list[str]) -> None:
    """The key of any identity that fits holds only allowed characters, and leaves room for what stands before it."""
    try:
        key = erp_end(identity)
    except Rejected:
        return
    assert key.startswith(INDEX)
    assert not FORBIDDEN.search(key)
    assert len(HINT + key) <= 512


@pytest.mark.parametrize("length", [449, 2000])
def test_identities_too_long(length: int) -> None:
    """An identity that makes too long a key is rejected, naming itself, before anything is stored."""
    with pytest.raises(Rejected, match="too long") as refusal:
        erp_end(["usmf", "x" * length])
    assert refusal.value.code == "identity"


def test_longest_identity() -> None:
    """What the mapped entities can hold fits easily, in any alphabet."""
    assert len(erp_end(["usmf", "Ж" * 60])) < 448


def test_ids_are_lower_case() -> None:
    """Dataverse writes ids in lower case, people and events in any."""
    assert dataverse_end("B1F2C3D4-5E6F-EF11-A671-000D3A33CC10") == "d~b1f2c3d4-5e6f-ef11-a671-000d3a33cc10"


@pytest.mark.parametrize("row_id", ["a/b", "x#y", "a?b", "..\\", "a\nb"])
def test_ids_that_are_none(row_id: str) -> None:
    """Whatever is said to be an id, its key holds only allowed characters, or it is rejected as no id."""
    with contextlib.suppress(Rejected):
        assert not FORBIDDEN.search(dataverse_end(row_id))


@pytest.mark.parametrize(
    ("side", "identity", "end"),
    [("dataverse", ["ABC"], "d~abc"), ("erp", ["usmf", "us/1"], "e~USMF~US=2F1")],
)
def test_ends(side: str, identity: list[str], end: str) -> None:
    """Each side's identity leads to its own end of the coupling."""
    assert end_of(side, identity) == end  # type: ignore[arg-type]


@given(prefix=st.sampled_from([*PREFIXES, "c~0a0b~", "job~"]), rest=st.text(st.characters(codec="ascii"), max_size=12))
def test_after(prefix: str, rest: str) -> None:
    """`after` lies above every key that begins with the prefix."""
    assert prefix + rest < after(prefix)


@given(prefix=st.sampled_from(PREFIXES), key=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1))
def test_after_is_the_smallest(prefix: str, key: str) -> None:
    """Between a prefix and `after` lie the keys that begin with it, and no others."""
    assert (prefix <= key < after(prefix)) == key.startswith(prefix)


def test_kinds_of_rows_are_apart() -> None:
    """No kind of row lies in the range of another."""
    for prefix in PREFIXES:
        inside = [other for other in PREFIXES if prefix <= other + "x" < after(prefix)]
        assert inside == [prefix]


def test_conflict_keys_of_one_record_are_together() -> None:
    """Conflict rows are found by the record, and the open one of a line is a single row."""
    key = conflict_key("0a0b", "1122334455667788", "op1")
    assert f"{CONFLICT}0a0b~" <= key < after(f"{CONFLICT}0a0b~")
    assert conflict_key("0a0b", "1122334455667788", "open") != key
