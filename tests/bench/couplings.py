"""What a floor keeps in the table about every record that it creates: as many rows as Koppel, and as large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from azure.core import MatchConditions
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from tests.bench.floor import PRINTS, digest, now, submitted
from tests.bench.plumbing import chunks

TRANSACTION: Final = 50
"""Records whose rows share a transaction: two rows each."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A record that is about to be created. identity: of its ERP side, as JSON. etag: once it is stored."""

    flow: str
    row_id: str
    identity: str
    etag: str = ""

    @property
    def key(self) -> str:
        return f"d~{self.row_id}"


async def claimed(table: TableClient, claims: Sequence[Claim]) -> list[Claim]:
    """Stores claims, each with its index."""
    etags: list[str] = []
    for chunk in chunks(claims, TRANSACTION):
        operations: list[Any] = [("create", entity) for each in chunk for entity in _claiming(each)]
        etags += [str(answer["etag"]) for answer in (await submitted(table, operations))[::2]]
    return [Claim(each.flow, each.row_id, each.identity, etag) for each, etag in zip(claims, etags, strict=True)]


async def settled(
    table: TableClient, made: Sequence[tuple[Claim, Sequence[str], Sequence[str]]], lines: int, what: str
) -> None:
    """Claims become couplings that agree on the values of both sides, each with its entry in the journal."""
    for chunk in chunks(made, TRANSACTION):
        operations: list[Any] = []
        for claim, erp, dataverse in chunk:
            condition = {"etag": claim.etag, "match_condition": MatchConditions.IfNotModified}
            operations.append(("update", _coupling(claim, erp, dataverse), {"mode": UpdateMode.REPLACE, **condition}))
            operations.append(("create", _journal(claim, lines, what)))
        await submitted(table, operations)


def _claiming(claim: Claim) -> tuple[dict[str, Any], dict[str, Any]]:
    entity = {"PartitionKey": claim.flow, "RowKey": claim.key, "state": "claimed", "erp": claim.identity,
              "intent": "x" * 520, "op": "0" * 16, "since": now(), "busy": now()}  # fmt: skip
    key = f"e~{claim.identity.encode().hex()}"
    return entity, {"PartitionKey": claim.flow, "RowKey": key, "dv": claim.key, "op": "0" * 16}


def _coupling(claim: Claim, erp: Sequence[str], dataverse: Sequence[str]) -> dict[str, Any]:
    prints = (digest(erp) * (PRINTS // 16))[: PRINTS // 2]
    return {"PartitionKey": claim.flow, "RowKey": claim.key, "state": "coupled", "erp": claim.identity,
            "agreed": prints, "ke": prints[:8], "kd": digest(dataverse), "since": now(), "op": "0" * 16}  # fmt: skip


def _journal(claim: Claim, lines: int, what: str) -> dict[str, Any]:
    return {"PartitionKey": claim.flow, "RowKey": f"j~{claim.row_id}~{uuid4().hex}", "dv": claim.key,
            "what": f"created in {what}", "lines": "x" * lines, "op": "0" * 16}  # fmt: skip
