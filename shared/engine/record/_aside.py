"""Records that were set aside before they were coupled: why, and whether anything has changed for them since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shared.engine._discreet import fit_to_keep
from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import called_in, gone_told_as, told_as
from shared.engine.record._buried import ended_before, ended_match, in_its_way
from shared.engine.record._claim import in_the_way
from shared.engine.record._landing import holds_what_was_sent
from shared.engine.record._match import LOOK_ALIKE, enforced, has_another_key, has_namesake, matches, rivals
from shared.engine.record._merged_away import namesake
from shared.engine.record._numbered import came_out_of, looks_like, origin_of, was_numbered
from shared.engine.record._outside import drawn_in, outside
from shared.engine.record._refusals import Words
from shared.engine.record._rename import renamed_unseen, went_by
from shared.engine.record._source import Source, source_at
from shared.engine.record._strangers import stranger
from shared.engine.record._troubles import (
    Item,
    as_tried,
    changes,
    may_be_taken_now,
    parked_items,
    standing,
    trouble,
    waiting_items,
    whole_record,
)
from shared.errors import Rejected, in_one
from shared.ledger import Coupling, Trouble, end_of
from shared.mapping import DATAVERSE, ERP, Row, Side
from shared.reconcile import LineWrite, attempt_digest
from shared.systems import Observation

Kind = Literal["parked", "waiting"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a record from being coupled or created, as far as a look tells: no items if it is to be tried.

    found: what matches it.
    """

    kind: Kind = "parked"
    items: Sequence[Item] = ()
    found: Sequence[Observation] = ()


async def still_aside(flow: Flow, wake: Wake, source: Source) -> Trouble | None:
    """For a record that was set aside before: the same row again, if nothing has changed for it.

    Looks only, so that a pass over set-aside records writes nothing (law 3). None: try for real.
    """
    standing_rows = await standing(flow, [wake.end])
    if not standing_rows or wake.by_hand:
        return None
    if source.side == DATAVERSE and (owned := await belongs(flow, wake, source)):
        return owned
    return _said_before(flow, wake, await obstacle(flow, wake, source, standing_rows), standing_rows)


def _said_before(flow: Flow, wake: Wake, found: Obstacle, standing_rows: Mapping[str, Trouble]) -> Trouble | None:
    """The row for what stands in the way of a record, if it says the same as one that stands."""
    row = trouble(flow, found.kind, wake, wake.end, found.items)
    return row if found.items and any(old.same_as(row) for old in standing_rows.values()) else None


async def obstacle(flow: Flow, wake: Wake, source: Source, standing_rows: Mapping[str, Trouble]) -> Obstacle:
    """Looks whether anything stands in the way of a record without a coupling. standing_rows: what is said of it."""
    if (stone := await ended_before(flow, source)) is not None:
        return Obstacle(items=[in_its_way(stone)])
    rows, items = await _searched(flow, source)
    if len(rows) > 1:
        return Obstacle(items=[several_match(flow, source, rows)], found=rows)
    if rows:
        return replace(await _before_the_match(flow, wake, source, rows[0]), found=rows)
    if items:
        return Obstacle(items=items)
    return Obstacle(*await _unmatched(flow, wake, source, standing_rows))


async def _before_the_match(
    flow: Flow, wake: Wake, source: Source, found: Observation, *, sure: bool = False
) -> Obstacle:
    """Why a record is not coupled with the one that matches it, in the order in which a visit that tries meets it.

    sure: it was created for this record.
    """
    identity = flow.map.identity_of(source.target, found.row)
    blocker = await flow.ledger.coupling(end_of(source.target, identity))
    is_free = blocker is None or wake.end in {blocker.key, blocker.index_key}
    if is_free and not sure and (doubt := await doubt_about_match(flow, source, found)):
        return Obstacle(items=[doubt])
    owner = await owner_of(flow, identity[0]) if source.target == DATAVERSE else ""
    if owner:
        return owned_by(flow, identity[0], owner, found.row)
    if blocker is None or is_free:
        item = outside(flow, source, found) if drawn_in(flow, source, found) is None else None
    else:
        former = await went_by(flow, source)
        item = await formerly(flow, source, former) if former else await in_the_way(flow, blocker)
    return Obstacle(items=[item] if item else [])


async def _searched(flow: Flow, source: Source) -> tuple[list[Observation], list[Item]]:
    """What matches a record, or why that cannot be found out."""
    try:
        return await matches(flow, source), []
    except Rejected as refusal:
        return [], [unsearchable(refusal)]


