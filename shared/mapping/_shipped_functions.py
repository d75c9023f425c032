"""The functions that ship with Koppel. Each takes a text first, and after it what more it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from shared.mapping._functions import Function, Pure
from shared.mapping._text_numbers import from_decimal, from_whole, to_decimal, to_whole

_NATIONAL: Final = re.compile(r"\(\s*0\s*\)")


def join(separator: str, *parts: str) -> str:
    """The parts with the separator between them; blank ones leave nothing behind."""
    return separator.join(part.strip(" ") for part in parts if part.strip(" "))


def first_word(text: str) -> str:
    return "".join(text.split()[:1])


def other_words(text: str) -> str:
    """All but the first."""
    return " ".join(text.split()[1:])


def last_word(text: str) -> str:
    """The last of several words; a single one is the first, and not the last."""
    return "".join(text.split()[1:][-1:])


def words_before_last(text: str) -> str:
    """All but the last; a single word stays."""
    words = text.split()
    return " ".join(words[:-1] or words)


def before(text: str, separator: str) -> str:
    """What stands before the first separator; all of a text without one."""
    return text.partition(separator)[0].rstrip(" ")


def after(text: str, separator: str) -> str:
    """What stands after the first separator; nothing of a text without one."""
    return text.partition(separator)[2].strip(" ")


def trim(text: str) -> str:
    """Without blanks at either end, and with single ones between words."""
    return " ".join(filter(None, text.split(" ")))


def upper(text: str) -> str:
    return text.upper()


def lower(text: str) -> str:
    return text.lower()


def title(text: str) -> str:
    """Each word with a capital first letter; what follows an apostrophe stays small."""
    return re.sub(r"[^\W\d_]+('[^\W\d_]+)?", lambda word: word[0][:1].title() + word[0][1:].lower(), text)


def digits(text: str) -> str:
    """The digits of a phone number, and the + before them; the (0) of an international number is not dialled."""
    is_international = text.strip().startswith("+")
    found = "".join(filter(str.isdecimal, _NATIONAL.sub("", text) if is_international else text))
    return f"+{found}" if is_international and found else found


def left(text: str, count: int) -> str:
    return text[: max(count, 0)]


def right(text: str, count: int) -> str:
    return text[-count:] if count > 0 else ""


def replace(text: str, old: str, new: str) -> str:
    """With every `old` replaced."""
    return text.replace(old, new) if old else text


def pad(text: str, width: int) -> str:
    """With zeros before it, up to that many characters; a blank stays blank."""
    return text.rjust(width, "0") if text else text


def strip_zeros(text: str, _width: int = 0) -> str:
    """Without zeros before it; the last one stays. The width is for the way back, which pads."""
    return text.lstrip("0") or text[-1:]


def _shipped(*calls: Pure, inverses: Mapping[Pure, Pure]) -> Mapping[str, Function]:
    return {call.__name__: Function(call.__name__, call, "1", inverses.get(call)) for call in calls}


SHIPPED: Final = _shipped(
    join, first_word, other_words, last_word, words_before_last, before, after, trim, upper, lower, title, digits,
    left, right, replace, pad, strip_zeros, to_whole, from_whole, to_decimal, from_decimal,
    inverses={**{call: call for call in (trim, upper, lower, title, digits)}, pad: strip_zeros, strip_zeros: pad,
              to_whole: from_whole, from_whole: to_whole, to_decimal: from_decimal, from_decimal: to_decimal},
)  # fmt: skip
"""By name. What tidies a text does so both ways."""
