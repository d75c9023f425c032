"""What the pages of the API look like: the schema files, with what lies behind each property in the application."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

SCHEMAS: Final = Path(__file__).resolve().parents[3] / "shared" / "mapping" / "schemas" / "business_central"
NAMESPACE: Final = "Microsoft.NAV"
ZERO: Final = "00000000-0000-0000-0000-000000000000"
NO_DATE: Final = "0001-01-01"
NO_TIME: Final = "0001-01-01T00:00:00Z"
ID: Final = "SystemId"
MODIFIED: Final = "SystemModifiedAt"
COMPANY: Final = "company"
OF_PRODUCT: Final = "v2.0"
OF_CONNECTOR: Final = "koppel/sync/v1.0"
"""Routes of APIs: the product's, and that of the extension which is published beside it."""
TEXTS: Final = frozenset({"text", "memo", "code"})
_EDM: Final = {
    "text": "Edm.String",
    "memo": "Edm.String",
    "code": "Edm.String",
    "int": "Edm.Int64",
    "decimal": "Edm.Decimal",
    "bool": "Edm.Boolean",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
    "guid": "Edm.Guid",
}
_EMPTY: Final[Mapping[str, Any]] = {
    "int": 0,
    "decimal": Decimal(0),
    "bool": False,
    "date": NO_DATE,
    "datetime": NO_TIME,
    "guid": ZERO,
}
CARDS: Final = {
    "customerCards": "customers",
    "vendorCards": "vendors",
    "contactCards": "contacts",
    "itemCards": "items",
}
"""Pages of the connector, and the page of API v2.0 whose records they show; by each a new one may name its template."""
_EXPRESSED: Final = {
    ("cdsConnectionSetups", "ownershipModel"): "Ownership Model",
    ("crmOptionMappings", "record"): "Record ID",
    ("salesSetups", "writeInProductType"): "Write-in Product Type",
}
"""Properties that show a field as text."""
_UNSERVED: Final = frozenset({"businessRelations", "marketingSetups"})
"""Pages of the connector over what the twin keeps otherwise than in tables."""
_ENCODED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a page, or a field of a table that no page shows.

    source: the field of the table behind it; empty where the page computes it. ref: the set whose codes or ids it
    holds. cut: held in a text without a length, so that a longer one is cut and not refused.
    """

    name: str
    type: str
    source: str = ""
    length: int = 0
    enum: str = ""
    members: tuple[str, ...] = ()
    ref: str = ""
    required: bool = False
    assigned: bool = False
    read_only: bool = False
    cut: bool = False

    @property
    def edm(self) -> str:
        return f"{NAMESPACE}.{self.enum}" if self.enum else _EDM[self.type]

    @property
    def empty(self) -> Any:
        """What stands for no value: there are no nulls."""
        return self.members[0] if self.members else _EMPTY.get(self.type, "")


@dataclass(frozen=True, slots=True)
class Navigation:
    """What `$expand` follows: to one row by a property that holds its id, or to many."""

    set: str
    by: str = ""
    many: bool = False


@dataclass(frozen=True, eq=False)
class Page:
    """An entity set. `operations` are those of insert, modify and delete that the page allows.

    id_on_insert: `platform` and `given` keep the id that a client gives, `auto` and `buffer` make one, `conditional` is
    items'. route: the API that serves it.
    replica: read from the replica unless the caller asks otherwise.
    """

    name: str
    type: str
    table: str
    properties: Mapping[str, Property]
    operations: frozenset[str]
    navigations: Mapping[str, Navigation]
    key: str = "id"
    id_on_insert: str = ""
    replica: bool = False
    temporary: bool = False
    in_company: bool = True
    route: str = OF_PRODUCT

    @property
    def shows(self) -> str:
        """The set of API v2.0 that shows the same rows, of which it repeats the rules; itself where there is none."""
        return CARDS.get(self.name, self.name)

    @property
    def qualified_type(self) -> str:
        return f"{NAMESPACE}.{self.type}"

    @cached_property
    def has_stamp(self) -> bool:
        return any(each.source == MODIFIED for each in self.properties.values())

    @cached_property
    def shown(self) -> Mapping[str, str]:
        """Field of the table to the property that shows it."""
        return {each.source: each.name for each in self.properties.values() if each.source}


def decoded(member: str) -> str:
    """A member as people see it: on the wire it is a name of XML."""
    return _ENCODED.sub(lambda match: chr(int(match[1], 16)), member)


@cache
def enums() -> Mapping[str, tuple[str, ...]]:
    """Enumerations by name, members as on the wire."""
    found = json.loads((SCHEMAS / "enums.json").read_text("utf-8"))
    return {name: tuple(members) for name, members in found.items()}


@cache
def pages() -> Mapping[str, Page]:
    """All sets of API v2.0 by name."""
    return served(OF_PRODUCT)


@cache
def served(route: str) -> Mapping[str, Page]:
    """The sets that an API serves, by name."""
    return {name: page for name, page in every_page().items() if page.route == route}


@cache
def every_page() -> Mapping[str, Page]:
    """The sets of all APIs by name: no two share one."""
    files = (path for path in sorted(SCHEMAS.glob("*.json")) if path.stem != "enums")
    found = {path.stem: _page(path.stem, json.loads(path.read_text("utf-8"))) for path in files}
    return {name: page for name, page in found.items() if name not in _UNSERVED}


def _page(name: str, document: Mapping[str, Any]) -> Page:
    sources, route = document["from"], document.get("route", OF_PRODUCT)
    properties = {
        each: replace(
            _property(each, options, sources.get(each) or _EXPRESSED.get((name, each), "")),
            cut=each == "currencyCode" and route == OF_PRODUCT,
        )
        for each, options in document["fields"].items()
        if each != COMPANY
    }
    return Page(
        name=name,
        type=document["type"],
        table=document["table"],
        properties=properties,
        operations=frozenset(document.get("operations", ())),
        navigations={each: Navigation(**target) for each, target in document.get("navigation", {}).items()},
        key=document["key"][-1],
        id_on_insert=document.get("id_on_insert", ""),
        replica=document.get("replica", False),
        temporary=document.get("temporary", False),
        in_company=COMPANY in document,
        route=route,
    )


def _property(name: str, options: Mapping[str, Any], source: str) -> Property:
    return Property(
        name=name,
        type=options["type"],
        source=source,
        length=options.get("length", 0),
        enum=options.get("enum", ""),
        members=enums()[options["enum"]] if "enum" in options else (),
        ref=options.get("ref", ""),
        required=options.get("required", False),
        assigned=options.get("assigned", False),
        read_only=options.get("read_only", False),
    )
