"""Two maps over one coupling, as one: the lines of both, each with the phase in which it holds. Pure.

What both maps say alike is one line of both. What is agreed about a pair of fields outlives the change from one map to
the other as it outlives a line's definition: by the line's root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from shared.mapping._by_company import Local
from shared.mapping._fingerprints import digest
from shared.mapping._flow_map import ERP, SIDES, FlowMap, SideMap, field_reader, field_writer
from shared.mapping._lines import Constant, Line
from shared.mapping._phases import Continued, phased
from shared.mapping._projection import compiled
from shared.mapping._schema import Field

SHARED: Final = ("erp", "dataverse", "company", "match", "name", "policy", "values", "constants")
"""Entries of a head that a map takes from the one that it continues."""
_OWN: Final = frozenset({"index", "number", "name", "forward", "backward", "code", "means"})
"""What of two lines need not be equal: places, and what follows from the definition."""


def in_common(head: Mapping[str, Any]) -> dict[str, Any]:
    """What the head of a map says for the one that continues it, too."""
    found = {entry: head[entry] for entry in SHARED if entry in head}
    policy = {word: said for word, said in found.get("policy", {}).items() if word != "creates"}
    return {**found, "policy": policy}


def joined(first: FlowMap, then: FlowMap) -> FlowMap:
    """The first map, continued by the other where that has authority: on one side alone, as was checked."""
    side = next(each for each in SIDES if then.side(each).authority.text)
    continued = Continued(then.name, side, then.side(side).authority, then.policy.creates)
    lines, places = _lines(first.lines, then.lines)
    return replace(
        first.over(lines),
        erp=_side(first.erp, then.erp, lines, places, continued),
        dataverse=_side(first.dataverse, then.dataverse, lines, places, continued),
        called=tuple(dict.fromkeys((*_at(lines, first.called), *(lines[places[each.index]] for each in then.called)))),
        match=tuple(_at(lines, group) for group in first.match),
        files=(*first.files, *then.files),
        deeds=(*first.deeds, *then.deeds),
        fingerprint=digest([first.fingerprint, then.fingerprint], b"").hex(),
        continued=continued,
    )


def is_alike(one: Line, two: Line) -> bool:
    """True if two lines of the same fields say the same, so that both maps have one."""
    return _said(one) == _said(two)


def _said(line: Line) -> dict[str, Any]:
    return {each.name: getattr(line, each.name) for each in fields(Line) if each.name not in _OWN}


def _lines(first: Sequence[Line], then: Sequence[Line]) -> tuple[tuple[Line, ...], dict[int, int]]:
    """The lines of both, and where those of the second stand among them."""
    like = {line.definition: line for line in first}
    both = {line.index: like[line.definition] for line in then if _is_in(like, line)}
    shared = {line.index for line in both.values()}
    result = [line if line.index in shared else replace(line, phase="before") for line in first]
    places = {index: line.index for index, line in both.items()}
    for line in then:
        if line.index not in both:
            places[line.index] = len(result)
            result.append(replace(line, index=len(result), phase="after", definition=_apart(line, like)))
    return tuple(result), places


def _is_in(like: dict[bytes, Line], line: Line) -> bool:
    return line.definition in like and is_alike(like[line.definition], line)


def _apart(line: Line, like: dict[bytes, Line]) -> bytes:
    """The definition of a line, another one than that of a line which relates two values likewise."""
    return digest([line.definition.hex(), "continues"], b"") if line.definition in like else line.definition


def _at(lines: Sequence[Line], given: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(lines[each.index] for each in given)


def _side(
    first: SideMap, then: SideMap, lines: Sequence[Line], places: dict[int, int], continued: Continued
) -> SideMap:
    read = [_field(line, first.side) for line in lines]
    local = tuple(line for line in lines if line.companies or line.besides)
    striped = first.local or then.local
    own = continued if continued.side == first.side else None
    return replace(
        first,
        columns=tuple(dict.fromkeys((*first.columns, *then.columns))),
        readers=tuple(map(field_reader, read)),
        project=compiled(read),
        writers=tuple(field_writer(first.system, each) for each in read),
        constants=_constants(first.constants, then.constants),
        computed=tuple({
            each.index: each
            for each in (*first.computed, *(replace(each, index=places[each.index]) for each in then.computed))
        }.values()),
        local=Local(local, striped.company_of) if striped else None,
        phases=phased(lines, own),
    )  # fmt: skip


def _field(line: Line, side: str) -> Field:
    return line.erp if side == ERP else line.dataverse


def _constants(first: Sequence[Constant], then: Sequence[Constant]) -> tuple[Constant, ...]:
    """What both maps give alike is given in both phases."""
    both = [each for each in first if each in then]
    before = [replace(each, phase="before") for each in first if each not in both]
    after = [replace(each, phase="after") for each in then if each not in both]
    return (*both, *before, *after)
