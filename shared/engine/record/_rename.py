"""Renames: an ERP record that goes on under another key, noticed from its old end or from its new one.

The ERP tells neither: one key is gone, another is there. What both carry is the second identity, such as the party;
codes have none, and are known by what they hold and by who names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.engine._flow import Flow
from shared.engine._named import gone_told_as, told_now
from shared.engine.record._codes import (
    held_the_same,
    holding_the_same,
    is_code,
    named_by_the_same,
    was_named_by_the_same,
)
from shared.engine.record._landing import holds_what_was_sent
from shared.engine.record._source import Source
from shared.engine.record._striped import of_company, striped
from shared.errors import Busy
from shared.ledger import Coupling, dataverse_end, erp_end
from shared.mapping import ABSENT, DATAVERSE, ERP, Line, Unresolved, reader
from shared.systems import Condition, Observation, exactly


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a record is called by now.

    identity: empty if nothing can tell, because the second identity never came. claim: abandoned by somebody who took
    it for a new record. doubt: why only a person can tell that it is this key. sure: nothing but the name of another
    record, of which the key is made, has changed.
    """

    identity: tuple[str, ...]
    claim: Coupling | None = None
    doubt: str = ""
    sure: bool = False


async def goes_on_as(flow: Flow, coupling: Coupling, left: Observation) -> NewKey | None:
    """The key that a coupled record, gone in the ERP, has by now: another one with the same second identity, or, for a
    code, with the same content, or that everybody names who named the old one.

    The one without a coupling; in doubt if there are several, or none. Raises Busy while somebody is just coupling such
    a record: it is not known yet what it is.
    """
    if coupling.erp is None:
        return None
    if (respelt := await respelt_key(flow, coupling, left)) is not None:
        return respelt
    if is_code(flow):
        return await _new_code(flow, coupling, left)
    line = flow.map.second_line
    value = await _second_of(flow, line, coupling, left) if line else ABSENT
    if line is None or value is ABSENT:
        return None
    if not value:
        return NewKey(())
    free: list[NewKey] = []
    taken: list[NewKey] = []
    for identity in await _with_the_same(flow, line, coupling, value):
        new = await _free(flow, coupling, identity)
        (free if new else taken).append(new or NewKey(identity, doubt="which another row has or had"))
    if len(free) > 1:
        return await _one_of(flow, free)
    if free and is_shared(flow) and (rival := await _rival(flow, line, coupling, value)):
        return NewKey(free[0].identity, doubt=f"and so may {' '.join(rival.erp or ())}")
    return next(iter(free or ([] if is_shared(flow) else taken)), None)


async def _new_code(flow: Flow, coupling: Coupling, left: Observation) -> NewKey | None:
    """The key that a code has by now: one that has and had no other row."""
    same = await holding_the_same(flow, coupling, left)
    for identities in (same, await named_by_the_same(flow, coupling)):
        if free := [new for each in identities if (new := await _free(flow, coupling, each))]:
            return await _one_of(flow, free)
    return None


async def _one_of(flow: Flow, free: Sequence[NewKey]) -> NewKey:
    """The first of several keys, in doubt if there are more."""
    names = " or ".join([await told_now(flow, ERP, each.identity) for each in free[1:]])
    return replace(free[0], doubt=f"or to {names}") if names else free[0]


async def respelt_key(flow: Flow, coupling: Coupling, left: Observation, *, anybodys: bool = False) -> NewKey | None:
    """The key of a record whose key is made of another record's, spelt as that one is called by now.

    None if the key is as it was, or nobody has it; or if another row has or had it, unless that is for the caller.
    """
    lines = [line for line in flow.map.lookups if line.key]
    key = list(coupling.erp or ())
    for line in lines:
        theirs = reader(line.dataverse)(left.row.get(line.dataverse.wire_name, ABSENT))
        found = theirs and theirs is not ABSENT
        code = await flow.links.backward(line, flow.company_in(coupling), theirs) if found else None
        if not code:
            return None
        key[flow.map.identity.index(line.erp.name)] = code
    if not lines or erp_end(key) == coupling.index_key or (there := await flow.read(ERP, tuple(key))) is None:
        return None
    identity = flow.map.erp_identity(there.row)
    new = NewKey(identity) if anybodys else await _free(flow, coupling, identity)
    return new and replace(new, sure=True)


async def _free(flow: Flow, coupling: Coupling, identity: tuple[str, ...]) -> NewKey | None:
    """A key as the new one of a record, if no other row has or had it. Raises Busy while somebody is coupling it."""
    other = await flow.ledger.coupling(erp_end(identity))
    if other is not None and _is_at_work(flow, other):
        name, new = await gone_told_as(flow, coupling), await told_now(flow, ERP, identity)
        raise Busy(f"{new} is being coupled, and may be {name} under a new key")
    return NewKey(identity, other) if other is None or other.state == "claimed" else None


def is_shared(flow: Flow) -> bool:
    """True if several records may have the same second identity: it is a part of their keys."""
    return flow.map.second is not None and flow.map.second.name in flow.map.identity


