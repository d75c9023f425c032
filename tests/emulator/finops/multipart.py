"""The multipart text of a `$batch`: parts of requests read, parts of answers written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from tests.emulator.finops.refusal import Refusal, bad_request
from tests.emulator.wire import Answer

MOST_OPERATIONS = 5000
WRITES = ("POST", "PATCH", "PUT", "DELETE")
_BOUNDARY = re.compile(r'multipart/mixed\s*;\s*(?:.*;\s*)?boundary\s*=\s*("[^"]+"|[^\s;"]+)\s*(?:;.*)?', re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.1")
_CASED = {"etag": "ETag", "odata-version": "OData-Version"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A request inside a batch; its URL as it was written."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    content_id: str | None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    operations: tuple[Operation, ...]


Item = Operation | ChangeSet


def read(content_type: str, body: bytes) -> list[Item]:
    """The parts of a batch in order. A batch that cannot be read is refused before anything is done."""
    items = [_item(headers, content) for headers, content in _parts(body, _boundary(content_type))]
    found = operations(items)
    if len(found) > MOST_OPERATIONS:
        raise bad_request(f"The batch has more than {MOST_OPERATIONS} operations.")
    ids = [each.content_id for each in found if each.content_id is not None]
    if len(set(ids)) < len(ids):
        raise bad_request("A Content-ID stands more than once in the batch.")
    return items


def operations(items: Iterable[Item]) -> list[Operation]:
    """All requests of a batch."""
    found: list[Operation] = []
    for item in items:
        found += item.operations if isinstance(item, ChangeSet) else (item,)
    return found


def write(boundary: str, parts: Iterable[bytes]) -> bytes:
    """Parts between boundaries."""
    marker = boundary.encode()
    return b"".join(b"--" + marker + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + marker + b"--\r\n"


def answer_part(answer: Answer, content_id: str | None = None) -> bytes:
    """An answer as a part."""
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        lines.append(f"Content-ID: {content_id}")
    lines += ["", f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{_CASED.get(name, name.title())}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body


def nested_part(boundary: str, parts: Iterable[bytes]) -> bytes:
    """The parts of a change set as one part."""
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + write(boundary, parts)


def _boundary(content_type: str) -> bytes:
    match = _BOUNDARY.fullmatch(content_type.strip())
    if match is None:
        raise bad_request(f"The content type '{content_type}' of a batch must be multipart/mixed with a boundary.")
    return match[1].strip('"').encode()


def _parts(body: bytes, boundary: bytes) -> list[tuple[dict[str, str], bytes]]:
    preamble, *chunks = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(chunks) < 2 or preamble.strip() or not chunks[-1].startswith(b"--"):
        raise _malformed()
    found = []
    for chunk in chunks[:-1]:
        if not chunk.startswith(b"\r\n"):
            raise _malformed()
        found.append(_headers(chunk[2:]))
    return found


def _headers(text: bytes) -> tuple[dict[str, str], bytes]:
    """Header lines up to an empty line, and what follows. Line ends are CRLF and nothing else."""
    head, separator, rest = text.partition(b"\r\n\r\n")
    if not separator:
        if not text.endswith(b"\r\n"):
            raise _malformed()
        head = text[:-2]
    if head.count(b"\n") != head.count(b"\r\n"):
        raise _malformed()
    found: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n") if head else []:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise _malformed()
        found[name.strip().lower()] = value.strip()
    return found, rest


def _item(headers: Mapping[str, str], content: bytes) -> Item:
    kind = headers.get("content-type", "")
    if kind.lower().startswith("multipart/mixed"):
        return _change_set(_parts(content, _boundary(kind)))
    operation = _operation(headers, content)
    if operation.method in WRITES:
        raise bad_request(f"{operation.method} must be part of a changeset.")
    return operation


def _change_set(parts: Iterable[tuple[Mapping[str, str], bytes]]) -> ChangeSet:
    found = tuple(_operation(headers, content) for headers, content in parts)
    for operation in found:
        if operation.content_id is None:
            raise bad_request("The Content-ID header is required for every request of a changeset.")
        if operation.method not in WRITES:
            raise bad_request(f"{operation.method} must not be part of a changeset.")
    return ChangeSet(found)


def _operation(headers: Mapping[str, str], content: bytes) -> Operation:
    if headers.get("content-type", "").lower() != "application/http":
        raise bad_request("The Content-Type of a part of a batch must be application/http.")
    if headers.get("content-transfer-encoding", "").lower() != "binary":
        raise bad_request("The Content-Transfer-Encoding of a part of a batch must be binary.")
    line, separator, rest = content.partition(b"\r\n")
    match = _REQUEST_LINE.fullmatch(line.decode("latin-1"))
    if match is None or not separator:
        raise _malformed()
    inner: dict[str, str] = {}
    body = rest[2:]
    if rest and not rest.startswith(b"\r\n"):
        inner, body = _headers(rest)
    return Operation(match[1], match[2], inner, body, headers.get("content-id"))


def _malformed() -> Refusal:
    return bad_request("The batch is not valid: parts, boundaries or line ends are missing.")
