"""Annotations of values: labels, tables that lookups point into, and the names to bind them by."""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.headers import Preferences
from tests.emulator.dataverse.schema import Column
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.values import label

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
Annotator = Callable[[Row], str]


class Annotations:
    """Says what there is to say about values that are not null."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def annotator(self, table: Table, wire: str, asked: str) -> Annotator:
        """Writes the annotations asked for of one column as JSON members that stand before its value."""
        column = table.definition.wires[wire]
        wanted = Preferences(annotations=asked).wants
        if column.type == "lookup":
            names = [name for name in (NAVIGATION, LOGICAL_NAME, FORMATTED) if wanted(name)]
            return lambda row: self._lookup(table, row, column, names)
        if not wanted(FORMATTED):
            return _nothing
        if column.type == "money":
            return lambda row: _member(wire, FORMATTED, label(column, row.values[wire], self.symbol(row)))
        return lambda row: _member(wire, FORMATTED, label(column, row.values[wire]))

    def symbol(self, row: Row) -> str:
        """The symbol of the currency of a row."""
        currency = self.environment.target("transactioncurrencies", row.values["_transactioncurrencyid_value"] or "")
        return str(currency.values["currencysymbol"] or "") if currency is not None else ""

    def _lookup(self, table: Table, row: Row, column: Column, names: list[str]) -> str:
        target = self.environment.pointed_into(table, row, column.name)
        found = {
            NAVIGATION: column.targets[target],
            LOGICAL_NAME: self.environment.tables[target].definition.logical,
            FORMATTED: self.environment.primary_name(target, row.values[column.wire]),
        }
        return "".join(_member(column.wire, name, found[name]) for name in names)


def _nothing(_row: Row) -> str:
    return ""


def _member(wire: str, name: str, text: str | None) -> str:
    return f'"{wire}@{name}":{encode_basestring(text)},' if text is not None else ""
