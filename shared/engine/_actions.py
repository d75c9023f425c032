"""What a flow's module says that is to be done for a record beside its lines (design: actions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.mapping import FlowMap
from shared.reconcile import Decision
from shared.systems import System


class RecordAction(Protocol):
    """An action upon the Dataverse row of a coupling, carried out once its lines are written.

    name: as people read it. inputs: mapped columns for whose new values it is carried out again; without any it is
    carried out once. brings: columns with the value that it finds in a new row and the one that it sets, where that
    brings the row into the scope: until then a row that is outside for nothing else counts as inside.
    """

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> Sequence[str]: ...

    @property
    def brings(self) -> Mapping[str, tuple[str, str]]: ...

    def is_ours(self, found: FlowMap) -> bool:
        """False where something else does the same in this installation."""

    async def decide(self, dataverse: System, row_id: str, kept: str, now: datetime) -> Decision:
        """What is to be done, by all that stands now. kept: the row that an earlier decision named."""
