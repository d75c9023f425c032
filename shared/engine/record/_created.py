"""What was created becomes a coupling: it agrees on what was written, and on what the answer shows."""

from __future__ import annotations

from shared.engine._flow import Outcome, Wake
from shared.engine.record._again import over_at
from shared.engine.record._claim import Claim, as_coupled, found_entry
from shared.engine.record._content import as_sent
from shared.engine.record._echo import sent
from shared.engine.record._landing import as_stored, sent_for
from shared.engine.record._observe import answered
from shared.engine.record._troubles import changes, marks_of, shortened, trouble, waiting_items
from shared.engine.record._work import Again, constant_line
from shared.ledger import Write
from shared.mapping import DATAVERSE, ERP, Agreed, Side, Values, ordered
from shared.reconcile import Given, created, found_created, given_to_new
from shared.systems import Observation


async def couple_found(held: Claim, minted: Observation, began: str) -> Outcome:
    """A create of our own was carried out after all, maybe from older values than those we see now. began: before it
    was looked for.
    """
    source = held.source
    stored = held.flow.map.dataverse.read(minted.row)
    sent_lines = as_sent(held.flow, sent_for(held.coupling, DATAVERSE), stored)
    agreed = found_created(held.flow.map, source.side, source.values, stored, sent_lines)
    entry = found_entry(held.flow, held.coupling, held.coupling.dataverse, stored, "created")
    return await _coupled(held, minted, stored, agreed, entry, began, found=True)


async def couple_created(held: Claim, answer: Observation | None, began: str) -> Outcome:
    """The claim becomes a coupling that agrees on what was written. began: before it was sent."""
    source = held.source
    stored = await _stored(held, answer)
    agreed = created(held.flow.map, source.side, source.values, source.plan, stored)
    return await _coupled(held, answer, stored, agreed, _journal(held, answer.version if answer else ""), began)


async def _coupled(
    held: Claim,
    answer: Observation | None,
    stored: Values | None,
    agreed: Agreed,
    entry: Write,
    began: str,
    *,
    found: bool = False,
) -> Outcome:
    """found: the values were not sent by this create, but by one before it. What could not land any more when it began
    is forgotten: it would have been in the way, or is what was found.
    """
    flow, source = held.flow, held.source
    numbered = held.coupling.erp
    if answer is not None and source.target == ERP:
        numbered = flow.map.erp_identity(answer.row)
    items = waiting_items(flow, source.plan.missing)
    row_id = held.coupling.dataverse
    wanted = [trouble(flow, "waiting", Wake(DATAVERSE, (row_id,)), held.coupling.key, items)] if items else []
    digests = {} if wanted or flow.actions else _digests(held, stored, found=found)
    late = as_stored(flow, held.coupling.looked_at((source.target,), began), source.target, stored)
    coupling = as_coupled(held, erp=numbered, agreed=agreed, troubles=marks_of(wanted), digests=digests, late=late)
    coupling = sent(flow, coupling) if source.target == ERP else coupling
    writes = [coupling.replace(), *changes(wanted, held.troubles), entry]
    writes += [coupling.insert_index(), *held.coupling.numbered()] if held.coupling.erp is None else []
    unfinished = held.coupling.erp is None or bool(flow.actions) or not (wanted or digests)
    await held.settle(writes, drop_hint=not unfinished)
    await over_at(flow, held.wake, held.wake.end)
    codes = ("deferred",) * len(items)
    if stored is not None:
        written = [write.index for write in source.plan.writes]
        both = (source.values, stored) if source.side == ERP else (stored, source.values)
        codes += shortened(flow, both, written)
    outcome = Outcome("created", (source.target,), codes, row_id, digests, numbered or ())
    if unfinished:
        raise Again(so_far=outcome)
    return outcome


async def _stored(held: Claim, answer: Observation | None) -> Values | None:
    """The new record's values from the answer to its create."""
    if answer is None:
        return None
    if held.source.target == DATAVERSE:
        return held.flow.map.dataverse.read(answer.row)
    return await answered(held.flow, answer, held.source.company, held.source.values, held.source.codes)


def _digests(held: Claim, stored: Values | None, *, found: bool) -> dict[Side, bytes]:
    """Digests of both sides, if the target holds just what was sent, or less for want of room. What no update carries
    is not looked at.
    """
    flow_map, source = held.flow.map, held.source
    sent = [""] * len(flow_map.lines)
    for write in source.plan.writes:
        sent[write.index] = write.new
    for line in flow_map.lines:
        if not line.update or (stored is None and line.source != source.target):
            continue
        now = stored[line.index] if stored else ""
        value, given = source.values[line.index], sent[line.index]
        less = stored and not found and line.holds_less(source.target, given, now)
        same = line.same(*ordered(source.side, value, now)) and not (stored and line.is_left_blank(given, value, now))
        if not (same or less):
            return {}
    return {source.side: flow_map.digest(source.values), source.target: flow_map.digest(stored or sent)}


def _journal(held: Claim, version: str) -> Write:
    intent, codes, flow = held.coupling.intent, held.source.codes, held.flow
    assert intent is not None
    lines = [
        {
            "line": flow.map.lines[write.index].name,
            "side": write.side,
            "old": "",
            "new": codes.get((write.index, write.new)) or write.new,
            "reason": "create",
        }
        for write in held.source.plan.writes
    ]
    lines += [constant_line(each) for each in constants(held) if each.new]
    what, versions = f"created in {held.source.target}", {held.source.target: ("", version)}
    row_id = held.coupling.dataverse
    return flow.journal(row_id, intent.operation, what, lines, versions=versions, job=intent.job)


def constants(held: Claim) -> tuple[Given, ...]:
    """What the map gives to the new record."""
    return given_to_new(held.flow.map.at(held.source.rows), held.source.target, held.source.company)
