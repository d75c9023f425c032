"""Searching: as the server compares, an asterisk for nothing else, in one company."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from tests.unit.systems.finops.groups import GROUPS, HOSTILE, NAMES, TERMS, known
from tests.unit.systems.worlds import FinopsWorld, all_of

pytestmark = pytest.mark.usefixtures("impatient")


def code_is(value: str, company: str = "usmf") -> list[Any]:
    return [(GROUPS.fields["dataAreaId"], company), (GROUPS.fields["CustomerGroupId"], value)]


def described(value: str, company: str = "usmf") -> list[Any]:
    return [(GROUPS.fields["dataAreaId"], company), (GROUPS.fields["Description"], value)]


@pytest.mark.parametrize("value", ["RETAIL", "retail", "Retail  "])
async def test_find_by_key(world: FinopsWorld, value: str) -> None:
    """A record is found by its key without regard to letter case and trailing blanks."""
    known(world, "RETAIL")
    (found,) = await world.client.find(GROUPS, code_is(value.rstrip()), NAMES)
    assert found.row["CustomerGroupId"] == "RETAIL"


@pytest.mark.parametrize(("value", "expected"), [("A*", ["A*"]), ("*", []), ("A*B", []), ("AXB", ["AXB"])])
@pytest.mark.parametrize("by", [code_is, described], ids=["key", "field"])
async def test_wildcards_mean_nothing(world: FinopsWorld, by: Any, value: str, expected: list[str]) -> None:
    """F&O takes an asterisk for anything; a search for a code with one finds that code alone."""
    for code in ("A*", "AXB", "AYB"):
        known(world, code, Description=code)
    found = await world.client.find(GROUPS, by(value), NAMES)
    assert [each.row["CustomerGroupId"] for each in found] == expected


async def test_wildcards_beside_others(world: FinopsWorld) -> None:
    """A code with an asterisk takes nothing from searches that share its request, and gives nothing to them."""
    for code in ("A*", "AXB"):
        known(world, code, Description=code)
    found = await all_of(*(world.client.find(GROUPS, described(value), NAMES) for value in ("A*", "AXB", "none")))
    assert [[each.row["CustomerGroupId"] for each in rows] for rows in found] == [["A*"], ["AXB"], []]
    assert len(world.arrived.requests) == 2
    assert not any(" eq 'A*'" in unquote(line) for line in world.parts)


@pytest.mark.parametrize("value", [each for each in HOSTILE if "*" not in each])
async def test_find_hostile_values(world: FinopsWorld, value: str) -> None:
    """Whatever characters a text holds, its record is found, and no other."""
    known(world, "10", Description=value)
    known(world, "20", Description="other")
    (found,) = await world.client.find(GROUPS, described(value), NAMES)
    assert found.row["CustomerGroupId"] == "10"


async def test_find_in_one_company(world: FinopsWorld) -> None:
    """The same text in two companies is two records; a search names its company."""
    known(world, "10", Description="Same")
    known(world, "20", "demf", Description="Same")
    found = await all_of(*(world.client.find(GROUPS, described("same", each), NAMES) for each in ("usmf", "demf")))
    assert [[each.row["CustomerGroupId"] for each in rows] for rows in found] == [["10"], ["20"]]


async def test_find_by_enumeration_and_number(world: FinopsWorld) -> None:
    """Enumerations and numbers are compared as such, not as texts."""
    known(world, "10", IsSalesTaxIncludedInPrice="Yes")
    known(world, "20", IsSalesTaxIncludedInPrice="No")
    conditions = [(GROUPS.fields["dataAreaId"], "usmf"), (GROUPS.fields["IsSalesTaxIncludedInPrice"], "Yes")]
    (found,) = await world.client.find(GROUPS, conditions, [*NAMES, "IsSalesTaxIncludedInPrice"])
    assert found.row["CustomerGroupId"] == "10"
    world.twin.load(
        "PaymentTerms", [{"dataAreaId": "usmf", "Name": f"N{days}", "NumberOfDays": days} for days in (10, 30)]
    )
    (found,) = await world.client.find(TERMS, [(TERMS.fields["NumberOfDays"], "30")], ["Name", "NumberOfDays"])
    assert found.row["Name"] == "N30"
