"""The order in which the flows of the suite run: what a record refers to comes first."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from shared.mapping import Catalogue
from tests.unit.maps.shipped import catalogue

EARLIER: Final = [
    ("payment_days", "payment_day_lines"),
    ("payment_days", "terms_of_payment"),
    ("payment_schedules", "payment_schedule_lines"),
    ("payment_schedules", "terms_of_payment"),
    ("terms_of_payment", "customer_groups"),
    ("customer_groups", "customers_v3_accounts"),
    ("customer_groups", "customers_v3_contacts"),
    ("customer_payment_methods", "customers_v3_accounts"),
    ("customers_v3_accounts", "cds_contacts_v2_customers"),
    ("customers_v3_accounts", "loyalty_cards"),
    ("customers_v3_contacts", "loyalty_cards"),
]
"""Flows whose records are needed by those of another."""

REVISIONS: Final = ["customers_v3_accounts.{}", "customers_v3_contacts.{}", "cds_contacts_v2.{}"]


def ranks(maps: Catalogue) -> dict[str, int]:
    return {name.removeprefix("dual_write."): rank for rank, name in enumerate(maps.order())}


@pytest.mark.parametrize("revision", ["", "r2", "r3"])
@pytest.mark.parametrize(("first", "then"), EARLIER)
def test_what_is_referred_to_comes_first(first: str, then: str, revision: str) -> None:
    """The order follows from the lookups, or is named where no lookup says it; circular columns are deferred."""
    found = ranks(catalogue(*(name.format(revision) for name in REVISIONS if revision)))
    assert found[first] < found[then]


def test_the_order_does_not_depend_on_how_the_flows_are_listed() -> None:
    """However the files are read, what is needed comes first."""
    files = list(catalogue().files.items())
    for seed in range(20):
        Random(seed).shuffle(files)
        found = ranks(Catalogue(dict(files)))
        assert [pair for pair in EARLIER if found[pair[0]] > found[pair[1]]] == []
