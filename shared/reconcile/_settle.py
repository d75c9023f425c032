"""What both sides agree on once a plan is carried out, wholly or in part. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Protocol

from shared.mapping import (
    ABSENT,
    ERP,
    SIDES,
    Agreed,
    FlowMap,
    Line,
    Mark,
    Pair,
    Parked,
    Side,
    fold,
    ordered,
    prints,
    shown,
)
from shared.reconcile._plan import LineWrite, Plan


class Sent(Protocol):
    """One line of a write, as a plan or an intent tells it: what the target held, what it is sent, and what of."""

    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def source(self) -> str: ...


BothValues = tuple[Sequence[str], Sequence[str]]
"""Canonical values of a record, of the ERP and of Dataverse."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """coerced: lines that the target stored otherwise than sent, so that their difference flows back or stays known.

    kept_old: lines whose write was answered with success, and with the value that stood before: nothing is agreed.
    """

    agreed: Agreed
    coerced: tuple[int, ...] = ()
    kept_old: tuple[int, ...] = ()


def settled(
    flow: FlowMap,
    agreed: Agreed,
    plan: Plan,
    seen: BothValues,
    now: BothValues,
    done: Collection[Side],
    missed: Collection[Side] = (),
    asked: Collection[Side] = (),
) -> Settlement:
    """The agreement after a plan.

    seen: the values that the plan rests on; what it agrees or parks without a write is agreed or parked as seen. now:
    what both sides hold as far as we know: as seen, and for the sides in `done` from the write's own answer. Lines
    that were neither written nor agreed keep their base, so what a server changed by itself flows as an edit (step 8
    of the protocol); of those that never had one, what they hold is kept. missed: sides that were to be written, and
    have neither taken nor refused it, for they had moved or were away: what was to go there is news to them. asked:
    those of them that refused something together with it, and will be asked again.
    """
    bases = {flow.lines[index].definition: _prints(flow.lines[index], seen) for index in plan.agree}
    answered, coerced, kept_old = _answers(flow, plan, now, done)
    bases |= answered
    first = _held_at_first(flow, agreed, seen, bases, {write.index for write in plan.writes if write.side in missed})
    marks = _has_spoken(flow, agreed, plan, {*missed} - {*asked})
    left = {key: bases[key] for key in (flow.lines[index].definition for index in plan.left) if key in bases}
    still_open = [flow.lines[kept.index] for kept in plan.kept if kept.open]
    parked = {line.definition: Parked(*_prints(line, seen)) for line in still_open}
    over = [flow.lines[index].definition for index in plan.over]
    sent = {
        flow.lines[each.index].definition: _sent(flow.lines[each.index], each)
        for each in plan.writes if each.index in coerced and flow.lines[each.index].source
    }  # fmt: skip
    return Settlement(agreed.changed(flow, bases, marks, parked, over, first | left | sent), coerced, kept_old)


def _has_spoken(flow: FlowMap, agreed: Agreed, plan: Plan, missed: Collection[Side]) -> dict[bytes, Mark]:
    """Lines on which a source that rules has said something that did not arrive: it rules although it is emptied."""
    sent = [(flow.lines[write.index], write) for write in plan.writes if write.side in missed]
    return {
        line.definition: line.source
        for line, write in sent
        if line.source is not None and write.source and agreed.base(line) is None
    }


def _answers(
    flow: FlowMap, plan: Plan, now: BothValues, done: Collection[Side]
) -> tuple[dict[bytes, Pair], tuple[int, ...], tuple[int, ...]]:
    """What the answers of the sides in `done` make agreed; lines stored otherwise than sent, and those as before."""
    bases: dict[bytes, Pair] = {}
    coerced: list[int] = []
    kept_old: list[int] = []
    for write in plan.writes:
        if write.side in done:
            line, stored = flow.lines[write.index], now[SIDES.index(write.side)][write.index]
            if stays_old(line, write.side, write, stored):
                kept_old.append(write.index)
                continue
            bases[line.definition], odd = _base(line, write, stored)
            coerced += [write.index] * odd
    return bases, tuple(coerced), tuple(kept_old)


def _held_at_first(
    flow: FlowMap, agreed: Agreed, seen: BothValues, bases: Collection[bytes], on_its_way: Collection[int]
) -> dict[bytes, Pair]:
    """What both sides hold on lines that have never been agreed, and on which nothing is under way."""
    return {
        line.definition: _prints(line, seen) for line in flow.lines
        if line.update and line.index not in on_its_way
        if ABSENT not in (seen[0][line.index], seen[1][line.index])
        if line.definition not in {*bases, *agreed.first} and not agreed.base(line) and not agreed.mark(line)
    }  # fmt: skip


def stays_old(line: Line, side: Side, sent: Sent, stored: str) -> bool:
    """True if a side that took a write still holds what it held: what was sent has not arrived, and nobody edited.

    Unless it may just as well have made that of what was sent.
    """
    is_old = line.comparable(shown(stored)) == line.comparable(shown(sent.old))  # an intent keeps no more of it
    if not is_old or line.comparable(stored) == line.comparable(sent.new):
        return False
    cleared = side == ERP and not sent.new and line.erp.members[:1] == (stored,)  # an enumeration is never blank there
    made = cleared or (line.lookup is None and may_be_made_of(sent.new, stored))
    return not made and not holds_sent(line, side, sent, stored)


def holds_sent(line: Line, side: Side, sent: Sent, stored: str) -> bool:
    """True if what a side holds means what it was sent. A blank does not mean what the map gave in place of one."""
    if line.is_left_blank(sent.new, sent.source, stored):
        return False
    as_sent = line.comparable(stored) == line.comparable(sent.new)
    return as_sent or line.same(*ordered(side, stored, sent.source))


def may_be_made_of(sent: str, stored: str) -> bool:
    """True if a server that trims, cuts off, changes letter case or rounds may have stored one for the other."""
    try:
        return Decimal(sent).quantize(Decimal(stored)) == Decimal(stored)
    except InvalidOperation:
        return bool(stored) and fold(sent.strip()).startswith(fold(stored.strip()))


def recovered(
    flow: FlowMap,
    agreed: Agreed,
    rulings: dict[bytes, Mark],
    bases: dict[bytes, Pair],
    arrived: Mapping[bytes, Pair] = {},
) -> Agreed:
    """The agreement after a recovery: some bases dropped in favour of marks, some set from the intent.

    arrived: what both sides held where the write stands. Where something else stands, nobody knows who wrote it.
    """
    first = {key: pair for key, pair in agreed.first.items() if rulings.get(key) != "policy"}
    marked = [flow.lines[at] for key, at in flow.by_definition.items() if rulings.get(key, "policy") != "policy"]
    first |= {line.definition: base for line in marked if (base := agreed.base(line))}
    return replace(agreed, first=first).changed(flow, bases, rulings, first=arrived)


def _base(line: Line, write: LineWrite, stored: str) -> tuple[Pair, bool]:
    """Fingerprints after a write. A two-way line stored otherwise than sent keeps what was sent, and so flows back.

    Unless that is what was sent, as far as the column has room for it: the source is richer, and keeps it. Nor does
    it flow back from a side that only receives.
    """
    held = ordered(write.side, stored, write.source)
    if holds_sent(line, write.side, write, stored) or line.holds_less(write.side, write.new, stored):
        return prints(line, *held), False
    one_way = (line.source or write.receives) and not line.same(*held)
    return prints(line, *held) if one_way else _sent(line, write), True


def _sent(line: Line, write: LineWrite) -> Pair:
    return prints(line, *ordered(write.side, write.new, write.source))


def _prints(line: Line, values: BothValues) -> Pair:
    return prints(line, values[0][line.index], values[1][line.index])
