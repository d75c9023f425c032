"""Hints that are put off because visits failed: whoever brings their record to an end from elsewhere says so there.

Such a hint stands at one end of a pair, later and later, and is listed. The coupling tells that there is one to a visit
that reads it anyway; of what has none, whoever comes without a hint finds out what is put off, once a slice.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from shared.engine._flow import Flow, Outcome, Wake
from shared.errors import LedgerMoved
from shared.ledger import Coupling, Hint, Write
from shared.systems import PASSES


async def note_put_off(flow: Flow, end: str) -> None:
    """Stores on the coupling of a record that a hint of it is put off; not while somebody else is at work on it."""
    with suppress(LedgerMoved):
        coupling = await flow.ledger.coupling(end)
        if coupling is None or coupling.put_off or _is_in_other_hands(flow, coupling):
            return
        await flow.ledger.commit([replace(coupling, put_off=True).replace()])


async def over(flow: Flow, coupling: Coupling) -> None:
    """A visit has brought a pair to an end of which a hint was put off: nothing of that is listed any more."""
    ends = [coupling.key, *([coupling.index_key] if coupling.index_key else [])]
    hints = [await flow.ledger.hint(end) for end in ends]
    with suppress(LedgerMoved):  # somebody is at work on it, and will come to its end
        now = await flow.ledger.coupling(coupling.key)
        if now is not None and now.put_off and not _is_in_other_hands(flow, now):
            await flow.ledger.commit([replace(now, put_off=False).replace(), *_at_once(flow, hints)])


async def over_at(flow: Flow, wake: Wake, *ends: str) -> None:
    """The same for ends that had no coupling. The one that a hint has woken the visit at is none of them."""
    async with flow.put_off_turn:
        if wake.hint is None and flow.put_off is None:
            flow.put_off = {each.end async for each in flow.ledger.failing()}
    others = (end for end in dict.fromkeys(ends) if wake.hint is None or end != wake.end)
    asked = [end for end in others if flow.put_off is None or end in flow.put_off]
    if writes := _at_once(flow, [await flow.ledger.hint(end) for end in asked]):
        with suppress(LedgerMoved):  # it was repeated just now, so it is due anyway
            await flow.ledger.commit(writes)


def is_to_pass(outcome: Outcome) -> bool:
    """Whether a record was parked for a cause that passes by itself: it is tried again, later and later."""
    return outcome.kind == "parked" and not PASSES.isdisjoint(outcome.codes)


def _at_once(flow: Flow, hints: Iterable[Hint | None]) -> list[Write]:
    """Writes that make these hints due again, as if their visits had never failed.

    They are not dropped: the last one that failed may have been about something that the visit has not seen.
    """
    put_off = (hint for hint in hints if hint is not None and hint.failed)
    due = [replace(hint, failed=0, why={}, due=min(hint.due, flow.now())) for hint in put_off]
    return [Write("replace", hint.key, hint.cells(), hint.etag) for hint in due]


def _is_in_other_hands(flow: Flow, coupling: Coupling) -> bool:
    intent = coupling.intent
    return intent is not None and intent.attempt not in flow.attempts
