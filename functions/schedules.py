"""When timers fire: each of a suite at a second of its own, for each takes an instance of its own on the Flex plan."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

MINUTE: Final = 60
FIELDS: Final = 6
"""Of an NCRONTAB expression, the second being the first."""


def spread(suite: str, name: str, among: Sequence[str]) -> str:
    """The schedule of one timer of a suite. The setting's second is moved if it is 0; any other was meant.

    Without the setting it is left to the host, which names it.
    """
    setting = f"{suite.upper()}_SCHEDULE"
    parts = os.environ.get(setting, "").split()
    if len(parts) != FIELDS or parts[0] != "0":
        return f"%{setting}%"
    return " ".join([str(list(among).index(name) * MINUTE // len(among)), *parts[1:]])
