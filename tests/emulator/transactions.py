"""Transactions of a twin: all or nothing, and what was done is published when they end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Done = TypeVar("Done")


class Transactional(ABC, Generic[Done]):
    """Something that writes in transactions, of which one is open at a time."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] | None = None
        self._events: list[Done] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside an open transaction it is part of that one."""
        if self._undo is not None:
            yield
            return
        self._undo, self._events = [], []
        try:
            yield
        except BaseException:
            for undo in reversed(self._undo):
                undo()
            self._undo = None
            raise
        events, self._undo = self._events, None
        self._publish(events)

    def undo_with(self, undo: Callable[[], None]) -> None:
        """What to do if the open transaction fails."""
        assert self._undo is not None
        self._undo.append(undo)

    @abstractmethod
    def _publish(self, events: list[Done]) -> None:
        """Tells of what a transaction that has ended has done."""
