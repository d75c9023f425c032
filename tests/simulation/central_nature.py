"""The awkwardness of Business Central, and of Dataverse beside it, drawn for a history or for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from shared.mapping import ERP
from tests.simulation.nature import MOODS, Mood, Nature

_SETS: Final = (("customers", "customerCards"), ("vendors", "vendorCards"), ("contactCards",), ("items", "itemCards"))
BARRED: Final = {
    **{name: {"city": frozenset({"A"})} for name in ("customers", "customerCards", "vendors", "vendorCards")},
    "contactCards": {"firstName": frozenset({"Zoë"})},
}
"""Values that people like to enter in Sales, and that Business Central does not take."""


def _some_fail(row: Mapping[str, Any]) -> bool:
    """A third of all rows, by their numbers."""
    return crc32(str(row.get("No.")).encode()) % 3 == 0


_OWN: Final[Mapping[str, Mood]] = {
    "pages repeat and skip in Business Central": Mood(ERP, "page_shift", (["repeat", "skip"], ["skip", "skip"])),
    "Business Central counts requests": Mood(ERP, "request_limit", (20, 60)),
    "too many at once in Business Central": Mood(ERP, "refuse_concurrent", (1, 4)),
    "Business Central is busy": Mood(ERP, "refuse_busy", (1, 4)),
    "locks": Mood(ERP, "locked", ([409], [500, 409])),
    "the replica is behind": Mood(ERP, "replica_lag", (5.0, 60.0)),
    "transactions take long in Business Central": Mood(ERP, "late_commits", ([5.0, 60.0], [400.0])),
    "a permission is missing": Mood(ERP, "missing_permissions", tuple({f"{each[-1]}:modify"} for each in _SETS)),
    "a set cannot be read": Mood(ERP, "broken_sets", tuple({*each} for each in _SETS)),
    "rows of Business Central fail": Mood(
        ERP, "broken_rows", (dict.fromkeys(("customers", "customerCards"), _some_fail),)
    ),
    "nobody is told anything": Mood(ERP, "notifications", (False,)),
    "notifications are of whole lists": Mood(ERP, "most_items", (0, 1)),
    "batches go on behind a failure": Mood(ERP, "continues", (True,)),
}
_SHARED: Final = frozenset({"pages repeat and skip in Dataverse", "delta tokens expire", "reads lag",
                            "transactions take long in Dataverse", "Dataverse counts requests",
                            "too many at once in Dataverse", "the application user is disabled",
                            "a table of Dataverse cannot be read"})  # fmt: skip


@dataclass(slots=True)
class CentralNature(Nature):
    """What the two are like. Traits last as long as the history, moods for a while."""

    @property
    def moods(self) -> Mapping[str, Mood]:
        return {**{name: mood for name, mood in MOODS.items() if name in _SHARED}, **_OWN}

    def character(self) -> None:
        random, dataverse, central = self.random, self.world.dataverse.behaviour, self.world.erp.behaviour
        dataverse.trim_text = random.random() < 0.3
        dataverse.blank_text_is_null = random.random() < 0.7
        dataverse.expired_delta_status = random.choice((400, 410))
        dataverse.bind_null = random.choice(("clear", "ignore", "refuse"))
        dataverse.navigation_null = random.choice(("clear", "clear", "ignore", "refuse"))
        central.given_ids = random.choice(("replace", "refuse"))
        central.retry_after_limit = random.choice((None, None, 20))
        central.batch_counts_parts = random.random() < 0.3
        central.rename_stamps = random.random() < 0.5
        central.missing_token_status = random.choice((400, 409))

    def strict(self) -> None:
        if self.random.random() < 0.5:
            self.world.erp.behaviour.refused_values = BARRED
