"""Refusals: what of a plan is tried in this round, and which line a system means when it says no."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from shared.engine._flow import Flow
from shared.engine.record._encode import Codes, constants_for
from shared.engine.record._work import Work
from shared.errors import Exists, KoppelError
from shared.mapping import DATAVERSE, ERP, SIDES, Line, Side
from shared.reconcile import LineWrite, Part, Problem, constants_part, parts_of

Refusal = tuple[Problem, str]
"""A problem, and the digest of what was tried."""


def choose(work: Work) -> None:
    """Leaves in the plan what is tried in this round, and notes what else there is."""
    plan, now = work.plan, list[LineWrite]()
    forced: set[Side] = set()
    for side in SIDES:
        constants = _constants(work, side)
        unit = constants_part(side, list(constants.items()))
        draws = [unit] if constants and side in work.outside else []
        work.parts[side] = [*parts_of(work.flow.map, plan, side), *draws]
        work.tried[side] = work.tries.now(work.parts[side], work.before)
        lines = [write for part in work.tried[side] for write in part.writes]
        goes = unit in work.tried[side] if draws else bool(lines) and unit.digest not in work.tries.refused
        work.constants[side] = constants if goes else {}
        forced |= {side} if draws and goes else set()
        now += lines
    places = {(write.index, write.side) for write in now}
    kept = tuple(each for each in plan.kept if each.open or (each.index, each.side) in places)
    work.plan = replace(plan, writes=tuple(write for write in plan.writes if write in now), kept=kept)
    work.forced = frozenset(forced)


def _constants(work: Work, side: Side) -> dict[str, str]:
    if not (work.plan.on(side) or side in work.outside):
        return {}
    return constants_for(work.flow, side, work.seen.company, work.seen.of(side).row)


def traced(work: Work, side: Side, refusal: KoppelError) -> list[Refusal]:
    """What a refusal of this round's write to a side is about, as far as it is known by now.

    Constants that ride on the write are left out first.
    """
    words, constants = Words.of(refusal), work.constants[side]
    found, sure = words.lines(work.flow, side, _writes(work.tried[side]), work.seen.codes)
    if constants and side not in work.forced and not (found and sure):
        unit = constants_part(side, list(constants.items()))
        work.tries = replace(work.tries, refused=work.tries.refused | {unit.digest})
        name = words.constant(work.flow, side, constants)
        return [(_problem(work, side, refusal, words, None, name), unit.digest)] if name else []
    named = [part for part in work.tried[side] if any(write in found for write in part.writes)]
    work.tries, parts = work.tries.after(work.parts[side], work.tried[side], work.before, named, sure=sure)
    return [each for part in parts for each in _problems(work, part, refusal, words)]


def _writes(parts: Iterable[Part]) -> list[LineWrite]:
    return [write for part in parts for write in part.writes]


def _problems(work: Work, part: Part, refusal: KoppelError, words: Words) -> list[Refusal]:
    if not part.writes:
        name = words.constant(work.flow, part.side, work.constants[part.side])
        return [(_problem(work, part.side, refusal, words, None, name), part.digest)]
    return [(_problem(work, part.side, refusal, words, write), part.digest) for write in part.writes]


def _problem(
    work: Work, side: Side, refusal: KoppelError, words: Words, write: LineWrite | None, name: str = ""
) -> Problem:
    value = work.shown(write.index, write.new) if write else ""
    return Problem(write.index if write else -1, side, words.cause, str(refusal), value, name, words.code)


def undecided(work: Work, done: Collection[Side]) -> bool:
    """True if something is still to be tried: it was left out of this round, or refused together with others."""
    decided = work.before | work.tries.refused
    return any(part.digest not in decided for part in _open(work, done))


def standing_attempts(work: Work, done: Collection[Side]) -> set[str]:
    """Digests of what is planned, and was not taken in this round: what was said about it still holds."""
    return {part.digest for part in _open(work, done)}


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
    """How a person may call it: F&O's messages give labels, which resemble the names of fields."""
    name = (line.erp if side == ERP else line.dataverse).name
    return [name, *(name.removesuffix(end) for end in ("Id", "Code", "Number") if name.endswith(end))]


def plain(text: str) -> str:
    """A name or label by its letters alone."""
    return "".join(letter for letter in text.lower() if letter.isalnum())
