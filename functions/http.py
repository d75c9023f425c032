"""Requests and answers of the functions: JSON in, JSON out, one problem-details shape for every refusal (RFC 9457)."""

from __future__ import annotations

import json
import logging
import reprlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Final
from urllib.parse import urlsplit

import azure.functions as func

from shared.engine import BudgetSpent, TurnedBack
from shared.errors import (
    Busy,
    Denied,
    KoppelError,
    LedgerMoved,
    MapError,
    NotFound,
    OtherVersion,
    Refused,
    Rejected,
    SettingError,
    TryLater,
    Unknown,
    cause_of,
    trace_of,
)
from shared.ledger import end_of
from shared.mapping import Side

MAX_BODY: Final = 2 * 1024 * 1024

log: Final = logging.getLogger("koppel.http")

_short: Final = reprlib.Repr()
_short.maxstring = _short.maxother = 200

Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


def new_blueprint() -> func.Blueprint:
    """An empty blueprint."""
    return func.Blueprint()  # type: ignore[no-untyped-call] # the SDK's constructor has no annotations


class BadRequest(Refused):
    """What was sent cannot be understood; the message says what was expected."""


class NotJson(BadRequest):
    """What was sent does not say that it is JSON: a form of another site can say anything else."""


class Foreign(Refused):
    """A page of another site has sent it."""


def answer(body: object, status: int = 200) -> func.HttpResponse:
    """A JSON answer."""
    return func.HttpResponse(_json(body), status_code=status, mimetype="application/json")


def problem(status: int, detail: str, **more: Any) -> func.HttpResponse:
    """A refusal: the status in words as its title, what is wrong and what to do as its detail."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return func.HttpResponse(_json(body), status_code=status, mimetype="application/problem+json")


def _json(body: object) -> bytes:
    """JSON in UTF-8. Half of an emoji, which UTF-8 cannot hold, becomes the escape that JSON has for it."""
    return json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")


def refusals(handler: Handler) -> Handler:
    """Turns every error into a problem. What Koppel did not raise on purpose is logged and told by its number only."""

    @wraps(handler)
    async def guarded(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handler(req)
        except KoppelError as error:
            return _refusal(error)
        except Exception as mistake:  # noqa: BLE001 - it is told by its number
            number, where = token_hex(8), f"{req.method} {handler.__name__}"
            log.error("failure %s in %s: %s", number, where, trace_of(mistake))  # noqa: TRY400 - a trace without the error's own words, which may hold values
            return problem(500, f"an error nobody expected: look for failure {number} in the log", failure=number)

    return guarded


def receiver(handler: Callable[[func.HttpRequest], Awaitable[str]]) -> Handler:
    """A function that takes events: 202 and no more, for whoever sends them may not learn what there is.

    What came of an event is told by the log, in detail only. What cannot be understood is refused as everywhere; what
    cannot be taken now is 503, upon which the systems send it again.
    """

    @refusals
    @wraps(handler)
    async def taking(req: func.HttpRequest) -> func.HttpResponse:
        path = urlsplit(req.url).path  # after it a key may stand
        try:
            outcome = await handler(req)
        except (BadRequest, NotFound):
            raise
        except KoppelError as error:
            log.warning("an event to %s was turned away: %s", path, cause_of(error))
            return problem(503, "events cannot be taken now: send it again later")
        log.debug("an event to %s: %s", path, outcome)
        return func.HttpResponse(status_code=202)

    return taking


_STATUS: Final[tuple[tuple[type[KoppelError], int], ...]] = (
    (NotJson, 415),
    (BadRequest, 400),
    (Unknown, 401),
    (NotFound, 404),
    (MapError, 503),
    (SettingError, 503),
    (Busy, 503),
    (LedgerMoved, 503),
    (Foreign, 403),
    (Refused, 409),
    (BudgetSpent, 409),
    (TurnedBack, 409),
    (Denied, 502),
    (Rejected, 409),
    (OtherVersion, 409),
    (TryLater, 503),
)
"""Kinds of errors to statuses, the particular before the general; any other kind is 500."""


def _refusal(error: KoppelError) -> func.HttpResponse:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    more: dict[str, Any] = {}
    if isinstance(error, MapError):
        more["problems"] = [
            {"file": each.file, "line": each.line, "field": each.field, "what": each.what, "remedy": each.remedy,
             "code": each.code} for each in error.problems
        ]  # fmt: skip
    return problem(status, str(error), **more)


def json_body(req: func.HttpRequest, most: int = MAX_BODY) -> Mapping[str, Any]:
    """The body as a JSON object of at most so many bytes. Raises BadRequest."""
    content = req.get_body()
    if not content:
        raise BadRequest("the body is empty; send a JSON object")
    if len(content) > most:
        raise BadRequest(f"the body has {len(content)} bytes; send at most {most}")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON ({error}); send a JSON object") from error
    if not isinstance(body, dict):
        raise BadRequest("the body is JSON, but not an object; send a JSON object")
    return body


def told(value: object) -> str:
    """What somebody sent, as a refusal repeats it: the middle of what is long is left out."""
    return _short.repr(value)


def check_key(side: Side, identity: Sequence[str]) -> None:
    """Raises BadRequest for an identity that no record can have, for it is too long to be kept."""
    try:
        end_of(side, tuple(identity))
    except Rejected as problem:
        raise BadRequest(f"a key of {sum(map(len, identity))} characters is too long: look at the key") from problem
