"""The rows around a coupling: hints, waiting, parked, conflicts, journal. Each is one small record and its cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from shared.ledger._intent import pack_text, unpack_text
from shared.ledger._keys import CONFLICT, HINT, JOURNAL, PARKED, WAITING
from shared.ledger._tables import Cell, Stored, Write
from shared.mapping import ROOM, Side, fitting, shown, size

_OPEN: Final = "open"
_LAST_MOMENT: Final = 9_999_999_999_999_999


def moment(time: datetime) -> str:
    """A time as the ledger keeps it: UTC, microseconds, sorts as text."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, slots=True)
class Hint:
    """A record that may have changed. identity: as the system spells it. due: not to be looked at before.

    echo: most likely it tells of a write of our own. tries: how often it was looked at without an end since it was
    last repeated. failed, why: how often the visits to its record failed in a row, also if it is repeated, and what
    stands in their way: kind, code, message, since. While that stands, the record is listed with it. asked: a person
    asked for the visit, whatever has come since, and it has not been made yet; no source says so. by: that person.
    """

    end: str
    side: Side
    identity: tuple[str, ...]
    source: str
    at: str
    due: str
    tries: int = 0
    etag: str = ""
    echo: bool = False
    failed: int = 0
    why: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False
    by: str = ""

    @property
    def key(self) -> str:
        return HINT + self.end

    def cells(self) -> dict[str, Cell]:
        cells: dict[str, Cell] = {"side": self.side, "identity": _json(self.identity), "source": self.source}
        cells |= {"at": self.at, "due": self.due, "tries": self.tries}
        cells |= {"failed": self.failed} if self.failed else {}
        cells |= pack_text("why", _json(self.why)) if self.why else {}
        cells |= {"asked": True} if self.asked else {}
        cells |= {"by": self.by} if self.by else {}
        return {**cells, "echo": True} if self.echo else cells

    def aside(self) -> Trouble | None:
        """How the record is listed whose visits fail; None if they do not."""
        if not self.why:
            return None
        item = {"line": "", "code": self.why["code"], "message": self.why["message"], "value": "", "side": self.side}
        kind: Literal["waiting", "parked"] = "parked" if self.why["kind"] == "parked" else "waiting"
        return Trouble(kind, self.end, self.side, self.identity, (item,), self.why["since"], self.due, self.failed)

    def drop(self) -> Write:
        """Removes the hint if nobody has repeated it since it was read."""
        return Write("delete", self.key, etag=self.etag)


