"""What a person decides about a pair that has lost a record: make it again, uncouple the two, delete the other."""

from __future__ import annotations

from dataclasses import replace

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._by_hand import settled
from shared.engine.record._troubles import place
from shared.engine.record._visit import visit
from shared.errors import Refused
from shared.ledger import Coupling, end_of
from shared.mapping import SIDES, DeletePolicy, Deletes, Side, other


async def lost_side(flow: Flow, side: Side, identity: tuple[str, ...]) -> tuple[Coupling, Side]:
    """The pair of a record, and the side on which it has lost its own.

    Raises NotFound or Busy, Refused if the pair has ended, or both records are there, or neither, and Denied if one
    may only be hidden.
    """
    pair = await settled(flow, side, identity)
    if pair.ended or pair.erp is None:
        raise Refused(f"the record is {pair.state} already ({pair.reason})")
    gone = [each for each in SIDES if await flow.read(each, pair.identity(each)) is None]
    for each in gone:
        await flow.confirm_gone(each, pair.identity(each))
    if len(gone) != 1:
        raise Refused("both of the two are there: nothing was lost" if not gone else "both of the two are gone")
    return pair, gone[0]


async def decide_survivor(flow: Flow, side: Side, identity: tuple[str, ...], how: DeletePolicy) -> Outcome:
    """Carries out for one pair what its flow's policy might say. What stands in the way of a policy stands in a
    person's way, too: an unseen edit, the budget, what hangs on the survivor, a right that is missing.

    Raises what `lost_side` raises, and Refused where nothing can be made again.
    """
    pair, gone = await lost_side(flow, side, identity)
    demand_remade(flow, gone, how)
    policy = flow.map.policy.model_copy(update={"delete": Deletes(erp=how, dataverse=how)})
    flow.map = replace(flow.map, policy=policy)
    flow.chosen = "both" if how == "restore" else flow.chosen
    survivor = other(gone)
    outcome = await _visited(flow, survivor, pair)
    is_free = await flow.ledger.coupling(end_of(survivor, pair.identity(survivor))) is None
    return await _visited(flow, survivor, pair) if how == "restore" and is_free else outcome


def demand_remade(flow: Flow, gone: Side, how: DeletePolicy) -> None:
    """Raises Refused where a record is to be made again that nothing of the map would fill."""
    if how == "restore" and gone not in flow.map.targets:
        raise Refused(f"no line of the map writes {place(gone)}: what is made there would be empty")


async def _visited(flow: Flow, survivor: Side, pair: Coupling) -> Outcome:
    identity = pair.identity(survivor)
    return await visit(flow, Wake(survivor, identity, await flow.ledger.ask(survivor, identity)))
