"""How a line is compared that says so: what is left out of account is no edit, and nobody's difference. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from shared.mapping._fold import fold
from shared.mapping._shipped_functions import digits


def _digits(text: str) -> str:
    """A text without a digit is itself: `ask reception` is another number than `none`."""
    return digits(text) or fold(text)


COMPARED: Final[Mapping[str, Callable[[str], str]]] = {"digits": _digits, "caseless": fold}
"""Word after `as` to what is compared of a text."""
