"""Breadth first through every state that a model can reach; a broken law comes with a shortest trace."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

S = TypeVar("S", bound=Hashable)


class Model(Protocol[S]):
    """What can be explored. steps: what may happen next, as a label, the state after it, and a broken law or nothing.

    judge: what is wrong with a state in which nobody is at work, once all work is done.
    """

    def start(self) -> S: ...

    def steps(self, state: S) -> Iterable[tuple[str, S, str]]: ...

    def judge(self, state: S) -> str: ...


@dataclass(frozen=True, slots=True)
class Explored:
    """broken: the first law that does not hold, or nothing; trace: the shortest way there."""

    states: int
    broken: str = ""
    trace: tuple[str, ...] = ()


def explore(model: Model[S]) -> Explored:
    """Ends at the first broken law, or when there is nothing new."""
    start = model.start()
    came: dict[S, tuple[S | None, str]] = {start: (None, "")}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        if broken := model.judge(state):
            return Explored(len(came), broken, _trace(came, state))
        for label, after, broken in model.steps(state):
            if broken:
                return Explored(len(came), broken, (*_trace(came, state), label))
            if after not in came:
                came[after] = (state, label)
                queue.append(after)
    return Explored(len(came))


def _trace(came: dict[S, tuple[S | None, str]], state: S) -> tuple[str, ...]:
    labels: list[str] = []
    before, label = came[state]
    while before is not None:
        labels.append(label)
        before, label = came[before]
    return tuple(reversed(labels))
