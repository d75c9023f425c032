"""What is kept of long values: so much that a row always fits, and never a part that looks like the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

SHOWN: Final = 2_000
"""Characters that are kept of a value which is only to be read, or to be known again."""
ROOM: Final = 600_000
"""Bytes that all texts of one row may have: as much fits into its cells, however badly it is compressed."""
_LEAST: Final = 20
_CUT: Final = re.compile(r"… \([0-9]+ characters, cut here: [0-9a-f]{16}\)\Z")


def shown(text: str, most: int = SHOWN) -> str:
    """The text; of a long one its beginning, its length and a digest, so that two of these are equal as the texts are.

    What was cut already stays as it is, or is cut further.
    """
    if len(text) <= most:
        return text
    if cut := _CUT.search(text, max(0, len(text) - 60)):
        return text if cut.start() <= most else text[:most] + cut.group()
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{text[:most]}… ({len(text)} characters, cut here: {digest})"


def fitting(value: Any, room: int = ROOM, most: int = SHOWN) -> Any:
    """A JSON value whose texts are `shown`; the longest of them are cut further until all have room."""
    texts = _texts(value)
    if all(len(text) <= most for text in texts) and sum(map(size, texts)) <= room:
        return value  # as nearly always
    while True:
        told = _each(value, most)
        if most <= _LEAST or sum(map(size, _texts(told))) <= room:
            return told
        most //= 2


def _each(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return shown(value, most)
    if isinstance(value, Mapping):
        return {name: _each(each, most) for name, each in value.items()}
    return [_each(each, most) for each in value] if isinstance(value, Sequence) else value


def _texts(value: Any) -> list[str]:
    """Every text in a JSON value, in no order that counts."""
    found: list[str] = []
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, Mapping):
            left.extend(each.values())
        elif isinstance(each, Sequence):
            left.extend(each)
    return found


def size(text: str) -> int:
    """Bytes of a text as it is stored."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
