"""New rows that are outside the scope until an action brings them in, as a product that comes into being as a draft."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.engine._actions import RecordAction
from shared.engine._flow import Flow
from shared.ledger import Coupling
from shared.mapping import ABSENT, DATAVERSE, Row, Side, reader, writer


def brought(flow: Flow, row: Row, actions: Iterable[RecordAction]) -> Row:
    """A row of Dataverse as it is once these actions have set what they bring."""
    table, wanted = flow.map.dataverse.entity, dict[str, Any]()
    for action in actions:
        for name, (before, after) in action.brings.items():
            column = table.fields[name]
            if reader(column)(row.get(column.wire_name, ABSENT)) == before:
                wanted[column.wire_name] = json.loads(writer(table.system, column)(after))
    return {**row, **wanted}


def includes(flow: Flow, side: Side, row: Row, coupling: Coupling) -> bool:
    """True if the row of a coupling is in the scope, or outside only until an action that is yet to be carried out."""
    scope = flow.map.side(side).scope
    return scope.includes(row) or (side == DATAVERSE and scope.includes(brought(flow, row, yet_to_act(flow, coupling))))


def yet_to_act(flow: Flow, coupling: Coupling) -> list[RecordAction]:
    """The actions that bring something in, and were not carried out for the row that there is."""
    return [each for each in flow.actions if each.brings and not _acted(coupling.acted, each)]


def _acted(acted: Mapping[str, tuple[str, str]], action: RecordAction) -> bool:
    return bool(acted.get(action.name, ("", ""))[0])
