"""Rows of an answer, page by page: at most one page is held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from shared.systems import Dataverse, Finops, Paging

PAGE: Final = 5000


async def rows(client: Dataverse | Finops, url: str, page: int = PAGE) -> AsyncIterator[Mapping[str, Any]]:
    """Every row of a query, over the server's own page links."""
    following, paging = url, Paging(client.name)
    while following:
        paging.follow(following)
        body = await client.get(following, {"Prefer": f"odata.maxpagesize={page}"}, kind="preflight")
        paging.take(body["value"])
        for row in body["value"]:
            yield row
        following = client.link(body, "nextLink") or ""
