"""Sets Dataverse up for a suite: looks at what it needs, makes what is missing, and looks again.

What was made is told by the second look alone. So it may be cut off anywhere, run twice at once, or be refused in the
middle: whoever sets up again does what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.errors import Denied, Exists, KoppelError, TryLater
from shared.setup._dataverse_reader import read_keys, read_privileges
from shared.setup._declared import Declared
from shared.setup._findings import Finding, Severity
from shared.setup._making import Maker
from shared.setup._steps import BUILDING, HOME, Step, key_over, steps_of
from shared.setup._suite_reader import read_found
from shared.systems import Dataverse

PAUSE: Final = 2.0
"""Seconds between two looks at an index that is being built."""
SHOWN: Final = 3
CONVENIENT: Final = frozenset({"numbers", "form"})
"""Kinds of steps without which the flows work, and people lack something."""
AGAIN: Final = "set up again: that does what is left"
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class SuiteSetup:
    """What a suite needs in Dataverse, and how it stands. made: the steps that were not there before."""

    prefix: str
    steps: Sequence[Step]
    made: Sequence[Step] = ()

    @property
    def complete(self) -> bool:
        return all(step.state == "there" for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        return {
            "complete": self.complete,
            "prefix": self.prefix,
            "made": [step.title for step in self.made],
            "steps": [step.as_json() for step in self.steps],
        }


async def look_at_setup(dataverse: Dataverse, declared: Declared) -> SuiteSetup:
    """What is there and what is missing; nothing is changed."""
    found, held = await asyncio.gather(read_found(dataverse, declared), _held(dataverse))
    return SuiteSetup(declared.prefix, [_allowed(step, held) for step in steps_of(declared, found)])


async def set_up(dataverse: Dataverse, declared: Declared, enough: Callable[[], bool]) -> SuiteSetup:
    """Makes what is missing and waits for alternate keys, until it is enough. A second time it does nothing."""
    before = await look_at_setup(dataverse, declared)
    if any(step.kind in HOME and step.state not in {"there", "missing"} for step in before.steps):
        return before
    absent = {(step.table, step.name) for step in before.steps if step.kind == "column" and step.state != "there"}
    run = _Run(Maker(dataverse, declared), enough, absent)
    await run.make([step for step in before.steps if step.state == "missing"])
    if any(step.kind == "key" and step.state != "there" for step in before.steps):
        await _built(dataverse, declared, enough)
    after = await look_at_setup(dataverse, declared)
    were_there = {step.key for step in before.steps if step.state == "there"}
    made = [step for step in after.steps if step.state in {"there", "waits"} and step.key not in were_there]
    return replace(after, steps=[run.told(step) for step in after.steps], made=made)


def setup_findings(suite: str, found: SuiteSetup, flows: tuple[str, ...]) -> list[Finding]:
    """What is not as the suite needs it: without its columns and keys no flow can work, without the rest they can."""
    lacking = [step for step in found.steps if step.state != "there"]
    needed = [step for step in lacking if step.kind not in CONVENIENT]
    told: dict[Severity, list[Step]] = {"error": needed, "warning": [each for each in lacking if each not in needed]}
    return [
        Finding(severity, _summed(suite, steps), _way_out(suite, steps), flows)
        for severity, steps in told.items()
        if steps
    ]


def _summed(suite: str, steps: Sequence[Step]) -> str:
    shown = ", ".join(step.title + (f" ({step.says})" if step.says else "") for step in steps[:SHOWN])
    more = f", and {len(steps) - SHOWN} more" if len(steps) > SHOWN else ""
    return f"Dataverse is not set up for {suite}: {shown}{more}"


def _way_out(suite: str, steps: Sequence[Step]) -> str:
    of_person = [step.remedy for step in steps if step.state in {"blocked", "not allowed"}]
    post = f"POST /api/operations/setup/{suite} makes what is missing; GET shows each step"
    return "; ".join([*dict.fromkeys(of_person[:1]), post])


async def _held(dataverse: Dataverse) -> Mapping[str, str] | None:
    """The privileges of the app's user; None if it may not look at them."""
    try:
        return await read_privileges(dataverse)
    except Denied:
        return None


def _allowed(step: Step, held: Mapping[str, str] | None) -> Step:
    """A step that is missing, or that the app's user may not make."""
    lacking = [name for name in step.rights if held is not None and name.lower() not in held]
    wanted = lacking and step.state == "missing"
    return _refused(step, lacking, f"the app's user lacks {' and '.join(lacking)}") if wanted else step


def _refused(step: Step, rights: Sequence[str], says: str) -> Step:
    role = f"give the app's user a security role with {' and '.join(rights)}, and set up again"
    return replace(step, state="not allowed", says=says, remedy=f"{role}; or, as an administrator, {step.remedy}")


async def _built(dataverse: Dataverse, declared: Declared, enough: Callable[[], bool]) -> None:
    """Waits until no index of a key is being built."""
    with_keys = {logical: table for logical, table in declared.tables.items() if table.keys}
    while not enough():
        there = await read_keys(dataverse, with_keys)
        keys = [
            key_over(there[logical], columns) for logical, table in with_keys.items() for columns in table.keys.values()
        ]
        if not any(key and key.status in BUILDING for key in keys):
            return
        await asyncio.sleep(PAUSE)


@dataclass(slots=True)
class _Run:
    """One run over what is missing. problems: why steps were not made. denied: privileges that proved to be missing.

    absent: table and name of the columns that are not there.
    """

    maker: Maker
    enough: Callable[[], bool]
    absent: set[tuple[str, str]]
    problems: dict[Key, KoppelError] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    unpublished: list[Step] = field(default_factory=list)

    async def make(self, steps: Sequence[Step]) -> None:
        """Everything, in order. What one step is refused for does not keep the others; a system that is busy does."""
        for step in steps:
            if self.enough():
                break
            if self._is_possible(step) and not await self._goes_on(step):
                return
        await self._publish()

    def told(self, step: Step) -> Step:
        """A step after the run, with what kept it from being made."""
        problem = self.problems.get(step.key)
        if step.state != "missing":
            return step
        if isinstance(problem, Denied):
            return _refused(step, step.rights, str(problem))
        if missing := [name for name in step.needs if (step.table, name) in self.absent]:
            return replace(step, says=f"{step.table}.{missing[0]} is not there", remedy=AGAIN)
        if problem is None or isinstance(problem, TryLater):
            return replace(step, says=str(problem or step.says), remedy=AGAIN)
        return replace(step, says=str(problem))

    def _is_possible(self, step: Step) -> bool:
        on_columns = self.absent.isdisjoint((step.table, name) for name in step.needs)
        return on_columns and self.denied.isdisjoint(step.rights)

    async def _goes_on(self, step: Step) -> bool:
        """Makes a step; false if nothing can be made after it."""
        self.unpublished += [step] if step.published else []
        try:
            await self.maker.make(step)
        except Exists:
            pass  # somebody was faster: the second look tells whether it is what we need
        except KoppelError as problem:
            self.problems[step.key] = problem
            self.denied |= set(step.rights) if isinstance(problem, Denied) else set()
            return not (isinstance(problem, TryLater) or step.kind in HOME)
        if step.kind == "column":
            self.absent.discard((step.table, step.name))
        return True

    async def _publish(self) -> None:
        """Once, for all tables of which something takes effect only then."""
        if not self.unpublished:
            return
        try:
            await self.maker.publish(list(dict.fromkeys(step.table for step in self.unpublished)))
        except KoppelError as problem:
            self.problems = {step.key: problem for step in self.unpublished} | self.problems
