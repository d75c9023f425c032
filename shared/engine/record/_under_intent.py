"""Delete under an intent: it is stored before the request is sent, and stays while nobody knows what came of that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from shared.engine._flow import Flow
from shared.engine.record._troubles import Item
from shared.errors import Denied, Gone, Rejected, Stale, TryLater, Unanswered
from shared.ledger import Coupling, IntendedWrite, Intent, Trouble, Write
from shared.mapping import Side


async def intend_delete(flow: Flow, coupling: Coupling, side: Side, version: str, *, source: Side) -> Coupling:
    """Stores that a record is to be deleted at a version. source: the side that it is deleted because of."""
    intent = Intent(
        operation=flow.token(),
        attempt=flow.attempt(),
        expires=flow.expiry(),
        kind="delete",
        source=source,
        writes=(IntendedWrite(side=side, action="delete", version=version),),
        job=flow.job,
    )
    intended = replace(coupling, intent=intent)
    (etag,) = await flow.ledger.commit([intended.replace()])
    return intended.with_etag(etag)


async def send_delete(flow: Flow, mine: Coupling) -> Stale | Rejected | None:
    """The delete that an intent of ours is about; None if the record is gone, else why it stands.

    An edit in between saves the record. Whoever else deleted it has done the same.
    """
    assert mine.intent is not None
    (write,) = mine.intent.writes
    try:
        await flow.system(write.side).delete(flow.map.side(write.side).entity, mine.identity(write.side), write.version)
    except Gone:
        return None
    except (Stale, Rejected) as refusal:
        return refusal
    return None


async def delete_or_give_back(flow: Flow, mine: Coupling) -> Stale | Rejected | None:
    """The same, and the intent is given back if the request was not taken. Unanswered, it may still be carried out."""
    try:
        return await send_delete(flow, mine)
    except Unanswered:
        raise
    except (TryLater, Denied):
        await without_intent(flow, mine)
        raise


async def without_intent(flow: Flow, mine: Coupling, *entries: Write) -> Coupling:
    """Gives an intent back: what it was about is not under way. entries: what is stored along with that."""
    bare = replace(mine, intent=None)
    etags = await flow.ledger.commit([bare.replace(), *entries])
    return bare.with_etag(etags[0])


# -- what was refused


def attempt_of(side: Side, version: str) -> str:
    """Stands for a delete that was tried."""
    return f"{side}:delete:{version}"


def delete_refused_before(rows: Iterable[Trouble], side: Side, version: str) -> Item | None:
    """What a system said when it refused this very delete."""
    attempt = attempt_of(side, version)
    return next((item for row in rows for item in row.items if item.get("attempt") == attempt), None)
