"""Rows as JSON text: which columns, in which order, with annotations on request and rows pointed to inside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from tests.emulator.dataverse import options
from tests.emulator.dataverse.annotations import Annotations, Annotator
from tests.emulator.dataverse.columns import veiled
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.headers import Preferences
from tests.emulator.dataverse.listing import OPTIONS, Listed, listed, pointing
from tests.emulator.dataverse.refusal import bad_request, left_out, no_property, unexpected
from tests.emulator.dataverse.schema import Definition, Navigation
from tests.emulator.dataverse.store import Row, Table

MOST_EXPANDS = 15
_OF_A_ROW = frozenset({"$select", "$expand"})
PLAIN = Preferences()


@dataclass(frozen=True, eq=False)
class Shape:
    """The columns of a row that are returned. There is one object per table and choice of columns."""

    definition: Definition
    columns: tuple[str, ...]

    @cached_property
    def template(self) -> str:
        members = ",".join(f'"{name}":%s' for name in self.columns)
        return f'{{"@odata.etag":"W/\\"%d\\"",{members}}}'

    @cached_property
    def encoded(self) -> itemgetter[Any]:
        places = {wire: place for place, wire in enumerate(self.definition.wires)}
        # The id twice, so that the getter gives a tuple also when nothing else was chosen.
        return itemgetter(*(places[name] for name in self.columns), places[self.definition.id])

    def text(self, row: Row) -> bytes:
        """The row without annotations."""
        return (self.template % (row.version, *self.encoded(row.encoded)[:-1])).encode()


@dataclass(frozen=True)
class Expansion:
    """What is shown inside a row: the row that a lookup points to, or the rows that point here."""

    shown: Navigation | Listed
    projection: Projection


@dataclass(frozen=True)
class Projection:
    """A shape with expansions; `chosen` is what stands in the context URL, empty for all columns."""

    table: Table
    shape: Shape
    chosen: str
    expansions: tuple[Expansion, ...] = ()


class Projector:
    """Reads `$select` and `$expand`, and writes rows accordingly."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.annotations = Annotations(environment)
        self._shapes: dict[tuple[str, tuple[str, ...]], Shape] = {}
        self._annotators: dict[tuple[Shape, str], list[Annotator]] = {}

    def projection(self, table: Table, select: str | None, expand: str | None = None) -> Projection:
        found, count = self._projection(table, select, expand)
        if count > MOST_EXPANDS:
            raise bad_request(f"The number of $expand items exceeds the limit of {MOST_EXPANDS}.")
        return found

    def text(self, projection: Projection, row: Row, preferences: Preferences = PLAIN) -> bytes:
        """The row as JSON text."""
        self._work_out(projection, row)
        if preferences.veiled and self.environment.behaviour.secured_columns:
            row = veiled(self.environment, projection.table, row)
        if preferences.annotations is None:
            text = projection.shape.text(row)
        else:
            text = self._annotated(projection, row, preferences.annotations)
        for expansion in projection.expansions:
            inner = self._expanded(projection.table, row, expansion, preferences)
            text = b'%b,"%b":%b}' % (text[:-1], expansion.shown.name.encode(), inner)
        return text

    def _work_out(self, projection: Projection, row: Row) -> None:
        """Fails where a calculated column of the row does."""
        definition, behaviour = projection.table.definition, self.environment.behaviour
        is_broken = behaviour.broken_rows.get(definition.name)
        if is_broken is not None and {*projection.shape.columns} - {definition.id} and is_broken(row.values):
            raise unexpected()

    def _projection(self, table: Table, select: str | None, expand: str | None) -> tuple[Projection, int]:
        columns = _selected(table.definition, select)
        for name in sorted({*columns} & self.environment.behaviour.gone.get(table.definition.name, frozenset())):
            raise no_property(name, table.definition.logical)
        key = (table.definition.name, columns)
        if key not in self._shapes:
            self._shapes[key] = Shape(table.definition, columns)
        expansions, count, chosen = [], 0, options.names(select) if select is not None else []
        for item in _divided(expand, ",") if expand is not None else []:
            expansion, inner = self._expansion(table, item)
            expansions.append(expansion)
            chosen.append(f"{expansion.shown.name}({expansion.projection.chosen})")
            count += 1 + inner
        return Projection(table, self._shapes[key], ",".join(chosen), tuple(expansions)), count

    def _expansion(self, table: Table, item: str) -> tuple[Expansion, int]:
        name, _, rest = item.strip().partition("(")
        if rest and not rest.endswith(")"):
            raise bad_request(f"Syntax error in $expand at '{item}'.")
        navigation = table.definition.navigations.get(name)
        if navigation is None:
            return self._list(table, name, rest[:-1]), 0
        given = _nested(rest[:-1], _OF_A_ROW)
        target = self.environment.table(navigation.sets[0])
        inner, count = self._projection(target, given.get("$select"), given.get("$expand"))
        return Expansion(navigation, inner), count

    def _list(self, table: Table, name: str, rest: str) -> Expansion:
        found = pointing(self.environment, table.definition, name)
        if found is None:
            raise no_property(name, table.definition.logical)
        given = _nested(rest, OPTIONS)
        inner, _ = self._projection(found.table, given.get("$select"), None)
        return Expansion(listed(self.environment, name, found, given), inner)

    def _expanded(self, table: Table, row: Row, expansion: Expansion, preferences: Preferences) -> bytes:
        if isinstance(expansion.shown, Listed):
            texts = [self.text(expansion.projection, each, preferences) for each in expansion.shown.rows(row)]
            return b"[" + b",".join(texts) + b"]"
        column = expansion.shown.column
        row_id, target = row.values[column.wire], expansion.projection.table
        found = self.environment.visible(target.rows.get(row_id)) if row_id else None
        fits = target.definition.name == self.environment.pointed_into(table, row, column.name)
        return self.text(expansion.projection, found, preferences) if found is not None and fits else b"null"

    def _annotated(self, projection: Projection, row: Row, asked: str) -> bytes:
        shape, values = projection.shape, row.values
        key = (shape, asked)
        if key not in self._annotators:
            table = projection.table
            self._annotators[key] = [self.annotations.annotator(table, wire, asked) for wire in shape.columns]
        members = [
            f'{annotate(row) if values[wire] is not None else ""}"{wire}":{encoded}'
            for wire, encoded, annotate in zip(
                shape.columns, shape.encoded(row.encoded), self._annotators[key], strict=False
            )
        ]
        return f'{{"@odata.etag":"W/\\"{row.version}\\"",{",".join(members)}}}'.encode()


