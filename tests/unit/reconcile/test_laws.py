"""The laws, over any small flow and any record: a planner and an executor on pure data."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import FieldError
from shared.mapping import DATAVERSE, ERP, SIDES, Line, Side, other, prints
from shared.reconcile import Context, Kept, Plan
from tests.unit.reconcile.flows import CODES, contexts, records, settled_records, value, values
from tests.unit.reconcile.records import Record


def mentioned(plan: Plan) -> set[int]:
    """The lines that a plan does not carry out, or not without a trace."""
    return (
        {each.index for each in plan.problems}
        | {each.index for each in plan.missing}
        | {each.index for each in plan.kept}
    )


def explained(record: Record, plan: Plan, index: int) -> bool:
    """True if a line that differs stands in the plan or the agreement with its reason."""
    line = record.flow.lines[index]
    return index in mentioned(plan) or line.definition in record.agreed.parked or line.blank == "keep"


# -- law 1: no lost update


@settings(max_examples=300)
@given(st.data())
def test_no_lost_update(data: st.DataObject) -> None:
    """Through any edits and visits, wholly or partly done, no edit vanishes: it reaches the other side, is superseded
    on its own side, is kept as the loser of a conflict, or still stands where it was made, with the reason why.
    """
    record, context = data.draw(settled_records()), data.draw(contexts())
    seen = [list(record.side(side)) for side in SIDES]
    for _ in range(data.draw(st.integers(1, 6))):
        for _ in range(data.draw(st.integers(0, 3))):
            side, index = data.draw(st.sampled_from(SIDES)), data.draw(st.integers(1, len(record.flow.lines) - 1))
            record.side(side)[index] = data.draw(value(record.flow.lines[index], side, blanks=True, codes=True))
        plan, done = record.planned(context), data.draw(st.sampled_from([SIDES, SIDES, (ERP,), (DATAVERSE,), ()]))
        for write in plan.writes:
            assert_not_lost(record, seen, plan, write.side, write.index)
        record.carry_out(plan, done)
        for index in {*plan.agree, *(write.index for write in plan.writes if write.side in done)}:
            seen[0][index], seen[1][index] = record.erp[index], record.dataverse[index]
    record.carry_out(record.planned(context))
    last = record.planned(context)
    for line in record.flow.lines:
        assert record.same(line.index) or explained(record, last, line.index)


def assert_not_lost(record: Record, seen: list[list[str]], plan: Plan, side: Side, index: int) -> None:
    """What is about to be overwritten was carried over before, is kept, or stood on the wrong end of a one-way line."""
    line, now = record.flow.lines[index], record.side(side)[index]
    one_way = not (line.to_erp and line.to_dataverse)
    carried = line.comparable(now) == line.comparable(seen[SIDES.index(side)][index])
    assert carried or one_way or Kept(index, side, now, record.side(other(side))[index]) in plan.kept


# -- law 2: no invention


@given(records(), contexts())
def test_no_invention(record: Record, context: Context) -> None:
    """Every value that is written is what the map makes of the other side's value, in a direction the line has."""
    for write in record.planned(context).writes:
        line, source = record.flow.lines[write.index], record.side(other(write.side))[write.index]
        assert (write.source, write.old) == (source, record.side(write.side)[write.index])
        assert write.new == (line.forward(source) if write.side == DATAVERSE else line.backward(source))
        assert line.to_dataverse if write.side == DATAVERSE else line.to_erp


@given(records(), contexts())
def test_one_fate_per_line(record: Record, context: Context) -> None:
    """A line is written on one side, agreed, waited for or refused: one of these at most."""
    plan = record.planned(context)
    fates = [*plan.agree, *(write.index for write in plan.writes), *(missing.index for missing in plan.missing)]
    fates += [*(problem.index for problem in plan.problems), *(kept.index for kept in plan.kept if kept.open)]
    assert len(fates) == len(set(fates))
    assert {kept.index for kept in plan.kept if not kept.open} <= {write.index for write in plan.writes}


# -- law 3: no needless write


@given(settled_records(), contexts())
def test_unchanged(record: Record, context: Context) -> None:
    """Unchanged input gives an empty plan."""
    assert record.planned(context) == Plan()


@given(records(), contexts())
def test_second_look(record: Record, context: Context) -> None:
    """Once a plan is carried out, a second look plans nothing; what is missing or refused is still said."""
    plan = record.planned(context)
    record.carry_out(plan)
    second = record.planned(context)
    assert second.empty
    assert (second.missing, second.problems) == (plan.missing, plan.problems)


@given(records(), contexts())
def test_servers_that_change_values(record: Record, context: Context) -> None:
    """Where servers fill, round and spell as they do, all is quiet after two visits more."""
    for _ in range(3):
        record.carry_out(record.planned(context), exact=False)
    assert record.planned(context).empty


@given(records(), contexts())
def test_pure(record: Record, context: Context) -> None:
    """Planning changes nothing, and the same input gives the same plan."""
    before = [*record.erp], [*record.dataverse], dict(record.agreed.bases)
    assert record.planned(context) == record.planned(context)
    assert (record.erp, record.dataverse, record.agreed.bases) == before


