"""Many visits at once: records at the same step share requests and transactions, and one bad record stops no other."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeGuard

from shared.engine._budget import BudgetSpent
from shared.engine._flow import Flow, Outcome, RowName, Wake
from shared.engine._turned_back import TurnedBack
from shared.engine.passes._later import postponed, tried_again
from shared.engine.record._conclude import keep
from shared.engine.record._dependants import hanging_on, name_of
from shared.engine.record._ending import DEFERRED
from shared.engine.record._visit import visit
from shared.errors import Denied, Halted, KoppelError, Rejected, TryLater, Unsettled, trace_of
from shared.mapping import DATAVERSE, ERP, Side

log: Final = logging.getLogger("koppel.engine")
STOPPERS: Final = (Denied, BudgetSpent, TurnedBack)
"""Errors that stop the flow, not just a record."""
AT_ONCE: Final = 400
"""Visits under way at the same time: four full batches; the others have not begun when a flow is paused."""


def why_paused(problem: KoppelError) -> str:
    """The reason of a flow that an error has paused. What was denied says what to put right, wherever it is told; only
    here somebody has to resume.
    """
    return f"{problem}. Then resume the flow" if isinstance(problem, Denied) else str(problem)


@dataclass(slots=True)
class Tally:
    """What happened to how many records. created, updated: per side written. reasons: of parked and waiting records."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome, number: int = 1) -> None:
        """Counts an outcome; with -1 takes it back, if a later one of the same record is to stand for it."""
        kind = "created" if outcome.made else outcome.kind
        done = kind if kind in {"created", "deleted"} else "updated"
        self.counts[outcome.kind] += number
        for side in outcome.sides:
            self.counts[f"{done} {side}"] += number
        for code in outcome.codes:
            self.reasons[code] += number

    def add_equal(self, number: int) -> None:
        self.counts["equal"] += number

    def as_json(self) -> dict[str, Any]:
        return {"counts": dict(sorted(self.counts.items())), "reasons": dict(sorted(self.reasons.items()))}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Tally:
        return cls(Counter(value.get("counts", {})), Counter(value.get("reasons", {})))


async def visit_all(flow: Flow, wakes: Sequence[Wake], tally: Tally) -> list[Outcome]:
    """Visits every record; what cannot be done now is left as a hint with a pause.

    Moves and edits come first. Then what has lost its partner is deleted, dependants before what they depend on.

    Raises Denied, BudgetSpent or TurnedBack after all visits have ended: the flow has to stop. Raises Halted after
    those that had begun: the others are as they were.
    """
    turns = asyncio.Semaphore(AT_ONCE)
    outcomes = await asyncio.gather(*(_in_turn(turns, flow, replace(wake, defers=True)) for wake in wakes))
    deferred = {at: outcome for at, outcome in enumerate(outcomes) if _is_deferred(outcome)}
    if deferred and not any(isinstance(outcome, KoppelError) for outcome in outcomes):
        for level in await _levels(flow, {at: (wakes[at], outcome) for at, outcome in deferred.items()}):
            ends = await asyncio.gather(*(_in_turn(turns, flow, _afresh(wakes[at])) for at in level))
            for at, outcome in zip(level, ends, strict=True):
                outcomes[at] = outcome
    for outcome in outcomes:
        if isinstance(outcome, Outcome):
            tally.add(outcome)
    for outcome in outcomes:
        if isinstance(outcome, KoppelError):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Outcome)]


async def _in_turn(turns: asyncio.Semaphore, flow: Flow, wake: Wake) -> Outcome | KoppelError:
    async with turns:
        return await _guarded(flow, wake)


async def _guarded(flow: Flow, wake: Wake) -> Outcome | KoppelError:
    try:
        await flow.go_on()
        async with asyncio.timeout(flow.options.visit.total_seconds()):
            return await tried_again(flow, wake, await visit(flow, wake))
    except Halted as halted:
        return halted
    except STOPPERS as problem:
        await keep(flow, wake)
        return problem
    except TimeoutError:
        return await postponed(flow, wake, Unsettled(f"it is not done within {flow.options.visit.total_seconds():g} s"))
    except (TryLater, Rejected) as problem:
        return await postponed(flow, wake, problem)
    except Exception as problem:  # noqa: BLE001 - it is logged and listed
        log.error("%s: a visit failed; its record is listed as internal: %s", flow.map.name, trace_of(problem))  # noqa: TRY400 - a trace without the error's own words, which may hold values
        return await postponed(flow, wake, problem)


# -- deletes, when everything else of a wave is done


def _is_deferred(outcome: Outcome | KoppelError) -> TypeGuard[Outcome]:
    return isinstance(outcome, Outcome) and outcome.codes[:1] == (DEFERRED,)


def _afresh(wake: Wake) -> Wake:
    """Whatever was read for it may have changed meanwhile."""
    return replace(wake, seen=None, new=False, coupling=None)


async def _levels(flow: Flow, deferred: Mapping[int, tuple[Wake, Outcome]]) -> list[list[int]]:
    """The deletes of a wave in turns: each when nothing of the wave hangs on its record. A circle begins anywhere."""
    names: dict[int, RowName] = {}
    asked: list[Awaitable[set[RowName]]] = []
    for at, (wake, outcome) in deferred.items():
        side: Side = DATAVERSE if DATAVERSE in outcome.codes else ERP
        identity = (outcome.dataverse,) if side == DATAVERSE else outcome.erp
        names[at] = name_of(flow, side, identity)
        asked.append(_hanging(flow, wake, side, identity))
    hanging = dict(zip(deferred, await asyncio.gather(*asked), strict=True))
    levels: list[list[int]] = []
    left = dict(names)
    while left:
        there = set(left.values())
        ready = [at for at in left if not hanging[at] & (there - {left[at]})] or [min(left)]
        levels.append(ready)
        left = {at: name for at, name in left.items() if at not in ready}
    return levels


async def _hanging(flow: Flow, wake: Wake, side: Side, identity: tuple[str, ...]) -> set[RowName]:
    """What hangs on a record. What cannot be asked now is met again by the visit."""
    try:
        return {each.name for each in await hanging_on(flow, wake, side, identity)}
    except KoppelError:
        return set()
