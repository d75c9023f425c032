"""Answers to requests that travelled together, as a faulty gateway may give them: one missing, two swapped, one twice.

Every part is one that the service gave; only whose it is cannot be told by its place any more.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Final

from tests.emulator.wire import Answer

KINDS: Final = ("part lost", "parts swapped", "part repeated")
_BOUNDARY = re.compile(r'boundary="?([^";]+)')


def mixed_up(answer: Answer, kind: str, place: int) -> Answer:
    """The answer to a batch, in MIME or JSON, or ids of rows created in bulk, with the part at `place`, counted round,
    amiss.
    """
    boundary = _BOUNDARY.search(answer.headers.get("content-type", ""))
    if boundary is not None:
        mark = b"\r\n--" + boundary[1].encode()
        before, *pieces, end = (b"\r\n" + answer.body).split(mark)
        body = mark.join([before, *_amiss(pieces, kind, place), end])
        return replace(answer, body=body.removeprefix(b"\r\n"))
    found = json.loads(answer.body) if answer.status == 200 else {}
    parts = next((name for name in ("Ids", "responses") if name in found), "")
    if not parts:
        return answer
    return replace(answer, body=json.dumps({**found, parts: _amiss(found[parts], kind, place)}).encode())


def _amiss(pieces: list[Any], kind: str, place: int) -> list[Any]:
    result, at = list(pieces), place % len(pieces)
    if kind == "part lost":
        del result[at]
    elif kind == "parts swapped":
        result[at], result[at - 1] = result[at - 1], result[at]
    else:
        result[at] = result[at - 1]
    return result
