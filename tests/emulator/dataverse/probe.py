"""A bare caller of the twin: requests as they stand on the wire, for tests that say what the wire must look like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.emulator.dataverse.twin import DataverseTwin
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request

ROOT = "/api/data/v9.2/"


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

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and code of a refusal, whose body has the documented shape."""
        error = self.json["error"]
        assert self.headers["content-type"] == "application/json; odata.metadata=minimal"
        assert isinstance(error["message"], str)
        assert error["message"]
        return self.status, error["code"]

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


class Probe:
    """A twin with a clock that a test moves, and a caller with a good token."""

    def __init__(self, seed: int = 0) -> None:
        self.now = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
        self.identity = Identity(lambda: self.now)
        self.twin = DataverseTwin(clock=lambda: self.now, identity=self.identity, seed=seed)
        self.token = self.identity.issue(self.twin.environment.url)

    def pass_time(self, seconds: float) -> None:
        """Time goes by; the caller gets a fresh token."""
        self.now += timedelta(seconds=seconds)
        self.token = self.identity.issue(self.twin.environment.url)

    def send(self, method: str, target: str, body: object = None, **headers: str) -> Said:
        """A request below the root, or with an absolute address; underscores in header names stand for hyphens."""
        path, _, query = target.removeprefix(self.twin.environment.url).removeprefix(ROOT).partition("?")
        sent = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        content = b""
        if isinstance(body, bytes):
            content = body
        elif body is not None:
            content = json.dumps(body).encode()
            sent["content-type"] = "application/json; charset=utf-8"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, ROOT + quote(path, safe="/()=',$@%-._~!*:"), _quoted(query), sent, content)
        return Said(self.twin.handle(request))

    def get(self, target: str, **headers: str) -> Said:
        return self.send("GET", target, **headers)

    def post(self, target: str, body: object, **headers: str) -> Said:
        return self.send("POST", target, body, **headers)

    def patch(self, target: str, body: object, **headers: str) -> Said:
        return self.send("PATCH", target, body, **headers)

    def put(self, target: str, body: object, **headers: str) -> Said:
        return self.send("PUT", target, body, **headers)

    def delete(self, target: str, **headers: str) -> Said:
        return self.send("DELETE", target, **headers)

    def created(self, table: str, **values: Any) -> str:
        """The id of a row that a person made."""
        return self.twin.create(table, values)

    def company(self, code: str = "USMF") -> str:
        """The id of a company."""
        return self.created("cdm_companies", cdm_companycode=code, cdm_name=code.title())

    def account(self, number: str, company: str, **values: Any) -> str:
        """The id of an account of a company."""
        bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
        return self.created("accounts", accountnumber=number, name=f"Name {number}", **bind, **values)

    def batch(self, *parts: bytes, **headers: str) -> Said:
        """A batch of parts made by `part` and `change_set`."""
        body = b"".join(b"--batch_1\r\n" + part + b"\r\n" for part in parts) + b"--batch_1--\r\n"
        return self.post("$batch", body, **{"content_type": "multipart/mixed; boundary=batch_1", **headers})

    def webhook(self, message: str, table: str, **step: Any) -> str:
        """The id of an enabled step that calls a local address for a message of a table."""
        endpoint = self.created(
            "serviceendpoints", name="Koppel", contract=8, url="http://127.0.0.1:7071/hook", authtype=4, authvalue="key"
        )
        found = self.get(
            f"sdkmessagefilters?$filter=sdkmessageid/name eq '{message}' and primaryobjecttypecode eq '{table}'"
        ).rows[0]
        values = {
            "name": f"{message} of {table}",
            "stage": 40,
            "mode": 1,
            "sdkmessageid@odata.bind": f"/sdkmessages({found['_sdkmessageid_value']})",
            "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
            "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        }
        return self.created("sdkmessageprocessingsteps", **values, **step)


def part(
    method: str, url: str, body: object = None, content_id: str | None = None, headers: Sequence[str] = ()
) -> bytes:
    """A part of a batch with one request."""
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    outer += [f"Content-ID: {content_id}"] if content_id is not None else []
    inner = [f"{method} {url} HTTP/1.1", *headers]
    inner += ["Content-Type: application/json; type=entry"] if body is not None else []
    content = json.dumps(body) if body is not None else ""
    return "\r\n".join([*outer, "", *inner, "", content]).encode()


def change_set(*parts: bytes) -> bytes:
    """A part of a batch that is a transaction."""
    body = b"".join(b"--changeset_1\r\n" + each + b"\r\n" for each in parts)
    return b"Content-Type: multipart/mixed; boundary=changeset_1\r\n\r\n" + body + b"--changeset_1--\r\n"


def _quoted(query: str) -> str:
    return quote(query, safe="$=&,()'/:%@;-._~!*")
