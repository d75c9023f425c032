"""Settled: what both sides agree on after a plan was carried out, wholly, in part, or otherwise than planned."""

from __future__ import annotations

from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP, SIDES, Agreed, Mark, Side, Unresolved, prints
from shared.reconcile import Context, Plan, coerced, edited_lines, recovered, settled
from tests.unit.mapping.maps import HOLD, customers
from tests.unit.reconcile.records import ASK, Record, agreement, known, record, writes

NAME: Final = "OrganizationName = name"
LIMIT: Final = "CreditLimit = creditlimit"
TERM: Final = "PaymentTerms = msdyn_paymentterm.msdyn_name"
BEFORE: Final = (["C1", "a", "1"], ["C1", "a", "1"])


def edited() -> Record:
    """A record whose name was changed in the ERP and whose limit was changed in Dataverse."""
    flow = customers(NAME, LIMIT)
    return Record(flow, ["C1", "b", "1"], ["C1", "a", "2"], agreement(flow, *BEFORE))


# -- in part


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ((), [(DATAVERSE, "b", "edit"), (ERP, "2", "edit")]),
        ((ERP,), [(DATAVERSE, "b", "edit")]),
        ((DATAVERSE,), [(ERP, "2", "edit")]),
        (SIDES, []),
    ],
)
def test_partly_done(done: tuple[Side, ...], left: list[tuple[Side, str, str]]) -> None:
    """A side that was not written keeps its bases, so that its lines are planned again, and only they."""
    found = edited()
    settlement = found.carry_out(found.planned(), done)
    assert settlement.coerced == ()
    assert writes(found.planned()) == left


def test_nothing_done() -> None:
    """A plan of which nothing was done leaves the agreement as it was."""
    found = edited()
    before = found.agreed
    assert found.carry_out(found.planned(), ()).agreed == before


def test_agreed_without_a_write() -> None:
    """What was equal is agreed, whatever became of the writes."""
    flow = customers(NAME, LIMIT)
    found = Record(flow, ["C1", "b", "2"], ["C1", "a", "2"], agreement(flow, *BEFORE))
    plan = found.planned()
    assert plan.agree == (2,)
    found.carry_out(plan, ())
    assert writes(found.planned()) == writes(plan)
    assert found.planned().agree == ()


# -- otherwise than planned


@pytest.mark.parametrize(
    ("text", "erp", "stored"),
    [
        (NAME, "a shop", "a sh"),
        (NAME, " a shop", "a shop"),
        (LIMIT, "1234.56", "1235"),
        (LIMIT, "1234.56", "1234.6"),
        (LIMIT, "0.4", ""),
    ],
)
def test_shortened(text: str, erp: str, stored: str) -> None:
    """What a server has room for of a value is agreed with the whole of it: nothing flows back, or is set aside."""
    found = record(text, erp, "7", ("7", "7"))
    result = settled(found.flow, found.agreed, found.planned(), found.seen, (found.erp, ["C1", stored]), SIDES)
    found.agreed, found.dataverse = result.agreed, ["C1", stored]
    assert (result.coerced, found.planned()) == ((), Plan())
    assert coerced(found.flow, found.agreed, (found.erp, found.dataverse), ASK) == []


@pytest.mark.parametrize(
    ("text", "base", "erp", "dataverse", "stored"),
    [
        (NAME, ("a", "a"), "b", "a", "B."),
        (NAME, ("a", "a"), "b", "a", ""),
        (LIMIT, ("1", "1"), "5", "1", "4"),
    ],
)
def test_coerced(text: str, base: tuple[str, str], erp: str, dataverse: str, stored: str) -> None:
    """What a server made of a two-way value flows back as its edit, and then all is quiet."""
    found = record(text, erp, dataverse, base)
    plan = found.planned()
    result = settled(found.flow, found.agreed, plan, found.seen, (found.erp, ["C1", stored]), SIDES)
    assert result.coerced == (1,)
    found.agreed, found.dataverse = result.agreed, ["C1", stored]
    assert writes(found.planned()) == [(ERP, stored, "edit")]
    assert found.carry_out(found.planned()).coerced == ()
    assert found.planned() == Plan()


