"""`$batch` as JSON: one request after another, up to the first that fails, unless the caller wants to go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from tests.emulator.business_central.documents import JSON
from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.options import preferences
from tests.emulator.business_central.refusal import Refusal, bad_request, refused
from tests.emulator.business_central.rows import read_body
from tests.emulator.business_central.values import as_json
from tests.emulator.wire import Answer, Request

MOST: Final = 100
_OWN: Final = frozenset({"accept-language", "data-access-intent"})
Dispatch = Callable[[Request], Answer]


class _Failed(Exception):
    """A part of a batch that is one transaction has failed."""


class Batch:
    """Carries out batches. The outer answer is 200: each part says how it went."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def parts(self, request: Request) -> Sequence[Mapping[str, Any]]:
        """The requests of a batch."""
        found = read_body(request).get("requests")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise bad_request("A batch needs a list of requests.")
        if len(found) > MOST:
            raise bad_request(f"A batch holds at most {MOST} operations.")
        return found

    def handle(self, exchange: Exchange, parts: Sequence[Mapping[str, Any]], dispatch: Dispatch) -> Answer:
        """All parts, or those up to the first that failed. As one transaction, what went well before a failure still
        says so in its answer, although it is rolled back.
        """
        answers: list[str] = []
        if exchange.headers.get("isolation", "").lower() != "snapshot":
            goes_on = "odata.continue-on-error" in preferences(exchange.headers.get("prefer", ""))
            self._run(exchange, parts, dispatch, answers, goes_on=goes_on or self.environment.behaviour.continues)
            return _all(answers)
        with suppress(_Failed), self.environment.transaction():
            if not self._run(exchange, parts, dispatch, answers, goes_on=False):
                raise _Failed
        return _all(answers)

    def _run(
        self,
        exchange: Exchange,
        parts: Sequence[Mapping[str, Any]],
        dispatch: Dispatch,
        answers: list[str],
        *,
        goes_on: bool,
    ) -> bool:
        """Adds the answers of the parts, in order; whether all went well."""
        well = True
        for part in parts:
            try:
                answer = dispatch(self._request(exchange, part))
            except Refusal as refusal:
                answer = refused(refusal, self.environment.trace_id, exchange.headers.get("accept-language", ""))
            answers.append(_answered(part, answer))
            well = well and answer.status < 400
            if not well and not goes_on:
                break
        return well

    def _request(self, exchange: Exchange, part: Mapping[str, Any]) -> Request:
        """The request of a part: its address is relative to the API, from the root of the host, or absolute."""
        method, url = part.get("method"), part.get("url")
        if not isinstance(method, str) or not isinstance(url, str):
            raise bad_request("A request of a batch needs a method and a url.")
        headers = {str(name).lower(): str(value) for name, value in (part.get("headers") or {}).items()}
        kept = {name: value for name, value in exchange.headers.items() if name in _OWN}
        path, _, query = self._below(exchange, url).partition("?")
        if "company" in headers and "company=" not in query:
            query = f"{query}&company={quote(headers['company'])}".lstrip("&")
        if path.endswith("/$batch"):
            raise bad_request("A batch cannot be part of a batch.")
        body = as_json(part["body"]).encode() if part.get("body") is not None else b""
        return Request(method, path, query, {**kept, **headers}, body)

    def _below(self, exchange: Exchange, url: str) -> str:
        root = exchange.base.removeprefix(self.environment.url)
        if "://" in url:
            if not url.startswith(f"{self.environment.url}/"):
                raise bad_request(f"The address '{url}' of a part of a batch is on another host.")
            return url.removeprefix(self.environment.url)
        return url if url.startswith("/v2.0/") else f"{root}/{url.lstrip('/')}"


def _answered(part: Mapping[str, Any], answer: Answer) -> str:
    """The answer to a part as JSON; bodies stay as they were written, with every digit."""
    kind = answer.headers.get("content-type", "")
    headers = json.dumps({"content-type": kind, "odata-version": "4.0"})
    body = answer.body.decode()
    shown = (body if "json" in kind else json.dumps(body)) if body else ""
    last = f',"body":{shown}' if shown else ""
    return f'{{"id":{json.dumps(part.get("id"))},"status":{answer.status},"headers":{headers}{last}}}'


def _all(answers: Sequence[str]) -> Answer:
    return Answer(200, JSON, f'{{"responses":[{",".join(answers)}]}}'.encode())
