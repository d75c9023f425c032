"""Customer groups, as the tests of the F&O client use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.mapping import entity
from shared.systems import Reading
from tests.unit.systems.worlds import FinopsWorld

CUSTOMERS, GROUPS = entity("finops", "CustomersV3"), entity("finops", "CustomerGroups")
AFFIXES, LINES = entity("finops", "NameAffixes"), entity("finops", "PaymentScheduleLines")
CARDS, TERMS = entity("finops", "RetailLoyaltyCards"), entity("finops", "PaymentTerms")
NAMES = ["dataAreaId", "CustomerGroupId", "Description"]
READING = Reading(NAMES, companies=("usmf", "demf"), page=2)
HOSTILE = [
    "O'Neil",
    "#1",
    "100%",
    "a&b",
    "a+b",
    "a=b",
    "a,b",
    "(x)",
    "ä",
    "a b",
    "%27",
    "*",
    "a*b",
    "a;b",
    "@p",
    "$x",
    "a/b",
    "a\\b",
    "a?b",
]

FRONT = {"/": 404, "+": 404, "\\": 404, "&": 400, "%": 400, "<": 400, ">": 400, "*": 400, ":": 400, "?": 400}
"""What stands in a key and does not arrive when it is encoded once, and how the front answers."""


def known(world: FinopsWorld, code: str, company: str = "usmf", **values: Any) -> list[str]:
    """A customer group that is there; its identity."""
    world.twin.load("CustomerGroups", [{"dataAreaId": company, "CustomerGroupId": code, **values}])
    return [company, code]


def version_of(world: FinopsWorld, identity: Sequence[str]) -> str:
    return world.twin.etag("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True))) or ""


def description(world: FinopsWorld, identity: Sequence[str]) -> Any:
    row = world.twin.row("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)))
    return row and row["Description"]


def group(code: str, company: str = "usmf", **more: str) -> dict[str, str]:
    """The body of a new customer group."""
    return {"dataAreaId": f'"{company}"', "CustomerGroupId": f'"{code}"', "Description": '"New"', **more}
