"""A side that was turned back: restored in place, or showing us less than before, with no event that tells of it.

The name of an environment does not change with that. What was lately in agreement does: it reads as it did before, or
is gone. People do that to single records, and events tell of it. Where a share of records does it that people do not
cause, the flow pauses, says what it saw, and a person says which side is right.

One row of the ledger for each flow and side. `seen`: records that looked like it within a day; `counted`: how many
there were when they were last found to be not too many; `stopped`: why the flow was paused; `again`: somebody has
resumed it since; `right`: which side a person has confirmed, until a compare pass that began afterwards has left
nothing for later; `heard`: the day of the last event.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from shared.engine._flow import DELETES, Flow, Wake
from shared.engine._house import House
from shared.engine.record._observe import company_of, resolved
from shared.errors import KoppelError, Refused
from shared.ledger import COUPLING, Coupling, Documents, after, end_of, minute, moment, who
from shared.mapping import ABSENT, ERP, SIDES, FlowMap, Side, Values, other

TURNED_BACK: Final = "turned back"
EVENTS: Final = frozenset({"create", "update"}) | DELETES
"""Hints that a side's own events leave."""
FRESH: Final = timedelta(days=1)
"""How long a record counts that looked turned back: about as long as the compare pass takes to come round."""
KEPT: Final = 300
"""Records that the row keeps at most."""
SHOWN: Final = 20
"""Records that a person is shown."""
_COLUMNS: Final = ("state", "since", "moved")

Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
What = Literal["reads as before", "is gone", "left the scope", "is back"]
_WORDS: Final[Mapping[What, str]] = {
    "is gone": "are gone",
    "left the scope": "have left the scope",
    "reads as before": "read as before",
    "is back": "are back",
}


class TurnedBack(KoppelError):
    """A side seems to have been put back, or to hide records: the flow pauses until a person says which is right."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A record that looks turned back. moved: when it was last in motion between the sides."""

    end: str
    moved: str
    what: What


def older_lines(flow: FlowMap, coupling: Coupling, side: Side, values: Values, oldest: int) -> frozenset[bytes]:
    """Lines that show on a side what they were agreed at before, since a minute, and are not agreed at any more. Pure.

    values: what the side holds now.
    """
    place = 0 if side == ERP else 1
    former: dict[bytes, set[bytes]] = {}
    for each in coupling.earlier:
        if each.minute >= oldest:
            former.setdefault(each.definition, set()).add(each.erp if place == 0 else each.dataverse)
    found: set[bytes] = set()
    for definition, prints in former.items():
        index, base = flow.by_definition.get(definition), coupling.agreed.bases.get(definition)
        if index is None or base is None or values[index] is ABSENT:
            continue
        now = flow.lines[index].print(values[index])
        if now != base[place] and now in prints:
            found.add(definition)
    return frozenset(found)


def most_turned(signs: Iterable[str], moved: Sequence[str], least: int, share: float) -> tuple[int, int, str] | None:
    """Of the records that were last in motion since some moment, the share that looks turned back, if it is too much.

    signs, moved: when the records that look turned back, and all records, were last in motion; `moved` is sorted. A
    restore undoes what is younger than its backup and nothing else, so every moment may be the one. Pure.
    """
    found: tuple[int, int, str] | None = None
    for number, since in enumerate(sorted(signs, reverse=True), 1):
        of = max(len(moved) - bisect_left(moved, since), number)
        if number >= least and number >= share * of:
            found = (number, of, since)
    return found


# -- while records are looked at


async def is_told(flow: Flow, wake: Wake, coupling: Coupling, side: Side) -> bool:
    """True if the side itself has told of a change of the record: then people have made it."""
    if wake.side == side and (wake.told or (wake.hint is not None and wake.hint.source in EVENTS)):
        return True
    standing = await flow.ledger.hint(end_of(side, coupling.identity(side)))
    return standing is not None and standing.source in EVENTS


async def is_distrusted(
    flow: Flow, wake: Wake, coupling: Coupling, side: Side, what: What, *, is_news: bool = True
) -> bool:
    """Asked before a record is believed that looks turned back and would change the other side.

    is_news: False if it was counted before, and only what a person has said may change anything. True if a person has
    said that the other side is right. Raises TurnedBack if too many look so.
    """
    if await is_told(flow, wake, coupling, side):
        return False
    value = await _value(flow, side)
    if right := value.get("right"):
        return bool(right != side)
    if not is_news:
        return False
    await weigh(flow, side, [Sign(coupling.key, coupling.moved or coupling.since, what)])
    if what == "reads as before":
        await flow.budget.spend_older(flow.map.name)
    return False


