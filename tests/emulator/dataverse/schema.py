"""Tables and columns: read from the schema files of the mapped tables and from `system.json` beside this module."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from shared.mapping import with_more

HERE = Path(__file__).parent
SCHEMAS = HERE.parents[2] / "shared" / "mapping" / "schemas" / "dataverse"
TEXTS = ("text", "memo", "code")
_NAMESPACE = uuid.UUID("3b0a4d5e-5f0d-4d8e-9c55-0a6f2a1f7d10")
_UNOWNED = frozenset(
    {
        "invoicedetails",
        "pricelevels",
        "productpricelevels",
        "products",
        "quotedetails",
        "salesorderdetails",
        "transactioncurrencies",
        "uoms",
        "uomschedules",
    }
)
"""Tables whose rows belong to the organisation, or to whoever owns the row above them."""

_STATELESS = frozenset({"invoicedetails", "productpricelevels", "quotedetails", "salesorderdetails", "uoms"})
_STATES = ("statecode", "statuscode")
SOLUTION = "msdynce_"
"""How the columns begin that the vendor's solution for prospect to cash brings along."""
OURS = "koppel_"
"""How the columns begin that the app's own set-up makes: they are not there before."""
PARTIES: Final = frozenset({"msdyn_contacthasnocompany", "msdyn_hasnorelationshiptype", "msdyn_partyid"})
"""Columns whose alternate keys the party solutions bring along."""


@cache
def stable_id(text: str) -> str:
    """The id of something that is there from the beginning: the same in every run."""
    return str(uuid.uuid5(_NAMESPACE, text))


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the schema file has it; `options`, `states` and `targets` are empty where they do not apply."""

    name: str
    type: str
    label: str
    length: int
    scale: int
    minimum: float
    maximum: float
    options: Mapping[int, str]
    states: Mapping[int, int]
    targets: Mapping[str, str]
    default: Any
    read_only: bool
    create_only: bool
    write_only: bool
    wire: str
    by_currency: bool = False
    local_day: bool = False
    update_only: bool = False
    schema: str = ""
    required: str = "None"
    auto_number: str = ""

    @property
    def compared_as_text(self) -> bool:
        return self.type in TEXTS


@dataclass(slots=True)
class Key:
    """An alternate key; `columns` are logical names, `wires` the names under which rows keep them."""

    name: str
    label: str
    columns: tuple[str, ...]
    wires: tuple[str, ...]
    metadata_id: str
    since: float = 0.0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Navigation:
    """A single-valued navigation property: the lookup behind it and the sets it may point into."""

    name: str
    column: Column
    sets: tuple[str, ...]


SECURED_AS: Final = {
    "invoicedetail": "invoice",
    "pricelevel": "product",
    "productpricelevel": "product",
    "quotedetail": "quote",
    "salesorder": "order",
    "salesorderdetail": "order",
    "systemuser": "user",
    "uom": "product",
    "uomschedule": "product",
}
"""Tables whose privileges have another name than they (published: privileges by entity; those of Product stand for
price lists and unit groups, too). A unit goes with its group, which is deduced.
"""


@dataclass
class Definition:
    """A table: its names, columns by logical name in order, and alternate keys.

    `offered` are columns, and `offered_keys` keys over them, that are not there before a solution is installed; `ours`
    those that the app's own set-up makes.
    """

    name: str
    logical: str
    id: str
    primary: str
    columns: dict[str, Column]
    owned: bool
    system: bool
    change_tracking: bool
    optimistic: bool
    keys: dict[str, Key] = field(default_factory=dict)
    offered: Mapping[str, Column] = field(default_factory=dict)
    offered_keys: tuple[tuple[str, ...], ...] = ()
    ours: Mapping[str, Column] = field(default_factory=dict)
    revision: int = 0

    @property
    def label(self) -> str:
        return _label(self.logical)

    @property
    def privilege(self) -> str:
        """What the names of its privileges end with."""
        return SECURED_AS.get(self.logical, self.logical)

    @property
    def metadata_id(self) -> str:
        return stable_id(f"table {self.logical}")

    @cached_property
    def wires(self) -> dict[str, Column]:
        """Columns by the name they have on the wire: lookups as `_x_value`."""
        return {column.wire: column for column in self.columns.values()}

    @cached_property
    def readable(self) -> tuple[str, ...]:
        return tuple(wire for wire, column in self.wires.items() if not column.write_only)

    @cached_property
    def navigations(self) -> dict[str, Navigation]:
        found: dict[str, Navigation] = {}
        for column in self.columns.values():
            for target, name in column.targets.items():
                before = found[name].sets if name in found else ()
                found[name] = Navigation(name, column, (*before, target))
        return found

    @cached_property
    def money(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns.values() if c.type == "money" and not c.name.endswith("_base"))

    @cached_property
    def numbered(self) -> tuple[Column, ...]:
        """Columns that the platform numbers."""
        return tuple(column for column in self.columns.values() if column.auto_number)

    @cached_property
    def template(self) -> dict[str, Any]:
        """A row with nothing but defaults, in column order."""
        return {wire: column.default for wire, column in self.wires.items()}

    def set_column(self, column: Column) -> None:
        """Adds a column behind all others, or puts another in the place of the one with its name."""
        self.columns[column.name] = column
        self.revision += 1
        for name in ("wires", "readable", "navigations", "money", "numbered", "template"):
            self.__dict__.pop(name, None)

    def new_key(self, name: str, label: str, columns: tuple[str, ...]) -> Key:
        wires = tuple(self.columns[column].wire for column in columns)
        key = Key(name, label, columns, wires, stable_id(f"key {self.logical} {name}"))
        self.keys[name] = key
        return key


def prefixed(name: str, prefix: str) -> str:
    """What a name of the vendor's solution is under another prefix."""
    return prefix + name.removeprefix(SOLUTION) if name.startswith(SOLUTION) else name