@pytest.mark.parametrize(
    ("text", "erp", "dataverse"),
    [
        (NAME, "b", "a"),
        (NAME, "", "a"),
        (LIMIT, "5", "1"),
        ("OrganizationName > name", "b", "a"),
        (TERM, "", "4a9b6a4e-1111-4222-8333-444444444444"),
    ],
)
def test_taken_and_left_as_it_was(text: str, erp: str, dataverse: str) -> None:
    """A write after which the target still holds the old value agrees nothing: it is neither done nor an edit."""
    found = record(text, erp, dataverse, (dataverse, dataverse))
    plan = found.planned()
    result = settled(found.flow, found.agreed, plan, found.seen, (found.erp, found.dataverse), SIDES)
    assert (result.kept_old, result.coerced, result.agreed) == ((1,), (), found.agreed)
    found.agreed = result.agreed
    assert found.planned() == plan


@pytest.mark.parametrize(
    ("text", "side", "erp", "dataverse"),
    [("OrganizationName > name", DATAVERSE, "b", "B."), ("OrganizationName < name", ERP, "B.", "b")],
)
def test_coerced_one_way(text: str, side: Side, erp: str, dataverse: str) -> None:
    """What a server made of a one-way value is agreed as it stands, and does not bounce."""
    found = record(text, "b", "b", ("a", "a"))
    found.side(side)[1] = "a"
    plan = found.planned()
    result = settled(found.flow, found.agreed, plan, found.seen, (["C1", erp], ["C1", dataverse]), SIDES)
    assert result.coerced == (1,)
    found.agreed, found.erp, found.dataverse = result.agreed, ["C1", erp], ["C1", dataverse]
    assert found.planned() == Plan()


@pytest.mark.parametrize(
    ("text", "base", "erp", "dataverse", "stored"),
    [
        (LIMIT, ("1", "1"), "2.345", "1", "2.35"),
        ("CreditRating = msdyn_creditrating", ("a", "a"), "b", "a", "B"),
        ("OnHoldStatus >< msdyn_onholdstatus hold", ("No", "806380000"), "All", "806380000", "806380002"),
    ],
)
def test_as_the_map_says(text: str, base: tuple[str, str], erp: str, dataverse: str, stored: str) -> None:
    """Rounding by the map and upper case of codes are no coercion."""
    found = record(text, erp, dataverse, base)
    result = settled(found.flow, found.agreed, found.planned(), found.seen, (found.erp, ["C1", stored]), SIDES)
    assert result.coerced == ()
    assert result.agreed.bases[found.flow.lines[1].definition] == prints(found.flow.lines[1], erp, stored)


@pytest.mark.parametrize("symbol", ["=", ">"])
def test_cleared_as_sent(symbol: str) -> None:
    """What is stored as it was sent is not coerced, also where `missing clear` sent a blank for a code."""
    text = f"PaymentTerms {symbol} msdyn_paymentterm.msdyn_name ; missing clear"
    found = record(text, Unresolved("90D"), "id1", ("id1", "id1"))
    assert found.carry_out(found.planned(known({}))).coerced == ()


def test_unplanned_change() -> None:
    """A line that the server changed by itself keeps its base, and so flows as an edit."""
    flow = customers(NAME, LIMIT)
    found = Record(flow, ["C1", "b", "1"], ["C1", "a", "1"], agreement(flow, *BEFORE))
    plan = found.planned()
    found.dataverse[2] = "99"
    found.carry_out(plan)
    assert writes(found.planned()) == [(ERP, "99", "edit")]


@pytest.mark.parametrize("base", [None, ("0", "0")])
def test_unplanned_change_of_an_agreed_line(base: tuple[str, str] | None) -> None:
    """A line that was equal, and that the server changed during the write of another, flows back."""
    flow = customers(NAME, LIMIT, policy="{conflict: dataverse_wins}")
    agreed = agreement(flow, *BEFORE, flow.lines[:2])
    if base is not None:
        agreed = agreement(flow, ["C1", "a", base[0]], ["C1", "a", base[1]])
    found = Record(flow, ["C1", "b", "1"], ["C1", "a", "1"], agreed)
    plan = found.planned()
    assert plan.agree == (2,)
    found.dataverse[2] = "99"
    found.carry_out(plan)
    assert [(write.side, write.new) for write in found.planned(Context(DATAVERSE)).writes] == [(ERP, "99")]


