"""Authority: outside it a side only receives. An edit there is put back, and is never a conflict."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mapping import DATAVERSE, ERP, SIDES, Side, other
from shared.reconcile import Context, Kept, Plan, settled
from tests.unit.reconcile.flows import contexts, settled_records, value
from tests.unit.reconcile.records import ASK, record, writes

NAME: Final = "OrganizationName = name"
BASE: Final = ("a", "a")
POLICIES: Final = ("{}", "{conflict: erp_wins}", "{conflict: dataverse_wins}", "{conflict: park, master: erp}")


def receiving(*sides: Side, master: Side | None = None) -> Context:
    return Context(master, receives=frozenset(sides))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("ruler", SIDES)
def test_an_edit_where_a_record_only_receives_is_put_back(ruler: Side, policy: str) -> None:
    """Whatever the policy says, for nobody disagrees."""
    values = ("a", "b") if ruler == ERP else ("b", "a")
    plan = record(NAME, *values, BASE, policy=policy).planned(receiving(other(ruler)))
    assert (writes(plan), plan.kept) == ([(other(ruler), "a", "put_back")], ())


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("ruler", SIDES)
def test_both_edited(ruler: Side, policy: str) -> None:
    """The side that has a say flows; what the other one holds gives way, and is no conflict."""
    plan = record(NAME, "b", "c", BASE, policy=policy).planned(receiving(other(ruler)))
    assert (writes(plan), plan.kept) == ([(other(ruler), "b" if ruler == ERP else "c", "edit")], ())


@pytest.mark.parametrize("ruler", SIDES)
def test_an_edit_of_the_side_that_has_a_say_flows(ruler: Side) -> None:
    """As ever; and so it is with a blank."""
    for new in ("b", ""):
        values = (new, "a") if ruler == ERP else ("a", new)
        assert writes(record(NAME, *values, BASE).planned(receiving(other(ruler)))) == [(other(ruler), new, "edit")]


def test_a_conflict_that_stands_is_decided() -> None:
    """Both sides had a say when they disagreed: the value that gives way now is kept."""
    found = record(NAME, "b", "c", BASE)
    found.carry_out(found.planned(ASK))
    plan = found.planned(receiving(DATAVERSE))
    assert (writes(plan), plan.kept, plan.over) == (
        [(DATAVERSE, "b", "conflict")],
        (Kept(1, DATAVERSE, "c", "b"),),
        (1,),
    )


@pytest.mark.parametrize("named", [None, *SIDES])
@pytest.mark.parametrize("ruler", SIDES)
def test_a_first_match(ruler: Side, named: Side | None) -> None:
    """The record says whose word counts, before any master that somebody names; a blank is filled from either side."""
    context = receiving(other(ruler), master=named)
    gain, loser = ("b", "c") if ruler == ERP else ("c", "b")
    plan = record(NAME, "b", "c", None).planned(context)
    assert writes(plan) == [(other(ruler), gain, "master")]
    assert plan.kept == (Kept(1, other(ruler), loser, gain),)
    for values in (("b", ""), ("", "b")):
        (write,) = writes(record(NAME, *values, None).planned(context))
        assert write[1:] == ("b", "fill")


def test_a_line_of_one_way_keeps_its_direction() -> None:
    """It says itself who its source is."""
    assert writes(record("OrganizationName > name", "b", "a", BASE).planned(receiving(ERP))) == [
        (DATAVERSE, "b", "edit")
    ]


@pytest.mark.parametrize(("erp", "dataverse", "base"), [("a", "b", BASE), ("b", "c", BASE), ("b", "c", None)])
def test_nobody_has_a_say(erp: str, dataverse: str, base: tuple[str, str] | None) -> None:
    """Nothing is written; what differs is told, with both values, until the two are equal."""
    plan = record(NAME, erp, dataverse, base).planned(receiving(*SIDES, master=ERP))
    (problem,) = plan.problems
    assert (plan.writes, plan.kept, problem.code, problem.value) == ((), (), "no-authority", dataverse)
    assert f"{erp!r} in the ERP, {dataverse!r} in Dataverse" in problem.message
    assert record(NAME, "a", "a", BASE).planned(receiving(*SIDES)) == Plan()


@pytest.mark.parametrize("ruler", SIDES)
def test_what_a_server_makes_of_a_value_is_no_edit(ruler: Side) -> None:
    """A side that only receives sends nothing back, and is not sent the same again and again."""
    target = other(ruler)
    found = record(NAME, *(("b", "a") if ruler == ERP else ("a", "b")), BASE)
    plan = found.planned(receiving(target))
    found.side(target)[1] = "something else"
    found.agreed = settled(found.flow, found.agreed, plan, found.seen, (found.erp, found.dataverse), [target]).agreed
    assert found.planned(receiving(target)).empty


@settings(max_examples=200)
@given(st.data())
def test_laws(data: st.DataObject) -> None:
    """On a side that only receives nothing but what one-way lines and keys say reaches the side that has a say."""
    found, context = data.draw(settled_records()), data.draw(contexts())
    ruler = data.draw(st.sampled_from(SIDES))
    context = replace(context, receives=frozenset({other(ruler)}))
    for side in SIDES:
        for line in found.flow.lines[1:]:
            if data.draw(st.booleans()):
                found.side(side)[line.index] = data.draw(value(line, side, blanks=True, codes=True))
    plan = found.planned(context)
    for write in plan.on(ruler):
        line = found.flow.lines[write.index]
        assert line.source == other(ruler) or line.final or found.agreed.base(line) is None
    assert all(kept.side == other(ruler) or found.flow.lines[kept.index].final for kept in plan.kept)
    found.carry_out(plan)
    found.carry_out(found.planned(context))
    assert not found.planned(context).writes
