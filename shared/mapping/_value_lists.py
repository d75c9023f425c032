"""Value maps: which members of the ERP and which values of Dataverse mean the same, and which of them is written.

As written, a list names for each member the value that means it, or several of which the first is written and all are
read. `others` stands for every member that is not listed. `to_dataverse` and `to_erp` hold what counts one way only:
from the value that is read to the one that is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.errors import FieldError
from shared.mapping._fold import fold
from shared.mapping._lines import Convert, typed
from shared.mapping._problems import Fault
from shared.mapping._schema import Field
from shared.mapping._values import BLANK

OTHERS: Final = "others"
OFF: Final = "off"
TO_DATAVERSE: Final = "to_dataverse"
TO_ERP: Final = "to_erp"
_ONE_WAY: Final = {TO_DATAVERSE: "to_dataverse: {Invoice: 806380001}", TO_ERP: "to_erp: {806380001: Invoice}"}
_FORMS: Final = "write Invoice: 806380001, or Invoice: [806380001, 806380005], of which the first is written"

Entry = tuple[str, ...]
"""Where something stands in a list: a member, or a direction and what is read."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What one value becomes on the other side, as written. `others` is read where no other entry fits."""

    value: str
    becomes: str
    entry: Entry

    @property
    def is_one_way(self) -> bool:
        return self.entry[0] in _ONE_WAY


@dataclass(frozen=True, slots=True)
class ValueList:
    """A value map as its author wrote it: the first of several that read the same counts.

    faults: what cannot be read, by entry.
    """

    name: str
    written: Mapping[str, Any]
    to_dataverse: tuple[Reads, ...]
    to_erp: tuple[Reads, ...]
    faults: Mapping[Entry, Fault]

    @property
    def entries(self) -> dict[str, Any]:
        """What is written, without what is taken out."""
        return {member: given for member, given in self.written.items() if given != OFF}

    def given(self, *, erp: bool) -> Iterator[tuple[str, Entry]]:
        """Every ERP member that is named, or every Dataverse value, with its entry."""
        reads, becomes = (self.to_dataverse, self.to_erp) if erp else (self.to_erp, self.to_dataverse)
        yield from ((each.value, each.entry) for each in reads if each.value != OTHERS)
        yield from ((each.becomes, each.entry) for each in becomes)


def value_list(name: str, written: Mapping[str, Any]) -> ValueList:
    """A list from its YAML form. `off` takes an entry out."""
    faults: dict[Entry, Fault] = {}
    there = [*_one_way(name, TO_DATAVERSE, written.get(TO_DATAVERSE, {}), faults)]
    back = [*_one_way(name, TO_ERP, written.get(TO_ERP, {}), faults)]
    for member, given in written.items():
        if member in _ONE_WAY or given == OFF:
            continue
        values = [given] if isinstance(given, str) else given
        if values == [OTHERS]:
            faults[member,] = Fault(f"{name}: others stands on the right", f"write to_erp: {{others: {member}}}")
            continue
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            faults[member,] = Fault(f"{name} gives {member} no value", _FORMS)
            continue
        there.append(Reads(member, values[0], (member,)))
        back += [Reads(value, member, (member,)) for value in values if member != OTHERS]
    return ValueList(name, written, tuple(there), tuple(back), faults)


def _one_way(name: str, way: str, given: object, faults: dict[Entry, Fault]) -> Iterator[Reads]:
    """What counts in one direction only, in place of what the list says otherwise."""
    if not isinstance(given, dict):
        faults[way,] = Fault(f"{name}: {way} is not a list of its own", f"write {_ONE_WAY[way]}")
        return
    for value, becomes in given.items():
        if not isinstance(becomes, str):
            faults[way, value] = Fault(f"{name}: {way} gives {value} several values", f"name one: {_ONE_WAY[way]}")
        elif becomes != OFF:
            yield Reads(value, becomes, (way, value))


# -- ready for use


@dataclass(frozen=True, slots=True)
class ValueMap:
    """A finite dictionary between ERP members (any letter case) and Dataverse values; blank may be listed.

    What is read is folded. others_to_dataverse, others_to_erp: what is written for whatever is not listed, but for a
    blank.
    """

    name: str
    forward: Mapping[str, str]
    backward: Mapping[str, str]
    others_to_dataverse: str | None = None
    others_to_erp: str | None = None

    def to_dataverse(self, line: str) -> Convert:
        return lambda value: self._known(self._there(value), self.others_to_erp, value, line)

    def to_erp(self, line: str) -> Convert:
        return lambda value: self._known(self._back(value), self.others_to_dataverse, value, line)

    def means(self, erp: str, dataverse: str) -> bool:
        """True if the list says of the two, read either way, that one is the other."""
        back = self._back(dataverse)
        return self._there(erp) == dataverse or (back is not None and fold(back) == fold(erp))

    def _there(self, value: str) -> str | None:
        return self.forward.get(fold(value), self.others_to_dataverse if value else None)

    def _back(self, value: str) -> str | None:
        return self.backward.get(fold(value), self.others_to_erp if value else None)

    def _known(self, found: str | None, catch_all: str | None, value: str, line: str) -> str:
        if found is not None or value == BLANK:
            return found or BLANK
        message = f"{value!r} is not in the value map {self.name}"
        if catch_all is not None and fold(catch_all) == fold(value):
            message = f"{value!r} stands for all that the value map {self.name} does not list: nobody can tell which"
        raise FieldError(message, field=line, value=value, code="value-map")


def value_map(written: ValueList, erp: Field, dataverse: Field) -> ValueMap:
    """A value map in the spelling of both systems."""
    there, others_there = _table(written.to_dataverse, erp, dataverse)
    back, others_back = _table(written.to_erp, dataverse, erp)
    return ValueMap(written.name, there, back, others_there, others_back)


def _table(reads: Iterable[Reads], read: Field, becomes: Field) -> tuple[dict[str, str], str | None]:
    found: dict[str, str] = {}
    others: str | None = None
    for each in reads:
        value = typed(each.becomes, becomes) or BLANK
        if each.value == OTHERS:
            others = value if others is None else others
        else:
            found.setdefault(fold(typed(each.value, read) or BLANK), value)
    return found, others