def _selected(definition: Definition, select: str | None) -> tuple[str, ...]:
    """The columns to return: those chosen, the currency with money, and always the id."""
    if select is None:
        return definition.readable
    chosen = dict.fromkeys(options.names(select))
    for name in chosen:
        if name not in definition.wires or definition.wires[name].write_only:
            raise no_property(name, definition.logical)
    if any(definition.wires[name].type == "money" for name in chosen):
        chosen["_transactioncurrencyid_value"] = None
    return tuple(dict.fromkeys((*chosen, definition.id)))


def _nested(text: str, allowed: Collection[str]) -> dict[str, str]:
    """The options of an expansion; a lookup leads to one row, so there is nothing to filter or sort."""
    found: dict[str, str] = {}
    for piece in _divided(text, ";") if text else []:
        option, _, value = piece.strip().partition("=")
        if option == "$expand" and option not in allowed:
            raise left_out("expansions inside an expanded list")
        if option not in allowed or option in found:
            raise bad_request(f"The query option '{option}' is not supported in this $expand.")
        found[option] = value
    return found


def _divided(text: str, separator: str) -> list[str]:
    """The pieces of a text between separators that stand in no parentheses and no quotes."""
    pieces, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(character, 0)
        if character == separator and depth == 0 and not quoted:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces
