"""What the two systems say of themselves, read and reduced to what the rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column of a Dataverse table. targets: logical name of each table a lookup may point to, with the navigation
    property that writes it. options: values of a choice. local_day: a day, held as midnight of whoever entered it.
    numbers: the format of a column whose values are numbered automatically.
    """

    type: str
    length: int | None = None
    options: frozenset[str] = frozenset()
    targets: Mapping[str, str] = field(default_factory=dict)
    creatable: bool = True
    updatable: bool = True
    local_day: bool = False
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class LiveKey:
    """An alternate key and the state of its index: Active, Pending, InProgress or Failed."""

    columns: frozenset[str]
    status: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A Dataverse table, named by its entity set. goes_with: column and logical name of each table whose rows take
    rows of this one along when they are deleted.
    """

    name: str
    change_tracking: bool
    enforces_if_match: bool
    columns: Mapping[str, LiveColumn]
    keys: tuple[LiveKey, ...]
    goes_with: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveField:
    """A field of a public entity; `type` is its type on the wire."""

    type: str
    key: bool = False
    mandatory: bool = False
    editable: bool = True
    creatable: bool = True


@dataclass(frozen=True, slots=True)
class LiveEntity:
    """A public entity of finance and operations, named by its entity set."""

    name: str
    read_only: bool
    fields: Mapping[str, LiveField]
