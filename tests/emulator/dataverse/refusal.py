"""What the service answers when it says no: a status, a code and a message, in the documented shape."""

from __future__ import annotations

from collections.abc import Mapping

from tests.emulator.wire import Answer, json_answer


class Refusal(Exception):
    """A request the service does not carry out. Nothing of it is kept."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: Mapping[str, str] = headers or {}

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


def refused(refusal: Refusal, *, annotated: bool = False) -> Answer:
    """The refusal as an answer; with annotations asked for, the error carries the extra members."""
    error: dict[str, str] = {"code": refusal.code, "message": refusal.message}
    if annotated:
        prefix = "@Microsoft.PowerApps.CDS."
        error |= {
            f"{prefix}ErrorDetails.OperationStatus": "0",
            f"{prefix}ErrorDetails.SubErrorCode": "0",
            f"{prefix}HelpLink": f"http://go.microsoft.com/fwlink/?LinkID=398563&error={refusal.code}&client=platform",
            f"{prefix}TraceText": "",
            f"{prefix}InnerError.Message": refusal.message,
        }
    return json_answer(refusal.status, {"error": error}, refusal.headers)


def bad_request(message: str) -> Refusal:
    """The address, an option or a header is wrong, or not supported in this place."""
    return Refusal(400, "0x80060888", message)


def bad_payload(entity_set: str, reason: str) -> Refusal:
    """The body does not fit the table."""
    text = f"Error identified in Payload provided by the user for Entity :'{entity_set}', {reason}"
    return Refusal(400, "0x80048d19", text)


def unreadable(reason: str) -> Refusal:
    """The body cannot be read at all."""
    return Refusal(400, "0x80048d19", reason)


def unexpected() -> Refusal:
    """500: something in the service has failed (reference: dataverse-web-api 15)."""
    return Refusal(500, "0x80040216", "An unexpected error occurred.")


def invalid_argument(message: str) -> Refusal:
    return Refusal(400, "0x80040203", message)


def no_segment(name: str) -> Refusal:
    return Refusal(404, "0x8006088a", f"Resource not found for the segment '{name}'.")


def no_property(name: str, logical: str) -> Refusal:
    return bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{logical}'.")


def no_row(logical: str, row_id: str) -> Refusal:
    return Refusal(404, "0x80040217", f"{logical} With Id = {row_id} Does Not Exist")


def no_row_with_key(logical: str) -> Refusal:
    text = f"A record with the specified key values does not exist in {logical} entity"
    return Refusal(404, "0x80060891", text)


def no_arguments(name: str, predicate: str) -> None:
    """Refuses what stands in parentheses after the name of an operation that takes nothing there."""
    if predicate:
        raise bad_request(f"The operation {name} takes no parameters in its address.")


def wrong_method(method: str) -> Refusal:
    return Refusal(405, "0x80060888", f"The requested resource does not support http method '{method}'.")


def left_out(what: str) -> Refusal:
    """The real service can do this; the twin cannot, and says so."""
    return Refusal(501, "0x8006088a", f"The twin does not implement {what}.")


def stale() -> Refusal:
    text = "The version of the existing record doesn't match the RowVersion property provided."
    return Refusal(412, "0x80060882", text)


def already_there() -> Refusal:
    return Refusal(412, "0x80040237", "A record with matching key values already exists.")
