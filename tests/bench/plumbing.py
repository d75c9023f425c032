"""Plain requests for the floor: pages over links, and `$batch` with one change set per write."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

Item = TypeVar("Item")
Row = Mapping[str, Any]
_HTTP: Final = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


@dataclass(slots=True)
class Web:
    """Both systems over one httpx client. A token per system, taken once: a bench is shorter than its life.

    finops, central: the ERP's address, empty where it is the other one.
    """

    http: httpx.AsyncClient
    dataverse: str
    tokens: Mapping[str, str]
    finops: str = ""
    central: str = ""

    async def get(self, url: str, **headers: str) -> Any:
        return _checked(await self.http.get(url, headers={**self._signed(url), **headers})).json()

    async def post(self, url: str, body: Mapping[str, Any]) -> Any:
        return _checked(await self.http.post(url, headers=self._signed(url), json=body)).json()

    async def patch(self, url: str, body: Mapping[str, Any]) -> None:
        _checked(await self.http.patch(url, headers=self._signed(url), json=body))

    async def rows(self, url: str) -> list[Row]:
        return [row async for body in self.pages(url, "odata.maxpagesize=5000") for row in body["value"]]

    async def pages(self, url: str, prefer: str) -> AsyncIterator[Row]:
        following = url
        while following:
            body = await self.get(following, Prefer=prefer)
            yield body
            following = body.get("@odata.nextLink", "")

    async def batch(
        self, base: str, method: str, urls: Sequence[str], bodies: Sequence[str] = (), versions: Sequence[str] = ()
    ) -> list[Row]:
        """Requests in one `$batch`, every write in a change set of its own; the JSON of every answer."""
        parts = [
            _reading(f"{base}/{url}") if method == "GET" else _writing(at, method, f"{base}/{url}", bodies[at], matches)
            for (at, url), matches in zip(enumerate(urls), versions or ("",) * len(urls), strict=True)
        ]
        headers = {**self._signed(base), "Content-Type": "multipart/mixed; boundary=b"}
        content = ("".join(parts) + "--b--\r\n").encode()
        answer = _checked(await self.http.post(f"{base}/$batch", content=content, headers=headers))
        return [json.loads(line) for line in answer.text.splitlines() if line.startswith("{")]

    def _signed(self, url: str) -> dict[str, str]:
        token = next(token for base, token in self.tokens.items() if url.startswith(base))
        return {"Authorization": f"Bearer {token}", "Accept": "application/json", "OData-Version": "4.0"}


def chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def selected(names: Iterable[str]) -> str:
    return f"$select={','.join(names)}"


def _reading(url: str) -> str:
    return f"--b\r\n{_HTTP}\r\nGET {url} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"


def _writing(at: int, method: str, url: str, body: str, version: str) -> str:
    head = f"{method} {url} HTTP/1.1\r\nContent-Type: application/json\r\nPrefer: return=representation\r\n"
    matches = f"If-Match: {version}\r\n" if version else ""
    request = f"{_HTTP}Content-ID: {at + 1}\r\n\r\n{head}{matches}\r\n{body}"
    return f"--b\r\nContent-Type: multipart/mixed; boundary=c{at}\r\n\r\n--c{at}\r\n{request}\r\n--c{at}--\r\n"


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code >= 300:
        raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code}\n{answer.text[:2000]}")
    return answer
