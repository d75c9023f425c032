"""What the engine asks of a system: records one at a time; the clients batch behind the scenes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.mapping import Entity, Field, Secured

Body = Mapping[str, str]
"""Property name to JSON text: decimals keep every digit that way."""

Cursor = Mapping[str, Any]
Condition = tuple[Field, str]
"""A field and the canonical value it must have."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A record as read: raw JSON (numbers with decimals as text), and the version that names this state of it."""

    row: Mapping[str, Any]
    version: str


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a pass. cursor: where to go on after this page; None after the last. deleted: ids reported as gone.

    broken: records of the page that cannot be read, with what the system says of each. mark: on the last page of a read
    that tracks changes, the cursor that the next catch-up begins with.
    """

    rows: Sequence[Observation]
    cursor: Cursor | None
    deleted: Sequence[str] = ()
    mark: Cursor | None = None
    broken: Mapping[tuple[str, ...], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pass reads: which columns, which filter may be pushed, which companies, how many rows a page.

    track: ask for a mark on the last page, where the system tracks changes; then nothing can be filtered. Where that
    cannot be read to the end, there is no mark.
    """

    columns: Sequence[str]
    filter: str = ""
    companies: Sequence[str] = field(default=())
    page: int = 1000
    track: bool = False


class System(Protocol):
    """One system. Every method raises the errors of `shared.errors` and nothing else.

    Writes raise Unanswered when nobody can tell whether they were carried out; they are never repeated here.
    """

    name: str

    @property
    def calls(self) -> Mapping[str, int]:
        """How many requests this process has sent, by kind."""

    @property
    def away(self) -> bool:
        """True while the system as a whole does not answer, or asks everybody to wait: nothing is said of a record."""

    @property
    def throttles(self) -> int:
        """How often this process was asked to wait."""

    async def ping(self) -> None:
        """Signs in and asks for something small. Raises Denied or TryLater."""

    async def environment(self) -> str:
        """What tells this environment from a copy of it, or from any other."""

    async def user(self) -> str:
        """Whom the system takes us for, as it names who modified a record; empty if it does not tell that."""

    async def taken_along(self, entity: Entity) -> Sequence[tuple[Entity, Field]]:
        """Tables whose records are deleted with one of this entity, as the system tells, with what points to it."""

    async def has_owners(self, entity: Entity) -> bool:
        """Whether its records belong to somebody, as the system tells."""

    async def mark(self) -> str:
        """The ledger that set-up has named in this system; empty if there is no mark, or the system keeps none."""

    async def leave_mark(self, ledger: str) -> None:
        """Names the ledger, in place of any other. Only for a system that keeps marks."""

    async def secured(self, tables: Collection[str]) -> Secured:
        """Columns of these tables, by logical name, that have column security, and what we may do with them."""

    async def links(self, entity: Entity, identities: Sequence[Sequence[str]]) -> Sequence[str]:
        """The address at which a browser opens each of these records; empty where none is known."""

    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        """The record, or None if the system says there is none."""

    async def completed(
        self, entity: Entity, columns: Sequence[str], rows: Sequence[Observation]
    ) -> Sequence[Observation]:
        """Records, with those of the columns that are read along from elsewhere, and do not stand in them."""

    async def confirm_gone(self, entity: Entity, identity: Sequence[str]) -> None:
        """To be asked before anything is done because a record reads as absent.

        Raises Denied if it may be there, and only be hidden from us.
        """

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        """Every record that meets all conditions, compared as the system compares, which may be `Café` for `Cafe`: see
        `exactly`. Scopes do not apply.
        """

    async def create(self, entity: Entity, body: Body, columns: Sequence[str]) -> Observation | None:
        """Creates a record. The new record if the answer holds it. Raises Exists, Rejected."""

    async def update(
        self, entity: Entity, identity: Sequence[str], body: Body, version: str, columns: Sequence[str]
    ) -> Observation:
        """Writes only the given fields, if the record is still at `version`. Raises Stale, Gone, Rejected."""

    async def delete(self, entity: Entity, identity: Sequence[str], version: str) -> None:
        """Deletes the record, if it is still at `version`. Raises Stale, Gone, Rejected."""

    def pages(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        """All records in scope, page by page, beginning after `cursor`. A page that fails is read record by record."""

    def tells_changes(self, entity: Entity) -> bool:
        """Whether `changes` can be asked without a mark to begin with, and then tells everything."""

    def changes(self, entity: Entity, reading: Reading, cursor: Cursor) -> AsyncIterator[Page]:
        """What changed since `cursor`, a `mark` of an earlier read. Raises CursorLost."""
