"""What Dataverse's error answers mean for the engine (reference: dataverse-web-api 6, 14, 15)."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from shared.errors import (
    CursorLost,
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
    Withheld,
    in_one,
)
from shared.mapping import shown
from shared.systems._causes import AWAY, PASSES, cause_of, no_field, quoted

CODE: Final = 40
"""Characters of a code, of which a real one has fewer."""
_STALE: Final = frozenset({"0x80060882"})
_EXISTS: Final = frozenset({"0x80060892", "0x80040237", "0x80040333", "0x80073002", "0x80047013"})
_GONE: Final = frozenset({"0x80040217", "0x80060891"})
_EXPIRED: Final = frozenset({"0x80044352"})
_ROLLED_BACK: Final = frozenset({"0x80040224", "0x80040255", "0x80040265"})
_PLUG_IN: Final = "0x80040265"
_NO_USER: Final = frozenset({"0x80040225", "0x80072560"})
_SECURED: Final = "0x8004f504"
_DENIED: Final = "0x80040220"
_ONE_RECORD: Final = "AccessCheckEx"
"""What Dataverse says that it asked where a role allows the table, and not this record."""
_ATTRIBUTE: Final = re.compile(r"attribute\(s\): (\w+)")
_CAUSES: Final = {
    "0x80044331": "too-long",
    "0x8004431a": "member",
    "0x8004432f": "range",
    "0x80044330": "range",
    "0x80040217": "not-found",
    "0x80060891": "not-found",
}
_MISSING: Final = re.compile(r"(?<!\w)(\w++)'? With Ids? = \{?([0-9a-f-]{36})", re.IGNORECASE)


def error_of(status: int, content: bytes, logical: str = "", row_id: str = "") -> KoppelError:
    """The error for a refused request.

    logical, row_id: the table and the record that the request was about, to tell whose absence is meant.
    """
    code, message = _read(content)
    text = f"Dataverse answers {f'{status} {code}'.strip()}: {message}".strip(": ")
    if code in _EXPIRED or status == 410:
        return CursorLost(text)
    if code in _EXISTS:
        return Exists(message or text)
    if code in _STALE or status == 412:
        return Stale(text)
    if status == 404 and code in _GONE and _is_about(message, logical, row_id):
        return Gone(text)
    if status in {401, 403}:
        return _denied(status, code, message, text, logical)
    if status == 429:
        return Throttled(text)
    if status == 408 or status in AWAY or (status == 404 and not code):
        return Unanswered(text)
    if status >= 500 and status != 501 and code not in _ROLLED_BACK:
        return Failed(text)
    return no_field(status, message, "Dataverse") or _rejected(status, code, message, text)


def _rejected(status: int, code: str, message: str, text: str) -> Rejected:
    cause = _cause(code, cause_of(message))
    return Rejected(message or text, code=code or str(status), cause=cause, quoted=quoted(message))


def _cause(code: str, told: str) -> str:
    """A code says more than words, unless these say that it passes."""
    return told if told in PASSES else "plug-in" if code == _PLUG_IN else _CAUSES.get(code) or told


def _denied(status: int, code: str, message: str, text: str, logical: str) -> KoppelError:
    """How far a refusal of access reaches: one record, one table, or everything."""
    if status == 403 and logical and (withheld := _withheld(code, message)):
        return withheld
    if status == 401 or code in _NO_USER:
        return SignedOut(in_one(text, _ways_out(401)))
    return Denied(in_one(text, _ways_out(status)))


def _withheld(code: str, message: str) -> Withheld | None:
    """A right that is missing on the one record, or on one column of it, that was asked for. A privilege on the table,
    or a user who may do nothing, is another matter.
    """
    if code == _SECURED:
        found = _ATTRIBUTE.search(message)
        return Withheld(message, code=code, field=found[1] if found else "", quoted=quoted(message))
    if code == _DENIED and _ONE_RECORD in message:
        return Withheld(message, code=code, quoted=quoted(message))
    return None


def refuse(status: int, content: bytes, logical: str = "") -> NoReturn:
    """Raises `error_of`."""
    raise error_of(status, content, logical)


def names_another(content: bytes, logical: str, row_id: str, *, anywhere: bool = False) -> bool:
    """True if a refusal names another missing row than this one: of the same table, or of any."""
    found = _MISSING.search(_read(content)[1])
    if found is None:
        return False
    table, missing = found[1].lower(), found[2].lower()
    is_of_table = table == logical or not logical
    return missing != row_id.lower() if is_of_table else anywhere


def _ways_out(status: int) -> str:
    if status == 401:
        return "see that the app's identity is an application user of this environment, and enabled"
    return "give the application user a security role with the privilege that is missing on this table"


def _is_about(message: str, logical: str, row_id: str) -> bool:
    """A missing row names its table and id; if they are another row's, a reference points nowhere."""
    found = _MISSING.search(message)
    if found is None:
        return True
    table, missing = (part.lower() for part in found.groups())
    return (not logical or table == logical) and (not row_id or missing == row_id.lower())


def _read(content: bytes) -> tuple[str, str]:
    try:
        error = json.loads(content)["error"]
        return str(error.get("code", ""))[:CODE], shown(str(error.get("message", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", content[:200].decode("utf-8", "replace")
