"""An explanation as people read it: one plain sentence, then what differs, then the rest, and nothing that is empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.labels import Labels
from shared.mapping import DATAVERSE, ERP, SIDES, Side, other

NAMED: Final = 3
"""So many lines that differ are named in the sentence; all of them are listed."""
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


def plainly(told: Mapping[str, Any], names: Mapping[Side, str], labels: Labels) -> dict[str, Any]:
    """An answer of `explain`, put in order. names: what the record is called, where that is known."""
    lines = [labels.of_sides(each["line"], each) for each in told.get("lines", ())]
    differs = [each for each in lines if each["flows"] or each["changed"]]
    rest = [each for each in lines if each not in differs and any(each[side] not in _EMPTY for side in SIDES)]
    answer = {
        "says": _sentence(told, names, [each["line"] for each in differs]),
        "differs": [_without_empty(each) for each in differs],
        "called": names,
        **told,
        "conflicts": [_conflict(each, labels) for each in told.get("conflicts", ())],
        "lines": [_without_empty(each) for each in rest],
        "journal": [_without_empty(_entry(each, labels)) for each in told.get("journal", ())],
    }
    last = {part: answer.pop(part) for part in ("lines", "journal")}
    return _without_empty({**answer, **last})


def _sentence(told: Mapping[str, Any], names: Mapping[Side, str], differing: Sequence[str]) -> str:
    """What the record is called and how it stands."""
    side: Side = DATAVERSE if told["side"] == DATAVERSE else ERP
    name = names.get(side) or names.get(other(side)) or " ".join(told["identity"])
    what = f"{len(differing)} line{'s' if len(differing) > 1 else ''}"
    more = " and others" if len(differing) > NAMED else ""
    lines = f"; {what} to look at: {', '.join(differing[:NAMED])}{more}" if differing else ""
    return f"{name}: {told['why']}{lines}."


def _conflict(row: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    loser: Side = DATAVERSE if row["loser"] == DATAVERSE else ERP
    values = {"value": labels.of(row["line"], loser, row["value"])}
    return {**row, **values, "winner": labels.of(row["line"], other(loser), row["winner"])}


def _entry(row: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    return {**row, "lines": [_without_empty(_written(each, labels)) for each in row["lines"]]}


def _written(line: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    values = {part: labels.of(line["line"], line["side"], line[part]) for part in ("old", "new") if part in line}
    return {**line, **values}


def _without_empty(row: Mapping[str, Any]) -> dict[str, Any]:
    return {part: value for part, value in row.items() if value not in _EMPTY}
