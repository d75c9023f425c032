"""How SQL Server compares text, as far as it is documented: what both services' databases have in common.

Linguistic, not by code point: case, width, kana and trailing blanks do not count, some letters equal two, composed and
decomposed letters are the same, and accents count or not. A letter without a decomposition equals nothing else.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_EXPANSIONS: Final = str.maketrans({
    "\u00df": "ss", "\u1e9e": "ss", "\u00e6": "ae", "\u00c6": "ae", "\u0153": "oe", "\u0152": "oe", "\u00fe": "th",
    "\u00de": "th", "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\u3000": " ",
})  # fmt: skip
_WIDE_OR_NARROW: Final = ("<wide>", "<narrow>")


@dataclass
class Collation:
    """A key for texts: two texts are equal to the database if their keys are.

    accents: whether they count. expands: whether one letter may equal two; not so in every collation that somebody
    chooses for a database of his own.
    """

    accents: bool
    expands: bool = True

    def __call__(self, text: str) -> str:
        return text.rstrip(" ").lower() if text.isascii() else _weighed(text, self.accents, self.expands)


@lru_cache(4096)
def _weighed(text: str, accents: bool, expands: bool) -> str:
    plain = "".join(map(_plain, text))
    letters = map(_small, unicodedata.normalize("NFD", plain.translate(_EXPANSIONS) if expands else plain))
    return "".join(each for each in letters if accents or not unicodedata.combining(each)).rstrip(" ")


def _plain(letter: str) -> str:
    """Full width and half width are one, hiragana and katakana are."""
    width, _, code = unicodedata.decomposition(letter).partition(" ")
    letter = chr(int(code, 16)) if width in _WIDE_OR_NARROW else letter
    return chr(ord(letter) + 0x60) if "\u3041" <= letter <= "\u3096" else letter


def _small(letter: str) -> str:
    """The small form, where the two forms belong to each other alone: a dotless i has no dotted capital."""
    small = letter.lower()
    return small if len(small) == 1 and small.upper() == letter else letter
