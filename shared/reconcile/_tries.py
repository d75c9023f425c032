"""What of a plan is tried together, so that a refused value holds back its own line and nothing else. Pure.

A side is sent everything at once. What it refuses is found by what its error names, or else by halves: each try is a
round of the protocol with an intent of its own, and what is found to be refused is left out from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.mapping import FlowMap, Printer, Side
from shared.reconcile._plan import LineWrite, Plan, Problem

HOPELESS: Final = 3
"""So many parts are refused on their own before a side that has taken nothing at all counts as closed."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is written together or not at all: lines, or the constants of a side. digest: the same while it would not
    differ.
    """

    side: Side
    digest: str
    writes: tuple[LineWrite, ...] = ()


def attempt_digest(flow: FlowMap, plan: Plan, side: Side) -> str:
    """Stands for what was tried on a side, so that a refused write is not tried again until it would differ.

    It goes by the names of lines, which stand elsewhere in another map.
    """
    return _digest(flow.printer, side, repr([(flow.lines[write.index].name, write.new) for write in plan.on(side)]))


def parts_of(flow: FlowMap, plan: Plan, side: Side) -> list[Part]:
    """The writes of a side, in parts: lines that belong together are one."""
    groups: dict[str, list[LineWrite]] = {}
    for write in plan.on(side):
        groups.setdefault(flow.lines[write.index].together or f"#{write.index}", []).append(write)
    return [Part(side, attempt_digest(flow, Plan(tuple(each)), side), tuple(each)) for each in groups.values()]


def constants_part(flow: FlowMap, side: Side, constants: Sequence[tuple[str, str]]) -> Part:
    """The constants of a side, which are never parted."""
    return Part(side, _digest(flow.printer, side, repr(sorted(constants))))


def _digest(printer: Printer, side: Side, text: str) -> str:
    return f"{side}:{printer.fingerprint(text).hex()}"


@dataclass(frozen=True, slots=True)
class Riding:
    """Constants that were left out when a write was refused. digest: of the constants; problem: what the refusal said;
    beside: digests of what they rode on.
    """

    digest: str
    problem: Problem
    beside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tries:
    """What the earlier rounds of a visit have found out.

    refused: digests of what a side does not take. doubtful: of parts that it refused together, one of them at least for
    its own sake. alone: how many were refused on their own, and named by no error. taken: sides that took something.
    rounds: how many tries there were. for_want: what was refused on its own, maybe for want of something that its side
    takes later; second: what was given another try for that. riding: constants that were left out: they are to blame if
    all the rest is taken, as it was then. accepted: digests of what was taken. cut: how many visits in a row had
    no time to find out everything: each begins with half of what the one before began with, for only what is written,
    or refused on its own, outlives a visit.
    """

    refused: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    taken: frozenset[Side] = frozenset()
    alone: int = 0
    rounds: int = 0
    for_want: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()
    riding: tuple[Riding, ...] = ()
    accepted: frozenset[str] = frozenset()
    cut: int = 0

    def now(self, parts: Sequence[Part], before: Collection[str]) -> list[Part]:
        """What is tried in this round. before: digests that were refused in earlier visits.

        What was refused before goes along with what is new, which may be what it was refused for want of.
        """
        left = [part for part in parts if part.digest not in self.refused]
        doubtful = [part for part in left if part.digest in self.doubtful]
        half = (len(doubtful) + 1) // 2
        if doubtful:
            return doubtful[-half:] if self.alone % 2 else doubtful[:half]
        new = [part for part in left if part.digest not in before]
        both = [*new, *(part for part in left if part not in new)] if self.cut else left
        return both[: max(1, len(both) >> self.cut)] if new else []

    def after(
        self,
        parts: Sequence[Part],
        tried: Sequence[Part],
        before: Collection[str],
        named: Collection[Part],
        *,
        sure: bool,
    ) -> tuple[Tries, list[Part]]:
        """What a refusal of `tried` tells: how to go on, and which parts are found to be refused.

        named: those that the error names; sure: by the name of a field, and not by what looks like one.
        """
        digests = frozenset(part.digest for part in tried)
        known = digests & frozenset(before)
        if len(tried) > 1 and not (named and sure):
            if known and known != digests:
                return replace(self, refused=self.refused | known, doubtful=frozenset()), []
            suspects = frozenset(part.digest for part in named) if len(named) == 1 else digests
            return replace(self, doubtful=suspects), []
        found = list(named) if named and sure else list(tried)
        alone = self.alone + (not named)
        for_want = self.for_want if named else self.for_want | digests - self.second
        side = tried[0].side
        if alone >= HOPELESS and side not in self.taken and not self.cut:  # nobody knows what was taken before
            decided = {*self.refused, *before}
            found += [part for part in parts if part not in found and part.digest not in decided]
        refused = self.refused | {part.digest for part in found}
        return replace(self, refused=refused, doubtful=frozenset(), alone=alone, for_want=for_want), found

    def left_out(self, riding: Riding) -> Tries:
        """The same after a refusal, with the constants that rode on what was refused."""
        return replace(self, refused=self.refused | {riding.digest}, riding=(*self.riding, riding))

    def riding_again(self, side: Side, parts: Collection[Part]) -> Tries:
        """The same before a round that has these to write on a side: where what was refused has another value by now,
        what rode on it rides again, for nothing tells any more which of the two was meant.
        """
        planned = self.accepted | {part.digest for part in parts}
        moved = [each for each in self.riding if each.problem.side == side and not each.beside <= planned]
        refused = self.refused - {each.digest for each in moved}
        return replace(self, refused=refused, riding=tuple(each for each in self.riding if each not in moved))

    def followed(self, done: Collection[Side], taken: Iterable[Part] = ()) -> Tries:
        """The same after a round in which some sides took what they were sent: that may have been what was missing."""
        chance = frozenset(digest for digest in self.for_want for side in done if digest.startswith(f"{side}:"))
        return replace(
            self,
            refused=self.refused - chance,
            taken=self.taken | frozenset(done),
            accepted=self.accepted | {part.digest for part in taken},
            rounds=self.rounds + 1,
            for_want=self.for_want - chance,
            second=self.second | chance,
        )
