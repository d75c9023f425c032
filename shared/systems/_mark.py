"""The mark that set-up leaves in Dataverse: which ledger speaks of this organisation.

It is a service endpoint that no step uses, so nothing is ever sent to it. An app that registers webhooks may write it,
and a restore of the ledger, or a wrong name for it, cannot take it along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

MARKS: Final = "serviceendpoints"
MARK_ID: Final = "5a7e1c9e-3f0b-4e5d-9b51-2c8a6d1f7e40"
_LEDGER: Final = re.compile(r"ledger ([0-9a-f]{16})")
WEBHOOK, WEBHOOK_KEY = 8, 4


def ledger_in(row: Mapping[str, Any]) -> str:
    """The ledger that a mark names; empty if somebody has written something else there."""
    found = _LEDGER.search(str(row.get("description") or ""))
    return found[1] if found else ""


def mark_of(ledger: str, base: str) -> dict[str, Any]:
    """The row. base: an address of the organisation, since an endpoint has to have one."""
    parts = urlsplit(base)
    return {
        "name": "Koppel ledger",
        "description": f"Koppel keeps its couplings in ledger {ledger}. Leave this endpoint: it tells a lost ledger.",
        "contract": WEBHOOK,
        "url": f"{parts.scheme}://{parts.netloc}",
        "authtype": WEBHOOK_KEY,
        "authvalue": ledger,
    }
