"""Overlays: a file that extends a shipped map adds, replaces or switches off lines, and may override its head."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from shared.mapping._by_company import shared_out
from shared.mapping._document import Document, Place, read_document
from shared.mapping._grammar import SYMBOLS, ParsedLine, parse_fields
from shared.mapping._head_faults import head_fault
from shared.mapping._model import Head
from shared.mapping._problems import Fault, Problem
from shared.mapping._scope_parts import ScopesAsWritten
from shared.mapping._value_lists import ValueList, value_list
from shared.mapping._wording import alike

VALUES = Path(__file__).parent / "values"


@dataclass(frozen=True, slots=True)
class Deed:
    """What a line of an overlay does to the map before it."""

    file: str
    line: str
    does: Literal["adds", "replaces", "switches off"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A map as written, overlays applied, not yet held against the schemas.

    head: without the entries that are faulty; None if it is no head then. problems: what is wrong so far. mentions:
    lines as any of the files has them last but for switching them off. switched_off: those that say `off`. scopes: what
    each file says of them. deeds: what overlays do to the lines before them. data: the head as it is written.
    """

    name: str
    documents: Sequence[Document]
    head: Head | None
    faulty: frozenset[str]
    lines: Sequence[ParsedLine]
    problems: Sequence[Problem]
    mentions: Sequence[ParsedLine] = ()
    switched_off: Sequence[ParsedLine] = ()
    scopes: ScopesAsWritten = field(default_factory=ScopesAsWritten)
    deeds: Sequence[Deed] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def problem(self, *place: str, what: str, remedy: str, code: str = "") -> Problem:
        """A finding about an entry of the head, in the file that wrote it last."""
        return _at(self.documents, place, what, remedy, code)

    def in_list(self, name: str, entry: Place, fault: Fault) -> Problem:
        """A finding about an entry of a value map, in the file that has it: one of the map's, or the shared list."""
        place, shared = ("values", name, *entry), shared_values().get(name)
        is_own = any(document.depth(*place) == len(place) for document in self.documents)
        if is_own or shared is None:
            return self.problem(*place, what=fault.what, remedy=fault.remedy, code=fault.code)
        return fault.at(shared.file, shared.line(*entry), ".".join(place))


def draft(
    name: str, documents: Sequence[Document], switches: Collection[str] = (), common: Mapping[str, Any] = {}
) -> Draft:
    """The map `name` from its base file and overlays, in order. A line behind a switch that is off replaces nothing.

    common: entries of the head that stand before those of the files.
    """
    problems: list[Problem] = []
    data: dict[str, Any] = dict(common)
    lines: dict[tuple[str, ...], ParsedLine] = {}
    waiting: list[ParsedLine] = []
    mentions: dict[tuple[str, ...], ParsedLine] = {}
    scopes = ScopesAsWritten()
    deeds: list[Deed] = []
    for document in documents:
        entries = dict(document.data)
        problems += scopes.take(document, entries, is_overlay=document is not documents[0])
        if document is not documents[0]:
            problems += _extends(document, entries.pop("extends", ""), name)
        written = _lines(document, entries.pop("fields", ""), problems)
        if document is not documents[0]:
            problems += _idle(written, lines, waiting)
        there = {place: line for place, line in written.items() if line.options.get("if", "") in {"", *switches}}
        waiting += [line for place, line in written.items() if place not in there]
        deeds += [_deed(line, lines) for line in there.values()] if document is not documents[0] else []
        lines |= there
        mentions |= {place: line for place, line in written.items() if "off" not in line.options}
        data = _overridden(data, entries)
    whole = scopes.put_into(data)
    head, refused = _head(whole)
    problems += [_finding(documents, error) for error in refused]
    faulty = frozenset(str(error["loc"][0]) for error in refused)
    off = [line for line in lines.values() if "off" in line.options]
    kept = shared_out([line for line in (*lines.values(), *waiting) if "off" not in line.options], lines.values())
    off = [line for line in off if not line.companies]
    return Draft(name, documents, head, faulty, kept, problems, list(mentions.values()), off, scopes, deeds, whole)


@cache
def shared_values() -> Mapping[str, Document]:
    """The shared value maps, by name."""
    return {path.stem: read_document(path) for path in sorted(VALUES.glob("*.yaml"))}