async def weigh(flow: Flow, side: Side, signs: Sequence[Sign], of_missing: float = 1.0) -> None:
    """Remembers records that look turned back. Raises TurnedBack if they are too many by now.

    of_missing: how many records each of these stands for, where only some of those that are missing were looked at.
    """
    if not signs:
        return
    async with flow.weighing:
        stopped = await _weighed(flow, side, signs, of_missing)
    if stopped:
        raise TurnedBack(stopped)


async def doubt(flow: Flow, side: Side, seen: str) -> str:
    """Why the flow has to pause over what was seen, kept for whoever says which side is right; empty once he has."""
    if flow.options.turned_back_share > 1 or (await _value(flow, side)).get("right"):
        return ""
    why = f"{seen}. {_ways_out(flow, side)}"
    await _change(flow, side, lambda now: {**now, "stopped": why})
    return why


async def _weighed(flow: Flow, side: Side, signs: Sequence[Sign], of_missing: float) -> str:
    """Why the flow has to pause; empty if it may go on."""
    value = await _value(flow, side)
    if value.get("right") or flow.options.turned_back_share > 1:
        return ""
    if value.get("again"):
        left = await _still_so(flow, side, _fresh(flow, value))
        value = await _change(flow, side, lambda now: {**_heard(now), "seen": left})
    known = _fresh(flow, value)
    new = {each.end: {"at": flow.now(), "moved": each.moved, "what": each.what}
           for each in signs if each.end not in known}  # fmt: skip
    if new:
        value = await _change(flow, side, lambda now: {**now, "seen": _newest({**_fresh(flow, now), **new})})
    kept, stopped = _fresh(flow, value), str(value.get("stopped", ""))
    seen = {**kept, **new}
    if not stopped and _is_time(flow, len(seen), value.get("counted", 0)):
        stopped = await _too_many(flow, side, seen, of_missing)
        said = {"stopped": stopped} if stopped else {"counted": len(kept)}
        await _change(flow, side, lambda now: {**now, **said})
    return stopped


