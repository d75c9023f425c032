"""Conflicts, as people deal with them: listed, decided, and undone by writing the losing value back.

A row says which value lost (*overruled*) or that nobody has won yet (*undecided*). A decision holds only for the two
values that were shown: an edit made meanwhile is a new conflict.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from shared.engine._flow import Flow, Wake
from shared.engine.record._encode import body_of, constant_body, same_code
from shared.engine.record._long_dead import at_rest
from shared.engine.record._observe import add_codes, company_of
from shared.engine.record._troubles import place
from shared.engine.record._visit import visit
from shared.errors import Exists, Gone, LedgerMoved, NotFound, Refused, Rejected, Stale
from shared.ledger import CONFLICT, ConflictRow, Coupling, FlowLedger, Write, dataverse_end, read_conflict, read_journal
from shared.mapping import (
    ABSENT,
    DATAVERSE,
    ERP,
    NEVER,
    SIDES,
    Constant,
    Line,
    Pair,
    Row,
    Side,
    Unresolved,
    other,
    prints,
    reader,
)
from shared.reconcile import may_be_made_of
from shared.systems import Observation

LOOKS: Final = 4
_ROW_ID: Final = re.compile(r"[0-9a-f-]{36}")
_DECISIONS: Final = ("conflict accepted", "conflict decided", "losing value restored")


async def conflict_rows(ledger: FlowLedger) -> AsyncIterator[ConflictRow]:
    """Every conflict of a flow as it is kept, by its key."""
    async for stored in ledger.conflicts():
        yield read_conflict(stored)


async def shown_conflict(ledger: FlowLedger, row: ConflictRow) -> dict[str, Any]:
    """A conflict as a person reads it, with both values and both identities."""
    return _shown(ledger.flow, row, await ledger.coupling(dataverse_end(row.dataverse)))


def _shown(name: str, row: ConflictRow, coupling: Coupling | None) -> dict[str, Any]:
    """A row as a person reads it. provisional: the winner is just being written, and may yet not be."""
    values = {row.loser: row.shown[0], other(row.loser): row.shown[1]}
    intent = coupling.intent if coupling else None
    return {
        "id": row.key,
        "flow": name,
        "record": {"erp": list(coupling.erp or ()) if coupling else [], "dataverse": row.dataverse},
        "line": row.line,
        "cause": cause_of(row),
        "values": values,
        "winner": None if row.open else other(row.loser),
        "unsure": row.unsure,
        "provisional": intent is not None and intent.operation == row.operation and not row.open,
        "at": row.at,
    }


CONFLICTS: Final = ("undecided", "overruled")
"""What stands before the colon in the cause of a conflict: nobody has won yet, or a value has lost."""


def cause_of(row: ConflictRow) -> str:
    """What rows are grouped by."""
    return f"{CONFLICTS[0] if row.open else CONFLICTS[1]}:{row.line}"


async def accept(flow: Flow, key: str, winner: Side | None = None) -> None:
    """Closes a conflict. An overruled value is given up; an undecided pair needs the side that wins, and it flows.

    Raises NotFound, Busy while the record is being written, Refused if a winner is needed, or another one has won, or
    the two do not hold what was shown any more.
    """
    row = await _row(flow, key)
    coupling = await _quiet(flow, row)
    if not row.open and winner == row.loser:
        raise Refused(f"{row.line}: {place(other(winner))} has won there already; restore what lost, if it is to stand")
    if not row.open:
        entry = _entry(flow, row, "conflict accepted", row.shown)
        await flow.ledger.commit([Write("delete", row.key, etag=row.etag), entry])
        return
    if winner is None:
        raise Refused(f"{row.line}: nobody has won yet; name the side that wins, erp or dataverse")
    _line(flow, row)
    _alive(flow, coupling)
    row = await _as_shown(flow, row)
    line, coupling = _line(flow, row), _alive(flow, await _quiet(flow, row))
    hint = await flow.ledger.store_hint(DATAVERSE, (row.dataverse,), "decision")
    lost = replace(row, open=False, operation=flow.token(), **_lost(row, other(winner)))
    base = _decided(line, row, winner)
    decided = replace(coupling, agreed=coupling.agreed.changed(flow.map, {line.definition: base}), digests={})
    await flow.ledger.commit([
        decided.replace(),
        Write("delete", row.key, etag=row.etag),
        lost.insert(),
        _entry(flow, lost, f"conflict decided: {winner} wins", lost.shown),
    ])  # fmt: skip
    await visit(flow, Wake(DATAVERSE, (row.dataverse,), hint))
    if (again := await _open_again(flow, row)) is not None:
        await flow.ledger.commit([Write("delete", lost.key, etag="*")])  # nothing was overwritten
        raise Refused(_moved_on(again))


async def _as_shown(flow: Flow, row: ConflictRow) -> ConflictRow:
    """An undecided row after a look at both records. Raises Refused if they have moved on: what was shown is over."""
    hint = await flow.ledger.store_hint(DATAVERSE, (row.dataverse,), "decision")
    await visit(flow, Wake(DATAVERSE, (row.dataverse,), hint))
    now = await _open_again(flow, row)
    if now is None:
        raise Refused(f"{row.line}: the conflict is over, for the record has changed since: there is nothing to decide")
    if now.shown != row.shown:
        raise Refused(_moved_on(now))
    return now


async def _open_again(flow: Flow, row: ConflictRow) -> ConflictRow | None:
    """What is undecided about the line of a row by now."""
    found = [read_conflict(stored) async for stored in flow.ledger.conflicts(row.dataverse)]
    return next((each for each in found if each.open and each.line == row.line), None)


def _moved_on(row: ConflictRow) -> str:
    values = {row.loser: row.shown[0], other(row.loser): row.shown[1]}
    now = " and ".join(f"{place(side)} {values[side]!r}" for side in SIDES)
    return f"{row.line}: edited since it was listed, and open again: {now}. Look at both, and decide again"


async def restore(flow: Flow, key: str) -> None:
    """Writes a losing value back where it stood, as an edit: from there it flows like any other.

    Raises NotFound, Busy, or Refused if the value cannot stand there any more, or the winner was edited there since,
    or typed there anew and has not reached the other side yet.
    """
    row = await _row(flow, key)
    if row.open:
        raise Refused(f"{row.line}: nobody has lost yet; decide which side wins")
    if row.cut:
        raise Refused(f"{row.line}: what lost is not kept, or was too long to be kept whole: set it by hand")
    coupling = _alive(flow, await _quiet(flow, row))
    target = _place(flow, row, coupling)
    hint = await flow.ledger.store_hint(DATAVERSE, (row.dataverse,), "restore")
    entry = await _write_back(flow, coupling, target, row)
    told = replace(entry, cells={**entry.cells, "what": "losing value restored"})
    with contextlib.suppress(LedgerMoved):  # somebody else restored it at the same moment, to the same value
        await flow.ledger.commit([Write("delete", row.key, etag="*"), told])
    await visit(flow, Wake(DATAVERSE, (row.dataverse,), hint))


async def _row(flow: Flow, key: str) -> ConflictRow:
    stored = await flow.ledger.commits.get(flow.ledger.flow, key) if key.startswith(CONFLICT) else None
    if stored is None:
        raise NotFound(f"{flow.map.name} has no conflict {key!r}{await decided_before(flow.ledger, key)}")
    return read_conflict(stored)


async def decided_before(ledger: FlowLedger, key: str) -> str:
    """Who decided last about the record of a conflict that is not there, for a message; empty if nobody did."""
    row_id = key.removeprefix(CONFLICT).partition("~")[0]
    if not _ROW_ID.fullmatch(row_id):
        return ""
    async for row in ledger.journal(row_id):
        entry = read_journal(row)
        if entry["what"].startswith(_DECISIONS) and entry["lines"]:
            line, by = entry["lines"][0]["line"], f" by {entry['by']}" if entry["by"] else ""
            return f"; the last word about its record: {entry['what']} about {line}{by}, {entry['at']}"
    return ""


async def _quiet(flow: Flow, row: ConflictRow) -> Coupling | None:
    """The record's coupling. Raises Busy if somebody is at work on it: the row may yet be taken back."""
    coupling = await flow.ledger.coupling(dataverse_end(row.dataverse))
    return await at_rest(flow, coupling) if coupling is not None else None


