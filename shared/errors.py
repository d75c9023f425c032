"""Errors, named by what the engine does next.

KoppelError
|-- Refused                 tell the caller what to change; nothing was done
|   |-- SettingError        a setting is missing or wrong
|   |-- MapError            a map cannot be used; carries every problem found
|   `-- NotFound            what the caller named does not exist
|-- TryLater                the same request may succeed later: the record is looked at again, later and later
|   |-- Throttled           the system asked us to wait
|   |-- Unanswered          the request may or may not have been carried out: recover
|   |   |-- NotTheService   a page or refusal of something in front of the service
|   |   `-- Failed          the service failed over it, and may do so whenever it is asked just that
|   |-- Unsettled           it keeps moving, or takes too long: the visit ends where it stands
|   |-- Busy                somebody else is at work on the same record or feed
|   `-- OtherVersion        another map than this app's is approved: leave the flow to the app that has it
|-- Stale                   the version we hold is no longer current: settle, then look again
|-- Gone                    there is no such record
|-- Exists                  a record with this id or key is already there: a match to examine
|-- Rejected                the system does not take these values: park the record
|   |-- FieldError          the map does not let this value through: park the record, name the field
|   `-- Withheld            a right on this very record or column is missing: park it, and try again by itself
|-- Denied                  a privilege on the table is missing: stop the flow, tell the operator
|   |-- SignedOut           sign-in is refused: everything stands still until it is not, and then goes on by itself
|   `-- NoField             the system does not have, or does not show, a field of the map
|-- CursorLost              the change cursor is no longer accepted: read everything again
|-- Halted                  somebody has paused the flow, or stopped its job: end the slice where it stands
`-- LedgerMoved             a ledger row is not as we read it: somebody took over
"""

from __future__ import annotations

from traceback import format_tb
from typing import Any


def parted(sentence: object) -> str:
    """A sentence that another one follows. A system's own may end with a full stop; three of them say something."""
    text = str(sentence).rstrip(" ;")
    return text if text.endswith("..") else text.removesuffix(".")


def in_one(*sentences: object) -> str:
    """What is said one after the other, such as a system's own words and what to do about them; nothing is left out
    but blanks.
    """
    *before, last = [str(each) for each in sentences if str(each)] or [""]
    return "; ".join([*map(parted, before), last])


class KoppelError(Exception):
    """Base of every error that Koppel raises on purpose."""


class Refused(KoppelError):
    """The request or configuration cannot be acted on; the message says what to change."""


class SettingError(Refused):
    """A setting is missing or wrong."""


class MapError(Refused):
    """A map cannot be used. `problems` holds every finding, each naming file, line, field and remedy."""

    def __init__(self, problems: list[Any]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NotFound(Refused):
    """What the caller named does not exist."""


class Unknown(Refused):
    """Whoever asks is nobody who may; the message says what is needed."""


class TryLater(KoppelError):
    """The same request may succeed later.

    cause: why not now, as the list of what is set aside groups it.
    """

    cause = "later"


class Throttled(TryLater):
    """The system asked us to wait; `retry_after` in seconds if it said how long."""

    cause = "throttled"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unanswered(TryLater):
    """No usable answer: the request may or may not have been carried out."""

    cause = "unanswered"


class NotTheService(Unanswered):
    """Something in front of the service answered in its place: that says nothing about record, value or right."""

    cause = "not-the-service"


class Unsettled(TryLater):
    """A visit came to no end: the record changed under it again and again, or it took too long."""

    cause = "unsettled"


class Failed(Unanswered):
    """The service says that it failed, or broke its answer off: what was asked for may be the cause."""


class Busy(TryLater):
    """Somebody else is at work on the same record or feed."""


class OtherVersion(TryLater):
    """Another map of a flow was approved than this app has; the message says which, and how this one takes over."""


class Stale(KoppelError):
    """The record changed since it was read."""


class Gone(KoppelError):
    """There is no such record."""


class Exists(KoppelError):
    """A record with this id or key is already there."""


class Rejected(KoppelError):
    """The system does not take these values. `code` is the system's own, `field` the field it names, if any.

    cause: what kind of refusal it is, in the same words for every system. quoted: whatever the message puts in quotes,
    which may be a field, its label or a value.
    """

    def __init__(
        self, message: str, *, code: str = "", field: str = "", cause: str = "", quoted: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.cause = cause or code
        self.quoted = quoted


class FieldError(Rejected):
    """The map does not let a value through. `value` is what was found; `line` is the map's line."""

    def __init__(self, message: str, *, field: str, value: str = "", code: str = "") -> None:
        super().__init__(message, code=code, field=field)
        self.value = value


class Withheld(Rejected):
    """A right on one record, or one column, is missing; the message is the system's own."""

    def __init__(self, message: str, *, code: str = "", field: str = "", quoted: tuple[str, ...] = ()) -> None:
        super().__init__(message, code=code, field=field, cause="withheld", quoted=quoted)


class Denied(KoppelError):
    """Sign-in failed or a privilege is missing; the message names it and says what to grant."""


class NoField(Denied):
    """The system does not know a field that the map asks for; the message names it and says what to do."""


class SignedOut(Denied):
    """Sign-in is refused, or the app's user may do nothing: nothing can be asked, whatever it is about."""


class CursorLost(KoppelError):
    """The change cursor is no longer accepted."""


class Halted(KoppelError):
    """Somebody has paused the flow, or stopped its job; the message says which."""


class LedgerMoved(KoppelError):
    """A ledger row is not as we read it. `key` names the row."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def cause_of(problem: KoppelError) -> str:
    """A problem as a log names it: what a system says of a record may hold what people entered."""
    return str(getattr(problem, "cause", "")) or type(problem).__name__


def trace_of(problem: BaseException) -> str:
    """A mistake of ours as a log tells it: what kind it is, and where it broke. Its own words may quote a value."""
    chain = [problem, *filter(None, [problem.__cause__ or problem.__context__])]
    told = [f"{type(each).__name__} at\n{''.join(format_tb(each.__traceback__))}" for each in chain]
    return "after ".join(told)
