"""What F&O's refusals mean for the engine, and the cause inside an Infolog."""

from __future__ import annotations

import json

import pytest

from shared.errors import Denied, Exists, Failed, Gone, KoppelError, Rejected, SignedOut, Stale, Throttled, Unanswered
from shared.systems._finops_errors import error_of, infolog

FAILED = "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: "
GENERIC = "validateWrite failed on data source 'CustCustomerV3Entity (CustCustomerV3Entity)'."


def body(inner: str | None, outer: str = "An error has occurred.", code: str = "") -> bytes:
    error: dict[str, object] = {"code": code, "message": outer}
    if inner is not None:
        error["innererror"] = {"message": inner, "type": "UpdateException", "stacktrace": "at X"}
    return json.dumps({"error": error}).encode()


TABLE: list[tuple[int, str, type[KoppelError]]] = [
    (400, f"{FAILED}Warning: Field 'Customer group' must be filled in.; Warning: {GENERIC}", Rejected),
    (500, f"{FAILED}Error: The account is blocked.; Error: {GENERIC}", Rejected),
    (400, "Cannot convert 'Maybe' to type NoYes.", Rejected),
    (400, "No resources were found when selecting for update.", Gone),
    (404, "No resources were found when selecting for update.", Gone),
    (404, "No HTTP resource was found that matches the request URI.", Rejected),
    (400, f"{FAILED}Error: Cannot create a record in Customers (CustTable). The record already exists.", Exists),
    (500, f"{FAILED}Error: Cannot create a record in Customers (CustTable). The record already exists.", Exists),
    (409, "Conflict of something.", Rejected),
    (412, "The request entity's version is not current.", Stale),
    (400, "An update conflict occurred due to another user process changing fields in the record.", Stale),
    (500, f"{FAILED}Error: An update conflict occurred due to another user process deleting the record.", Stale),
    (401, "", SignedOut),
    (403, "Access denied to entity.", Denied),
    (429, "Number of requests exceeded the limit of 6000 over 300 seconds.", Throttled),
    (500, "Transaction (Process ID 71) was deadlocked on lock resources: Deadlock.", Throttled),
    (500, "Something in X++ broke.", Failed),
    (500, "", Failed),
    (502, "", Unanswered),
    (503, "The environment is being serviced.", Unanswered),
    (504, "", Unanswered),
]  # fmt: skip


@pytest.mark.parametrize(("status", "message", "kind"), TABLE)
def test_table(status: int, message: str, kind: type[KoppelError]) -> None:
    """Status and text together tell the engine what to do next."""
    assert type(error_of(status, body(message))) is kind


@pytest.mark.parametrize("log", ["Error: {}.", "Info: {}.."])
def test_what_exists_is_told_in_the_systems_own_words(log: str) -> None:
    """They stand in a parked row, as those of any other refusal do, on one line."""
    words = "Cannot create a record in Customers (CustTable). The record already exists"
    said = error_of(500, body(FAILED + log.format(words.replace(". ", ".\n"))))
    assert (type(said), str(said)) == (Exists, words)


@pytest.mark.parametrize(("status", "words"), [(401, "Microsoft Entra applications"), (403, "give the service user")])
def test_what_is_denied_says_what_to_do(status: int, words: str) -> None:
    """A role or a sign-in; whether anything is to be resumed is not the system's to say."""
    told = str(error_of(status, body("Access denied to CustomersV3.")))
    assert all(each in told for each in ("Access denied to CustomersV3; ", words))
    assert "resume" not in told


def test_timed_out() -> None:
    """A request that timed out may have been carried out."""
    assert type(error_of(408, b"")) is Unanswered


def test_an_existing_party_is_not_an_existing_record() -> None:
    """'Already exists' about something else than the record itself is a rejection, not a match."""
    message = f"{FAILED}Error: Contact information already exists for this party.; Error: {GENERIC}"
    assert type(error_of(400, body(message))) is Rejected


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"{FAILED}Warning: Field 'Customer group' must be filled in.; Warning: {GENERIC}",
         "Field 'Customer group' must be filled in"),
        (f"{FAILED}Error: One.; Warning: Two.; Info: Three.", "One; Two; Three"),
        (f"{FAILED}error: One.; WARNING: Two.", "One; Two"),
        (f"{FAILED}Warning: The same.; Error: The same.", "The same"),
        (f"{FAILED}Warning: {GENERIC}", f"{FAILED}Warning: {GENERIC}"),
        (f"{FAILED}Warning: validateField failed on data source 'X (X)'.; Error: Why.", "Why"),
        (f"{FAILED}Warning: insert failed on data source 'X (X)'.; Error: Why.", "Why"),
        (f"{FAILED}", f"{FAILED}"),
        (f"{FAILED}Why.", "Why"),
        (f"{FAILED}Warning: Amount 1.50 exceeds 1.00.; Error: {GENERIC}", "Amount 1.50 exceeds 1.00"),
        ("No Infolog in here", "No Infolog in here"),
        ("", ""),
    ],
)  # fmt: skip
def test_infolog(text: str, cause: str) -> None:
    """The cause is what stands behind `Infolog:`, without prefixes, repetitions and the generic part."""
    assert infolog(text) == cause


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        ("Field 'Customer group' must be filled in.", "Customer group"),
        ("The value in field CustGroup is not found.", "CustGroup"),
        ("The account is blocked.", ""),
        ("field 'Name' is too long", "Name"),
    ],
)
def test_rejections_name_the_field(reason: str, field: str) -> None:
    """A rejected record is parked with the cause alone, and the field that the system names."""
    error = error_of(400, body(f"{FAILED}Warning: {reason}; Warning: {GENERIC}"))
    assert isinstance(error, Rejected)
    assert (str(error), error.field, error.code) == (reason.rstrip("."), field, "400")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (body(None, "Unauthorized."), "Unauthorized."),
        (body("The inner one."), "The inner one."),
        (body("", "The outer one."), "The outer one."),
        (b'{"error":{"message":"no inner error","innererror":null}}', "no inner error"),
        (b'{"error":{"message":"odd","innererror":"text"}}', "odd"),
        (b"<html>Service Unavailable</html>", "Service Unavailable"),
        (b"plain text", "plain text"),
    ],
)
def test_the_most_telling_text(content: bytes, text: str) -> None:
    """The inner message is told, else the outer, else the beginning of whatever came."""
    assert text in str(error_of(400, content))


@pytest.mark.parametrize(
    "content",
    [b"", b"<html></html>", b"{}", b"[]", b"null", b'"x"', b'{"error":null}', b'{"error":"x"}', b'{"error":{}}',
     b'{"error":{"message":null}}', b'{"error":{"message":{"lang":"en","value":"x"}}}', b'{"error":', b"\xff\xfe\x00"],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, SignedOut),
        (403, Denied),
        (412, Stale),
        (429, Throttled),
        (500, Failed),
        (503, Unanswered),
    ],
)
def test_bodies_of_any_kind(status: int, kind: type[KoppelError], content: bytes) -> None:
    """Whatever stands in the body, the status decides."""
    error = error_of(status, content)
    assert type(error) is kind
    assert str(error)
