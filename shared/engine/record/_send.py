"""One side's values are sent to the other, as a person says, whatever was agreed and whoever was edited later."""

from __future__ import annotations

from dataclasses import replace

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import called_now
from shared.engine.record._by_hand import settled
from shared.engine.record._visit import visit
from shared.errors import Refused
from shared.mapping import DATAVERSE, SENT, Side


async def send(flow: Flow, side: Side, identity: tuple[str, ...], source: Side) -> Outcome:
    """Every line of a pair that goes both ways takes the value of the source; what it replaces is kept in the conflict
    list, an undecided conflict is decided by it. One-way lines go by their own source, as ever.

    Durable before anything is written: whoever dies in between has it done by the next visit. Of a pair that turns out
    to be out of the scope nothing is sent, then or later. Raises NotFound, Busy, or Refused for a pair that has ended.
    """
    pair = await settled(flow, side, identity)
    if not pair.is_pair:
        name = await called_now(flow, side, identity) or " ".join(identity)
        raise Refused(f"{name} has no partner to send to ({pair.reason or pair.state}): couple it first")
    both_ways = [line.definition for line in flow.map.lines if line.source is None and line.update]
    agreed = pair.agreed.changed(flow.map, marks=dict.fromkeys(both_ways, SENT[source]), parked=pair.agreed.parked)
    await flow.ledger.commit([replace(pair, agreed=agreed, digests={}).replace()])
    row = (pair.dataverse,)
    outcome = await visit(flow, Wake(DATAVERSE, row, await flow.ledger.ask(DATAVERSE, row)))
    if outcome.kind == "dormant":
        asleep = await settled(flow, DATAVERSE, row)
        await flow.ledger.commit([replace(asleep, agreed=pair.agreed, digests={}).replace()])
    return outcome
