"""The service document and `$metadata`."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from tests.emulator.dataverse import associations, documents, operations
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange
from tests.emulator.dataverse.operations import BASE, NAMESPACE
from tests.emulator.dataverse.schema import Definition
from tests.emulator.dataverse.values import EDM
from tests.emulator.wire import Answer, json_answer

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_KEYS = "OData.Community.Keys.V1"
_VOCABULARY = f"http://vocabularies.odata.org/{_KEYS}.xml"
_GENERAL = (
    '<EntityType Name="crmbaseentity" Abstract="true"/>',
    f'<EntityType Name="principal" BaseType="{BASE}"><Key><PropertyRef Name="ownerid"/></Key>',
    '<Property Name="ownerid" Type="Edm.Guid" Nullable="false"/></EntityType>',
)
"""What every row is, and what a user or a team is to a row that it owns."""


def service_document(environment: Environment, exchange: Exchange) -> Answer:
    """The list of entity sets."""
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in environment.tables]
    return json_answer(200, {"@odata.context": f"{exchange.base}/$metadata", "value": sets})


def model(environment: Environment) -> Answer:
    """The model as XML: types with keys, alternate keys, properties and navigation properties; operations."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<edmx:Edmx Version="4.0" xmlns:edmx="{_EDMX}">',
        f'<edmx:Reference Uri="{_VOCABULARY}"><edmx:Include Namespace="{_KEYS}" Alias="Keys"/></edmx:Reference>',
        "<edmx:DataServices>",
        f'<Schema Namespace="{NAMESPACE}" Alias="mscrm" xmlns="{_EDM}">',
    ]
    lines += _GENERAL
    for table in environment.tables.values():
        lines += _type(environment, table.definition)
    lines += operations.declarations()
    lines.append('<EntityContainer Name="System">')
    for table in environment.tables.values():
        lines += _set(table.definition)
    lines += operations.imports()
    lines.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
    return Answer(200, {"content-type": "application/xml"}, "\n".join(lines).encode())


def _type(environment: Environment, definition: Definition) -> Iterator[str]:
    yield f"<EntityType Name={quoteattr(definition.logical)} BaseType={quoteattr(BASE)}>"
    yield f"<Key><PropertyRef Name={quoteattr(definition.id)}/></Key>"
    for name, column in definition.wires.items():
        needed = ' Nullable="false"' if name == definition.id else ""
        yield f'<Property Name={quoteattr(name)} Type="{EDM[column.type]}"{needed}/>'
    for navigation in definition.navigations.values():
        target, single = environment.tables[navigation.sets[0]].definition, len(navigation.sets) == 1
        kind, its_id = (target.logical, target.id) if single else ("principal", "ownerid")
        yield f'<NavigationProperty Name={quoteattr(navigation.name)} Type="{NAMESPACE}.{kind}">'
        yield f"<ReferentialConstraint Property={quoteattr(navigation.column.wire)}"
        yield f" ReferencedProperty={quoteattr(its_id)}/>"
        yield "</NavigationProperty>"
    for found in documents.pointing_at(environment, definition):
        name, kind = found["ReferencedEntityNavigationPropertyName"], found["ReferencingEntity"]
        yield f'<NavigationProperty Name={quoteattr(name)} Type="Collection({NAMESPACE}.{kind})"/>'
    for many, other in associations.of(definition.name):
        kind = environment.tables[other].definition.logical
        yield f'<NavigationProperty Name="{many.name}" Type="Collection({NAMESPACE}.{kind})"/>'
    yield from _alternate_keys(definition)
    yield "</EntityType>"


def _alternate_keys(definition: Definition) -> Iterator[str]:
    if not definition.keys:
        return
    yield f'<Annotation Term="{_KEYS}.AlternateKeys"><Collection>'
    for key in definition.keys.values():
        yield f'<Record Type="{_KEYS}.AlternateKey"><PropertyValue Property="Key"><Collection>'
        for wire in key.wires:
            yield f'<Record Type="{_KEYS}.PropertyRef"><PropertyValue Property="Alias" String={quoteattr(wire)}/>'
            yield f'<PropertyValue Property="Name" PropertyPath={quoteattr(wire)}/></Record>'
        yield "</Collection></PropertyValue></Record>"
    yield "</Collection></Annotation>"


def _set(definition: Definition) -> Iterator[str]:
    yield f'<EntitySet Name={quoteattr(definition.name)} EntityType="{NAMESPACE}.{definition.logical}">'
    for navigation in definition.navigations.values():
        if len(navigation.sets) == 1:
            path, target = quoteattr(navigation.name), quoteattr(navigation.sets[0])
            yield f"<NavigationPropertyBinding Path={path} Target={target}/>"
    yield "</EntitySet>"
