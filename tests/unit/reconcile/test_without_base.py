"""A line without a base: newly matched, new or redefined, recovered. Equal agrees; different asks for the master."""

from __future__ import annotations

from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, Mark, Side, Unresolved
from shared.reconcile import Context, Kept, Plan
from tests.unit.mapping.maps import HOLD, customers
from tests.unit.reconcile.records import ASK, Record, Row, agreement, record, writes

NAME: Final = "OrganizationName = name"
ALL: Final = "806380002"


# -- without a master


def test_without_master() -> None:
    """Without a master a difference is parked once, and nothing is written."""
    found = record(NAME, "a", "b")
    assert found.planned() == Plan(kept=(Kept(1, DATAVERSE, "b", "a", open=True),))
    found.carry_out(found.planned())
    assert found.planned() == Plan()


@pytest.mark.parametrize("policy", ["{conflict: erp_wins}", "{conflict: dataverse_wins}"])
def test_policy_is_for_edits(policy: str) -> None:
    """The conflict policy is about edits; where nothing was ever agreed it decides nothing."""
    plan = record(NAME, "a", "b", policy=policy).planned()
    assert [kept.open for kept in plan.kept] == [True]


# -- equal


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
@pytest.mark.parametrize(
    ("text", "erp", "dataverse"),
    [
        (NAME, "a", "a"),
        (NAME, "", ""),
        ("CreditLimit = creditlimit", "1.005", "1.01"),
        ("CreditRating = msdyn_creditrating", "ab", "AB"),
        ("OnHoldStatus >< msdyn_onholdstatus hold", "All", ALL),
        ("OrganizationName > name", "a", "a"),
        ("PartyCountry > msdyn_partycountry default US", "", "US"),
    ],
)
def test_equal(master: Side | None, text: str, erp: str, dataverse: str) -> None:
    """What is the same under the map is agreed without a write, after a second look."""
    found = record(text, erp, dataverse)
    assert found.planned(Context(master)) == Plan(agree=(1,), confirm=True)
    found.carry_out(found.planned())
    assert found.planned() == Plan()


# -- different


@pytest.mark.parametrize(("master", "side", "new", "lost"), [(ERP, DATAVERSE, "a", "b"), (DATAVERSE, ERP, "b", "a")])
def test_master(master: Side, side: Side, new: str, lost: str) -> None:
    """The master wins, and the loser is kept."""
    found = record(NAME, "a", "b")
    plan = found.planned(Context(master))
    assert writes(plan) == [(side, new, "master")]
    assert plan.kept == (Kept(1, side, lost, new),)
    found.carry_out(plan)
    assert found.planned(Context(master)) == Plan()


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
@pytest.mark.parametrize(("own", "side", "new", "lost"), [(ERP, DATAVERSE, "a", "b"), (DATAVERSE, ERP, "b", "a")])
def test_master_of_a_line(own: Side, side: Side, new: str, lost: str, master: Side | None) -> None:
    """A line that names its master goes before the map's and before the one named for a run; it parks nothing."""
    plan = record(f"{NAME} ; master {own}", "a", "b").planned(Context(master))
    assert writes(plan) == [(side, new, "master")]
    assert plan.kept == (Kept(1, side, lost, new),)


def test_master_of_a_line_is_for_first_matches() -> None:
    """It decides no conflict, and what recovery knows about a line goes before it."""
    assert [kept.open for kept in record(f"{NAME} ; master erp", "b", "c", ("a", "a")).planned().kept] == [True]
    marked = record(f"{NAME} ; master erp", "a", "b", mark="dataverse").planned()
    assert writes(marked) == [(ERP, "b", "mark")]


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "expected"),
    [
        (NAME, "a", "", (DATAVERSE, "a", "fill")),
        (NAME, "", "b", (ERP, "b", "fill")),
        (f"{NAME} ; blank keep, conflict park", "", "b", (ERP, "b", "fill")),
        ("CreditLimit = creditlimit", "1.005", "", (DATAVERSE, "1.005", "fill")),
        ("OnHoldStatus >< msdyn_onholdstatus hold", "All", "", (DATAVERSE, ALL, "fill")),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", "id1", "", (DATAVERSE, "id1", "fill")),
        ("PartyCountry = msdyn_partycountry default US", "", "", (ERP, "US", "fill")),
    ],
)
def test_fill(master: Side | None, text: str, erp: str, dataverse: str, expected: Row) -> None:
    """A blank that was never agreed is no decision against a value: it is filled, whoever is master."""
    found = record(text, erp, dataverse)
    plan = found.planned(Context(master))
    assert writes(plan) == [expected]
    assert (plan.kept, plan.confirm) == ((), False)
    found.carry_out(plan)
    assert found.planned(Context(master)) == Plan()


@pytest.mark.parametrize(
    ("text", "erp", "dataverse"),
    [
        ("CreditRating = msdyn_creditrating", "", "x" * 11),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", Unresolved("90D"), ""),
    ],
)
def test_fill_that_cannot_flow(text: str, erp: str, dataverse: str) -> None:
    """A value that cannot fill the blank stays where it is, with its reason, also if the other side is master."""
    plan = record(text, erp, dataverse).planned(Context(ERP if dataverse else DATAVERSE))
    assert plan.empty
    assert len(plan.problems) + len(plan.missing) == 1


