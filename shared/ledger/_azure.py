"""The port on Azure Table Storage and Azurite, over azure-data-tables.

The SDK owns retries, but repeats no transaction whose connection broke: that is done here, once. Either way a conflict
may be our own first attempt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from shared.errors import Denied, KoppelError, Rejected, SettingError, Throttled, Unanswered
from shared.ledger._tables import Conflict, Stored, Write

_SYSTEM: Final = frozenset({"PartitionKey", "RowKey", "Timestamp"})
_MOVED: Final = frozenset({404, 409, 412})


class AzureTables:
    """Rows of one table. `client` is made and closed by the caller, inside the running event loop.

    setting: what says where the table is, for messages.
    """

    def __init__(self, client: TableClient, setting: str = "LEDGER_TABLE") -> None:
        self.client = client
        self.setting = setting

    async def ensure(self) -> None:
        """Creates the table if it is not there."""
        try:
            await self.client.create_table()
        except ResourceExistsError:
            return
        except AzureError as problem:
            raise self._translated(problem) from problem

    async def get(self, partition: str, key: str) -> Stored | None:
        try:
            return _stored(await self.client.get_entity(partition, key))
        except ResourceNotFoundError as problem:
            if problem.error_code == "TableNotFound":  # type: ignore[attr-defined] # set by the tables SDK on its errors
                raise self._translated(problem) from problem
            return None
        except AzureError as problem:
            raise self._translated(problem) from problem

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        names = None if columns is None else ["RowKey", *columns]
        query = self.client.query_entities(
            "PartitionKey eq @partition and RowKey ge @start and RowKey lt @end",
            parameters={"partition": partition, "start": start, "end": end},
            select=names,
        )
        try:
            async for page in query.by_page():
                yield [_stored(entity) async for entity in page]
        except AzureError as problem:
            raise self._translated(problem) from problem

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        try:
            answers = await self._submitted([_operation(partition, write) for write in writes])
        except AzureError as problem:
            trouble = self._translated(problem)
            if isinstance(trouble, Throttled):  # turned away at last, but an earlier attempt may have been carried out
                trouble = Unanswered(str(trouble))
            raise trouble from problem
        return [answer.get("etag") or "" for answer in answers]

    async def _submitted(self, operations: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Sent once more if the connection broke before any answer: servers drop an idle one just as it is used again.

        Every write is conditional, so the second attempt meets the first if that was carried out.
        """
        try:
            return await self.client.submit_transaction(operations)
        except ServiceRequestError:
            return await self.client.submit_transaction(operations)

    def _translated(self, problem: AzureError) -> KoppelError:
        return _translated(problem, self.setting)


def _operation(partition: str, write: Write) -> Any:
    entity = {"PartitionKey": partition, "RowKey": write.key, **write.cells}
    if write.kind == "insert":
        return "create", entity
    condition = {
        "match_condition": MatchConditions.Unconditionally if write.etag == "*" else MatchConditions.IfNotModified
    }
    if write.kind == "delete":
        return "delete", entity, {"etag": write.etag, **condition} if write.etag != "*" else {}
    return "update", entity, {"mode": UpdateMode.REPLACE, "etag": write.etag, **condition}


def _stored(entity: Mapping[str, Any]) -> Stored:
    cells = {name: value for name, value in entity.items() if name not in _SYSTEM}
    return Stored(entity["RowKey"], cells, entity.metadata["etag"])  # type: ignore[attr-defined] # a TableEntity


def _translated(problem: AzureError, setting: str) -> KoppelError:
    """The same trouble in words of the port."""
    where = f"Table Storage ({setting})"
    if isinstance(problem, ClientAuthenticationError):
        return Denied(f"{where} refuses the sign-in: {problem.message}")
    status = getattr(problem, "status_code", None)
    if getattr(problem, "error_code", "") == "TableNotFound":
        return SettingError(f"{setting}: the table is not there: {problem.message}")
    if isinstance(problem, TableTransactionError) and status in _MOVED:
        return Conflict(problem.index, problem.message)
    if isinstance(problem, HttpResponseError) and status is not None:
        if status == 403:
            return Denied(f"{where} refuses access: {problem.message}")
        if status in (429, 503):
            return Throttled(f"{where} is busy: {problem.message}")
        if status < 500 and status != 408:
            return Rejected(f"{where} does not take the rows: {problem.message}", code="ledger")
    return Unanswered(f"{where} did not answer: {problem.message}")