def _alive(flow: Flow, coupling: Coupling | None) -> Coupling:
    """A coupling that may be written. Raises Refused for one that is dormant, ended, forgotten, or of a company that is
    not synchronised.
    """
    if coupling is None or coupling.state != "coupled":
        if coupling is None:
            raise Refused("the record is not coupled any more: couple the two again first, or set the value by hand")
        raise Refused(f"the record is {coupling.state}: nothing is written to it")
    if not flow.syncs(company := flow.company_in(coupling)):
        raise Refused(f"the record is of {company}, which is not synchronised: nothing is written to it")
    return coupling


def _line(flow: Flow, row: ConflictRow) -> Line:
    line = flow.map.line(bytes.fromhex(row.definition), row.line)
    if line is None:
        raise Refused(f"the map has no line {row.line!r} any more")
    return line


def _lost(row: ConflictRow, loser: Side) -> dict[str, Any]:
    """Both values of an undecided row, told with the loser first."""
    if loser == row.loser:
        return {}
    return {"loser": loser, "value": row.winner, "winner": row.value, "shown": (row.shown[1], row.shown[0])}


def _decided(line: Line, row: ConflictRow, winner: Side) -> Pair:
    """A base by which the winner has changed and the loser has not, as long as it holds what was shown."""
    erp, dataverse = (row.winner, row.value) if row.loser == DATAVERSE else (row.value, row.winner)
    pair = prints(line, erp, dataverse)
    return (NEVER, pair[1]) if winner == ERP else (pair[0], NEVER)


