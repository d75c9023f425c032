"""Flows of a job that cannot go on now: what stands behind them has its turn, and they are tried again after that.

A pass that a schedule or a person ordered gives such a flow up some hours later, and the next one begins anew. What
brings flows up, or takes something back, never gives up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from shared.engine._house import House
from shared.engine._states import note_failing
from shared.engine.passes._orders import COPY, FORGETTING, PAIRING, RESTORE, UPGRADE, note
from shared.errors import in_one
from shared.ledger import JOBS, moment

IN_ORDER: Final = FORGETTING | PAIRING | {"plan", UPGRADE, COPY, RESTORE}
"""Kinds of jobs that go flow by flow, whatever happens: what comes later rests on what came before."""
GIVEN_UP: Final = timedelta(hours=6)


async def put_off(house: House, value: Mapping[str, Any], name: str, why: str) -> bool:
    """A slice of a flow could not be done: its job goes on with the next one. True if it does not come back to it."""
    now, kind = house.clock(), value["kind"]
    since = value.get("failing", {}).get(name, {}).get("since") or moment(now)
    if kind not in IN_ORDER:
        await note_failing(house, name, _pass_of(kind), why)
        if not value.get("begin") and since < moment(now - GIVEN_UP):
            given_up = in_one(why, f"given up after {GIVEN_UP // timedelta(hours=1)} hours: the rest was not done")
            await note(house, value["id"], "errors", name, given_up)
            return True

    def behind(job: Mapping[str, Any]) -> Mapping[str, Any]:
        flows, at = job["flows"], job["at"]
        failing = {**job.get("failing", {}), name: {"since": since, "why": why}}
        if kind in IN_ORDER or flows[at : at + 1] != [name]:
            return {**job, "failing": failing}
        return {**job, "flows": [*flows[:at], *flows[at + 1 :], name], "failing": failing}

    await house.documents.change(JOBS, value["id"], behind)
    return False


async def goes_on(house: House, value: Mapping[str, Any], name: str) -> None:
    """A slice of a flow could be done, or its job is through with it: nothing holds it any more."""
    if name not in value.get("failing", {}):
        return
    if value["kind"] not in IN_ORDER:
        await note_failing(house, name, _pass_of(value["kind"]), "")

    def over(job: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**job, "failing": {each: what for each, what in job.get("failing", {}).items() if each != name}}

    await house.documents.change(JOBS, value["id"], over)


def _pass_of(kind: str) -> str:
    return "catch-up" if kind == "catch-up" else "compare"
