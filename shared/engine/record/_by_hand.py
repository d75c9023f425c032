"""What people decide about single couplings: couple, uncouple, clear a tombstone, erase what is kept about a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import called_in, called_now, gone_told_as, told_now
from shared.engine.record._buried import unbury
from shared.engine.record._claim import ENDED
from shared.engine.record._former import remembered, second_of
from shared.engine.record._long_dead import at_rest
from shared.engine.record._merged import is_merged
from shared.engine.record._moved import has_moved_to
from shared.engine.record._observe import company_of
from shared.engine.record._rename import goes_on_as
from shared.engine.record._troubles import changes, place, standing, undecided
from shared.engine.record._visit import visit
from shared.errors import Busy, NotFound, Refused
from shared.ledger import (
    CONFLICT,
    JOURNAL,
    PARKED,
    WAITING,
    Coupling,
    Hint,
    Write,
    by_whom,
    dataverse_end,
    end_of,
    erp_end,
)
from shared.mapping import ABSENT, DATAVERSE, ERP, Agreed, First, Pair, Row, Side, begun_with, fold, other, prints
from shared.systems import Observation

KINDS: Final = {"journal": JOURNAL, "conflicts": CONFLICT, "parked": PARKED, "waiting": WAITING}


async def couple(flow: Flow, erp: tuple[str, ...], row_id: str, first: First | None = None) -> Outcome:
    """Couples two records that the match keys do not bring together; what differs goes as `first` says, or else as the
    flow's master does. Raises what `join` raises.
    """
    await join(flow, erp, row_id, first)
    hint = await flow.ledger.ask(DATAVERSE, (row_id,))
    return await visit(flow, Wake(DATAVERSE, (row_id,), hint))


async def join(
    flow: Flow, erp: tuple[str, ...], row_id: str, first: First | None = None, *, asleep: bool = False
) -> tuple[str, ...]:
    """Makes a pair of two records, and looks at neither. first: whose values are wanted where the two differ, unless
    they had agreed before. asleep: it may be out of the scope. How the ERP spells its record.

    A claim that was kept for either of them gives way, and so does a tombstone: it is a person's word, and this is a
    newer one. So does a pair whose other end is gone; if that only has another number by now, what was agreed still
    holds. And so does one whose row was moved to this very record. Whoever else it was about is left alone as before.
    Raises Refused if one of the two does not exist, was merged away, is out of the scope, of a company that is not
    synchronised, or belongs to another record, flow or company, or if the two are a pair already; and Busy while
    something may still be created for one of them.
    """
    theirs = await _reached(flow, ERP, erp, asleep=asleep)
    erp = theirs.identity  # as the ERP spells it, however it was typed
    before = [await _giving_way(flow, ERP, erp, row_id, erp)]
    ours = await _reached(flow, DATAVERSE, (row_id,), asleep=asleep)
    before += [await _giving_way(flow, DATAVERSE, (row_id,), row_id, erp)]
    gives_way = {each.key: each for each in before if each is not None}
    _demand_one_company({ERP: theirs.name, DATAVERSE: ours.name}, {ERP: theirs.company, DATAVERSE: ours.company})
    await _demand_nobodys(flow, row_id, ours.name)
    agreed = await _still_agreed(flow, erp, ours.seen, gives_way.get(dataverse_end(row_id)))
    over = [write for each in gives_way.values() if each.agreed is not agreed for write in await undecided(flow, each)]
    if first is not None and not agreed.bases:
        agreed = begun_with(flow.map, first)
    await _pair(flow, erp, row_id, agreed, gives_way, over)
    return erp


async def _pair(
    flow: Flow,
    erp: tuple[str, ...],
    row_id: str,
    agreed: Agreed,
    gives_way: Mapping[str, Coupling],
    over: Sequence[Write],
) -> None:
    """Stores a pair in the place of what gives way to it, with the writes that are over with that. Nobody has looked
    at its records yet.
    """
    told = _coupled_by_hand([each for each in gives_way.values() if each.erp and each.erp != erp])
    coupling = Coupling(
        row_id, erp, "dormant", reason=f"coupled by {by_whom()}", since=flow.now(), agreed=agreed, job=flow.job
    )
    writes = await _in_place_of(flow, coupling, gives_way.values())
    aside = await _not_aside(flow, coupling, *gives_way.values())
    for end in (dataverse_end(row_id), erp_end(erp)):
        await unbury(flow, [end])
    await flow.ledger.commit([*writes, *aside, *over, _entry(flow, row_id, told)])


@dataclass(frozen=True, slots=True)
class _Reached:
    """A record that may be somebody's partner. identity: as its system spells it. name: what people call it."""

    identity: tuple[str, ...]
    seen: Observation
    company: str
    name: str