def merged_values(own: Mapping[str, Mapping[str, Any]]) -> Mapping[str, ValueList]:
    """Every value map that lines may name: a map's own, which add to the shared ones."""
    shared = {name: dict(document.data) for name, document in shared_values().items()}
    whole = {**shared, **{name: _overridden(shared.get(name, {}), members) for name, members in own.items()}}
    return {name: value_list(name, members) for name, members in whole.items()}


def _extends(overlay: Document, extends: object, name: str) -> list[Problem]:
    own = name.rpartition(".")[2]
    if extends == own and overlay.data.keys() <= {"extends"}:
        what, remedy = "the overlay says nothing", "give it lines or an entry, or take it out of MAP_OVERLAYS"
        return [Problem(overlay.file, overlay.line("extends"), "extends", what, remedy)]
    if extends == own:
        return []
    remedy = f"write extends: {own}, or take it out of MAP_OVERLAYS"
    what = f"extends {extends!r}, but is used for {name}"
    if not extends:
        what = "the overlay does not say which map it extends"
    elif extends == name:
        what, remedy = "the suite stands before the flow", f"write extends: {own}"
    return [Problem(overlay.file, overlay.line("extends"), "extends", what, remedy)]


def _lines(document: Document, text: object, problems: list[Problem]) -> dict[tuple[str, ...], ParsedLine]:
    if not isinstance(text, str) or _folded(text):
        remedy = "write fields: | and one line per field below it"
        problems.append(Problem(document.file, document.line("fields"), "fields", "is not a block of text", remedy))
        return {}
    parsed, found = parse_fields(text, document.file, document.line("fields", "0"))
    problems += found
    lines: dict[tuple[str, ...], ParsedLine] = {}
    for line in parsed:
        if line.place in lines:
            what = f"stands twice; the first is on line {lines[line.place].number}"
            problems.append(line.problem(what, "keep the one that is meant", "DIPV1023"))
        lines[line.place] = line
    return lines


def _idle(
    written: Mapping[tuple[str, ...], ParsedLine],
    lines: Mapping[tuple[str, ...], ParsedLine],
    waiting: Sequence[ParsedLine],
) -> Iterator[Problem]:
    """Lines that an overlay switches off and the map does not have: misspelt, or a later version has them otherwise."""
    there = {each.name: each for each in (*lines.values(), *waiting)}
    pairs = {each.pair for each in there.values()}
    for place, line in written.items():
        if "off" not in line.options or place[:2] in pairs:
            continue
        halves = [
            name for name, each in there.items() if any(a == b != "" for a, b in zip(line.pair, each.pair, strict=True))
        ]
        near = next(iter(halves), "") or alike(line.name, there)
        remedy = f"it has {near}: switch that off, or drop the line" if near else "drop the line"
        yield line.problem("switches off a line that the map does not have", remedy)


def _deed(line: ParsedLine, before: Mapping[tuple[str, ...], ParsedLine]) -> Deed:
    if "off" in line.options:
        return Deed(line.file, line.name, "switches off")
    return Deed(line.file, line.name, "replaces" if line.pair in {each.pair for each in before.values()} else "adds")


def _folded(text: str) -> bool:
    """True if several lines arrived as one, as YAML folds a text that is not written as a block."""
    return "\n" not in text.strip() and sum(word in SYMBOLS for word in text.split()) > 1


def _overridden(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Nested dictionaries merge key by key; anything else is replaced."""
    result = dict(base)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _overridden(result[key], value) if both else value
    return result


def _head(data: Mapping[str, Any]) -> tuple[Head | None, Sequence[Any]]:
    """The head and what is refused about it: the rest is looked at without the faulty entries."""
    try:
        return Head.model_validate(data), ()
    except ValidationError as refused:
        errors = refused.errors()
    faulty = {error["loc"][0] for error in errors}
    try:
        return Head.model_validate({name: entry for name, entry in data.items() if name not in faulty}), errors
    except ValidationError:
        return None, errors


def _finding(documents: Sequence[Document], error: Any) -> Problem:
    place: Place = tuple(str(part) for part in error["loc"])
    fault = head_fault(error)
    return _at(documents, place, fault.what, fault.remedy)


def _at(documents: Sequence[Document], place: Place, what: str, remedy: str, code: str = "") -> Problem:
    document = max(reversed(documents), key=lambda each: each.depth(*place))
    return Problem(document.file, document.line(*place), ".".join(place), what, remedy, code)
