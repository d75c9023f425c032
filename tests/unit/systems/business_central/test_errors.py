"""What Business Central's refusals mean for the engine."""

from __future__ import annotations

import json

import pytest

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
)
from shared.systems._business_central_errors import error_of

TAIL = "  CorrelationId:  0b7f3c52-9f04-4a0e-8d1e-1f7a2b8c6d5e."
TABLE: list[tuple[int, str, type[KoppelError]]] = [
    (409, "Request_EntityChanged", Stale),
    (409, "Internal_ServerError", TryLater),
    (409, "", TryLater),
    (412, "Request_EntityChanged", Rejected),
    (400, "BadRequest_InvalidToken", Rejected),
    (400, "Internal_EntityWithSameKeyExists", Exists),
    (404, "BadRequest_NotFound", Gone),
    (404, "Internal_RecordNotFound", Gone),
    (400, "Internal_DataNotFoundFilter", Gone),
    (404, "BadRequest_ResourceNotFound", Denied),
    (404, "Internal_CompanyNotFound", Denied),
    (400, "BadRequest_NotFound", Rejected),
    (405, "BadRequest_MethodNotAllowed", Denied),
    (401, "Authentication_InvalidCredentials", SignedOut),
    (403, "Authorization_RequestDenied", Denied),
    (408, "", Unanswered),
    (413, "", Rejected),
    (429, "", Throttled),
    (500, "Internal_ServerError", Failed),
    (500, "Unknown", Failed),
    (400, "Unknown", Rejected),
    (501, "BadRequest_MethodNotImplemented", Rejected),
    (502, "", Unanswered),
    (503, "Internal_TenantUnavailable", Unanswered),
    (504, "", Unanswered),
]


def refused(status: int, code: str, message: str = "No.") -> KoppelError:
    return error_of(status, json.dumps({"error": {"code": code, "message": message + TAIL}}).encode())


@pytest.mark.parametrize(("status", "code", "kind"), TABLE)
def test_table(status: int, code: str, kind: type[KoppelError]) -> None:
    """Status and code tell the engine what to do next, whatever the text says."""
    assert type(refused(status, code, "Der Datensatz wurde geändert.")) is kind


@pytest.mark.parametrize(
    ("code", "message", "cause", "field"),
    [
        ("Application_DialogException", 'A "displayName" must be provided.', "required", "displayName"),
        ("Application_DialogException", 'The blank "displayName" is not allowed.', "refused", "displayName"),
        ("Application_StringExceededLength", "The length of the string is 120, but it must be 100.", "too-long", ""),
        ("Internal_InvalidTableRelation", "The field Country/Region Code contains a value (XX)", "not-found", ""),
        ("BadRequest_InvalidOperation", "Control 'number' is read-only.", "read-only", "number"),
        ("Application_EvaluateException", "'Foo' is not an option. The existing options are: A,B", "member", ""),
        ("Application_DialogException", "The record is locked by another user.", "locked", ""),
        (
            "Application_FieldValidationException",
            "Customer Nos. must have a value in Sales Setup: Primary Key=. It cannot be zero or empty.",
            "required",
            "",
        ),
        ("Application_FieldValidationException", "Type must be equal to 'Company' in Contact.", "refused", ""),
        ("Application_FieldValidationException", "City must not be Nowhere in Customer.", "refused", ""),
    ],
)
def test_what_kind_of_refusal_it_is(code: str, message: str, cause: str, field: str) -> None:
    """The code decides where it says it; of a business rule the words do. The id of the call is no part of them."""
    found = refused(400, code, message)
    assert isinstance(found, Rejected)
    assert (found.cause, found.field, str(found)) == (cause, field, message)


@pytest.mark.parametrize(
    "message",
    [
        "Could not find a property named 'fax' on type 'Microsoft.NAV.customer'.",
        "The property 'fax' does not exist on type 'Microsoft.NAV.customer'. Make sure to only use property names.",
    ],
)
def test_a_field_that_is_not_there_is_about_the_map(message: str) -> None:
    """In a read and in a write alike."""
    found = refused(400, "BadRequest", message)
    assert isinstance(found, NoField)
    assert "fax in customer" in str(found)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "Authentication_InvalidCredentials", "Microsoft Entra Applications"),
        (403, "Authorization_RequestDenied", "permission set"),
        (404, "BadRequest_ResourceNotFound", "extension"),
        (404, "Internal_CompanyNotFound", "BUSINESS_CENTRAL_COMPANIES"),
        (405, "", "API services"),
    ],
)
def test_a_refusal_says_the_way_out(status: int, code: str, words: str) -> None:
    """What an administrator has to look at."""
    assert words in str(refused(status, code))