async def _reached(flow: Flow, side: Side, asked: tuple[str, ...], *, asleep: bool) -> _Reached:
    """The record that is asked for. Raises Refused where `join` says so of one record."""
    there = await _demand_there(flow, side, asked)
    identity = flow.map.erp_identity(there.row) if side == ERP else asked
    company = await company_of(flow, side, there.row) or "no company"
    name = _called(flow, side, identity, there.row)
    _demand_in_reach(flow, side, name, there, company, asleep=asleep)
    return _Reached(identity, there, company, name)


async def _demand_nobodys(flow: Flow, row_id: str, name: str) -> None:
    """Raises Refused for a row of Dataverse that belongs to another flow."""
    if flow.owners and (owner := await flow.owners.held_by(row_id)):
        handed = flow.owners.hands_over_here(owner)
        way_out = ", and is handed over when it leaves the scope there; or" if handed else ":"
        raise Refused(f"{name} belongs to {owner}{way_out} uncouple it there first")


def _demand_one_company(names: Mapping[str, str], companies: Mapping[str, str]) -> None:
    """Raises Refused for two records of different companies."""
    if fold(companies[ERP]) != fold(companies[DATAVERSE]):
        raise Refused(
            f"{names[ERP]} is of {companies[ERP]} and {names[DATAVERSE]} of {companies[DATAVERSE]}: choose two of one "
            "company"
        )


async def uncouple(flow: Flow, side: Side, identity: tuple[str, ...]) -> str:
    """Ends a coupling. Both records stay as they are, and are left alone until the tombstone is cleared.

    A claim ends in the same way: nothing is created for its record, and what may have been created under a number that
    nobody knows is a record of its own. What was done, in words.
    """
    coupling = await settled(flow, side, identity)
    if coupling.ended:
        raise Refused(f"the record is {coupling.state} already ({coupling.reason})")
    told = f"claim ended by {by_whom()}" if coupling.intent else f"uncoupled by {by_whom()}"
    stone = coupling.stone("uncoupled", told, flow.now(), second_of(flow, coupling))
    aside = await _not_aside(flow, coupling) + await undecided(flow, coupling)
    await flow.ledger.commit([stone.replace(), *coupling.numbered(), *aside, _entry(flow, coupling.dataverse, told)])
    return told


async def clear(flow: Flow, side: Side, identity: tuple[str, ...]) -> str:
    """Takes a tombstone, or a claim, away: what is left of the pair is looked at as if it had never been coupled.

    It may be named by the record in whose way it stands, too. Looked at is at once, if the flow is at work. What was
    done, in words.
    """
    if await unbury(flow, [end_of(side, identity)]) is not None:
        hint = await flow.ledger.ask(side, identity)
        if await flow.others.is_live(flow.map.name):
            await visit(flow, Wake(side, identity, hint))
        return "erased tombstone cleared"
    coupling = await settled(flow, *await _in_the_way_of(flow, side, identity))
    if not coupling.ended and coupling.intent is None:
        raise Refused(f"the record is {coupling.state}: there is no tombstone to clear")
    await _demand_not_renamed(flow, coupling)
    told = "claim cleared" if coupling.intent else "tombstone cleared"
    freed = await _wake_others(flow, coupling)
    aside = changes([], await standing(flow, sorted(_ends_of([coupling]))))
    ends = [(_side(DATAVERSE), (coupling.dataverse,)), (_side(ERP), coupling.erp or ()), (side, identity)]
    hints = {end_of(*end): await flow.ledger.ask(*end) for end in ends if end[1]}
    hints = {each.end: each for each in freed} | hints
    former = await remembered(flow, coupling)
    await flow.ledger.commit([*coupling.removal(), *former, *aside, _entry(flow, coupling.dataverse, told)])
    for hint in hints.values() if await flow.others.is_live(flow.map.name) else ():
        await visit(flow, Wake(hint.side, hint.identity, hint))
    return told


async def _in_the_way_of(flow: Flow, side: Side, identity: tuple[str, ...]) -> tuple[Side, tuple[str, ...]]:
    """The end of the tombstone that keeps a record from being coupled; the record's own where none does."""
    end = end_of(side, identity)
    if await flow.ledger.coupling(end) is None:
        rows = (await standing(flow, [end])).values()
        for value in (item["value"] for row in rows for item in row.items if item["code"] == ENDED):
            return DATAVERSE, (str(value),)
    return side, identity


async def _demand_not_renamed(flow: Flow, coupling: Coupling) -> None:
    """Raises Refused if the record goes on under another key: cleared, it would be created twice on both sides."""
    if coupling.intent is not None or coupling.erp is None or await flow.read(ERP, coupling.erp) is not None:
        return
    row = await flow.read(DATAVERSE, (coupling.dataverse,))
    new = await goes_on_as(flow, coupling, row) if row else None
    if new is not None and new.identity:
        old, now = await gone_told_as(flow, coupling), await told_now(flow, ERP, new.identity)
        name = await _called_now(flow, DATAVERSE, (coupling.dataverse,))
        raise Refused(f"{old} seems to have been renamed to {now}: couple {now} with {name} in Dataverse by hand")


