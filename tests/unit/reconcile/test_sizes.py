"""How much of a plan is carried out at once: what is too long parks, what is too much goes in rounds."""

from __future__ import annotations

from typing import Final

import pytest

from shared.ledger import IntendedLine
from shared.mapping import ERP, Agreed, Parked, prints, shown
from shared.reconcile import Kept, LineWrite, Plan, reconcile, stays_old
from shared.reconcile._sizes import AT_ONCE, CARRIED, carried
from tests.unit.mapping.maps import customers
from tests.unit.reconcile.records import ASK

MEMOS: Final = customers("SalesMemo = description", "OrganizationName = name", "CreditRating = msdyn_creditrating")
TOGETHER: Final = customers("SalesMemo = description ; together memo", "OrganizationName = name ; together memo")
LONG: Final = "x" * (CARRIED + 1)


def written(index: int, value: str) -> LineWrite:
    return LineWrite(index, ERP, "", value, value, "edit")


def lines(plan: Plan) -> tuple[list[int], list[int]]:
    """What is written, and what parks."""
    return [write.index for write in plan.writes], [problem.index for problem in plan.problems]


def test_what_is_too_long_parks_and_the_rest_flows() -> None:
    """One value is the limit, in either direction."""
    plan = carried(MEMOS, Agreed(), Plan((written(1, LONG), written(2, "y"))))
    assert lines(plan) == ([2], [1])
    assert plan.problems[0].code == "too-long"


def test_what_stood_there_may_be_longer() -> None:
    """What is replaced, and loses nothing that was not agreed, is only known again."""
    write = LineWrite(1, ERP, LONG, "y", "y", "edit")
    assert carried(MEMOS, Agreed(), Plan((write,))) == Plan((write,))


def test_what_stood_there_is_known_again_by_what_an_intent_keeps_of_it() -> None:
    """A server that took the write and left a long text as it was has agreed to nothing, also after a crash."""
    sent = IntendedLine(definition="00", name="", old=shown(LONG), new="y", source="y", reason="edit")
    assert stays_old(MEMOS.lines[1], ERP, sent, LONG)
    assert not stays_old(MEMOS.lines[1], ERP, sent, LONG + "x")


def test_what_could_not_be_restored_does_not_lose() -> None:
    """Neither is it replaced, nor left open with half a value."""
    write, lost = LineWrite(1, ERP, LONG, "y", "y", "conflict"), Kept(1, ERP, LONG, "y")
    assert lines(carried(MEMOS, Agreed(), Plan((write,), kept=(lost,)))) == ([], [1])
    assert lines(carried(MEMOS, Agreed(), Plan(kept=(Kept(1, ERP, "y", LONG, open=True),)))) == ([], [1])


def test_of_too_many_long_ones_the_longest_park() -> None:
    """The values of one record have to fit into one row."""
    texts = ["x" * CARRIED, "é" * CARRIED, "é" * (CARRIED - 1)]
    plan = carried(MEMOS, Agreed(), Plan(tuple(written(1 + at, text) for at, text in enumerate(texts))))
    assert lines(plan) == ([1, 3], [2])


def test_lines_that_belong_together_park_together() -> None:
    """One of them alone makes no sense."""
    assert lines(carried(TOGETHER, Agreed(), Plan((written(1, LONG), written(2, "y"))))) == ([], [1, 2])


def test_conflict_rows_come_and_go_in_rounds() -> None:
    """A transaction holds a hundred writes; what is left is planned again."""
    rows = [Kept(number, ERP, "x", "y", open=True) for number in range(AT_ONCE + 2)]
    plan = carried(MEMOS, Agreed(), Plan(kept=tuple(rows)))
    assert (len(plan.kept), plan.more) == (AT_ONCE, True)
    assert not carried(MEMOS, Agreed(), Plan(kept=plan.kept)).more


def test_what_was_undecided_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row goes when one value is to flow, or the two are the same again."""
    monkeypatch.setattr("shared.reconcile._sizes.AT_ONCE", 1)
    pairs = {line.definition: Parked(*prints(line, "a", "b")) for line in MEMOS.lines[1:]}
    values = ["US-001", "a", "a", "a"]
    assert len(reconcile(MEMOS, Agreed(), values, values, ASK).agree) == 4
    plan = reconcile(MEMOS, Agreed(parked=pairs), values, values, ASK)
    assert (plan.agree, plan.more) == ((0, 1), True)
