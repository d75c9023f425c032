"""What may still land: creates that got no answer and were given up on, as their coupling remembers them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.ledger._rows import moment
from shared.mapping import Side

MOST: Final = 8
"""Entries of one coupling: attempts that sent the same share one, so there are few."""
_ROOM: Final = 30_000
"""Characters of the cell. Entries of a map with very many lines are long: then only the youngest have room."""


@dataclass(frozen=True, slots=True)
class Late:
    """A create that may still land. until: when none of its age can live any more, in UTC. contents: stand for what
    the new record would hold, as sent and as stored. gone: its record was seen to be absent since.
    """

    side: Side
    until: str
    contents: tuple[str, ...]
    gone: bool = False

    def known_until(self, kept: timedelta) -> str:
        """Till when a record is still recognised that has landed in time. kept: how long after that."""
        return moment(datetime.fromisoformat(self.until) + kept)


def with_late(known: Collection[Late], new: Late) -> tuple[Late, ...]:
    """These, and one more: the same content once, and only the youngest if there are too many."""
    same = [each for each in known if each.side == new.side and set(new.contents) & set(each.contents)]
    contents = tuple(sorted({*new.contents, *(text for each in same for text in each.contents)}))
    until, gone = max([new.until, *(each.until for each in same)]), any(each.gone for each in same)
    merged = replace(new, until=until, contents=contents, gone=new.gone or gone)
    return tuple(sorted([*(each for each in known if each not in same), merged], key=lambda each: each.until)[-MOST:])


def late_text(entries: Iterable[Late]) -> str:
    """As a cell; empty if there are none."""
    rows = [[each.side, each.until, list(each.contents), each.gone] for each in entries]
    while rows and len(text := json.dumps(rows, separators=(",", ":"))) > _ROOM:
        rows = rows[1:]
    return text if rows else ""


def read_late(text: object) -> tuple[Late, ...]:
    """The inverse of `late_text`."""
    rows = json.loads(text) if isinstance(text, str) and text else []
    return tuple(Late(side, until, tuple(contents), gone) for side, until, contents, gone in rows)
