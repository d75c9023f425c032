"""Refusals that are about a conflict: accept, and restore what lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from shared.ledger import CONFLICT, ConflictRow
from shared.mapping import ABSENT, ERP, Constant, Line, Side, fold, other, reader
from tests.simulation.records import on_the_wire
from tests.simulation.seen import Order, Rule, Seen, side_called, value_in

Said = re.Match[str]


def _rows(test: Callable[[ConflictRow], bool]) -> Rule:
    """Its row held something of which this is so."""
    return lambda seen, order, _said: any(test(each) for each in order.rows(seen))


def _has_won(seen: Seen, order: Order, said: Said) -> bool:
    return any(not each.open and other(each.loser) == side_called(said["place"]) for each in order.rows(seen))


def _is_gone(seen: Seen, order: Order, _said: Said) -> bool:
    return not all(seen.during(order.flow, order.conflict, order.since))


def _is_open_again(seen: Seen, order: Order, said: Said) -> bool:
    of_record = f"{CONFLICT}{order.conflict.split('~')[1]}~"
    told = {said["erp"], said["dataverse"]}
    found = seen.conflicts(order.flow, of_record, order.since)
    return any(each.open and each.line == said["line"] and {*map(repr, each.shown)} == told for each in found)


def _is_uncoupled(seen: Seen, order: Order, _said: Said) -> bool:
    return not all(cells for end in order.about for cells in seen.during(order.flow, end, order.since))


def _is_not_to_be_written(seen: Seen, order: Order, said: Said) -> bool:
    return said["state"] != "coupled" and any(each.state == said["state"] for each in order.couplings(seen))


def _is_left_out(seen: Seen, order: Order, said: Said) -> bool:
    return fold(said["company"]) not in order.companies(seen)


def _has_no_line(seen: Seen, order: Order, said: Said) -> bool:
    known = {line.definition.hex() for line in order.map_of(seen).lines}
    return any(repr(each.line) == said["line"] and each.definition not in known for each in order.rows(seen))


def _line(seen: Seen, order: Order, name: str) -> Line | None:
    return next((each for each in order.map_of(seen).lines if each.name == name), None)


def _constant(seen: Seen, order: Order, name: str) -> Constant | None:
    flow = order.map_of(seen)
    both = (*flow.erp.constants, *flow.dataverse.constants, *flow.dataverse.returning)
    return next((each for each in both if each.line == name), None)


def _goes_one_way(seen: Seen, order: Order, said: Said) -> bool:
    line = _line(seen, order, said["line"])
    return line is not None and line.source is not None


def _is_of_the_key(seen: Seen, order: Order, said: Said) -> bool:
    line = _line(seen, order, said["line"])
    return line is not None and (line.key or line.fixed)


def _is_enforced(seen: Seen, order: Order, said: Said) -> bool:
    constant = _constant(seen, order, said["line"])
    return constant is not None and constant.enforced


def _is_not_taken(seen: Seen, order: Order, said: Said) -> bool:
    """The system has refused a write to such a record with these words, framed by others or not."""
    side = side_called(said["place"])
    twin: Any = seen.world.erp if side == ERP else seen.world.dataverse
    entity = order.map_of(seen).side(side).entity.name
    heard = [words for name, _key, _sent, words in twin.environment.refused if name == entity]
    return any(said["words"] in words or words in said["words"] for words in heard)


def _held(seen: Seen, order: Order, side: Side, name: str) -> Iterator[str]:
    """What a line, or the field of a constant, has held on a side."""
    flow, line, constant = order.map_of(seen), _line(seen, order, name), _constant(seen, order, name)
    for row in order.stood(seen, side):
        if row is not None and line is not None:
            yield value_in(flow, side, line.index, row)
        elif row is not None and constant is not None:
            yield reader(constant.target)(on_the_wire(row.get(constant.target.wire_name, ABSENT)))


def _holds(seen: Seen, order: Order, said: Said) -> bool:
    """The value that is told stood there; of a reference, which is told by its code, another row than the winner's."""
    side, line = side_called(said["place"]), _line(seen, order, said["line"])
    held = [*_held(seen, order, side, said["line"])]
    if line is not None and line.lookup is not None and side != ERP:
        return any(value != row.winner for value in held for row in order.rows(seen))
    return said["value"] in map(repr, held)


def _is_left_as_it_was(seen: Seen, order: Order, said: Said) -> bool:
    """The system has taken a write of it, and what lost does not stand there."""
    side = side_called(said["place"])
    lost = {row.value for row in order.rows(seen)}
    return not lost.intersection(_held(seen, order, side, said["line"]))


