"""A bare caller of the twin: requests as they stand on the wire, for tests that say what the wire must look like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.emulator.finops.twin import FinopsTwin
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request

HOST = "http://127.0.0.1:7082"
CROSS = "cross-company=true"


@dataclass(frozen=True)
class Said:
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

    def column(self, name: str) -> list[Any]:
        """The values of a property, row by row."""
        return [row[name] for row in self.rows]

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and text of a refusal, whose body has the documented shape."""
        assert self.headers["content-type"] == "application/json; odata.metadata=minimal"
        assert self.json.keys() == {"error"}
        error = self.json["error"]
        assert error["code"] == ""
        if self.status == 401:
            assert error.keys() == {"code", "message"}
            return self.status, error["message"]
        assert error.keys() == {"code", "message", "innererror"}
        assert error["message"] == "An error has occurred."
        assert error["innererror"].keys() == {"message", "type"}
        assert error["innererror"]["type"]
        return self.status, error["innererror"]["message"]

    @property
    def message(self) -> str:
        return self.refusal[1]


class Probe:
    """A twin with a clock that a test moves, and a caller with a good token."""

    def __init__(self, seed: int = 0, companies: Sequence[str] = ("usmf", "demf")) -> None:
        self.now = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
        self.identity = Identity(lambda: self.now)
        self.twin = FinopsTwin(clock=lambda: self.now, identity=self.identity, seed=seed, companies=companies)
        self.token = self.identity.issue(HOST)

    def pass_time(self, seconds: float) -> None:
        """Time goes by; the caller gets a fresh token."""
        self.now += timedelta(seconds=seconds)
        self.token = self.identity.issue(HOST)

    def send(self, method: str, target: str, body: object = None, **headers: str) -> Said:
        """A request below `/data/`, or from the root; underscores in header names stand for hyphens."""
        target = target.removeprefix(HOST)
        path, _, query = (target if target.startswith("/") else f"/data/{target}").partition("?")
        sent = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        content = b""
        if isinstance(body, bytes):
            content = body
        elif body is not None:
            content = json.dumps(body).encode()
            sent["content-type"] = "application/json; charset=utf-8"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(
            method, quote(path, safe="/()=',$%-._~"), quote(query, safe="$=&,()'/:%*-._~+"), sent, content
        )
        return Said(self.twin.handle(request))

    def get(self, target: str, **headers: str) -> Said:
        return self.send("GET", target, **headers)

    def post(self, target: str, body: object, **headers: str) -> Said:
        return self.send("POST", target, body, **headers)

    def patch(self, target: str, body: object, **headers: str) -> Said:
        return self.send("PATCH", target, body, **headers)

    def delete(self, target: str, **headers: str) -> Said:
        return self.send("DELETE", target, **headers)

    def group(self, code: str = "10", company: str = "usmf", **values: Any) -> Mapping[str, Any]:
        """A customer group that is simply there."""
        self.twin.load("CustomerGroups", [{"dataAreaId": company, "CustomerGroupId": code, **values}])
        return {"dataAreaId": company, "CustomerGroupId": code}

    def customer(self, number: str, company: str = "usmf", **values: Any) -> str:
        """The address of an organisation customer that is simply there, in a group that is too."""
        self.group(company=company)
        row = organization(dataAreaId=company, CustomerAccount=number, **values)
        self.twin.load("CustomersV3", [row])
        return f"CustomersV3(dataAreaId='{company}',CustomerAccount='{number}')"

    def batch(self, *parts: bytes, **headers: str) -> Said:
        """A batch of parts made by `part` and `change_set`."""
        body = b"".join(b"--batch_1\r\n" + part + b"\r\n" for part in parts) + b"--batch_1--\r\n"
        return self.post("$batch", body, **{"content_type": "multipart/mixed; boundary=batch_1", **headers})


def organization(**values: Any) -> dict[str, Any]:
    """What the least customer needs."""
    return {"PartyType": "Organization", "OrganizationName": "Contoso", "CustomerGroupId": "10", **values}


def part(
    method: str, url: str, body: object = None, content_id: str | None = None, headers: Sequence[str] = ()
) -> bytes:
    """A part of a batch with one request."""
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    outer += [f"Content-ID: {content_id}"] if content_id is not None else []
    inner = [f"{method} {url} HTTP/1.1", *headers]
    inner += ["Content-Type: application/json"] if body is not None else []
    content = json.dumps(body) if body is not None else ""
    return "\r\n".join([*outer, "", *inner, "", content]).encode()


def change_set(*parts: bytes) -> bytes:
    """A part of a batch that is a transaction."""
    body = b"".join(b"--changeset_1\r\n" + each + b"\r\n" for each in parts)
    return b"Content-Type: multipart/mixed; boundary=changeset_1\r\n\r\n" + body + b"--changeset_1--\r\n"