def under_prefix(column: Column, prefix: str) -> Column:
    """A column of the vendor's solution as somebody makes it under another prefix."""
    return replace(
        column,
        name=prefixed(column.name, prefix),
        wire=prefixed(column.wire, prefix),
        schema=prefixed(column.schema, prefix),
    )


def definitions() -> Iterator[Definition]:
    """Every table of a fresh environment, the mapped ones first. Columns and keys may be added to them."""
    for each in _shipped():
        keys = {name: replace(key) for name, key in each.keys.items()}
        yield replace(each, columns=dict(each.columns), keys=keys)


@cache
def _shipped() -> tuple[Definition, ...]:
    return tuple(_read())


def _read() -> Iterator[Definition]:
    system = json.loads((HERE / "system.json").read_text(encoding="utf-8"))
    names = {each["name"] for each in system["tables"]}
    for path in sorted(each for each in SCHEMAS.glob("*.json") if each.stem not in names):
        document = with_more("dataverse", path.stem, json.loads(path.read_text(encoding="utf-8")))
        yield _definition(document, system, is_system=False)
    for document in system["tables"]:
        yield _definition(document, system, is_system=True)


def _definition(document: Mapping[str, Any], system: Mapping[str, Any], *, is_system: bool) -> Definition:
    owned = not is_system and document["name"] not in _UNOWNED
    fields: dict[str, Any] = dict(document["fields"])
    for name, spec in _added(document, system, owned=owned).items():
        fields.setdefault(name, spec)
    for status, state in system["states"].get(document["logical"], {}).items():
        fields["statuscode"] = fields["statuscode"] | {
            "states": fields["statuscode"].get("states", {}) | {status: state}
        }
    columns = {name: _column(name, spec) for name, spec in fields.items()}
    keys = [tuple(each) for each in document["keys"]]
    definition = Definition(
        name=document["name"],
        logical=document["logical"],
        id=document["id"],
        primary=document["primary"],
        columns={name: column for name, column in columns.items() if not name.startswith((SOLUTION, OURS))},
        owned=owned,
        system=is_system,
        change_tracking=document.get("change_tracking", not is_system),
        optimistic=document.get("optimistic", True),
        offered={name: column for name, column in columns.items() if name.startswith(SOLUTION)},
        ours={name: column for name, column in columns.items() if name.startswith(OURS)},
        offered_keys=tuple(key for key in keys if _of_solution(key)),
    )
    for key in keys:
        if not _of_solution(key) and PARTIES.isdisjoint(key):
            label = " and ".join(_label(column) for column in key)
            definition.new_key(f"{document['logical']}_{'_'.join(key)}_key", label, key)
    return definition


def _of_solution(key: tuple[str, ...]) -> bool:
    return any(name.startswith(SOLUTION) for name in key)


def _added(document: Mapping[str, Any], system: Mapping[str, Any], *, owned: bool) -> dict[str, Any]:
    """The columns that the platform adds to a table."""
    added: dict[str, Any] = {}
    money = [name for name, spec in document["fields"].items() if spec["type"] == "money"]
    for name in money:
        added[f"{name}_base"] = {"type": "money", "scale": document["fields"][name]["scale"], "read_only": True}
    if money:
        added |= system["currency"]
    if owned:
        added |= system["ownership"]
    added |= system["platform"]
    return {name: spec for name, spec in added.items() if name not in _STATES or document["name"] not in _STATELESS}


def _column(name: str, spec: Mapping[str, Any]) -> Column:
    kind = spec["type"]
    options = {int(value): label for value, label in spec.get("options", {}).items()}
    return Column(
        name=name,
        type=kind,
        label=spec.get("label", _label(name)),
        length=spec.get("length", 0),
        scale=spec.get("scale", 0),
        minimum=spec.get("min", -1e15),
        maximum=spec.get("max", 1e15),
        options=options,
        states={int(value): state for value, state in spec.get("states", {}).items()},
        targets=spec.get("targets", {}),
        default=spec.get("default"),
        read_only=spec.get("read_only", False),
        create_only=spec.get("create_only", False),
        write_only=spec.get("write_only", False),
        wire=f"_{name}_value" if kind == "lookup" else name,
        by_currency="decimals" in spec,
        local_day=spec.get("local_day", False),
        update_only=spec.get("update_only", False),
    )


def _label(name: str) -> str:
    bare = name.split("_", 1)[1] if name.startswith(("msdyn_", "msdynce_", "cdm_")) else name
    return bare.replace("_", " ").capitalize()
