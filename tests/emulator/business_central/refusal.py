"""What the service answers when it says no: a status, a code and a text with the documented tail."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.emulator.wire import Answer, json_answer

DIALOG = "Application_DialogException"
FIELD = "Application_FieldValidationException"
RELATION = "Internal_InvalidTableRelation"
SAME_KEY = "Internal_EntityWithSameKeyExists"
NOT_FOUND = "Internal_RecordNotFound"
STALE = "Another user has already changed the record."


class Refusal(Exception):
    """A request the service does not carry out. Nothing of it is kept.

    `message` comes without its tail, which names the request it was said to.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: Mapping[str, str] = headers or {}

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


def refused(refusal: Refusal, correlation: Callable[[], str], language: str = "") -> Answer:
    """The refusal as an answer, in the caller's language."""
    text = f"{spoken(refusal.message, language)}  CorrelationId:  {correlation()}."
    return json_answer(refusal.status, {"error": {"code": refusal.code, "message": text}}, refusal.headers)


def spoken(text: str, language: str) -> str:
    """A text as somebody reads it who asked for another language than English: no caller may know it by its words."""
    first = language.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
    return text if first.lower() in ("", "*", "en", "en-us", "en-gb") else f"[{first}] {text[::-1]}"


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    """The address, an option, a header or the body is wrong, or not supported."""
    return Refusal(400, code, message)


def rule(message: str, code: str = DIALOG) -> Refusal:
    """Business logic said no."""
    return Refusal(400, code, message)


def no_resource(url: str) -> Refusal:
    text = f"No HTTP resource was found that matches the request URI '{url}'."
    return Refusal(404, "BadRequest_ResourceNotFound", text)


def no_row(page: str, row_id: str) -> Refusal:
    return Refusal(404, NOT_FOUND, f"The {page} with id '{row_id}' does not exist.")


def no_company(name: str) -> Refusal:
    return Refusal(404, "Internal_CompanyNotFound", f'The company "{name}" does not exist.')


def no_property(name: str, type_name: str) -> Refusal:
    return bad_request(
        f"The property '{name}' does not exist on type '{type_name}'. Make sure to only use property names that are "
        "defined by the type."
    )


def wrong_method(what: str) -> Refusal:
    return Refusal(405, "BadRequest_MethodNotAllowed", f"{what} is not allowed here.")


def unconvertible(value: object, edm: str) -> Refusal:
    text = str(value).lower() if isinstance(value, bool) else value
    return bad_request(f"Cannot convert the literal '{text}' to the expected type '{edm}'.")


def read_only(name: str) -> Refusal:
    return bad_request(f"Control '{name}' is read-only.", "BadRequest_InvalidOperation")


def failed() -> Refusal:
    """500: code of the product has failed."""
    return Refusal(500, "Internal_ServerError", "An error occurred and the operation could not be completed.")


def locked(table: str, status: int) -> Refusal:
    """Somebody else holds a lock: not the refusal of a version (reference: business-central-api 11)."""
    text = (
        f"The operation could not complete because a record in the {table} table was locked by another user. "
        "Please retry the activity."
    )
    return Refusal(status, "Unknown", text)


def stale() -> Refusal:
    return Refusal(409, "Request_EntityChanged", STALE)


def no_token(status: int) -> Refusal:
    text = "Could not validate the client concurrency token required by the service. Send the header If-Match."
    return Refusal(status, "BadRequest_InvalidToken", text)


def not_related(field: str, table: str, value: str, related: str) -> Refusal:
    text = (
        f"The field {field} of table {table} contains a value ({value}) that cannot be found in the related table "
        f"({related})."
    )
    return rule(text, RELATION)


def blank_key(field: str) -> Refusal:
    return rule(f"{field} must be filled in. Enter a value.", "BadRequest_RequiredParamNotProvided")


def exists(table: str, identification: str) -> Refusal:
    return rule(f"The {table} already exists. Identification fields and values: {identification}", SAME_KEY)


def unauthorized() -> Refusal:
    headers = {"www-authenticate": "Bearer"}
    return Refusal(401, "Authentication_InvalidCredentials", "The server has rejected the client credentials.", headers)


def denied(page: str, operation: str) -> Refusal:
    text = f"Sorry, the current permissions prevented the action. ({page}: {operation})"
    return Refusal(403, "Authorization_PermissionDenied", text)