async def _still_so(flow: Flow, side: Side, seen: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Those records that look turned back at a second look, after somebody has resumed the flow."""
    looks = await asyncio.gather(*(_looks_so(flow, side, end, each["what"]) for end, each in seen.items()))
    return {end: each for (end, each), is_so in zip(seen.items(), looks, strict=True) if is_so}


async def _looks_so(flow: Flow, side: Side, end: str, what: str) -> bool:
    coupling = await flow.ledger.coupling(end)
    if coupling is None or coupling.erp is None:
        return False
    found = await flow.read(side, coupling.identity(side))
    if found is not None and what == "left the scope":
        return not flow.map.side(side).scope.includes(found.row)
    if found is None or what != "reads as before":
        return (found is None) == (what == "is gone")
    values = flow.map.side(side).read(found.row)
    if side == ERP:
        values = await resolved(flow, values, await company_of(flow, ERP, found.row) or "")
    return bool(older_lines(flow.map, coupling, side, values, oldest_minute(flow)))


def _is_time(flow: Flow, seen: int, counted: int) -> bool:
    """Whether to count, or whoever wanted to did not come to it. All couplings are read for it: the more, the rarer."""
    return seen >= flow.options.turned_back_from and abs(seen - counted) >= max(1, seen // 20)


async def _too_many(flow: Flow, side: Side, seen: Mapping[str, Mapping[str, str]], of_missing: float) -> str:
    """Why the flow has to pause; empty if so many may look turned back."""
    if flow.moved is None:
        flow.moved = await _moved(flow)
    options = flow.options
    signs = [each["moved"] for each in seen.values()]
    found = most_turned(signs, flow.moved, options.turned_back_from, options.turned_back_share)
    guessed = round(len(seen) * of_missing)
    if found is None and of_missing > 1 and guessed >= options.turned_back_share * len(flow.moved):
        found = (guessed, len(flow.moved), "")
    return await _told(flow, side, seen, found) if found else ""


async def _moved(flow: Flow) -> list[str]:
    """When every record was last in motion between the sides; of those that ended only if that was lately."""
    lately, found = moment(flow.clock() - flow.options.lately), list[str]()
    async for page in flow.ledger.commits.range(flow.ledger.flow, COUPLING, after(COUPLING), _COLUMNS):
        for row in page:
            state, moved = row.cells["state"], str(row.cells.get("moved") or row.cells.get("since", ""))
            if state == "coupled" or (state == "deleted" and moved >= lately):
                found.append(moved)
    return sorted(found)


async def _told(flow: Flow, side: Side, seen: Mapping[str, Mapping[str, str]], found: tuple[int, int, str]) -> str:
    number, of, since = found
    kinds = {each["what"] for each in seen.values()}
    what = " or ".join(words for each, words in _WORDS.items() if each in kinds)
    entity = flow.map.side(side).entity.name
    last = f", of those that changed since {since[:16]} UTC," if since else ""
    silence = "no event told of it"
    if (await _value(flow, side)).get("heard", "") < moment(flow.clock() - flow.options.lately)[:10]:
        silence += f" (but no event of {entity} has come for days, so check that its events are registered)"
    return (
        f"{number} of {of} records of {entity}{last} look turned back in {_place(side)} (they {what}), and {silence}. "
        + _ways_out(flow, side)
    )


def _ways_out(flow: Flow, side: Side) -> str:
    return (
        "If rows are only hidden from us, let them be seen and resume. "
        f"If people did this, confirm that {side} is right. "
        f"If {_place(side)} was restored, confirm that {other(side)} is right: it is then written back there. "
        f"POST /api/operations/turned_back/{flow.map.name.replace('.', '/')}/confirm"
    )


def _fresh(flow: Flow, value: Mapping[str, Any]) -> dict[str, Any]:
    oldest = moment(flow.clock() - FRESH)
    return {end: each for end, each in value.get("seen", {}).items() if each["at"] >= oldest}


def _newest(seen: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(seen.items(), key=lambda each: (each[1]["at"], each[0]))[-KEPT:])


def _place(side: Side) -> str:
    return "the ERP" if side == ERP else "Dataverse"


def oldest_minute(flow: Flow) -> int:
    """What lies before is not lately any more."""
    return minute(flow.clock() - flow.options.lately)


async def _value(flow: Flow, side: Side) -> Mapping[str, Any]:
    return (await Documents(flow.ledger.commits).get(TURNED_BACK, _key(flow.map.name, side))).value


async def _change(flow: Flow, side: Side, change: Change) -> Mapping[str, Any]:
    return (await Documents(flow.ledger.commits).change(TURNED_BACK, _key(flow.map.name, side), change)).value


def _key(name: str, side: Side) -> str:
    return f"{name}~{side}"


# -- events, and what people say


async def note_heard(house: House, name: str, side: Side) -> None:
    """Remembers that events of a side come, once a day."""
    key, today = _key(name, side), moment(house.clock())[:10]
    if house.heard.get(key) != today:
        await house.documents.change(TURNED_BACK, key, lambda value: {**value, "heard": today})
        house.heard[key] = today


async def turned_back(house: House, name: str) -> dict[str, Any]:
    """What was seen on either side of a flow, the newest records first, and what a person has confirmed."""
    result: dict[str, Any] = {}
    for side in SIDES:
        value = (await house.documents.get(TURNED_BACK, _key(name, side))).value
        seen = sorted(value.get("seen", {}).items(), key=lambda each: (each[1]["at"], each[0]), reverse=True)
        result[side] = {
            "reason": value.get("stopped", ""),
            "right": value.get("right", ""),
            "by": value.get("by", ""),
            "last event": value.get("heard", ""),
            "seen": len(seen),
            "records": [{"record": await _pair(house, name, end), **each} for end, each in seen[:SHOWN]],
        }
    return result


async def _pair(house: House, name: str, end: str) -> dict[str, Any]:
    coupling = await house.ledger(name).coupling(end)
    return {"erp": list((coupling.erp if coupling else None) or ()), "dataverse": end.removeprefix(COUPLING)}


async def confirm_side(house: House, name: str, right: Side) -> None:
    """A person says which side is right where one looked turned back. Raises Refused if none does.

    If the side itself is right, what it shows is carried over. If the other one is, that one's values are written to
    it, and what is gone is created there again. Until that is done, the same may be said again, or the opposite.
    """
    found = await turned_back(house, name)
    stopped = [side for side in SIDES if found[side]["reason"] or found[side]["right"]]
    if not stopped:
        raise Refused(f"{name}: neither side looks turned back, so nothing is to be confirmed")
    said = {"right": right, "at": moment(house.clock()), "by": who()}
    for side in stopped:
        await house.documents.change(TURNED_BACK, _key(name, side), lambda now: {**_heard(now), **said})
    await house.budget.refill_older(name)


async def look_again(house: House, name: str) -> None:
    """A person resumes the flow: what was seen before counts only if it still looks so when the next record does."""
    for side in SIDES:
        key = _key(name, side)
        if (await house.documents.get(TURNED_BACK, key)).value.get("stopped"):
            await house.documents.change(
                TURNED_BACK, key, lambda now: {**_heard(now), "seen": now.get("seen", {}), "again": True}
            )


async def compared(house: House, name: str, began: str) -> None:
    """A compare pass has left nothing for later: what a person confirmed before it began has been carried out."""
    rows = [row async for row in house.documents.all(TURNED_BACK, f"{name}~")]
    for row in rows:
        if row.value.get("right") and row.value["at"] <= began:
            await house.documents.change(TURNED_BACK, row.key, _heard)


def _heard(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"heard": value["heard"]} if "heard" in value else {}
