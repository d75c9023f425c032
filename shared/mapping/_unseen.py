"""What column security leaves of a flow: lines that cannot flow, and what keeps the whole flow from working. Pure.

A column that the app may not read answers null, which is no blank; a masked one answers its mask, which is no value.
So its lines read as absent, and are neither created nor updated. Their definitions stay, and with them what was agreed:
once the column can be read, an edit that was made meanwhile flows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.mapping._flow_map import FlowMap, Row, SideMap, Values
from shared.mapping._lines import Constant, KeyPath, Line
from shared.mapping._schema import Entity, entity
from shared.mapping._values import ABSENT, Reader

Project = Callable[[Row], Values]


@dataclass(frozen=True, slots=True)
class Access:
    """What the app may do with a secured column. masked: it reads as a mask, whatever stands there."""

    read: bool = False
    create: bool = False
    update: bool = False
    masked: bool = False

    def lacks(self, *, create: bool = False, update: bool = False) -> str:
        """What it cannot be used for, in words; empty if it can be used."""
        if not self.read:
            return "Koppel's user may not read it"
        if self.masked:
            return "it reads as a mask"
        lacking = ["create"] if create and not self.create else []
        lacking += ["update"] if update and not self.update else []
        return f"Koppel's user may not {' or '.join(lacking)} it" if lacking else ""


Secured = Mapping[tuple[str, str], Access]
"""Logical name of a table, and a column of it with column security, to what the app may do with it."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What column security does to a flow.

    map: with the lines that do not flow switched off. lines: these by name, and why. stops: why the flow cannot work at
    all; empty if it can.
    """

    map: FlowMap
    lines: Mapping[str, str]
    stops: str


def unseen(flow: FlowMap, secured: Secured, heir: FlowMap | None = None) -> Unseen | None:
    """None if no column of the flow is secured against us. heir: the flow that takes over what leaves the scope."""
    stops = next((_why(where, why) for where, why in _vital(flow, heir, secured)), "")
    lines = _with_companions(flow, {line: why for line in flow.lines if (why := _of_line(flow, line, secured))})
    constants = tuple(_constants(flow.dataverse, secured))
    if not (stops or lines or constants != flow.dataverse.constants):
        return None
    side = replace(_blinded(flow, lines), constants=constants)
    off = {line.index for line in lines}
    seen = replace(
        flow,
        dataverse=side,
        lines=tuple(replace(line, create=False, update=False) if line.index in off else line for line in flow.lines),
        lookups=tuple(line for line in flow.lookups if line.index not in off),
    )
    return Unseen(seen, {line.name: why for line, why in lines.items()}, stops)


def _why(where: str, why: str) -> str:
    return f"{where} is secured, and {why}: {REMEDY}"


REMEDY: Final = (
    "add Koppel's user to a column security profile that allows it, without a masking rule, "
    "or switch off what uses the column by an overlay"
)


def secured_tables(flow: FlowMap) -> set[str]:
    """Logical names of the tables whose columns the flow uses."""
    paths = [path for line in flow.lookups if line.lookup for path in line.lookup.paths]
    paths += [flow.company.path] if flow.company and flow.company.path else []
    paths += flow.dataverse.scope.paths
    pointed = {logical for path in paths for logical, _ in _columns_of(path)}
    return pointed if flow.dataverse.entity.choice else {flow.dataverse.entity.type, *pointed}


# -- what the flow as a whole stands on


def _vital(flow: FlowMap, heir: FlowMap | None, secured: Secured) -> Iterator[tuple[str, str]]:
    """Columns that say which records are the flow's, and which belong together; each that we cannot see, and why."""
    table = flow.dataverse.entity
    names = [
        *flow.dataverse.scope.own,
        *flow.dataverse.telling,
        *(heir.dataverse.scope.own if heir else ()),
    ]
    columns = [(table.type, _plain(table, name)) for name in names]
    columns += [
        each for side in (flow, heir) if side for path in side.dataverse.scope.paths for each in _columns_of(path)
    ]
    columns += [(table.type, line.dataverse.name) for group in (*flow.match, flow.called) for line in group]
    if flow.company is not None:
        columns += [(table.type, _plain(table, name)) for name in flow.company.read]
        columns += _columns_of(flow.company.path) if flow.company.path else []
    for logical, name in dict.fromkeys(columns):
        if why := secured.get((logical, name), _OPEN).lacks():
            yield f"{logical}.{name}", why