def read_hint(row: Stored) -> Hint:
    cells = row.cells
    return Hint(
        end=row.key[len(HINT) :],
        side=_side(cells["side"]),
        identity=tuple(json.loads(str(cells["identity"]))),
        source=str(cells["source"]),
        at=str(cells["at"]),
        due=str(cells["due"]),
        tries=int(cells["tries"]),
        etag=row.etag,
        echo=bool(cells.get("echo")),
        failed=int(cells.get("failed", 0)),
        why=json.loads(unpack_text("why", cells) or "{}"),
        asked=bool(cells.get("asked")),
        by=str(cells.get("by", "")),
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a record, or some of its lines, is set aside: `waiting` for a partner, or `parked` with its problems.

    items: one entry per line (or one with no line for the whole record): line, code, message, value, what is missing.
    """

    kind: Literal["waiting", "parked"]
    end: str
    side: Side
    identity: tuple[str, ...]
    items: tuple[Mapping[str, Any], ...]
    since: str
    due: str = ""
    tries: int = 0
    etag: str = ""

    @property
    def key(self) -> str:
        return (WAITING if self.kind == "waiting" else PARKED) + self.end

    def cells(self) -> dict[str, Cell]:
        return {
            "side": self.side,
            "identity": _json(self.identity),
            "since": self.since,
            "due": self.due,
            "tries": self.tries,
            "cause": self.cause,
            **pack_text("items", _json(self.items)),
        }

    @property
    def cause(self) -> str:
        """What rows are grouped by: the code and field of the first problem."""
        first = self.items[0] if self.items else {}
        return f"{first.get('code', '')}:{first.get('line', '')}"[:200]

    def same_as(self, other: Trouble) -> bool:
        """True if the other says the same about the same record."""
        return (self.kind, self.end, _json(self.items)) == (other.kind, other.end, _json(other.items))


def read_trouble(row: Stored) -> Trouble:
    cells = row.cells
    return Trouble(
        kind="waiting" if row.key.startswith(WAITING) else "parked",
        end=row.key[2:],
        side=_side(cells["side"]),
        identity=tuple(json.loads(str(cells["identity"]))),
        items=tuple(json.loads(unpack_text("items", cells) or "[]")),
        since=str(cells["since"]),
        due=str(cells["due"]),
        tries=int(cells["tries"]),
        etag=row.etag,
    )


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A value that lost, or two values that wait for a person (`open`). loser: the side on which `value` stood.

    shown: both values as a person reads them, references by their codes. cut: the values were too long to
    be kept whole.
    """

    dataverse: str
    definition: str
    operation: str
    line: str
    loser: Side
    value: str
    winner: str
    shown: tuple[str, str]
    open: bool
    unsure: bool
    at: str
    etag: str = ""
    cut: bool = False

    @property
    def key(self) -> str:
        return conflict_key(self.dataverse, self.definition, _OPEN if self.open else self.operation)

    def insert(self) -> Write:
        return Write("insert", self.key, self.cells())

    def cells(self) -> dict[str, Cell]:
        told = {"value": self.value, "winner": self.winner, "shown": [shown(each) for each in self.shown]}
        cut = size(self.value) + size(self.winner) > ROOM
        values = pack_text("values", _json(fitting(told) if cut else told))
        return {"line": self.line, "loser": self.loser, "open": self.open, "unsure": self.unsure, "at": self.at,
                "operation": self.operation, **({"cut": True} if cut or self.cut else {}), **values}  # fmt: skip


def open_conflict_key(row_id: str, definition: bytes) -> str:
    """Row key of what is undecided about a line of a record."""
    return conflict_key(row_id, definition.hex(), _OPEN)


def conflict_key(row_id: str, definition: str, operation: str) -> str:
    return f"{CONFLICT}{row_id}~{definition}~{operation}"


def read_conflict(row: Stored) -> ConflictRow:
    _, row_id, definition, _ = row.key.split("~")
    cells, values = row.cells, json.loads(unpack_text("values", row.cells) or "{}")
    return ConflictRow(
        dataverse=row_id,
        definition=definition,
        operation=str(cells["operation"]),
        line=str(cells["line"]),
        loser=_side(cells["loser"]),
        value=values["value"],
        winner=values["winner"],
        shown=(values["shown"][0], values["shown"][1]),
        open=bool(cells["open"]),
        unsure=bool(cells["unsure"]),
        at=str(cells["at"]),
        etag=row.etag,
        cut=bool(cells.get("cut")),
    )


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One visit that wrote something: what, where, why. lines: name, side, old, new, reason.

    versions: per side that was written, the version that the write was for and the one that it made; empty if unknown.
    by: who has asked for the visit; empty: nobody did, it follows from what happened in the systems.
    """

    dataverse: str
    operation: str
    at: datetime
    what: str
    lines: Sequence[Mapping[str, Any]] = ()
    job: str = ""
    note: str = ""
    versions: Mapping[Side, tuple[str, str]] = field(default_factory=dict)
    by: str = ""

    def insert(self) -> Write:
        inverted = _LAST_MOMENT - int(self.at.timestamp() * 1_000_000)
        key = f"{JOURNAL}{self.dataverse}~{inverted:016d}~{self.operation[:8]}"
        cells: dict[str, Cell] = {"at": moment(self.at), "what": self.what, "job": self.job, "note": shown(self.note),
                                  "operation": self.operation, "by": self.by,
                                  "versions": _json(self.versions) if self.versions else "",
                                  **pack_text("lines", _json(fitting(self.lines)))}  # fmt: skip
        return Write("insert", key, {name: value for name, value in cells.items() if value != ""})


def read_journal(row: Stored) -> dict[str, Any]:
    """A journal row as an operator reads it."""
    cells = row.cells
    return {
        "record": row.key.split("~")[1],
        "at": cells["at"],
        "what": cells["what"],
        "operation": cells["operation"],
        "job": cells.get("job", ""),
        "note": cells.get("note", ""),
        "by": cells.get("by", ""),
        "lines": json.loads(unpack_text("lines", cells) or "[]"),
        "versions": json.loads(str(cells.get("versions", "{}"))),
    }


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=dict)


def _side(cell: Cell) -> Side:
    return "erp" if cell == "erp" else "dataverse"
