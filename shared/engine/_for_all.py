"""A question that many have at the same time is asked once, for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Answer = TypeVar("Answer")


def for_all(question: Awaitable[Answer]) -> asyncio.Future[Answer]:
    """The answer that everybody waits for behind a shield of his own: who gives up stops it for nobody else.

    If it fails when all have given up, nobody has to hear of it.
    """
    answer = asyncio.ensure_future(question)
    answer.add_done_callback(_heard)
    return answer


def _heard(answer: asyncio.Future[Answer]) -> None:
    if not answer.cancelled():
        answer.exception()