# -- marks, parking, other lines


def test_other_lines() -> None:
    """Settling some lines touches no other."""
    flow = customers(NAME, LIMIT, TERM, "OnHoldStatus >< msdyn_onholdstatus hold", values=HOLD)
    values = ["C1", "a", "1", "id1", "All"], ["C1", "a", "1", "id1", "806380002"]
    found = Record(flow, ["C1", "b", *values[0][2:]], list(values[1]), agreement(flow, *values))
    before = dict(found.agreed.bases)
    found.carry_out(found.planned())
    name = flow.lines[1].definition
    assert found.agreed.bases.pop(name) != before.pop(name)  # type: ignore[attr-defined] # a dictionary in fact
    assert found.agreed.bases == before


@pytest.mark.parametrize("done", [(), SIDES])
def test_parked(done: tuple[Side, ...]) -> None:
    """An open conflict is remembered by its pair; its base stays."""
    found = record(NAME, "b", "c", ("a", "a"))
    before = found.agreed
    after = found.carry_out(found.planned(), done).agreed
    assert after.bases == before.bases
    assert list(after.parked) == [found.flow.lines[1].definition]


def test_recovered() -> None:
    """After a recovery a line has the base that is certain, or a mark and no base; the others are as they were."""
    flow = customers(NAME, LIMIT)
    key, name, limit = (line.definition for line in flow.lines)
    sure = prints(flow.lines[1], "b", "b")
    after = recovered(flow, agreement(flow, *BEFORE), {limit: "policy"}, {name: sure})
    assert after == Agreed({key: agreement(flow, *BEFORE).bases[key], name: sure}, {limit: "policy"})


def test_first_look() -> None:
    """What a line without a base held at the first look is kept until it is agreed, whatever is edited meanwhile."""
    flow = customers(NAME, LIMIT)
    key, name, limit = (line.definition for line in flow.lines)
    found = Record(flow, ["C1", "b", "1"], ["C1", "b", "2"], agreement(flow, *BEFORE, flow.lines[:1]))
    for erp in ("1", "3"):
        found.erp[2] = erp
        found.carry_out(found.planned())
        assert set(found.agreed.bases) == {key, name}
        assert found.agreed.first == {limit: prints(flow.lines[2], "1", "2")}
        assert [each.how for each in edited_lines(flow, found.agreed, ERP, found.erp)] == ["coupled"] * (erp == "3")
    found.carry_out(found.planned(Context(ERP)))
    assert (found.agreed.first, [*edited_lines(flow, found.agreed, ERP, found.erp)]) == ({}, [])


@pytest.mark.parametrize(
    ("mark", "arrived", "how"),
    [("dataverse", False, []), ("erp", False, []), ("dataverse", True, ["unsure"]), ("policy", False, ["unsure"])],
)
def test_edited_since_a_recovery(mark: Mark, arrived: bool, how: list[str]) -> None:
    """What stood there before a write, or what it brought, is no edit; where something else stands, nobody knows."""
    flow = customers(NAME, LIMIT)
    limit = flow.lines[2]
    came = {limit.definition: prints(limit, "6", "6")} if arrived else {}
    agreed = recovered(flow, agreement(flow, *BEFORE), {limit.definition: mark}, {}, came)
    assert [each.how for each in edited_lines(flow, agreed, ERP, BEFORE[0])] == how
    blank = [*BEFORE[0][:2], ""]
    assert [each.how for each in edited_lines(flow, agreed, ERP, blank)] == ([] if mark == "policy" else ["unsure"])


def test_recovered_and_seen() -> None:
    """What a recovery was sure of is not planned again; what it marked is decided by the mark."""
    flow = customers(NAME, LIMIT)
    _, name, limit = (line.definition for line in flow.lines)
    sure = prints(flow.lines[1], "b", "b")
    agreed = recovered(flow, agreement(flow, *BEFORE), {limit: "dataverse"}, {name: sure})
    plan = Record(flow, ["C1", "b", "5"], ["C1", "b", "6"], agreed).planned()
    assert writes(plan) == [(ERP, "6", "mark")]
    assert [(kept.value, kept.unsure) for kept in plan.kept] == [("5", True)]
