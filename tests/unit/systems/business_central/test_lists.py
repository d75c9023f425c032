"""Lists of Business Central: searches, passes over everything, what was modified since."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest

from shared.systems import Cursor, Page, Reading
from tests.unit.systems.business_central.service import CUSTOMERS, NAMES, ONE, TWO, Service, row_id
from tests.unit.systems.worlds import all_of

COMPANY, NAME, ID = (CUSTOMERS.fields[name] for name in ("company", "displayName", "id"))
CODE, STATE = CUSTOMERS.fields["postalCode"], CUSTOMERS.fields["blocked"]
READING = Reading(NAMES, companies=(ONE, TWO), page=2)
TRACKING = Reading(NAMES, companies=(ONE, TWO), page=2, track=True)

pytestmark = pytest.mark.usefixtures("impatient")


def ids(pages: Sequence[Page]) -> list[str]:
    return [row.row["id"] for page in pages for row in page.rows]


async def read(pages: AsyncIterator[Page]) -> list[Page]:
    return [page async for page in pages]


def filters(service: Service) -> list[str]:
    return [unquote(str(request.url.params.get("$filter", ""))) for request in service.requests]


# -- searches


async def test_searches_for_the_same_field_share_a_filter(service: Service) -> None:
    """Each takes the records that are its own."""
    names = ["Customer 1", "Customer 2", "Nobody"]
    found = await all_of(*(service.client.find(CUSTOMERS, [(COMPANY, ONE), (NAME, name)], NAMES) for name in names))
    assert [[row.row["id"] for row in rows] for rows in found] == [[row_id(1)], [row_id(2)], []]
    assert len(service.requests) == 1


async def test_no_two_fields_stand_in_one_or(service: Service) -> None:
    """The service refuses that: what else a search asks for is compared here."""
    pairs = [("Customer 1", "1010"), ("Customer 2", "2020")]
    service.rows[ONE][row_id(1)]["postalCode"] = "1010"
    service.put(2, displayName="Somebody", postalCode="2020")
    found = await all_of(
        *(service.client.find(CUSTOMERS, [(COMPANY, ONE), (NAME, a), (CODE, b)], NAMES) for a, b in pairs)
    )
    assert [[row.row["id"] for row in rows] for rows in found] == [[row_id(1)], []]
    (text,) = filters(service)
    assert " or " in text
    assert "displayName" not in text


async def test_a_text_is_looked_for_in_any_letter_case(service: Service) -> None:
    """The service tells small letters from capital ones, people do not."""
    (found,) = await service.client.find(CUSTOMERS, [(COMPANY, ONE), (NAME, "CUSTOMER 1")], NAMES)
    assert found.row["id"] == row_id(1)
    assert filters(service) == ["tolower(displayName) eq 'customer 1'"]


async def test_ids_codes_and_members_are_looked_for_as_they_are(service: Service) -> None:
    """Ids stand without quotes; a member of an enumeration is a text, and a blank one a blank."""
    asked = [(ID, row_id(1)), (CODE, "O'NEIL"), (STATE, "")]
    for each in asked:
        await service.client.find(CUSTOMERS, [(COMPANY, ONE), each], NAMES)
    assert filters(service) == [f"id eq {row_id(1)}", "postalCode eq 'O''NEIL'", "blocked eq ' '"]


async def test_a_search_without_a_company_asks_all(service: Service) -> None:
    """What is found says where."""
    found = await service.client.find(CUSTOMERS, [(NAME, "Customer 6")], NAMES)
    assert [row.row["company"] for row in found] == [TWO]


# -- everything


async def test_all_records_company_by_company(service: Service) -> None:
    """Each page leads to the next one, the last one to nothing."""
    pages = await read(service.client.pages(CUSTOMERS, READING, None))
    assert ids(pages) == [row_id(each) for each in range(1, 7)]
    assert [page.cursor is None for page in pages] == [False, False, False, True]
    assert [row.row["company"] for page in pages for row in page.rows] == [ONE] * 5 + [TWO]


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_pass_goes_on_where_it_ended(service: Service, after: int) -> None:
    """In the company that it was in, behind the last page."""
    first = (await read(service.client.pages(CUSTOMERS, READING, None)))[: after + 1]
    rest = await read(service.client.pages(CUSTOMERS, READING, first[-1].cursor))
    assert [*ids(first), *ids(rest)] == [row_id(each) for each in range(1, 7)]


async def test_a_place_that_is_no_longer_known_is_the_beginning(service: Service) -> None:
    """Of its company: records may come twice, none is missed."""
    first = (await read(service.client.pages(CUSTOMERS, READING, None)))[0]
    service.generation += 1
    rest = await read(service.client.pages(CUSTOMERS, READING, first.cursor))
    assert ids(rest) == [row_id(each) for each in range(1, 7)]


async def test_a_page_that_fails_is_read_record_by_record(service: Service) -> None:
    """Who cannot be read is named, all others are there."""
    service.broken = {row_id(4)}
    pages = await read(service.client.pages(CUSTOMERS, READING, None))
    assert {*ids(pages)} == {row_id(each) for each in (1, 2, 3, 5, 6)}
    assert [each for page in pages for each in page.broken] == [(ONE, row_id(4))]


# -- what was modified


async def changes(service: Service, cursor: Cursor | None) -> list[Page]:
    assert cursor is not None
    return await read(service.client.changes(CUSTOMERS, READING, cursor))


async def test_changes_begin_before_the_pass_that_marks_them(service: Service) -> None:
    """A record that changes after its page was read is among them, however long the pass goes on."""
    pages = service.client.pages(CUSTOMERS, TRACKING, None)
    rows = [await anext(pages)]
    service.put(1, lastModifiedDateTime="2026-11-30T10:30:00Z")
    service.put(7, lastModifiedDateTime="2026-11-30T11:59:00Z")
    rows += [page async for page in pages]
    assert row_id(1) in ids(await changes(service, rows[-1].mark))


async def test_changes_overlap_backwards(service: Service) -> None:
    """A transaction is stamped when it writes and seen when it ends."""
    await changes(service, {"since": {ONE: "2026-11-30T10:12:00Z", TWO: "2026-11-30T10:16:00Z"}})
    stamps = [text.rpartition(" ")[2].removesuffix("Z") for text in filters(service) if text]
    assert [datetime.fromisoformat(each).minute for each in stamps[:1]] == [12 - timedelta(minutes=10).seconds // 60]


async def test_the_next_look_begins_at_the_newest_that_was_seen(service: Service) -> None:
    """By the server's clock, company by company; ours says nothing."""
    pages = await changes(service, {"since": {ONE: "2026-11-30T10:01:00Z"}})
    assert pages[-1].mark == {"since": {ONE: "2026-11-30T10:05:00Z", TWO: "2026-11-30T10:06:00Z"}}
    again = await changes(service, pages[-1].mark)
    assert again[-1].mark == pages[-1].mark


async def test_a_company_that_the_cursor_does_not_know_is_read_as_a_whole(service: Service) -> None:
    """It was added later."""
    assert row_id(6) in ids(await changes(service, {"since": {ONE: "2026-11-30T10:05:00Z"}}))


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_look_that_was_cut_off_goes_on(service: Service, after: int) -> None:
    """Its stamps move when it is over, and then to the newest of the whole look."""
    since: Cursor = {"since": {ONE: "2026-11-30T10:01:00Z"}}
    whole = await changes(service, since)
    first = whole[: after + 1]
    rest = await changes(service, first[-1].cursor)
    assert [*ids(first), *ids(rest)] == ids(whole)
    assert rest[-1].mark == whole[-1].mark
