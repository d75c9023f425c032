"""Recover: an intent whose owner is gone or whose request got no answer, settled by the recovery table of the protocol.

Taking over begins with a conditional write of a new attempt and expiry. Then each unresolved side is looked at, and
what is found there decides; nothing is assumed about what the lost request did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import cast

from shared.engine._flow import Flow
from shared.engine.record._encode import body_of, constant_body
from shared.engine.record._landing import left_behind
from shared.engine.record._observe import add_codes, company_of, resolved
from shared.engine.record._troubles import changes, standing
from shared.engine.record._undone import answered_by
from shared.errors import Exists, Gone, Rejected, Stale
from shared.ledger import Coupling, IntendedLine, IntendedWrite, Intent, Write, open_conflict_key, read_conflict
from shared.mapping import (
    ABSENT,
    ERP,
    Constant,
    Line,
    Mark,
    Pair,
    Row,
    Side,
    Unresolved,
    Values,
    ordered,
    other,
    prints,
    reader,
    shown,
)
from shared.reconcile import Given, LineWrite, Reason, Why, holds_sent, recovered, stays_old
from shared.systems import Observation

LOOKS = 4


@dataclass(slots=True)
class Rulings:
    """What recovery decides. bases: lines certainly written. marks: lines whose base is dropped, and who wins then.

    arrived: of the latter, what both sides held where the write stands.

    versions: of the sides that were written, from which to which, if that was heard. written, given: what has been
    written, for all that can be told.
    unsure, drop: conflict rows (by line definition) that stand, as unsure, or are taken back.
    references: definitions of the lines whose values may be marked as a code without a partner.
    """

    references: Collection[str] = ()
    bases: dict[bytes, Pair] = field(default_factory=dict)
    marks: dict[bytes, Mark] = field(default_factory=dict)
    arrived: dict[bytes, Pair] = field(default_factory=dict)
    unsure: set[bytes] = field(default_factory=set)
    drop: set[bytes] = field(default_factory=set)
    journal: list[dict[str, str]] = field(default_factory=list)
    versions: dict[Side, tuple[str, str]] = field(default_factory=dict)
    written: list[LineWrite] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)

    def tell(self, intended: IntendedWrite, each: IntendedLine, reason: str) -> None:
        """One line of a write whose answer is lost, for the journal: it was carried out, or may have been."""
        read = Unresolved.told if each.definition in self.references else str
        old, new = read(each.old), read(each.new)
        self.journal.append({"line": each.name, "side": intended.side, "old": old, "new": new, "reason": reason})

    def note_version(self, intended: IntendedWrite) -> None:
        """Of a write that came through unheard the version is known that it was for, and not the one that it made."""
        if intended.side in {*(each.side for each in self.written), *(each.side for each in self.given)}:
            self.versions[intended.side] = (intended.version, "")

    def tell_all(self, intended: IntendedWrite, reason: str) -> None:
        """The same of all its lines."""
        for each in (*intended.lines, *intended.given):
            self.tell(intended, each, reason)


async def take_over(flow: Flow, coupling: Coupling) -> Coupling:
    """Makes an abandoned intent ours: a new attempt and expiry, before all else. Raises LedgerMoved if too late.

    A create that was sent under it may still land, and is remembered beyond the intent.
    """
    assert coupling.intent is not None
    intent = coupling.intent.model_copy(update={"attempt": flow.attempt(), "expires": flow.expiry()})
    mine = replace(coupling, intent=intent, late=left_behind(flow, coupling, coupling.intent))
    etags = await flow.ledger.commit([mine.replace()])
    return mine.with_etag(etags[0])


async def recover_update(flow: Flow, coupling: Coupling, *, again: bool = True, by_hand: bool = False) -> None:
    """Settles an update whose fate is unknown. The caller looks at the record afresh afterwards, its hint kept.

    again: what was not carried out is sent again. Without that its request must have been dead for long. by_hand: a
    person had it tried.
    """
    mine = await take_over(flow, coupling)
    assert mine.intent is not None
    rulings = Rulings({line.definition.hex() for line in flow.map.lookups})
    for intended in mine.intent.writes:
        await _rule(flow, mine, intended, rulings, again=again)
    for definition, (erp, dataverse) in mine.intent.agree.items():
        rulings.bases[bytes.fromhex(definition)] = (bytes.fromhex(erp), bytes.fromhex(dataverse))
    known = answered_by(flow, mine, rulings.written, rulings.given, by_hand=by_hand)
    await _settle(flow, known, mine.intent, rulings)


async def _rule(flow: Flow, coupling: Coupling, intended: IntendedWrite, rulings: Rulings, *, again: bool) -> None:
    """The recovery table for one side."""
    for _ in range(LOOKS):
        found = await flow.read(intended.side, coupling.identity(intended.side))
        if found is None:
            return _rule_gone(intended, rulings)
        company = await company_of(flow, intended.side, found.row) or ""
        if found.version != intended.version:
            _rule_given(flow, intended, found.row, rulings)
            values = await _values(flow, intended.side, found, company)
            _rule_moved(flow, intended, values, rulings)
            return rulings.note_version(intended)
        if not again:
            rulings.drop |= {bytes.fromhex(each.definition) for each in (*intended.lines, *intended.given)}
            return None
        try:
            answer = await _redo(flow, coupling, intended, company)
        except Stale:
            continue
        except Gone:
            continue
        except (Rejected, Exists):
            # the first request may still be under way, and be taken when its time comes
            rulings.unsure |= {bytes.fromhex(line.definition) for line in (*intended.lines, *intended.given)}
            return rulings.tell_all(intended, "recovered: refused now, but an earlier request may still come")
        _rule_given(flow, intended, answer.row, rulings)
        values = await _values(flow, intended.side, answer, company)
        rulings.versions[intended.side] = (intended.version, answer.version)
        return _rule_done(flow, intended, values, rulings)
    raise Stale(f"{coupling.key} keeps changing while its intent is recovered")


async def _redo(flow: Flow, coupling: Coupling, intended: IntendedWrite, company: str) -> Observation:
    """The same PATCH again, from the intent's values, at the intent's version.

    Without lines that the map has defined anew: what they make of the source's value by now is the next plan's.
    """
    pairs = [(line, each.new) for each in intended.lines if (line := _line_as_meant(flow, each))]
    codes: dict[tuple[int, str], str | None] = {}
    if intended.side == ERP:
        values = [""] * len(flow.map.lines)
        for line, value in pairs:
            values[line.index] = value
        await add_codes(flow, codes, values, company, [line.index for line, value in pairs if line.lookup and value])
    else:
        await asyncio.gather(*(flow.links.locate(line, value) for line, value in pairs))
    body = body_of(flow, intended.side, pairs, codes)
    constants = {each.target.name: line.new for line in intended.given if (each := _constant(flow, line))}
    body.update(constant_body(flow, intended.side, {**intended.constants, **constants}))
    part = flow.map.side(intended.side)
    identity = coupling.identity(intended.side)
    return await flow.system(intended.side).update(part.entity, identity, body, intended.version, part.columns)


def _rule_done(flow: Flow, intended: IntendedWrite, values: Values, rulings: Rulings) -> None:
    for each in intended.lines:
        line = _line_as_meant(flow, each)
        if line is None:
            continue
        stored = values[line.index]
        if stays_old(line, intended.side, each, stored):
            rulings.drop.add(line.definition)
            continue
        pair = ordered(intended.side, stored, each.source)
        if not _same(line, intended.side, each, stored):
            pair = ordered(intended.side, each.new, each.source)
        rulings.bases[line.definition] = prints(line, *pair)
        rulings.written.append(_as_planned(line, intended.side, each))
        rulings.tell(intended, each, "recovered")


def _rule_given(flow: Flow, intended: IntendedWrite, row: Row, rulings: Rulings) -> None:
    """What the map itself gave: told by what stands there. Nothing is agreed about it, and the next look gives it anew.

    The row of a value that it replaced goes if that value stands where it stood.
    """
    for each in intended.given:
        constant = _constant(flow, each)
        stored = reader(constant.target)(row.get(constant.target.wire_name, ABSENT)) if constant else ABSENT
        if constant and stored == each.new:
            why: Why = "enforced" if constant.enforced else "blank"
            rulings.given.append(Given(constant, intended.side, each.old, each.new, why))
            rulings.tell(intended, each, "recovered: constant")
        elif shown(stored) == each.old:
            rulings.drop.add(bytes.fromhex(each.definition))
            rulings.tell(intended, each, "recovered: what stood there before stands there")
        else:
            rulings.unsure.add(bytes.fromhex(each.definition))
            rulings.tell(intended, each, "recovered: something else stands there")


def _rule_moved(flow: Flow, intended: IntendedWrite, values: Values, rulings: Rulings) -> None:
    """The target has another version: our write may have come through, or somebody else's."""
    source: Mark = other(intended.side)
    for each in intended.lines:
        key, line = bytes.fromhex(each.definition), flow.map.line(bytes.fromhex(each.definition), each.name)
        if line is None:
            continue
        value = values[line.index]
        if _same(line, intended.side, each, value):
            rulings.marks[key] = source
            rulings.arrived[key] = prints(line, *ordered(intended.side, value, each.source))
            rulings.written.append(_as_planned(line, intended.side, each))
            rulings.tell(intended, each, "recovered: it stands there")
        elif line.comparable(shown(value)) == line.comparable(each.old):
            rulings.marks[key] = source
            rulings.drop.add(key)
            rulings.tell(intended, each, "recovered: what stood there before stands there")
        else:
            rulings.marks[key] = "policy"
            rulings.tell(intended, each, "recovered: something else stands there")


