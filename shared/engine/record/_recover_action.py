"""An action whose owner is gone, or whose request got no answer: its requests are sent again, as they were.

So the fate of each is known: a new row has the id that the intent holds, a change the version it was decided at. What
is still to be done afterwards is decided anew.
"""

from __future__ import annotations

from typing import Final

from shared.engine._flow import Flow
from shared.engine.record._act import Sent, send, told
from shared.engine.record._recover import take_over
from shared.engine.record._under_intent import without_intent
from shared.errors import Exists, Gone, Rejected, Stale
from shared.ledger import Coupling, IntendedStep
from shared.mapping import DATAVERSE, entity

_STANDS: Final = "recovered: it stands there"


async def recover_action(flow: Flow, coupling: Coupling, *, again: bool = True) -> None:
    """Settles the intent of an action. The caller looks at the record afresh afterwards.

    again: its requests are sent again. Without that they must have been dead for long, and new rows alone are told.
    """
    mine = await take_over(flow, coupling)
    assert mine.intent is not None
    sent = [await (_again(flow, step) if again else _as_it_stands(flow, step)) for step in mine.intent.steps]
    await without_intent(flow, mine, *told(flow, mine, sent))


async def _again(flow: Flow, step: IntendedStep) -> Sent:
    """What became of a step."""
    try:
        answer = await send(flow, step)
    except Stale:
        return Sent(step, reason="recovered: it has changed since, maybe by this")
    except Gone:
        return Sent(step, reason="recovered: the record is gone")
    except (Rejected, Exists):
        refused = "recovered: refused now, but an earlier request may still come"
        return Sent(step, reason=_STANDS if await _stands(flow, step) else refused)
    return Sent(step, answer.version if answer else "", "recovered")


async def _as_it_stands(flow: Flow, step: IntendedStep) -> Sent:
    """What can be told of a step without sending it again."""
    unknown = "recovered: it may have been carried out"
    return Sent(step, reason=_STANDS if await _stands(flow, step) else unknown)


async def _stands(flow: Flow, step: IntendedStep) -> bool:
    """True if a step was to make a row, and the row is there."""
    table = entity(DATAVERSE, step.table)
    return not step.version and await flow.dataverse.read(table, (step.row,), [table.id]) is not None
