"""A bare caller of a twin: requests as they stand on the wire, for tests that say what the wire must look like.

How addresses are written and what a refusal looks like is each product's own: the twins' `probe` says it.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request, Service


@dataclass(frozen=True)
class Said(ABC):
    """An answer, read."""

    answer: Answer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.answer.headers

    @property
    def text(self) -> str:
        return self.answer.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.answer.body)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.json["value"])

    @property
    @abstractmethod
    def refusal(self) -> tuple[int, str]:
        """Status of a refusal and what tells it from others, after a look at the documented shape of its body."""


Twin = TypeVar("Twin", bound=Service)
Answered = TypeVar("Answered", bound=Said)


class Caller(ABC, Generic[Twin, Answered]):
    """A twin with a clock that a test moves, and a caller with a good token."""

    twin: Twin

    def __init__(self, audience: str) -> None:
        self.now = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
        self.identity = Identity(lambda: self.now)
        self._audience = audience
        self.token = self.identity.issue(audience)

    def pass_time(self, seconds: float) -> None:
        """Time goes by; the caller gets a fresh token."""
        self.now += timedelta(seconds=seconds)
        self.token = self.identity.issue(self._audience)

    def send(self, method: str, target: str, body: object = None, **headers: str) -> Answered:
        """A request; underscores in header names stand for hyphens."""
        path, query = self._encoded(target)
        sent = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        content = b""
        if isinstance(body, bytes):
            content = body
        elif body is not None:
            content = json.dumps(body).encode()
            sent["content-type"] = "application/json; charset=utf-8"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._read(self.twin.handle(Request(method, path, query, sent, content)))

    def get(self, target: str, **headers: str) -> Answered:
        return self.send("GET", target, **headers)

    def post(self, target: str, body: object, **headers: str) -> Answered:
        return self.send("POST", target, body, **headers)

    def patch(self, target: str, body: object, **headers: str) -> Answered:
        return self.send("PATCH", target, body, **headers)

    def delete(self, target: str, **headers: str) -> Answered:
        return self.send("DELETE", target, **headers)

    def batch(self, *parts: bytes, **headers: str) -> Answered:
        """A batch of parts made by `part` and `change_set`."""
        body = b"".join(b"--batch_1\r\n" + part + b"\r\n" for part in parts) + b"--batch_1--\r\n"
        return self.post("$batch", body, **{"content_type": "multipart/mixed; boundary=batch_1", **headers})

    @abstractmethod
    def _encoded(self, target: str) -> tuple[str, str]:
        """Path and query of an address as a test writes it, percent-encoded from the root of the host."""

    @abstractmethod
    def _read(self, answer: Answer) -> Answered: ...


def part(
    method: str,
    url: str,
    body: object = None,
    content_id: str | None = None,
    headers: Sequence[str] = (),
    *,
    media: str = "application/json",
) -> bytes:
    """A part of a batch with one request."""
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    outer += [f"Content-ID: {content_id}"] if content_id is not None else []
    inner = [f"{method} {url} HTTP/1.1", *headers]
    inner += [f"Content-Type: {media}"] if body is not None else []
    content = json.dumps(body) if body is not None else ""
    return "\r\n".join([*outer, "", *inner, "", content]).encode()


def change_set(*parts: bytes) -> bytes:
    """A part of a batch that is a transaction."""
    body = b"".join(b"--changeset_1\r\n" + each + b"\r\n" for each in parts)
    return b"Content-Type: multipart/mixed; boundary=changeset_1\r\n\r\n" + body + b"--changeset_1--\r\n"
