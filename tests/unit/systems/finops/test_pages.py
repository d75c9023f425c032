"""Pages: every row of every company once, whatever moves while we read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.errors import CursorLost, Denied
from shared.systems import Page, Reading
from tests.unit.systems.finops.groups import AFFIXES, CARDS, GROUPS, LINES, NAMES, READING, known
from tests.unit.systems.worlds import FinopsWorld

pytestmark = pytest.mark.usefixtures("impatient")


async def pages_of(
    world: FinopsWorld, reading: Reading = READING, cursor: Mapping[str, Any] | None = None
) -> list[Page]:
    return [page async for page in world.client.pages(GROUPS, reading, cursor)]


def codes_of(pages: Sequence[Page]) -> list[tuple[str, str]]:
    return [(row.row["dataAreaId"], row.row["CustomerGroupId"]) for page in pages for row in page.rows]


ROWS = [("usmf", code) for code in ("1", "10", "2", "A", "AA")] + [("demf", code) for code in ("1", "B")]


@pytest.fixture
def filled(world: FinopsWorld) -> FinopsWorld:
    for company, code in ROWS:
        known(world, code, company)
    return world


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
async def test_pages(filled: FinopsWorld, size: int) -> None:
    """A pass reads every row once, company by company in key order; only the last page has no cursor."""
    pages = await pages_of(filled, Reading(NAMES, companies=("usmf", "demf"), page=size))
    assert codes_of(pages) == ROWS
    assert all(len(page.rows) <= size for page in pages)
    assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(row.version for page in pages for row in page.rows)


async def test_pages_of_nothing(world: FinopsWorld) -> None:
    """Empty companies are read to their end."""
    pages = await pages_of(world)
    assert codes_of(pages) == []
    assert pages[-1].cursor is None


async def test_pages_go_on_anywhere(filled: FinopsWorld) -> None:
    """From the cursor behind any page the rest is read, and nothing twice."""
    pages = await pages_of(filled)
    for place, page in enumerate(pages[:-1]):
        assert page.cursor is not None
        assert codes_of(await pages_of(filled, cursor=dict(page.cursor))) == codes_of(pages[place + 1 :])


async def test_rows_that_move_while_we_read(filled: FinopsWorld) -> None:
    """Rows inserted and deleted before the place we are at lose and double nothing of the rest."""
    seen: list[tuple[str, str]] = []
    async for page in filled.client.pages(GROUPS, READING, None):
        seen += codes_of([page])
        if seen[-1] == ("usmf", "10"):
            known(filled, "0")
            filled.twin.delete("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "1"})
            known(filled, "9")
    assert seen == [*ROWS[:3], ("usmf", "9"), *ROWS[3:]]


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_servers_with_smaller_pages(filled: FinopsWorld, most: int) -> None:
    """A server that gives fewer rows than asked for, and a link, loses nothing."""
    filled.twin.behaviour.max_page_size = most
    assert codes_of(await pages_of(filled, Reading(NAMES, companies=("usmf", "demf"), page=3))) == ROWS


@pytest.mark.parametrize("code", ["O'NEIL", "A&B", "100%", "A B", "A+B", "#1", "A*", "Ä"])
async def test_pages_behind_hostile_codes(world: FinopsWorld, code: str) -> None:
    """A page may end at any code: the next one begins behind it."""
    for each in (code, code + "X"):
        known(world, each)
    pages = await pages_of(world, Reading(NAMES, companies=("usmf",), page=1))
    assert codes_of(pages) == [("usmf", code), ("usmf", code + "X")]


async def test_pages_in_scope(filled: FinopsWorld) -> None:
    """A filter is pushed to the server together with company and place."""
    known(filled, "A", Description="O'Neil & Söhne")
    reading = Reading(NAMES, "Description eq 'O''Neil & Söhne'", ("usmf", "demf"), page=1)
    assert codes_of(await pages_of(filled, reading)) == [("usmf", "A")]


async def test_companies_that_change_during_a_pass(filled: FinopsWorld) -> None:
    """A pass goes on in the company it was in, also if the list of companies is another by now."""
    (*_, last) = [page for page in await pages_of(filled) if page.rows and page.rows[0].row["dataAreaId"] == "usmf"]
    assert last.cursor is not None
    rest = await pages_of(filled, Reading(NAMES, companies=("demf",), page=2), dict(last.cursor))
    assert codes_of(rest) == [("demf", "1"), ("demf", "B")]


async def test_pages_of_all_companies(filled: FinopsWorld) -> None:
    """A reading that names no companies means all of them: never an empty pass that looks like an empty table."""
    assert sorted(codes_of(await pages_of(filled, Reading(NAMES, page=2)))) == sorted(ROWS)


async def test_companies_that_join_during_a_pass(filled: FinopsWorld) -> None:
    """A company that joins is read after the one that the pass was in; those that are done are not read again."""
    pages = await pages_of(filled)
    (cursor,) = [page.cursor for page in pages if codes_of([page]) == ROWS[2:4]]
    assert cursor is not None
    rest = await pages_of(filled, Reading(NAMES, companies=("demf", "usmf"), page=2), dict(cursor))
    assert codes_of(rest) == ROWS[4:]
    nothing = await pages_of(filled, Reading(NAMES, companies=("usmf",), page=2), dict(pages[-2].cursor or {}))
    assert codes_of(nothing) == []
    assert nothing[-1].cursor is None


async def test_pages_of_all_companies_go_on_anywhere(world: FinopsWorld) -> None:
    """The same code in many companies, more of them than a page holds, is neither lost nor doubled."""
    for company in ("usmf", "demf"):
        for code in ("1", "2"):
            known(world, code, company)
    reading = Reading(NAMES, page=1)
    pages = await pages_of(world, reading)
    assert codes_of(pages) == [("demf", "1"), ("demf", "2"), ("usmf", "1"), ("usmf", "2")]
    for place, page in enumerate(pages[:-1]):
        assert page.cursor is not None
        assert codes_of(await pages_of(world, reading, dict(page.cursor))) == codes_of(pages[place + 1 :])


async def test_keys_of_several_parts_that_move_while_we_read(world: FinopsWorld) -> None:
    """A key of several parts is compared part by part: rows that come and go behind us lose and double nothing."""
    names = ["dataAreaId", "PaymentScheduleName", "LineNumber"]
    for name in ("A", "B", "C"):
        world.twin.load("PaymentSchedules", [{"dataAreaId": "usmf", "Name": name}])

    def line(name: str, number: int) -> dict[str, Any]:
        return {"dataAreaId": "usmf", "PaymentScheduleName": name, "LineNumber": number}

    world.twin.load("PaymentScheduleLines", [line(name, number) for name in ("A", "B") for number in (1, 2, 3)])
    seen: list[tuple[str, int]] = []
    async for page in world.client.pages(LINES, Reading(names, companies=("usmf",), page=2), None):
        seen += [(row.row["PaymentScheduleName"], int(Decimal(row.row["LineNumber"]))) for row in page.rows]
        if seen[-1] == ("A", 2):
            world.twin.delete("PaymentScheduleLines", line("A", 1))
            world.twin.load("PaymentScheduleLines", [line("A", 0), line("C", 1)])
    assert seen == [("A", 1), ("A", 2), ("A", 3), ("B", 1), ("B", 2), ("B", 3), ("C", 1)]


async def test_pages_of_global_entities(world: FinopsWorld) -> None:
    """An entity without companies is read by its key alone."""
    for number in range(5):
        world.twin.load("RetailLoyaltyCards", [{"CardNumber": f"C{number}"}])
    reading = Reading(["CardNumber"], companies=("usmf",), page=2)
    pages = [page async for page in world.client.pages(CARDS, reading, None)]
    assert [row.row["CardNumber"] for page in pages for row in page.rows] == [f"C{number}" for number in range(5)]


async def test_pages_of_keys_that_cannot_be_compared(world: FinopsWorld) -> None:
    """An entity whose key is an enumeration or has several parts is read over the server's links, in scope."""
    world.twin.behaviour.max_page_size = 2
    rows = [{"Type": "PersonalPrefix", "Affix": f"A{number}"} for number in range(5)]
    world.twin.load("NameAffixes", rows)
    pages = [page async for page in world.client.pages(AFFIXES, Reading(["Type", "Affix"], page=2), None)]
    assert sorted(row.row["Affix"] for page in pages for row in page.rows) == [f"A{number}" for number in range(5)]
    assert pages[-1].cursor is None


