"""What a column makes of a value that it cannot hold as it is: a number rounded, a text cut off or trimmed. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from shared.mapping._schema import NUMBERS, TEXTS, Field
from shared.mapping._values import is_number, rounded

MOST_DECIMALS: Final = 10
"""Of an amount in any currency."""


def may_shorten(target: Field, sent: str, stored: str) -> bool:
    """True if a column that was sent one value may store the other for want of room: less of it, and nothing else."""
    if target.type in NUMBERS:
        return _rounds(sent, stored or "0")
    text, kept = sent.strip(), stored.strip()
    return target.type in TEXTS and bool(kept) and len(stored) < len(sent) and text.startswith(kept)


def _rounds(sent: str, stored: str) -> bool:
    if not (is_number(sent) and is_number(stored)):
        return False
    places = len(stored.partition(".")[2])
    if places >= len(sent.partition(".")[2]):
        return False
    return abs(Decimal(sent) - Decimal(stored)) <= Decimal(5).scaleb(-places - 1)


def shortened(target: Field, value: str, decimals: int | None) -> str:
    """A value as its column declares to hold it. decimals: of this very record, where its currency tells."""
    if target.type in TEXTS and target.length:
        units = value.encode("utf-16-le", "surrogatepass")[: 2 * target.length]
        cut = units.decode("utf-16-le", "surrogatepass")
        return cut.rstrip(None if target.type == "memo" else " ")
    places = target.scale if decimals is None else decimals
    return rounded(value, places) if places is not None and is_number(value) else value