async def settled(flow: Flow, side: Side, identity: tuple[str, ...]) -> Coupling:
    """The coupling of a record, or a claim that nobody can be at work on any more. Raises NotFound or Busy."""
    coupling = await flow.ledger.coupling(end_of(side, identity))
    if coupling is None:
        raise NotFound(f"{await _called_now(flow, side, identity)} is not coupled in {flow.map.name}")
    if coupling.state == "claimed":
        _demand_long_dead(flow, coupling)
    elif (rested := await at_rest(flow, coupling)) is not None:
        coupling = rested
    if until := coupling.may_land(flow.now()):
        raise Busy(f"an earlier request to create the record may still be under way until {until}: try again then")
    return replace(coupling, late=())


async def _demand_there(flow: Flow, side: Side, identity: tuple[str, ...]) -> Observation:
    """The record. Raises Refused if it cannot be anybody's partner."""
    found, name = await flow.read(side, identity), " ".join(identity)
    if found is None:
        raise Refused(f"{name} does not exist in {place(side)}")
    if is_merged(found):
        winner = await _called_now(flow, side, (str(found.row.get("_masterid_value")),))
        raise Refused(f"{_called(flow, side, identity, found.row)} was merged into {winner}: couple that one")
    return found


def _demand_in_reach(flow: Flow, side: Side, name: str, there: Observation, company: str, *, asleep: bool) -> None:
    """Raises Refused for a record that the flow would leave alone as soon as it is coupled. asleep: a pair that is out
    of the scope is kept as one, where the map does.
    """
    asleep = asleep and flow.map.policy.leaves == "keep"
    if not asleep and not flow.map.side(side).scope.includes(there.row):
        raise Refused(f"{name} is outside the flow's scope in {place(side)}: bring it into that first")
    if flow.map.company is not None and not flow.syncs(company):
        raise Refused(f"{name} is of {company}, which is not synchronised: add the company first")


async def _giving_way(
    flow: Flow, side: Side, identity: tuple[str, ...], row_id: str, erp: tuple[str, ...]
) -> Coupling | None:
    """What stands where a record is to be coupled with a row, a claim or a tombstone. Raises Refused or Busy.

    A pair gives way whose other record is gone, or whose row was moved to the record that it is to be coupled with.
    """
    found = await flow.ledger.coupling(end_of(side, identity))
    if found is None or found.ended:
        return found
    if found.state != "claimed" and found.intent is None and await _is_alone(flow, found, other(side)):
        return found
    if found.state != "claimed" and side == DATAVERSE and await _has_moved(flow, found, erp):
        return replace(found, state="uncoupled", reason=f"its row went to another record, said {by_whom()}")
    if found.state != "claimed":
        raise Refused(await _taken(flow, found, side, identity, row_id))
    _demand_long_dead(flow, found)
    if found.dataverse != row_id and (made := await flow.read(DATAVERSE, (found.dataverse,))) is not None:
        name = _called(flow, DATAVERSE, (found.dataverse,), made.row)
        raise Refused(f"{name} was created for it: couple it with that one, or retry it")
    return found


async def _taken(flow: Flow, found: Coupling, side: Side, identity: tuple[str, ...], row_id: str) -> str:
    """Why a record of a pair that stands is not coupled with a row: it is, or it has another partner."""
    name, theirs = await _called_now(flow, side, identity), found.identity(other(side))
    partner = await _called_now(flow, other(side), theirs)
    if side == ERP and found.dataverse == row_id:
        return f"{name} and {partner} are coupled with each other already: nothing is to be done"
    return f"{name} has another partner, {partner}: uncouple the two first"


def _called(flow: Flow, side: Side, identity: tuple[str, ...], row: Row) -> str:
    """What people call a record: by its key, or, where that is an id, by number and name, if it has any."""
    by_key = side == ERP and not flow.map.has_given_id
    return (not by_key and called_in(flow.map, side, row)) or " ".join(identity)


async def _called_now(flow: Flow, side: Side, identity: tuple[str, ...]) -> str:
    """The same of a record as it stands; its identity where it is not there."""
    by_key = side == ERP and not flow.map.has_given_id
    return (not by_key and await called_now(flow, side, identity)) or " ".join(identity)


async def _has_moved(flow: Flow, found: Coupling, erp: tuple[str, ...]) -> bool:
    """True if a row of Dataverse was moved to what it is to be coupled with."""
    row = await flow.read(DATAVERSE, (found.dataverse,))
    quiet = found.intent is None and not found.may_land(flow.now())
    return quiet and row is not None and await has_moved_to(flow, found, row, erp)


