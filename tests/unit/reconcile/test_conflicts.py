"""Conflicts: both sides changed a line differently. A policy picks the winner; the loser is kept before it is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, Policy, Side, Unresolved
from shared.reconcile import Context, Kept, Plan
from tests.unit.reconcile.records import ASK, known, record, writes

NAME: Final = "OrganizationName = name"
TERM: Final = "PaymentTerms = msdyn_paymentterm.msdyn_name"
BASE: Final = ("a", "a")


def latest(newer: Side | None) -> Context:
    return Context(master=None, newer=newer)


# -- parked


@pytest.mark.parametrize(
    ("policy", "option", "context"),
    [
        ("{}", "", ASK),
        ("{conflict: park}", "", ASK),
        ("{conflict: park, master: erp}", "", Context(master="erp")),
        ("{conflict: erp_wins}", "; conflict park", ASK),
    ],
)
def test_park(policy: str, option: str, context: Context) -> None:
    """Parked, both values stay where they are, and both are reported."""
    plan = record(f"{NAME} {option}", "b", "c", BASE, policy=policy).planned(context)
    assert plan == Plan(kept=(Kept(1, DATAVERSE, "c", "b", open=True),))


def test_parked_once() -> None:
    """A parked pair is reported once, however often it is looked at."""
    parked = record(NAME, "b", "c", BASE)
    parked.carry_out(parked.planned())
    assert parked.planned() == Plan()


@pytest.mark.parametrize(("erp", "dataverse"), [("d", "c"), ("b", "d"), ("d", "e"), ("", "c")])
def test_parked_again(erp: str, dataverse: str) -> None:
    """Another pair on a parked line is another conflict."""
    parked = record(NAME, erp, dataverse, BASE, parked=("b", "c"))
    assert parked.planned() == Plan(kept=(Kept(1, DATAVERSE, dataverse, erp, open=True),))
    parked.carry_out(parked.planned())
    assert parked.planned() == Plan()


@pytest.mark.parametrize(
    ("erp", "dataverse", "plan"),
    [
        ("b", "b", Plan(agree=(1,), confirm=True)),
        ("a", "a", Plan(agree=(1,))),
    ],
)
def test_parked_and_settled(erp: str, dataverse: str, plan: Plan) -> None:
    """A parked line whose sides became equal is agreed, and is parked no longer."""
    parked = record(NAME, erp, dataverse, BASE, parked=("b", "c"))
    assert parked.planned() == plan
    parked.carry_out(plan)
    assert parked.agreed.parked == {}
    assert parked.planned() == Plan()


@pytest.mark.parametrize(("erp", "dataverse", "side", "new"), [("a", "c", ERP, "c"), ("b", "a", DATAVERSE, "b")])
def test_parked_and_given_up(erp: str, dataverse: str, side: Side, new: str) -> None:
    """Where one side goes back to what was agreed, the other side's edit flows."""
    parked = record(NAME, erp, dataverse, BASE, parked=("b", "c"))
    assert writes(parked.planned()) == [(side, new, "edit")]
    parked.carry_out(parked.planned())
    assert parked.agreed.parked == {}


def test_parked_and_given_up_in_vain() -> None:
    """The conflict is over even if the edit cannot be written: its refusal alone explains the difference."""
    parked = record(NAME, "b", "a", BASE, parked=("b", "c"))
    parked.carry_out(parked.planned(), done=[])
    assert parked.agreed.parked == {}
    assert writes(parked.planned()) == [(DATAVERSE, "b", "edit")]


def test_parked_and_waiting() -> None:
    """The conflict is over even if what the edit refers to is not there: the waiting row alone explains it."""
    parked = record(TERM, "", "id", ("", ""), parked=("Net10", "id"))
    plan = parked.planned(known({}))
    assert (len(plan.missing), plan.over) == (1, (1,))
    parked.carry_out(plan)
    assert parked.agreed.parked == {}


def test_back_to_a_differing_base() -> None:
    """A parked line that is as it was agreed, though not equal, is parked no longer."""
    parked = record(f"{NAME} ; blank keep", "", "c", ("", "c"), parked=("b", "d"))
    parked.carry_out(parked.planned())
    assert parked.agreed.parked == {}
    assert parked.planned() == Plan()


def test_new_policy() -> None:
    """A parked line is settled by a policy that is set later."""
    parked = record(NAME, "b", "c", BASE, parked=("b", "c"), policy="{conflict: erp_wins}")
    assert writes(parked.planned()) == [(DATAVERSE, "b", "conflict")]


# -- won and lost


