"""Definitions of columns as a set-up sends them: what is read of them, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tests.emulator.dataverse.autonumbers import check_format
from tests.emulator.dataverse.refusal import bad_request, invalid_argument, left_out
from tests.emulator.dataverse.schema import Column

PREFIX: Final = "Microsoft.Dynamics.CRM."
Body = Mapping[str, Any]
_KINDS: Final = {
    "StringAttributeMetadata": "text",
    "MemoAttributeMetadata": "memo",
    "IntegerAttributeMetadata": "int",
    "DecimalAttributeMetadata": "decimal",
    "MoneyAttributeMetadata": "money",
    "BooleanAttributeMetadata": "bool",
    "PicklistAttributeMetadata": "choice",
    "DateTimeAttributeMetadata": "datetime",
}
_LONGEST: Final = {"text": 4000, "memo": 1_048_576}
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LEVELS: Final = frozenset({"None", "Recommended", "ApplicationRequired"})
BY_CURRENCY: Final = 2


def label_of(body: Body, name: str = "DisplayName") -> str:
    """The text of a label in the language of the organisation; one is required."""
    given = body.get(name)
    labels = given.get("LocalizedLabels") if isinstance(given, dict) else None
    if not isinstance(labels, list) or not labels:
        raise bad_request(f"{name} needs LocalizedLabels.")
    found = [each.get("Label") for each in labels if isinstance(each, dict) and each.get("LanguageCode") == 1033]
    if not found or not isinstance(found[0], str) or not found[0]:
        raise invalid_argument(f"{name} has no label in the base language 1033.")
    return found[0]


def column_of(body: Body, prefixes: frozenset[str]) -> Column:
    """The column that a definition describes. Raises Refusal."""
    kind = _kind(body)
    schema = _schema_name(body, prefixes)
    column = Column(
        name=schema.lower(),
        type=kind,
        label=label_of(body),
        length=_length(body, kind),
        scale=_whole(body, "Precision", 2 if kind in ("decimal", "money") else 0, 0, 10),
        minimum=_bound(body, "MinValue", -2147483648 if kind == "int" else -1e11),
        maximum=_bound(body, "MaxValue", 2147483647 if kind == "int" else 1e11),
        options=_options(body, kind),
        states={},
        targets={},
        default=_default(body, kind),
        read_only=False,
        create_only=False,
        write_only=False,
        wire=schema.lower(),
        schema=schema,
        required=_level(body),
        auto_number=_auto_number(body, kind),
        by_currency=kind == "money" and body.get("PrecisionSource") == BY_CURRENCY,
    )
    return _dated(body, column) if kind == "datetime" else column


def _kind(body: Body) -> str:
    name = str(body.get("@odata.type", "")).lstrip("#").removeprefix(PREFIX)
    if not name:
        raise bad_request("A column needs @odata.type.")
    if name not in _KINDS:
        raise left_out(f"creating columns of type {name}")
    return _KINDS[name]


def _schema_name(body: Body, prefixes: frozenset[str]) -> str:
    name = body.get("SchemaName")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise bad_request("A column needs a SchemaName of letters, digits and underscores.")
    if name.lower().partition("_")[0] not in prefixes or "_" not in name:
        raise invalid_argument(f"The name {name} does not begin with the customization prefix of a publisher.")
    return name


def _length(body: Body, kind: str) -> int:
    if kind not in _LONGEST:
        return 0
    if "MaxLength" not in body:
        raise bad_request("A text column needs MaxLength.")
    return _whole(body, "MaxLength", 100, 1, _LONGEST[kind])


def _whole(body: Body, name: str, default: int, low: int, high: int) -> int:
    found = body.get(name, default)
    if type(found) is not int or not low <= found <= high:
        raise invalid_argument(f"{name} must be a whole number from {low} to {high}.")
    return found


def _bound(body: Body, name: str, default: float) -> float:
    found = body.get(name, default)
    if type(found) not in (int, float):
        raise invalid_argument(f"{name} must be a number.")
    return float(found) if type(default) is float else found


def _options(body: Body, kind: str) -> Mapping[int, str]:
    """The options of a choice of its own. Two options of one value are refused."""
    if kind != "choice":
        return {}
    given = body.get("OptionSet")
    options = given.get("Options") if isinstance(given, dict) else None
    if not isinstance(options, list) or not options or given is None or given.get("IsGlobal"):
        raise bad_request("A choice needs an OptionSet of its own with Options.")
    found = {each.get("Value"): label_of(each, "Label") for each in options}
    if len(found) != len(options) or not all(type(value) is int and value >= 0 for value in found):
        raise invalid_argument("Every option needs a Value of its own.")
    return found


def _default(body: Body, kind: str) -> Any:
    if kind == "bool":
        given = body.get("OptionSet")
        if not isinstance(given, dict) or not {"TrueOption", "FalseOption"} <= given.keys():
            raise bad_request("A yes/no column needs an OptionSet with TrueOption and FalseOption.")
        return body.get("DefaultValue") is True
    found = body.get("DefaultFormValue") if kind == "choice" else None
    return None if found in (None, -1) else found


def _level(body: Body) -> str:
    level = body.get("RequiredLevel", {"Value": "None"})
    value = level.get("Value") if isinstance(level, dict) else None
    if value not in _LEVELS:
        raise bad_request(f"RequiredLevel takes one of {', '.join(sorted(_LEVELS))}.")
    return str(value)


def _auto_number(body: Body, kind: str) -> str:
    found = body.get("AutoNumberFormat") or ""
    if found and kind != "text":
        raise invalid_argument("Only a text column can have an AutoNumberFormat.")
    if found:
        check_format(str(found))
    return str(found)


def _dated(body: Body, column: Column) -> Column:
    behaviour = body.get("DateTimeBehavior", {"Value": "UserLocal"}).get("Value")
    if behaviour not in ("UserLocal", "DateOnly"):
        raise left_out(f"dates that behave as {behaviour}")
    if behaviour == "DateOnly":
        return replace(column, type="date")
    return replace(column, local_day=body.get("Format") == "DateOnly")


def changed_column(column: Column, body: Body) -> Column:
    """A text column with what may be changed of it: label, required level, a greater length, automatic number."""
    if _kind(body) != ("text" if column.type == "code" else column.type):
        raise invalid_argument(f"The type of '{column.name}' cannot be changed.")
    length = _length(body, column.type) if column.type in _LONGEST else column.length
    if column.type == "code":
        length = _whole(body, "MaxLength", column.length, 1, _LONGEST["text"])
    level, number = _level(body), _auto_number(body, _kind(body))
    return replace(column, label=label_of(body), length=length, required=level, auto_number=number)
