"""Metadata documents: what the service says about tables, columns, keys and relationships."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tests.emulator.dataverse.addresses import key_status
from tests.emulator.dataverse.behaviour import DeleteRule
from tests.emulator.dataverse.delete_rules import delete_rule
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.schema import HERE, Column, Definition, Key, stable_id

Document = dict[str, Any]
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "text": ("String", "StringType", "StringAttributeMetadata"),
    "code": ("String", "StringType", "StringAttributeMetadata"),
    "memo": ("Memo", "MemoType", "MemoAttributeMetadata"),
    "int": ("Integer", "IntegerType", "IntegerAttributeMetadata"),
    "bigint": ("BigInt", "BigIntType", "BigIntAttributeMetadata"),
    "decimal": ("Decimal", "DecimalType", "DecimalAttributeMetadata"),
    "double": ("Double", "DoubleType", "DoubleAttributeMetadata"),
    "money": ("Money", "MoneyType", "MoneyAttributeMetadata"),
    "bool": ("Boolean", "BooleanType", "BooleanAttributeMetadata"),
    "choice": ("Picklist", "PicklistType", "PicklistAttributeMetadata"),
    "choices": ("Virtual", "MultiSelectPicklistType", "MultiSelectPicklistAttributeMetadata"),
    "datetime": ("DateTime", "DateTimeType", "DateTimeAttributeMetadata"),
    "date": ("DateTime", "DateTimeType", "DateTimeAttributeMetadata"),
    "guid": ("Uniqueidentifier", "UniqueidentifierType", "UniqueIdentifierAttributeMetadata"),
    "lookup": ("Lookup", "LookupType", "LookupAttributeMetadata"),
}
_NAMED: Mapping[str, tuple[str, str, str]] = {
    "statecode": ("State", "StateType", "StateAttributeMetadata"),
    "statuscode": ("Status", "StatusType", "StatusAttributeMetadata"),
    "ownerid": ("Owner", "OwnerType", "LookupAttributeMetadata"),
    "parentcustomerid": ("Customer", "CustomerType", "LookupAttributeMetadata"),
    "customerid": ("Customer", "CustomerType", "LookupAttributeMetadata"),
}
_SCHEMA_NAMES: Mapping[str, str] = {
    "account": "Account",
    "annotation": "Annotation",
    "businessunit": "BusinessUnit",
    "contact": "Contact",
    "invoice": "Invoice",
    "invoicedetail": "InvoiceDetail",
    "organization": "Organization",
    "pricelevel": "PriceLevel",
    "product": "Product",
    "productpricelevel": "ProductPriceLevel",
    "quote": "Quote",
    "quotedetail": "QuoteDetail",
    "salesorder": "SalesOrder",
    "salesorderdetail": "SalesOrderDetail",
    "systemuser": "SystemUser",
    "team": "Team",
    "transactioncurrency": "TransactionCurrency",
    "uom": "UoM",
    "uomschedule": "UoMSchedule",
}
"""What tables are called where letter case is kept; a table of a solution is called like its logical name."""
_DELETES: Mapping[DeleteRule, str] = {"remove_link": "RemoveLink", "restrict": "Restrict", "cascade": "Cascade"}
CASTS = frozenset(kind[2] for kind in (*_KINDS.values(), *_NAMED.values()))


def text(words: str) -> Document:
    """A label in the one language of the twin."""
    label = {"Label": words, "LanguageCode": 1033}
    return {"LocalizedLabels": [label], "UserLocalizedLabel": label}


def kind(column: Column) -> tuple[str, str, str]:
    """Attribute type, attribute type name and metadata type of a column."""
    return _NAMED.get(column.name, _KINDS[column.type])


def table(definition: Definition) -> Document:
    return {
        "MetadataId": definition.metadata_id,
        "LogicalName": definition.logical,
        "SchemaName": _SCHEMA_NAMES.get(definition.logical, definition.logical),
        "EntitySetName": definition.name,
        "LogicalCollectionName": definition.name,
        "PrimaryIdAttribute": definition.id,
        "PrimaryNameAttribute": definition.primary,
        "ChangeTrackingEnabled": definition.change_tracking,
        "IsOptimisticConcurrencyEnabled": definition.optimistic,
        "ObjectTypeCode": 10_000 + sum(definition.logical.encode()) % 1000,
        "OwnershipType": "UserOwned" if definition.owned else "OrganizationOwned",
        "IsCustomEntity": "_" in definition.logical,
        "IsPrivate": False,
        "DisplayName": text(definition.label),
        "DisplayCollectionName": text(definition.name),
    }


def key(environment: Environment, definition: Definition, found: Key) -> Document:
    return {
        "MetadataId": found.metadata_id,
        "LogicalName": found.name.lower(),
        "SchemaName": found.name,
        "EntityLogicalName": definition.logical,
        "KeyAttributes": list(found.columns),
        "EntityKeyIndexStatus": key_status(environment, found),
        "DisplayName": text(found.label),
    }


def attribute(environment: Environment, definition: Definition, column: Column) -> Document:
    """A column but for its security; what belongs to its type alone is included, option sets on request only."""
    type_name, type_value, _ = kind(column)
    required = "SystemRequired" if column.name == definition.id else column.required
    return {
        "MetadataId": stable_id(f"column {definition.logical} {column.name}"),
        "LogicalName": column.name,
        "SchemaName": column.schema or schema_name(definition.logical, column.name),
        "EntityLogicalName": definition.logical,
        "AttributeOf": None,
        "AttributeType": type_name,
        "AttributeTypeName": {"Value": type_value},
        "DisplayName": text(column.label),
        "RequiredLevel": {
            "Value": required,
            "CanBeChanged": column.name != definition.id,
            "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
        },
        "IsPrimaryId": column.name == definition.id,
        "IsPrimaryName": column.name == definition.primary,
        "IsValidForCreate": not (column.read_only or column.update_only),
        "IsValidForRead": not column.write_only,
        "IsValidForUpdate": not (column.read_only or column.create_only or column.name == definition.id),
        **_typed(environment, column),
    }


def _typed(environment: Environment, column: Column) -> Document:
    if column.type in ("text", "code", "memo"):
        if column.type == "memo":
            return {"MaxLength": column.length, "Format": "TextArea"}
        return {"MaxLength": column.length, "Format": "Text", "AutoNumberFormat": column.auto_number}
    if column.type in ("datetime", "date"):
        dated = column.type == "date"
        behaviour = {"Value": "DateOnly" if dated else "UserLocal"}
        day = dated or column.local_day
        return {"Format": "DateOnly" if day else "DateAndTime", "DateTimeBehavior": behaviour}
    if column.type == "lookup":
        there = [environment.tables[target] for target in column.targets if target in environment.tables]
        return {"Targets": [table.definition.logical for table in there]}
    if column.type in ("int", "decimal", "double", "money"):
        bounds = {"MinValue": column.minimum, "MaxValue": column.maximum}
        scaled = {**bounds, "Precision": column.scale}
        if column.type == "money":
            return {**scaled, "PrecisionSource": 2 if column.by_currency else 0}
        return bounds if column.type == "int" else scaled
    return {"DefaultValue": column.default} if column.type == "bool" else {}


def option_set(column: Column) -> Document | None:
    """The options of a choice."""
    if column.type not in ("choice", "choices"):
        return None
    options: list[Document] = [{"Value": value, "Label": text(words)} for value, words in column.options.items()]
    for option in options:
        if option["Value"] in column.states:
            option["State"] = column.states[option["Value"]]
    return {"MetadataId": stable_id(f"options {column.name}"), "IsGlobal": False, "Options": options}


def relationships(environment: Environment, definition: Definition, to: str | None = None) -> Iterator[Document]:
    """The many-to-one relationships of a table, one per lookup and target: all, or those to one table."""
    for column in definition.columns.values():
        for target, navigation in column.targets.items():
            pointed = environment.tables[target].definition.logical
            if to not in (None, pointed):
                continue
            name = f"{pointed}_{definition.logical}_{column.name}"
            yield {
                "MetadataId": stable_id(f"relationship {name}"),
                "SchemaName": name,
                "RelationshipType": "OneToManyRelationship",
                "ReferencingAttribute": column.name,
                "ReferencingEntity": definition.logical,
                "ReferencedAttribute": environment.tables[target].definition.id,
                "ReferencedEntity": pointed,
                "ReferencingEntityNavigationPropertyName": navigation,
                "ReferencedEntityNavigationPropertyName": collection_name(pointed, definition.logical, column.name),
                "CascadeConfiguration": _cascades(environment, definition, column),
            }


def schema_name(logical: str, column: str) -> str:
    """The name of a column in its own letter case, as tables are published and as the product's own proxies of them
    have it; one of which nobody says it is its logical name. Solutions write the states of their tables small.
    """
    known = _columns()
    if "_" in logical and column in ("statecode", "statuscode"):
        return column
    return known.get(logical, {}).get(column) or known["everywhere"].get(column, column)


@cache
def _columns() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads((HERE / "schema_names.json").read_text(encoding="utf-8"))
    return found


@cache
def _collections() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads((HERE / "collections.json").read_text(encoding="utf-8"))
    return found


def collection_name(pointed: str, table: str, column: str) -> str:
    """The property that lists the rows of a table pointing to a row: as published, else as the platform names it."""
    return _collections().get(pointed, {}).get(f"{table}.{column}", f"{pointed}_{table}_{column}")


def pointing_at(environment: Environment, definition: Definition) -> Iterator[Document]:
    """The one-to-many relationships of a table: the same documents, seen from the table that is pointed to."""
    for table in environment.tables.values():
        yield from relationships(environment, table.definition, definition.logical)


def _cascades(environment: Environment, definition: Definition, column: Column) -> Document:
    """What happens to a row when something happens to the one it points to."""
    quiet = dict.fromkeys(("Assign", "Merge", "Reparent", "Share", "Unshare"), "NoCascade")
    return {**quiet, "Delete": _DELETES[delete_rule(environment.behaviour, definition, column)]}
