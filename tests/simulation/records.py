"""What stood where and when: the histories of both twins, replayed as values of lines, without the engine's help."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from shared.columns import TAG
from shared.mapping import ABSENT, DATAVERSE, ERP, FlowMap, Side, entity, fold
from tests.emulator.finops.values import json_text
from tests.simulation.behind import Parents
from tests.simulation.world import World

By = Literal["people", "koppel", "platform", "along"]
"""Who did it. What Koppel does for another flow counts as done by the platform; along: what a system set by itself when
Koppel wrote something else.
"""
IsOfFlow = Callable[[str, float], bool]
"""True if what Koppel does to a Dataverse row at a time is done for the flow in question."""


KINDS: Final = frozenset({"PartyType", "AssociatedContactType", "type"})
"""Fields that say what kind of record it is, once for all."""
CODES: Final = ("code", "number")
"""Fields by which others refer to a record that has another identity."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One value of one line on one side, since when, and who put it there. asked: for what, if it came out as less.

    Or as something else: whatever the installation's own logic makes of a value.
    """

    time: float
    order: int
    value: str
    by: By
    asked: str | None = None

    @property
    def sent(self) -> str:
        """What was asked for, however it came out."""
        return self.value if self.asked is None else self.asked


@dataclass(slots=True)
class Record:
    """One life of one record. names: its identities, more than one if it was renamed. ended: when and by whom.

    given_up: names that it had, and until when. left: when it was found outside the flow's scope. moved: when its
    company was changed or cleared. renamed: when it got another identity. codes: that others refer to it by. given: who
    created it sent its identity along.
    """

    side: Side
    name: tuple[str, ...]
    row: dict[str, Any]
    born: Moment
    names: set[tuple[str, ...]] = field(default_factory=set)
    ended: Moment | None = None
    given_up: dict[tuple[str, ...], float] = field(default_factory=dict)
    left: list[float] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    renamed: list[float] = field(default_factory=list)
    lines: dict[int, list[Moment]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    given: bool = False

    def held(self, index: int, since: float, until: float) -> Iterator[str]:
        """Every value of a line that stood at some time between two moments, both included."""
        moments = self.lines.get(index, [])
        end = self.ended.time if self.ended else float("inf")
        for place, moment in enumerate(moments):
            gone = moments[place + 1].time if place + 1 < len(moments) else end
            if moment.time <= until and gone >= since:
                yield moment.value

    def asked(self, index: int, since: float, until: float) -> Iterator[str]:
        """Every value that stood at some time between two moments, and every one that came out otherwise then."""
        yield from self.held(index, since, until)
        yield from (
            each.asked for each in self.lines.get(index, ()) if each.asked is not None and since <= each.time <= until
        )

    @property
    def called_now(self) -> set[str]:
        """What others may call it by: its id, its code or number."""
        return {fold(str(each)) for each in (self.name[-1], *map(self.row.get, CODES)) if each}

    def value(self, index: int) -> str:
        return self.lines[index][-1].value if self.lines.get(index) else ABSENT


@dataclass(slots=True)
class Timeline:
    """All lives of all records of one flow on one side.

    merged: rows that were merged into others, and stand for nothing any more. Nobody deleted them. foreign: records of
    another kind, which have no lives here.
    """

    flow: FlowMap
    side: Side
    records: list[Record] = field(default_factory=list)
    alive: dict[tuple[str, ...], Record] = field(default_factory=dict)
    merged: dict[tuple[str, ...], Record] = field(default_factory=dict)
    foreign: set[tuple[str, ...]] = field(default_factory=set)
    parents: Parents = field(init=False)

    def __post_init__(self) -> None:
        part = self.flow.side(self.side)
        self.parents = Parents.of(part.scope, part.entity) if self.side == DATAVERSE else Parents(())

    def look_behind(self, time: float) -> None:
        """A row has changed that others point to: some of those may be outside by that."""
        for record in self.alive.values():
            self._look_behind(record, time)

    def _look_behind(self, record: Record, time: float) -> None:
        record.row.update(self.parents.seen_from(record.row))
        if not self.flow.side(self.side).scope.includes(record.row):
            record.left.append(time)

    def born(
        self, name: tuple[str, ...], row: Mapping[str, Any], when: Moment, sent: set[str], asked: Mapping[str, Any]
    ) -> None:
        record = Record(self.side, name, {}, when, {name}, given=self.side == ERP and self.flow.identity[-1] in sent)
        self.records.append(record)
        self.alive[name] = record
        self.changed(record, row, when, sent, asked)

    def changed(
        self, record: Record, values: Mapping[str, Any], when: Moment, sent: set[str], asked: Mapping[str, Any]
    ) -> None:
        """Takes the values of a change; what its author did not name, the platform filled in."""
        part = self.flow.side(self.side)
        columns = self.flow.company
        column = columns.dataverse if columns and self.side == DATAVERSE else None
        name = column.wire_name if column else ""
        if name in values and record.row.get(name, values[name]) != values[name]:
            record.moved.append(when.time)
        record.row.update(values)
        record.codes |= {str(values[each]) for each in CODES if each in values}
        self._look_behind(record, when.time)
        wired = {each: on_the_wire(value) for each, value in record.row.items()} if part.computed else {}
        made = {each.index: each.read(wired) for each in part.computed}
        for line in self.flow.lines:
            name, read = part.readers[line.index]
            value = read(on_the_wire(record.row.get(name)))
            if line.index in made:
                value = made[line.index]
            moments = record.lines.setdefault(line.index, [])
            wanted = _otherwise(read(on_the_wire(asked[name])), value) if name in asked else None
            if not moments or moments[-1].value != value or (name in sent and _is_news(moments[-1], when.by, wanted)):
                mine = name in sent or (when.by == "people" and bool(moments))
                by: By = when.by if mine else "along" if when.by == "koppel" and moments else "platform"
                moments.append(Moment(when.time, when.order, value, by, wanted))
        if record.row.get("merged") is True and record.name in self.alive:
            self.merged[record.name] = self.alive.pop(record.name)

    def holder(self, name: tuple[str, ...]) -> dict[tuple[str, ...], Record]:
        """Where a record that was not deleted stands."""
        return self.alive if name in self.alive else self.merged

    def renamed(self, old: tuple[str, ...], new: tuple[str, ...], when: Moment) -> Record:
        """The same record under another name, or, where nothing tells so from outside, its end and a new one."""
        record = self.alive.pop(old)
        if self.flow.second is None:
            record.ended = when
            self.born(new, record.row, when, set(), {})
            return self.alive[new]
        record.name = new
        record.renamed.append(when.time)
        record.names.add(new)
        record.given_up[old] = when.time
        record.given_up.pop(new, None)
        self.alive[new] = record
        return record


def _is_news(last: Moment, by: By, wanted: str | None) -> bool:
    """True if something else was asked for than before; or, by Koppel, once more what had come out otherwise."""
    return last.asked != wanted or (by == "koppel" and wanted is not None)


def _otherwise(asked: str, stored: str) -> str | None:
    """What was asked for, where that is another value than what is stored."""
    return asked if asked is not ABSENT and asked.strip() != stored.strip() else None


def on_the_wire(value: Any) -> Any:
    """A stored value as a client of the wire gets it."""
    if isinstance(value, (float, Decimal)):
        return json.loads(json_text(value) if isinstance(value, Decimal) else repr(value), parse_float=str)
    return value


def replay(world: World, flow: FlowMap, is_of_flow: IsOfFlow) -> dict[Side, Timeline]:
    """Both timelines of a flow."""
    return {ERP: _replay_erp(world, flow), DATAVERSE: _replay_dataverse(world, flow, is_of_flow)}


def _replay_erp(world: World, flow: FlowMap) -> Timeline:
    """What is another kind of record in the ERP has always been, and will always be: it is left out."""
    timeline = Timeline(flow, ERP)
    renames = {change.time for change in world.erp.history if change.operation == "rename"}
    for change in world.erp.history:
        if change.entity != flow.erp.entity.name:
            continue
        if change.operation == "create" and is_foreign(flow, change.after):
            timeline.foreign.add(tuple(str(change.key[part]) for part in flow.identity))
            continue
        follows = change.operation == "update" and change.time in renames  # whoever names a renamed code follows it
        by: By = "koppel" if change.app else "platform" if follows else "people"
        when = Moment(_seconds(world, change.time), change.sequence, "", by)
        name = tuple(str(change.key[part]) for part in flow.identity)
        sent = set(change.sent)
        if change.operation == "create":
            timeline.born(name, change.after, when, sent, change.asked)
        elif change.operation == "delete":
            if name in timeline.alive:
                timeline.alive.pop(name).ended = when
        else:
            old = tuple(str({**change.key, **change.before}[part]) for part in flow.identity)
            if old in timeline.alive:
                record = timeline.renamed(old, name, when) if old != name else timeline.alive[name]
                timeline.changed(record, change.after, when, sent, change.asked)
    return timeline


def is_foreign(flow: FlowMap, row: Mapping[str, Any]) -> bool:
    """True if what keeps a record of the ERP out of the scope is what nobody can change about it."""
    scope = flow.erp.scope
    return not scope.includes(row) and (set(scope.fields) <= KINDS or _kinds_differ(flow, row))


def _kinds_differ(flow: FlowMap, row: Mapping[str, Any]) -> bool:
    scope = flow.erp.scope
    known = [name for name in KINDS if name in scope.fields]
    return any(f"'{row.get(name)}'" not in scope.text for name in known)


def _replay_dataverse(world: World, flow: FlowMap, is_of_flow: IsOfFlow) -> Timeline:
    timeline, table = _loaded(world, flow), flow.dataverse.entity
    for change in world.dataverse.history:
        time = _seconds(world, change.time)
        if timeline.parents.learn(change.table, change.id, change.after):
            timeline.look_behind(time)
        if change.table != table.name:
            continue
        ours = not change.consequence and is_of_flow(change.id, time)
        emptied = change.consequence and change.operation == "update"
        by: By = "platform" if emptied else "koppel" if ours else "platform"
        if not emptied and (not change.app or change.tag == TAG):
            by = "people"  # what keeps columns, and gives numbers, is news to the flows like anybody's edit
        when = Moment(time, change.sequence, "", by)
        name = (change.id,)
        sent = {table.fields[each].wire_name for each in change.sent if each in table.fields}
        if change.operation == "create":
            timeline.born(name, change.after, when, sent, change.asked)
        elif change.operation == "delete":
            timeline.holder(name).pop(name).ended = when
        else:
            timeline.changed(timeline.holder(name)[name], change.after, when, sent, change.asked)
    return timeline


def _loaded(world: World, flow: FlowMap) -> Timeline:
    """What was there before everything."""
    timeline, table = Timeline(flow, DATAVERSE), flow.dataverse.entity
    for each, rows in world.loaded.items() if timeline.parents.columns else ():
        for row in rows:
            timeline.parents.learn(each, str(row[entity(DATAVERSE, each).id]), row)
    for row in world.loaded.get(table.name, ()):
        timeline.born((str(row[table.id]),), row, Moment(0.0, 0, "", "platform"), set(), {})
    return timeline


def _seconds(world: World, time: Any) -> float:
    return float((time - world.began).total_seconds())
