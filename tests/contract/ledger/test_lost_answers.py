"""Answers that get lost between Table Storage and us, with the genuine SDK and its own repeats in between."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport

from shared.errors import KoppelError, LedgerMoved, TryLater, Unanswered
from shared.ledger import AzureTables, Commits, Stored, Write
from tests.contract.ledger.places import client_of, new_table
from tests.contract.ledger.rows import FLOW
from tests.emulator.local import Ports

NOT_SENT, LOST, CUT_OFF = 0, 1, 2


class LossyTransport(AioHttpTransport):  # type: ignore[misc] # the SDK loads it late, so its type is not known
    """Carries transactions to the service and does to their answers what `orders` say, one each.

    NOT_SENT: the connection fails first. LOST: it ends after the service did its work. CUT_OFF: the same, as it looks
    where a kept-alive connection is closed before any answer. Any other number: a gateway puts this status in place of
    the answer, again after the work.
    """

    def __init__(self) -> None:
        super().__init__()
        self.orders: deque[int] = deque()
        self.transactions = 0

    async def send(self, request: Any, **options: Any) -> Any:
        if not request.url.endswith("$batch"):
            return await super().send(request, **options)
        self.transactions += 1
        order = self.orders.popleft() if self.orders else None
        if order == NOT_SENT:
            raise ServiceRequestError("the connection was refused")
        answer = await super().send(request, **options)
        if order == LOST:
            await answer.read()
            raise ServiceResponseError("the connection ended")
        if order == CUT_OFF:
            await answer.read()
            raise ServiceRequestError("the server disconnected")
        if order is not None:
            answer.status_code = order
        return answer


class Ledger:
    """Commits over a table whose connection is lossy."""

    def __init__(self, tables: AzureTables, transport: LossyTransport) -> None:
        numbers = count(1)
        self.tables = tables
        self.transport = transport
        self.commits = Commits(tables, lambda: f"op{next(numbers)}")

    async def rows(self) -> dict[str, Stored]:
        return {row.key: row async for page in self.tables.range(FLOW, " ", "~") for row in page}


@pytest.fixture
async def ledger(azurite_ports: Ports) -> AsyncIterator[Ledger]:
    transport = LossyTransport()
    async with client_of(azurite_ports, new_table(), transport=transport) as client:
        tables = AzureTables(client)
        await tables.ensure()
        yield Ledger(tables, transport)


async def writes_of(ledger: Ledger, kinds: str) -> list[Write]:
    """Writes of these kinds, with the rows they need."""
    (old, gone) = await ledger.tables.commit(FLOW, [Write("insert", "old"), Write("insert", "gone")])
    known = {
        "insert": Write("insert", "new", {"n": 1}),
        "replace": Write("replace", "old", {"n": 1}, old),
        "delete": Write("delete", "gone", etag=gone),
    }
    ledger.transport.transactions = 0
    return [known[kind] for kind in kinds.split()]


KINDS = ["insert", "replace", "delete", "insert replace delete", "delete insert"]


@pytest.mark.parametrize(
    "orders",
    [[LOST], [500], [502], [503], [504], [503, 504, 500], [NOT_SENT], [CUT_OFF], [CUT_OFF, LOST], [NOT_SENT, 503]],
    ids=str,
)
@pytest.mark.parametrize("kinds", KINDS)
async def test_carried_out(ledger: Ledger, kinds: str, orders: list[int]) -> None:
    """What was carried out counts, whether the answer was lost or the SDK's repeat met its own first attempt."""
    writes = await writes_of(ledger, kinds)
    ledger.transport.orders.extend(orders)
    etags = await ledger.commits.commit(FLOW, writes)
    rows = await ledger.rows()
    assert list(etags) == ["" if write.kind == "delete" else rows[write.key].etag for write in writes]


@pytest.mark.parametrize("kinds", KINDS)
async def test_not_carried_out(ledger: Ledger, kinds: str) -> None:
    """If nothing was carried out, nobody can tell yet, and the rows are as they were; a new attempt goes through."""
    writes = await writes_of(ledger, kinds)
    before = await ledger.rows()
    ledger.transport.orders.extend([NOT_SENT, NOT_SENT])
    with pytest.raises(Unanswered):
        await ledger.commits.commit(FLOW, writes)
    assert await ledger.rows() == before
    await ledger.commits.commit(FLOW, writes)


@pytest.mark.parametrize("orders", [[503], [504, 503], [500, 500]], ids=str)
async def test_refused_for_good(ledger: Ledger, orders: list[int]) -> None:
    """A transaction whose row had moved stays refused, however its first answers looked."""
    writes = await writes_of(ledger, "insert replace delete")
    await ledger.tables.commit(FLOW, [Write("replace", "old", {"n": 2}, writes[1].etag)])
    ledger.transport.orders.extend(orders)
    with pytest.raises(LedgerMoved) as moved:
        await ledger.commits.commit(FLOW, writes)
    assert moved.value.key == "old"
    assert set(await ledger.rows()) == {"gone", "old"}


async def test_busy_after_an_attempt_without_an_answer(ledger: Ledger) -> None:
    """The last of several attempts was turned away, but an earlier one may have been carried out: find out."""
    ledger.transport.orders.extend([504, 503, 503, 503])
    (etag,) = await ledger.commits.commit(FLOW, [Write("insert", "new")])
    assert (await ledger.rows())["new"].etag == etag


async def test_timed_out(ledger: Ledger) -> None:
    """A request that timed out at the service may have been carried out: find out."""
    ledger.transport.orders.append(408)
    (etag,) = await ledger.commits.commit(FLOW, [Write("insert", "new")])
    assert (await ledger.rows())["new"].etag == etag


async def test_busy_all_the_time(ledger: Ledger) -> None:
    """A service that stays busy ends in an error that may be tried again later, never in a lost process."""
    ledger.transport.orders.extend([503] * 10)
    with pytest.raises(TryLater):
        await ledger.tables.commit(FLOW, [Write("insert", "new")])
    assert 1 < ledger.transport.transactions < 10


@pytest.mark.parametrize("status", [400, 413])
async def test_refusals_are_in_words_of_ours(ledger: Ledger, status: int) -> None:
    """A transaction that the service does not take at all is an error of ours."""
    ledger.transport.orders.append(status)
    with pytest.raises(KoppelError):
        await ledger.commits.commit(FLOW, [Write("insert", "new")])


class Cutting:
    """Stands before the service, and closes the connection over which the next transaction comes, unread."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.ports.tables)
        answers = asyncio.ensure_future(_relayed(there, writer))
        while data := await reader.read(65536):
            if self.cuts and b"$batch" in data:
                self.cuts -= 1
                break
            back.write(data)
        answers.cancel()
        back.close()
        writer.close()


async def _relayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


async def test_idle_connection_dropped(azurite_ports: Ports) -> None:
    """A server that drops a connection just as a transaction is sent over it costs nobody a thing."""
    cutting = Cutting(azurite_ports)
    async with await asyncio.start_server(cutting.serve, "127.0.0.1", 0) as server:
        ports = Ports(tables=server.sockets[0].getsockname()[1])
        async with client_of(ports, new_table()) as client:
            tables = AzureTables(client)
            await tables.ensure()
            cutting.cuts = 1
            await tables.commit(FLOW, [Write("insert", "new")])
            assert cutting.cuts == 0
            assert await tables.get(FLOW, "new") is not None