def _must_flow(line: Line, side: Side) -> None:
    if not line.flows_from(side):
        raise Refused(f"{line.name} flows one way only: correct the value in its source")
    if line.key or (line.fixed and side == ERP):
        raise Refused(f"{line.name} is part of the record's key, and cannot be written to a record that exists")


class _Place(Protocol):
    """Where a losing value stood: a line of the map, or a field that a constant was written to."""

    @property
    def name(self) -> str: ...
    def present(self, row: Row) -> str: ...
    def told(self, present: str) -> str: ...
    def is_back(self, present: str) -> bool: ...
    def is_the_winner(self, present: str) -> bool: ...
    def is_on_its_way(self, present: str) -> bool: ...
    async def newer(self, present: str, company: str) -> str: ...
    async def body(self, company: str) -> dict[str, str]: ...


def _place(flow: Flow, row: ConflictRow, coupling: Coupling) -> _Place:
    """Raises Refused if the value cannot stand there any more."""
    constant = flow.map.constant(bytes.fromhex(row.definition))
    if constant is not None and constant.enforced:
        remedy = "take `enforced` off the line in the map, then restore"
        raise Refused(f"{row.line} is enforced, and would replace the value again: {remedy}")
    if constant is not None:
        return _OfAConstant(flow, constant, row)
    line = _line(flow, row)
    _must_flow(line, row.loser)
    return _OfALine(flow, line, row, coupling)


@dataclass(frozen=True, slots=True)
class _OfALine:
    flow: Flow
    line: Line
    row: ConflictRow
    coupling: Coupling

    @property
    def name(self) -> str:
        return self.line.name

    def present(self, row: Row) -> str:
        return self.flow.map.side(self.row.loser).held(row)[self.line.index]

    def told(self, present: str) -> str:
        return _told(self.line, self.row, present)

    def is_back(self, present: str) -> bool:
        return _is_back(self.line, self.row, present)

    def is_the_winner(self, present: str) -> bool:
        return _is_the_winner(self.line, self.row, present, self.coupling)

    def is_on_its_way(self, present: str) -> bool:
        base, is_code = self.coupling.agreed.base(self.line), self.line.lookup is not None and self.row.loser == ERP
        held = self.line.print(self.row.winner if is_code else present)
        return base is not None and base[SIDES.index(self.row.loser)] != held

    async def newer(self, present: str, company: str) -> str:
        return await _newer(self.flow, self.line, self.row, present, company)

    async def body(self, company: str) -> dict[str, str]:
        codes = await _codes(self.flow, self.line, self.row, company)
        if self.row.loser == DATAVERSE:
            await self.flow.links.locate(self.line, self.row.value)
        return body_of(self.flow, self.row.loser, [(self.line, self.row.value)], codes)


@dataclass(frozen=True, slots=True)
class _OfAConstant:
    flow: Flow
    constant: Constant
    row: ConflictRow

    @property
    def name(self) -> str:
        return self.constant.line

    def present(self, row: Row) -> str:
        return reader(self.constant.target)(row.get(self.constant.target.wire_name, ABSENT))

    def told(self, present: str) -> str:
        return present

    def is_back(self, present: str) -> bool:
        return present == self.row.value

    def is_the_winner(self, present: str) -> bool:
        return present == self.row.winner

    def is_on_its_way(self, present: str) -> bool:
        return False  # what the map gives is agreed with nobody

    async def newer(self, present: str, company: str) -> str:
        return f"{self.name}: {place(self.row.loser)} holds {present!r} by now, and not {self.row.winner!r}: look again"

    async def body(self, company: str) -> dict[str, str]:
        return dict(constant_body(self.flow, self.row.loser, {self.constant.target.name: self.row.value}))


