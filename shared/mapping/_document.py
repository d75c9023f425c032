"""Map files as text: YAML in which every scalar stays what was written, with the line it stands on.

`No`, `010` and `1.10` must arrive as written; the schema types them later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from shared.errors import MapError
from shared.mapping._problems import Problem

Place = tuple[str, ...]

MOST_BYTES: Final = 1024 * 1024
MOST_ENTRIES: Final = 20_000
DEEPEST: Final = 20
"""Far more than any map needs, and far less than would keep a reader busy."""


@dataclass(frozen=True, slots=True)
class Document:
    """One map file: nested dictionaries, lists and texts, and the line number of every entry.

    The place of a block of text followed by "0" is the first line of the text itself.
    """

    file: str
    data: Mapping[str, Any]
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line(self, *place: str) -> int:
        """The line of an entry, or of the nearest entry around it."""
        return self.lines.get(place[: self.depth(*place)], 1)

    def depth(self, *place: str) -> int:
        """How far along a place there are entries in this file."""
        known = len(place)
        while known and place[:known] not in self.lines:
            known -= 1
        return known


def read_document(path: Path) -> Document:
    """Reads one file. Raises MapError if it is missing, is not UTF-8, is not YAML, or names an entry twice."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _error(path, 0, f"has more than {MOST_BYTES} bytes", "split it into overlays")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise _error(path, 0, f"cannot be read: {problem}", "check that the file exists and is UTF-8") from problem
    return parse_document(text, path.name)


def parse_document(text: str, file: str) -> Document:
    """The same from text."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or str(problem)
        raise _error(
            file,
            mark.line + 1 if mark else 0,
            f"is not YAML: {what}",
            "indent what belongs to an entry by two more blanks, without tabs, and write name: value",
        ) from problem
    if not isinstance(root, yaml.MappingNode):
        raise _error(
            file, 1, "is not a map", "begin with erp:, dataverse: and fields:, an overlay with extends: and fields:"
        )
    read = _Reader(file)
    return Document(file, read.plain(root, ()), read.lines)


class _Loader(yaml.SafeLoader):
    """Stops at what nests deeper than any map, before it is read on: the cost of reading grows with depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # the stubs leave the parser out
            raise yaml.MarkedYAMLError(problem=f"entries nest more than {DEEPEST} deep", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Reader:
    """Turns YAML nodes into plain texts, lists and dictionaries, and notes the line of every entry."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.around: list[yaml.Node] = []
        self.entries = 0

    def plain(self, node: yaml.Node, place: Place) -> Any:
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise self._refused(
                node, f"there are more than {MOST_ENTRIES} entries", "write less, and no alias of an alias"
            )
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            if node.style == "|":
                self.lines[*place, "0"] = node.start_mark.line + 2
            return node.value
        if any(node is each for each in self.around):
            raise self._refused(node, "an entry contains itself", "write it out instead of an alias")
        self.around.append(node)
        result = self._list(node, place) if isinstance(node, yaml.SequenceNode) else self._entries(node, place)
        self.around.pop()
        return result

    def _list(self, node: yaml.SequenceNode, place: Place) -> list[Any]:
        return [self.plain(item, (*place, str(at))) for at, item in enumerate(node.value)]

    def _entries(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._refused(key, "the name of an entry is not a text", "give it a plain name")
            if key.value in result:
                raise self._refused(key, f"{key.value!r} stands twice", "keep the one that is meant")
            self.lines[*place, key.value] = key.start_mark.line + 1
            result[key.value] = self.plain(value, (*place, key.value))
        return result

    def _refused(self, node: yaml.Node, what: str, remedy: str) -> MapError:
        return _error(self.file, node.start_mark.line + 1, what, remedy)


def _error(file: Path | str, line: int, what: str, remedy: str) -> MapError:
    name = file.name if isinstance(file, Path) else file
    return MapError([Problem(name, line, name, what, remedy)])
