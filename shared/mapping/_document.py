"""Map files as text: YAML in which every scalar stays what was written, with the line it stands on.

`No`, `010` and `1.10` must arrive as written; the schema types them later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shared.errors import MapError
from shared.mapping._problems import Problem

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One map file: nested dictionaries, lists and texts, and the line number of every entry."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line(self, *place: str) -> int:
        """The line of an entry, or of the nearest entry around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(path: Path) -> Document:
    """Reads one file. Raises MapError if it is missing, is not UTF-8, is not YAML, or names an entry twice."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise _error(path, 0, f"cannot be read: {problem}", "check that the file exists and is UTF-8") from problem
    return parse_document(text, path.name)


def parse_document(text: str, file: str) -> Document:
    """The same from text."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or str(problem)
        raise _error(file, mark.line + 1 if mark else 0, f"is not YAML: {what}", "correct the syntax") from problem
    if not isinstance(root, yaml.MappingNode):
        raise _error(file, 1, "is not a map", "begin with erp:, dataverse: and fields:")
    lines: dict[Place, int] = {}
    return Document(file, _plain(root, (), lines, file), lines)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], file: str) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, str(at)), lines, file) for at, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, value in node.value:
        if key.value in result:
            raise _error(file, key.start_mark.line + 1, f"{key.value!r} stands twice", "keep the one that is meant")
        result[key.value] = _plain(value, (*place, key.value), lines, file)
    return result


def _error(file: Path | str, line: int, what: str, remedy: str) -> MapError:
    name = file.name if isinstance(file, Path) else file
    return MapError([Problem(name, line, name, what, remedy)])
