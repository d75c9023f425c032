"""How Business Central writes members of its enumerations: as names of XML, in which a blank is `_x0020_`. Pure.

In canonical form a member is what people see, and the blank one is blank: `Non-Inventory`, `` (reference:
business-central-api 4).
"""

from __future__ import annotations

import re
from typing import Final

_ENCODED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NEEDS: Final = re.compile(r"[^\w]|_(?=x[0-9A-Fa-f]{4}_)")


def member_of(wire: str) -> str:
    """The canonical name of a member as the service writes it, encoded or plain."""
    plain = _ENCODED.sub(lambda found: chr(int(found[1], 16)), wire) if "_x" in wire else wire
    return plain.strip(" ")


def wire_of(member: str) -> str:
    """A member as the service writes it."""
    return _NEEDS.sub(lambda found: f"_x{ord(found[0]):04X}_", member or " ")
