"""What every ERP answers alike: what only Dataverse knows of marks, owners, secured columns and cascades."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.errors import Refused
from shared.mapping import Entity, Field, Secured
from shared.systems._client import ODataClient


class ErpClient(ODataClient):
    """A client of an ERP. title: what people call it."""

    title: str

    async def user(self) -> str:
        """No record of ours shows who modified it."""
        return ""

    async def taken_along(self, entity: Entity) -> Sequence[tuple[Entity, Field]]:
        """Metadata does not tell: an ERP refuses to delete what is in use; what goes along is part of the record."""
        return []

    async def mark(self) -> str:
        return ""

    async def leave_mark(self, ledger: str) -> None:
        raise Refused(f"{self.title} keeps no mark")

    async def links(self, entity: Entity, identities: Sequence[Sequence[str]]) -> Sequence[str]:
        """None, unless a client knows the addresses of pages."""
        return [""] * len(identities)

    async def has_owners(self, entity: Entity) -> bool:
        return False

    async def secured(self, tables: Collection[str]) -> Secured:
        """None: an ERP refuses a table as a whole, or shows its fields."""
        return {}
