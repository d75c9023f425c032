"""What we know of the mapped entities: compact JSON files under `schemas/<system>/`, verified by the preflight."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final

from shared.errors import Refused
from shared.mapping._own_fields import with_more
from shared.mapping._prefixes import under
from shared.mapping._problems import Fault
from shared.mapping._wire_names import member_of

SCHEMAS = Path(__file__).parent / "schemas"

OWNER = "ownerid"
"""The column by which the platform says whose a row is, in tables whose rows have an owner."""
UNIT = "owningbusinessunit"
"""The column by which it says to which business unit the owner belongs."""
TEAMS = "teams"
VALUE, LABEL = "value", "label"
"""What an option of a choice has: the number that rows hold, and what people read."""

BUSINESS_CENTRAL: Final = "business_central"
MODIFIED: Final[Mapping[str, str]] = {
    "finops": "ModifiedDateTime",
    BUSINESS_CENTRAL: "lastModifiedDateTime",
    "dataverse": "modifiedon",
}
"""By system, the field that says when a record was modified, of entities that have it."""

FINOPS_TYPES: Final = "Microsoft.Dynamics.DataEntities."
TEXTS = frozenset({"text", "memo", "code"})
NUMBERS = frozenset({"int", "decimal", "double", "money"})
TIMES = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an ERP entity or a column of a Dataverse table.

    type: text, memo, code (a text compared without regard to letter case), int, decimal, double, money, bool, enum,
    choice, choices (several of them), guid, date, datetime, lookup; file and image, which no line may have. `targets`
    of a lookup: Dataverse table to navigation property. tells_apart: part of a key. zero_counts: of a number, zero is
    a value like any other, and no blank. decimals: the lookup and the column of its row, with a point between, that
    tell how many decimals the values of a row have; `scale` is what they have where that is not known. required: a row
    without it is refused, or is one that nobody can save on its form.
    update_only: refused on create, so that it takes a write of its own once the row is there. born: of a choice, the
    options that a new row may begin with; empty: any.
    assumed: no public source says what it holds: its type, or its size, or what its lookup is set by.
    local_day: a datetime of Dataverse that stands for a day, midnight of whoever entered it (date only, user local).
    unfiltered: its page works it out, so that no filter of its system knows it.
    made_of: the fields that the system puts it together from, where they are sent and it is not.
    elsewhere: no page shows it: the client works it out from other lists of the company, and reads it along.
    trimmed: its system takes the blanks at both ends of what it is given away.
    qualified: what a filter puts before a member of an enumeration. inputs: of a computed field, the fields that it is
    made of. way_out: what a person can do where the system refuses to change what stands there.
    """

    name: str
    type: str
    length: int | None = None
    scale: int | None = None
    min: float | None = None
    max: float | None = None
    case: str = ""
    enum: str = ""
    qualified: str = ""
    ref: str = ""
    members: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    required: bool = False
    defaulted: bool = False
    read_only: bool = False
    create_only: bool = False
    update_only: bool = False
    assumed: bool = False
    assigned: bool = False
    tells_apart: bool = False
    zero_counts: bool = False
    decimals: str = ""
    local_day: bool = False
    unfiltered: bool = False
    elsewhere: bool = False
    trimmed: bool = False
    way_out: str = ""
    made_of: tuple[str, ...] = ()
    born: tuple[str, ...] = ()
    inputs: tuple[Field, ...] = ()

    @property
    def read_from(self) -> tuple[Field, ...]:
        """The fields whose values are read for it: itself, unless it is computed."""
        return self.inputs or (self,)

    @property
    def knows_zero(self) -> bool:
        """True if zero is a value of it like any other, as it is of what tells records apart."""
        return self.tells_apart or self.zero_counts

    @property
    def is_given(self) -> bool:
        """True of what the system gives to its records itself, and nobody writes."""
        return self.assigned and self.read_only

    @property
    def wire_name(self) -> str:
        """The name under which the value is read: a Dataverse lookup is read as `_name_value`."""
        return f"_{self.name}_value" if self.type == "lookup" else self.name


