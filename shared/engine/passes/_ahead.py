"""Pages, the next one being read while the caller works on the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

Item = TypeVar("Item")


async def ahead(pages: AsyncIterator[Item]) -> AsyncIterator[Item]:
    """The same pages, the next one being read while the caller works on the last."""
    following = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await following) is not None:
            following = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        if not following.cancel() and not following.cancelled():
            following.exception()  # nobody wants that page any more, and so nobody asks what became of it
