"""Field-level three-way merge of one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from shared.errors import FieldError, in_one
from shared.mapping import (
    ABSENT,
    DATAVERSE,
    ERP,
    SIDES,
    Agreed,
    Ambiguous,
    Failed,
    FlowMap,
    Line,
    Parked,
    Says,
    Side,
    Unresolved,
    other,
    prints,
)
from shared.reconcile._plan import KEY_CHANGED, Kept, LineWrite, Missing, Plan, Problem, Reason
from shared.reconcile._sizes import carried
from shared.reconcile._together import kept_together

LEAVING: Final = frozenset({"clear", "keep"})
"""What a line may do with a reference that means nothing on the other side, other than to wait or to refuse it."""

Held = tuple[str, str]
"""What the ERP and Dataverse hold on one line."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a plan depends on besides values.

    master: wins where there is no base, on lines without a master of their own; None parks. company: code of the
    record's company. newer: the side that was modified later, for `latest_wins`; None if that cannot be trusted.
    code_of: the ERP code of a Dataverse id that a lookup line points to, or None if there is none yet. says: what the
    records as read say, and holds: what they hold, also where the map lets it say nothing; without the two, every value
    but a blank. decimals: by line, what amounts of this record have, where its currency tells. stand_ins: by line, the
    row of Dataverse that a lookup points to in place of a blank, or Unresolved. receives: sides on which the record
    only receives: outside the map's authority there. astray: why a row of Dataverse that a lookup line points to can
    never be what the line looks for; empty if it may yet be.
    """

    master: Side | None
    company: str = ""
    newer: Side | None = None
    code_of: Callable[[Line, str], str | None] = field(default=lambda _line, row_id: row_id)
    says: Says | None = None
    holds: Says | None = None
    decimals: Mapping[int, int] = field(default_factory=dict)
    stand_ins: Mapping[int, str] = field(default_factory=dict)
    receives: frozenset[Side] = frozenset()
    astray: Callable[[Line, str], str] = field(default=lambda _line, _row_id: "")

    def rules(self, line: Line) -> Side | None:
        """The side that alone has a say on a line that goes both ways; None if both have, or neither."""
        if len(self.receives) != 1 or line.source is not None or line.final:
            return None
        (side,) = self.receives
        return other(side)

    def nobody_rules(self, line: Line) -> bool:
        """True if neither side may change a line that goes both ways."""
        return len(self.receives) > 1 and line.source is None and not line.final

    def never_found(self, line: Line, source: Side, value: str) -> str:
        """Why it is no use to wait for what a reference of Dataverse points to; empty if it is, or nobody waits."""
        return self.astray(line, value) if source == DATAVERSE and line.missing not in LEAVING else ""

    def stands_in(self, line: Line, side: Side) -> str:
        """What a side is given on a line in place of a blank: by company, or the reference that a code means."""
        given = line.fill(side, self.company)
        return self.stand_ins.get(line.index, Unresolved(given)) if given and line.lookup else given

    def speaks(self, line: Line, side: Side, value: str) -> bool:
        """True if a side says anything on a line: for all we know, if its value is not blank."""
        field = line.erp if side == ERP else line.dataverse
        return bool(value) if self.says is None or field.inputs else self.says(line, side)

    def would_lose(self, line: Line, side: Side, value: str) -> bool:
        """True if anything is lost where a side gives way that nothing was ever agreed with."""
        return bool(value) if self.holds is None else self.holds(line, side)

    def master_of(self, line: Line, chosen: Side | None = None) -> Side | None:
        """Who wins a line without a base. A line that says so knows its field better than a word about all of them, and
        the record itself says who has a say about it. chosen: by whoever coupled the two.
        """
        return self.rules(line) or line.master or chosen or self.master


def reconcile(flow: FlowMap, agreed: Agreed, erp: Sequence[str], dataverse: Sequence[str], context: Context) -> Plan:
    """The plan for a coupled record, from canonical values with lookups resolved. Pure.

    Line by line: what neither side changed is left alone; what one side changed flows; what both changed to the same
    is agreed; what both changed differently is a conflict (laws 3 to 5 and 11 of the design). So it is with a line that
    was defined anew since, too. Only where neither side changed, and the two do not mean the same any more, was nothing
    agreed about what it means now.
    """
    held = [
        (line, (erp[line.index], dataverse[line.index]))
        for line in flow.lines
        if line.update and ABSENT not in (erp[line.index], dataverse[line.index])
    ]
    merge = _Merge(flow, agreed, context, _torn(agreed, held))
    for line, values in held:
        merge.line(line, values)
    merge.over += [line.index for line in flow.lines if _is_anothers(line, agreed, erp, dataverse)]
    return carried(flow, agreed, kept_together(flow, merge.plan(), merge.undecided))


def _is_anothers(line: Line, agreed: Agreed, erp: Sequence[str], dataverse: Sequence[str]) -> bool:
    """True if a pair was to be decided about, and the map that has it holds for the record no longer."""
    absent = ABSENT in (erp[line.index], dataverse[line.index])
    return bool(line.phase) and absent and not line.hidden and line.definition in agreed.parked


def _torn(agreed: Agreed, held: Iterable[tuple[Line, Held]]) -> frozenset[str]:
    """The words of lines that go together of which both sides have changed one differently. Pure."""
    found: set[str] = set()
    for line, values in held:
        if not line.together or line.source is not None or line.final or line.same(*values):
            continue
        base, now = agreed.base(line), prints(line, *values)
        if base is None and agreed.mark(line) == "policy":
            found.add(line.together)
        if base is not None and now[0] != base[0] and now[1] != base[1]:
            found.add(line.together)
    return frozenset(found)


def is_apart(line: Line, agreed: Agreed, values: Held, context: Context) -> bool:
    """True if a one-way line keeps both its values since a first match at which its source said nothing, or since its
    source was made of its target and was given a value that nobody has meant. Not if its target made something else of
    what it was sent: then the source has spoken.
    """
    base = agreed.base(line)
    if line.source is None or base is None or agreed.first.get(line.definition, base) != base:
        return False
    value, target = (values[0], base[1]) if line.source == ERP else (values[1], base[0])
    if context.speaks(line, line.source, value) and not _is_unmeant(line, agreed):
        return False
    first = line.erp.members[:1] if line.source == DATAVERSE else ()
    made = {
        line.wanted(value) or context.stands_in(line, other(line.source)),
        *first,
    }  # an enumeration is never blank: its first member stands for one
    return target not in {line.print(each) for each in made}


def _is_unmeant(line: Line, agreed: Agreed) -> bool:
    """True if the source of a line holds what it was given when it was made of the target, and nobody has meant."""
    is_first = agreed.bases.get(line.definition) == agreed.first.get(line.definition) is not None
    return is_first and line.create and not is_left_out(line, agreed)


def is_unsent(line: Line, agreed: Agreed) -> bool:
    """True if a line for updates only stands as it did when its record was made: nothing was ever sent."""
    base = agreed.bases.get(line.definition)
    return not line.create and base is not None and base == agreed.first.get(line.definition)


def is_left_out(line: Line, agreed: Agreed) -> bool:
    """True if a reference of Dataverse was left out for it meant nothing in the ERP, and both stand as they did."""
    base = agreed.bases.get(line.definition)
    if base is None or line.lookup is None or line.final or line.missing not in LEAVING:
        return False
    return line.to_erp and base[0] != base[1] and base == agreed.first.get(line.definition)


def may_differ(line: Line, erp: str, dataverse: str) -> bool:
    """True if the two may differ: a missing reference, a kept blank, a list that is never blank, a lack of room, what
    a new record was given in place of a blank.
    """
    if isinstance(erp, Unresolved) or isinstance(dataverse, Unresolved) or line.lookup is not None:
        return True
    if line.shorter(erp, dataverse) is not None:
        return True
    if line.blank == "keep" and not (erp and dataverse):
        return True
    if line.fills and bool(erp) != bool(dataverse):
        return True
    if _begun(line, ERP, erp, dataverse) or _begun(line, DATAVERSE, dataverse, erp):
        return True
    return bool(line.erp.members) and not dataverse and erp == line.erp.members[0]


def _begun(line: Line, side: Side, value: str, beside: str) -> bool:
    """True if a side holds what a new record of some company is given there, beside a blank."""
    return not beside and value in line.initial.get(side, {}).values()


class _Merge:
    def __init__(self, flow: FlowMap, agreed: Agreed, context: Context, torn: frozenset[str]) -> None:
        self.flow, self.agreed, self.context, self.torn = flow, agreed, context, torn
        self.writes: list[LineWrite] = []
        self.agree: list[int] = []
        self.kept: list[Kept] = []
        self.missing: list[Missing] = []
        self.problems: list[Problem] = []
        self.over: list[int] = []
        self.confirm = False
        self.left: list[int] = []
        self.undecided: list[int] = []

    def plan(self) -> Plan:
        return Plan(tuple(self.writes), tuple(self.agree), tuple(self.kept), tuple(self.missing),
                    tuple(self.problems), tuple(self.over), self.confirm, left=tuple(self.left))  # fmt: skip

    def line(self, line: Line, values: Held) -> None:
        base, now = self.agreed.base(line), prints(line, *values)
        is_anew = line.definition not in self.agreed.bases
        if base == now and not is_anew and line.definition not in self.agreed.parked:
            receives = DATAVERSE in self.context.receives
            if is_left_out(line, self.agreed) and not receives and self.context.code_of(line, values[1]) is not None:
                self._flow(line, DATAVERSE, values, "edit")
            return
        alike = line.same(*values) or line.alike(*values, self.context.decimals.get(line.index))
        if self._stands_in(line, values) or (alike and not self._lacks(line, values)):
            self.agree.append(line.index)
            self.confirm |= base != now
        elif self.context.nobody_rules(line):
            self._unruled(line, values)
        elif base is None:
            self._without_base(line, values)
        elif is_anew and base == now:
            self._with_another_meaning(line, values)
        else:
            self._changed(line, values, now[0] != base[0], now[1] != base[1])

    def _stands_in(self, line: Line, values: Held) -> bool:
        """True if one side holds what the map gives it in place of the other's blank."""
        erp, dataverse = values
        there = bool(dataverse) and not erp and dataverse == self.context.stands_in(line, DATAVERSE)
        back = bool(erp) and not dataverse and erp == self.context.stands_in(line, ERP)
        return (there and line.to_dataverse) or (back and line.to_erp)

    def _lacks(self, line: Line, values: Held) -> bool:
        """True if both are blank, and the map gives one of them something in place of that."""
        if not line.fills or any(values):
            return False
        return any(line.flows_from(other(side)) and self.context.stands_in(line, side) for side in (ERP, DATAVERSE))

    # -- no base: first match, new or redefined line, recovered write, deferred line. Nothing was ever agreed: a blank
    # is no decision against a value: it is filled, whoever is master.

    def _without_base(self, line: Line, values: Held) -> None:
        mark = self.agreed.mark(line)
        reason: Reason = "mark" if mark else "master"
        first = not mark and line.definition not in self.agreed.parked
        left, right = self.context.speaks(line, ERP, values[0]), self.context.speaks(line, DATAVERSE, values[1])
        if line.source is not None and first and not (left if line.source == ERP else right):
            self._without_a_word(line, values)
        elif line.source is not None:
            self._win(line, line.source, values, reason)
        elif line.key and values[1]:
            self._key(line, values)
        elif line.final and first and not left:
            self._unchangeable(line, values)
        elif line.final:
            self._win(line, ERP, values, reason)
        elif mark == "policy":
            self._conflict(line, values)
        elif mark == "person":
            self._park(line, values)
        elif first and not (left and right):
            self._win(line, ERP if left or (not right and values[0]) else DATAVERSE, values, "fill")
        elif (winner := mark or self.context.master_of(line, self.agreed.chosen(line))) is not None:
            self._win(line, winner, values, reason)
        else:
            self._park(line, values)

    def _with_another_meaning(self, line: Line, values: Held) -> None:
        """Both hold what they agreed on before the line was defined anew, and by now that is not the same."""
        if may_differ(line, *values) and not self._lacks(line, values):
            self.agree.append(line.index)
        else:
            self._without_base(line, values)

    def _without_a_word(self, line: Line, values: Held) -> None:
        """The source of a one-way line says nothing yet: both keep what they hold, unless the map fills a blank. Or it
        was emptied since the first look, before its target had taken what it said.
        """
        source = line.source or ERP
        value, old = values if source == ERP else (values[1], values[0])
        if self._was_emptied(line, source, values):
            self._win(line, source, values, "edit")
        elif old or not (line.wanted(value) or self.context.stands_in(line, other(source))):
            self.agree.append(line.index)
        else:
            self._flow(line, source, values, "fill")

    def _was_emptied(self, line: Line, source: Side, values: Held) -> bool:
        """True if a source that says nothing held something else when the two were first looked at."""
        first = self.agreed.first.get(line.definition)
        at = SIDES.index(source)
        return first is not None and first[at] != line.print(values[at])

    # -- a base that no longer holds on one side or both

    def _changed(self, line: Line, values: Held, left: bool, right: bool) -> None:
        if not left and not right:
            self.agree.append(line.index)  # a parked pair went back to what was agreed
        elif line.source is not None and self._apart(line, values, left, right):
            self.agree.append(line.index)
            self.left += [line.index] * (line.definition in self.agreed.first)
        elif line.source is not None:
            edited, target = (left, right) if line.source == ERP else (right, left)
            reason: Reason = "edit" if edited else "put_back"
            continued = bool(line.phase) and not target
            send = self._flow if line.definition in self.agreed.bases or continued else self._win
            send(line, line.source, values, reason)
        elif (ruler := self.context.rules(line)) is not None:
            self._ruled(line, ruler, values, edited=left if ruler == ERP else right)
        elif line.final and right:
            self._key(line, values)
        elif left and right:
            self._conflict(line, values)
        elif line.together in self.torn and not line.final:
            self._go_with_the_rest(line, ERP if left else DATAVERSE, values)
        else:
            self._flow(line, ERP if left else DATAVERSE, values, "edit")

    def _ruled(self, line: Line, ruler: Side, values: Held, *, edited: bool) -> None:
        """One side only receives: its edit is put back. A value that was to be decided about is kept all the same."""
        if line.definition in self.agreed.parked:
            self._win(line, ruler, values, "conflict")
        elif line.definition in self.agreed.bases:
            self._flow(line, ruler, values, "edit" if edited else "put_back")
        else:
            self._win(line, ruler, values, "edit" if edited else "put_back")

    def _unruled(self, line: Line, values: Held) -> None:
        """Both sides only receive: what differs stays as it is, and is told."""
        erp, dataverse = (self._called(line, each) for each in values)
        message = f"neither side may change it as the two records stand: {erp!r} in the ERP, {dataverse!r} in Dataverse"
        message += "; make them equal there, or bring one of them back to where it has authority"
        self.problems.append(Problem(line.index, DATAVERSE, "no-authority", message, dataverse))

    def _apart(self, line: Line, values: Held, left: bool, right: bool) -> bool:
        """True if the source of a one-way line has not said a word since the first match: it rules nothing yet."""
        if left if line.source == ERP else right:
            return False
        return is_apart(line, self.agreed, values, self.context)

    def _key(self, line: Line, values: Held) -> None:
        """Dataverse holds another key. A number the ERP assigned is written back, a change by the policy."""
        erp, dataverse = values
        if line.assigned == ERP and erp and not dataverse:
            self._flow(line, ERP, values, "assigned")
        elif self.flow.policy.key_change == "put_back":
            self._flow(line, ERP, values, "put_back")
        else:
            self._unchangeable(line, values)

    def _unchangeable(self, line: Line, values: Held) -> None:
        erp, dataverse = (self._called(line, each) for each in values)
        way_out = f"set it to {erp!r} in Dataverse" if erp else "empty it in Dataverse"
        message = f"the ERP does not change {line.erp.name}: {erp!r} there, {dataverse!r} in Dataverse"
        message = in_one(message, f"{way_out}, or uncouple the two")
        self.problems.append(Problem(line.index, DATAVERSE, KEY_CHANGED, message, dataverse))

    def _called(self, line: Line, value: str) -> str:
        """A value as a person reads it: a reference by its code."""
        if isinstance(value, Unresolved):
            return value.code
        return (self.context.code_of(line, value) if line.lookup and value else None) or value

    def _go_with_the_rest(self, line: Line, changed: Side, values: Held) -> None:
        """One side has changed this line, and both another that makes sense only with it: one side wins both."""
        if self._winner(line) == changed:
            self._flow(line, changed, values, "edit")
        else:
            self._conflict(line, values)

    def _winner(self, line: Line) -> Side | None:
        """Whose value a conflict on this line takes; None if nobody can tell."""
        if (ruler := self.context.rules(line)) is not None:
            return ruler
        policy = line.conflict or self.flow.policy.conflict
        winners: dict[str, Side | None] = {"erp_wins": ERP, "dataverse_wins": DATAVERSE}
        return winners.get(policy, self.context.newer if policy == "latest_wins" else None)

    def _conflict(self, line: Line, values: Held) -> None:
        winner = self._winner(line)
        if winner is None:
            self._park(line, values)
        else:
            self._win(line, winner, values, "conflict")

    def _park(self, line: Line, values: Held) -> None:
        """A person decides, unless it is a code of several rows: whether the two differ at all nobody knows yet."""
        if line.definition not in self.agreed.parked and isinstance(values[0], Ambiguous):
            self.problems.append(Problem.ambiguous(line, ERP, values[0]))
            return
        self.undecided.append(line.index)
        if self.agreed.parked.get(line.definition) != Parked(*prints(line, *values)):
            self.kept.append(Kept(line.index, DATAVERSE, values[1], values[0], open=True))

    def _win(self, line: Line, winner: Side, values: Held, reason: Reason) -> None:
        """The winner flows, and the loser is kept: also a value that only the map lets say nothing; and a blank, unless
        nothing was ever agreed about the line.
        """
        gain, loser = values if winner == ERP else (values[1], values[0])
        lost = self.context.would_lose(line, other(winner), loser)
        if self._flow(line, winner, values, reason) and (lost or self._known(line, reason)):
            unsure = self.agreed.mark(line) is not None and not self.agreed.is_sent(line)
            self.kept.append(Kept(line.index, other(winner), loser, gain, unsure))

    def _known(self, line: Line, reason: Reason) -> bool:
        """True if a blank on this line is somebody's decision. The mark of a deferred line stands for no agreement, nor
        does what was agreed about what the line meant before.
        """
        agreed = self.agreed
        is_agreed = agreed.base(line) is not None and reason != "master"
        is_marked = agreed.mark(line) is not None and not line.deferred
        return is_agreed or is_marked or line.definition in agreed.parked

    # -- one value flows

    def _flow(self, line: Line, source: Side, values: Held, reason: Reason) -> bool:
        """Plans the value of `source` for the other side. False if it cannot flow now."""
        if line.definition in self.agreed.parked:
            self.over.append(line.index)
        value, old = values if source == ERP else (values[1], values[0])
        target = other(source)
        if target == ERP and line.final:
            self._unchangeable(line, values)
            return False
        stand_in = "" if value else self.context.stands_in(line, target)
        if line.lookup is not None and (value or stand_in):
            cleared = LineWrite(line.index, target, old, "", value, reason, self._receives(line, target))
            return self._reference(line, source, value or stand_in, cleared)
        if not value and line.blank == "keep":
            self.agree.append(line.index)
            return False
        try:
            new = (line.forward(value) if target == DATAVERSE else line.backward(value)) or stand_in
        except FieldError as problem:
            self.problems.append(Problem(line.index, target, problem.code, str(problem), Failed.told(value)))
            return False
        if not new and target == DATAVERSE and line.dataverse.required:
            self.problems.append(Problem.wanting(line))
            return False
        self.writes.append(LineWrite(line.index, target, old, new, value, reason, self._receives(line, target)))
        return True

    def _receives(self, line: Line, target: Side) -> bool:
        return self.context.rules(line) == other(target)

    def _reference(self, line: Line, source: Side, value: str, cleared: LineWrite) -> bool:
        """The same of a lookup. cleared: the write, were it to point to nothing."""
        target = other(source)
        code = self.context.code_of(line, value) if target == ERP else value
        if isinstance(value, Unresolved) or code is None:
            return self._absent(line, source, value, cleared)
        if target == ERP:
            try:
                line.code(code)
            except FieldError as problem:
                self.problems.append(Problem(line.index, target, problem.code, str(problem), code))
                return False
        self.writes.append(replace(cleared, new=value))
        return True

    def _absent(self, line: Line, source: Side, value: str, cleared: LineWrite) -> bool:
        """A reference without a partner: wait, refuse, clear or keep, as the line says."""
        if isinstance(value, Ambiguous):
            self.problems.append(Problem.ambiguous(line, source, value))
            return False
        if why := self.context.never_found(line, source, value):
            self.problems.append(Problem.astray(line, source, why))
            return False
        absent = Missing.of(line, source, value, self.context.company)
        if source == DATAVERSE and line.missing in LEAVING:
            self.left.append(line.index)
        if line.missing == "clear":
            self.writes.append(cleared)
            return True
        if line.missing == "keep":
            self.agree.append(line.index)
        elif line.missing == "error":
            self.problems.append(Problem.not_found(absent))
        else:
            self.missing.append(absent)
        return False
