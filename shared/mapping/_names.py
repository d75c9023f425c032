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

from shared.mapping._fold import normal

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
_WORDS, _LETTERS = 20, 60
"""So many words of a name, and so many letters of each, are looked at for mistakes in their spelling."""
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
    long = _without_letters(ours), _without_letters(theirs)
    ours, theirs = long if all(long) else (ours, theirs)
    one_form, other_form = _forms(ours), _forms(theirs)
    if not set(one_form).isdisjoint(other_form):
        return False
    if any(_alike(one, another) for one in one_form[:_WORDS] for another in other_form[:_WORDS]):
        return False
    return _initials(ours) not in theirs and _initials(theirs) not in ours


def _words(name: str) -> list[str]:
    """The words of a name that tell it from others; all of them if none does."""
    folded = normal("NFKD", name.casefold().translate(_APART))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LATIN)
    words = [_UMLAUT.sub("", word) for word in _WORD.findall(_DOTTED.sub(r"\1", plain))]
    return [word for word in words if word not in NOT_TELLING] or words


def _without_letters(words: list[str]) -> list[str]:
    """Words without single letters, which say nothing where both names have others."""
    return [word for word in words if len(word) > 1 or not word.isascii()]


def _forms(words: Sequence[str]) -> list[str]:
    """All words as one, for some write two where others write one, and the words."""
    return ["".join(words), *words]


def _alike(one: str, another: str) -> bool:
    short, long = sorted((one[:_LETTERS], another[:_LETTERS]), key=lambda word: (len(word), word))
    if len(short) < (_LONG if short.isascii() else 2):
        return False
    return short in long or SequenceMatcher(None, short, long).ratio() >= ALIKE


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words) if len(words) > 1 else ""
