"""What deleting a row does to the rows that point to it: the delete behaviour of a relationship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.emulator.dataverse.behaviour import Behaviour, DeleteRule
from tests.emulator.dataverse.schema import Column, Definition

_BY_NATURE: Final[Mapping[tuple[str, str], DeleteRule]] = {
    ("annotations", "objectid"): "cascade",
    ("contacts", "parentcustomerid"): "cascade",
    ("sdkmessageprocessingsteps", "eventhandler"): "restrict",
    ("sdkmessageprocessingstepimages", "sdkmessageprocessingstepid"): "cascade",
}


def delete_rule(behaviour: Behaviour, table: Definition, column: Column) -> DeleteRule:
    """The rule of one lookup: as customised, as the platform has it, or as the lookup's own nature asks for."""
    where = (table.name, column.name)
    needed = column.create_only or "transactioncurrencies" in column.targets
    by_nature = _BY_NATURE.get(where, "restrict" if needed else "remove_link")
    return behaviour.delete_rules.get(where, by_nature)
