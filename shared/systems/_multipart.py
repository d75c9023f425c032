"""OData `$batch` bodies: multipart/mixed, written and read. CRLF throughout; change sets are nested parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Protocol

from shared.errors import Unanswered
from shared.systems._connection import parse_json

CRLF: Final = b"\r\n"
_AFTER_BOUNDARY: Final = (CRLF, b"--", b" ", b"\t")
"""What may follow a boundary; anything else means that a longer one begins alike."""


@dataclass(frozen=True, slots=True)
class Part:
    """One request inside a batch. alone: a change set of its own, so that it succeeds or fails by itself.

    about: the record it is about; an answer that names another one is not its own.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    alone: bool = False
    about: Subject | None = None


@dataclass(frozen=True)
class PartAnswer:
    """One answer inside a batch answer; header names in lower case. content_id: of the request, where it is told."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    content_id: str = ""

    @cached_property
    def row(self) -> dict[str, Any]:
        """The record that it holds. Raises Unanswered if it is cut off."""
        return parse_json(self.content, f"an answer {self.status}")


class Subject(Protocol):
    """A record that a request is about."""

    def denied_by(self, answer: PartAnswer) -> bool:
        """True if the answer names another record."""


def write_batch(parts: Sequence[Part], boundary: str) -> tuple[bytes, str]:
    """The body of a batch and its content type."""
    pieces: list[bytes] = []
    for number, part in enumerate(parts, 1):
        pieces.append(f"--batch_{boundary}\r\n".encode())
        if part.alone:
            inner = f"changeset_{boundary}_{number}"
            pieces.append(f"Content-Type: multipart/mixed; boundary={inner}\r\n\r\n--{inner}\r\n".encode())
            pieces.append(_request(part, number))
            pieces.append(f"\r\n--{inner}--\r\n".encode())
        else:
            pieces += [_request(part, number), CRLF]
    pieces.append(f"--batch_{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/mixed; boundary=batch_{boundary}"


def _request(part: Part, number: int) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in part.headers.items())
    head = (
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {number}\r\n\r\n{part.method} {part.url} HTTP/1.1\r\n{headers}\r\n"
    )
    return head.encode() + part.content


def read_batch(content: bytes, content_type: str) -> list[PartAnswer]:
    """Every answer of a batch, in order; a change set's answers stand where the set stood.

    Raises Unanswered if the body is cut off or is no batch answer: nobody knows what was carried out.
    """
    boundary = _boundary(content_type)
    answers: list[PartAnswer] = []
    for piece in _pieces(content, boundary):
        headers, _, rest = piece.partition(b"\r\n\r\n")
        inner = _headers(headers)
        if is_multipart(inner.get("content-type", "")):
            answers += read_batch(rest, inner["content-type"])
        else:
            answers.append(_answer(rest, inner.get("content-id", "")))
    return answers


def is_multipart(content_type: str) -> bool:
    """Whether a body of this type is a batch or a change set."""
    return content_type.lower().startswith("multipart/mixed")


def _pieces(content: bytes, boundary: bytes) -> list[bytes]:
    if b"--" + boundary + b"--" not in content:
        raise Unanswered("the answer to a batch is cut off")
    delimiter = CRLF + b"--" + boundary
    pieces: list[list[bytes]] = []
    for piece in (CRLF + content).split(delimiter)[1:]:
        if piece.startswith(_AFTER_BOUNDARY):
            pieces.append([piece])
        elif pieces:
            pieces[-1] += [delimiter, piece]
    whole = [b"".join(each) for each in pieces]
    return [piece.lstrip(b" \t").removeprefix(CRLF) for piece in whole if not piece.startswith(b"--")]


def _answer(piece: bytes, content_id: str) -> PartAnswer:
    head, _, content = piece.partition(b"\r\n\r\n")
    status, _, headers = head.partition(CRLF)
    try:
        return PartAnswer(int(status.split()[1]), _headers(headers), content, content_id)
    except (IndexError, ValueError) as problem:
        raise Unanswered(f"a part of a batch answer has no status line: {status[:40]!r}") from problem


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _boundary(content_type: str) -> bytes:
    for piece in content_type.split(";"):
        name, _, value = piece.strip().partition("=")
        if name.lower() == "boundary":
            return value.strip('"').encode()
    raise Unanswered(f"the answer to a batch is {content_type or 'of no type'}, not multipart/mixed")