@pytest.mark.parametrize(
    ("policy", "option", "winner"),
    [
        ("{conflict: erp_wins}", "", ERP),
        ("{conflict: dataverse_wins}", "", DATAVERSE),
        ("{conflict: park}", "; conflict erp_wins", ERP),
        ("{conflict: erp_wins}", "; conflict dataverse_wins", DATAVERSE),
        ("{conflict: erp_wins, master: dataverse}", "", ERP),
    ],
)
def test_winner(policy: str, option: str, winner: Side) -> None:
    """The policy of the line, else of the flow, picks the winner; the loser is kept with its side."""
    plan = record(f"{NAME} {option}", "b", "c", BASE, policy=policy).planned(Context(master="dataverse"))
    if winner == ERP:
        assert writes(plan) == [(DATAVERSE, "b", "conflict")]
        assert plan.kept == (Kept(1, DATAVERSE, "c", "b"),)
    else:
        assert writes(plan) == [(ERP, "c", "conflict")]
        assert plan.kept == (Kept(1, ERP, "b", "c"),)


@pytest.mark.parametrize(
    ("context", "plan"),
    [
        (latest(ERP), [(DATAVERSE, "b", "conflict")]),
        (latest(DATAVERSE), [(ERP, "c", "conflict")]),
        (latest(None), []),
    ],
)
@pytest.mark.parametrize("by_line", [True, False])
def test_latest(context: Context, plan: list[tuple[str, str, str]], by_line: bool) -> None:
    """The later edit wins; where nobody can tell which one that is, the conflict is parked."""
    changed = record(NAME, "b", "c", BASE)
    if by_line:
        lines = tuple(replace(line, conflict="latest_wins") for line in changed.flow.lines)
        changed.flow = replace(changed.flow, lines=lines)
    else:
        changed.flow = replace(changed.flow, policy=Policy(conflict="latest_wins"))
    assert writes(changed.planned(context)) == plan
    assert [kept.open for kept in changed.planned(context).kept] == [not plan]


@pytest.mark.parametrize(("loser", "side"), [("c", DATAVERSE), ("", DATAVERSE), ("b", ERP), ("", ERP)])
def test_settled_after_a_conflict(loser: str, side: Side) -> None:
    """After the winner is written, both sides are agreed."""
    erp, dataverse = ("b", loser) if side == DATAVERSE else (loser, "c")
    policy = "{conflict: erp_wins}" if side == DATAVERSE else "{conflict: dataverse_wins}"
    changed = record(NAME, erp, dataverse, BASE, policy=policy)
    changed.carry_out(changed.planned())
    assert changed.erp == changed.dataverse
    assert changed.planned() == Plan()


@pytest.mark.parametrize(
    ("erp", "dataverse", "policy", "side"),
    [("b", "", "{conflict: erp_wins}", DATAVERSE), ("", "c", "{conflict: dataverse_wins}", ERP)],
)
def test_blank_loser(erp: str, dataverse: str, policy: str, side: Side) -> None:
    """Clearing a field is an edit: if it loses, that is kept like any other."""
    (kept,) = record(NAME, erp, dataverse, BASE, policy=policy).planned().kept
    assert (kept.side, kept.value) == (side, "")


@pytest.mark.parametrize("base", [None, ("id1", "id1")])
def test_unresolved_loser(base: tuple[str, str] | None) -> None:
    """A code whose partner is not there yet is a value too: if it loses, it is kept."""
    context = known({"id2": "30D"}, master=DATAVERSE)
    changed = record(TERM, Unresolved("10D"), "id2", base, policy="{conflict: dataverse_wins}")
    plan = changed.planned(context)
    assert [(write.side, write.new) for write in plan.writes] == [(ERP, "id2")]
    (kept,) = plan.kept
    assert (kept.side, kept.value.removeprefix("?")) == (ERP, "10D")


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "policy"),
    [
        ("CreditRating = msdyn_creditrating", "b", "x" * 11, "{conflict: dataverse_wins}"),
        ("CreditLimit = creditlimit", "-1", "7", "{conflict: erp_wins}"),
        (TERM, Unresolved("10D"), "id2", "{conflict: erp_wins}"),
        (f"{NAME} ; blank keep", "", "c", "{conflict: erp_wins}"),
        (f"{TERM} ; missing keep", Unresolved("10D"), "id2", "{conflict: erp_wins}"),
        (f"{TERM} ; missing error", Unresolved("10D"), "id2", "{conflict: erp_wins}"),
    ],
)
def test_winner_that_cannot_flow(text: str, erp: str, dataverse: str, policy: str) -> None:
    """A winner that cannot be written overwrites nothing, so nothing is lost and nothing kept."""
    plan = record(text, erp, dataverse, BASE, policy=policy).planned(known({"id2": "30D"}))
    assert (plan.writes, plan.kept) == ((), ())
    assert plan.problems or plan.missing or plan.agree


@pytest.mark.parametrize(("text", "side"), [("OrganizationName > name", DATAVERSE), ("OrganizationName < name", ERP)])
@pytest.mark.parametrize("policy", ["{conflict: erp_wins}", "{conflict: dataverse_wins}", "{conflict: park}"])
def test_one_way_lines_have_none(text: str, side: Side, policy: str) -> None:
    """On a one-way line the source is the truth, whatever the policy."""
    plan = record(text, "b", "c", BASE, policy=policy).planned()
    assert writes(plan) == [(side, "b" if side == DATAVERSE else "c", "edit")]
    assert plan.kept == ()