async def _second_of(flow: Flow, line: Line, coupling: Coupling, left: Observation) -> str:
    """The second identity of a record that is gone in the ERP; blank if nothing tells it but what somebody typed."""
    if is_shared(flow) and coupling.erp is not None:
        return coupling.erp[flow.map.identity.index(line.erp.name)]
    value = reader(line.dataverse)(left.row.get(line.dataverse.wire_name, ABSENT))
    if value is not ABSENT and not await _is_agreed(flow, line, coupling, left):
        return ""
    if value and value is not ABSENT and line.lookup is not None:
        return await flow.links.backward(line, flow.company_in(coupling), value) or ""
    return value


async def _is_agreed(flow: Flow, line: Line, coupling: Coupling, row: Observation) -> bool:
    """True if the second identity that a row of Dataverse holds is what both sides agreed on, or what a claim has
    created it with: anybody may type the number of somebody else.
    """
    if base := coupling.agreed.base(line):
        value = reader(line.dataverse)(row.row.get(line.dataverse.wire_name, ABSENT))
        return base[1] == line.print(value)
    return coupling.state == "claimed" and await holds_what_was_sent(flow, coupling, DATAVERSE, row)


async def _with_the_same(flow: Flow, line: Line, coupling: Coupling, value: str) -> list[tuple[str, ...]]:
    """The keys of the ERP records of its kind that have the same second identity."""
    part, company = flow.map.erp, flow.map.company
    conditions: list[Condition] = [(line.erp, value)]
    if company is not None:
        conditions.insert(0, (company.erp, flow.company_in(coupling)))
    found = await flow.erp.find(part.entity, conditions, part.columns)
    return [flow.map.erp_identity(row.row) for row in found if not is_shared(flow) or part.scope.includes(row.row)]


async def renamed_unseen(flow: Flow, claim: Coupling, source: Source) -> list[tuple[str, ...]]:
    """Keys of ERP records without a coupling that have the second identity which a create without an answer has sent:
    it may have been carried out, and somebody has given the record another key since.
    """
    line = flow.map.second_line
    if source.target != ERP or line is None or line.lookup is not None or not line.to_erp or is_shared(flow):
        return []
    value = source.values[line.index]
    found = await _with_the_same(flow, line, claim, line.backward(value)) if value and value is not ABSENT else []
    return sorted([each for each in found if await _free(flow, claim, each)])


async def _rival(flow: Flow, line: Line, mine: Coupling, value: str) -> Coupling | None:
    """Another coupled record with the same second identity that is gone in the ERP, too."""
    company = flow.company_in(mine)
    key = await flow.links.forward(line, company, value) if line.lookup else value
    for coupling in await _coupled_with(flow, line, key, company):
        if coupling.key != mine.key and coupling.erp and await flow.read(ERP, coupling.erp) is None:
            return coupling
    return None


def _is_at_work(flow: Flow, other: Coupling) -> bool:
    """Somebody may be coupling the record, or have a request under way that creates it."""
    if other.intent is None:
        return False
    return not flow.is_long_dead(other.intent) if other.state == "claimed" else other.intent.expires > flow.now()


async def went_by(flow: Flow, source: Source) -> Coupling | None:
    """The coupling that an uncoupled ERP record had under its old key: same second identity, and that key is gone, or
    belongs to a record with another one by now.
    """
    line = flow.map.second_line
    if source.side != ERP or flow.nothing_coupled:
        return None
    if is_code(flow):
        return await held_the_same(flow, source) or await was_named_by_the_same(flow, source.identity)
    if line is None:
        return None
    value = source.values[line.index]
    if not value or value is ABSENT or isinstance(value, Unresolved):
        return None
    for coupling in await _coupled_with(flow, line, value, source.company):
        if coupling.erp is None or erp_end(coupling.erp) == erp_end(source.identity):
            continue
        there = await flow.read(ERP, coupling.erp)
        if there is None or _says_otherwise(line, source, there):
            return coupling
    return None


async def _coupled_with(flow: Flow, line: Line, value: str, company: str) -> list[Coupling]:
    """The couplings of all rows of Dataverse of a company that have a second identity, and agreed on it."""
    part, mark = flow.map.dataverse, await flow.links.rows.company_mark(company)
    conditions: list[Condition] = [*striped(flow, company, mark or ""), (line.dataverse, value)]
    rows = exactly(await flow.dataverse.find(part.entity, conditions, part.columns), conditions)
    found: list[Coupling] = []
    for row in await of_company(flow, company, rows):
        coupling = await flow.ledger.coupling(dataverse_end(flow.map.dataverse_identity(row.row)))
        if coupling is not None and coupling.state != "deleted" and await _is_agreed(flow, line, coupling, row):
            found.append(coupling)
    return found


def _says_otherwise(line: Line, source: Source, there: Observation) -> bool:
    """True if two ERP records do not have the same second identity."""
    mine, theirs = (reader(line.erp)(each.row.get(line.erp.name, ABSENT)) for each in (source.observation, there))
    return ABSENT not in (mine, theirs) and line.comparable(mine) != line.comparable(theirs)