def _rule_gone(intended: IntendedWrite, rulings: Rulings) -> None:
    rulings.tell_all(intended, "recovered: the record is gone")
    for each in intended.lines:
        rulings.marks[bytes.fromhex(each.definition)] = other(intended.side)
    rulings.drop |= {bytes.fromhex(each.definition) for each in intended.given}


async def _settle(flow: Flow, mine: Coupling, intent: Intent, rulings: Rulings) -> None:
    agreed = recovered(flow.map, mine.agreed, rulings.marks, rulings.bases, rulings.arrived)
    left = {key: mine.agreed.bases[key] for key in rulings.bases if key in mine.agreed.bases}
    moved = mine.moved_on(left, flow.clock(), flow.options.lately) if rulings.bases else mine
    settled = replace(moved, agreed=agreed, intent=None, digests={})
    writes = [settled.replace(), *await _stale_rows(flow, mine)]
    for key in intent.conflicts:
        definition = bytes.fromhex(key.split("~")[2])
        undecided = key == open_conflict_key(mine.dataverse, definition)
        if definition in rulings.drop or (undecided and definition not in agreed.parked):
            writes += await _taken_back(flow, key)
        elif definition in rulings.unsure or definition in rulings.marks:
            writes += await _made_unsure(flow, key)
    if rulings.journal:
        told, versions = rulings.journal, rulings.versions
        writes.append(flow.journal(mine.dataverse, intent.operation, "recovered", told, versions=versions))
    await flow.ledger.commit(writes)