_OPEN: Final = Access(read=True, create=True, update=True)


def _plain(table: Entity, wire: str) -> str:
    """The column behind a name on the wire."""
    return next((each.name for each in table.fields.values() if each.wire_name == wire), wire)


# -- single lines


def _of_line(flow: FlowMap, line: Line, secured: Secured) -> str:
    """Why a line does not flow; empty if it does."""
    table = flow.dataverse.entity.type
    created, updated = line.to_dataverse and line.create, line.to_dataverse and line.update
    updated = updated and not line.dataverse.create_only
    for column in line.dataverse.read_from:
        if why := secured.get((table, column.name), _OPEN).lacks(create=created, update=updated):
            return _why(f"{table}.{column.name}", why)
    for path in line.lookup.paths if line.lookup else ():
        for logical, name in _columns_of(path):
            if why := secured.get((logical, name), _OPEN).lacks():
                return _why(f"{logical}.{name}", why)
    return ""


def _with_companions(flow: FlowMap, lines: Mapping[Line, str]) -> dict[Line, str]:
    """The same with what only makes sense together with these lines, unless it tells records apart."""
    words = {line.together: (line.name, why) for line, why in lines.items() if line.together}
    apart = {line.index for group in (*flow.match, flow.called) for line in group}
    found = dict(lines)
    for line in flow.lines:
        if line.together in words and line not in found and not line.key and line.index not in apart:
            name, why = words[line.together]
            found[line] = f"it only makes sense together with {name}, which does not flow: {why}"
    return found


def _columns_of(path: KeyPath) -> Iterable[tuple[str, str]]:
    """Table and column of every step of a path."""
    table = entity("dataverse", path.table)
    for hop in path.hops:
        yield table.type, hop
        table = entity("dataverse", next(iter(table.fields[hop].targets)))
    yield table.type, path.key


def _constants(side: SideMap, secured: Secured) -> Iterator[Constant]:
    """What may still be given. Where nobody sees what it would replace, it is given to new rows alone."""
    for each in side.constants:
        access = secured.get((side.entity.type, each.target.name), _OPEN)
        if access.create:
            yield replace(each, initial=True) if access.lacks() else each


def _blinded(flow: FlowMap, lines: Collection[Line]) -> SideMap:
    """Dataverse as it is read without these lines: they read as absent, and what only they read is not asked for."""
    side = flow.dataverse
    filtered = {*side.scope.fields, *side.telling}
    wires = _wires(lines) - _wires(line for line in flow.lines if line not in lines) - filtered
    places = tuple(line.index for line in lines)
    readers = tuple((name, _nothing if at in places else read) for at, (name, read) in enumerate(side.readers))
    kept = tuple(name for name in side.columns if name not in wires)
    return replace(side, columns=kept, readers=readers, project=_projected(side.project, wires, places))


def _wires(lines: Iterable[Line]) -> set[str]:
    return {column.wire_name for line in lines for column in line.dataverse.read_from}


def _projected(project: Project, wires: Collection[str], places: Iterable[int]) -> Project:
    nothing = dict.fromkeys(wires)

    def projected(row: Row) -> Values:
        values = project({**row, **nothing})
        for place in places:
            values[place] = ABSENT
        return values

    return projected


_nothing: Reader = lambda _value: ABSENT  # noqa: E731 - a reader among readers