@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
@pytest.mark.parametrize(
    ("text", "side", "new"), [("OrganizationName > name", DATAVERSE, "a"), ("OrganizationName < name", ERP, "b")]
)
def test_one_way(master: Side | None, text: str, side: Side, new: str) -> None:
    """On a one-way line its source is the master; what stood in the target is kept."""
    plan = record(text, "a", "b").planned(Context(master))
    assert writes(plan) == [(side, new, "master")]
    assert [(kept.side, kept.value) for kept in plan.kept] == [(side, "b" if side == DATAVERSE else "a")]


@pytest.mark.parametrize("dataverse", ["b", ""])
def test_one_way_into_a_fixed_field(dataverse: str) -> None:
    """A line that flows to the ERP only never writes to Dataverse."""
    assert record("PartyType < msdyn_partycountry", "a", dataverse).planned().on(DATAVERSE) == ()


@pytest.mark.parametrize(("erp", "dataverse"), [("a", ""), ("", "b")])
def test_blank_after_parking(erp: str, dataverse: str) -> None:
    """A blank that was made after the difference was parked is an edit: it is not undone, but parked anew."""
    parked = record(NAME, erp, dataverse, parked=("a", "b"))
    assert parked.planned() == Plan(kept=(Kept(1, DATAVERSE, dataverse, erp, open=True),))


def test_only_what_is_new() -> None:
    """A redefined value map brings back the question for its own line only."""
    before = customers(NAME, "OnHoldStatus >< msdyn_onholdstatus hold", values=HOLD)
    after = customers(
        NAME, "OnHoldStatus >< msdyn_onholdstatus hold", values=HOLD.replace("No: 806380000", "No: 806380003")
    )
    values = ["C1", "a", "No"], ["C1", "b", "806380000"]
    found = Record(after, *values, agreement(before, *values))
    assert [(write.index, write.side, write.new) for write in found.planned(Context(ERP)).writes] == [
        (2, DATAVERSE, "806380003")
    ]


# -- marks: a base that was dropped


@pytest.mark.parametrize(("mark", "side", "new", "lost"), [("erp", DATAVERSE, "a", "b"), ("dataverse", ERP, "b", "a")])
@pytest.mark.parametrize("master", [None, ERP, DATAVERSE])
def test_mark(mark: Mark, side: Side, new: str, lost: str, master: Side | None) -> None:
    """A mark says who wins, before any master; the loser is kept as unsure."""
    marked = record(NAME, "a", "b", mark=mark)
    plan = marked.planned(Context(master))
    assert writes(plan) == [(side, new, "mark")]
    assert plan.kept == (Kept(1, side, lost, new, unsure=True),)
    marked.carry_out(plan)
    assert marked.agreed.marks == {}
    assert marked.planned() == Plan()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("{conflict: erp_wins}", [(DATAVERSE, "a", "conflict")]),
        ("{conflict: dataverse_wins}", [(ERP, "b", "conflict")]),
        ("{conflict: park}", []),
    ],
)
def test_mark_of_policy(policy: str, expected: list[tuple[str, str, str]]) -> None:
    """Marked for the policy, the line is a conflict, and its loser is kept as unsure."""
    marked = record(NAME, "a", "b", mark="policy", policy=policy)
    plan = marked.planned(Context(ERP))
    assert writes(plan) == expected
    assert [(kept.unsure, kept.open) for kept in plan.kept] == [(bool(expected), not expected)]
    marked.carry_out(plan)
    assert marked.planned(Context(ERP)) == Plan()


@pytest.mark.parametrize("mark", ["erp", "dataverse", "policy"])
def test_mark_of_equals(mark: Mark) -> None:
    """A marked line that is equal is agreed and loses its mark."""
    marked = record(NAME, "a", "a", mark=mark)
    plan = marked.planned()
    assert plan == Plan(agree=(1,), confirm=True)
    marked.carry_out(plan)
    assert (marked.agreed.marks, marked.planned()) == ({}, Plan())


@pytest.mark.parametrize("mark", ["erp", "dataverse"])
@pytest.mark.parametrize(("text", "side"), [("OrganizationName > name", DATAVERSE), ("OrganizationName < name", ERP)])
def test_mark_of_one_way(text: str, side: Side, mark: Mark) -> None:
    """A mark does not turn a one-way line round."""
    plan = record(text, "a", "b", mark=mark).planned(ASK)
    assert [write.side for write in plan.writes] == [side]


@pytest.mark.parametrize(
    ("text", "side", "policy"),
    [
        ("OrganizationName > name", DATAVERSE, "{conflict: dataverse_wins}"),
        ("OrganizationName > name", DATAVERSE, "{conflict: park}"),
        ("OrganizationName < name", ERP, "{conflict: erp_wins}"),
    ],
)
def test_mark_of_policy_and_one_way(text: str, side: Side, policy: str) -> None:
    """Marked for the policy, a one-way line still flows from its source."""
    plan = record(text, "a", "b", mark="policy", policy=policy).planned(ASK)
    assert [write.side for write in plan.writes] == [side]
