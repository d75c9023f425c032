"""A match by number alone: what it is called tells whether it may be somebody else."""

from __future__ import annotations

from shared.engine._flow import Flow
from shared.engine._named import number_in
from shared.engine._strangers import Strangers
from shared.engine.record._source import Source
from shared.engine.record._troubles import Item, whole_record
from shared.mapping import ERP, ordered, strangers
from shared.systems import Observation


def strangers_in(flow: Flow, source: Source, found: Observation) -> Strangers | None:
    """A record and its match, if their names have nothing in common, and the map cares."""
    flow_map = flow.map
    if flow_map.policy.strangers == "couple":
        return None
    theirs = flow_map.called_by(flow_map.side(source.target).read(found.row))
    names = ordered(source.side, flow_map.called_by(source.values), theirs)
    if not strangers(*names):
        return None
    rows = (source.observation.row, found.row) if source.side == ERP else (found.row, source.observation.row)
    return Strangers(flow_map.erp_identity(rows[0]), flow_map.dataverse_identity(rows[1]), names)


async def stranger(flow: Flow, source: Source, found: Observation) -> Item | None:
    """Why a match is not coupled: only its number says that it is the same, and nobody has approved that."""
    pair = strangers_in(flow, source, found)
    if pair is None or await flow.approved.may_couple(pair):
        return None
    row = (source.observation if source.side == ERP else found).row
    key, (erp, dataverse) = " ".join(pair.erp), pair.names
    number = (flow.map.has_given_id and number_in(flow.map, ERP, row)) or key
    message = (
        f"{number} is {erp!r} in the ERP and {dataverse!r} in Dataverse: correct the number of one of them, or couple "
        "them if they are the same, by hand or by approving a report that lists them"
    )
    erp_side, dataverse_side = pair.ends
    other = (pair.dataverse, dataverse_side) if source.side == ERP else (key, erp_side)
    return whole_record("stranger", message, value=other[0], about=other[1])
