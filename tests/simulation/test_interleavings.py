"""Two instances at once: whatever the order of what they ask for, the laws hold."""

from __future__ import annotations

import pytest

from tests.simulation.interleavings import Meeting, explore
from tests.simulation.meetings import MEETINGS

MANY = 1200
MOST = 5
"""Histories for each meeting; `./koppel simulate --interleavings` plays them all."""


@pytest.mark.parametrize("meeting", MEETINGS, ids=[meeting.name for meeting in MEETINGS])
def test_the_laws_hold_in_whatever_order_two_instances_come(meeting: Meeting) -> None:
    """Here and there among all orders, the same each time."""
    found = explore(meeting, MOST)
    assert found.histories > 1
    assert not found.told()


@pytest.mark.long
@pytest.mark.parametrize("meeting", MEETINGS, ids=[meeting.name for meeting in MEETINGS])
def test_the_laws_hold_in_nearly_every_order(meeting: Meeting) -> None:
    """As many orders as there are, or very many."""
    assert not explore(meeting, MANY).told()
