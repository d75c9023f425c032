"""A line that is defined anew, or comes back: what left its base flows, and nobody wins because a map changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mapping import DATAVERSE, ERP, SIDES, Agreed, FlowMap, Mark, Side, other, prints
from shared.reconcile import Context, Kept, Plan
from tests.unit.mapping.maps import HOLD, customers
from tests.unit.reconcile.flows import contexts, settled_records, value
from tests.unit.reconcile.records import Record, writes

NAME: Final = "OrganizationName = name"
STATUS: Final = "OnHoldStatus >< msdyn_onholdstatus hold"
NO, INVOICE, ALL, PAYMENT = "806380000", "806380001", "806380002", "806380003"
GROWN: Final = HOLD.replace("}}", f", Payment: {PAYMENT}}}}}")
SWAPPED: Final = f"{{hold: {{No: {NO}, Invoice: {ALL}, All: {INVOICE}}}}}"
MASTERS: Final = [None, ERP, DATAVERSE]


def mapped(*lines: str, values: str = HOLD, policy: str = "{conflict: dataverse_wins}") -> FlowMap:
    return customers(*lines, values=values, policy=policy)


def before(flow: FlowMap, *values: tuple[str, str]) -> Agreed:
    """What two sides have agreed on, under a map, in its lines after the key."""
    pairs = zip(flow.lines, (("C1", "C1"), *values), strict=True)
    return Agreed().changed(flow, {line.definition: prints(line, *pair) for line, pair in pairs})


def now(flow: FlowMap, agreed: Agreed, *values: tuple[str, str]) -> Record:
    """The same record under another map, with what its sides hold by now."""
    erp, dataverse = zip(("C1", "C1"), *values, strict=True)
    return Record(flow, [*erp], [*dataverse], agreed)


@pytest.mark.parametrize("master", MASTERS)
@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (("All", ALL), Plan(agree=(1,))),
        (("Payment", ALL), [(DATAVERSE, PAYMENT, "edit")]),
        (("No", ALL), [(DATAVERSE, NO, "edit")]),
        (("All", PAYMENT), [(ERP, "Payment", "edit")]),
        (("Payment", PAYMENT), Plan(agree=(1,), confirm=True)),
    ],
)
def test_a_value_map_that_grows(
    master: Side | None, held: tuple[str, str], expected: Plan | list[tuple[str, str, str]]
) -> None:
    """Whoever left its base flows, be the new member what it was edited to or not; nothing else is written."""
    found = now(mapped(STATUS, values=GROWN), before(mapped(STATUS), ("All", ALL)), held)
    plan = found.planned(Context(master))
    assert plan == expected if isinstance(expected, Plan) else writes(plan) == expected
    assert not plan.kept
    found.carry_out(plan)
    assert found.planned(Context(master)) == Plan()


@pytest.mark.parametrize("master", MASTERS)
def test_both_edited(master: Side | None) -> None:
    """Both have left their base: a conflict, which the policy decides, and not the master; the loser is kept."""
    found = now(mapped(STATUS, values=GROWN), before(mapped(STATUS), ("All", ALL)), ("Payment", NO))
    plan = found.planned(Context(master))
    assert (writes(plan), plan.kept) == ([(ERP, "No", "conflict")], (Kept(1, ERP, "Payment", NO),))


@pytest.mark.parametrize(("master", "expected"), [(ERP, (DATAVERSE, INVOICE)), (DATAVERSE, (ERP, "Invoice"))])
def test_another_meaning(master: Side, expected: tuple[Side, str]) -> None:
    """Neither has left its base, and the two do not mean the same any more: the master's is written once."""
    found = now(mapped(STATUS, values=SWAPPED), before(mapped(STATUS), ("All", ALL)), ("All", ALL))
    plan = found.planned(Context(master))
    assert writes(plan) == [(*expected, "master")]
    found.carry_out(plan)
    assert found.planned(Context(other(master))) == Plan()


@pytest.mark.parametrize("master", MASTERS)
def test_another_meaning_and_an_edit(master: Side | None) -> None:
    """One has left its base, and the two would not mean the same either: the edit flows."""
    found = now(mapped(STATUS, values=SWAPPED), before(mapped(STATUS), ("All", ALL)), ("No", ALL))
    assert writes(found.planned(Context(master))) == [(DATAVERSE, NO, "edit")]


@pytest.mark.parametrize(
    "text", [f"{NAME} ; blank keep", "OrganizationName > name", "OrganizationName >> name default x"]
)
def test_another_way_to_treat_a_value(text: str) -> None:
    """Options, a default and a direction are not what was agreed: the edit of the source flows."""
    found = now(mapped(text), before(mapped(NAME), ("a", "a")), ("b", "a"))
    assert writes(found.planned(Context(DATAVERSE))) == [(DATAVERSE, "b", "edit")]


def test_now_one_way() -> None:
    """What people edited on its target, while the line flowed both ways, is put back, and kept."""
    found = now(mapped("OrganizationName > name"), before(mapped(NAME), ("a", "a")), ("a", "b"))
    plan = found.planned(Context(DATAVERSE))
    assert (writes(plan), plan.kept) == ([(DATAVERSE, "a", "put_back")], (Kept(1, DATAVERSE, "b", "a"),))


def test_a_cleared_source_of_a_one_way_line() -> None:
    """A source that has agreed on something is not silent: its blank flows also after the line was defined anew."""
    old = mapped("CreditRating > msdyn_creditrating")
    found = now(mapped("CreditRating = msdyn_creditrating"), before(old, ("a", "a")), ("", "a"))
    assert writes(found.planned(Context(DATAVERSE))) == [(DATAVERSE, "", "edit")]


