"""Batch bodies: what is written can be read by a strict server, and no broken answer is taken for a whole one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Unanswered
from shared.systems._multipart import Part, PartAnswer, read_batch, write_batch
from tests.emulator.dataverse import multipart as server
from tests.emulator.mime_parts import ChangeSet, Operation

MIXED = "multipart/mixed; boundary=batchresponse_1"
HEAD = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"


def whole(*parts: bytes, boundary: str = "batchresponse_1") -> bytes:
    """Parts as the body of an answer."""
    marker = boundary.encode()
    return b"".join(b"--" + marker + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + marker + b"--\r\n"


def said(status: str, content: bytes = b"", *headers: str) -> bytes:
    """One answer as a part."""
    lines = "".join(f"{header}\r\n" for header in headers)
    return HEAD + f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + content


def nested(*parts: bytes, boundary: str = "changesetresponse_1") -> bytes:
    """The answers of a change set as a part."""
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + whole(*parts, boundary=boundary)


# -- writing

METHODS = st.sampled_from(["GET", "POST", "PATCH", "DELETE"])
URLS = st.sampled_from(
    ["/api/data/v9.2/accounts(0a)?$select=name", "accounts?tag=koppel", "https://a.example/data/b(c='%27')"]
)
HEADERS = st.dictionaries(
    st.sampled_from(["Accept", "If-Match", "Prefer", "X-Own"]), st.sampled_from(["*", 'W/"7"', "a,b=c; d"]), max_size=3
)
BODIES = st.just(b"") | st.dictionaries(st.text(max_size=8), st.text(max_size=20), min_size=1, max_size=3).map(
    lambda value: repr(value).encode("utf-8", "replace")
)
PARTS = st.builds(Part, METHODS, URLS, HEADERS, BODIES, st.booleans())


@given(parts=st.lists(PARTS.filter(lambda part: not (part.alone and part.method == "GET")), min_size=1, max_size=6))
def test_a_strict_server_reads_what_is_written(parts: list[Part]) -> None:
    """Every part arrives in order with method, address, headers and body; one that stands alone in a change set."""
    body, content_type = write_batch(parts, "1a2b")
    for part, item in zip(parts, server.read(content_type, body), strict=True):
        assert isinstance(item, ChangeSet) is part.alone
        operation = item.operations[0] if isinstance(item, ChangeSet) else item
        assert isinstance(operation, Operation)
        assert (operation.method, operation.url, operation.body) == (part.method, part.url, part.content)
        assert operation.headers == {name.lower(): value for name, value in part.headers.items()}


def test_line_ends() -> None:
    """Outside of bodies there is no bare line feed."""
    body, _ = write_batch([Part("GET", "a"), Part("PATCH", "b", {"If-Match": "*"}, b"{}", alone=True)], "1")
    assert b"\n" not in body.replace(b"\r\n", b"")


def test_content_ids_are_unique() -> None:
    """Each request of a batch has a number of its own."""
    body, _ = write_batch([Part("DELETE", "a", alone=True)] * 5, "1")
    assert [body.count(f"Content-ID: {number}\r\n".encode()) for number in range(1, 6)] == [1] * 5


def test_bodies_with_line_ends() -> None:
    """Line ends inside a body arrive as they are, also at its beginning and end."""
    content = b'\r\n{"a":"1\r\n\r\n2"}\r\n'
    body, content_type = write_batch([Part("POST", "a", {}, content), Part("POST", "b", {}, content, alone=True)], "1")
    for item in server.read(content_type, body):
        operation = item.operations[0] if isinstance(item, ChangeSet) else item
        assert operation.body == content


# -- reading

ANSWERS = st.lists(
    st.tuples(
        st.integers(200, 599),
        st.dictionaries(st.sampled_from(["etag", "location", "x"]), st.sampled_from(["1", 'W/"7"', "a:b"])),
        st.binary(max_size=40) | st.sampled_from([b"{}", b"\r\n", b"\r\n\r\n", b"a\r\n", b"--", b"--batch"]),
        st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@given(answers=ANSWERS)
def test_round_trip(answers: list[tuple[int, dict[str, str], bytes, bool]]) -> None:
    """Answers are read in order, alone or in change sets, with status, headers and body as they were."""
    pieces = []
    for place, (status, headers, content, inside) in enumerate(answers):
        piece = said(f"{status} Whatever", content, *(f"{name.title()}: {value}" for name, value in headers.items()))
        pieces.append(nested(piece, boundary=f"changesetresponse_{place}") if inside else piece)
    found = read_batch(whole(*pieces), MIXED)
    assert found == [PartAnswer(status, headers, content) for status, headers, content, _ in answers]


def test_change_set_with_several_answers() -> None:
    """The answers of a change set stand in its place, in order."""
    inside = nested(said("201 Created", b'{"n":1}', "Content-ID: 1"), said("204 No Content", b"", "Content-ID: 2"))
    found = read_batch(whole(said("200 OK", b"{}"), inside, said("404 Not Found", b"x")), MIXED)
    assert [answer.status for answer in found] == [200, 201, 204, 404]
    assert found[2].headers == {"content-id": "2"}


def test_failed_change_set() -> None:
    """A change set that failed is one error, in its place or nested in it."""
    error = said("412 Precondition Failed", b'{"error":{"code":"0x80060882"}}', "Content-Type: application/json")
    for piece in (error, nested(error)):
        (found,) = read_batch(whole(piece), MIXED)
        assert (found.status, found.content) == (412, b'{"error":{"code":"0x80060882"}}')


def test_answers_without_anything() -> None:
    """An answer may have no headers and no body, however many blank lines follow."""
    for piece in (HEAD + b"HTTP/1.1 204 No Content", HEAD + b"HTTP/1.1 204 No Content\r\n",
                  HEAD + b"HTTP/1.1 204 No Content\r\n\r\n"):  # fmt: skip
        assert read_batch(whole(piece), MIXED) == [PartAnswer(204, {}, b"")]


@pytest.mark.parametrize("phrase", ["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 200 OK, really", "HTTP/1.0 200 OK"])
def test_status_lines(phrase: str) -> None:
    """Only the number counts in a status line."""
    (found,) = read_batch(whole(HEAD + phrase.encode() + b"\r\n\r\n{}"), MIXED)
    assert found.status == 200


@pytest.mark.parametrize(
    "content_type",
    [MIXED, 'multipart/mixed; boundary="batchresponse_1"', "multipart/mixed;boundary=batchresponse_1",
     "multipart/mixed; charset=utf-8; boundary=batchresponse_1", "multipart/mixed; Boundary=batchresponse_1"],
)  # fmt: skip
def test_boundaries(content_type: str) -> None:
    """A boundary may be quoted, stand anywhere and be named in any letter case."""
    assert read_batch(whole(said("200 OK")), content_type) == [PartAnswer(200, {}, b"")]


def test_preamble() -> None:
    """What stands before the first boundary is not part of the answer."""
    assert len(read_batch(b"This is a message\r\n" + whole(said("200 OK")), MIXED)) == 1


def test_no_answers() -> None:
    """A batch answer without parts has no answers."""
    assert read_batch(whole(), MIXED) == []


FULL = whole(said("200 OK", b'{"a":1}'), nested(said("201 Created", b'{"b":2}'), said("204 No Content")))


def test_cut_off() -> None:
    """An answer cut off anywhere is no answer: nobody knows what was carried out after the cut."""
    for length in range(len(FULL) - len("--\r\n")):
        with pytest.raises(Unanswered):
            read_batch(FULL[:length], MIXED)


@pytest.mark.parametrize(
    "content_type", ["", "text/html", "application/json; odata.metadata=minimal", "multipart/mixed"]
)
def test_wrong_content_type(content_type: str) -> None:
    """Without a boundary nothing can be read."""
    with pytest.raises(Unanswered):
        read_batch(FULL, content_type)


@pytest.mark.parametrize(
    "piece",
    [b"", HEAD, HEAD + b"HTTP/1.1", HEAD + b"HTTP/1.1 OK\r\n\r\n", HEAD + b"nonsense\r\n\r\n",
     nested(said("200 OK"))[:-20], b"Content-Type: multipart/mixed\r\n\r\nx"],
    ids=repr,
)  # fmt: skip
def test_damaged_parts(piece: bytes) -> None:
    """A part that is not an answer makes the whole batch unanswered, never one with an answer less."""
    with pytest.raises(Unanswered):
        read_batch(whole(said("200 OK"), piece), MIXED)


def test_boundaries_that_begin_alike() -> None:
    """A nested boundary may begin like the outer one."""
    inside = nested(said("201 Created", b"{}"), boundary="batchresponse_12")
    assert [answer.status for answer in read_batch(whole(inside, said("200 OK")), MIXED)] == [201, 200]


def test_media_types_in_any_letter_case() -> None:
    """A change set is one, however its media type is written."""
    piece = nested(said("201 Created", b"{}")).replace(b"multipart/mixed", b"Multipart/Mixed")
    assert [answer.status for answer in read_batch(whole(piece), MIXED)] == [201]
