"""Reads what Dataverse says of itself (reference: dataverse-web-api 13). No judgement here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from shared.setup._live import LiveColumn, LiveKey, LiveTable
from shared.setup._reading import rows
from shared.systems import Dataverse

CRM: Final = "Microsoft.Dynamics.CRM."
DUAL_WRITE: Final = "msdyn_dualwriteruntimeconfig"
_TABLE: Final = "LogicalName,EntitySetName,ChangeTrackingEnabled,IsOptimisticConcurrencyEnabled"
_COLUMN: Final = "LogicalName,AttributeType,AttributeTypeName,IsValidForCreate,IsValidForUpdate"
_KEYS: Final = "Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)"
_RELATION: Final = "ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName,CascadeConfiguration"
_TYPES: Final[Mapping[str, str]] = {
    "String": "text",
    "Memo": "memo",
    "Integer": "int",
    "BigInt": "int",
    "Decimal": "decimal",
    "Double": "double",
    "Money": "money",
    "Boolean": "bool",
    "Picklist": "choice",
    "MultiSelectPicklist": "choices",
    "State": "choice",
    "Status": "choice",
    "DateTime": "datetime",
    "Uniqueidentifier": "guid",
    "Lookup": "lookup",
    "Customer": "lookup",
    "Owner": "lookup",
}
_DEPTHS: Final = {"": -1, "RecordFilter": 0, "Basic": 1, "Local": 2, "Deep": 3, "Global": 4}
"""How far a privilege reaches: own rows, the business unit, those below it, the organisation."""
_CASTS: Final[Mapping[str, str]] = {
    "String": "StringAttributeMetadata?$select=LogicalName,MaxLength,AutoNumberFormat",
    "Memo": "MemoAttributeMetadata?$select=LogicalName,MaxLength",
    "DateTime": "DateTimeAttributeMetadata?$select=LogicalName,Format,DateTimeBehavior",
    **{
        kind: f"{kind}AttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)"
        for kind in ("Picklist", "MultiSelectPicklist", "State", "Status")
    },
}
Document = Mapping[str, Any]


async def read_tables(dataverse: Dataverse, needed: Mapping[str, Collection[str]]) -> dict[str, LiveTable | None]:
    """needed: logical names of tables to the columns that matter. A table that is not there is None."""
    condition = _named(needed)
    found = await dataverse.get(f"EntityDefinitions?$select={_TABLE}&$expand={_KEYS}&$filter={condition}")
    known = {str(document["LogicalName"]): document for document in found["value"]}
    tables = await asyncio.gather(*(_table(dataverse, known[name], needed[name]) for name in known))
    return {**dict.fromkeys(needed), **dict(zip(known, tables, strict=True))}


async def read_keys(dataverse: Dataverse, tables: Collection[str]) -> dict[str, list[LiveKey]]:
    """The alternate keys of tables, by their logical names. A table that is not there has none."""
    found = await dataverse.get(f"EntityDefinitions?$select=LogicalName&$expand={_KEYS}&$filter={_named(tables)}")
    keys = {str(document["LogicalName"]): [_key(each) for each in document["Keys"]] for document in found["value"]}
    return {name: keys.get(name, []) for name in tables}


def _named(tables: Iterable[str]) -> str:
    """The filter that finds these tables."""
    return " or ".join(f"LogicalName eq '{name}'" for name in tables)


async def _table(dataverse: Dataverse, document: Document, names: Collection[str]) -> LiveTable:
    below = f"EntityDefinitions(LogicalName='{document['LogicalName']}')"
    found = await dataverse.get(f"{below}/Attributes?$select={_COLUMN}")
    columns = {str(each["LogicalName"]): dict(each) for each in found["value"] if each["LogicalName"] in names}
    kinds = {_kind(each) for each in columns.values()}
    casts = [f"{below}/Attributes/{CRM}{_CASTS[kind]}" for kind in sorted(kinds & _CASTS.keys())]
    for answer in await asyncio.gather(*map(dataverse.get, casts)):
        for each in answer["value"]:
            columns.get(str(each["LogicalName"]), {}).update(each)
    relations = await _relations(dataverse, below)
    return LiveTable(
        name=str(document["EntitySetName"]),
        change_tracking=bool(document["ChangeTrackingEnabled"]),
        enforces_if_match=bool(document["IsOptimisticConcurrencyEnabled"]),
        columns=dict(_columns(columns, _navigation(relations))),
        keys=tuple(_key(each) for each in document["Keys"]),
        goes_with=frozenset(
            (str(each["ReferencingAttribute"]), str(each["ReferencedEntity"]))
            for each in relations
            if each["CascadeConfiguration"]["Delete"] == "Cascade"
        ),
    )


async def _relations(dataverse: Dataverse, below: str) -> Sequence[Document]:
    """The relationships of a table in which its rows point to others."""
    found: Sequence[Document] = (await dataverse.get(f"{below}/ManyToOneRelationships?$select={_RELATION}"))["value"]
    return found


def _navigation(relations: Sequence[Document]) -> dict[str, dict[str, str]]:
    """Lookup column to the tables it points to, with the property that writes each."""
    found: dict[str, dict[str, str]] = {}
    for each in relations:
        targets = found.setdefault(str(each["ReferencingAttribute"]), {})
        targets[str(each["ReferencedEntity"])] = str(each["ReferencingEntityNavigationPropertyName"])
    return found


def _kind(document: Document) -> str:
    """The type of a column; of those that are all called virtual, the one by its name."""
    kind = str(document["AttributeType"])
    return str(document["AttributeTypeName"]["Value"]).removesuffix("Type") if kind == "Virtual" else kind


def _columns(
    found: Mapping[str, Document], navigation: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, LiveColumn]]:
    for name, document in found.items():
        kind = _kind(document)
        behaviour = (document.get("DateTimeBehavior") or {}).get("Value")
        date = behaviour == "DateOnly"
        options = (document.get("OptionSet") or {}).get("Options") or ()
        yield (
            name,
            LiveColumn(
                type="date" if date else _TYPES.get(kind, kind),
                local_day=behaviour == "UserLocal" and document.get("Format") == "DateOnly",
                length=document.get("MaxLength"),
                options=frozenset(str(option["Value"]) for option in options),
                targets=navigation.get(name, {}),
                creatable=bool(document["IsValidForCreate"]),
                updatable=bool(document["IsValidForUpdate"]),
                numbers=str(document.get("AutoNumberFormat") or ""),
            ),
        )


def _key(document: Document) -> LiveKey:
    name = str(document["LogicalName"])
    return LiveKey(frozenset(document["KeyAttributes"]), str(document["EntityKeyIndexStatus"]), name)


async def read_privileges(dataverse: Dataverse) -> dict[str, str]:
    """The privileges of the app's own user: name in lower case to depth."""
    return await privileges_of(dataverse, (await dataverse.get("WhoAmI"))["UserId"])


