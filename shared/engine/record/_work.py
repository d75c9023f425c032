"""One visit's work on one coupling: what was read, what is planned, and the transactions of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._observe import Observed, called
from shared.ledger import (
    ConflictRow,
    Coupling,
    IntendedLine,
    IntendedWrite,
    Intent,
    Trouble,
    Write,
    read_conflict,
)
from shared.mapping import SIDES, Side, prints, shown
from shared.reconcile import Given, Kept, LineWrite, Part, Plan, Tries


class Again(Exception):
    """Something moved under the visit: begin again at step 2.

    bounced: lines that a server stored otherwise than sent, in this round. so_far: what the round has already done.
    tries: what is known by now about what a side refuses; None if the round found out nothing. along: lines that a
    server has changed beside what was written, in this round. moved: what the system said that moved, if it was that.
    """

    def __init__(
        self,
        bounced: frozenset[int] = frozenset(),
        so_far: Outcome | None = None,
        tries: Tries | None = None,
        along: frozenset[int] = frozenset(),
        moved: str = "",
    ) -> None:
        super().__init__()
        self.moved = moved
        self.bounced, self.along = bounced, along
        self.so_far = so_far
        self.tries = tries


@dataclass(frozen=True, slots=True)
class Past:
    """What the earlier rounds of a visit found out.

    bounced: lines that a server stored otherwise than sent. along: lines that one changed beside what was written.
    """

    bounced: frozenset[int] = frozenset()
    along: frozenset[int] = frozenset()
    tries: Tries = field(default_factory=Tries)


def _replaced(coupling: Coupling) -> list[Write]:
    return [coupling.replace()]


def intended_line(flow: Flow, write: LineWrite) -> IntendedLine:
    """One line of a plan, as an intent keeps it."""
    line = flow.map.lines[write.index]
    return IntendedLine(definition=line.definition.hex(), name=line.name, old=shown(write.old), new=write.new,
                        source=write.source, reason=write.reason)  # fmt: skip


def intended_constant(constant: Given) -> IntendedLine:
    """A constant, as an intent keeps it."""
    return IntendedLine(definition=constant.constant.definition.hex(), name=constant.constant.line,
                        old=shown(constant.old), new=constant.new, source="", reason="constant")  # fmt: skip


def constant_line(constant: Given) -> dict[str, Any]:
    """A constant, as the journal tells it."""
    return {"line": constant.constant.line, "side": constant.side, "old": constant.old, "new": constant.new,
            "reason": "constant"}  # fmt: skip


@dataclass(slots=True)
class Work:
    """A plan under way. store: how the coupling is written next; a claim that found a match stores itself elsewhere.

    stored: False while the coupling is only a claim. bounced, along: lines that a server stored otherwise than sent, or
    changed beside what was written, earlier in this visit. constants: what the map itself gives a side in this round.
    outside: sides that they are to bring into the scope; forced: sides that are written for their sake. tries, before:
    what was refused in this visit, and in earlier ones. parts, tried: what there is to write, and what of it is written
    in this round. units: digests of the constants that a side lacks.

    acting: it has come to the actions that are due. did: one was carried out; acted: those that found all as it should
    be. waits, refusals: what is to be said of others.
    """

    flow: Flow
    wake: Wake
    coupling: Coupling
    seen: Observed
    plan: Plan
    troubles: dict[str, Trouble] = field(default_factory=dict)
    store: Callable[[Coupling], list[Write]] = _replaced
    stored: bool = True
    bounced: frozenset[int] = frozenset()
    along: frozenset[int] = frozenset()
    constants: dict[Side, tuple[Given, ...]] = field(default_factory=dict)
    outside: frozenset[Side] = frozenset()
    forced: frozenset[Side] = frozenset()
    tries: Tries = field(default_factory=Tries)
    before: frozenset[str] = frozenset()
    parts: dict[Side, list[Part]] = field(default_factory=dict)
    tried: dict[Side, list[Part]] = field(default_factory=dict)
    units: dict[Side, str] = field(default_factory=dict)
    acting: bool = False
    did: bool = False
    acted: dict[str, tuple[str, str]] = field(default_factory=dict)
    waits: list[Mapping[str, Any]] = field(default_factory=list)
    refusals: list[Mapping[str, Any]] = field(default_factory=list)

    def sides(self) -> list[Side]:
        """The sides to be written, the ERP first."""
        return [side for side in SIDES if self.plan.on(side) or side in self.forced]

    # -- step 6

    async def intend(self) -> None:
        """Stores the intent and the conflict rows. Raises Again if the coupling moved."""
        flow = self.flow
        operation = flow.token()
        conflicts = await self._conflict_rows(operation)
        intent = Intent(
            operation=operation,
            attempt=flow.attempt(),
            expires=flow.expiry(),
            kind="update",
            writes=tuple(self._intended(side) for side in self.sides()),
            agree=self._agreements(),
            conflicts=tuple(write.key for write in conflicts),
            job=flow.job,
        )
        intended = replace(self.coupling, intent=intent)
        etags = await flow.ledger.commit([*self.store(intended), *conflicts])
        self.coupling, self.store, self.stored = intended.with_etag(etags[0]), _replaced, True

    def _intended(self, side: Side) -> IntendedWrite:
        lines = tuple(intended_line(self.flow, write) for write in self.plan.on(side))
        constants = tuple(intended_constant(each) for each in self.constants.get(side, ()))
        return IntendedWrite(side=side, action="update", version=self.seen.of(side).version, lines=lines,
                             given=constants)  # fmt: skip

    def _agreements(self) -> dict[str, tuple[str, str]]:
        result: dict[str, tuple[str, str]] = {}
        for index in self.plan.agree:
            line = self.flow.map.lines[index]
            erp, dataverse = prints(line, self.seen.values[0][index], self.seen.values[1][index])
            result[line.definition.hex()] = (erp.hex(), dataverse.hex())
        return result

    async def _conflict_rows(self, operation: str) -> list[Write]:
        kept = [await self.conflict_write(kept, operation) for kept in self.plan.kept]
        constants = (each for side in self.sides() for each in self.constants.get(side, ()) if each.replaces)
        return [*kept, *(self._replaced_by(each, operation).insert() for each in constants)]

    def _replaced_by(self, constant: Given, operation: str) -> ConflictRow:
        """The conflict row of a value that gives way to a constant."""
        return ConflictRow(
            dataverse=self.coupling.dataverse,
            definition=constant.constant.definition.hex(),
            operation=operation,
            line=constant.constant.line,
            loser=constant.side,
            value=constant.old,
            winner=constant.new,
            shown=(constant.old, constant.new),
            open=False,
            unsure=False,
            at=self.flow.now(),
        )

    async def conflict_write(self, kept: Kept, operation: str) -> Write:
        """The conflict row of one kept value. An open one replaces the row that stands for an earlier pair."""
        line, flow = self.flow.map.lines[kept.index], self.flow
        row = ConflictRow(
            dataverse=self.coupling.dataverse,
            definition=line.definition.hex(),
            operation=operation,
            line=line.name,
            loser=kept.side,
            value=kept.value,
            winner=kept.winner,
            shown=(await self.called(kept.index, kept.value), await self.called(kept.index, kept.winner)),
            open=kept.open,
            unsure=kept.unsure,
            at=flow.now(),
        )
        if kept.open:
            standing = await flow.ledger.commits.get(flow.ledger.flow, row.key)
            if standing is not None:
                return Write("replace", row.key, row.cells(), read_conflict(standing).etag)
        return row.insert()

    # -- what is told to people

    def shown(self, index: int, value: str) -> str:
        """A value as a person reads it: a reference by its code."""
        return self.seen.called(index, value)

    async def called(self, index: int, value: str) -> str:
        """The same, where a person has to act: a reference by what people call it, also where its code is an id."""
        return await called(self.flow, self.seen, self.flow.map.lines[index], value)

    def journal(
        self, operation: str, what: str, lines: list[dict[str, Any]], made: Mapping[Side, str] | None = None
    ) -> Write:
        """made: the version that each write made."""
        versions = {side: (self.seen.of(side).version, version) for side, version in (made or {}).items()}
        return self.flow.journal(self.coupling.dataverse, operation, what, lines, versions=versions)

    def journal_line(self, write: LineWrite) -> dict[str, Any]:
        return {
            "line": self.flow.map.lines[write.index].name,
            "side": write.side,
            "old": self.shown(write.index, write.old),
            "new": self.shown(write.index, write.new),
            "reason": write.reason,
        }
