"""Changes of metadata: columns, alternate keys, options of choices, change tracking, and what publishing does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from tests.emulator.dataverse.attributes import changed_column, column_of, label_of
from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.forms import Forms
from tests.emulator.dataverse.refusal import Refusal, bad_request, invalid_argument, left_out
from tests.emulator.dataverse.schema import Column, Definition, Key, stable_id
from tests.emulator.dataverse.solutions import COLUMN, KEY, Solutions
from tests.emulator.dataverse.writer import Writer

_KEY_TYPES = ("decimal", "int", "text", "code", "datetime", "date", "lookup", "choice")
_MOST_KEYS, _MOST_COLUMNS, _MOST_BYTES = 10, 16, 900
_BYTES = {"decimal": 17, "int": 4, "choice": 4, "lookup": 16, "datetime": 8, "date": 8}


class Setup:
    """Makes columns and alternate keys at once; what it changes takes effect when it is published."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.solutions = Solutions(environment, writer)
        self.forms = Forms(environment, writer)
        self._unpublished: list[Definition] = []
        self._changed: dict[tuple[str, str], Column] = {}

    # -- columns

    def create_column(self, definition: Definition, body: Mapping[str, Any], actor: Actor, solution: str) -> str:
        """A new column, empty in every row; its metadata id."""
        self.environment.require(actor, "prvCreateAttribute")
        column = column_of(body, self.solutions.prefixes())
        if column.name in definition.columns:
            raise Refusal(400, "0x80047013", f"An attribute with the specified name {column.name} already exists.")
        if column.type == "money" and "transactioncurrencyid" not in definition.columns:
            raise left_out("amounts in a table without a currency")
        self._put(definition, column)
        if column.type == "money":
            self._put(definition, _in_base(column))
        found = stable_id(f"column {definition.logical} {column.name}")
        self._take_along(solution, found, COLUMN, actor)
        return found

    def replace_column(self, definition: Definition, name: str, body: Mapping[str, Any], actor: Actor) -> None:
        """PUT takes the whole definition of a column; what it changes counts once it is published."""
        self.environment.require(actor, "prvWriteAttribute")
        self._changed[definition.logical, name] = changed_column(self._latest(definition, name), body)

    def _put(self, definition: Definition, column: Column) -> None:
        self.environment.tables[definition.name].set_column(column)

    def _latest(self, definition: Definition, name: str) -> Column:
        """A column with changes that are not published yet."""
        return self._changed.get((definition.logical, name), definition.columns[name])

    def _take_along(self, solution: str, component: str, kind: int, actor: Actor) -> None:
        if solution:
            self.solutions.add(solution, component, kind, actor)

    # -- choices

    def insert_option(self, body: Mapping[str, Any], actor: Actor) -> int:
        """A new option of a choice; its value, given by the publisher's prefix where the request names none."""
        self.environment.require(actor, "prvWriteAttribute")
        definition, column = self._choice(body)
        value, label = body.get("Value"), label_of(body, "Label")
        if value is None:
            first = self.solutions.option_prefix(str(body.get("SolutionUniqueName") or "")) * 10_000
            value = next(each for each in range(first, first + 10_000) if each not in column.options)
        if type(value) is not int or value in column.options:
            raise invalid_argument(f"The option value {value} is in use, or is no number.")
        self._set_options(definition, column, {**column.options, value: label})
        return value

    def update_option(self, body: Mapping[str, Any], actor: Actor) -> None:
        """Another label of an option."""
        self.environment.require(actor, "prvWriteAttribute")
        definition, column = self._choice(body)
        self._set_options(definition, column, {**column.options, self._known(body, column): label_of(body, "Label")})

    def delete_option(self, body: Mapping[str, Any], actor: Actor) -> None:
        self.environment.require(actor, "prvWriteAttribute")
        definition, column = self._choice(body)
        gone = self._known(body, column)
        self._set_options(definition, column, {each: text for each, text in column.options.items() if each != gone})

    def _known(self, body: Mapping[str, Any], column: Column) -> int:
        value = body.get("Value")
        if value not in column.options:
            raise invalid_argument(f"The choice {column.name} has no option {value}.")
        assert type(value) is int
        return value

    def _set_options(self, definition: Definition, column: Column, options: Mapping[int, str]) -> None:
        self._changed[definition.logical, column.name] = replace(column, options=options)

    def _choice(self, body: Mapping[str, Any]) -> tuple[Definition, Column]:
        if "OptionSetName" in body:
            raise left_out("options of global choices")
        definition, name = self.named_column(body, "EntityLogicalName", "AttributeLogicalName")
        column = self._latest(definition, name)
        if column.type != "choice" or name in ("statecode", "statuscode"):
            raise invalid_argument(f"The column {name} of {definition.logical} is no choice.")
        return definition, column

    def named_column(self, body: Mapping[str, Any], of_table: str, of_column: str) -> tuple[Definition, str]:
        """The column that an action names."""
        table, name = self.environment.by_logical.get(str(body.get(of_table))), str(body.get(of_column))
        if table is None:
            raise Refusal(400, "0x80041102", f"The entity with a name = '{body.get(of_table)}' was not found.")
        if name not in table.definition.columns:
            text = f"'{table.definition.logical}' entity doesn't contain attribute with Name = '{name}'."
            raise Refusal(400, "0x80041103", text)
        return table.definition, name

    # -- tables

    def replace_table(self, definition: Definition, body: Mapping[str, Any], current: Mapping[str, Any]) -> None:
        """PUT takes the whole definition; only change tracking can be changed here, and only to on."""
        missing = sorted(current.keys() - body.keys())
        if missing:
            raise bad_request(f"A definition is replaced as a whole; the body lacks {', '.join(missing)}.")
        changed = [name for name, value in current.items() if name != "ChangeTrackingEnabled" and body[name] != value]
        if changed:
            raise invalid_argument(f"The twin changes nothing but ChangeTrackingEnabled, not {', '.join(changed)}.")
        if definition.change_tracking and body["ChangeTrackingEnabled"] is not True:
            raise invalid_argument("Change tracking cannot be switched off once it is on.")
        if body["ChangeTrackingEnabled"] is True:
            self._unpublished.append(definition)

    def publish(self, xml: str | None) -> None:
        """What was changed takes effect: of the tables that the XML names, or of all."""
        tables = _published(xml) if xml is not None else None
        for definition in [each for each in self._unpublished if tables is None or each.logical in tables]:
            definition.change_tracking = True
            self._unpublished.remove(definition)
        for logical, name in [each for each in self._changed if tables is None or each[0] in tables]:
            self._put(self.environment.by_logical[logical].definition, self._changed.pop((logical, name)))
        self.forms.publish(tables)

    # -- keys

    def make_key(self, definition: Definition, body: Mapping[str, Any], actor: Actor, solution: str) -> Key:
        """A new alternate key, of a solution if one is named."""
        self.environment.require(actor, "prvWriteEntity")
        key = self.create_key(definition, body)
        self._take_along(solution, key.metadata_id, KEY, actor)
        return key

    def create_key(self, definition: Definition, body: Mapping[str, Any]) -> Key:
        """A new alternate key; its index is built in a while, and fails if rows stand in its way."""
        name, columns = body.get("SchemaName"), body.get("KeyAttributes")
        if not isinstance(name, str) or not name or not isinstance(body.get("DisplayName"), dict):
            raise bad_request("An alternate key needs SchemaName and DisplayName.")
        if not isinstance(columns, list) or not columns or len(set(map(str, columns))) != len(columns):
            raise bad_request("KeyAttributes must be a list of different columns.")
        self._check_columns(definition, columns)
        if len(definition.keys) >= _MOST_KEYS:
            raise invalid_argument(f"A table has at most {_MOST_KEYS} alternate keys.")
        if name in definition.keys or any(set(key.columns) == set(columns) for key in definition.keys.values()):
            raise Refusal(400, "0x80060892", f"An alternate key {name}, or one of the same columns, exists already.")
        label = body["DisplayName"].get("LocalizedLabels") or [{"Label": name}]
        key = definition.new_key(name, str(label[0].get("Label")), tuple(columns))
        key.since = self.environment.clock().timestamp()
        key.failed = not self.environment.tables[definition.name].add_key(key)
        return key

    def reactivate_key(self, body: Mapping[str, Any], actor: Actor) -> None:
        """Builds the index of a key again, if it failed."""
        self.environment.require(actor, "prvWriteEntity")
        table = self.environment.by_logical.get(str(body.get("EntityLogicalName")))
        name = str(body.get("EntityKeyLogicalName")).lower()
        keys = table.definition.keys.values() if table is not None else []
        key = next((each for each in keys if each.name.lower() == name), None)
        if table is None or key is None:
            raise Refusal(404, "0x80060888", f"Could not find an alternate key named {name}.")
        if not key.failed:
            raise invalid_argument("Only the index of a key that failed can be built again.")
        key.since, key.failed = self.environment.clock().timestamp(), not table.add_key(key)

    def delete_key(self, definition: Definition, name: str) -> None:
        del definition.keys[name]
        self.environment.tables[definition.name].keys.pop(name, None)

    def _check_columns(self, definition: Definition, names: list[Any]) -> None:
        unknown = [name for name in names if name not in definition.columns]
        if unknown:
            text = f"'{definition.logical}' entity doesn't contain attribute with Name = '{unknown[0]}'."
            raise Refusal(400, "0x80041103", text)
        columns: list[Column] = [definition.columns[name] for name in names]
        wrong = [column.name for column in columns if column.type not in _KEY_TYPES]
        if wrong:
            raise invalid_argument(f"The type of {', '.join(wrong)} is not supported in an alternate key.")
        size = sum(_BYTES.get(column.type, 2 * column.length) for column in columns)
        if len(columns) > _MOST_COLUMNS or size > _MOST_BYTES:
            raise invalid_argument(f"A key has at most {_MOST_COLUMNS} columns and {_MOST_BYTES} bytes.")


def _published(xml: str) -> Collection[str]:
    """The tables that a request to publish names."""
    try:
        root = ET.fromstring(xml)  # noqa: S314
    except ET.ParseError as error:
        raise bad_request(f"ParameterXml is not valid: {error}.") from error
    if root.tag != "importexportxml":
        raise bad_request("ParameterXml has no importexportxml.")
    return {(each.text or "").strip() for each in root.iter("entity")}


def _in_base(column: Column) -> Column:
    """The column beside an amount that holds it in the base currency."""
    name = f"{column.name}_base"
    return replace(column, name=name, wire=name, schema=f"{column.schema}_Base", read_only=True, by_currency=False)
