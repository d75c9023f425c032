"""Rows of F&O: blank ones, and what they are in Dataverse's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from shared.mapping import Entity, Field, entity
from tests.emulator.demo.pairs import Pairing, Row

Find = Callable[[str, str], str]
"""Table and code to the id of the Dataverse row with that code."""

Convert = Callable[[Any], Any]

_OTHER_WORDS: Final = {"Widowhood": "Widowed", "None": None, "Unknown": None}
"""Members of enumerations that a Dataverse list calls otherwise, or has not: then nothing is chosen."""


@dataclass(frozen=True)
class Translator:
    """Makes rows of one table out of rows of one entity, in wire form, blanks left out."""

    constants: Mapping[str, Any]
    plain: tuple[tuple[str, str, Convert], ...]
    lookups: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, pairing: Pairing) -> Translator:
        table = entity("dataverse", pairing.table)
        pairs = [(name, table.fields[column]) for column, name in pairing.columns.items()]
        plain = tuple((name, found.name, _convert(found)) for name, found in pairs if found.type != "lookup")
        return cls(pairing.constants, plain, tuple(_lookup(name, found) for name, found in pairs if found.targets))

    def row(self, row: Mapping[str, Any], find: Find) -> Row:
        """The Dataverse row that means the same as an F&O row, without its id and company."""
        found: Row = {
            column: value for name, column, convert in self.plain if (value := convert(row[name])) is not None
        }
        for name, bind, table in self.lookups:
            if row[name]:
                found[bind] = f"/{table}({find(table, row[name])})"
        found.update(self.constants)
        return found


def blank(form: Entity) -> Row:
    """A row of an F&O entity in which nothing was filled in: there is no null."""
    return {each.name: _blank(each) for each in form.fields.values()}


def _blank(found: Field) -> Any:
    if found.type == "datetime":
        return "1900-01-01T00:00:00Z"
    return found.members[0] if found.type == "enum" else 0 if found.type in {"int", "decimal"} else ""


def _lookup(name: str, column: Field) -> tuple[str, str, str]:
    ((table, navigation),) = column.targets.items()
    return name, f"{navigation}@odata.bind", table


def _convert(column: Field) -> Convert:
    if column.type == "bool":
        return lambda value: value == "Yes"
    if column.type == "choice":
        options = {label: int(option) for option, label in column.options.items()}
        missing = {word: options.get(other or "") for word, other in _OTHER_WORDS.items() if word not in options}
        return {**missing, **options}.__getitem__
    if column.type == "date":
        return lambda value: None if value.startswith("1900") else value[:10]
    if column.scale is not None:
        return _rounding(Decimal(1).scaleb(-column.scale))
    return lambda value: value or None


def _rounding(unit: Decimal) -> Convert:
    def convert(value: float) -> float | None:
        if not value:
            return None
        number = float(Decimal(repr(value)).quantize(unit, ROUND_HALF_UP))
        return number or None

    return convert
