"""The virtual loop: what fails without anybody's asking is told, and what the dead leave behind is not."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from random import Random

import pytest

from shared.ledger import Write
from tests.simulation.loop import Unheard, VirtualLoop, run
from tests.unit.ledger.fakes import ShakyTables, commits_on


async def fails() -> None:
    raise ValueError("lost")


def test_an_error_that_nobody_asks_for_ends_the_history() -> None:
    """On a real loop it is a line in the log, and whatever hung on it never happens."""

    async def story() -> None:
        task = asyncio.ensure_future(fails())
        await asyncio.sleep(1)
        del task

    with pytest.raises(Unheard, match="never retrieved: ValueError"):
        run(VirtualLoop(Random(1)), story)


def test_the_errors_of_the_dead_are_nobodys() -> None:
    """Who was to hear of them died first."""
    loop = VirtualLoop(Random(1))

    async def asks() -> None:
        task = asyncio.ensure_future(fails())
        loop.call_soon(loop.kill, 1)
        await task

    async def story() -> None:
        loop.spawn(1, asks())
        await asyncio.sleep(1)

    run(loop, story)


class _EndlessTables(ShakyTables):
    """Tables whose answer to a commit never comes."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        await asyncio.sleep(1e9)
        return await super().commit(partition, writes)


def is_cut_off() -> None:
    """A history that ends while an instance waits for a commit."""
    loop = VirtualLoop(Random(1))

    async def story() -> None:
        loop.spawn(1, commits_on(_EndlessTables()).commit("flow", [Write("insert", "a")]))
        await asyncio.sleep(1)

    run(loop, story)


def test_what_is_under_way_when_the_history_ends_is_nobodys(caplog: pytest.LogCaptureFixture) -> None:
    """A commit that is cut off tells whoever waits for it; with all of them gone there is nothing to report."""
    is_cut_off()
    gc.collect()
    assert caplog.records == []
