"""Who has asked for what is being done, for the journal, for hints, and for whatever a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_WHO: Final[ContextVar[str]] = ContextVar("who", default="")


def who() -> str:
    """Whoever has asked for what this task does; empty: nobody, it follows from what happened in the systems."""
    return _WHO.get()


def by_whom() -> str:
    """The same in words, where somebody must have asked: a person whom nobody names is an operator."""
    return who() or "an operator"


@contextmanager
def acting(name: str) -> Iterator[None]:
    """What is done inside, and in tasks that are started there, was asked for by somebody."""
    token = _WHO.set(name)
    try:
        yield
    finally:
        _WHO.reset(token)
