"""Numbers that one side keeps as text. What a number would not give back as it was is refused, and never lost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_WHOLE: Final = re.compile("-?[0-9]+")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def to_whole(text: str, digits: int = 0) -> int | None:
    """The whole number that a text is. digits: how many it has with leading zeros, which the way back puts there."""
    if not text.strip(" "):
        return None
    if not _WHOLE.fullmatch(text.strip(" ")):
        raise ValueError(f"{text!r} is not a whole number: digits only, and a minus before them")
    _keeps_zeros(text, text.strip(" -"), digits)
    return int(text)


def from_whole(number: int, digits: int = 0) -> str:
    """A whole number as text, with leading zeros up to so many digits; 0 is a blank."""
    return f"{'-' * (number < 0)}{abs(number):0{max(digits, 1)}d}" if number else ""


def to_decimal(text: str, places: int = 0) -> Decimal | None:
    """The number that a text is. places: the most decimals that it has, which the way back fills up with zeros."""
    if not text.strip(" "):
        return None
    if not _DECIMAL.fullmatch(text.strip(" ")):
        raise ValueError(f"{text!r} is not a number: digits, and a point before the decimals")
    whole, _, decimals = text.strip(" -").partition(".")
    _keeps_zeros(text, whole, 1)
    if places and len(decimals) > places:
        raise ValueError(f"{text!r} has more than {places} decimals")
    return Decimal(text.strip(" "))


def from_decimal(number: Decimal, places: int = 0) -> str:
    """A number as text, with a point before its decimals, and so many of them; 0 is a blank."""
    if not number:
        return ""
    whole, _, decimals = format(number, "f").partition(".")
    decimals = decimals.rstrip("0")
    if places and len(decimals) > places:
        raise ValueError(f"{number} has more than {places} decimals")
    return f"{whole}.{filled}" if (filled := decimals.ljust(places, "0")) else whole


def _keeps_zeros(text: str, whole: str, digits: int) -> None:
    if len(whole) > max(digits, 1) and whole.startswith("0"):
        remedy = f"say how many digits there are, to_whole({len(whole)}), or map it to a text"
        raise ValueError(f"{text!r} has leading zeros, which a number does not keep: {remedy}")
