"""What a person does with the review of a suite: open, choose, start, restart one flow. The pump does the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from shared.engine._chosen import chosen_flows
from shared.engine._house import House
from shared.engine._review import (
    REVIEWS,
    Choice,
    Entry,
    Review,
    Stays,
    advised,
    change_review,
    review_from,
    reviewed,
    stored_review,
)
from shared.engine._states import state_of
from shared.engine._turned_back import look_again
from shared.engine.passes._counted import counted
from shared.engine.passes._orders import OPEN, held_until
from shared.errors import KoppelError, Refused
from shared.ledger import JOBS, moment, who
from shared.mapping import Side


async def open_review(house: House, suite: str, *, anew: bool = False) -> Review:
    """Counts the rows of every flow that nobody has ordered yet, and says what is advised. anew: of all of them.

    What a person chose stands, unless it is opened anew. Raises Refused for that while flows are under way.
    """
    before = review_from(suite, (await house.documents.get(REVIEWS, suite)).value)
    names = await chosen_flows(house, reviewed(house, suite))
    asked = [name for name in names if anew or name not in before.entries or before.entries[name].is_new]
    fresh = await asyncio.gather(*(_looked_at(house, each) for each in asked))
    opened = {"at": moment(house.clock()), "by": who()}

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        found = review_from(suite, value)
        if anew:
            _demand_none_open(found)
            return Review(suite, opened, {}, {each.flow: each for each in fresh}).as_json()
        kept = {name: each for name, each in found.entries.items() if not each.is_new}
        chosen = {name: _as_chosen(each, found.entries.get(name)) for name, each in _by_name(fresh).items()}
        return replace(found, opened=opened, entries={**chosen, **kept}).as_json()

    return review_from(suite, (await house.documents.change(REVIEWS, suite, change)).value)


def _by_name(entries: Collection[Entry]) -> dict[str, Entry]:
    return {each.flow: each for each in entries}


async def _looked_at(house: House, name: str) -> Entry:
    """A flow that nobody has ordered, counted. What keeps it from being counted is said, and holds up no other."""
    try:
        counts = await counted(house, name)
    except KoppelError as problem:
        return Entry(name, why=f"it could not be counted: {problem}")
    rows = {side: each["rows"] + each["more"] for side, each in counts.items()}
    return Entry(name, counts, advised(house.catalogue.map(name), rows))  # type: ignore[arg-type] # keys are sides


def _as_chosen(fresh: Entry, before: Entry | None) -> Entry:
    return replace(fresh, chosen=before.chosen, master=before.master) if before else fresh


def _demand_none_open(found: Review) -> None:
    if under_way := [each.flow for each in found.open]:
        way_out = "wait until they are done, or skip what has not begun and stop the jobs of the others"
        raise Refused(f"{', '.join(under_way)}: under way in the review as it is; {way_out}")


async def choose(
    house: House, suite: str, names: Collection[str], choice: Choice | Stays | None, master: Side | Stays | None
) -> dict[str, str]:
    """What is to be done with these flows, None: as advised, and whose values win where two match and differ, None: as
    the map says.

    The flows that are left as they were, each with why. A report that was made for other terms is made anew.
    """
    left: dict[str, str] = {}

    def change(found: Review) -> Review:
        left.clear()
        left.update({name: why for name in names if (why := _fixed(house, found, name, choice))})
        taken = [found.entries[name] for name in names if name not in left]
        return found.having(*(_with_choice(each, choice, master) for each in taken))

    await change_review(house, suite, change)
    return left


def _fixed(house: House, found: Review, name: str, choice: Choice | Stays | None) -> str:
    """Why a flow cannot be given this choice; empty if it can."""
    if name not in found.entries:
        return "it is not in the review: open it again"
    if found.entries[name].job or found.entries[name].outcome:
        return "it has begun: restart it once it is done"
    if choice == "full" and not house.catalogue.map(name).creates_in_full:
        return "a full synchronisation would create nothing: its map says that people make these records; couple it"
    return ""


def _with_choice(entry: Entry, choice: Choice | Stays | None, master: Side | Stays | None) -> Entry:
    changed = entry
    if choice != "stays":
        changed = replace(changed, chosen="" if choice is None or choice == entry.advised else choice)
    if master != "stays":
        changed = replace(changed, master=master)
    if changed == entry:
        return entry
    ordered = changed.ordered and changed.choice != "skip"
    return replace(changed, ordered=ordered, plan="", stands="", why="")


async def start_review(house: House, suite: str) -> dict[str, str]:
    """Orders every flow of which nobody has yet. Those that are left out, each with why.

    Raises NotFound, and Refused if there is none, or one is being worked on in this moment.
    """
    await _demand_quiet(house, suite)
    left: dict[str, str] = {}
    started = {"at": moment(house.clock()), "by": who()}

    def change(found: Review) -> Review:
        left.clear()
        new = [each for each in found.entries.values() if each.is_new and each.choice != "skip"]
        left.update({each.flow: each.why or "nothing is chosen for it" for each in new if not each.choice})
        able = [replace(each, ordered=True, by=started["by"]) for each in new if each.choice]
        return replace(found, started=started).having(*able) if able else found

    await change_review(house, suite, change)
    return left


async def why_not_to_start(house: House, found: Review) -> str:
    """Why a review cannot be started now; empty if it can."""
    for each in found.open:
        job = (await house.documents.get(JOBS, each.job)).value if each.job else {}
        if job.get("state") == OPEN and (until := await held_until(house, each.job)):
            return f"{each.flow} is being worked on (job {each.job}, until {until} at most): start again after that"
    new = [each for each in found.entries.values() if each.is_new and each.choice != "skip"]
    if new and not any(each.choice for each in new):
        return (
            "the flows that have not been started could not be counted, so that nothing is advised: put right what "
            "each says and open the review again, or choose for them"
        )
    if not new:
        return "there is no flow that has not been started: restart one, or open the review anew"
    return ""


async def _demand_quiet(house: House, suite: str) -> None:
    if why := await why_not_to_start(house, await stored_review(house, suite)):
        raise Refused(f"{suite}: {why}")


async def restart(house: House, suite: str, name: str) -> None:
    """Orders a flow anew that has come to its end. One that its end has paused goes on, as if a person resumed it.

    Raises NotFound, or Refused if it has not come to its end.
    """
    resumes = (await state_of(house, name))["state"] == "paused"
    by, refused = who(), list[str]()

    def change(found: Review) -> Review:
        entry, why = found.entries.get(name), _not_to_restart(found.entries.get(name))
        refused[:] = [why] if why else []
        if entry is None or why:
            return found
        return found.having(replace(entry, ordered=True, by=by, resumes=resumes, plan="", job="", stands="", why="",
                                    outcome={}))  # fmt: skip

    await change_review(house, suite, change)
    if refused:
        raise Refused(f"{name}: {refused[0]}")
    await look_again(house, name)


def _not_to_restart(entry: Entry | None) -> str:
    if entry is None:
        return "it is not in the review: open it again"
    if entry.is_open:
        return "it is under way: wait until it is done, or stop its job"
    return "" if entry.outcome else "it has not been started: start the review"
