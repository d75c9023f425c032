"""Changes of metadata: alternate keys and change tracking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import Refusal, bad_request, invalid_argument
from tests.emulator.dataverse.schema import Column, Definition, Key

_KEY_TYPES = ("decimal", "int", "text", "code", "datetime", "date", "lookup", "choice")
_MOST_KEYS, _MOST_COLUMNS, _MOST_BYTES = 10, 16, 900
_BYTES = {"decimal": 17, "int": 4, "choice": 4, "lookup": 16, "datetime": 8, "date": 8}


class Setup:
    """Makes alternate keys, and turns change tracking on when it is published."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._unpublished: list[Definition] = []

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

    def publish(self) -> None:
        """What was changed takes effect."""
        for definition in self._unpublished:
            definition.change_tracking = True
        self._unpublished = []

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
