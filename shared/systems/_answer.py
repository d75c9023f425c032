"""One answer, read as far as it may go: so many bytes once it is unpacked, and so long from the request to its end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Final

import httpx

from shared.errors import Unanswered

MOST_BYTES: Final = 64 * 1024 * 1024
"""Far more than the largest page that is asked for, and less than an instance has room for."""
_PACKING: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def place_of(address: str) -> str:
    """An address as messages and logs name it: without a key or a filter, in which something of a person may stand."""
    return re.split(r"[(?]|%28|%3F", address, maxsplit=1, flags=re.IGNORECASE)[0][:200]


class TooLarge(Unanswered):
    """What no page is as large as: whoever asks again gets it again."""


async def answer_to(
    client: httpx.AsyncClient,
    method: str,
    address: str,
    headers: Mapping[str, str],
    content: bytes | None,
    seconds: float,
) -> httpx.Response:
    """The whole answer to one request, unpacked. Raises TooLarge, TimeoutError, or what httpx does."""
    body = bytearray()
    async with (
        asyncio.timeout(seconds),
        client.stream(method, address, headers=headers, content=content) as response,
    ):
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise TooLarge(f"the answer to {method} {place_of(address)} has more than {MOST_BYTES} bytes")
    told = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _PACKING]
    return httpx.Response(response.status_code, headers=told, content=bytes(body), request=response.request)
