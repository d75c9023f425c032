"""Links of pages: followed as they are, and never to another host."""

from __future__ import annotations

from itertools import count

import httpx
import pytest

from shared.errors import CursorLost, KoppelError, Refused, Unanswered
from tests.unit.systems.dataverse.accounts import ACCOUNTS, BASE, ROW, TRACK, dataverse, new_id

pytestmark = pytest.mark.usefixtures("impatient")


NUMBERS = count(1)


def page_with(**links: str) -> httpx.Response:
    """A page with a row of its own."""
    row = {**ROW, "accountid": new_id(next(NUMBERS))}
    return httpx.Response(200, json={"value": [row], **{f"@odata.{name}": link for name, link in links.items()}})


async def test_a_cursor_of_another_environment_is_lost() -> None:
    """A change cursor that can never be followed again means: read everything again."""
    client, _ = dataverse()
    with pytest.raises(CursorLost):
        [page async for page in client.changes(ACCOUNTS, TRACK, {"delta": FOREIGN[0]})]


FOREIGN = [
    "https://evil.example/api/data/v9.2/accounts?$skiptoken=x",
    "http://contoso.crm4.dynamics.com/api/data/v9.2/accounts",
    "https://contoso.crm4.dynamics.com.evil.example/api/data/v9.2/accounts",
    "https://contoso.crm4.dynamics.com@evil.example/api/data/v9.2/accounts",
    "//evil.example/api/data/v9.2/accounts",
    "https://contoso.crm4.dynamics.com:8443/api/data/v9.2/accounts",
]


@pytest.mark.parametrize("link", FOREIGN)
@pytest.mark.parametrize("name", ["nextLink", "deltaLink"])
async def test_links_to_other_hosts(link: str, name: str) -> None:
    """A link that leads away is refused: our token goes with it."""
    client, script = dataverse(page_with(**{name: link}))
    with pytest.raises(Refused):
        [page async for page in client.pages(ACCOUNTS, TRACK, None)]
    assert len(script.requests) == 1


@pytest.mark.parametrize("link", FOREIGN)
@pytest.mark.parametrize("name", ["next", "delta"])
async def test_cursors_to_other_hosts(link: str, name: str) -> None:
    """A cursor that leads away, such as one of another environment, is not followed."""
    client, script = dataverse(page_with())
    with pytest.raises(KoppelError):
        [page async for page in client.changes(ACCOUNTS, TRACK, {name: link})]
    assert script.requests == []


@pytest.mark.parametrize(
    "link",
    ["https://CONTOSO.crm4.dynamics.com/api/data/v9.2/accounts?$skiptoken=x",
     "https://contoso.crm4.dynamics.com:443/api/data/v9.2/accounts?$skiptoken=x"],
)  # fmt: skip
async def test_links_to_the_same_host_in_other_words(link: str) -> None:
    """Letter case of the host and the default port do not make it another host."""
    client, _ = dataverse(page_with(nextLink=link), page_with())
    assert len([page async for page in client.pages(ACCOUNTS, TRACK, None)]) == 2


async def test_links_are_followed_as_they_are() -> None:
    """A link is requested character by character, with the same preferences."""
    link = f"{BASE}/accounts?$select=name&$skiptoken=%3Ccookie%20pagenumber=%222%22%20istracking=%22False%22%20/%3E"
    client, script = dataverse(page_with(nextLink=link), page_with())
    [page async for page in client.pages(ACCOUNTS, TRACK, None)]
    assert str(script.requests[1].url) == link
    assert script.requests[0].headers["prefer"] == script.requests[1].headers["prefer"]


async def test_links_that_go_in_circles() -> None:
    """A page that links to itself, or back, ends the pass with an error instead of going on for ever."""
    one, two = f"{BASE}/accounts?$skiptoken=1", f"{BASE}/accounts?$skiptoken=2"
    client, script = dataverse(*[page_with(nextLink=one), page_with(nextLink=two)] * 9)
    with pytest.raises(Unanswered, match="same page link"):
        [page async for page in client.pages(ACCOUNTS, TRACK, None)]
    assert len(script.requests) == 3
