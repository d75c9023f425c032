"""What the service says about itself: the service document, the EDMX and the smaller metadata resources."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from tests.emulator.finops import options
from tests.emulator.finops.describing import TAKEN, chosen
from tests.emulator.finops.environment import Environment
from tests.emulator.finops.exchange import Exchange
from tests.emulator.finops.refusal import no_resource, wrong_method
from tests.emulator.finops.schema import NAMESPACE, Entity, Field
from tests.emulator.wire import Answer, json_answer

_BY_NAME = re.compile(r"(\w+)(?:\('(\w+)'\))?")
_LABEL = re.compile(r"Labels\(Id='(?P<id>[^']*)',\s*Language='(?P<language>[\w-]+)'\)")
_NONE: frozenset[str] = frozenset()


def service_document(environment: Environment, exchange: Exchange) -> Answer:
    """`GET /data`: the entity sets."""
    _reads(exchange)
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in sorted(environment.tables)]
    return json_answer(200, {"@odata.context": f"{exchange.base}/$metadata", "value": sets})


def model(environment: Environment, exchange: Exchange) -> Answer:
    """`GET /data/$metadata`."""
    _reads(exchange)
    return Answer(200, {"content-type": "application/xml"}, _edmx(environment))


def resource(environment: Environment, exchange: Exchange, path: str) -> Answer:
    """`GET /metadata/...`: a list, or one of it by name."""
    if (label := _LABEL.fullmatch(unquote(path))) is not None:
        return _label(environment, exchange, label["id"], label["language"])
    match = _BY_NAME.fullmatch(unquote(path))
    found = _resources(environment).get(match[1]) if match is not None else None
    if match is None or found is None:
        raise no_resource(path)
    context = f"{exchange.base}/$metadata#{match[1]}"
    _reads(exchange, TAKEN if match[2] is None else _NONE)
    if match[2] is None:
        return json_answer(200, {"@odata.context": context, "value": chosen(found, exchange.options)})
    one = next((each for each in found if each["Name"] == match[2]), None)
    if one is None:
        raise no_resource(path)
    return json_answer(200, {"@odata.context": f"{context}/$entity", **one})


def _label(environment: Environment, exchange: Exchange, label: str, language: str) -> Answer:
    """The text of a label, which is the twin's in every language."""
    _reads(exchange)
    text = label.removeprefix("@")
    if not label.startswith("@") or text not in _texts(environment):
        raise no_resource(exchange.request.path)
    context = f"{exchange.base}/$metadata#Labels/$entity"
    return json_answer(200, {"@odata.context": context, "Id": label, "Language": language, "Value": text})


def _texts(environment: Environment) -> set[str]:
    known = [table.entity for table in environment.tables.values()]
    fields = {field.label for entity in known for field in entity.fields.values()}
    return {*(entity.label for entity in known), *fields, *environment.enums}


def _reads(exchange: Exchange, taken: Collection[str] = _NONE) -> None:
    if exchange.method != "GET":
        raise wrong_method(exchange.method)
    options.check(exchange.options, taken)


def _resources(environment: Environment) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    known = sorted((table.entity for table in environment.tables.values()), key=lambda entity: entity.xpp)
    return {
        "DataEntities": [_data_entity(entity) for entity in known],
        "PublicEntities": [_public_entity(entity) for entity in known],
        "PublicEnumerations": [_enumeration(name, members) for name, members in sorted(environment.enums.items())],
    }


def _data_entity(entity: Entity) -> dict[str, Any]:
    return {
        "Name": entity.xpp,
        "PublicEntityName": entity.type,
        "PublicCollectionName": entity.name,
        "LabelId": f"@{entity.label}",
        "DataServiceEnabled": True,
        "DataManagementEnabled": True,
        "IsReadOnly": entity.read_only,
    }


def _public_entity(entity: Entity) -> dict[str, Any]:
    return {
        "Name": entity.type,
        "EntitySetName": entity.name,
        "LabelId": f"@{entity.label}",
        "IsReadOnly": entity.read_only,
        "Properties": [_property(entity, field) for field in entity.fields.values()],
        "NavigationProperties": [],
        "Actions": [],
    }


def _property(entity: Entity, field: Field) -> dict[str, Any]:
    fixed = entity.read_only or field.read_only
    return {
        "Name": field.name,
        "TypeName": field.edm,
        "DataType": "Enum" if field.type == "enum" else field.edm.removeprefix("Edm."),
        "LabelId": f"@{field.label}",
        "IsKey": field.is_key,
        "IsMandatory": field in entity.mandatory,
        "AllowEdit": not (fixed or field.is_key or field.create_only),
        "AllowEditOnCreate": not fixed,
    }


def _enumeration(name: str, members: Sequence[str]) -> dict[str, Any]:
    values = [{"Name": member, "Value": value} for value, member in enumerate(members)]
    return {"Name": name, "LabelId": f"@{name}", "Members": values}


def _edmx(environment: Environment) -> bytes:
    entities = [table.entity for table in environment.tables.values()]
    types = [*map(_entity_type, entities), *(_enum_type(name, members) for name, members in environment.enums.items())]
    sets = [
        f"<EntitySet Name={quoteattr(entity.name)} EntityType={quoteattr(entity.qualified_type)}/>"
        for entity in entities
    ]
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">{"".join(types)}'
        f'<EntityContainer Name="Resources">{"".join(sets)}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    ).encode()


def _entity_type(entity: Entity) -> str:
    key = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.key)
    properties = "".join(map(_edm_property, entity.fields.values()))
    return f'<EntityType Name="{entity.type}"><Key>{key}</Key>{properties}</EntityType>'


def _edm_property(field: Field) -> str:
    nullable = "" if field.nullable else ' Nullable="false"'
    scale = ' Scale="Variable"' if field.type == "decimal" else ""
    return f'<Property Name="{field.name}" Type="{field.edm}"{nullable}{scale}/>'


def _enum_type(name: str, members: Sequence[str]) -> str:
    found = "".join(f'<Member Name="{member}" Value="{value}"/>' for value, member in enumerate(members))
    return f'<EnumType Name="{name}">{found}</EnumType>'
