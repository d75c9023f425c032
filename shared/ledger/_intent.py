"""The intent: the plan of one record, stored before anything is written; also its lock and, for a create, the claim."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from shared.errors import Rejected
from shared.ledger._tables import Cell, Cells
from shared.mapping import Side

_PART: Final = 60_000
_PLAIN: Final = 16_000
_SURROGATE: Final = b"\xed"
_PARTS: Final = 12


class IntendedLine(BaseModel):
    """One line of an intended write.

    definition: hex of the line's hash. old and new: canonical values of the target; new is the full value, because a
    fingerprint cannot be written again, old as much of it as is shown. source: the canonical value it comes from.
    """

    model_config = ConfigDict(frozen=True)

    definition: str
    name: str
    old: str
    new: str
    source: str
    reason: str


class IntendedWrite(BaseModel):
    """What is to happen on one side. version: the one seen; empty for a create. content: stands for what
    a create sends. given: what the map itself gives a record that exists. constants: field to value, in intents of
    creates and of older releases.
    """

    model_config = ConfigDict(frozen=True)

    side: Side
    action: Literal["update", "create", "delete"]
    version: str = ""
    content: str = ""
    lines: tuple[IntendedLine, ...] = ()
    given: tuple[IntendedLine, ...] = ()
    constants: Mapping[str, str] = {}


class IntendedStep(BaseModel):
    """One request of an action. row: the one that it writes, or the id that it gives a new one. version: the one seen;
    empty for a new row. body: as it is sent. lines: what it changes, for the journal.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    table: str
    row: str
    version: str
    body: Mapping[str, str]
    lines: tuple[IntendedLine, ...]


class Intent(BaseModel):
    """operation: the same through all attempts. attempt: new with every attempt and takeover. expires: UTC, ISO.

    agree: lines agreed silently, definition to both fingerprints (hex). conflicts: keys of this operation's conflict
    rows. source: for creates and deletes, the side whose record it comes from, and the version it was seen at.
    action, steps: what an intent of the kind action is about; it writes nothing else.
    """

    model_config = ConfigDict(frozen=True)

    operation: str
    attempt: str
    expires: str
    kind: Literal["update", "create", "delete", "action"]
    source: Side | None = None
    source_version: str = ""
    writes: tuple[IntendedWrite, ...] = ()
    agree: Mapping[str, tuple[str, str]] = {}
    conflicts: tuple[str, ...] = ()
    job: str = ""
    action: str = ""
    steps: tuple[IntendedStep, ...] = ()

    def on(self, side: Side) -> IntendedWrite | None:
        """The write that goes to a side, if any."""
        return next((write for write in self.writes if write.side == side), None)

    def text(self) -> str:
        """The intent as JSON. Half of an emoji, which a server may have cut, is escaped."""
        return json.dumps(self.model_dump(), separators=(",", ":"))


def read_intent(text: str) -> Intent:
    """The inverse of `Intent.text`."""
    return Intent.model_validate(json.loads(text))


def pack_text(name: str, text: str) -> dict[str, Cell]:
    """A text as one cell `name`, or a long one as cells `name0`, `name1`, ...: compressed, as a cell holds 64 KiB.

    A text that may hold half an emoji goes with the long ones: no service takes it as text. Raises Rejected.
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= _PLAIN and _SURROGATE not in data:
        return {name: text}
    data = zlib.compress(data, 1)
    parts = [data[at : at + _PART] for at in range(0, len(data), _PART)]
    if len(parts) > _PARTS:
        raise Rejected(f"{name} is too long to be kept: {len(text)} characters", code="too-long")
    return {f"{name}{index}": part for index, part in enumerate(parts)}


def unpack_text(name: str, cells: Cells) -> str | None:
    """The text that `pack_text` made, or None if there is none."""
    plain = cells.get(name)
    if isinstance(plain, str):
        return plain
    parts: list[bytes] = []
    while isinstance(part := cells.get(f"{name}{len(parts)}"), bytes):
        parts.append(part)
    return zlib.decompress(b"".join(parts)).decode("utf-8", "surrogatepass") if parts else None
