"""Lists a page at a time: `limit` says how many rows, `next` where the page before ended, and of which list."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Final
from urllib.parse import urlsplit

import azure.functions as func

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

    def __init__(self, req: func.HttpRequest, asked: Paged) -> None:
        self.rows: list[Any] = []
        self._limit = asked.limit
        self._list = _list_of(req, asked)
        self._last = _place(asked.next, self._list) if asked.next else ()
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
        token = json.dumps([self._list, *self._last]).encode()
        return {"next": base64.urlsafe_b64encode(token).decode().rstrip("=")}


def _list_of(req: func.HttpRequest, asked: Paged) -> str:
    """Stands for a list: its address, and what narrows it down. A place in another one says nothing here."""
    narrowed = asked.model_dump(exclude={"limit", "next"})
    return hashlib.sha256(json.dumps([urlsplit(req.url).path, narrowed]).encode()).hexdigest()[:8]


def _place(token: str, here: str) -> Place:
    """Where the page before ended. Raises BadRequest for what no answer of this list has said."""
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, RecursionError) as problem:
        raise _not_ours(token) from problem
    texts = isinstance(read, list) and all(isinstance(part, str) for part in read)
    if not texts or len(read) < 2 or read[0] != here:
        raise _not_ours(token)
    return tuple(read[1:])


def _not_ours(token: str) -> BadRequest:
    return BadRequest(
        f"next is {told(token)}; send it as the last answer of this very list had it, with what narrows it down, or "
        "leave it out for the first page"
    )