async def _unmatched(flow: Flow, wake: Wake, source: Source, found: Mapping[str, Trouble]) -> tuple[Kind, list[Item]]:
    """Why a record that nobody matches is not created; nothing if it is to be tried."""
    if former := await went_by(flow, source):
        return "parked", [await formerly(flow, source, former)]
    if origin := await origin_of(flow, source):
        return "parked", [] if origin.sure or origin.is_under_way(flow) else [await looks_like(flow, origin)]
    if has_namesake(flow, source):
        return "parked", [await namesake(flow, source.merged)]
    if source.plan.problems:
        return "parked", parked_items(flow, source.plan.problems)
    if any(not each.deferred for each in source.plan.missing):
        return "waiting", waiting_items(flow, source.plan.missing)
    attempt = attempted(flow, source)
    refused = [item for row in found.values() for item in row.items if item.get("attempt") == attempt]
    return "parked", [item for item in refused if not may_be_taken_now(flow, wake, item)]


async def kept_aside(flow: Flow, wake: Wake, coupling: Coupling) -> Trouble | None:
    """The row that still stands for a claim that was kept, if all is as it was when it was set aside."""
    source = await source_at(flow, wake.side, wake.identity)
    if source is None:
        return None
    if source.target == DATAVERSE and await flow.read(DATAVERSE, (coupling.dataverse,)) is not None:
        return None
    if source.target == ERP and coupling.erp and has_another_key(flow, source, coupling.erp):
        return await _kept_under_its_old_key(flow, wake, source, coupling)
    rows, refused = await _searched(flow, source)
    doubt = None if wake.by_hand or refused else await doubt_about(flow, source, coupling, rows)
    if doubt is not None:
        row = trouble(flow, "parked", wake, wake.end, [doubt])
        return row if any(old.same_as(row) for old in (await standing(flow, [wake.end])).values()) else None
    return await still_aside(flow, wake, source)


async def _kept_under_its_old_key(flow: Flow, wake: Wake, source: Source, claim: Coupling) -> Trouble | None:
    """The same for a claim whose record has been given another number since: its partner is what has the old one."""
    assert claim.erp is not None
    there = await flow.read(ERP, claim.erp)
    if there is None or wake.by_hand:
        return None
    sure = was_numbered(claim) or await holds_what_was_sent(flow, claim, ERP, there)
    if not sure and await doubt_about_match(flow, source, there):
        return None
    found = await _before_the_match(flow, wake, source, there, sure=True)
    return _said_before(flow, wake, found, await standing(flow, [wake.end]))


async def doubt_about(flow: Flow, source: Source, claim: Coupling, rows: Sequence[Observation]) -> Item | None:
    """Why what matches, or that nothing does, does not tell whether something was created under a recovered claim."""
    if not rows:
        return maybe_created() if claim.numberless else await _renamed_unseen(flow, source, claim)
    if len(rows) > 1:
        return None
    if claim.numberless and await came_out_of(flow, claim, flow.map.erp_identity(rows[0].row)):
        return None
    sure = enforced(flow, source.target) or source.target not in flow.creates(source.rows)
    return maybe_matched() if claim.numberless or not sure else None


async def owner_of(flow: Flow, row_id: str) -> str:
    """The other flow that has a Dataverse row, if any."""
    return await flow.owners.held_by(row_id) if flow.owners else ""


async def belongs(flow: Flow, wake: Wake, source: Source) -> Trouble | None:
    """Why a Dataverse row cannot be coupled here: another flow has it. Waits if that flow hands its records over."""
    row_id = source.identity[0]
    other = await owner_of(flow, row_id)
    return await belonging(flow, wake, row_id, other, source.observation.row) if other else None


async def belonging(flow: Flow, wake: Wake, row_id: str, other: str, row: Row | None = None) -> Trouble:
    """The same of a row that another flow has, which is asked to look whether it hands the row over. row: as read."""
    assert flow.owners is not None
    found = owned_by(flow, row_id, other, row)
    aside = trouble(flow, found.kind, wake, wake.end, found.items)
    is_new = not any(old.same_as(aside) for old in (await standing(flow, [wake.end])).values())
    if found.kind == "waiting" and is_new:
        await flow.owners.poke(other, row_id)
    return aside


def owned_by(flow: Flow, row_id: str, other: str, row: Row | None = None) -> Obstacle:
    """Another flow has a row, and hands it over, or never does. It is told by what people call it, if it was read."""
    name = (called_in(flow.map, DATAVERSE, row) if row else "") or row_id
    belongs_to, give_up = f"the row {name!r} belongs to {other}", "uncouple it there and retry it here"
    if flow.owners is None or not flow.owners.hands_over_here(other):
        return Obstacle(items=[whole_record("owner", f"{belongs_to}: {give_up}", value=row_id)])
    message = f"{belongs_to}, and is handed over when it leaves the scope there; or {give_up}"
    return Obstacle("waiting", [whole_record("owner", message, value=row_id)])


