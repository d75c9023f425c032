"""Row keys: one reversible escape for every part, and the prefixes that tell the kinds of rows apart.

Inside a flow's partition: `d~` coupling, `e~` its index by ERP identity, `h~` hint, `w~` waiting, `p~` parked,
`c~` conflict, `j~` journal, `n~` a claim whose ERP identity nobody knows yet, `f~` a row that an ERP record was coupled
with before, `g~` the second identity that a row had when its coupling went away, `x~` an end of a tombstone that
was erased.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from shared.errors import Rejected
from shared.mapping import fold

COUPLING, INDEX, HINT, WAITING, PARKED, CONFLICT, JOURNAL = "d~", "e~", "h~", "w~", "p~", "c~", "j~"
NUMBERLESS: Final = "n~"
FORMER: Final = "f~"
SECOND: Final = "g~"
BURIED: Final = "x~"
MAX_KEY: Final = 512

_UNSAFE = re.compile(r"[^A-Za-z0-9 ._-]")
_ESCAPED = re.compile(r"((?:=[0-9A-F]{2})+)")


def escape(part: str) -> str:
    """A key part in which only letters, digits, blank, `.`, `_` and `-` stand for themselves; reversible."""
    return _UNSAFE.sub(
        lambda match: "".join(f"={byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass")), part
    )


def unescape(text: str) -> str:
    """The inverse of `escape`."""
    return _ESCAPED.sub(
        lambda match: bytes.fromhex(match.group().replace("=", "")).decode("utf-8", "surrogatepass"), text
    )


def dataverse_end(row_id: str) -> str:
    """The end of a coupling that lies in Dataverse; also the row key of the coupling itself."""
    return COUPLING + escape(row_id.lower())


def erp_end(identity: Sequence[str]) -> str:
    """The end of a coupling that lies in the ERP; also the row key of its index. Letter case does not count."""
    key = INDEX + "~".join(escape(fold(part)) for part in identity)
    if len(key) > MAX_KEY - 64:
        raise Rejected(f"the identity {list(identity)} is too long to be kept", code="identity")
    return key


def spelt_end(identity: Sequence[str]) -> str:
    """The end of an ERP record that only looks like the one which the end of its identity stands for."""
    exact = blake2b("\x1f".join(identity).lower().encode("utf-8", "surrogatepass"), digest_size=8)
    return f"{erp_end(identity)}~{exact.hexdigest()}"


def after(prefix: str) -> str:
    """The smallest key above every key that begins with the prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
