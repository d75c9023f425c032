"""What of a plan is tried together, until each refused part is found and everything else is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import DATAVERSE, Side
from shared.reconcile import LineWrite, Part, Plan, Tries, parts_of
from tests.unit.mapping.maps import customers

Found = tuple[set[str], set[str], int]


def parts(count: int) -> list[Part]:
    return [Part(DATAVERSE, f"dataverse:{number}") for number in range(count)]


def searched(
    all_of_them: Sequence[Part], bad: Collection[str], before: Collection[str] = (), *, named: bool = False
) -> Found:
    """A side that refuses whatever holds a bad part: what it took, what was found refused, and after how many tries."""
    tries, taken, found = Tries(), set[str](), set[str]()
    side: Side = DATAVERSE
    rounds = 0
    while left := [part for part in all_of_them if part.digest not in taken]:
        now = tries.now(left, before)
        if not now:
            break
        rounds += 1
        wrong = [part for part in now if part.digest in bad]
        if wrong:
            tries, refused = tries.after(left, now, before, wrong[:1] if named else [], sure=named)
            found |= {part.digest for part in refused}
            tries = tries.followed(())
        else:
            taken |= {part.digest for part in now}
            tries = tries.followed([side])
        assert rounds < 200
    return taken, found, rounds


@given(st.integers(1, 60), st.data())
def test_a_single_refused_part_is_found_and_all_others_are_written(count: int, data: st.DataObject) -> None:
    """In about as many tries as the number can be halved."""
    every = parts(count)
    bad = data.draw(st.sampled_from(every)).digest
    taken, found, rounds = searched(every, {bad})
    assert (taken, found) == ({part.digest for part in every} - {bad}, {bad})
    assert rounds <= 2 * count.bit_length() + 2


@given(st.integers(1, 60), st.data())
def test_refused_parts_that_are_named_cost_a_try_each(count: int, data: st.DataObject) -> None:
    every = parts(count)
    bad = data.draw(st.sets(st.sampled_from([part.digest for part in every]), max_size=5))
    taken, found, rounds = searched(every, bad, named=True)
    assert (taken, found) == ({part.digest for part in every} - bad, bad)
    assert rounds <= len(bad) + 1


@given(st.integers(1, 60), st.data())
def test_whatever_is_refused_each_part_is_decided(count: int, data: st.DataObject) -> None:
    """What was taken was not refused, what is refused was found; a side that took something is written all it takes."""
    every = parts(count)
    bad = data.draw(st.sets(st.sampled_from([part.digest for part in every]), max_size=2))
    taken, found, _ = searched(every, bad)
    assert (taken, found) == ({part.digest for part in every} - bad, bad)


@pytest.mark.parametrize("count", [1, 2, 8, 60])
def test_a_side_that_takes_nothing_is_given_up(count: int) -> None:
    """Every part is refused, and not tried one by one."""
    every = parts(count)
    taken, found, rounds = searched(every, {part.digest for part in every})
    assert (taken, found) == (set(), {part.digest for part in every})
    assert rounds <= 3 * (count.bit_length() + 1)


def test_what_was_refused_before_is_tried_with_what_is_new_only() -> None:
    """Nothing is sent for it alone; beside something new it goes along once, and then that goes without it."""
    every = parts(3)
    before = {every[0].digest}
    assert searched(every[:1], before, before) == (set(), set(), 0)
    assert searched(every, before, before) == ({every[1].digest, every[2].digest}, set(), 2)
    assert searched(every, (), before) == ({part.digest for part in every}, set(), 1)


def test_a_part_that_only_seems_to_be_named_is_tried_alone() -> None:
    every = parts(4)
    tries, found = Tries().after(every, every, (), every[2:3], sure=False)
    assert (tries.now(every, ()), found) == ([every[2]], [])


def test_lines_that_belong_together_are_one_part() -> None:
    """Whatever stands between them; what changes in one of them makes another attempt of all."""
    flow = customers("OrganizationName = name ; together x", "SalesMemo = description",
                     "CreditRating = msdyn_creditrating ; together x")  # fmt: skip
    plan = Plan(tuple(LineWrite(index, DATAVERSE, "", "new", "new", "edit") for index in (1, 2, 3)))
    found = parts_of(flow, plan, DATAVERSE)
    assert [[write.index for write in part.writes] for part in found] == [[1, 3], [2]]
    other = Plan(tuple(LineWrite(index, DATAVERSE, "", f"{index}", "", "edit") for index in (1, 2, 3)))
    assert {part.digest for part in parts_of(flow, other, DATAVERSE)}.isdisjoint({part.digest for part in found})


@given(st.integers(1, 30), st.data())
def test_visits_that_end_after_one_try_come_to_an_end(count: int, data: st.DataObject) -> None:
    """What a visit has found out is forgotten with it, but for what was written and what was refused on its own."""
    every = parts(count)
    bad = data.draw(st.sets(st.sampled_from([part.digest for part in every]), max_size=5))
    taken, found = set[str](), set[str]()
    for cut in range(4 * count):
        left = [part for part in every if part.digest not in taken]
        now = Tries(cut=cut).now(left, found)
        wrong = [part for part in now if part.digest in bad]
        if wrong:
            _, refused = Tries(cut=cut, alone=2).after(left, now, found, [], sure=False)
            found |= {part.digest for part in refused}
        else:
            taken |= {part.digest for part in now}
    assert (taken, found) == ({part.digest for part in every} - bad, bad)