@dataclass(frozen=True)
class Entity:
    """An ERP entity set or a Dataverse table.

    `key` is the natural key (F&O) or the primary id (Dataverse); `keys` are alternate keys of a Dataverse table.
    `company` is where a record keeps its company, as a map writes it; empty for a table that is not per company.
    `party` says of a Dataverse table that its rows are customers, vendors or people.
    `privilege` is what the names of its privileges end with: its own name, or that of another table, which then stands
    for several (published: privileges by entity).
    `route` is the API of Business Central that serves it: `v2.0`, or `publisher/group/version`.
    `choice`: its rows are the options of this column of a table; empty for rows of a table.
    `lists`: other entities whose records decide what its fields `elsewhere` hold.
    `card`: the page of Business Central on which people open a record; 0 if there is none.
    """

    system: str
    name: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    type: str = ""
    keys: tuple[tuple[str, ...], ...] = ()
    primary: str = ""
    xpp: str = ""
    company: str = ""
    party: bool = False
    change_tracking: bool = True
    privilege: str = ""
    route: str = ""
    choice: str = ""
    lists: tuple[str, ...] = ()
    card: int = 0

    @property
    def id(self) -> str:
        """The single key field; Dataverse tables have exactly one."""
        (name,) = self.key
        return name

    @cached_property
    def _by_lower_name(self) -> dict[str, Field]:
        return {name.lower(): each for name, each in self.fields.items()}

    def find(self, name: str) -> Field | None:
        """The field of that name in any letter case: published tables print names in capitals."""
        return self.fields.get(name) or self._by_lower_name.get(name.lower())

    def leading(self, name: str) -> tuple[Field, str] | None:
        """The lookup that leads to another row, and the table of that row.

        name: that of the lookup; of one that points to several tables the navigation property to one of them.
        """
        if (found := self.find(name)) is not None:
            return (found, next(iter(found.targets))) if len(found.targets) == 1 else None
        ways = ((each, table, way) for each in self.fields.values() for table, way in each.targets.items())
        return next(((each, table) for each, table, way in ways if way.lower() == name.lower()), None)


@cache
def enums(system: str) -> Mapping[str, tuple[str, ...]]:
    """Enumerations of a system: name to members in order."""
    path = SCHEMAS / system / "enums.json"
    if not path.exists():
        return {}
    document = with_more(system, "enums", json.loads(path.read_text("utf-8")))
    return {name: tuple(members) for name, members in document.items()}


@cache
def known_entities(system: str) -> tuple[str, ...]:
    """Names of all entities of a system that have a schema file."""
    return tuple(sorted(path.stem for path in (SCHEMAS / system).glob("*.json") if path.stem != "enums"))


MISTAKES: Final = (KeyError, TypeError, ValueError, AttributeError)
"""What a file that says something else than it should makes of whoever reads it."""
_OTHER_PREFIXES: Final[set[tuple[str, str]]] = set()


def know_under(prefixes: Mapping[str, str]) -> None:
    """From now on columns that are published under a prefix are known under another, too. Nothing is forgotten.

    prefixes: published prefix to the one of an installation.
    """
    if not _OTHER_PREFIXES.issuperset(prefixes.items()):
        _OTHER_PREFIXES.update(prefixes.items())
        entity.cache_clear()


