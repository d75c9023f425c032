"""What is done for the product of an item beside its lines: the default price list, its price there, its active state.

The list is one for all items in the local currency of their company, called as the product calls it, and made where it
is missing (reference: business-central 3.7). Two companies with one currency share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from functions.business_central import PRICE_LIST
from functions.product_actions import (
    RETIRED,
    ActiveState,
    PriceList,
    PriceListItem,
    Product,
    code_of,
    list_of,
    lists_in,
    product_of,
    rows_with,
)
from shared.mapping import FlowMap, fold
from shared.reconcile import Change, Decision, Step
from shared.systems import System

_ENDING: Final = " Default Price List"
_OURS: Final = UUID("7f9e2a35-6d0b-4b52-9c3e-1d2b8f4c6a10")
"""Under this the ids of our lists are made of name and currency, so that two who make one at once make the same."""


def in_currency(name: str, code: str) -> str:
    """What the list is called in a currency, where one of the plain name is in another."""
    return f"{name.removesuffix(_ENDING)} {code}{_ENDING}" if name.endswith(_ENDING) else f"{name} {code}"


async def default_list(dataverse: System, name: str, currency: str) -> tuple[PriceList | None, str]:
    """The default list in a currency, and what it is, or would be, called. One that we have made is known by its id,
    whatever it is called by now; any other by its name.
    """
    if ours := await list_of(dataverse, _id_of(name, currency)):
        return ours, ours.name
    lists = await lists_in(dataverse, currency)
    if found := _called(lists, name):
        return found, name
    if not await rows_with(dataverse, "pricelevels", "name", name, ()):
        return None, name
    other = in_currency(name, await code_of(dataverse, currency))
    return _called(lists, other), other


def _id_of(name: str, currency: str) -> str:
    return str(uuid5(_OURS, f"{fold(name)} {currency}"))


def _called(lists: Sequence[PriceList], name: str) -> PriceList | None:
    return min((each for each in lists if fold(each.name) == fold(name)), key=lambda each: each.row, default=None)


@dataclass(frozen=True, slots=True)
class DefaultPriceList:
    """Sees that there is the default list, and that a product without one has it as its own. title: of the list."""

    title: str
    name: str = "default price list"
    inputs: Sequence[str] = ("transactioncurrencyid",)
    brings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def is_ours(self, found: FlowMap) -> bool:
        return True

    async def decide(self, dataverse: System, row_id: str, kept: str, now: datetime) -> Decision:
        product = await product_of(dataverse, row_id)
        if product is None or not product.currency:
            return Decision(waits="it has no currency yet, so that it has no price list")
        found, title = await default_list(dataverse, self.title, product.currency)
        row = found.row if found else _id_of(self.title, product.currency)
        steps = [] if found else [_made(row, title, product.currency)]
        if not product.prices and product.state != RETIRED:
            changes = (Change("pricelevelid", "", row, title),)
            steps.append(Step(f"{title} is its price list", "products", changes, row_id, product.version))
        return Decision(tuple(steps), row=row)


def _made(row: str, title: str, currency: str) -> Step:
    changes = (Change("name", "", title), Change("transactioncurrencyid", "", currency))
    return Step(f"price list {title} made", "pricelevels", changes, row)


@dataclass(frozen=True, slots=True)
class DefaultPrice(PriceListItem):
    """Keeps the item of the product in the default list right. A retired product has no new price, and gets the one of
    the day when it is active again.
    """

    title: str = PRICE_LIST
    inputs: Sequence[str] = ("price", "transactioncurrencyid", "defaultuomid", "statecode")

    async def decide(self, dataverse: System, row_id: str, kept: str, now: datetime) -> Decision:
        product = await product_of(dataverse, row_id)
        if product is not None and product.state == RETIRED:
            return Decision(row=kept)
        return await PriceListItem.decide(self, dataverse, row_id, kept, now)

    async def chosen(self, dataverse: System, product: Product, now: datetime) -> PriceList | None:
        found, _ = await default_list(dataverse, self.title, product.currency) if product.currency else (None, "")
        return found


def actions_with(title: str) -> tuple[DefaultPriceList, DefaultPrice, ActiveState]:
    """All of them, in the order in which the product does them."""
    return DefaultPriceList(title), DefaultPrice(title=title), ActiveState()
