"""One record of Business Central: where it is asked for, what is sent, what becomes of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.errors import Denied, Gone, Rejected, Stale, TryLater, Unanswered
from tests.unit.systems.business_central.service import CUSTOMERS, NAMES, ONE, TWO, Service, row_id
from tests.unit.systems.worlds import all_of


async def test_the_company_stands_in_the_address(service: Service) -> None:
    """And is given to what is read, which does not say it; it is no column that could be asked for."""
    found = await service.client.read(CUSTOMERS, (ONE, row_id(1)), NAMES)
    assert found is not None
    assert (found.row["company"], found.version) == (ONE, 'W/"1"')
    (request,) = service.requests
    assert f"v2.0/companies({ONE})/customers({row_id(1)})" in str(request.url)
    assert request.url.params["$select"] == "id,displayName,lastModifiedDateTime"


async def test_reads_are_in_english_and_of_the_primary(service: Service) -> None:
    """Texts of refusals follow the language, and a replica may lag."""
    await service.client.read(CUSTOMERS, (ONE, row_id(1)), NAMES)
    headers = service.requests[0].headers
    assert (headers["accept-language"], headers["data-access-intent"]) == ("en-US", "ReadWrite")


async def test_who_is_not_there(service: Service) -> None:
    """Is absent; in a company that is not there nobody is."""
    assert await service.client.read(CUSTOMERS, (ONE, row_id(9)), NAMES) is None
    with pytest.raises(Denied, match="BUSINESS_CENTRAL_COMPANIES"):
        await service.client.read(CUSTOMERS, (ONE.replace("1", "9"), row_id(9)), NAMES)


async def test_an_absence_is_believed_of_a_company_that_can_be_seen(service: Service) -> None:
    """Of any other one nothing can be told."""
    await service.client.confirm_gone(CUSTOMERS, (ONE, row_id(9)))
    del service.rows[ONE]
    with pytest.raises(Denied, match="cannot be seen"):
        await service.client.confirm_gone(CUSTOMERS, (ONE, row_id(9)))


async def test_a_new_record_has_the_id_of_the_answer(service: Service) -> None:
    """The company goes into the address, and what is sent holds nothing else than was given."""
    made = await service.client.create(CUSTOMERS, {"company": f'"{TWO}"', "displayName": '"New"'}, NAMES)
    assert made is not None
    assert (made.row["company"], made.row["id"]) == (TWO, row_id(90))
    assert json.loads(service.requests[0].content) == {"displayName": "New"}


async def test_a_write_holds_at_the_version_that_was_seen(service: Service) -> None:
    """The answer is what the record is now."""
    changed = await service.client.update(CUSTOMERS, (ONE, row_id(1)), {"displayName": '"A"'}, 'W/"1"', NAMES)
    assert (changed.row["displayName"], changed.row["company"], changed.version) == ("A", ONE, 'W/"new"')
    with pytest.raises(Stale):
        await service.client.update(CUSTOMERS, (ONE, row_id(1)), {"displayName": '"B"'}, 'W/"1"', NAMES)


async def test_decimals_keep_every_digit(service: Service) -> None:
    """On the way there, alone and in a batch, and on the way back."""
    await all_of(
        service.client.update(CUSTOMERS, (ONE, row_id(1)), {"creditLimit": "0.12345678901234567890"}, 'W/"1"', NAMES),
        service.client.read(CUSTOMERS, (ONE, row_id(2)), NAMES),
    )
    assert b'"creditLimit":0.12345678901234567890' in service.requests[0].content
    service.rows[ONE][row_id(2)]["creditLimit"] = 1.5
    found = await service.client.read(CUSTOMERS, (ONE, row_id(2)), NAMES)
    assert found is not None
    assert found.row["creditLimit"] == "1.5"


# -- batches


async def test_what_is_asked_for_together_travels_together(service: Service) -> None:
    """As JSON, each for itself: one that fails stops nobody, and nothing is undone for it."""
    found = await all_of(*(service.client.read(CUSTOMERS, (ONE, row_id(each)), NAMES) for each in (1, 9, 2)))
    (request,) = service.requests
    assert str(request.url).endswith("/api/v2.0/$batch")
    assert request.headers["prefer"] == "odata.continue-on-error"
    assert "isolation" not in request.headers
    assert [part["url"].partition("?")[0] for part in service.parts] == [
        f"companies({ONE})/customers({row_id(each)})" for each in (1, 9, 2)
    ]
    assert [each and each.row["id"] for each in found] == [row_id(1), None, row_id(2)]


async def test_answers_are_known_by_their_ids(service: Service) -> None:
    """In whatever order they come."""
    service.edit = lambda body: body["responses"].reverse()
    found = await all_of(*(service.client.read(CUSTOMERS, (ONE, row_id(each)), NAMES) for each in (1, 2, 3)))
    assert [each.row["id"] for each in found] == [row_id(each) for each in (1, 2, 3)]


async def test_a_read_without_an_answer_is_asked_for_once_more(service: Service) -> None:
    """A service may stop at a request that fails."""
    service.edit = lambda body: body["responses"].__delitem__(slice(1, None))
    found = await all_of(*(service.client.read(CUSTOMERS, (ONE, row_id(each)), NAMES) for each in (1, 2)))
    assert [each.row["id"] for each in found] == [row_id(1), row_id(2)]


@pytest.mark.parametrize(
    "lose", [lambda answers: answers.pop(), lambda answers: answers[1].update(id="1"), lambda answers: answers.clear()]
)
async def test_a_write_without_an_answer_is_unanswered(service: Service, lose: object) -> None:
    """Nobody knows if it was carried out; it is not sent again here."""
    service.edit = lambda body: lose(body["responses"])  # type: ignore[operator] # one of the three above
    changes = [
        service.client.update(CUSTOMERS, (ONE, row_id(each)), {"displayName": '"A"'}, f'W/"{each}"', NAMES)
        for each in (1, 2)
    ]
    found = await all_of(*changes)
    assert isinstance(found[1], Unanswered)
    assert len(service.requests) == 1


async def test_an_answer_about_another_record_is_no_answer(service: Service) -> None:
    """Whoever sent it."""
    service.edit = lambda body: body["responses"][0].update(body=body["responses"][1]["body"])
    changes = [
        service.client.update(CUSTOMERS, (ONE, row_id(each)), {"displayName": '"A"'}, f'W/"{each}"', NAMES)
        for each in (1, 2)
    ]
    found = await all_of(*changes)
    assert [isinstance(each, Unanswered) for each in found] == [True, False]


async def test_a_version_that_no_header_can_hold(service: Service) -> None:
    """Is refused before anything is sent."""
    with pytest.raises(Rejected, match="version"):
        await service.client.delete(CUSTOMERS, (ONE, row_id(1)), "a\nb")
    assert service.requests == []


async def test_a_conflict_that_is_no_stale_version_is_tried_again_later(service: Service) -> None:
    """A deadlock says nothing about the version that we hold."""

    def deadlocked(body: dict[str, Any]) -> None:
        for each in body["responses"]:
            each |= {"status": 409, "body": {"error": {"code": "Other", "message": "deadlock"}}}

    service.edit = deadlocked
    found = await all_of(*(service.client.delete(CUSTOMERS, (ONE, row_id(each)), 'W/"1"') for each in (1, 2)))
    assert [type(each) for each in found] == [TryLater, TryLater]
    assert not isinstance(found[0], (Stale, Gone))
