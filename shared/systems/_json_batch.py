"""OData `$batch` bodies as JSON, written and read: answers are known by the ids of their requests (reference:
business-central-api 7).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from shared.errors import Unanswered
from shared.systems._connection import parse_json
from shared.systems._multipart import Part, PartAnswer

_ENCODED: Final = json.encoder.encode_basestring_ascii


@dataclass(frozen=True)
class JsonAnswer(PartAnswer):
    """One answer; its body was read along with the whole."""

    body: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def row(self) -> dict[str, Any]:
        """The record that it holds."""
        return dict(self.body)


def write_json_batch(parts: Sequence[Part]) -> bytes:
    """The body of a batch. Bodies of requests are JSON texts already, in which decimals keep every digit."""
    return b'{"requests":[' + b",".join(_request(part, number) for number, part in enumerate(parts, 1)) + b"]}"


def _request(part: Part, number: int) -> bytes:
    head = f'{{"id":"{number}","method":"{part.method}","url":{_ENCODED(part.url)},"headers":'
    body = b',"body":' + part.content if part.content else b""
    return head.encode() + json.dumps(dict(part.headers)).encode() + body + b"}"


def read_json_batch(content: bytes, parts: Sequence[Part]) -> list[PartAnswer | Exception]:
    """The answer to each request, or Unanswered where there is none, or one that is about another record.

    A service may stop at a request that fails: those behind it have no answer. Raises Unanswered if nothing can be
    read.
    """
    found = parse_json(content, "the answer to a batch").get("responses")
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Unanswered("the answer to a batch holds no list of answers")
    ids = Counter(str(each.get("id")) for each in found)
    known = {str(each.get("id")): each for each in found if ids[str(each.get("id"))] == 1}
    return [_answer(part, known.get(str(number))) for number, part in enumerate(parts, 1)]


def _answer(part: Part, told: Mapping[str, Any] | None) -> PartAnswer | Exception:
    whose = f"{part.method} {part.url[:200]}"
    if told is None or not isinstance(told.get("status"), int):
        return Unanswered(f"a batch has no answer to {whose}")
    headers, body = told.get("headers") or {}, told.get("body")
    content = b"" if body is None else json.dumps(body).encode()
    row = body if isinstance(body, dict) else {}
    answer = JsonAnswer(told["status"], {str(name).lower(): str(headers[name]) for name in headers}, content, body=row)
    if part.about is not None and part.about.denied_by(answer):
        return Unanswered(f"the answer to {whose} is about another record")
    return answer
