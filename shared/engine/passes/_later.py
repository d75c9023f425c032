"""Visits that came to no end: tried again later and later, up to once a day, and listed with what stands in their way.

What an error says, and what becomes of its record, is one table in CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.engine._discreet import NOT_KEPT, unquoted
from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._house import House
from shared.engine.record._again import is_to_pass, note_put_off
from shared.engine.record._troubles import place
from shared.errors import Rejected, TryLater
from shared.ledger import Hint, end_of, moment
from shared.mapping import DATAVERSE, Side, shown

AGAIN: Final = "again"
"""Source of a hint: what was refused may have passed."""
INTERNAL: Final = "internal"
"""Cause of what nobody expected: a mistake of ours, of which the log tells."""


async def postponed(flow: Flow, wake: Wake, problem: Exception) -> Outcome:
    """Keeps the hint for later; a pass leaves one. If the ledger itself is away, the hint stands as it was.

    While a system as a whole cannot be used nothing is said about the record: it is due as before.
    """
    if isinstance(problem, TryLater) and (flow.erp.away or flow.dataverse.away):
        if wake.hint is None:
            await flow.ledger.store_hint(wake.side, wake.identity, wake.told or "pass")
        return Outcome("kept", codes=("later",))
    hint = wake.hint or await _of_a_pass(flow, wake)
    why = _why(flow, hint, problem)
    await flow.ledger.postpone(hint, flow.clock() + pause(flow, hint.failed), why)
    await note_put_off(flow, hint.end)
    if flow.put_off is not None:
        flow.put_off.add(hint.end)
    return Outcome("parked" if why["kind"] == "parked" else "kept", codes=(why["code"],))


async def tried_again(flow: Flow, wake: Wake, outcome: Outcome) -> Outcome:
    """What was refused for a cause that passes by itself is tried again later and later; its parked row says why.

    A pass looks, and tries nothing: so it leaves the hint that stands.
    """
    if not is_to_pass(outcome):
        return outcome
    end: tuple[Side, tuple[str, ...]] = (wake.side, wake.identity)
    end = (DATAVERSE, (outcome.dataverse,)) if outcome.dataverse else end
    if wake.hint is not None or await flow.ledger.hint(end_of(*end)) is None:
        failed = wake.hint.failed if wake.hint else 0
        await flow.ledger.store_hint(*end, AGAIN, flow.clock() + pause(flow, failed), failed=failed + 1)
        await note_put_off(flow, end_of(*end))
    return outcome


async def _of_a_pass(flow: Flow, wake: Wake) -> Hint:
    """A pass meets both ends of a pair: one of them is enough to come back to it."""
    coupling = None if wake.told else await flow.ledger.coupling(wake.end)
    if coupling is None or wake.side == DATAVERSE:
        return await flow.ledger.store_hint(wake.side, wake.identity, wake.told or "pass")
    return await flow.ledger.store_hint(DATAVERSE, (coupling.dataverse,), "pass")


@dataclass(frozen=True, slots=True)
class Standing:
    """A record that stands still: since when, and what an operator reads about it."""

    since: str
    words: str
    flow: str


async def longest_standing(house: House, names: Sequence[str]) -> Standing | None:
    """The record of some flows that was hinted at first and is not done yet; None if none stands."""
    hints = [(name, hint) for name in names if (hint := await house.ledger(name).oldest()) is not None]
    if not hints:
        return None
    name, hint = min(hints, key=lambda each: each[1].at)
    why = hint.why.get("message") or "it has not come to its turn"
    what = f"{' '.join(hint.identity)} in {place(hint.side)} stands since {hint.at}"
    return Standing(hint.at, f"{name}: {what}: {why}", name)


def pause(flow: Flow, failed: int) -> timedelta:
    """The pause after a visit that failed, and so many before it in a row."""
    return min(flow.options.first_pause * (1 << min(failed, 20)), flow.options.longest_wait)


def _why(flow: Flow, hint: Hint, problem: Exception) -> Mapping[str, str]:
    """What is listed: waiting at first, and parked when it has failed for some times, or the answer was a plain no."""
    passes = isinstance(problem, TryLater) and hint.failed + 1 < flow.options.parked_after
    return {
        "kind": "waiting" if passes else "parked",
        "code": problem.cause if isinstance(problem, (TryLater, Rejected)) else INTERNAL,
        "message": shown(_words(problem, values=flow.options.journal_values)),
        "since": hint.why.get("since") or moment(flow.clock()),
    }


def _words(problem: Exception, *, values: bool) -> str:
    if isinstance(problem, TryLater):
        return str(problem) if values else unquoted(str(problem))
    if isinstance(problem, Rejected):
        return str(problem) if values else NOT_KEPT
    return f"the visit to it failed with {type(problem).__name__}: look at the log"
