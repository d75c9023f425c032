"""Match reports and their approval: what a flow would do, looked at by a person before it does it.

A report is the outcome of a dry run, kept with its terms: the map it was made with, the master, the companies. It knows
what the map would do, not what a server would refuse, and what waits in it may follow at once in the run. Where a match
could touch anything, and whenever a term has changed, a flow runs only on an approved report of the terms as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from shared.engine._house import House
from shared.engine._narrowed import narrow_approval
from shared.engine._states import LISTENING, first_creates, first_master, is_loading, not_let_in, other_map, state_of
from shared.engine._strangers import REPORTS, erase_names, forget_strangers, store_strangers, strangers_of
from shared.errors import NotFound, Refused, in_one
from shared.ledger import FLOWS, RESCOPED, by_whom, moment
from shared.mapping import CREATES, ERP, SIDES, Creates, FlowMap, Side, fold, other


async def report(house: House, name: str) -> Mapping[str, Any]:
    """The last report of a flow and its approval. Raises NotFound.

    current: it was made with the map as it is. scopes: the filters as they hold, overlays included. strangers: every
    pair that a run would couple by its number alone. overlays: what their lines do. beside: lines that replaced one
    when the map was last approved, and replace none by now.
    """
    found = (await house.documents.get(REPORTS, name)).value
    if "planned" not in found:
        raise NotFound(f"{name} has no report yet: plan it first")
    planned, approved = found["planned"], found.get("approved", {})
    beside = beside_by_now(house.catalogue.map(name), approved)
    current = planned["map"] == house.catalogue.map(name).fingerprint
    strangers = await strangers_of(house.documents, name, planned["job"])
    theirs = approved if approved_by(approved, planned) else {}
    return {"flow": name, **planned, "beside": beside, "strangers": strangers, "current": current, "approved": theirs}


def approved_by(approved: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    return bool(approved) and approved.get("job") == planned["job"]


def beside_by_now(found: FlowMap, approved: Mapping[str, Any]) -> list[str]:
    """Lines of overlays that took another line's place when the map was approved, and stand beside the map's own lines
    by now: a later version has changed what they were about. Each with what the map has for its fields.
    """
    replaced = set(approved.get("replaced", ()))
    told = []
    for deed in found.deeds:
        if deed.does == "adds" and deed.line in replaced:
            ends = {*deed.line.split()[::2]} - {"-"}
            like = [line.name for line in found.lines if line.name != deed.line and ends & {*line.name.split()[::2]}]
            told.append(f"{deed.line} ({deed.file}) replaces no line any more; the map has {', '.join(like) or 'none'}")
    return told


async def terms_of(house: House, name: str, master: Side | None, creates: Creates | None = None) -> dict[str, Any]:
    """What a person approves with a report, and what a run is held against. None takes the map's own.

    creates: where records may be made, if not where the map says. Raises Refused where no line writes there.
    """
    found = house.catalogue.map(name)
    companies = sorted(map(fold, await house.synced_companies(name))) if found.company else []
    chosen = creates if creates is not None and CREATES[creates] != found.creates else ""
    if empty := sorted(CREATES[creates] - found.targets) if creates is not None else []:
        raise Refused(f"{name}: no line writes {empty[0]}: what is created there would be empty; leave creates out")
    own = {"map": found.fingerprint, "master": master or found.policy.master or ""}
    return {**own, "creates": chosen, "companies": companies}


def lacking(approved: Mapping[str, Any], terms: Mapping[str, Any]) -> str:
    """Why what was approved does not cover a run on these terms; empty if it does."""
    if approved.get("map") != terms["map"]:
        return "its map has changed since it was approved"
    if approved.get("master") != terms["master"]:
        return f"{_master(approved.get('master'))} was approved, not {_master(terms['master'])}"
    if approved.get("creates", "") != terms["creates"]:
        return f"{_creating(approved.get('creates', ''))} was approved, not {_creating(terms['creates'])}"
    if new := sorted(set(terms["companies"]) - set(approved.get("companies", ()))):
        return f"what was approved says nothing about {', '.join(new)}"
    return ""


def _master(name: object) -> str:
    return f"a run with the master {name}" if name else "a run without a master"


def _creating(word: object) -> str:
    return f"a run that creates {_PLACES[str(word)]}" if word else "a run that creates where the map says"


_PLACES: Final = {
    "both": "on both sides",
    "erp": "in the ERP only",
    "dataverse": "in Dataverse only",
    "none": "nothing",
}


async def store_report(
    house: House, name: str, job: str, told: Mapping[str, Any], master: Side | None, creates: Creates | None
) -> None:
    """Keeps what a dry run, a job, has found on these terms."""
    terms, pairs = await terms_of(house, name, master, creates), told["strangers"]
    scopes = {side: house.catalogue.map(name).side(side).scope.text for side in SIDES}
    planned = {
        **terms,
        "at": moment(house.clock()),
        "job": job,
        "scopes": scopes,
        "overlays": [asdict(each) for each in house.catalogue.map(name).deeds],
        **told,
        "strangers": len(pairs),
    }
    await store_strangers(house.documents, name, job, pairs)
    stored = await house.documents.change(REPORTS, name, lambda value: {**value, "planned": planned})
    await forget_strangers(house.documents, name, (job, stored.value.get("approved", {}).get("job", "")))


async def fade_report(house: House, name: str, oldest: str) -> None:
    """Takes the records away that a report from before then shows. Its counts, and what was approved, stand."""
    planned = (await house.documents.get(REPORTS, name)).value.get("planned", {})
    if planned and planned["at"] < oldest:
        faded = {**planned, "samples": {}}
        await house.documents.change(
            REPORTS, name, lambda value: {**value, "planned": faded} if value.get("planned") == planned else value
        )
        await erase_names(house.documents, name, None, confirmed=True)


async def demand_current(house: House, name: str, looked_at: str | None = None) -> Mapping[str, Any]:
    """The report of a flow. Raises NotFound, or Refused if the map has changed since, or the report that a person has
    looked at, by the id of its job, is another one.
    """
    found = await report(house, name)
    if looked_at not in {None, found["job"]}:
        raise Refused(f"{name}: {looked_at} is not its last report: look at {found['job']}, made {found['at']}")
    if not found["current"]:
        raise Refused(f"{name}: the map has changed since the report was made; plan it again")
    return found


async def approve(house: House, name: str, looked_at: str | None = None) -> None:
    """A person has looked at the report: from now on this map is the one to work with, whatever another app has.

    Raises NotFound, or Refused if the map has changed since, or there is a newer report than the one looked at.
    """
    found = await demand_current(house, name, looked_at)
    terms = {part: found.get(part) for part in ("map", "master", "creates", "companies")}
    await _approved(house, name, terms, found["job"], f"approved by {by_whom()}")
    state = await state_of(house, name)
    if other_map(house, name, state):
        await _let_run(house, name, terms)
    if state["state"] in LISTENING:
        for pair in found["strangers"]:
            await house.ledger(name).store_hint(ERP, pair["erp"], "freed")


async def demand_approval(house: House, name: str, master: Side | None = None, creates: Creates | None = None) -> None:
    """Lets a flow run with its map as it is, with this master, and creating there (None: the map's own).

    Raises Refused if a person has to look at a report first.
    """
    found = (await house.documents.get(REPORTS, name)).value.get("approved", {})
    terms = await terms_of(house, name, master, creates)
    if why := await _unapproved(house, name, found, terms):
        raise Refused(why)
    if not found:
        await _approved(house, name, terms, "", "one side was empty")
    if set(found.get("companies", ())) - set(terms["companies"]):
        await narrow_approval(house, name, terms["companies"])
    await _let_run(house, name, terms)


async def why_unapproved(house: House, name: str, master: Side | None = None, creates: Creates | None = None) -> str:
    """Why a flow may not run on these terms before a person has looked at a report; empty if it may."""
    found = (await house.documents.get(REPORTS, name)).value.get("approved", {})
    return await _unapproved(house, name, found, await terms_of(house, name, master, creates))


async def _unapproved(house: House, name: str, found: Mapping[str, Any], terms: Mapping[str, Any]) -> str:
    """found: what was approved."""
    if found and (why := lacking(found, terms)):
        return in_one(f"{name}: {why}", f"plan it{_so(terms, house, name)}, look at the report, approve it")
    if not found and await _could_match(house, name):
        return f"{name}: both sides hold rows; plan it, look at the match report, and approve it first"
    return ""


async def is_approved(house: House, name: str, master: Side | None, creates: Creates | None) -> bool:
    """Whether what was approved covers a run on these terms."""
    found = (await house.documents.get(REPORTS, name)).value.get("approved", {})
    return bool(found) and not lacking(found, await terms_of(house, name, master, creates))


async def report_on(house: House, name: str, master: Side | None, creates: Creates | None) -> str:
    """The id of the last report of a flow, if approving it would let it run on these terms; else empty."""
    planned = (await house.documents.get(REPORTS, name)).value.get("planned", {})
    is_enough = planned and not lacking(planned, await terms_of(house, name, master, creates))
    return str(planned["job"]) if is_enough else ""


async def _let_run(house: House, name: str, terms: Mapping[str, Any]) -> None:
    """From now on the flow runs on these terms, with the apps whose map it is."""
    let = {"map": terms["map"], "companies": terms["companies"], "left out": [], "version": house.version}
    now = moment(house.clock())

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        is_other = value.get("map") not in {None, let["map"]}
        return {**value, **let, **({RESCOPED: now} if is_other else {})}

    await house.documents.change(FLOWS, name, change)


async def demand_to_go_on(house: House, name: str) -> None:
    """The same for a flow that is to go on: as its first synchronisation was begun, until that is over; later as it was
    approved.
    """
    state = await state_of(house, name)
    if is_loading(state):
        return await demand_approval(house, name, first_master(state), first_creates(state))
    found = (await house.documents.get(REPORTS, name)).value.get("approved", {})
    return await demand_approval(house, name, _side(found.get("master")), found.get("creates") or None)


async def demand_known_companies(house: House, name: str, found: Mapping[str, Any], companies: Sequence[str]) -> None:
    """Raises Refused if the ERP holds records of a company that a flow in this state was not let run with."""
    new = [each for each in companies if not_let_in(found, [each])] if house.catalogue.map(name).company else []
    if new and await house.flow(name).holds_rows(ERP, new):
        raise Refused(f"{', '.join(new)} was not approved with it: plan it, look at the report, and approve it")


def _side(name: object) -> Side | None:
    return next((side for side in SIDES if side == name), None)


def _so(terms: Mapping[str, Any], house: House, name: str) -> str:
    """How to plan what is refused, where that is not what a plan does by itself."""
    own = house.catalogue.map(name).policy.master
    master = f" with the master {terms['master']}" if terms["master"] and terms["master"] != own else ""
    return master + (f" with creates {terms['creates']}" if terms["creates"] else "")


async def _approved(house: House, name: str, terms: Mapping[str, Any], job_id: str, why: str) -> None:
    replaced = [each.line for each in house.catalogue.map(name).deeds if each.does == "replaces"]
    entry = {**terms, "at": moment(house.clock()), "job": job_id, "why": why, "replaced": replaced}
    await house.documents.change(REPORTS, name, lambda value: {**value, "approved": entry})


async def _could_match(house: House, name: str) -> bool:
    """Whether anything could be matched: a record in the scope of one side, with any row of the other."""
    companies = await house.synced_companies(name)
    flow = house.flow(name)
    for side in SIDES:
        inside = await flow.holds_rows(side, companies, inside=True)
        if inside and await flow.holds_rows(other(side), companies):
            return True
    return False
