"""Set-up as steps that can be looked at, done and repeated: what a step is, and going through them.

A suite that is set up like this has a module `connection` with its `STEPS`. Nothing is remembered of a step: it is done
if it looks so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from shared.engine import House
from shared.errors import Denied, KoppelError, Refused, SignedOut, TryLater

State = Literal["done", "to do", "needs an administrator", "cannot be seen", "not offered"]
"""to do: POST does it. needs an administrator: a person with more rights than the app, or with the settings in hand.
cannot be seen: whether it is done. not offered: this release does not have it, so nothing is to be set up."""
FINE: Final = frozenset({"done", "not offered"})


@dataclass(frozen=True, slots=True)
class Look:
    """How a step stands. told: what was found. missing: what is not there, by name. remedy: what to do about it.

    more: what else stands in the answer.
    """

    state: State
    told: Sequence[str] = ()
    missing: Sequence[str] = ()
    remedy: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, missing: Sequence[str], otherwise: State, remedy: str, told: Sequence[str] = ()) -> Look:
        """Done if nothing is missing."""
        return cls(otherwise, told, missing, remedy) if missing else cls("done", told)


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step. do: what POST does; None where that is not the app's to do."""

    name: str
    title: str
    look: Callable[[House], Awaitable[Look]]
    do: Callable[[House], Awaitable[object]] | None = None

    def as_json(self, look: Look) -> dict[str, Any]:
        said = {"told": list(look.told), "missing": list(look.missing), "remedy": look.remedy, **look.more}
        return {"step": self.name, "title": self.title, "state": look.state, **said}


async def looked_at(here: House, step: SetupStep) -> Look:
    """How a step stands; what keeps it from being seen is told, and keeps no other step."""
    try:
        return await step.look(here)
    except KoppelError as problem:
        return Look("cannot be seen", missing=[str(problem)], remedy=_way_out(problem))


async def gone_through(here: House, steps: Sequence[SetupStep], asked: str) -> list[tuple[SetupStep, Look]]:
    """Does the step that is asked for, or all that can be done, in order; how each stands then. A second time it does
    nothing. What one is refused for stands with it, and keeps no other.
    """
    refused: dict[str, KoppelError] = {}
    for step in steps:
        if asked in {"", step.name} and step.do and (await looked_at(here, step)).state == "to do":
            try:
                await step.do(here)
            except KoppelError as problem:
                refused[step.name] = problem
    return [(step, _with(await looked_at(here, step), refused.get(step.name))) for step in steps]


def _with(look: Look, problem: KoppelError | None) -> Look:
    """How a step stands after it was refused, if it was."""
    if problem is None or look.state in FINE:
        return look
    state: State = "needs an administrator" if isinstance(problem, Denied) else look.state
    return replace(look, state=state, missing=[*look.missing, str(problem)], remedy=_way_out(problem) or look.remedy)


def _way_out(problem: KoppelError) -> str:
    if isinstance(problem, SignedOut):
        return "see the sign-ins: they come first"
    if isinstance(problem, Denied):
        return "give the app's user a role that allows it: ./koppel setup does"
    if isinstance(problem, Refused):
        return ""
    return "try again later" if isinstance(problem, TryLater) else "see what the system says"
