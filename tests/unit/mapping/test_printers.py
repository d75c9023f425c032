"""Fingerprints under keys: what they hide, and how they are carried over from one key to the next."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import NEVER, PLAIN, Printer, fingerprint

KEYS: Final = (b"first" * 8, b"second" * 8, b"third" * 8)
TEXTS = st.text(max_size=40)
NUMBERS = st.integers(0, len(KEYS))


def printer(number: int) -> Printer:
    return Printer(KEYS[:number])


@given(text=st.text(min_size=1, max_size=40))
def test_another_key_makes_another_fingerprint(text: str) -> None:
    """A value looks otherwise under each key, and so does the digest of a record."""
    prints = {Printer(keys).fingerprint(text) for keys in ((), KEYS[:1], KEYS[1:2], KEYS)}
    digests = {Printer(keys).digest([text], b"salt") for keys in ((), KEYS[:1], KEYS[1:2], KEYS)}
    assert (len(prints), len(digests)) == (4, 4)


@given(text=TEXTS, number=NUMBERS)
def test_no_key_makes_plain_hashes(text: str, number: int) -> None:
    """What releases before keys have stored is what a printer without keys makes."""
    assert PLAIN.fingerprint(text) == fingerprint(text)
    assert printer(number).at(0).fingerprint(text) == fingerprint(text)


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), older=NUMBERS, newer=NUMBERS)
def test_what_is_carried_over_is_what_would_be_made_now(texts: list[str], older: int, newer: int) -> None:
    """A fingerprint, or a digest, is carried over to further keys without its value."""
    before, now = printer(min(older, newer)), printer(max(older, newer))
    assert now.carried(before.fingerprint(texts[0]), before.number) == now.fingerprint(texts[0])
    assert now.carried(before.digest(texts, b"salt"), before.number) == now.digest(texts, b"salt")


@given(number=NUMBERS)
def test_what_stands_for_no_value_is_the_same_under_every_key(number: int) -> None:
    assert printer(number).fingerprint("") == fingerprint("")
    assert printer(number).carried(NEVER, 0) == NEVER


def test_a_stamp_tells_the_keys_and_not_what_they_are() -> None:
    """Whoever has the same keys, or more behind them, knows a stamp; nobody else does."""
    stamps = [printer(number).stamp for number in range(4)]
    assert [printer(3).made_with(stamp) for stamp in stamps] == [0, 1, 2, 3]
    assert [printer(1).made_with(stamp) for stamp in stamps] == [0, 1, None, None]
    assert Printer(KEYS[1:2]).made_with(stamps[1]) is None
    assert stamps[0] == ""
    assert not any(key.hex() in stamp or key.decode() in stamp for key in KEYS for stamp in stamps)
