"""What is sent to Dataverse to make something: bodies of requests. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.setup._declared import Declared, DeclaredColumn
from shared.systems import label

CRM: Final = "Microsoft.Dynamics.CRM."
OPTION_PREFIX: Final = 64_739
"""First digits of the options of our choices: those of the published ones, for the maps go by them."""
BY_CURRENCY: Final = 2
Body = Mapping[str, Any]


def publisher_body(name: str, prefix: str) -> Body:
    return {
        "uniquename": name,
        "friendlyname": name.title(),
        "customizationprefix": prefix,
        "customizationoptionvalueprefix": OPTION_PREFIX,
    }


def solution_body(name: str, publisher: str) -> Body:
    bind = {"publisherid@odata.bind": f"/publishers({publisher})"}
    return {"uniquename": name, "friendlyname": name, "version": "1.0.0.0", **bind}


def column_body(declared: Declared, logical: str, name: str, language: int) -> Body:
    """The definition of a column; its automatic numbers are a part of it."""
    table = declared.tables[logical]
    schema = next(each for each in table.columns if each.lower() == name)
    column = table.columns[schema]
    return {
        "@odata.type": f"{CRM}{_KINDS[column.type]}AttributeMetadata",
        "SchemaName": schema,
        "DisplayName": label(column.label, language),
        "RequiredLevel": {"Value": "None"},
        **_typed(column, language),
        **({"AutoNumberFormat": table.numbers[name]} if name in table.numbers else {}),
    }


_KINDS: Final[Mapping[str, str]] = {
    "text": "String",
    "bool": "Boolean",
    "int": "Integer",
    "money": "Money",
    "date": "DateTime",
    "choice": "Picklist",
}


def _typed(column: DeclaredColumn, language: int) -> Body:
    bounds = {"MinValue": column.minimum, "MaxValue": column.maximum}
    options = [{"Value": value, "Label": label(text, language)} for value, text in column.options.items()]
    of: Mapping[str, Body] = {
        "text": {"MaxLength": column.length, "FormatName": {"Value": "Text"}},
        "bool": {"OptionSet": _yes_no(language), "DefaultValue": column.default is True},
        "int": {**bounds, "Format": "None"},
        "money": {**bounds, "Precision": column.precision, "PrecisionSource": BY_CURRENCY},
        "date": {"Format": "DateOnly", "DateTimeBehavior": {"Value": "DateOnly"}},
        "choice": {
            "OptionSet": {"IsGlobal": False, "OptionSetType": "Picklist", "Options": options},
            "DefaultFormValue": -1 if column.default is None else column.default,
        },
    }
    return of[column.type]


def _yes_no(language: int) -> Body:
    yes, no = ({"Value": value, "Label": label(text, language)} for value, text in ((1, "Yes"), (0, "No")))
    return {"TrueOption": yes, "FalseOption": no}


def option_body(declared: Declared, logical: str, name: str, value: int, solution: str, language: int) -> Body:
    text = declared.tables[logical].named()[name].options[value]
    named = {"EntityLogicalName": logical, "AttributeLogicalName": name, "SolutionUniqueName": solution}
    return {**named, "Value": value, "Label": label(text, language)}


def key_body(declared: Declared, logical: str, name: str, language: int) -> Body:
    table = declared.tables[logical]
    schema = next(each for each in table.keys if each.lower() == name)
    columns: Sequence[str] = table.keys[schema]
    text = " + ".join(table.named()[each].label if each in table.named() else each for each in columns)
    return {"SchemaName": schema, "DisplayName": label(text, language), "KeyAttributes": list(columns)}
