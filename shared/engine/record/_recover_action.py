"""An action whose owner is gone, or whose request got no answer: its requests are sent again, as they were.

So the fate of each is known: a new row has the id that the intent holds, a change the version it was decided at. What
is still to be done afterwards is decided anew.
"""

from __future__ import annotations

from shared.engine._flow import Flow
from shared.engine.record._act import Sent, send, told
from shared.engine.record._recover import take_over
from shared.engine.record._under_intent import without_intent
from shared.errors import Exists, Gone, Rejected, Stale
from shared.ledger import Coupling, IntendedStep
from shared.mapping import DATAVERSE, entity


async def recover_action(flow: Flow, coupling: Coupling) -> None:
    """Settles the intent of an action. The caller looks at the record afresh afterwards."""
    mine = await take_over(flow, coupling)
    assert mine.intent is not None
    await without_intent(flow, mine, *told(flow, mine, [await _again(flow, step) for step in mine.intent.steps]))


async def _again(flow: Flow, step: IntendedStep) -> Sent:
    """What became of a step."""
    try:
        answer = await send(flow, step)
    except Stale:
        return Sent(step, reason="recovered: it has changed since, maybe by this")
    except Gone:
        return Sent(step, reason="recovered: the record is gone")
    except (Rejected, Exists):
        table = entity(DATAVERSE, step.table)
        stands = not step.version and await flow.dataverse.read(table, (step.row,), [table.id]) is not None
        refused = "recovered: refused now, but an earlier request may still come"
        return Sent(step, reason="recovered: it stands there" if stands else refused)
    return Sent(step, answer.version if answer else "", "recovered")