async def _write_back(flow: Flow, coupling: Coupling, target: _Place, row: ConflictRow) -> Write:
    """Writes the losing value over the winner's, and over nothing else. Its journal row, to be stored. Raises Refused.

    What is written is announced in the journal before: whoever dies after the write has said why.
    """
    side, part = row.loser, flow.map.side(row.loser)
    identity = coupling.identity(side)
    for _ in range(LOOKS):
        found = await flow.read(side, identity)
        if found is None:
            break
        if isinstance(target, _OfALine) and (why := await _does_not_hold(flow, coupling, target.line, side, found)):
            raise Refused(f"{target.name}: {why}: set it in {place(other(side))}")
        company = await company_of(flow, side, found.row) or ""
        present = target.present(found.row)
        entry = _entry(flow, row, "losing value to be restored", (target.told(present), row.shown[0]))
        if target.is_back(present):
            return entry
        if not target.is_the_winner(present):
            raise Refused(await target.newer(present, company))
        if target.is_on_its_way(present):
            raise Refused(f"{target.name}: what {place(side)} holds was typed there anew, and {_way_out(side)}")
        body = await target.body(company)
        (etag,) = await flow.ledger.commit([entry])
        unsaid = Write("delete", entry.key, etag=etag)
        try:
            answer = await flow.system(side).update(part.entity, identity, body, found.version, part.columns)
        except (Stale, Gone):
            await flow.ledger.commit([unsaid])
            continue
        except (Rejected, Exists) as refusal:
            await flow.ledger.commit([unsaid])
            raise Refused(f"{place(side)} does not take the value back: {refusal}") from refusal
        if target.present(answer.row) == present:
            await flow.ledger.commit([unsaid])
            raise Refused(f"{place(side)} took the write and left {target.name} as it was: set it there by hand")
        return replace(entry, kind="replace", etag=etag)
    raise Refused(f"the record is gone in {place(side)}, or keeps changing: look at it, and try again")


async def _does_not_hold(flow: Flow, coupling: Coupling, line: Line, side: Side, found: Observation) -> str:
    """Why a value that is restored on a side would not stay there; empty if it would."""
    rows, continued = {side: found.row}, flow.map.continued
    if (
        continued
        and continued.side != side
        and (telling := await flow.read(continued.side, coupling.identity(continued.side)))
    ):
        rows[continued.side] = telling.row
    holding = flow.map.at(rows)
    if line.phase not in {"", holding.phase}:
        return "another map holds for the record by now, and would give it the other value again"
    if not holding.side(side).rules(found.row):
        return f"{place(side)} only receives as the record stands, and would be given the other value again"
    return ""


def _way_out(side: Side) -> str:
    there = place(other(side))
    return f"has not reached {there} yet: restore once it has, or see what became of the record in {there}"


def _told(line: Line, row: ConflictRow, present: str) -> str:
    """What a restored value is written over, as a person reads it."""
    return row.shown[1] if line.lookup is not None else present


def _is_back(line: Line, row: ConflictRow, present: str) -> bool:
    """True if the losing value stands where it stood: nothing has to be written."""
    if line.lookup is not None and row.loser == ERP:
        return same_code(present, row.shown[0])
    return line.comparable(present) == line.comparable(row.value)


def _is_the_winner(line: Line, row: ConflictRow, present: str, coupling: Coupling) -> bool:
    """True if nobody has edited the losing side since the winner was written there: it holds what was made of it."""
    if line.lookup is not None and row.loser == ERP:
        return same_code(present, row.shown[1])
    pair = (present, row.winner) if row.loser == ERP else (row.winner, present)
    agreed = coupling.agreed.base(line)
    flowed_back = prints(line, present, present) == agreed and may_be_made_of(row.winner, present)
    return line.same(*pair) or prints(line, *pair) == agreed or flowed_back


async def _newer(flow: Flow, line: Line, row: ConflictRow, present: str, company: str) -> str:
    """Why a losing value is not written back: both values as a person reads them."""
    shown = present
    if line.lookup is not None and row.loser == DATAVERSE and present:
        shown = await flow.links.backward(line, company, present) or present
    return f"{line.name}: {place(row.loser)} holds {shown!r} by now, and not {row.shown[1]!r}: look again"


async def _codes(flow: Flow, line: Line, row: ConflictRow, company: str) -> dict[tuple[int, str], str | None]:
    """The ERP's code of a losing reference. Raises Refused if it names nothing there any more."""
    codes: dict[tuple[int, str], str | None] = {}
    if line.lookup is None or row.loser != ERP or not row.value:
        return codes
    if (unresolved := Unresolved.stored(row.value)) is not None:
        codes[line.index, row.value] = unresolved.code
    else:
        values = [""] * len(flow.map.lines)
        values[line.index] = row.value
        await add_codes(flow, codes, values, company, [line.index])
    code = codes[line.index, row.value]
    if code is None or not await flow.links.is_named(line, company, code):
        raise Refused(f"{line.name}: {code or row.shown[0]!r} is not in the ERP any more, and cannot stand there again")
    return codes


def _entry(flow: Flow, row: ConflictRow, what: str, change: tuple[str, str]) -> Write:
    """change: what stood on the losing side, and what is to stand there."""
    line = {"line": row.line, "side": row.loser, "old": change[0], "new": change[1], "reason": what}
    return flow.journal(row.dataverse, flow.token(), what, [line])
