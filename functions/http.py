"""Requests and answers of the functions: JSON in, JSON out, one problem-details shape for every refusal (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final

import azure.functions as func

from shared.errors import Busy, Denied, KoppelError, LedgerMoved, MapError, NotFound, Refused, SettingError, TryLater

MAX_BODY: Final = 2 * 1024 * 1024

Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


def new_blueprint() -> func.Blueprint:
    """An empty blueprint."""
    return func.Blueprint()  # type: ignore[no-untyped-call] # the SDK's constructor has no annotations


class BadRequest(Refused):
    """What was sent cannot be understood; the message says what was expected."""


def answer(body: object, status: int = 200) -> func.HttpResponse:
    """A JSON answer."""
    return func.HttpResponse(json.dumps(body, ensure_ascii=False, default=str), status_code=status,
                             mimetype="application/json")  # fmt: skip


def problem(status: int, title: str, detail: str, **more: Any) -> func.HttpResponse:
    """A refusal."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return func.HttpResponse(json.dumps(body, ensure_ascii=False), status_code=status,
                             mimetype="application/problem+json")  # fmt: skip


def refusals(handler: Handler) -> Handler:
    """Turns every error that Koppel raises on purpose into a problem."""

    @wraps(handler)
    async def guarded(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handler(req)
        except KoppelError as error:
            return _refusal(error)

    return guarded


_STATUS: Final[tuple[tuple[type[KoppelError], int, str], ...]] = (
    (BadRequest, 400, "Bad request"),
    (NotFound, 404, "Not found"),
    (MapError, 503, "The flow's map cannot be used"),
    (SettingError, 503, "Settings are missing or wrong"),
    (Busy, 409, "Somebody else is at work on it"),
    (LedgerMoved, 409, "It changed meanwhile"),
    (Refused, 409, "Not possible now"),
    (Denied, 502, "A system refuses us"),
    (TryLater, 503, "Try again later"),
)


def _refusal(error: KoppelError) -> func.HttpResponse:
    status, title = next(
        ((status, title) for kind, status, title in _STATUS if isinstance(error, kind)), (500, "Failed")
    )
    more: dict[str, Any] = {}
    if isinstance(error, MapError):
        more["problems"] = [
            {"file": each.file, "line": each.line, "field": each.field, "what": each.what, "remedy": each.remedy,
             "code": each.code} for each in error.problems
        ]  # fmt: skip
    return problem(status, title, str(error), **more)


def json_body(req: func.HttpRequest) -> Mapping[str, Any]:
    """The body as a JSON object. Raises BadRequest."""
    content = req.get_body()
    if not content:
        raise BadRequest("the body is empty; send a JSON object")
    if len(content) > MAX_BODY:
        raise BadRequest(f"the body has {len(content)} bytes; at most {MAX_BODY} are read")
    try:
        body = json.loads(content)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest("the body is JSON, but not an object")
    return body


def optional_body(req: func.HttpRequest) -> Mapping[str, Any]:
    """The body as a JSON object, or an empty one."""
    return json_body(req) if req.get_body() else {}
