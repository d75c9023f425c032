"""What Dataverse's refusals mean for the engine: every row of the published table that matters."""

from __future__ import annotations

import json

import pytest

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
)
from shared.systems._dataverse_errors import error_of

ID = "b1f2c3d4-5e6f-ef11-a671-000d3a33cc10"


def body(code: str, message: str = "It is not to be.", **more: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, **more}}).encode()


TABLE: list[tuple[int, str, type[KoppelError]]] = [
    (400, "0x80040203", Rejected),
    (400, "0x80048d19", Rejected),
    (400, "0x80060888", Rejected),
    (400, "0x80041102", Rejected),
    (400, "0x80041103", Rejected),
    (400, "0x80044331", Rejected),
    (400, "0x8004431a", Rejected),
    (400, "0x8004432f", Rejected),
    (400, "0x80044330", Rejected),
    (400, "0x80040265", Rejected),
    (400, "0x80072491", Rejected),
    (400, "0x80072493", Rejected),
    (400, "0x80060890", Rejected),
    (400, "0x8006088f", Rejected),
    (400, "0x8006088d", Rejected),
    (400, "0x80060883", Rejected),
    (400, "0x8006089d", Rejected),
    (400, "0x0", Rejected),
    (400, "", Rejected),
    (401, "", SignedOut),
    (403, "0x80040220", Denied),
    (403, "0x80040231", Denied),
    (403, "0x80048306", Denied),
    (403, "0x80048405", Denied),
    (403, "0x80040225", SignedOut),
    (403, "0x80072560", SignedOut),
    (403, "0x8004f504", Withheld),
    (404, "0x80040217", Gone),
    (404, "0x80060891", Gone),
    (404, "0x8006088a", Rejected),
    (405, "0x80040227", Rejected),
    (412, "0x80060882", Stale),
    (412, "0x80060892", Exists),
    (412, "0x80040237", Exists),
    (412, "0x80040333", Exists),
    (500, "0x80040333", Exists),
    (413, "", Rejected),
    (429, "0x80072322", Throttled),
    (429, "0x80072321", Throttled),
    (429, "0x80072326", Throttled),
    (500, "0x80040216", Failed),
    (500, "0x80040224", Rejected),
    (500, "0x80040255", Rejected),
    (500, "0x80044150", Failed),
    (500, "0x80044151", Failed),
    (501, "0x8006088a", Rejected),
    (502, "", Unanswered),
    (503, "", Unanswered),
    (504, "", Unanswered),
    (400, "0x80044352", CursorLost),
    (410, "", CursorLost),
    (410, "0x80044352", CursorLost),
    (500, "0x80044352", CursorLost),
]


@pytest.mark.parametrize(("status", "code", "kind"), TABLE)
def test_table(status: int, code: str, kind: type[KoppelError]) -> None:
    """Status and code together tell the engine what to do next; the message is kept for people."""
    error = error_of(status, body(code, "Something about it."), "account")
    assert type(error) is kind
    assert "Something about it" in str(error)


def test_a_right_on_one_record_is_no_privilege() -> None:
    """What a role allows and does not reach is about that record; a privilege that is missing is about the table."""
    one = "SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: 1, CallingUser: 2"
    all_of_them = "Principal user (Id=2, type=8) is missing prvWriteAccount privilege (Id=3) on OTC=1."
    assert type(error_of(403, body("0x80040220", one), "account")) is Withheld
    assert type(error_of(403, body("0x80040220", all_of_them), "account")) is Denied
    assert type(error_of(403, body("0x80040220", one))) is Denied


def test_a_secured_column_is_named() -> None:
    words = (
        "Caller user with Id 2 does not have Update permissions to the following secure attribute(s): fax of account."
    )
    error = error_of(403, body("0x8004f504", words), "account")
    assert isinstance(error, Withheld)
    assert (error.field, error.cause, str(error)) == ("fax", "withheld", words)


