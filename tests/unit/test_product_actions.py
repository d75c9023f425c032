"""What is done for a product beside its lines: pure decisions, by what stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.product_actions import Item, PriceList, Product, activated, first_valid, priced
from shared.mapping import PLAIN

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
COFFEE = Product("p", "W/1", "0", "12.5", "ea", "usd", "USD")
RETAIL = PriceList("r", "Retail")
ITEM = Item("i", "W/7", "r", "ea", "12.5")


def made(product: Product, prices: PriceList | None = RETAIL, *items: Item, kept: str = "") -> dict[str, str]:
    """What the decision writes, by column; nothing where all is right."""
    decision = priced(product, prices, items, kept)
    assert (decision.waits, decision.parks) == ("", "")
    return {each.column: each.new for step in decision.steps for each in step.changes}


@pytest.mark.parametrize(
    ("begins", "ends", "valid"),
    [
        ("", "", True),
        ("2026-03-15T00:00:00Z", "", True),
        ("2026-03-16T00:00:00Z", "", False),
        ("", "2026-03-15T00:00:00Z", True),
        ("", "2026-03-14T00:00:00Z", False),
        ("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z", True),
    ],
)
def test_when_a_list_is_valid(begins: str, ends: str, valid: bool) -> None:
    """From the beginning of its first day to the end of its last one."""
    assert PriceList("r", "Retail", "0", begins, ends).is_valid(NOW) is valid


def test_the_first_list_by_name() -> None:
    """Letter case is none; inactive lists and those of other days do not count; two of one name: always the same."""
    others = [
        PriceList("1", "a", state="1"),
        PriceList("2", "b", ends="2020-01-01T00:00:00Z"),
        PriceList("4", "Retail"),
        PriceList("3", "retail"),
        PriceList("5", "Wholesale"),
    ]
    assert first_valid(others, NOW) == others[3]
    assert first_valid(others[::-1], NOW) == others[3]
    assert first_valid(others[:2], NOW) is None


@pytest.mark.parametrize(
    ("items", "kept", "written"),
    [
        ([], "", {"pricelevelid": "r", "productid": "p", "uomid": "ea", "amount": "12.5"}),
        ([ITEM], "i", {}),
        ([replace(ITEM, amount="12.50")], "i", {}),
        ([replace(ITEM, amount="11")], "i", {"amount": "12.5"}),
        ([replace(ITEM, amount="")], "i", {"amount": "12.5"}),
        ([replace(ITEM, method="2")], "i", {"pricingmethodcode": "1"}),
        ([replace(ITEM, unit="box", amount="90")], "i", {"uomid": "ea", "amount": "12.5"}),
        ([replace(ITEM, unit="box", amount="90")], "", {"pricelevelid": "r", "productid": "p", "uomid": "ea",
                                                        "amount": "12.5"}),
        ([replace(ITEM, unit="box"), replace(ITEM, row="j", amount="1")], "i", {"amount": "12.5"}),
        ([replace(ITEM, prices="w")], "i", {"pricelevelid": "r", "productid": "p", "uomid": "ea", "amount": "12.5"}),
    ],
    ids=["none", "right", "digits", "price", "blank", "method", "our unit", "a person's", "both", "another list"],
)  # fmt: skip
def test_what_makes_an_item_right(items: list[Item], kept: str, written: dict[str, str]) -> None:
    """One item for product and unit on the list; one that we keep goes along to another unit, a person's does not."""
    assert made(COFFEE, RETAIL, *items, kept=kept) == written


def test_a_price_of_nothing_is_a_price() -> None:
    """Finance and operations knows no blank: 0 is what it costs."""
    free = replace(COFFEE, price="")
    assert made(free)["amount"] == "0"
    assert made(free, RETAIL, replace(ITEM, amount="")) == {}


@pytest.mark.parametrize(
    ("product", "prices", "waits", "said"),
    [
        (COFFEE, None, True, "no active price list in USD is valid today"),
        (replace(COFFEE, currency=""), RETAIL, True, "it has no currency yet"),
        (replace(COFFEE, unit=""), RETAIL, True, "it has no unit yet"),
        (replace(COFFEE, state="1"), RETAIL, False, "it is retired in Sales"),
        (replace(COFFEE, structure="2"), RETAIL, False, "it is a product family in Sales"),
    ],
    ids=["list", "currency", "unit", "retired", "family"],
)
def test_why_a_product_is_on_no_list(product: Product, prices: PriceList | None, waits: bool, said: str) -> None:
    """What may come by itself is waited for; the rest is for a person. Nothing is written meanwhile."""
    decision = priced(product, prices, [], "")
    assert (decision.waits if waits else decision.parks).startswith(said)
    assert not decision.steps


@pytest.mark.parametrize(
    ("items", "is_asked"),
    [([ITEM], False), ([replace(ITEM, amount="11")], True), ([replace(ITEM, prices="w")], True)],
    ids=["right", "price", "another list"],
)
def test_a_retired_product_is_left_alone_where_its_price_is_right(items: list[Item], is_asked: bool) -> None:
    """Decided anew, for whatever reason, there is nothing to do for it, and nobody to ask."""
    decision = priced(replace(COFFEE, state="1"), RETAIL, items, "i")
    assert (decision.steps, bool(decision.parks)) == ((), is_asked)
    assert is_asked or decision.row == ITEM.row


@pytest.mark.parametrize(("state", "written"), [("2", {"statecode": "0", "statuscode": "1"}), ("0", {}), ("1", {}),
                                                ("3", {})])  # fmt: skip
def test_only_a_draft_is_set_active(state: str, written: dict[str, str]) -> None:
    """Who revised or retired a product has decided."""
    steps = activated(replace(COFFEE, state=state)).steps
    assert {each.column: each.new for step in steps for each in step.changes} == written


def test_what_was_refused_is_told_from_what_would_be_tried_now() -> None:
    """The same steps are the same attempt, whatever version they are for; other values are another one."""
    first = priced(COFFEE, RETAIL, [replace(ITEM, amount="11")], "i")
    again = priced(COFFEE, RETAIL, [replace(ITEM, amount="11", version="W/8")], "i")
    other = priced(replace(COFFEE, price="13"), RETAIL, [replace(ITEM, amount="11")], "i")
    assert first.attempt("price", PLAIN) == again.attempt("price", PLAIN) != other.attempt("price", PLAIN)