# -- law 4: field by field


@given(st.data())
def test_different_lines(data: st.DataObject) -> None:
    """Edits of different lines on the two sides both arrive, without a conflict."""
    record = data.draw(settled_records(two_way=True))
    edits: dict[int, tuple[Side, str]] = {}
    for line in record.flow.lines[1:]:
        side = data.draw(st.sampled_from([None, *SIDES]))
        if side is not None:
            edits[line.index] = (side, data.draw(value(line, side)))
            record.side(side)[line.index] = edits[line.index][1]
    plan = record.planned(data.draw(contexts()))
    assert plan.kept == ()
    record.carry_out(plan)
    for index, (side, edit) in edits.items():
        assert record.side(side)[index] == edit
        assert index in mentioned(plan) or record.same(index)


@given(records(), contexts(), st.data())
def test_lines_are_independent(record: Record, context: Context, data: st.DataObject) -> None:
    """What is planned for a line depends on that line alone."""
    index = data.draw(st.integers(1, len(record.flow.lines) - 1))
    plan, before = record.planned(context), parts(record.planned(context), index)
    for line in record.flow.lines[1:]:
        if line.index != index:
            for side in SIDES:
                record.side(side)[line.index] = data.draw(value(line, side, blanks=True))
    assert parts(record.planned(context), index) == before
    assert sum(len(part) for line in record.flow.lines for part in parts(plan, line.index)) == sum(
        len(each) for each in (plan.writes, plan.agree, plan.kept, plan.missing, plan.problems)
    )


def parts(plan: Plan, index: int) -> tuple[tuple[object, ...], ...]:
    """All that a plan says about one line."""
    named = (plan.writes, plan.kept, plan.missing, plan.problems)
    return (
        *(tuple(each for each in part if each.index == index) for part in named),
        tuple(i for i in plan.agree if i == index),
    )


# -- law 5: conflicts are never silent


@given(records(two_way=True), contexts())
def test_losers_are_kept(record: Record, context: Context) -> None:
    """What nobody has carried over is overwritten only if the plan keeps it; before all agreement a blank is none."""
    plan = record.planned(context)
    for write in plan.writes:
        line, lost = record.flow.lines[write.index], record.side(write.side)[write.index]
        never = not lost and line.definition not in record.agreed.bases
        kept = Kept(line.index, write.side, lost, write.source) in plan.kept
        assert never or kept or carried_over(record, write.side, line)


def carried_over(record: Record, side: Side, line: Line) -> bool:
    """True if this side still holds what was agreed."""
    now, base = record.side(side)[line.index], record.agreed.bases.get(line.definition)
    place = SIDES.index(side)
    return base is not None and base[place] == prints(line, now, now)[place]


@given(records(two_way=True), contexts())
def test_parked_conflicts(record: Record, context: Context) -> None:
    """A parked conflict keeps both values where they are, and is reported once."""
    plan = record.planned(context)
    record.carry_out(plan)
    for kept in (each for each in plan.kept if each.open):
        assert (kept.winner, kept.value) == (record.erp[kept.index], record.dataverse[kept.index])
        assert kept.index not in {write.index for write in plan.writes}
    assert record.planned(context).kept == ()


# -- law 7: convergence; law 11: one-way lines


@given(records(), contexts())
def test_convergence(record: Record, context: Context) -> None:
    """After one visit both sides are the same under the map, line by line, or the difference has its reason."""
    plan = record.planned(context)
    settled_before = {line.index for line in record.flow.lines if unmoved(record, line.index)}
    record.carry_out(plan)
    for line in record.flow.lines:
        same = record.same(line.index)
        assert same or line.index in settled_before or explained(record, plan, line.index) or silent(record, line)


def silent(record: Record, line: Line) -> bool:
    """True if a one-way line flows from a side that says nothing: both keep what they hold."""
    return line.source is not None and not record.side(line.source)[line.index]


def unmoved(record: Record, index: int) -> bool:
    """True if a line is as it was agreed, equal or not."""
    return all(carried_over(record, side, record.flow.lines[index]) for side in SIDES)


@given(st.data())
def test_one_way_lines(data: st.DataObject) -> None:
    """On a one-way line the target ends up as the map makes it of the source, whoever edited what."""
    record, context = data.draw(settled_records()), data.draw(contexts())
    for side in SIDES:
        record.side(side)[1:] = data.draw(values(record.flow, side, blanks=False))[1:]
    record.carry_out(record.planned(context))
    for line in record.flow.lines:
        source: Side = ERP if line.to_dataverse else DATAVERSE
        if line.to_erp and line.to_dataverse:
            continue
        held, there = record.side(source)[line.index], record.side(other(source))[line.index]
        try:
            wanted = line.forward(held) if source == ERP else line.backward(held)
        except FieldError:
            continue
        unknown = line.lookup is not None and (
            held.startswith("?") or (source == DATAVERSE and len(CODES.get(held, "no code at all")) > 10)
        )
        assert unknown or record.same(line.index) or line.comparable(there) == line.comparable(wanted)