async def doubt_about_match(flow: Flow, source: Source, found: Observation) -> Item | None:
    """Why a record is not coupled with its only match: that has several candidates, or may be somebody else.

    A match that stands in a coupling is out of the question anyway.
    """
    match = flow.map.identity_of(source.target, found.row)
    if (item := await ended_match(flow, source.target, match)) is not None:
        return item
    try:
        others = await rivals(flow, source, found)
    except Rejected as refusal:
        return unsearchable(refusal)
    identity = flow.map.identity_of(source.target, found.row)
    coupling = await flow.ledger.coupling(end_of(source.target, identity)) if others else None
    is_taken = coupling is not None and coupling.source_end != end_of(source.side, source.identity)
    if not others or is_taken:
        return await stranger(flow, source, found)
    name = told_as(flow.map, source.target, identity, found.row)
    return ambiguous(flow, source.side, [source.observation, *others], f"{name}, which matches it: couple that")


def several_match(flow: Flow, source: Source, rows: Sequence[Observation]) -> Item:
    """Several records of the other side match one."""
    return ambiguous(flow, source.target, rows, "it: couple it")


def ambiguous(flow: Flow, side: Side, rows: Sequence[Observation], whom: str) -> Item:
    """Several records match one: a person can tell them apart."""
    known = [
        (identity := flow.map.identity_of(side, row.row), told_as(flow.map, side, identity, row.row)) for row in rows
    ]
    namesakes = Counter(name for _, name in known)
    told = [f"{name} ({' '.join(identity)})" if namesakes[name] > 1 else name for identity, name in known]
    names = ", ".join(sorted(told)[:5])
    message = f"{len(rows)} records match {whom} with one of them by hand, or change the others: {names}"
    return whole_record("ambiguous", message)


def unsearchable(refusal: Rejected) -> Item:
    """The other side refuses to look for the record, or takes its number for another one."""
    if refusal.code == LOOK_ALIKE:
        return whole_record(LOOK_ALIKE, str(refusal))
    message = in_one(
        f"the other side does not look for it: {refusal}", "correct what it refuses, or couple the two by hand"
    )
    return whole_record(refusal.code or "refused", message)


def maybe_created() -> Item:
    """The ERP was to number the record, and the number never came: nothing tells whether the record is there."""
    message = (
        "it may have been created before, under a number that nobody knows: look for it; couple the two by hand if it "
        "is there, and retry if it is not"
    )
    return whole_record("maybe-created", message)


async def _renamed_unseen(flow: Flow, source: Source, claim: Coupling) -> Item | None:
    """Why a record is not created again that may be there under another key."""
    found = await renamed_unseen(flow, claim, source)
    names = ", ".join(" ".join(each) for each in found[:5])
    message = (
        f"it may have been created before, and been given another key since: {names}; couple the two by hand if that "
        "is the same, and retry if it is not"
    )
    return whole_record("maybe-created", message) if found else None


def maybe_matched() -> Item:
    """A record matches one that may have been created before, and need not be what was created."""
    message = "it may have been created before, and the record that matches it may be another: couple them, or retry"
    return whole_record("maybe-created", message)


async def formerly(flow: Flow, source: Source, former: Coupling) -> Item:
    """Why a record is not created that seems to be a coupled one under a new key."""
    old, new = await gone_told_as(flow, former), told_as(flow.map, ERP, source.identity, source.observation.row)
    message = f"{new} seems to be {old} under a new key: couple it with the row of {old} by hand"
    return whole_record("renamed", message, value=" ".join(former.erp or ()))


def refused_create(flow: Flow, source: Source, refusal: Rejected) -> Item:
    """A create is whole: the row names its line and value where the refusal does, be it one that was left blank."""
    words, target = Words.of(refusal), source.target
    sent = {write.index: write for write in source.plan.writes}
    lines = [line for line in flow.map.lines if line.create and line.source != target]
    blank = [LineWrite(line.index, target, "", "", "", "create") for line in lines if line.index not in sent]
    found, _ = words.lines(flow, target, [*sent.values(), *blank], source.codes)
    constants = {each.target.name for each in flow.map.side(target).constants}
    write = found[0] if len(found) == 1 else None
    item = {
        "line": flow.map.lines[write.index].name if write else words.constant(flow, target, constants),
        "code": words.cause,
        "message": fit_to_keep(flow.map, str(refusal), [source.values], values=flow.options.journal_values),
        "value": (source.codes.get((write.index, write.new)) or write.new) if write else "",
        "side": target,
        **({"answer": words.code} if words.code else {}),
    }
    return as_tried(flow, item, attempted(flow, source))


def attempted(flow: Flow, source: Source) -> str:
    """Stands for what a create would send. Whether a deferred line could come along makes it no other attempt."""
    plan = source.plan
    writes = tuple(write for write in plan.writes if not flow.map.lines[write.index].deferred)
    return attempt_digest(flow.map, replace(plan, writes=writes), source.target)


async def set_down(flow: Flow, wake: Wake, outcome: Outcome, rows: Sequence[Trouble] = ()) -> Outcome:
    """Nothing to do for this record now: what stands for it says so, and its hint goes."""
    writes = changes(rows, await standing(flow, [wake.end]))
    if writes:
        await flow.ledger.commit(writes)
    if wake.hint is not None:
        await flow.ledger.drop(wake.hint)
    return outcome
