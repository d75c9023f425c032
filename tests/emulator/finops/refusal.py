"""What the service answers when it says no: a status and a text, in the documented envelope."""

from __future__ import annotations

from collections.abc import Mapping

from tests.emulator.wire import Answer, json_answer

_SERVICES = "Microsoft.Dynamics.Platform.Integration.Services.OData"
ARGUMENT = f"{_SERVICES}.ODataArgumentException"
UPDATE = f"{_SERVICES}.UpdateException"
WRITE = f"{_SERVICES}.AxODataWriteException"
"""What business logic refuses when a write is saved."""
ACCESS = "System.UnauthorizedAccessException"
CONFLICT = (
    "An update conflict occurred due to another user process deleting the record or changing one or more fields in "
    "the record."
)


class Refusal(Exception):
    """A request the service does not carry out. Nothing of it is kept.

    `message` is the useful text, which stands in error.innererror.message; `kind` the type of the inner error.
    """

    def __init__(
        self, status: int, message: str, kind: str = ARGUMENT, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.kind = kind
        self.headers: Mapping[str, str] = headers or {}

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


class NoRoute(Refusal):
    """The router knows nothing at the address: its own envelope, not that of the service."""


class NotThere(Refusal):
    """The address is right, and there is no such record: a status without a body."""


class Dangerous(Refusal):
    """The web server takes the path for an attack, and answers with a page."""

    def __init__(self) -> None:
        super().__init__(400, "A potentially dangerous Request.Path value was detected from the client.")


def refused(refusal: Refusal) -> Answer:
    """The refusal as an answer."""
    if isinstance(refusal, NotThere):
        return Answer(refusal.status)
    if isinstance(refusal, NoRoute):
        return json_answer(refusal.status, {"Message": refusal.message}, refusal.headers)
    if isinstance(refusal, Dangerous):
        page = f"<!DOCTYPE html><html><head><title>{refusal.message}</title></head><body></body></html>"
        return Answer(refusal.status, {"content-type": "text/html; charset=utf-8"}, page.encode())
    error: dict[str, object] = {"code": "", "message": "An error has occurred."}
    if refusal.status == 401:
        error["message"] = refusal.message
    else:
        error["innererror"] = {"message": refusal.message, "type": refusal.kind}
    return json_answer(refusal.status, {"error": error}, refusal.headers)


def bad_request(message: str) -> Refusal:
    """The address, an option, a header or the body is wrong, or not supported."""
    return Refusal(400, message)


def no_resource(path: str) -> Refusal:
    text = (
        f"No HTTP resource was found that matches the request URI '{path}'. No route data was found for this request."
    )
    return NoRoute(404, text)


def left_out(what: str) -> Refusal:
    """The real service can do this; the twin cannot, and says so."""
    return Refusal(501, f"The twin does not implement {what}.")


def failed() -> Refusal:
    """500: code of the product has failed (reference: finops-odata 5)."""
    return Refusal(500, "Object reference not set to an instance of an object.", "System.NullReferenceException")


def not_there(*, told: bool) -> Refusal:
    """A record that is not there, or belongs to a company that the caller may not see."""
    return Refusal(404, "Not Found") if told else NotThere(404, "Not Found")


def no_property(name: str, type_name: str) -> Refusal:
    return bad_request(f"Could not find a property named '{name}' on type '{type_name}'.")


def wrong_method(method: str) -> Refusal:
    return Refusal(405, f"The requested resource does not support http method '{method}'.")


def unconvertible(value: object, edm: str) -> Refusal:
    text = str(value).lower() if isinstance(value, bool) else value
    return bad_request(f"Cannot convert the literal '{text}' to the expected type '{edm}'.")


def not_found_for_update(status: int = 400) -> Refusal:
    return Refusal(status, "No resources were found when selecting for update.", UPDATE)


def stale() -> Refusal:
    text = "The entity tag in the If-Match header does not match the current version of the record."
    return Refusal(412, text, UPDATE)


def unauthorized(url: str, reason: str) -> Refusal:
    """401: the one refusal whose text stands in error.message."""
    challenge = f'Bearer authorization_uri="https://login.microsoftonline.com/common", resource_id="{url}"'
    return Refusal(401, f"Unauthorized: {reason}", headers={"www-authenticate": challenge})


def write_failed(xpp: str, reason: str, step: str, status: int, field: str = "") -> Refusal:
    """Business logic said no. `step` names what failed, such as validateWrite; without it the reason is an error.

    field: the one at which the step failed, if the log says so. The log ends with a full stop of its own, as captured.
    """
    log = f"Error: {reason}."
    if field:
        log = f"Warning: {reason}; Warning: {step} failed on field '{xpp}.{field}'."
    elif step:
        log = f"Warning: {reason}; Warning: {step} failed on data source '{xpp} ({xpp})'."
    return not_written(xpp, log, status)


def record_exists(xpp: str, label: str, named: str, status: int) -> Refusal:
    """The key of a new record is taken; captured with its line break."""
    log = f"Info: Cannot create a record in {label}. {named}.\nThe record already exists.."
    return not_written(xpp, log, status)


def not_written(xpp: str, log: str, status: int) -> Refusal:
    return Refusal(status, f"Write failed for table row of type '{xpp}'. Infolog: {log}", WRITE)
