"""Overlays: a file that extends a shipped map adds, replaces or switches off lines, and may override its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shared.errors import MapError
from shared.mapping._document import Document, read_document
from shared.mapping._grammar import ParsedLine, parse_fields
from shared.mapping._model import Head
from shared.mapping._problems import Problem

VALUES = Path(__file__).parent / "values"


@dataclass(frozen=True, slots=True)
class Draft:
    """A map as written, overlays applied, not yet held against the schemas."""

    name: str
    document: Document
    head: Head
    lines: tuple[ParsedLine, ...]
    files: tuple[str, ...]

    def problem(self, *place: str, what: str, remedy: str, code: str = "") -> Problem:
        """A finding about an entry of the head."""
        return Problem(self.document.file, self.document.line(*place), ".".join(place), what, remedy, code)


def draft(name: str, documents: Sequence[Document]) -> Draft:
    """The map `name` from its base file and overlays, in order. Raises MapError with every problem found."""
    base, *overlays = documents
    problems: list[Problem] = []
    data, lines = _fields(base, problems)
    for overlay in overlays:
        if overlay.data.get("extends") != name.rpartition(".")[2]:
            what = f"extends {overlay.data.get('extends', 'nothing')!r}, but is used for {name}"
            remedy = f"write extends: {name.rpartition('.')[2]}, or take it out of MAP_OVERLAYS"
            problems.append(Problem(overlay.file, overlay.line("extends"), "extends", what, remedy))
        more, changed = _fields(overlay, problems)
        data = _overridden(data, {key: value for key, value in more.items() if key != "extends"})
        lines = {**lines, **changed}
    head = _head(base, {**data, "fields": data.get("fields", "")}, problems)
    if problems or head is None:
        raise MapError(problems)
    kept = tuple(line for line in lines.values() if "off" not in line.options)
    return Draft(name, base, head, kept, tuple(document.file for document in documents))


@cache
def shared_values() -> Mapping[str, Mapping[str, str]]:
    """The shared value maps, by name."""
    return {path.stem: dict(read_document(path).data) for path in sorted(VALUES.glob("*.yaml"))}


def _fields(document: Document, problems: list[Problem]) -> tuple[dict[str, Any], dict[tuple[str, str], ParsedLine]]:
    text = document.data.get("fields", "")
    if not isinstance(text, str):
        remedy = "write fields: | and one line per field below it"
        problems.append(Problem(document.file, document.line("fields"), "fields", "is not a block of text", remedy))
        text = ""
    parsed, found = parse_fields(text, document.file, document.line("fields") + 1)
    problems.extend(found)
    lines: dict[tuple[str, str], ParsedLine] = {}
    for line in parsed:
        if line.place in lines:
            what = f"stands twice; the first is on line {lines[line.place].number}"
            problems.append(
                Problem(document.file, line.number, line.name, what, "keep the one that is meant", "DIPV1023")
            )
        lines[line.place] = line
    return dict(document.data), lines


def _overridden(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Nested dictionaries merge key by key; anything else is replaced."""
    result = dict(base)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _overridden(result[key], value) if both else value
    return result


def _head(document: Document, data: Mapping[str, Any], problems: list[Problem]) -> Head | None:
    try:
        return Head.model_validate(data)
    except ValidationError as refused:
        for error in refused.errors():
            place = tuple(str(part) for part in error["loc"])
            line, name = document.line(*place), ".".join(place)
            problems.append(Problem(document.file, line, name, error["msg"], "see the grammar page in CONTRIBUTING.md"))
        return None