async def _is_alone(flow: Flow, found: Coupling, gone: Side) -> bool:
    """True if the other record of a pair is gone."""
    identity = found.identity(gone)
    if await flow.read(gone, identity) is not None:
        return False
    await flow.confirm_gone(gone, identity)
    return not found.may_land(flow.now())


async def _still_agreed(flow: Flow, erp: tuple[str, ...], row: Observation, before: Coupling | None) -> Agreed:
    """What a row agreed on with the same record of the ERP, when that had another number."""
    if before is None or before.intent is not None or before.erp is None or before.state == "deleted":
        return Agreed()
    new = await goes_on_as(flow, before, row) if await flow.read(ERP, before.erp) is None else None
    is_same = new is not None and new.identity and erp_end(new.identity) == erp_end(erp)
    if not is_same:
        return Agreed()
    return _with_its_number(flow, before, row) if before.ended else before.agreed


def _with_its_number(flow: Flow, stone: Coupling, row: Observation) -> Agreed:
    """What a tombstone says that the two agreed on: it names the old number, and the row may hold that still."""
    held, bases = flow.map.dataverse.read(row.row), dict[bytes, Pair]()
    for line in flow.map.lines:
        if line.key and line.lookup is None and stone.erp is not None and stone.agreed.base(line) is None:
            old, value = stone.erp[flow.map.identity.index(line.erp.name)], held[line.index]
            if value is not ABSENT and line.comparable(value) == line.comparable(old):
                bases[line.definition] = prints(line, old, value)
    return stone.agreed.changed(flow.map, bases)


def _coupled_by_hand(instead: Sequence[Coupling]) -> str:
    """What was done, for the journal."""
    names = ", ".join(" ".join(each.erp or ()) for each in instead)
    return f"coupled by {by_whom()}" + (f" in place of {names}, which is gone" if names else "")


def _demand_long_dead(flow: Flow, claim: Coupling) -> None:
    """Raises Busy while the request of a claim may still be under way."""
    assert claim.intent is not None
    if not flow.is_long_dead(claim.intent):
        end = flow.until_dead(claim.intent)
        raise Busy(f"what was to be created for the record may still be under way until {end}: try again then")


async def _in_place_of(flow: Flow, coupling: Coupling, ended: Collection[Coupling]) -> list[Write]:
    """Writes that store a new coupling and end these claims and tombstones, each row touched once."""
    left = {write.key: write for each in ended for write in each.removal()}
    writes: list[Write] = []
    stones = [_left_alone(flow, each, coupling) for each in ended if each.ended]
    for write in [each for one in (coupling, *filter(None, stones)) for each in one.insert()]:
        taken = left.pop(write.key, None)
        etag = taken.etag if taken else ""
        if etag == "*":
            row = await flow.ledger.commits.get(flow.ledger.flow, write.key)
            etag = row.etag if row else ""
        writes.append(replace(write, kind="replace", etag=etag) if etag else write)
    return [*writes, *left.values(), *[write for each in ended for write in await remembered(flow, each)]]


def _left_alone(flow: Flow, stone: Coupling, coupling: Coupling) -> Coupling | None:
    """The tombstone of whoever a tombstone was about beside the two that are coupled now, if there is anybody."""
    if stone.key != coupling.key:
        return replace(stone, erp=None, agreed=Agreed())
    if stone.erp is None or stone.index_key == coupling.index_key:
        return None
    return replace(stone, dataverse=flow.guid(), agreed=Agreed())


async def _not_aside(flow: Flow, *changed: Coupling) -> list[Write]:
    """Writes that end what is set aside at both ends of couplings. Hints at records that wait because of them."""
    await _wake_others(flow, *changed)
    return changes([], await standing(flow, sorted(_ends_of(changed))))


async def _wake_others(flow: Flow, *changed: Coupling) -> list[Hint]:
    """A record that is parked because of another one, which its row names, has no reason any more."""
    ends = _ends_of(changed)
    named = {*ends, *(each.dataverse for each in changed)}
    rows = [row async for row in flow.ledger.troubles(PARKED)
            if row.end not in ends and any(item.get("value") in named for item in row.items)]  # fmt: skip
    return [await flow.ledger.store_hint(row.side, row.identity, "freed") for row in rows]


def _ends_of(changed: Collection[Coupling]) -> set[str]:
    return {end for each in changed for end in (each.key, each.index_key) if end}


def _entry(flow: Flow, row_id: str, what: str) -> Write:
    return flow.journal(row_id, flow.token(), what)


def _side(name: str) -> Side:
    return "erp" if name == ERP else "dataverse"