async def _stale_rows(flow: Flow, mine: Coupling) -> list[Write]:
    """What was said of either record before it was coupled goes: the owner that died may not have come that far."""
    assert mine.index_key is not None
    found = await standing(flow, [mine.key, mine.index_key])
    return changes([], {key: row for key, row in found.items() if row.end != mine.key or key[0] not in mine.troubles})


async def _taken_back(flow: Flow, key: str) -> list[Write]:
    """The conflict row goes: the next round stores it again if there still is a conflict."""
    stored = await flow.ledger.commits.get(flow.ledger.flow, key)
    return [Write("delete", key, etag=stored.etag)] if stored else []


async def _made_unsure(flow: Flow, key: str) -> list[Write]:
    """The conflict row stands, but nobody can tell whether its loser is still somewhere."""
    stored = await flow.ledger.commits.get(flow.ledger.flow, key)
    if stored is None:
        return []
    row = read_conflict(stored)
    return [Write("replace", key, replace(row, unsure=True).cells(), row.etag)]


async def _values(flow: Flow, side: Side, found: Observation, company: str) -> Values:
    values = flow.map.side(side).held(found.row)
    return await resolved(flow, values, company) if side == ERP else values


def _line_as_meant(flow: Flow, each: IntendedLine) -> Line | None:
    """The line of the map, unless the map has defined it anew meanwhile."""
    index = flow.map.by_definition.get(bytes.fromhex(each.definition))
    return None if index is None else flow.map.lines[index]


def _as_planned(line: Line, side: Side, each: IntendedLine) -> LineWrite:
    """A line of an intent as it stood in the plan; of a very long old value only what is shown."""
    return LineWrite(line.index, side, each.old, each.new, each.source, cast(Reason, each.reason))


def _constant(flow: Flow, each: IntendedLine) -> Constant | None:
    return flow.map.constant(bytes.fromhex(each.definition))


def _same(line: Line, side: Side, sent: IntendedLine, value: str) -> bool:
    """True if a side holds what it was sent, or what it has room for of that."""
    return holds_sent(line, side, sent, value) or line.holds_less(side, sent.new, value)