def _is_gone_or_changes(seen: Seen, order: Order, said: Said) -> bool:
    states = order.stood(seen, side_called(said["place"]))
    return None in states or len(states) > 1


def _was_typed_anew(seen: Seen, order: Order, said: Said) -> bool:
    """Somebody, or the system itself, has written the field since the value lost."""
    side, flow, line = side_called(said["place"]), order.map_of(seen), _line(seen, order, said["line"])
    if line is None:
        return False
    field = line.erp if side == ERP else line.dataverse
    lost = min((_seconds(seen, row) for row in order.rows(seen)), default=order.since)
    names = {each.erp if side == ERP else (each.dataverse,) for each in order.couplings(seen)}
    return any(
        field.wire_name in change.after and not change.app
        for name in names
        if name
        for change in seen.changes_of(flow, side, name, lost)
    )


def _seconds(seen: Seen, row: ConflictRow) -> float:
    return (datetime.fromisoformat(row.at) - seen.world.began).total_seconds() - CLOCKS


def _only_receives(seen: Seen, order: Order, said: Said) -> bool:
    side = side_called(said["place"])
    part = order.map_of(seen).side(side)
    return any(row is not None and not part.rules(_wires(row)) for row in order.stood(seen, side))


def _wires(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: on_the_wire(value) for name, value in row.items()}


def _continues(seen: Seen, order: Order, _said: Said) -> bool:
    return order.map_of(seen).continued is not None


def _names_nothing(seen: Seen, order: Order, said: Said) -> bool:
    """No record of the ERP that a flow knows the table of has this code, or had it all the time."""
    line = _line(seen, order, said["line"])
    if line is None or line.lookup is None:
        return False
    tables = {path.table for path in line.lookup.paths}
    flows = [seen.world.maps.map(name) for name in seen.world.maps.names]
    codes = {
        repr(str(row.get(flow.identity[-1])))
        for flow in flows
        if tables & {flow.dataverse.entity.name, flow.dataverse.entity.type}
        for row in seen.rows_of(flow, ERP, seen.world.loop.time())
    }
    return said["code"] not in codes


CLOCKS: Final = 900.0
"""Seconds by which the clock of an instance may be wrong."""
_BOTH: Final = "the ERP (?P<erp>.*) and Dataverse (?P<dataverse>.*)"
_PLACE: Final = "(?P<place>the ERP|Dataverse)"

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    (rf"^.+: {_PLACE} has won there already", _has_won),
    (r"^.+: nobody has won yet", _rows(lambda row: row.open)),
    (r"^.+: nobody has lost yet", _rows(lambda row: row.open)),
    (r"^.+: what lost is not kept, or was too long to be kept whole", _rows(lambda row: row.cut)),
    (r"^.+: the conflict is over, for the record has changed since", _is_gone),
    (r"^\w+\.\w+ has no conflict ", _is_gone),
    (rf"^(?P<line>.+): edited since it was listed, and open again: {_BOTH}\. Look at both", _is_open_again),
    (r"^the record is not coupled any more", _is_uncoupled),
    (r"^the record is (?P<state>\w+): nothing is written to it", _is_not_to_be_written),
    (r"^the record is of (?P<company>.*), which is not synchronised: nothing", _is_left_out),
    (r"^the map has no line (?P<line>.+) any more", _has_no_line),
    (r"^(?P<line>.+) flows one way only", _goes_one_way),
    (r"^(?P<line>.+) is part of the record's key", _is_of_the_key),
    (r"^(?P<line>.+) is enforced, and would replace the value again", _is_enforced),
    (rf"^{_PLACE} does not take the value back: (?P<words>.+)", _is_not_taken),
    (rf"^{_PLACE} took the write and left (?P<line>.+) as it was", _is_left_as_it_was),
    (rf"^the record is gone in {_PLACE}, or keeps changing", _is_gone_or_changes),
    (rf"^(?P<line>.+): {_PLACE} holds (?P<value>.*) by now, and not .*: look again", _holds),
    (rf"^(?P<line>.+): what {_PLACE} holds was typed there anew, and ", _was_typed_anew),
    (rf"^.+: {_PLACE} only receives as the record stands", _only_receives),
    (r"^.+: another map holds for the record by now", _continues),
    (r"^(?P<line>.+): (?P<code>.+) is not in the ERP any more, and cannot stand there", _names_nothing),
)  # fmt: skip
