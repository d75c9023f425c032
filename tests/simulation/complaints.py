"""What the engine logs as its own mistakes while a history is played: errors that nobody raised on purpose.

Troubles of the systems and of the operation are errors in the log, too, for the alerts; they come without a traceback.
"""

from __future__ import annotations

import asyncio
import logging


class Complaints:
    """Collects what the engine logs as its own mistakes."""

    def __enter__(self) -> list[str]:
        self.texts: list[str] = []
        self.handler = logging.Handler()
        self.handler.emit = self._emit  # type: ignore[method-assign] # one method is all it needs
        logging.getLogger("koppel").addHandler(self.handler)
        return self.texts

    def _emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.levelno >= logging.ERROR and _is_running():
            self.texts.append(f"{record.getMessage()}: {record.exc_info[1]!r}")

    def __exit__(self, *_: object) -> None:
        logging.getLogger("koppel").removeHandler(self.handler)


def _is_running() -> bool:
    """Whether the history still runs: what the dead do as they are cleared away at its end is nobody's mistake."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
