"""What the entities look like: the schema files, two small sets of the twin's own, and names as people see them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from shared.mapping import with_more

NAMESPACE = "Microsoft.Dynamics.DataEntities"
NO_DATE = "1900-01-01T00:00:00Z"
NO_GUID = "00000000-0000-0000-0000-000000000000"
COMPANY = "dataAreaId"
TEXTS = frozenset({"text", "memo", "code"})
SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "mapping" / "schemas" / "finops"
_EDM = {
    "text": "Edm.String",
    "memo": "Edm.String",
    "code": "Edm.String",
    "int": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "datetime": "Edm.DateTimeOffset",
    "date": "Edm.DateTimeOffset",
    "guid": "Edm.Guid",
}
_EMPTY = {"int": 0, "decimal": Decimal(0), "datetime": NO_DATE, "date": NO_DATE, "guid": NO_GUID}
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_OWN: Mapping[str, Mapping[str, Any]] = {
    "LegalEntities": {
        "read_only": True,
        "type": "LegalEntity",
        "xpp": "CompanyInfoEntity",
        "table": "CompanyInfo",
        "key": ["LegalEntityId"],
        "fields": {
            "LegalEntityId": {"type": "code", "length": 4, "case": "upper"},
            "Name": {"type": "text", "length": 60},
        },
    },
    "Companies": {
        "read_only": True,
        "type": "Company",
        "xpp": "DataAreaEntity",
        "table": "DataArea",
        "key": ["DataArea"],
        "fields": {
            "DataArea": {"type": "code", "length": 4, "case": "lower"},
            "Name": {"type": "text", "length": 60},
        },
    },
}
_PURE_DATES = frozenset({("RetailLoyaltyCards", "LoyaltyEnrollmentDate")})


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an entity."""

    name: str
    type: str
    length: int = 0
    scale: int = 0
    case: str = ""
    enum: str = ""
    ref: str = ""
    default: Any = None
    required: bool = False
    defaulted: bool = False
    read_only: bool = False
    create_only: bool = False
    assigned: bool = False
    members: tuple[str, ...] = ()
    is_key: bool = False

    @property
    def edm(self) -> str:
        return f"{NAMESPACE}.{self.enum}" if self.type == "enum" else _EDM[self.type]

    @property
    def nullable(self) -> bool:
        return not self.is_key and (self.type in TEXTS or self.type == "enum")

    @property
    def empty(self) -> Any:
        """What stands for no value."""
        return self.members[0] if self.type == "enum" else _EMPTY.get(self.type, "")

    @property
    def label(self) -> str:
        return "Company" if self.name == COMPANY else _label(self.name)


@dataclass(frozen=True, eq=False)
class Entity:
    """An entity set: its public name, the singular type, the X++ entity, and the table behind it."""

    name: str
    type: str
    xpp: str
    table: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    read_only: bool = False
    number: int = 0

    @property
    def qualified_type(self) -> str:
        return f"{NAMESPACE}.{self.type}"

    @cached_property
    def striped(self) -> bool:
        """True if every row belongs to a company."""
        return COMPANY in self.key

    @cached_property
    def own_key(self) -> tuple[str, ...]:
        """The key without the company."""
        return tuple(name for name in self.key if name != COMPANY)

    @cached_property
    def template(self) -> Mapping[str, Any]:
        """A row in which nothing was said, in the order of properties on the wire."""
        return {
            field.name: field.default if field.default is not None else field.empty for field in self.fields.values()
        }

    @cached_property
    def references(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields.values() if field.ref)

    @cached_property
    def generated(self) -> tuple[Field, ...]:
        """Fields that the product fills in on create if they are empty."""
        found = self.fields.values()
        return tuple(field for field in found if field.assigned or (field.is_key and field.type == "guid"))

    @cached_property
    def mandatory(self) -> tuple[Field, ...]:
        """Text that must not be empty once a row is written."""
        keys = [field for field in self.fields.values() if field.is_key and field.type in TEXTS]
        return (*keys, *(field for field in self.fields.values() if field.required and not field.is_key))

    @cached_property
    def label(self) -> str:
        return _label(re.sub(r"^CDS|V\d+$|Cds$", "", self.name))


def _label(name: str) -> str:
    words = _WORD.findall(name)
    if len(words) > 1 and words[-1] == "Id":
        words.pop()
    return " ".join([words[0], *(word if word.isupper() else word.lower() for word in words[1:])])


@cache
def enums() -> Mapping[str, tuple[str, ...]]:
    """Enumerations: name to members, whose values count from 0."""
    found = with_more("finops", "enums", json.loads((SCHEMAS / "enums.json").read_text("utf-8")))
    return {name: tuple(members) for name, members in found.items()}


@cache
def entities() -> Mapping[str, Entity]:
    """All entities by the name of their set."""
    paths = sorted(each for each in SCHEMAS.glob("*.json") if each.stem != "enums")
    documents = {each.stem: with_more("finops", each.stem, json.loads(each.read_text("utf-8"))) for each in paths}
    known = {**_OWN, **documents}
    return {name: _entity(name, known[name], number) for number, name in enumerate(sorted(known), 1)}


def _entity(name: str, document: Mapping[str, Any], number: int) -> Entity:
    key = tuple(document["key"])
    found = {each: _field(name, each, options, each in key) for each, options in document["fields"].items()}
    read_only = document.get("read_only", False)
    return Entity(name, document["type"], document["xpp"], document["table"], key, found, read_only, number)


def _field(entity: str, name: str, options: Mapping[str, Any], is_key: bool) -> Field:
    known = {each.name for each in fields(Field)}
    given = {option: value for option, value in options.items() if option in known and value is not None}
    if (entity, name) in _PURE_DATES:
        given["type"] = "date"
    members = enums()[options["enum"]] if "enum" in options else ()
    return Field(name=name, members=members, is_key=is_key, **given)
