"""How many records that look turned back are too many, and what a coupling remembers to know them by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine._turned_back import most_turned
from shared.ledger import Coupling, Former, minute, read_coupling
from shared.ledger._earlier import MOST
from shared.ledger._tables import Stored

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
LINE = b"l" * 8


def pair(number: int) -> tuple[bytes, bytes]:
    return number.to_bytes(8), (number + 1000).to_bytes(8)


def days(*numbers: int) -> list[str]:
    return [f"2026-01-{number:02}" for number in numbers]


@pytest.mark.parametrize(
    ("signs", "moved", "found"),
    [
        (days(*range(1, 10)), days(*range(1, 10)), None),
        (days(*range(1, 11)), days(*range(1, 11)), (10, 10, "2026-01-01")),
        (days(*[5] * 10), days(*[5] * 20), (10, 20, "2026-01-05")),
        (days(*[5] * 10), days(*[5] * 21), None),
        (days(*[20] * 10), days(*[5] * 5000, *[20] * 11), (10, 11, "2026-01-20")),
        (days(*[5] * 10), days(*[5] * 10, *[20] * 5000), None),
        (days(*[20] * 10, 1), days(*[5] * 5000, *[20] * 11), (10, 11, "2026-01-20")),
    ],
    ids=["nine", "ten", "half", "less than half", "after a large load", "before a large load", "with a stray one"],
)
def test_a_share_of_what_is_younger_than_some_backup(
    signs: list[str], moved: list[str], found: tuple[int, int, str] | None
) -> None:
    """A restore undoes the youngest changes, however many older records there are beside them."""
    assert most_turned(signs, sorted(moved), 10, 0.5) == found


@given(st.lists(st.integers(0, 30)), st.lists(st.integers(0, 30)), st.floats(0.1, 1.0))
def test_every_moment_is_tried(signs: list[int], others: list[int], share: float) -> None:
    """It is found if there is any moment since which ten or more, and such a share, look turned back."""
    moved = sorted(f"{each:03}" for each in [*signs, *others])
    wanted = any(
        (number := sum(each >= since for each in signs)) >= 10
        and number >= share * sum(each >= f"{since:03}" for each in moved)
        for since in set(signs)
    )
    assert (most_turned([f"{each:03}" for each in signs], moved, 10, share) is not None) == wanted


def test_a_coupling_remembers_what_its_lines_were_agreed_at() -> None:
    """Also from the ledger; a coupling that was never written to takes no room for it."""
    fresh = Coupling("a" * 36, ("usmf", "1"), "coupled", since="2026")
    assert not {"moved", "earlier"} & fresh.cells().keys()
    moved = fresh.moved_on({LINE: pair(1)}, NOW, WEEK).moved_on({LINE: pair(2)}, NOW + timedelta(hours=1), WEEK)
    read = read_coupling(Stored(moved.key, moved.cells(), "1"))
    assert read.earlier == moved.earlier
    assert [each[:3] for each in read.earlier] == [(LINE, *pair(1)), (LINE, *pair(2))]
    assert read.moved > fresh.since


def test_what_is_too_old_is_forgotten() -> None:
    """At the next write, and the oldest first where lines change all the time: the row stays small."""
    coupling = Coupling("a" * 36, ("usmf", "1"), "coupled").moved_on({LINE: pair(1)}, NOW, WEEK)
    later = coupling.moved_on({LINE: pair(2)}, NOW + WEEK + timedelta(minutes=2), WEEK)
    assert later.earlier == (Former(LINE, *pair(2), minute(NOW + WEEK + timedelta(minutes=2))),)
    for number in range(100):
        coupling = coupling.moved_on({LINE: pair(number)}, NOW, WEEK)
    assert len(coupling.earlier) == MOST
    assert coupling.earlier[-1][1] == pair(99)[0]