@pytest.mark.parametrize("master", MASTERS)
@pytest.mark.parametrize(
    ("text", "held"),
    [(STATUS, ("No", "")), (f"{STATUS} ; blank keep", ("All", ""))],
)
def test_a_difference_that_the_map_allows(master: Side | None, text: str, held: tuple[str, str]) -> None:
    """A blank that is kept, or a list that is never blank: the two differed before, and go on so."""
    found = now(mapped(text, values=GROWN), before(mapped(text), held), held)
    assert found.planned(Context(master)) == Plan(agree=(1,))


# -- taken away and brought back


@pytest.mark.parametrize("values", [HOLD, GROWN])
def test_taken_away_and_brought_back(values: str) -> None:
    """While a line is gone, others settle; when it is back, as it was or grown, what was edited meanwhile flows."""
    agreed = before(mapped(STATUS, NAME), ("All", ALL), ("a", "a"))
    gone = now(mapped(NAME), agreed, ("b", "a"))
    for _ in range(3):
        gone.carry_out(gone.planned())
    back = now(mapped(STATUS, NAME, values=values), gone.agreed, ("No", ALL), ("b", "b"))
    assert writes(back.planned(Context(DATAVERSE))) == [(DATAVERSE, NO, "edit")]


def test_rolled_back_and_forward() -> None:
    """What was agreed last counts, under whichever map: an edit made while either waits for its approval flows."""
    old, new = mapped(STATUS), mapped(STATUS, values=GROWN)
    agreed = before(old, ("All", ALL))
    for number, (flow, erp, dataverse) in enumerate(((new, "No", NO), (old, "Invoice", INVOICE), (new, "No", NO))):
        held = ("All", "No", "Invoice")[number], (ALL, NO, INVOICE)[number]
        found = now(flow, agreed, (erp, held[1]))
        plan = found.planned(Context(DATAVERSE))
        assert writes(plan) == [(DATAVERSE, dataverse, "edit")]
        found.carry_out(plan)
        agreed = found.agreed
        assert len(agreed.bases) == len(flow.lines)


def test_a_mark_outlives_its_definition() -> None:
    """Whose edit a recovery found on its way is known under the new map, too."""
    old, new = mapped(STATUS), mapped(STATUS, values=GROWN)
    marked = before(old, ("All", ALL)).changed(old, marks={old.lines[1].definition: ERP})
    found = now(new, marked, ("Payment", ALL))
    plan = found.planned(Context(DATAVERSE))
    assert writes(plan) == [(DATAVERSE, PAYMENT, "mark")]
    found.carry_out(plan)
    assert (found.agreed.marks, found.planned(Context(DATAVERSE))) == ({}, Plan())


@pytest.mark.parametrize("mark", [None, ERP])
def test_what_is_agreed_late_under_the_old_definition(mark: Mark | None) -> None:
    """What a recovery finds out about an intent of the old map counts, instead of what was agreed before that."""
    old, new = mapped(STATUS), mapped(STATUS, values=GROWN)
    line, agreed = old.lines[1], before(old, ("All", ALL))
    if mark is None:
        agreed = agreed.changed(new, {line.definition: prints(line, "No", NO)})
    else:
        agreed = agreed.changed(new, marks={line.definition: mark})
    plan = now(new, agreed, ("Invoice", NO)).planned(Context(DATAVERSE))
    assert writes(plan) == [(DATAVERSE, INVOICE, "mark" if mark else "edit")]
    assert now(new, agreed, ("No", NO)).planned(Context(DATAVERSE)).writes == ()


def test_of_old_lines_not_more_than_so_many() -> None:
    """Bases of lines that are gone are bounded; those of lines that were only defined anew are not among them."""
    flow = mapped(STATUS)
    lines = {bytes([number] * 8): (b"a" * 8, b"b" * 8) for number in range(100)}
    old = before(flow, ("All", ALL))
    much = replace(old, bases={**old.bases, **lines}, roots={**old.roots, **{key: key[:4] for key in lines}})
    found = now(mapped(STATUS, values=GROWN), much.changed(mapped(STATUS, values=GROWN)), ("No", ALL))
    assert len(found.agreed.bases) < 70
    assert writes(found.planned(Context(DATAVERSE))) == [(DATAVERSE, NO, "edit")]


# -- as a law


@settings(max_examples=300)
@given(st.data())
def test_a_changed_map_decides_nothing(data: st.DataObject) -> None:
    """Both sides of a settled record are edited while every line is defined anew, and still says the same: what is
    written, refused or waited for is what would have been; and a second look writes nothing.
    """
    record, context = data.draw(settled_records()), data.draw(contexts())
    for _ in range(data.draw(st.integers(0, 4))):
        side, index = data.draw(st.sampled_from(SIDES)), data.draw(st.integers(1, len(record.flow.lines) - 1))
        record.side(side)[index] = data.draw(value(record.flow.lines[index], side, blanks=True, codes=True))
    as_it_was = record.planned(context)
    record.flow = defined_anew(record.flow)
    plan = record.planned(context)
    assert (plan.writes, plan.problems, plan.missing) == (as_it_was.writes, as_it_was.problems, as_it_was.missing)
    assert {*as_it_was.kept} <= {*plan.kept}
    record.carry_out(plan)
    assert record.planned(context).writes == ()


def defined_anew(flow: FlowMap) -> FlowMap:
    """The same map, every line of it defined anew though it says the same."""
    lines = tuple(replace(line, definition=line.definition[::-1]) for line in flow.lines)
    definitions = {line.definition: line.index for line in lines}
    roots = {line.definition: line.root for line in lines}
    return replace(flow, lines=lines, by_definition=definitions, roots=roots)
