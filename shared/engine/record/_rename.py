"""Renames: an ERP record that goes on under another key, noticed from its old end or from its new one.

The ERP tells neither: one key is gone, another is there. What both carry is the second identity, such as the party; a
code, which has none, holds the same as before, or is named by those that named it before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.engine._flow import Flow
from shared.engine.record._match import Source
from shared.engine.record._moved import moved_from, moved_to
from shared.errors import Busy
from shared.ledger import Coupling, dataverse_end, erp_end
from shared.mapping import ABSENT, BLANK, ERP, Field, Line, Unresolved, Values, fingerprint, reader
from shared.systems import Condition, Observation, exactly


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a record is called by now.

    identity: empty if nothing can tell, because the second identity never came. claim: abandoned by somebody who took
    it for a new record. doubt: why only a person can tell that it is this key.
    """

    identity: tuple[str, ...]
    claim: Coupling | None = None
    doubt: str = ""


async def goes_on_as(flow: Flow, coupling: Coupling, left: Observation) -> NewKey | None:
    """The key that a coupled record, gone in the ERP, has by now: another one with the same second identity, or, for a
    code, with the same content, or to which everybody has moved who named it.

    The one without a coupling; in doubt if there are several, or, but for a code, none. Raises Busy while somebody is
    just coupling such a record: it is not known yet what it is.
    """
    line, company = second_line(flow), flow.map.company
    if coupling.erp is None:
        return None
    if line is None:
        return await _same_content(flow, coupling, left) or await _named_by_the_same(flow, coupling)
    value: str | None = reader(line.dataverse)(left.row.get(line.dataverse.wire_name, ABSENT))
    if value is ABSENT:
        return None
    if value and line.lookup is not None:
        value = await flow.links.backward(line, flow.company_in(coupling), value)
    if not value:
        return NewKey(())
    conditions: list[tuple[Field, str]] = [(line.erp, value)]
    if company is not None:
        conditions.insert(0, (company.erp, flow.company_in(coupling)))
    found = await flow.erp.find(flow.map.erp.entity, conditions, flow.map.erp.columns)
    free, taken = await _by_partner(flow, coupling, found)
    return _one_of(free) or next(iter(taken), None)


async def _same_content(flow: Flow, coupling: Coupling, left: Observation) -> NewKey | None:
    """The new key of a code: that of a record without a partner which holds what the old one was agreed to hold."""
    company, values = flow.map.company, flow.map.dataverse.read(left.row)
    conditions: list[Condition] = []
    for line in _telling(flow):
        base, value = coupling.agreed.base(line), values[line.index]
        if base and base[0] == base[1] == fingerprint(line.comparable(value)) and value not in {ABSENT, BLANK}:
            conditions.append((line.erp, value))
    if not conditions:
        return None
    if company is not None:
        conditions.insert(0, (company.erp, flow.company_in(coupling)))
    found = exactly(await flow.erp.find(flow.map.erp.entity, conditions, flow.map.erp.columns), conditions)
    same = [each for each in found if _holds_the_same(flow, coupling, flow.map.erp.read(each.row))]
    free, _ = await _by_partner(flow, coupling, same)
    return _one_of(free)


async def _named_by_the_same(flow: Flow, coupling: Coupling) -> NewKey | None:
    """The new key of a code: that of a record without a partner to which everybody has moved who named the old one."""
    moved = await moved_to(flow, coupling) if _is_code(flow) else None
    if moved is None or erp_end(moved) == coupling.index_key:
        return None
    there = await flow.read(ERP, moved)
    free, _ = await _by_partner(flow, coupling, [there] if there else [])
    return _one_of(free)


def _is_code(flow: Flow) -> bool:
    """True for records with a key of their own that may change, and of which nothing else tells who they are."""
    return not any(line.lookup for line in flow.map.lines if line.erp.name in flow.map.identity)


def _telling(flow: Flow) -> list[Line]:
    """The texts by which a code is known under another key."""
    texts = [line for line in flow.map.lines if line.erp.type == line.dataverse.type == "text"]
    return [line for line in texts if line.update and line.source is None] if _is_code(flow) else []


def _holds_the_same(flow: Flow, coupling: Coupling, values: Values) -> bool:
    """True if a record of the ERP holds what a pair agreed on, but for its key and what it refers to."""
    for line in flow.map.lines:
        base, value = coupling.agreed.base(line), values[line.index]
        if line.key or line.lookup is not None or base is None or value is ABSENT or not line.update:
            continue
        if base[0] != fingerprint(line.comparable(value)):
            return False
    return True


