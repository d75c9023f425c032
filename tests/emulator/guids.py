"""Ids as the products make them, the same again for the same seed."""

from __future__ import annotations

import random


def guid(source: random.Random) -> str:
    """The next id of a source."""
    digits = f"{source.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
