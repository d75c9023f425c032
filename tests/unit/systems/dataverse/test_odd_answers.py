"""Answers that nobody expects: trouble in words of ours, never a refusal or an absence."""

from __future__ import annotations

import pytest

from shared.errors import Failed, KoppelError, NotTheService, Rejected, TryLater, Unanswered
from tests.unit.systems.dataverse.accounts import ABSENT, ACCOUNTS, NAMES, account, dataverse, number_is
from tests.unit.systems.worlds import answer, attempt

pytestmark = pytest.mark.usefixtures("impatient")


ODD = [b"[]", b"null", b'"text"', b"7", b"{}", b'{"value":null}', b'{"value":7}', b'{"value":[null]}', b'{"value":[7]}']


@pytest.mark.parametrize("content", [b"", b'{"value":[{"na', b"\xff"], ids=repr)
async def test_success_that_is_no_json(content: bytes) -> None:
    """A success whose body cannot be read tells nothing."""
    client, _ = dataverse(*[answer(200, content=content)] * 9)
    for work in (client.read(ACCOUNTS, [ABSENT], NAMES), client.update(ACCOUNTS, [ABSENT], {}, "W/", NAMES),
                 client.find(ACCOUNTS, number_is("1"), NAMES)):  # fmt: skip
        assert type(await attempt(work)) is Failed


@pytest.mark.parametrize("content", ODD, ids=repr)
async def test_pages_of_another_shape(content: bytes) -> None:
    """JSON that is no page of rows is trouble in words of ours."""
    client, _ = dataverse(*[answer(200, content=content)] * 9)
    with pytest.raises(KoppelError):
        await client.find(ACCOUNTS, number_is("1"), NAMES)


@pytest.mark.parametrize("content", ODD[:4], ids=repr)
async def test_records_of_another_shape(content: bytes) -> None:
    """JSON that is no record is trouble in words of ours."""
    client, _ = dataverse(*[answer(200, content=content)] * 9)
    with pytest.raises(KoppelError):
        await client.read(ACCOUNTS, [ABSENT], NAMES)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_success_without_the_row(status: int) -> None:
    """A write that succeeded is never a refusal, even if the answer does not hold the row."""
    client, _ = dataverse(*[answer(status)] * 9)
    found = [
        await attempt(client.update(ACCOUNTS, [ABSENT], {"name": '"x"'}, "W/", NAMES)),
        await attempt(client.create(ACCOUNTS, account(1), NAMES)),
        await attempt(client.delete(ACCOUNTS, [ABSENT], "W/")),
    ]
    assert not any(isinstance(each, Rejected) for each in found)


async def test_page_of_html() -> None:
    """A gateway's page in place of an answer is tried again, and reported in the end."""
    html = answer(502, {"content-type": "text/html"}, b"<html>Bad Gateway</html>")
    client, script = dataverse(*[html] * 9)
    with pytest.raises(TryLater):
        await client.find(ACCOUNTS, number_is("1"), NAMES)
    assert len(script.requests) == 4


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 405])
async def test_nothing_is_read_out_of_html(status: int) -> None:
    """A page of a gateway is not Dataverse saying that a record is gone, that a value is wrong, or a right missing."""
    client, _ = dataverse(*[answer(status, {"content-type": "text/html"}, b"<html>Not Found</html>")] * 9)
    for work in (client.read(ACCOUNTS, [ABSENT], NAMES), client.update(ACCOUNTS, [ABSENT], {}, "W/", NAMES)):
        assert type(await attempt(work)) is NotTheService


async def test_a_404_without_a_word_says_nothing() -> None:
    """Dataverse always says what is not there; something in front of it need not."""
    client, _ = dataverse(*[answer(404)] * 9)
    for work in (client.read(ACCOUNTS, [ABSENT], NAMES), client.update(ACCOUNTS, [ABSENT], {}, "W/", NAMES)):
        assert isinstance(await attempt(work), Unanswered)
