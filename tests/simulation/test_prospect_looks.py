"""What the preflight of prospect to cash looks for in the catalogue of Sales: units and price lists of what is sold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.prospect_to_cash.looks import catalogue_findings
from tests.simulation.wares import FLOW, Wares, with_wares
from tests.unit.maps.prospects import PUBLISHED

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def looked(wares: Wares) -> list[str]:
    return [each.what for each in await catalogue_findings(wares.sales.house, [FLOW])]


def complete(wares: Wares) -> None:
    wares.lists("Retail")
    wares.sells()


def foreign(wares: Wares) -> None:
    complete(wares)
    euro = {"isocurrencycode": "EUR", "currencyname": "Euro", "currencysymbol": "€", "exchangerate": 1}
    wares.world.dataverse.create("transactioncurrencies", {**euro, "currencyprecision": 2})
    wares.sells("P-2", CurrencyCode="EUR")


def over(wares: Wares) -> None:
    wares.lists("Retail", enddate="2020-01-01T00:00:00Z")
    wares.sells()


def unit(wares: Wares) -> None:
    complete(wares)
    wares.world.finops.create("UnitsOfMeasure", {"UnitSymbol": "box"})
    wares.sells("P-2", SalesUnitSymbol="box")


def group(wares: Wares) -> None:
    complete(wares)
    wares.world.dataverse.update("uomschedules", wares.group, {"name": "Pieces"})


NO_LIST = "no active price list of Sales is valid today in {}, in which F&O sells products"


@pytest.mark.parametrize(
    ("begin", "says"),
    [
        (complete, []),
        (foreign, [NO_LIST.format("EUR")]),
        (over, [NO_LIST.format("USD")]),
        (unit, ["products of F&O name units that their unit group lacks in Sales: box"]),
        (group, ["Sales has no unit group Default unit, which the map gives to products"]),
    ],
)
def test_what_products_need_in_sales(begin: Callable[[Wares], None], says: list[str]) -> None:
    """A unit of their group, the group in whatever letter case, and a price list that is valid today."""

    async def story(wares: Wares) -> None:
        begin(wares)
        assert await looked(wares) == says
        assert await catalogue_findings(wares.sales.house, ["prospect_to_cash.accounts"]) == []

    with_wares(story)


def test_the_vendors_own_steps_see_to_prices() -> None:
    """Then price lists are none of ours."""

    async def story(wares: Wares) -> None:
        wares.sells()
        assert await looked(wares) == []

    with_wares(story, prefix=PUBLISHED)