async def test_pages_of_several_companies_over_links(world: FinopsWorld) -> None:
    """Entities read over links keep to the companies that were asked for."""
    for company in ("usmf", "demf"):
        world.twin.load("PaymentSchedules", [{"dataAreaId": company, "Name": "Q"}])
        world.twin.load("PaymentScheduleLines", [
            {"dataAreaId": company, "PaymentScheduleName": "Q", "LineNumber": number} for number in (1, 2)
        ])  # fmt: skip
    for companies, count in ((("usmf",), 2), (("usmf", "demf"), 4), ((), 4)):
        reading = Reading(["dataAreaId", "LineNumber"], companies=companies)
        pages = [page async for page in world.client.pages(LINES, reading, None)]
        assert sum(len(page.rows) for page in pages) == count


async def test_pages_outlive_their_token(filled: FinopsWorld) -> None:
    """A token that runs out in the midst of a pass is renewed, and the pass goes on where it was."""
    seen: list[tuple[str, str]] = []
    async for page in filled.client.pages(GROUPS, READING, None):
        seen += codes_of([page])
        filled.probe.now += timedelta(hours=2)
    assert seen == ROWS
    assert filled.tokens.renewals >= 3


@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_pages_without_an_answer(filled: FinopsWorld, kind: str) -> None:
    """A page that got no answer is asked for again."""
    filled.gate.order(kind, skip=1, times=2)
    assert codes_of(await pages_of(filled)) == ROWS


async def test_pages_without_permission(filled: FinopsWorld) -> None:
    """A table we may not read is not empty."""
    filled.twin.behaviour.missing_roles.add("CustomerGroups")
    with pytest.raises(Denied):
        await pages_of(filled)


async def test_changes(world: FinopsWorld) -> None:
    """F&O has no change feed: whoever asks is told to read everything."""
    with pytest.raises(CursorLost):
        [page async for page in world.client.changes(GROUPS, READING, {})]
