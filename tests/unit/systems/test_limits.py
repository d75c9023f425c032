"""What a system may answer is bounded: bytes, time, pages that move on, rows of a search, words of a refusal."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import count

import httpx
import pytest
import stamina

from shared.errors import Rejected, Unanswered
from shared.mapping import entity
from shared.setup._reading import rows
from shared.systems import Dataverse, Finops, Patience, Reading, _dataverse_errors, _finops_errors
from shared.systems._answer import MOST_BYTES
from shared.systems._client import MOST_FOUND
from shared.systems._paging import MOST_EMPTY
from tests.unit.systems.dataverse.accounts import number_is
from tests.unit.systems.worlds import Script, all_of, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")
ACCOUNTS = entity("dataverse", "accounts")
GROUPS = entity("finops", "CustomerGroups")
CONTOSO = "https://contoso.example/data"


class Stream(httpx.AsyncByteStream):
    """A body that comes in pieces for ever. sent: how many did."""

    def __init__(self, piece: bytes, pause: float = 0.0, first: bytes = b"") -> None:
        self.piece, self.pause, self.first, self.sent = piece, pause, first, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.first
        while True:
            await asyncio.sleep(self.pause)
            self.sent += 1
            yield self.piece


def packed(stream: zlib._Compress, size: int) -> bytes:
    return stream.compress(b" " * size) + stream.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_that_grows_as_it_is_unpacked(method: str) -> None:
    """What is larger than any page is not read to its end, and not asked for again."""
    squeeze = zlib.compressobj(wbits=31)
    first, piece = packed(squeeze, 1), packed(squeeze, 1_000_000)
    body = Stream(piece, first=first)
    script = Script(*[httpx.Response(200, headers={"content-encoding": "gzip"}, stream=body)] * 9)
    with pytest.raises(Unanswered, match="more than"):
        await connection(script).send(method, "accounts", {}, reads=method == "GET")
    assert body.sent <= MOST_BYTES / 1_000_000 + 2
    assert len(script.requests) == 1


async def test_an_answer_that_is_packed_is_read() -> None:
    """As it was before it was packed, in whatever pieces it comes."""
    whole = zlib.compressobj(wbits=31)
    body = whole.compress(b'{"value": [1]}') + whole.flush()

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(len(body)):
            yield body[at : at + 1]

    script = Script(httpx.Response(200, headers={"content-encoding": "gzip"}, content=pieces()))
    answer = await connection(script).send("GET", "accounts", {}, reads=True)
    assert answer.json() == {"value": [1]}


@pytest.mark.parametrize("reads", [True, False])
async def test_an_answer_that_comes_drop_by_drop(reads: bool) -> None:
    """However busily it goes on: a request has its time, from its first byte to the last of its answer."""
    stamina.set_testing(False)
    body = Stream(b" ", pause=0.002)
    link = connection(Script(httpx.Response(200, stream=body)), patience=Patience(attempts=1, answer=0.05))
    with pytest.raises(Unanswered, match="did not answer"):
        await link.send("GET" if reads else "POST", "accounts", {}, reads=reads)
    assert 1 <= body.sent <= 26


# -- pages


def paged(*rows: object, base: str = CONTOSO) -> Script:
    """A server that gives the same page again and again, each time with another link to the next."""
    numbers = count()

    def page(_request: httpx.Request) -> httpx.Response:
        link = f"{base}/next?$skiptoken={next(numbers)}"
        return httpx.Response(200, json={"value": [*rows], "@odata.nextLink": link})

    return Script(*[page] * (MOST_EMPTY * 2))


ONE = {"accountid": "00000000-0000-0000-0000-000000000001", "dataAreaId": "usmf", "CustomerGroupId": "10"}


async def all_pages(dataverse: Dataverse, _finops: Finops) -> None:
    async for _ in dataverse.pages(ACCOUNTS, Reading(["name"]), None):
        pass


async def all_rows(dataverse: Dataverse, _finops: Finops) -> None:
    async for _ in rows(dataverse, "accounts"):
        pass


WAYS: Mapping[str, Callable[[Dataverse, Finops], Awaitable[object]]] = {
    "pages": all_pages,
    "query": lambda dataverse, _: dataverse.query(ACCOUNTS, "", ["name"]),
    "finops": lambda _, finops: finops.query(GROUPS, "", ["CustomerGroupId"]),
    "setup": all_rows,
}


@pytest.mark.parametrize(("held", "most"), [((ONE,), 2), ((), MOST_EMPTY + 1)])
@pytest.mark.parametrize("how", WAYS)
async def test_pages_that_do_not_move_on(held: tuple[object, ...], most: int, how: str) -> None:
    """The same page behind another link, or one without rows after the other, is no answer."""
    script = paged(*held)
    dataverse, finops = Dataverse(connection(script), boundaries()), Finops(connection(script), boundaries())
    with pytest.raises(Unanswered, match=r"same page again|without a row"):
        await WAYS[how](dataverse, finops)
    assert len(script.requests) == most


async def test_a_server_that_takes_no_notice_of_the_key_a_page_begins_behind() -> None:
    """A page that ends where the one before it ended leads nowhere."""
    same = httpx.Response(200, json={"value": [ONE]})
    client = Finops(connection(Script(*[same] * 9)), boundaries())
    with pytest.raises(Unanswered, match="same page again"):
        [page async for page in client.pages(GROUPS, Reading(["CustomerGroupId"], companies=("usmf",), page=1), None)]


# -- searches and refusals


async def test_a_search_that_finds_half_the_table() -> None:
    """It is refused, and those that were asked for with it are answered."""
    row = {"accountid": "1", "accountnumber": "C-2", "@odata.etag": "1"}

    def found(request: httpx.Request) -> httpx.Response:
        many = "C-1" in str(request.url)
        return httpx.Response(200, json={"value": [row] * (MOST_FOUND + 1 if many else 1)})

    client = Dataverse(connection(Script(*[found] * 9)), boundaries())
    replies = await all_of(*(client.find(ACCOUNTS, number_is(each), ["accountid"]) for each in ("C-1", "C-2", "C-3")))
    assert isinstance(replies[0], Rejected)
    assert "accounts" in str(replies[0])
    assert [len(each) for each in replies[1:]] == [1, 0]


@pytest.mark.parametrize("error_of", [_dataverse_errors.error_of, _finops_errors.error_of])
@pytest.mark.parametrize("status", [400, 403, 404, 412, 429, 500])
def test_a_refusal_of_many_words(error_of: object, status: int) -> None:
    """So much of it is kept as a person reads."""
    said = {"code": "0x8" * 100_000, "message": "It cannot be saved. " * 100_000}
    assert callable(error_of)
    error = error_of(status, json.dumps({"error": said}).encode())
    assert "It cannot be saved" in str(error)
    assert len(str(error)) < 3_000
    assert len(getattr(error, "code", "")) < 200
