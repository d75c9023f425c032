"""Whose parties the records are that Koppel creates: a number that somebody typed joins nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from shared.mapping import fold
from tests.simulation.book import Book
from tests.simulation.kinds import KINDS, PARTIES
from tests.simulation.world import World

COLUMN: Final = "msdyn_partynumber"


def joined(world: World, books: Sequence[Book]) -> Iterator[str]:
    """Records of the ERP that Koppel made of a party that others had, and that no coupling had brought to Dataverse."""
    fields = {KINDS[flow].entity: pair.erp for flow, pair in PARTIES.items()}
    brought = {fold(part) for book in books for erp, _ in book.pairs for part in erp}
    brought |= {
        fold(str(each.after[COLUMN])) for each in world.dataverse.history if each.app and each.after.get(COLUMN)
    }
    taken = set[str]()
    for change in world.erp.history:
        number = fold(str(change.after.get(fields.get(change.entity, ""), "")))
        is_ours = change.app and change.operation == "create" and fields.get(change.entity) in change.sent
        if is_ours and number in taken - brought:
            yield f"law 12: {change.entity} {dict(change.key)} joined a party that its row only names"
        taken |= {number} if number else set()
