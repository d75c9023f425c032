"""Parents: whoever stands above a row of its own table. No row may come to stand above itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.store import Table

_HIERARCHIES: Final = {"contacts": ("_parentcustomerid_value", "0x8004050a", "Contacts")}
"""Table to its parental lookup, the service's error code for a loop, and what its message calls the table."""


def refuse_loop(table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    """Refuses values whose chain of parents leads back to their row, as the service does: deletes go down such chains.

    Source: ContactLoopBeingCreated in the list of Dataverse error codes.
    """
    if table.definition.name not in _HIERARCHIES:
        return
    wire, code, name = _HIERARCHIES[table.definition.name]
    parent = values[wire]
    while parent in table.rows or parent == row_id:
        if parent == row_id:
            raise Refusal(400, code, f"Creating this parental association would create a loop in {name} hierarchy.")
        parent = table.rows[parent].values[wire]
