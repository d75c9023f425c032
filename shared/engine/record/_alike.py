"""A record whose key we take for that of another, and the ERP does not: its collation may be stricter than we know."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._troubles import Item, changes, standing, told, trouble, whole_record
from shared.ledger import Coupling, spelt_end
from shared.mapping import ERP, Side


async def swallowed(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome | None:
    """Parks a record that would be lost behind the coupling of another. None if the coupling is its own."""
    if coupling.erp is None or not _is_spelt_otherwise(wake.side, wake.identity, coupling.erp):
        return None
    end = spelt_end(wake.identity)
    item, found = await alike(flow, wake.side, wake.identity, coupling), await standing(flow, [end])
    if item is not None:
        row = trouble(flow, "parked", wake, end, [item])
        if writes := changes([row], found):
            await flow.ledger.commit(writes)
        if wake.hint is not None:
            await flow.ledger.drop(wake.hint)
        return told(row)
    if found:
        await flow.ledger.commit(changes([], found))
    return None


async def alike(flow: Flow, side: Side, identity: Sequence[str], coupling: Coupling) -> Item | None:
    """Why a record that looks like the one of a coupling has no part in it; None if it is that one, or none at all."""
    if coupling.erp is None or not _is_spelt_otherwise(side, identity, coupling.erp):
        return None
    mine, other = await flow.read(ERP, tuple(identity)), await flow.read(ERP, coupling.erp)
    if mine is None or other is None:
        return None
    keys = [flow.map.erp_identity(row.row) for row in (mine, other)]
    if not _is_spelt_otherwise(ERP, *keys):
        return None
    names = [f"{' '.join(key)} {flow.map.called_by(flow.map.erp.read(row.row))!r}"
             for key, row in zip(keys, (mine, other), strict=True)]  # fmt: skip
    message = f"{names[0]} and {names[1]} are two records with keys that look alike: give one of them another key"
    return whole_record("look-alike", message, value=" ".join(keys[1]), about=coupling.index_key)


def _is_spelt_otherwise(side: Side, one: Sequence[str], another: Sequence[str]) -> bool:
    """True if two keys of the ERP differ by more than letter case."""
    return side == ERP and [each.lower() for each in one] != [each.lower() for each in another]
