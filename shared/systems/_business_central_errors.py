"""What Business Central's error answers mean for the engine (reference: business-central-api 11).

Its texts follow `Accept-Language`, which we always send, and change between versions all the same: codes decide, words
only tell what kind of refusal a business rule is.
"""

from __future__ import annotations

import json
import re
from typing import Final

from shared.errors import (
    Denied,
    Exists,
    Failed,
    Gone,
    KoppelError,
    NoField,
    Rejected,
    SignedOut,
    Stale,
    Throttled,
    TryLater,
    Unanswered,
    in_one,
)
from shared.mapping import shown
from shared.systems._causes import AWAY, PASSES, cause_of, no_field, quoted

CODE: Final = 60
"""Characters of a code, of which a real one has fewer."""
NO_PAGE: Final = "BadRequest_ResourceNotFound"
_STALE: Final = "Request_EntityChanged"
_EXISTS: Final = "Internal_EntityWithSameKeyExists"
_NO_COMPANY: Final = "Internal_CompanyNotFound"
_NO_TENANT: Final = "Internal_TenantUnavailable"
_NO_VERB: Final = "BadRequest_MethodNotAllowed"
_GONE: Final = frozenset({"Internal_RecordNotFound", "Internal_DataNotFoundFilter"})
_CAUSES: Final = {
    "Application_StringExceededLength": "too-long",
    "BadRequest_RequiredParamNotProvided": "required",
    "Internal_InvalidTableRelation": "not-found",
    "Application_EvaluateException": "member",
    "Application_InvalidGUID": "type",
    "BadRequest": "type",
}
"""Codes that say more than words: what kind of refusal they are."""
_TAIL: Final = re.compile(r"\s*CorrelationId:\s*[0-9a-fA-F-]{36}\.?\s*$")
_FIELD: Final = re.compile(r"[Cc]ontrol '([^']+)'|\"([A-Za-z]\w*)\"")
_NO_PROPERTY: Final = re.compile(r"[Pp]roperty '([^']+)' does not exist on type '([^']+)'")


def error_of(status: int, content: bytes) -> KoppelError:
    """The error for a refused request."""
    code, message = _read(content)
    text = f"Business Central answers {f'{status} {code}'.strip()}: {message}".strip(": ")
    if status == 409:
        return Stale(text) if code == _STALE else TryLater(text)
    if status in {401, 403}:
        told = in_one(text, _way_out(status))
        return SignedOut(told) if status == 401 else Denied(told)
    if code == _EXISTS:
        return Exists(message or text)
    if (nowhere := _nowhere(status, code, text)) is not None:
        return nowhere
    if status == 429:
        return Throttled(text)
    if status == 408 or status in AWAY or code == _NO_TENANT:
        return Unanswered(text)
    if status >= 500 and status != 501:
        return Failed(text)
    return _no_property(status, message) or _rejected(status, code, message, text)


def _nowhere(status: int, code: str, text: str) -> KoppelError | None:
    """What is said of an address: that its record, its company or its page is not there."""
    if code == _NO_COMPANY:
        return Denied(in_one(text, "see that the company is there, and that BUSINESS_CENTRAL_COMPANIES has its id"))
    if code == NO_PAGE:
        return Denied(in_one(text, "install or update the extension that has this page, or switch off what needs it"))
    if status == 405 or code == _NO_VERB:
        return Denied(in_one(text, "see that API services are switched on, and that this page takes the request"))
    return Gone(text) if status == 404 or code in _GONE else None


def _way_out(status: int) -> str:
    if status == 401:
        return "see that the app stands, enabled, on the page Microsoft Entra Applications, or that its key is good"
    return "give the app's user in Business Central a permission set for the table behind this page"


def _no_property(status: int, message: str) -> NoField | None:
    found = _NO_PROPERTY.search(message) if status == 400 else None
    said = f"Could not find a property named '{found[1]}' on type '{found[2]}'" if found else message
    return no_field(status, said, "Business Central")


def _rejected(status: int, code: str, message: str, text: str) -> Rejected:
    told, names = cause_of(message), _FIELD.search(message)
    cause = told if told in PASSES else _CAUSES.get(code) or told
    field = next(filter(None, names.groups()), "") if names else ""
    return Rejected(message or text, code=code or str(status), field=field, cause=cause, quoted=quoted(message))


def _read(content: bytes) -> tuple[str, str]:
    """Code and text, this without the id by which the service's own log knows the request: it is another each time."""
    try:
        error = json.loads(content)["error"]
        return str(error.get("code", ""))[:CODE], shown(_TAIL.sub("", str(error.get("message", ""))))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", content[:200].decode("utf-8", "replace")