def _also_known(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file of a table with what it has under other prefixes beside what was published."""
    fields, keys = dict(document["fields"]), [*document.get("keys", ())]
    for published, ours in sorted(_OTHER_PREFIXES):
        renamed = partial(under, {published: ours})
        for name, options in document["fields"].items():
            targets = {table: renamed(each) for table, each in options.get("targets", {}).items()}
            fields.setdefault(renamed(name), options | ({"targets": targets} if targets else {}))
        others = ([renamed(name) for name in key] for key in document.get("keys", ()))
        keys += [key for key in others if key not in keys]
    return {**document, "fields": fields, "keys": keys}


@cache
def entity(system: str, name: str) -> Entity:
    """The schema of one entity. Raises Refused if its file is amiss or, with the names that exist, if there is none."""
    path = SCHEMAS / system / f"{name}.json"
    if is_choice(system, name):
        return _options(name)
    if name not in known_entities(system):
        raise Refused(f"no schema for {system} entity {name!r}; known: {', '.join(known_entities(system)) or 'none'}")
    try:
        return _read(system, path)
    except MISTAKES as mistake:
        what = f"the schema cannot be used: {type(mistake).__name__}: {mistake}"
        raise Fault(what, f"correct shared/mapping/schemas/{system}/{name}.json") from mistake


def is_choice(system: str, name: str) -> bool:
    """True for a choice column of a Dataverse table, such as `accounts.paymenttermscode`: its options have a schema."""
    table, _, column = name.partition(".")
    if not column or system != "dataverse" or table not in known_entities(system):
        return False
    found = entity(system, table).fields.get(column)
    return found is not None and found.type == "choice"


def _options(name: str) -> Entity:
    """Options of a choice as rows: a number that tells them apart, and what people read. They are no rows of a table,
    so that nothing tracks their changes.
    """
    table, column = name.split(".")
    value = Field(VALUE, "int", min=0, max=2**31 - 1, read_only=True, tells_apart=True)
    label = Field(LABEL, "text", required=True)
    fields = {each.name: each for each in (value, label)}
    logical = f"{entity('dataverse', table).type}.{column}"
    return Entity("dataverse", name, (VALUE,), fields, logical, primary=LABEL, change_tracking=False, choice=column)


def usable_entities(system: str) -> Iterator[Entity]:
    """The entities of a system whose schema files are sound."""
    for name in known_entities(system):
        with suppress(Fault):
            yield entity(system, name)


_ELSEWHERE: Final[Mapping[str, Any]] = {"read_only": True, "unfiltered": True, "elsewhere": True}


def _read(system: str, path: Path) -> Entity:
    raw = _also_known(with_more(system, path.stem, json.loads(path.read_text("utf-8"))))
    keys = {*raw.get("key", ()), *(name for each in raw.get("keys", ()) for name in each)}
    whole, elsewhere = {"read_only": True} if raw.get("read_only") else {}, raw.get("elsewhere", {})
    beyond = {each: options | _ELSEWHERE for each, options in elsewhere.get("fields", {}).items()}
    fields = {
        each: _field(system, each, options | whole, tells_apart=each in keys)
        for each, options in (raw["fields"] | beyond).items()
    }
    return Entity(
        system=system,
        name=raw["name"],
        key=tuple(raw.get("key") or [raw["id"]]),
        fields=fields,
        type=raw.get("type") or raw.get("logical", ""),
        keys=tuple(tuple(each) for each in raw.get("keys", ())),
        primary=raw.get("primary", ""),
        xpp=raw.get("xpp", ""),
        company=raw.get("company", ""),
        party=raw.get("party", False),
        change_tracking=raw.get("change_tracking", True),
        privilege=raw.get("privilege") or raw.get("logical", ""),
        route=raw.get("route", "v2.0" if system == BUSINESS_CENTRAL else ""),
        lists=tuple(elsewhere.get("lists", ())),
        card=raw.get("card", 0),
    )


def _field(system: str, name: str, options: Mapping[str, Any], *, tells_apart: bool) -> Field:
    members = enums(system)[options["enum"]] if "enum" in options else ()
    if system == BUSINESS_CENTRAL:
        members = tuple(map(member_of, members))
    qualified = f"{FINOPS_TYPES}{options['enum']}" if members and system == "finops" else ""
    trimmed = system == BUSINESS_CENTRAL and options["type"] == "code"  # reference: business-central-api 4
    options = {**options, "members": members, **{name: tuple(options.get(name, ())) for name in ("made_of", "born")}}
    return Field(name, tells_apart=tells_apart, qualified=qualified, trimmed=trimmed, **options)