async def privileges_of(dataverse: Dataverse, user: str) -> dict[str, str]:
    """The privileges of a user, by the id of its row: name in lower case to depth. Raises Denied.

    One that several roles or teams give may stand there several times: the deepest counts (published: security roles
    add up, and the user has the least restrictive).
    """
    found = await dataverse.get(f"systemusers({user})/{CRM}RetrieveUserPrivileges()")
    held: dict[str, str] = {}
    for each in found["RolePrivileges"]:
        name, depth = str(each["PrivilegeName"]).lower(), str(each["Depth"])
        held[name] = max(held.get(name, ""), depth, key=lambda each: _DEPTHS.get(each, 0))
    return held


async def read_companies(dataverse: Dataverse) -> list[str]:
    """Company codes in lower case, as often as they occur."""
    url = "cdm_companies?$select=cdm_companycode&$filter=cdm_companycode ne null"
    return [str(row["cdm_companycode"]).lower() async for row in rows(dataverse, url)]


async def read_units(dataverse: Dataverse) -> list[str]:
    """Names of the business units that the app's user sees."""
    return [str(row["name"]) async for row in rows(dataverse, "businessunits?$select=name")]


async def read_dual_write(dataverse: Dataverse) -> dict[str, Sequence[str]]:
    """Tables on which dual-write runs, by logical name, with the entities on the other side.

    Its runtime configuration holds one row for every map that runs (reference: dual-write 4.5); its two columns are
    known from the product's own forms only.
    """
    sets = await dataverse.get(f"EntityDefinitions?$select=EntitySetName&$filter=LogicalName eq '{DUAL_WRITE}'")
    running: dict[str, list[str]] = {}
    for document in sets["value"]:
        url = f"{document['EntitySetName']}?$select=msdyn_internalentityname,msdyn_externalentityname"
        async for row in rows(dataverse, url):
            entities = running.setdefault(str(row["msdyn_internalentityname"]), [])
            entities.append(str(row["msdyn_externalentityname"]))
    return dict(running)
