"""The multipart text of a `$batch`: parts and the requests in them read, parts of answers written.

What a batch may hold, and in which words it is refused, is each product's own: the twins' `multipart` says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from tests.emulator.wire import Answer

_BOUNDARY = re.compile(r'multipart/mixed\s*;\s*(?:.*;\s*)?boundary\s*=\s*("[^"]+"|[^\s;"]+)\s*(?:;.*)?', re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S(?:.*\S)?) HTTP/1\.1")
"""The address may hold blanks: whether they are taken is each service's own."""
_CASED = {"etag": "ETag", "odata-entityid": "OData-EntityId", "odata-version": "OData-Version", "req_id": "REQ_ID"}

Part = tuple[Mapping[str, str], bytes]


class Undeclared(Exception):
    """A content type or an encoding that a batch must have is not there; the text says which."""


class Malformed(Exception):
    """Parts, boundaries or line ends are missing."""


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


def operations(items: Iterable[Item]) -> list[Operation]:
    """All requests of a batch."""
    found: list[Operation] = []
    for item in items:
        found += item.operations if isinstance(item, ChangeSet) else (item,)
    return found


def parts(content_type: str, body: bytes) -> list[Part]:
    """The parts of a batch or a change set in order: the headers of each, by lower-case name, and its content."""
    preamble, *chunks = (b"\r\n" + body).split(b"\r\n--" + _boundary(content_type))
    if len(chunks) < 2 or preamble.strip() or not chunks[-1].startswith(b"--"):
        raise Malformed
    found = []
    for chunk in chunks[:-1]:
        if not chunk.startswith(b"\r\n"):
            raise Malformed
        found.append(_headers(chunk[2:]))
    return found


def nests(headers: Mapping[str, str]) -> bool:
    """True for the part that holds a change set."""
    return headers.get("content-type", "").lower().startswith("multipart/mixed")


def operation(part: Part) -> Operation:
    """The request in a part."""
    headers, content = part
    if headers.get("content-type", "").lower() != "application/http":
        raise Undeclared("The Content-Type of a part of a batch must be application/http.")
    if headers.get("content-transfer-encoding", "").lower() != "binary":
        raise Undeclared("The Content-Transfer-Encoding of a part of a batch must be binary.")
    line, separator, rest = content.partition(b"\r\n")
    match = _REQUEST_LINE.fullmatch(line.decode("latin-1"))
    if match is None or not separator:
        raise Malformed
    inner: Mapping[str, str] = {}
    body = rest[2:]
    if rest and not rest.startswith(b"\r\n"):
        inner, body = _headers(rest)
    return Operation(match[1], match[2], inner, body, headers.get("content-id"))


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
        raise Undeclared(f"The content type '{content_type}' of a batch must be multipart/mixed with a boundary.")
    return match[1].strip('"').encode()


def _headers(text: bytes) -> Part:
    """Header lines up to an empty line, and what follows. Line ends are CRLF and nothing else."""
    head, separator, rest = text.partition(b"\r\n\r\n")
    if not separator:
        if not text.endswith(b"\r\n"):
            raise Malformed
        head = text[:-2]
    if head.count(b"\n") != head.count(b"\r\n"):
        raise Malformed
    found: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n") if head else []:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Malformed
        found[name.strip().lower()] = value.strip()
    return found, rest
