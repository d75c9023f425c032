"""Codes as the systems compare them. Pure.

Both keep text in SQL Server under a collation. That of finance and operations is SQL_Latin1_General_CP1_CI_AS: letter
case, width, kana and trailing blanks do not count, accents do, and some letters are the same as two. That of a
Dataverse environment follows its base language, and for most languages accents do not count either. A letter that only
looks like another stays what it is: `i` without its dot is another letter. Where nothing is known of a letter, it is
kept apart: two codes that are one to a system then show as a refused create, and nothing is taken for something else.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final, Literal

Form = Literal["NFC", "NFD", "NFKD"]

_TWO: Final = {
    "\u00df": "SS",
    "\u1e9e": "SS",  # sharp s
    "\u00e6": "AE",
    "\u00c6": "AE",
    "\u0153": "OE",
    "\u0152": "OE",  # ae, oe in one letter
    "\u00fe": "TH",
    "\u00de": "TH",  # thorn
    "\ufb00": "FF",
    "\ufb01": "FI",
    "\ufb02": "FL",
    "\ufb03": "FFI",
    "\ufb04": "FFL",  # ligatures
}
"""Letters that are the same as two, or three."""
_WIDTHS: Final = frozenset({"<wide>", "<narrow>"})
_MARKS: Final = 30
"""In a row after one letter, as in stream-safe text (UAX 15)."""
_HIRAGANA: Final = range(0x3041, 0x3097)
_TO_KATAKANA: Final = 0x60


def fold(value: str) -> str:
    """A code as finance and operations compares it; also the strictest that either system is."""
    text = value.rstrip(" ")
    if text.isascii():
        return text.upper()
    cased = "".join(map(_cased, normal("NFC", "".join(map(_sized, text)))))
    return normal("NFC", cased).rstrip(" ")


def look(value: str) -> str:
    """What a code looks like to a Dataverse environment in which accents do not count."""
    if value.isascii():
        return fold(value)
    plain = (each for each in normal("NFD", fold(value)) if not unicodedata.combining(each))
    return fold("".join(plain))  # what had no capital with its accent may have one without


def normal(form: Form, text: str) -> str:
    """A text in a normal form of Unicode.

    What has more marks in a row than any language writes is put in order piece by piece: to sort them costs the square
    of their number.
    """
    pieces: list[str] = []
    begun = letter = 0
    for at, each in enumerate(text if len(text) > _MARKS else ""):
        if not unicodedata.combining(each):
            letter = at
        elif at - letter > _MARKS:
            pieces.append(text[begun:at])
            begun = letter = at
    return "".join(unicodedata.normalize(form, piece) for piece in (*pieces, text[begun:]))


@cache
def _sized(letter: str) -> str:
    """A letter of ordinary width."""
    kind, _, code = unicodedata.decomposition(letter).partition(" ")
    return chr(int(code, 16)) if kind in _WIDTHS else letter


@cache
def _cased(letter: str) -> str:
    """A letter without its case; one whose small and capital form do not belong to each other alone has none."""
    if two := _TWO.get(letter):
        return two
    if ord(letter) in _HIRAGANA:
        return chr(ord(letter) + _TO_KATAKANA)
    capital = letter.upper()
    return capital if len(capital) == 1 and capital.lower() == letter else letter
