"""The coupling row: two identities that belong together, and what they agreed on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from shared.ledger._answered import Answered, pack_answered, unpack_answered
from shared.ledger._earlier import Former, pack_earlier, remembered, unpack_earlier
from shared.ledger._intent import Intent, pack_text, read_intent, unpack_text
from shared.ledger._keys import NUMBERLESS, dataverse_end, erp_end
from shared.ledger._late import Late, late_text, read_late
from shared.ledger._rows import moment
from shared.ledger._tables import Cell, Cells, Stored, Write
from shared.mapping import DATAVERSE, ERP, SIDES, Agreed, Pair, Parked, Side, bases_from, packed, roots_from

State = Literal["claimed", "coupled", "dormant", "uncoupled", "deleted", "lapsed"]
TO_BE_DRAWN_IN: Final = "it has yet to be brought into the scope"
COMES_BACK: Final = "it comes back from the flow that it was handed over to"
BEGINS_ANEW: Final = frozenset({"deleted", "lapsed"})
"""Tombstones of records that may come back: gone on both sides, or on one while the other was out of the scope."""
TOMBSTONES: Final = BEGINS_ANEW | {"uncoupled"}
PAIRED: Final = frozenset({"coupled", "dormant"})
"""Of two records that belong together, whether or not they are in the scope."""

_DIGESTS: Final[tuple[tuple[Side, str], ...]] = ((ERP, "ke"), (DATAVERSE, "kd"))
SUMMARY: Final = ("erp", "state", "ke", "kd", "busy", "late", "since", "key")
"""Cells that a pass needs to see that nothing changed, and how long a tombstone has stood."""
PAIR: Final = ("erp", "state", "reason", "since", "late")
"""Cells that say which two records belong together, or do not any more, without what they agreed on."""


@dataclass(frozen=True, slots=True)
class Coupling:
    """One coupling.

    dataverse: primary id, minted by the claim if the row does not exist yet. erp: identity; None while the ERP has not
    numbered the record. digests: of all values of a side as agreed, empty if unknown. troubles: which rows explain an
    open difference (`w` waiting, `p` parked). reason: why it is dormant, or how it ended, or that it has not come into
    the scope yet. moved: when we last wrote to either side; empty since the two were coupled. earlier: what lines were
    agreed at before, lately. late: creates that may still land, or have landed unseen. echo: when we last wrote to
    the ERP, until an event of the ERP about it has been dealt with. acted: by action, what stands for the values that
    it was last carried out for, and the row of another table that it keeps right. answered: by line, where it was last
    written, and when that was turned back. job: the job whose work brought the two together; empty for an event or
    a person. put_off: a hint of one of its ends is put off, for visits to it failed. etag: empty if never stored.
    """

    dataverse: str
    erp: tuple[str, ...] | None
    state: State
    agreed: Agreed = field(default_factory=Agreed)
    digests: Mapping[Side, bytes] = field(default_factory=dict)
    intent: Intent | None = None
    troubles: str = ""
    reason: str = ""
    since: str = ""
    moved: str = ""
    earlier: tuple[Former, ...] = ()
    late: tuple[Late, ...] = ()
    echo: str = ""
    acted: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    answered: Mapping[bytes, Answered] = field(default_factory=dict)
    job: str = ""
    put_off: bool = False
    etag: str = ""

    @property
    def key(self) -> str:
        return dataverse_end(self.dataverse)

    @property
    def index_key(self) -> str | None:
        """Row key of the index by ERP identity; None while there is no ERP identity."""
        return erp_end(self.erp) if self.erp else None

    def identity(self, side: Side) -> tuple[str, ...]:
        """What the record is called on one side, which must have it by now."""
        if side == DATAVERSE:
            return (self.dataverse,)
        assert self.erp is not None
        return self.erp

    @property
    def sides(self) -> Sequence[Side]:
        """The sides on which it names a record."""
        return SIDES if self.erp else (DATAVERSE,)

    @property
    def source_end(self) -> str | None:
        """End of the record that a claim was made for; None where none is being created."""
        source = self.intent.source if self.intent else None
        return self.key if source == DATAVERSE else self.index_key if source == ERP else None

    @property
    def ended(self) -> bool:
        """True for a tombstone: the two do not belong together any more."""
        return self.state in TOMBSTONES

    @property
    def is_pair(self) -> bool:
        """True while two records belong together: it is no claim any more, and no tombstone yet."""
        return self.state in PAIRED

    def cells(self) -> dict[str, Cell]:
        result: dict[str, Cell] = {"state": self.state, "agreed": packed(self.agreed.bases), "since": self.since}
        optional: dict[str, Cell] = {
            "erp": json.dumps(self.erp) if self.erp else "",
            **{name: self.digests.get(side, b"") for side, name in _DIGESTS},
            "marks": _marks(self.agreed),
            "first": packed(self.agreed.first),
            "roots": self.agreed.packed_roots(),
            "troubles": self.troubles,
            "reason": self.reason,
            "late": late_text(self.late),
            "busy": self.intent.expires if self.intent else "",
            "moved": self.moved,
            "echo": self.echo,
            "acted": json.dumps(self.acted, sort_keys=True) if self.acted else "",
            "earlier": pack_earlier(self.earlier),
            "answered": pack_answered(self.answered),
            "job": self.job,
            "off": self.put_off,
        }
        result.update({name: value for name, value in optional.items() if value})
        if self.intent:
            result.update(pack_text("intent", self.intent.text()))
        return result

    @property
    def numberless(self) -> bool:
        """True for a claim whose record the ERP is to number: it has a row of its own, by which it is found."""
        return self.state == "claimed" and self.erp is None

    def may_land(self, now: str) -> str:
        """Until when a create may still land for it; empty if none can."""
        return max((each.until for each in self.late if each.until > now), default="")

    def seen_gone(self, sides: Collection[Side]) -> Coupling:
        """The same, with the proof that there was no record on these sides: one that is there again is looked at."""
        late = tuple(replace(each, gone=each.gone or each.side in sides) for each in self.late)
        return replace(self, late=late, digests={}) if late != self.late else self

    def looked_at(self, sides: Collection[Side], began: str) -> Coupling:
        """The same, without what had ended before these sides were read: it would have been seen."""
        late = tuple(each for each in self.late if each.side not in sides or each.until > began)
        return self.remembering(late) if late != self.late else self

    def remembering(self, late: tuple[Late, ...]) -> Coupling:
        """The same, with no more than these creates to expect. The row of one that is forgotten may be another than the
        one for which actions were carried out, which took along what they had made: so they are decided anew.
        """
        landed = any(each.side == DATAVERSE for each in self.late if each not in late)
        acted = {name: ("", kept) for name, (_, kept) in self.acted.items()} if landed else self.acted
        return replace(self, late=late, digests={}, acted=acted)

    def stone(self, state: State, reason: str, since: str, second: Agreed) -> Coupling:
        """Its tombstone: who the two were, and nothing of what they agreed on but their second identity.

        As long as a create may still land, what it is told by stays.
        """
        if self.late:
            return replace(
                self,
                state=state,
                intent=None,
                troubles="",
                reason=reason,
                digests={},
                since=since,
                answered={},
                echo="",
            )
        return Coupling(
            self.dataverse, self.erp, state, second, reason=reason, since=since, moved=self.moved, etag=self.etag
        )

    def insert(self) -> list[Write]:
        """Writes that store a new coupling: inserting both rows makes each end unique."""
        writes = [Write("insert", self.key, self.cells())]
        if self.numberless:
            return [*writes, Write("insert", NUMBERLESS + self.key, {})]
        return writes + ([self.insert_index()] if self.erp else [])

    def removal(self) -> list[Write]:
        """Writes that forget this coupling, from the version it was read at."""
        writes = [Write("delete", self.key, etag=self.etag), *self.numbered()]
        return writes + ([Write("delete", self.index_key, etag="*")] if self.index_key else [])

    def numbered(self) -> list[Write]:
        """Writes that go with the one that gives a numberless claim its identity, or its end."""
        return [Write("delete", NUMBERLESS + self.key, etag="*")] if self.numberless else []

    def insert_index(self) -> Write:
        assert self.index_key is not None
        return Write("insert", self.index_key, {"dv": self.dataverse})

    def take_index(self, etag: str) -> Write:
        """The write that lets the index of another coupling point to this one. etag: of the index as it stands."""
        assert self.index_key is not None
        return Write("replace", self.index_key, {"dv": self.dataverse}, etag)

    def replace(self) -> Write:
        """The write that stores this coupling over the version it was read at."""
        return Write("replace", self.key, self.cells(), self.etag)

    def moved_on(self, left: Mapping[bytes, Pair], now: datetime, window: timedelta) -> Coupling:
        """The same after a write of ours; its lines have left these pairs of fingerprints behind."""
        return replace(self, moved=moment(now), earlier=remembered(self.earlier, left, now, window))

    def with_etag(self, etag: str) -> Coupling:
        return replace(self, etag=etag)


def read_coupling(row: Stored) -> Coupling:
    """A coupling from its row."""
    cells = row.cells
    marks, parked = _read_marks(cells)
    text = unpack_text("intent", cells)
    bases = bases_from(_bytes(cells, "agreed"))
    digests: dict[Side, bytes] = {}
    for side, name in _DIGESTS:
        if isinstance(value := cells.get(name), bytes):
            digests[side] = value
    return Coupling(
        dataverse=row.key[2:],
        erp=read_identity(cells),
        state=cells["state"],  # type: ignore[arg-type] # written by `cells` above
        agreed=Agreed(
            bases, marks, parked, roots_from(_bytes(cells, "roots"), bases, marks), bases_from(_bytes(cells, "first"))
        ),
        digests=digests,
        intent=read_intent(text) if text else None,
        troubles=str(cells.get("troubles", "")),
        reason=str(cells.get("reason", "")),
        since=str(cells.get("since", "")),
        moved=str(cells.get("moved", "")),
        echo=str(cells.get("echo", "")),
        earlier=unpack_earlier(_bytes(cells, "earlier")),
        late=read_late(cells.get("late")),
        acted={name: (values, kept) for name, (values, kept) in json.loads(str(cells.get("acted", "{}"))).items()},
        answered=unpack_answered(_bytes(cells, "answered")),
        job=str(cells.get("job", "")),
        put_off=bool(cells.get("off")),
        etag=row.etag,
    )


def _bytes(cells: Cells, name: str) -> bytes:
    found = cells.get(name, b"")
    assert isinstance(found, bytes)
    return found


def read_identity(cells: Cells) -> tuple[str, ...] | None:
    """The ERP identity in a coupling's cells."""
    text = cells.get("erp")
    return tuple(json.loads(text)) if isinstance(text, str) and text else None


def _marks(agreed: Agreed) -> str:
    marks = {key.hex(): mark for key, mark in agreed.marks.items()}
    parked = {key.hex(): [pair.erp.hex(), pair.dataverse.hex()] for key, pair in agreed.parked.items()}
    return json.dumps({"marks": marks, "parked": parked}, sort_keys=True) if marks or parked else ""


def _read_marks(cells: Cells) -> tuple[dict[bytes, Any], dict[bytes, Parked]]:
    text = cells.get("marks")
    found: dict[str, Any] = json.loads(text) if isinstance(text, str) and text else {"marks": {}, "parked": {}}
    marks = {bytes.fromhex(key): mark for key, mark in found["marks"].items()}
    parked = {bytes.fromhex(key): Parked(*map(bytes.fromhex, pair)) for key, pair in found["parked"].items()}
    return marks, parked
