"""Rules over entities of finance and operations. Their metadata tells no lengths of texts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from shared.mapping import FINOPS_TYPES, Field, FlowMap
from shared.setup._choices import Choices, converted
from shared.setup._findings import Finding
from shared.setup._live import LiveEntity, LiveField
from shared.setup._needs import fields_of, written_fields

_WIRE: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("Edm.String",),
    "memo": ("Edm.String",),
    "code": ("Edm.String",),
    "int": ("Edm.Int32", "Edm.Int64"),
    "decimal": ("Edm.Decimal", "Edm.Double"),
    "date": ("Edm.DateTimeOffset",),
    "datetime": ("Edm.DateTimeOffset",),
    "guid": ("Edm.Guid",),
}


def entity_findings(flow: FlowMap, live: LiveEntity | None) -> Iterator[Finding]:
    """What stands between a flow and its entity: the entity, its key, fields, types, what may be written."""
    ours, flows = flow.erp.entity, (flow.name,)
    if live is None or live.name != ours.name:
        remedy = "correct the name in the schema file, or ask for the entity to be public"
        yield Finding("error", f"F&O has no public entity {ours.name} ({ours.type})", remedy, flows, "DIPV1018")
        return
    key = {name for name, field in live.fields.items() if field.key}
    if key != set(ours.key):
        what = f"the key of {ours.name} is {' + '.join(sorted(key))}, our schema says {' + '.join(sorted(ours.key))}"
        yield Finding("error", what, "correct the schema file", flows, "DIPV1014")
    written = written_fields(flow)
    if written and live.read_only:
        yield Finding("error", f"{ours.name} is read-only", "let the flow go to Dataverse only", flows, "DIPV1011")
    for field in fields_of(flow.erp):
        yield from _field(flow, field, live, writes=field.name in written and not live.read_only)
    yield from _mandatory(flow, live, written)


def _field(flow: FlowMap, ours: Field, live: LiveEntity, *, writes: bool) -> Iterator[Finding]:
    place, found = f"{live.name}.{ours.name}", live.fields.get(ours.name)
    flows = (flow.name,)
    if found is None:
        remedy = "correct the map, or switch the lines that use it off by an overlay"
        yield Finding("error", f"F&O has no field {place}", remedy, flows, "DIPV1022")
    elif not _same_type(ours, found):
        what = f"{place} is of type {found.type}, our schema says {ours.enum or ours.type}"
        yield Finding("error", what, "map another field, or correct the schema file", flows, "DIPV1030")
    elif writes and not found.creatable:
        yield Finding("error", f"{place} is read-only", "let its line flow the other way only", flows, "DIPV1011")
    elif writes and not (found.editable or ours.create_only or found.key):
        what = f"{place} can be written on create only"
        yield Finding("error", what, "say create_only in the schema file", flows, "DIPV1011")


def _same_type(ours: Field, live: LiveField) -> bool:
    return live.type in ((f"{FINOPS_TYPES}{ours.enum}",) if ours.type == "enum" else _WIRE.get(ours.type, ()))


def _mandatory(flow: FlowMap, live: LiveEntity, written: set[str]) -> Iterator[Finding]:
    """Only a flow that writes to F&O creates there. What F&O numbers by itself need not be given."""
    assigned = {name for name, field in flow.erp.entity.fields.items() if field.assigned}
    for name, field in live.fields.items() if written else ():
        if field.mandatory and name not in written | assigned:
            what = f"{live.name} needs {name}, which the map does not write"
            yield Finding("error", what, "map it, or give it a default", (flow.name,), "DIPV1010")


def member_findings(flow: FlowMap, enums: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Members of enumerations: what the flow writes must exist, and what exists should be known."""
    for line in flow.lines:
        choices = _choices(enums, line.erp)
        if choices is not None:
            sources = line.dataverse.options if line.dataverse.type == "choice" else ("true", "false")
            written = converted(sources, line.backward) if line.to_erp else frozenset[str]()
            yield from choices.of_line(flow, line, written, line.erp.members)
    for constant in flow.erp.constants:
        choices = _choices(enums, constant.target)
        if choices is not None:
            yield from choices.of_constant(flow, constant.value)


def _choices(enums: Mapping[str, frozenset[str]], field: Field) -> Choices | None:
    """The members of the field's enumeration, if it has one that was read."""
    live = enums.get(field.enum)
    return Choices(f"the enumeration {field.enum}", "member", live, extensible=False) if live is not None else None


def used_enums(flow: FlowMap) -> set[str]:
    """The enumerations that the flow's lines and constants know."""
    fields = chain((line.erp for line in flow.lines), (constant.target for constant in flow.erp.constants))
    return {field.enum for field in fields if field.enum}