async def _by_partner(
    flow: Flow, coupling: Coupling, found: Sequence[Observation]
) -> tuple[list[NewKey], list[NewKey]]:
    """Those of these records that have no partner, and those that have or had one."""
    free: list[NewKey] = []
    taken: list[NewKey] = []
    for identity in (flow.map.erp_identity(row.row) for row in found):
        other = await flow.ledger.coupling(erp_end(identity))
        if other is not None and _is_at_work(flow, other):
            old = " ".join(coupling.erp or ())
            raise Busy(f"{' '.join(identity)} is being coupled, and may be {old} under a new key")
        if other is None or other.state == "claimed":
            free.append(NewKey(identity, other))
        else:
            taken.append(NewKey(identity, doubt="which another row has or had"))
    return free, taken


def _one_of(free: Sequence[NewKey]) -> NewKey | None:
    if len(free) > 1:
        names = " or ".join(" ".join(each.identity) for each in free[1:])
        return NewKey(free[0].identity, doubt=f"or to {names}")
    return next(iter(free), None)


def _is_at_work(flow: Flow, other: Coupling) -> bool:
    """Somebody may be coupling the record, or have a request under way that creates it."""
    if other.intent is None:
        return False
    return not flow.is_long_dead(other.intent) if other.state == "claimed" else other.intent.expires > flow.now()


async def went_by(flow: Flow, source: Source) -> Coupling | None:
    """The coupling that an uncoupled ERP record had under its old key: same second identity, and that key is gone, or
    belongs to a record with another one by now.
    """
    line, company = second_line(flow), flow.map.company
    if source.side != ERP or flow.nothing_coupled:
        return None
    if line is None:
        return await _held_the_same(flow, source) or (
            await moved_from(flow, source.identity) if _is_code(flow) else None
        )
    value = source.values[line.index]
    if not value or value is ABSENT or isinstance(value, Unresolved):
        return None
    conditions: list[Condition] = [(line.dataverse, value)]
    if company is not None:
        conditions.insert(0, (company.dataverse, source.company_id))
    part = flow.map.dataverse
    for row in exactly(await flow.dataverse.find(part.entity, conditions, part.columns), conditions):
        coupling = await flow.ledger.coupling(dataverse_end(flow.map.dataverse_identity(row.row)))
        if (
            coupling is None
            or coupling.state == "deleted"
            or coupling.erp is None
            or erp_end(coupling.erp) == erp_end(source.identity)
        ):
            continue
        there = await flow.read(ERP, coupling.erp)
        if there is None or _says_otherwise(line, source, there):
            return coupling
    return None


async def _held_the_same(flow: Flow, source: Source) -> Coupling | None:
    """The coupling of a code that is gone in the ERP, and held what an uncoupled one holds."""
    company, part = flow.map.company, flow.map.dataverse
    sent = {write.index: write.new for write in source.plan.writes}
    conditions: list[Condition] = [(line.dataverse, sent[line.index]) for line in _telling(flow)
                                   if sent.get(line.index)]  # fmt: skip
    if not conditions:
        return None
    if company is not None:
        conditions.insert(0, (company.dataverse, source.company_id))
    for row in exactly(await flow.dataverse.find(part.entity, conditions, part.columns), conditions):
        coupling = await flow.ledger.coupling(dataverse_end(flow.map.dataverse_identity(row.row)))
        if coupling is None or coupling.ended or coupling.erp is None or coupling.state == "claimed":
            continue
        if _holds_the_same(flow, coupling, source.values) and await flow.read(ERP, coupling.erp) is None:
            return coupling
    return None


def _says_otherwise(line: Line, source: Source, there: Observation) -> bool:
    """True if two ERP records do not have the same second identity."""
    mine, theirs = (reader(line.erp)(each.row.get(line.erp.name, ABSENT)) for each in (source.observation, there))
    return ABSENT not in (mine, theirs) and line.comparable(mine) != line.comparable(theirs)


def second_line(flow: Flow) -> Line | None:
    """The line of the second identity, if the flow has one."""
    second = flow.map.second
    return next((line for line in flow.map.lines if second and line.erp.name == second.name), None)
