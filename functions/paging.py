"""Lists a page at a time: `limit` says how many rows, `next` where the page before ended."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from functions.bodies import Number, Sent
from functions.http import BadRequest, told

SHOWN: Final = 50

Place = tuple[str, ...]
"""Where a row stands in its list. Places go up, so that a page goes on behind a row that is gone by then."""


class Paged(Sent):
    """The part of an address that asks for a page. next: as the last answer has it; left out: the first page."""

    limit: Number = SHOWN
    next: str = ""


class Page:
    """One page of a list whose rows are met in order, those of other pages too."""

    def __init__(self, asked: Paged) -> None:
        self.rows: list[Any] = []
        self._limit = asked.limit
        self._last = _place(asked.next) if asked.next else ()
        self._more = False

    def takes(self, *place: str) -> bool:
        """Whether the row at a place belongs to the page: whoever hears yes adds it to the rows."""
        if place <= self._last:
            return False
        if len(self.rows) < self._limit:
            self._last = place
            return True
        self._more = True
        return False

    @property
    def since(self) -> str:
        """The first part of the place where the page before ended: nothing of the list before it is needed."""
        return self._last[0] if self._last else ""

    @property
    def is_full(self) -> bool:
        """Whether more rows are known to follow."""
        return self._more

    def onwards(self) -> dict[str, str]:
        """What the answer says of the page after this one; nothing after the last."""
        if not self._more or not self._limit:
            return {}
        return {"next": base64.urlsafe_b64encode(json.dumps(self._last).encode()).decode().rstrip("=")}


def _place(token: str) -> Place:
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as problem:
        raise _not_ours(token) from problem
    if not isinstance(read, list) or not all(isinstance(part, str) for part in read):
        raise _not_ours(token)
    return tuple(read)


def _not_ours(token: str) -> BadRequest:
    return BadRequest(f"next is {told(token)}; send it as the last answer had it, or leave it out for the first page")
