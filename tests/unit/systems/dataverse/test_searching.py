"""Searching: as the server compares, many in one request, each with its own records."""

from __future__ import annotations

import json

import pytest

from shared.errors import Denied, Rejected
from shared.systems import Observation
from tests.unit.systems.dataverse.accounts import ACCOUNTS, CONTACTS, NAMES, account, known, number_is
from tests.unit.systems.worlds import DataverseWorld, all_of

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize("value", ["C-1", "c-1", "C-1  "])
async def test_find(world: DataverseWorld, value: str) -> None:
    """A record is found as the server compares: without letter case and trailing blanks."""
    row_id, version = known(world)
    known(world, "C-10")
    (found,) = await world.client.find(ACCOUNTS, number_is(value), NAMES)
    assert (found.row["accountid"], found.version) == (row_id, version)


async def test_find_nothing_and_several(world: DataverseWorld) -> None:
    """A search gives everything that meets it, be it nothing or more than one."""
    ids = {known(world)[0] for _ in range(3)}
    found = await all_of(*(world.client.find(ACCOUNTS, number_is(value), NAMES) for value in ("C-1", "C-2")))
    assert {each.row["accountid"] for each in found[0]} == ids
    assert found[1] == []


HOSTILE = [
    "O'Neil",
    "a/b",
    "a\\b",
    "#1",
    "a?b",
    "100%",
    "a&b=c",
    "a+b",
    "a;b",
    "💶",
    "ä",
    "x' or '1' eq '1",
    "%27",
    "*",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_find_hostile_values(world: DataverseWorld, value: str) -> None:
    """Whatever characters a number holds, its record is found, and no other."""
    row_id, _ = known(world, value)
    known(world, "other")
    (found,) = await world.client.find(ACCOUNTS, number_is(value), NAMES)
    assert found.row["accountid"] == row_id


async def test_searches_share_a_request(world: DataverseWorld) -> None:
    """Searches of the same turn are one request, and each gets its own records."""
    ids = [known(world, f"C-{number}")[0] for number in range(30)]
    found = await all_of(*(world.client.find(ACCOUNTS, number_is(f"c-{number}"), NAMES) for number in range(30)))
    assert [each[0].row["accountid"] for each in found] == ids
    assert len(world.arrived.requests) == 1


async def test_searches_by_several_fields(world: DataverseWorld) -> None:
    """Records are told apart by company and number together."""
    companies = [world.probe.company(code) for code in ("USMF", "DEMF")]
    ids = [world.probe.account("C-1", each) for each in companies]
    company_field = ACCOUNTS.fields["msdyn_company"]
    columns = [*NAMES, "_msdyn_company_value"]
    found = await all_of(
        *(world.client.find(ACCOUNTS, [(company_field, each), *number_is("C-1")], columns) for each in companies)
    )
    assert [[row.row["accountid"] for row in each] for each in found] == [[ids[0]], [ids[1]]]


async def test_search_by_a_column_that_is_not_read(world: DataverseWorld) -> None:
    """A record is found whether or not the columns asked for include those searched by."""
    row_id, _ = known(world)
    found = await world.client.find(ACCOUNTS, number_is("C-1"), ["accountid", "name"])
    assert [each.row["accountid"] for each in found] == [row_id]


async def test_searches_fail_apart(world: DataverseWorld) -> None:
    """A table that may not be searched takes nothing from searches of others in the same turn."""
    row_id, _ = known(world)
    world.twin.behaviour.missing_privileges.add("prvReadcontact")
    by_name = [(CONTACTS.fields["lastname"], "Novak")]
    found = await all_of(
        world.client.find(ACCOUNTS, number_is("C-1"), NAMES),
        world.client.find(CONTACTS, by_name, ["contactid", "lastname"]),
    )
    assert isinstance(found[1], Denied)
    assert [each.row["accountid"] for each in found[0]] == [row_id]


@pytest.mark.parametrize("value", ["\ud83d", "Fabrikam \ude00"])
async def test_half_an_emoji(world: DataverseWorld, value: str) -> None:
    """A text cut in the middle of an emoji finds nothing and is rejected: only its own record is parked."""
    known(world)
    assert await world.client.find(ACCOUNTS, number_is(value), NAMES) == []
    found = await all_of(
        world.client.create(ACCOUNTS, {**account(1), "name": json.dumps(value)}, NAMES),
        world.client.create(ACCOUNTS, account(2), NAMES),
    )
    assert [type(each) for each in found] == [Rejected, Observation]
