"""The multipart text of a `$batch`: parts of requests read, parts of answers written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from tests.emulator.dataverse.refusal import Refusal, bad_request, unreadable
from tests.emulator.wire import Answer

MOST_OPERATIONS = 1000
_BOUNDARY = re.compile(r'multipart/mixed\s*;\s*(?:.*;\s*)?boundary\s*=\s*("[^"]+"|[^\s;"]+)\s*(?:;.*)?', re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.1")
_CASED = {"etag": "ETag", "odata-entityid": "OData-EntityId", "odata-version": "OData-Version", "req_id": "REQ_ID"}


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
    count = sum(len(item.operations) if isinstance(item, ChangeSet) else 1 for item in items)
    if count > MOST_OPERATIONS:
        raise unreadable(
            "The current batch message contains too many parts. Only batch messages with a maximum number of "
            f"'{MOST_OPERATIONS}' query operations and changesets are allowed."
        )
    return items


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
        raise unreadable(f"The content type '{content_type}' of a batch must be multipart/mixed with a boundary.")
    return match[1].strip('"').encode()


def _parts(body: bytes, boundary: bytes) -> list[tuple[dict[str, str], bytes]]:
    preamble, *chunks = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not chunks or preamble.strip() or not chunks[-1].startswith(b"--"):
        raise _malformed()
    found = []
    for chunk in chunks[:-1]:
        if not chunk.startswith(b"\r\n"):
            raise _malformed()
        found.append(_headers(chunk[2:]))
    if not found:
        raise _malformed()
    return found


def _headers(text: bytes) -> tuple[dict[str, str], bytes]:
    """Header lines up to an empty line, and what follows. Line ends are CRLF and nothing else."""
    head, separator, rest = text.partition(b"\r\n\r\n")
    if not separator:
        if not text.endswith(b"\r\n"):
            raise _malformed()
        head = text[:-2]
    if b"\n" in head.replace(b"\r\n", b""):
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
    if not kind.lower().startswith("multipart/mixed"):
        return _operation(headers, content)
    operations = tuple(_operation(inner, text) for inner, text in _parts(content, _boundary(kind)))
    ids = [operation.content_id for operation in operations]
    if None in ids:
        raise bad_request("The Content-ID header is required for every request of a change set.")
    if len(set(ids)) != len(ids):
        raise unreadable("A Content-ID appears more than once in a change set.")
    for operation in operations:
        if operation.method not in ("POST", "PATCH", "PUT", "DELETE"):
            raise unreadable(f"An invalid HTTP method '{operation.method}' was detected for a request in a change set.")
    return ChangeSet(operations)


def _operation(headers: Mapping[str, str], content: bytes) -> Operation:
    if headers.get("content-type", "").lower() != "application/http":
        raise unreadable("The Content-Type of a part of a batch must be application/http.")
    if headers.get("content-transfer-encoding", "").lower() != "binary":
        raise unreadable("The Content-Transfer-Encoding of a part of a batch must be binary.")
    line, separator, rest = content.partition(b"\r\n")
    match = _REQUEST_LINE.fullmatch(line.decode("latin-1"))
    if match is None or not separator:
        raise _malformed()
    if rest.startswith(b"\r\n") or not rest:
        inner: dict[str, str] = {}
        body = rest[2:]
    else:
        inner, body = _headers(rest)
    return Operation(match[1], match[2], inner, body if body.strip() else b"", headers.get("content-id"))


def _malformed() -> Refusal:
    return unreadable("Stream was not readable.")
