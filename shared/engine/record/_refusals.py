"""Refusals: what of a plan is tried in this round, and which line a system means when it says no."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from shared.engine._discreet import fit_to_keep
from shared.engine._flow import Flow
from shared.engine.record._encode import Codes, values_of
from shared.engine.record._troubles import parked_items, place
from shared.engine.record._undone import given_still
from shared.engine.record._work import Work
from shared.errors import Exists, KoppelError, Withheld
from shared.ledger import COMES_BACK
from shared.mapping import DATAVERSE, ERP, SIDES, Line, Row, Side
from shared.reconcile import (
    Given,
    LineWrite,
    Part,
    Problem,
    Riding,
    causes_a_write,
    constants_part,
    given,
    not_taken,
    parts_of,
)

Refusal = tuple[Problem, str]
"""A problem, and the digest of what was tried."""


def choose(work: Work) -> None:
    """Leaves in the plan what is tried in this round, and notes what else there is."""
    plan, now, holding = work.plan, list[LineWrite](), work.flow.map.at(work.seen.rows)
    forced: set[Side] = set()
    for side in SIDES:
        row, outside = work.seen.of(side).row, side in work.outside
        returns = outside and work.coupling.reason == COMES_BACK
        constants = given(holding, side, work.seen.company, row, outside=outside, returns=returns)
        if not work.wake.by_hand:
            constants, undone = given_still(work.flow, work.coupling, side, constants)
            work.refusals += parked_items(work.flow, undone)
        unit = _unit(work, side, constants)
        draws = [unit] if causes_a_write(constants) else []
        work.units |= {side: unit.digest} if constants else {}
        work.parts[side] = [*parts_of(work.flow.map, plan, side), *draws]
        work.tries = work.tries.riding_again(side, work.parts[side])
        work.tried[side] = work.tries.now(work.parts[side], work.before)
        lines = [write for part in work.tried[side] for write in part.writes]
        goes = unit in work.tried[side] if draws else bool(lines) and unit.digest not in work.tries.refused
        work.constants[side] = constants if goes else ()
        forced |= {side} if draws and goes else set()
        now += lines
    places = {(write.index, write.side) for write in now}
    kept = tuple(each for each in plan.kept if each.open or (each.index, each.side) in places)
    work.plan = replace(plan, writes=tuple(write for write in plan.writes if write in now), kept=kept)
    work.forced = frozenset(forced)


def _unit(work: Work, side: Side, constants: Iterable[Given]) -> Part:
    return constants_part(work.flow.map, side, list(values_of(constants).items()))


def answered_otherwise(work: Work, side: Side, row: Row) -> list[Refusal]:
    """Constants that the answer to a write does not show: written once, they are not tried again for themselves."""
    constants = work.constants.get(side, ())
    unit = _unit(work, side, constants)
    found = not_taken(constants, place(side), row)
    if found:
        work.tries = replace(work.tries, refused=work.tries.refused | {unit.digest})
    return [(problem, unit.digest) for problem in found]


def traced(work: Work, side: Side, refusal: KoppelError) -> list[Refusal]:
    """What a refusal of this round's write to a side is about, as far as it is known by now.

    Constants that ride on the write are left out first. A right on the record as a whole is about all of it.
    """
    words, constants = Words.of(refusal), work.constants[side]
    found, sure = words.lines(work.flow, side, _writes(work.tried[side]), work.seen.codes)
    if isinstance(refusal, Withheld) and not words.field:
        found, sure = _writes(work.tried[side]), True
    if constants and side not in work.forced and not (found and sure):
        names = values_of(constants)
        name, digest = words.constant(work.flow, side, names), work.units[side]
        problem = _problem(work, side, refusal, words, None, name or _called(work.flow, side, names))
        if name:
            work.tries = replace(work.tries, refused=work.tries.refused | {digest})
            return [(problem, digest)]
        beside = frozenset(part.digest for part in work.tried[side])
        work.tries = work.tries.left_out(Riding(digest, problem, beside))
        return []
    named = [part for part in work.tried[side] if any(write in found for write in part.writes)]
    if not sure and words.constant(work.flow, side, values_of(constants)):
        named, sure = [part for part in work.tried[side] if not part.writes], True
    work.tries, parts = work.tries.after(work.parts[side], work.tried[side], work.before, named, sure=sure)
    return [each for part in parts for each in _problems(work, part, refusal, words)]


def _writes(parts: Iterable[Part]) -> list[LineWrite]:
    return [write for part in parts for write in part.writes]


def _problems(work: Work, part: Part, refusal: KoppelError, words: Words) -> list[Refusal]:
    if not part.writes:
        name = _called(work.flow, part.side, values_of(work.constants[part.side]))
        return [(_problem(work, part.side, refusal, words, None, name), part.digest)]
    return [(_problem(work, part.side, refusal, words, write), part.digest) for write in part.writes]


def _problem(
    work: Work, side: Side, refusal: KoppelError, words: Words, write: LineWrite | None, name: str = ""
) -> Problem:
    value = work.shown(write.index, write.new) if write else ""
    values = work.flow.options.journal_values
    message = fit_to_keep(work.flow.map, f"{refusal}{_way_out(work, side, write)}", work.seen.values, values=values)
    return Problem(write.index if write else -1, side, words.cause, message, value, name, words.code)


def _way_out(work: Work, side: Side, write: LineWrite | None) -> str:
    """What a person can do about a refused change of a field that holds something already, where the schema knows."""
    if write is None or not write.old:
        return ""
    line = work.flow.map.lines[write.index]
    said = (line.erp if side == ERP else line.dataverse).way_out
    return f" {said}" if said else ""


def _called(flow: Flow, side: Side, constants: Collection[str]) -> str:
    """The lines of some constants."""
    return ", ".join(each.line for each in flow.map.side(side).constants if each.target.name in constants)


def left_over(work: Work) -> list[Refusal]:
    """Constants that were left out of a refused write, now that everything else was taken without them."""
    refused = {part.side for parts in work.parts.values() for part in parts if part.digest in work.tries.refused}
    taken = work.tries.taken - refused
    return [(each.problem, each.digest) for each in work.tries.riding if each.problem.side in taken]


def undecided(work: Work, done: Collection[Side]) -> bool:
    """True if something is still to be tried: it was left out of this round, or refused together with others."""
    decided = (work.before - work.tries.second) | work.tries.refused
    return any(part.digest not in decided for part in _open(work, done))


def standing_attempts(work: Work, done: Collection[Side]) -> set[str]:
    """Digests of what is planned, and was not taken in this round."""
    return {part.digest for part in _open(work, done)}


def still_said(work: Work, done: Collection[Side]) -> set[str]:
    """Digests of attempts about which the same is to be said as before: constants have to be written some time, too."""
    units = {digest for side, digest in work.units.items() if not (side in done and work.constants[side])}
    return standing_attempts(work, done) | units


def _open(work: Work, done: Collection[Side]) -> list[Part]:
    return [
        part for side, parts in work.parts.items() for part in parts if not (side in done and part in work.tried[side])
    ]


# -- what the words of a refusal are about


@dataclass(frozen=True, slots=True)
class Words:
    """A refusal, taken apart. names: of fields, or what looks like it, in lower case."""

    message: str
    cause: str
    code: str
    field: str
    quoted: tuple[str, ...]

    @classmethod
    def of(cls, refusal: KoppelError) -> Words:
        cause = "exists" if isinstance(refusal, Exists) else getattr(refusal, "cause", "") or "refused"
        quoted: tuple[str, ...] = getattr(refusal, "quoted", ())
        return cls(str(refusal), cause, getattr(refusal, "code", ""), getattr(refusal, "field", ""), quoted)

    @property
    def names(self) -> list[str]:
        """Everything that may be the name of a field; of `Entity.Field` the last part."""
        return [text.rpartition(".")[2].strip() for text in (self.field, *self.quoted) if text]

    def lines(self, flow: Flow, side: Side, writes: Sequence[LineWrite], codes: Codes) -> tuple[list[LineWrite], bool]:
        """The writes that the words are about, and whether that is sure: by a field's name, or by the id it points to.

        A label, or a value, may be another's: then the write is only the first suspect.
        """
        lines = flow.map.lines
        exact = {name.lower() for name in self.names}
        by_name = [write for write in writes if exact & spellings(lines[write.index], side)]
        by_id = [write for write in writes if lines[write.index].lookup and write.new and write.new in self.message]
        if by_name or by_id:
            return by_name or by_id, True
        labels = {plain(name) for name in self.names}
        by_label = [write for write in writes if labels & {plain(each) for each in labelled(lines[write.index], side)}]
        by_value = [write for write in writes if self._quotes(write, codes)]
        return by_label or by_value, False

    def _quotes(self, write: LineWrite, codes: Codes) -> bool:
        sent = codes.get((write.index, write.new)) or write.new
        return bool(sent) and sent in self.quoted

    def constant(self, flow: Flow, side: Side, constants: Collection[str]) -> str:
        """The line of the constant that the words name; empty if they name none of these."""
        exact = {name.lower() for name in self.names}
        found = (each for each in flow.map.side(side).constants if each.target.name in constants)
        return next((each.line for each in found if each.target.name.lower() in exact), "")


def spellings(line: Line, side: Side) -> set[str]:
    """How a system may call the field of a line."""
    field = line.erp if side == ERP else line.dataverse
    names = {field.name, field.wire_name}
    if side == DATAVERSE:
        names |= set(field.targets.values())
    return {name.lower() for name in names}


def labelled(line: Line, side: Side) -> list[str]:
    """How a person may call it: messages of the ERP give labels, which resemble the names of fields."""
    name = (line.erp if side == ERP else line.dataverse).name
    return [name, *(name.removesuffix(end) for end in ("Id", "Code", "Number") if name.endswith(end))]


def plain(text: str) -> str:
    """A name or label by its letters alone."""
    return "".join(letter for letter in text.lower() if letter.isalnum())
