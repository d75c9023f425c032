"""What F&O's error answers mean for the engine (reference: finops-odata 5, 6)."""

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
    Rejected,
    SignedOut,
    Stale,
    Throttled,
    Unanswered,
    in_one,
)
from shared.mapping import shown
from shared.systems._causes import AWAY, cause_of, no_field, quoted

ADDRESS: Final = "address"
"""Code of a refusal that is about the address and says nothing about the record."""
_NO_ROUTE: Final = "No HTTP resource was found"
_NOT_FOUND: Final = "No resources were found when selecting for update"
_EXISTS: Final = "already exists"
_CONFLICT: Final = "An update conflict occurred"
_DEADLOCK: Final = "deadlock"
_STEPS: Final = "validateWrite|validateField|write|insert|update"
_GENERIC: Final = re.compile(rf"({_STEPS}) failed on (data source|field)", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^(Warning|Error|Info):\s*", re.IGNORECASE)
_FIELD: Final = re.compile(r"[Ff]ield '([^']+)'|[Ff]ield ([A-Z]\w+)")


def error_of(status: int, content: bytes) -> KoppelError:
    """The error for a refused request."""
    message = _message(content)
    text = f"F&O answers {status}: {message}".strip(": ")
    if status == 412:
        return Stale(text)
    if _CONFLICT in message:
        return Stale(text)
    if _DEADLOCK in message.lower() or status == 429:
        return Throttled(text)
    if status in {401, 403}:
        told = in_one(text, _way_out(status))
        return SignedOut(told) if status == 401 else Denied(told)
    if _NOT_FOUND in message:
        return Gone(text)
    if _EXISTS in message and "Cannot create a record" in message:
        return Exists(infolog(message))
    if _NO_ROUTE in message or (status == 400 and content.lstrip().startswith(b"<")):
        return Rejected(text, code=ADDRESS)
    if status == 404 and _is_from_the_service(content):
        return Gone(text)
    if status in {404, 408, *AWAY}:
        return Unanswered(text)
    return Failed(text) if _has_failed(status, message) else _rejected(status, message, text)


def _has_failed(status: int, message: str) -> bool:
    """True if something broke, and nothing was refused."""
    return status >= 500 and "Infolog" not in message and "Write failed" not in message


def _way_out(status: int) -> str:
    if status == 401:
        return "see that the app's identity is registered in Microsoft Entra applications, with a user"
    return "give the service user a security role that may read and write this data entity"


def _rejected(status: int, message: str, text: str) -> KoppelError:
    """The field may be named in the cause, or where the log says at which field the check failed."""
    if (gone := no_field(status, message, "F&O")) is not None:
        return gone
    reason, log = infolog(message), message.partition("Infolog:")[2] or message
    found = _FIELD.search(reason) or _FIELD.search(log)
    name = next(filter(None, found.groups()), "") if found else ""
    return Rejected(reason or text, code=str(status), field=name, cause=cause_of(reason), quoted=quoted(log))


def _is_from_the_service(content: bytes) -> bool:
    """A page of a gateway tells nothing about a record."""
    return not content.strip() or content.lstrip().startswith(b"{")


def infolog(message: str) -> str:
    """The cause inside a business failure: after `Infolog:`, without prefixes, generic parts and line breaks."""
    _, found, tail = message.partition("Infolog:")
    if not found:
        return message
    parts = (_PREFIX.sub("", " ".join(part.split())) for part in tail.split(";"))
    reasons = [part.rstrip(".") for part in parts if part and not _GENERIC.search(part)]
    return "; ".join(dict.fromkeys(reasons)) or message


def _message(content: bytes) -> str:
    """The most telling text of an error envelope; the beginning of the body if it is none."""
    try:
        body = json.loads(content)
        if "error" not in body and "Message" in body:
            return shown(str(body["Message"]))
        error = body["error"]
        inner = (error.get("innererror") or {}).get("message")
        return shown(str(inner or error.get("message") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return content[:200].decode("utf-8", "replace")
