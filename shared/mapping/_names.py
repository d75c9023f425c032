"""Names: whether two records that carry the same number may be the same at all. Pure.

Generous on purpose: one word in common is enough, and words count without letter case, accents, punctuation and legal
forms, in Latin, Cyrillic or Greek letters. A blank says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

_LEGAL_FORMS: Final = """
ab ag aktiengesellschaft ao aps as asa bv bvba co comp company corp corporation cv doo eg ek ev gbr gesellschaft gmbh
inc incorporated kft kg kgaa kk lda limited limitada llc llp lp ltd ltda mbh nv oao ohg oo ood ooo oy oyj pao plc pte
pty pvt sa sab sarl sas se sl slu snc sp spa spol srl sro ug zao zoo zrt
"""
_LITTLE_WORDS: Final = "and das de der die e et i la le les of the u und y z"
NOT_TELLING: Final = frozenset(f"{_LEGAL_FORMS} {_LITTLE_WORDS}".split())
"""As they are spelt after folding."""
ALIKE: Final = 0.8
"""So similar are two words of which one is misspelt."""
_LONG: Final = 4
"""Shorter words are compared as they are."""

_APART: Final = str.maketrans({"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_CYRILLIC: Final = dict(zip("абвгдезиклмнопрстуфыэіјєґ", "abvgdeziklmnoprstufyeijeg", strict=True)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
    "ђ": "dj", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
}  # fmt: skip
_GREEK: Final = dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)) | {
    "θ": "th", "χ": "ch", "ψ": "ps",
}  # fmt: skip
_LATIN: Final = str.maketrans(_CYRILLIC | _GREEK)
_DOTTED: Final = re.compile(r"\b(\w)[./](?=\w\b)")
_WORD: Final = re.compile(r"[^\W_]+")
_UMLAUT: Final = re.compile(r"(?<=[aou])e")


def strangers(left: str, right: str) -> bool:
    """True if two names have nothing in common."""
    ours, theirs = _words(left), _words(right)
    if not ours or not theirs:
        return False
    if any(_alike(one, another) for one in _forms(ours) for another in _forms(theirs)):
        return False
    return _initials(ours) not in theirs and _initials(theirs) not in ours


def _words(name: str) -> list[str]:
    """The words of a name that tell it from others; all of them if none does."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_APART))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LATIN)
    words = [_UMLAUT.sub("", word) for word in _WORD.findall(_DOTTED.sub(r"\1", plain))]
    telling = [word for word in words if word not in NOT_TELLING]
    return [word for word in telling if len(word) > 1 or not word.isascii()] or telling or words


def _forms(words: Sequence[str]) -> list[str]:
    """The words, and all of them as one: some write two words where others write one."""
    return [*words, "".join(words)]


def _alike(one: str, another: str) -> bool:
    if one == another:
        return True
    short, long = sorted((one, another), key=lambda word: (len(word), word))
    if len(short) < (_LONG if short.isascii() else 2):
        return False
    return short in long or SequenceMatcher(None, short, long).ratio() >= ALIKE


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words) if len(words) > 1 else ""
