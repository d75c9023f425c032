"""Which flow answers for what a lookup points to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.ledger import FlowLedger
from shared.mapping import Entity, Field, Line, fold


def called_by(named: Entity) -> Field | None:
    """By what people call records whose id the ERP gives."""
    return named.find("code") or named.find("number")


@dataclass(frozen=True, slots=True)
class Target:
    """The flow that keeps a lookup's target equal.

    table: in Dataverse. code: place of the code in the ERP identity; company: place of the company, or None for a
    global entity. shared: by which fields records of all companies mean one row, where rows hold no company.
    """

    ledger: FlowLedger
    entity: Entity
    table: Entity
    size: int
    code: int
    company: int | None
    shared: tuple[Field, ...] = ()

    def identity(self, company: str, code: str) -> tuple[str, ...]:
        parts = [""] * self.size
        parts[self.code] = code
        if self.company is not None:
            parts[self.company] = company
        return tuple(parts)

    def coded(self, field: Field) -> Field | None:
        """What a code in this field is compared with in the target's records; None if they are coupled by the code.

        They are coupled by an id that the ERP gives: what people call them then stands beside it (reference:
        business-central-api 4).
        """
        if self.entity.fields[self.entity.key[-1]].type != "guid" or field.type == "guid":
            return None
        return called_by(self.entity)

    def is_of(self, company: str, identity: tuple[str, ...]) -> bool:
        """True if a record is one that records of this company may point to."""
        return self.company is None or not company or fold(identity[self.company]) == fold(company)


class Targets(Protocol):
    """Which flow, if any, keeps the rows of a table that are addressed by a key column equal.

    witnesses: all flows that map the column, with its line. keeps: whether a flow has begun to keep its rows equal.
    rehearsed: this is a dry run, which couples records of flows that are not run.
    """

    def target(self, table: str, key: str) -> Target | None: ...

    def by_flow(self, name: str) -> Target | None: ...

    def witnesses(self, table: str, key: str) -> Sequence[tuple[FlowLedger, Line]]: ...

    async def keeps(self, flow: str) -> bool: ...

    @property
    def rehearsed(self) -> bool: ...
