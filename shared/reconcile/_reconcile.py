"""Field-level three-way merge of one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.errors import FieldError
from shared.mapping import (
    ABSENT,
    DATAVERSE,
    ERP,
    Agreed,
    FlowMap,
    Line,
    Mark,
    Pair,
    Parked,
    Side,
    Unresolved,
    other,
    prints,
)
from shared.reconcile._plan import Kept, LineWrite, Missing, Plan, Problem, Reason


@dataclass(frozen=True, slots=True)
class Context:
    """What a plan depends on besides values.

    master: wins where there is no base; None parks. company: code of the record's company. newer: the side that was
    modified later, for `latest_wins`; None if that cannot be trusted. code_of: the ERP code of a Dataverse id that a
    lookup line points to, or None if there is none yet.
    """

    master: Side | None
    company: str = ""
    newer: Side | None = None
    code_of: Callable[[Line, str], str | None] = field(default=lambda _line, row_id: row_id)


def reconcile(flow: FlowMap, agreed: Agreed, erp: Sequence[str], dataverse: Sequence[str], context: Context) -> Plan:
    """The plan for a coupled record, from canonical values with lookups resolved. Pure.

    Line by line: what neither side changed is left alone; what one side changed flows; what both changed to the same
    is agreed; what both changed differently is a conflict (laws 3 to 5 and 11 of the design).
    """
    merge = _Merge(flow, context)
    for line in flow.lines:
        left, right = erp[line.index], dataverse[line.index]
        if left is ABSENT or right is ABSENT or not line.update:
            continue
        merge.line(line, agreed, left, right)
    return merge.plan()


class _Merge:
    def __init__(self, flow: FlowMap, context: Context) -> None:
        self.flow, self.context = flow, context
        self.writes: list[LineWrite] = []
        self.agree: list[int] = []
        self.kept: list[Kept] = []
        self.missing: list[Missing] = []
        self.problems: list[Problem] = []
        self.confirm = False

    def plan(self) -> Plan:
        return Plan(tuple(self.writes), tuple(self.agree), tuple(self.kept), tuple(self.missing),
                    tuple(self.problems), self.confirm)  # fmt: skip

    def line(self, line: Line, agreed: Agreed, erp: str, dataverse: str) -> None:
        base = agreed.bases.get(line.definition)
        now = prints(line, erp, dataverse)
        if base == now and line.definition not in agreed.parked:
            return
        if line.same(erp, dataverse):
            self._equal(line, base, now, agreed)
        elif base is None:
            self._without_base(line, agreed, erp, dataverse, now)
        else:
            self._changed(line, agreed, (erp, dataverse), now, (now[0] != base[0], now[1] != base[1]))

    def _equal(self, line: Line, base: Pair | None, now: Pair, agreed: Agreed) -> None:
        self.agree.append(line.index)
        self.confirm |= base != now or line.definition in agreed.marks

    # -- no base: first match, new or redefined line, recovered write, deferred line. Nothing was ever agreed: a blank
    # is no decision against a value: it is filled, whoever is master.

    def _without_base(self, line: Line, agreed: Agreed, erp: str, dataverse: str, now: Pair) -> None:
        mark: Mark | None = agreed.marks.get(line.definition)
        winner: Side | None = self.context.master
        if mark == "policy":
            return self._conflict(line, agreed, (erp, dataverse), now)
        winner = mark or winner
        if not (line.to_dataverse and line.to_erp):
            winner = ERP if line.to_dataverse else DATAVERSE
        if line.key and dataverse:
            return self._key(line, (erp, dataverse))
        if line.key or line.fixed:
            winner = ERP
        elif mark is None and line.to_dataverse and line.to_erp and (not erp or not dataverse):
            self._flow(line, ERP if erp else DATAVERSE, (erp, dataverse), "fill")
            return None
        if winner is None:
            return self._park(line, agreed, (erp, dataverse), now)
        self._win(line, winner, (erp, dataverse), "mark" if mark else "master", unsure=mark is not None)
        return None

    # -- a base that no longer holds on one side or both

    def _changed(
        self, line: Line, agreed: Agreed, values: tuple[str, str], now: Pair, changed: tuple[bool, bool]
    ) -> None:
        left, right = changed
        if not left and not right:
            self.agree.append(line.index)  # a parked pair went back to what was agreed
        elif (line.key or line.fixed) and right:
            self._key(line, values)
        elif not (line.to_dataverse and line.to_erp):
            source: Side = ERP if line.to_dataverse else DATAVERSE
            self._flow(line, source, values, "edit" if (left if source == ERP else right) else "put_back")
        elif left and right:
            self._conflict(line, agreed, values, now)
        else:
            self._flow(line, ERP if left else DATAVERSE, values, "edit")

    def _key(self, line: Line, values: tuple[str, str]) -> None:
        """Keys of a coupled record are never planned towards the ERP; a number the ERP assigned is written back."""
        erp, dataverse = values
        if line.assigned == ERP and erp and not dataverse:
            self._flow(line, ERP, values, "assigned")
        elif self.flow.policy.key_change == "put_back" and line.to_dataverse:
            self._flow(line, ERP, values, "put_back")
        else:
            message = f"the key was changed: {erp!r} in the ERP, {dataverse!r} in Dataverse"
            self.problems.append(Problem(line.index, DATAVERSE, "key-changed", message, dataverse))

    def _conflict(self, line: Line, agreed: Agreed, values: tuple[str, str], now: Pair) -> None:
        policy = line.conflict or self.flow.policy.conflict
        winner = {"erp_wins": ERP, "dataverse_wins": DATAVERSE, "latest_wins": self.context.newer}.get(policy)
        if winner is None:
            return self._park(line, agreed, values, now)
        unsure = line.definition in agreed.marks
        self._win(line, ERP if winner == ERP else DATAVERSE, values, "conflict", unsure=unsure)
        return None

    def _park(self, line: Line, agreed: Agreed, values: tuple[str, str], now: Pair) -> None:
        if agreed.parked.get(line.definition) != Parked(*now):
            self.kept.append(Kept(line.index, DATAVERSE, values[1], values[0], open=True))

    def _win(self, line: Line, winner: Side, values: tuple[str, str], reason: Reason, *, unsure: bool) -> None:
        """The winner flows; the loser is kept unless it is blank and nothing was ever agreed."""
        loser = values[1] if winner == ERP else values[0]
        if self._flow(line, winner, values, reason) and loser and not isinstance(loser, Unresolved):
            gain = values[0] if winner == ERP else values[1]
            self.kept.append(Kept(line.index, other(winner), loser, gain, unsure))

    # -- one value flows

    def _flow(self, line: Line, source: Side, values: tuple[str, str], reason: Reason) -> bool:
        """Plans the value of `source` for the other side. False if it cannot flow now."""
        value, old = values if source == ERP else (values[1], values[0])
        target = other(source)
        if line.lookup is not None and value:
            return self._reference(line, source, value, old, reason)
        if not value and line.blank == "keep":
            self.agree.append(line.index)
            return False
        try:
            new = line.forward(value) if target == DATAVERSE else line.backward(value)
        except FieldError as problem:
            self.problems.append(Problem(line.index, target, problem.code, str(problem), value))
            return False
        self.writes.append(LineWrite(line.index, target, old, new, value, reason))
        return True

    def _reference(self, line: Line, source: Side, value: str, old: str, reason: Reason) -> bool:
        target = other(source)
        resolved = not isinstance(value, Unresolved)
        code = self.context.code_of(line, value) if resolved and target == ERP else value
        if resolved and code is not None:
            try:
                if target == ERP:
                    line.code(code)
            except FieldError as problem:
                self.problems.append(Problem(line.index, target, problem.code, str(problem), code))
                return False
            self.writes.append(LineWrite(line.index, target, old, value, value, reason))
            return True
        return self._absent(line, source, value, old, reason)

    def _absent(self, line: Line, source: Side, value: str, old: str, reason: Reason) -> bool:
        """A reference without a partner: wait, refuse, clear or keep, as the line says."""
        code = value.code if isinstance(value, Unresolved) else value
        if line.missing == "clear":
            self.writes.append(LineWrite(line.index, other(source), old, "", value, reason))
            return True
        if line.missing == "keep":
            self.agree.append(line.index)
        elif line.missing == "error":
            message = f"{code!r} was not found"
            self.problems.append(Problem(line.index, other(source), "missing", message, code))
        else:
            assert line.lookup is not None
            path = line.lookup.paths[0] if line.lookup.paths else None
            self.missing.append(
                Missing(line.index, source, path, line.lookup.via, self.context.company, code, line.deferred)
            )
        return False
