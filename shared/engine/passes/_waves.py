"""Many visits at once: records at the same step share requests and transactions, and one bad record stops no other."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from shared.engine._budget import BudgetSpent
from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._turned_back import TurnedBack
from shared.engine.record._troubles import later
from shared.engine.record._visit import visit
from shared.errors import Denied, Halted, KoppelError, LedgerMoved, TryLater
from shared.ledger import Write, moment

log: Final = logging.getLogger("koppel.engine")
STOPPERS: Final = (Denied, BudgetSpent, TurnedBack)
"""Errors that stop the flow, not just a record."""
AT_ONCE: Final = 400
"""Visits under way at the same time: four full batches; the others have not begun when a flow is paused."""


@dataclass(slots=True)
class Tally:
    """What happened to how many records. created, updated: per side written. reasons: of parked and waiting records."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome, number: int = 1) -> None:
        """Counts an outcome; with -1 takes it back, if a later one of the same record is to stand for it."""
        kind = outcome.kind
        self.counts[kind] += number
        for side in outcome.sides:
            self.counts[
                f"{'created' if kind == 'created' else 'deleted' if kind == 'deleted' else 'updated'} {side}"
            ] += number
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

    Raises Denied, BudgetSpent or TurnedBack after all visits have ended: the flow has to stop. Raises Halted after
    those that had begun: the others are as they were.
    """
    turns = asyncio.Semaphore(AT_ONCE)
    outcomes = await asyncio.gather(*(_in_turn(turns, flow, wake) for wake in wakes))
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
        return await visit(flow, wake)
    except Halted as halted:
        return halted
    except STOPPERS as problem:
        await _postpone(flow, wake, timedelta())
        return problem
    except TryLater:
        tries = wake.hint.tries if wake.hint else 0
        await _postpone(flow, wake, later(flow, tries))
        return Outcome("kept", codes=("later",))
    except Exception:
        log.exception("%s: the visit to %s failed", flow.map.name, wake.end)
        await _postpone(flow, wake, flow.options.longest_pause)
        return Outcome("kept", codes=("internal",))


async def _postpone(flow: Flow, wake: Wake, pause: timedelta) -> None:
    """Keeps the hint for later; a pass leaves one. If the ledger itself is away, the hint stands as it was."""
    due = flow.clock() + pause
    if wake.hint is None:
        await flow.ledger.store_hint(wake.side, wake.identity, wake.told or "pass", due)
        return
    hint = wake.hint
    cells = {**hint.cells(), "due": moment(due), "tries": hint.tries + 1}
    try:
        await flow.ledger.commit([Write("replace", hint.key, cells, hint.etag)])
    except LedgerMoved:
        return  # repeated meanwhile: it is due at once
