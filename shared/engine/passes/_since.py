"""What people did since: whether a record that a load created is still as Koppel left it.

Each of our own writes is journaled with the version that it was for and the one that it made. As long as these meet,
from the create to the version that stands, nobody else has written in between. Where the last one was followed by
another, whoever modified the record and its mapped values decide; what is unsure stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

from shared.engine._flow import Flow
from shared.engine.record._edited import edits
from shared.engine.record._hanging import Hanging, row_id_of
from shared.ledger import Coupling
from shared.mapping import DATAVERSE, ERP, Entity, Side, entity
from shared.systems import Observation

CREATED: Final[Mapping[str, Side]] = {"created in erp": ERP, "created in dataverse": DATAVERSE}
CREATED_BY: Final = "_createdby_value"
MODIFIED_BY: Final = "_modifiedby_value"
_NOBODY_KNOWS: Final = ("?", "?")
_OWN: Final = ("created in ", "updated ", "recovered", "found in ", "delete given up")
Entry = Mapping[str, Any]
Found = Literal["ours", "followed", "unknown", "between"]


def created_by(entries: Sequence[Entry], job: str) -> Side | None:
    """On which side a job created the record that a story is about."""
    found = (CREATED[entry["what"]] for entry in entries if entry["job"] == job and entry["what"] in CREATED)
    return next(found, None)


def traced(entries: Sequence[Entry], side: Side, version: str) -> Found:
    """How our own writes of one side, newest first, lead to a version.

    followed: by a write that is not ours, or the last of ours was recovered and nobody heard which version it made.
    unknown: only the version of the create is not known. between: somebody else wrote between two of ours, or nobody
    can tell.
    """
    expected, whole = version, True
    for place, (before, after) in enumerate(_writes(entries, side)):
        if not after and not before and place == 0:
            return "unknown"
        if not after and place == 0:
            whole = False
        elif after != expected:
            return "followed" if place == 0 else "between"
        if not before:
            return "ours" if whole else "followed"
        expected = before
    return "between"


def decided(entries: Sequence[Entry], actions: Collection[str] = ()) -> bool:
    """True if more became of a record than our own writes: a value was restored, it was coupled anew, or renamed.

    actions: names of what is done for it beside its lines.
    """
    return not all(str(each["what"]).startswith(_OWN) or each["what"] in actions for each in entries)


async def touched(flow: Flow, coupling: Coupling, entries: Sequence[Entry], side: Side, row: Observation) -> str:
    """What somebody else has done to a record since it was created, in words; empty if nobody has."""
    if decided(entries, [each.name for each in flow.actions]):
        return "somebody has decided about it, or renamed it, since"
    found = traced(entries, side, row.version)
    if found == "ours":
        return ""
    if found == "between":
        return "it was changed between two writes of Koppel, and nothing tells by whom"
    if found == "followed" and side == ERP:
        return "it was changed in the ERP since, and nothing tells by whom"
    if side == DATAVERSE and not await _is_ours(flow, flow.map.dataverse.entity, coupling.dataverse, MODIFIED_BY):
        return "somebody else has modified it in Dataverse since"
    edited = [each for each in await edits(flow, coupling, side, row) if each.how != "hidden"]
    return "its values are not those that were agreed" if edited else ""


async def made_along(flow: Flow, coupling: Coupling, hanging: Hanging) -> bool:
    """True if an action of the record has made a row that hangs on it, and nobody else has modified that."""
    if hanging.side != DATAVERSE or row_id_of(hanging) not in {row for _, row in coupling.acted.values()}:
        return False
    table = entity(DATAVERSE, hanging.entity.name)
    return await _is_ours(flow, table, row_id_of(hanging), CREATED_BY, MODIFIED_BY)


async def _is_ours(flow: Flow, table: Entity, row_id: str, *columns: str) -> bool:
    """True if all these columns of a Dataverse row name Koppel's own user."""
    found = await flow.dataverse.read(table, (row_id,), [table.id, *columns])
    named = {str(found.row.get(column) or "").lower() for column in columns} if found else set()
    return "" not in named and named == {await flow.dataverse.user()}


def _writes(entries: Sequence[Entry], side: Side) -> list[tuple[str, str]]:
    """From which version to which, for every write of one side, the newest first, down to the create."""
    found: list[tuple[str, str]] = []
    for entry in entries:
        creates, known = CREATED.get(str(entry["what"])) == side, entry["versions"].get(side)
        if creates:
            found.append((known[0], known[1]) if known else ("", ""))
        elif known or (str(entry["what"]).startswith("updated") and side in entry["what"]):
            found.append((known[0], known[1]) if known else _NOBODY_KNOWS)
        if creates:
            break
    return found