@pytest.mark.parametrize(("status", "words"), [(401, "application user"), (403, "give the application user")])
def test_what_is_denied_says_what_to_do(status: int, words: str) -> None:
    """A role or a sign-in; whether anything is to be resumed is not the system's to say."""
    told = str(error_of(status, body("0x80040220", "missing prvReadAccount"), "account"))
    assert all(each in told for each in ("missing prvReadAccount", words))
    assert "resume" not in told


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (412, "", Stale),
        (412, "0x0", Stale),
        (412, "0x80073002", Exists),
        (500, "0x80073002", Exists),
        (408, "", Unanswered),
    ],
)
def test_gaps_of_the_table(status: int, code: str, kind: type[KoppelError]) -> None:
    """What the table leaves open is decided for the safe side: look again, match, or come later."""
    assert type(error_of(status, body(code), "account")) is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (f"account With Id = {ID} Does Not Exist", Gone),
        (f"Account With Id = {ID} Does Not Exist", Gone),
        (f"contact With Id = {ID} Does Not Exist", Rejected),
        (f"accountleads With Id = {ID} Does Not Exist", Rejected),
        ("A record with the specified key values does not exist in account entity", Gone),
    ],
)
def test_whose_absence_is_meant(message: str, kind: type[KoppelError]) -> None:
    """A missing row of another table is a reference that points nowhere, not the record that is gone."""
    assert type(error_of(404, body("0x80040217", message), "account")) is kind


@pytest.mark.parametrize("message", [f"Entity 'account' With Id = {ID} Does Not Exist",
                                     f"Entity 'Account' With Id = {ID} Does Not Exist"])  # fmt: skip
def test_newer_wording_of_absence(message: str) -> None:
    """Current servers put the table's name in quotes behind the word Entity; it means the same."""
    assert type(error_of(404, body("0x80040217", message), "account")) is Gone


def test_newer_wording_of_a_reference() -> None:
    """In the newer wording, too, another table's missing row is a reference that points nowhere."""
    message = f"Entity 'contact' With Id = {ID} Does Not Exist"
    assert type(error_of(404, body("0x80040217", message), "account")) is Rejected


@pytest.mark.parametrize(
    ("code", "message"),
    [("0x80044331", "The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length."),
     ("0x80040265", "Credit limits above 1000 need an approval.")],
)  # fmt: skip
def test_rejections_keep_code_and_text(code: str, message: str) -> None:
    """A rejected record is parked with the system's own code and the plain text of its message."""
    error = error_of(400, body(code, message), "account")
    assert isinstance(error, Rejected)
    assert (error.code, str(error)) == (code, message)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Bad Gateway</body></html>",
        b"{}",
        b"[]",
        b"null",
        b'"text"',
        b'{"error":null}',
        b'{"error":"text"}',
        b'{"error":[]}',
        b'{"error":{}}',
        b'{"error":{"code":null,"message":null}}',
        b'{"error":{"code":7,"message":{"lang":"en"}}}',
        b'{"error":{"code":"0x8004',
        b"\xff\xfe\x00",
        b"{" * 100,
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (403, Denied), (410, CursorLost), (429, Throttled), (500, Failed),
     (501, Rejected), (502, Unanswered), (503, Unanswered), (504, Unanswered)],
)  # fmt: skip
def test_bodies_of_any_kind(status: int, kind: type[KoppelError], content: bytes) -> None:
    """Whatever stands in the body, the status decides."""
    error = error_of(status, content, "account")
    assert type(error) is kind
    assert str(error)
    if isinstance(error, Rejected):
        assert error.code


def test_annotated_errors() -> None:
    """Extra members of an error do not matter."""
    content = body("0x80060892", "Entity Key violated.", **{"@Microsoft.PowerApps.CDS.TraceText": "at line 1"})
    assert type(error_of(412, content)) is Exists


def test_what_exists_is_told_in_the_systems_own_words() -> None:
    """They stand in a parked row, as those of any other refusal do."""
    assert str(error_of(412, body("0x80060892", "Entity Key violated."))) == "Entity Key violated."


def test_long_bodies_are_cut() -> None:
    """A page of HTML is shown by its beginning."""
    assert len(str(error_of(502, b"<p>" * 100_000))) < 400
