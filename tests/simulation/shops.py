"""A stage for what is sold: quotes, orders and invoices in Sales, products, and who keeps the computed columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from functions.columns import follow
from functions.prospect_to_cash.columns import columns
from shared.columns import TAG, Keeper
from shared.engine import set_state
from tests.emulator.dataverse import DataverseTwin
from tests.simulation.prospects import Sales, configured, furnish
from tests.simulation.sales_histories import set_up
from tests.simulation.salespeople import number_rows
from tests.simulation.world import World
from tests.unit.maps.prospects import OURS

LINES: Final = {"quotes": "quotedetails", "salesorders": "salesorderdetails"}
PARENTS: Final = {"quotes": "quoteid", "salesorders": "salesorderid"}
COPIES: Final = {
    "quotes": "quotehasexternalmaintainedproductsonly",
    "salesorders": "orderhasexternalmaintainedproductsonly",
}
ONLY: Final = "hasexternallymaintainedproductsonly"
BUYS, WORKS = "isactivecustomer", "iscompanyanaccount"


@dataclass(slots=True)
class Shop(Sales):
    """Sales, what people do there, and who keeps its columns."""

    group: str = ""
    unit: str = ""

    @property
    def twin(self) -> DataverseTwin:
        return self.world.dataverse

    @property
    def keeper(self) -> Keeper:
        """Who keeps the columns in this house, and has not looked at anything yet."""
        return Keeper(self.house, columns(configured(self.prefix.rstrip("_"))))

    def releases(self, number: str = "P-1", **values: Any) -> tuple[str, str]:
        """Finance and operations has a product to sell; its identity."""
        row = {"dataAreaId": "usmf", "ProductNumber": number, "ProductName": "Coffee", "ProductType": "Item"}
        sold = {"SalesPrice": 12.5, "SalesUnitSymbol": "ea", **values}
        self.world.finops.create("SellableReleasedProducts", {**row, **sold})
        return "usmf", number

    def reprices(self, price: float) -> None:
        key = {"dataAreaId": "usmf", "ProductNumber": "P-1"}
        self.world.finops.update("SellableReleasedProducts", key, {"SalesPrice": price})

    def older(self) -> str:
        """Somebody who is older than the columns, and bought; the contact's id."""
        ada = self.person(firstname="Ada")
        self.document("invoices", ada)
        self.twin.update("contacts", ada, {self.own(name): None for name in ("contactnumber", BUYS, WORKS)})
        return ada

    async def pump(self) -> None:
        """What the timers of an instance do: columns, then hints."""
        await follow(self.keeper, 600)
        await super(Shop, self).pump()

    async def compare(self, *names: str) -> Mapping[str, Any]:
        await self.keeper.follow(lambda: False)
        return await super(Shop, self).compare(*names)

    def document(self, table: str, customer: str = "", kind: str = "contact") -> str:
        """A document for a contact or an account, or for nobody; its id."""
        bind = {f"customerid_{kind}@odata.bind": f"/{kind}s({customer})"} if customer else {}
        return self.twin.create(table, {"name": "Tea", **bind})

    def line(self, table: str, document: str, product: str = "") -> str:
        """A line with a product, or a write-in; its id."""
        what = {"productid@odata.bind": f"/products({product})", "uomid@odata.bind": f"/uoms({self.unit})"}
        written_in = {"isproductoverridden": True, "productdescription": "Something"}
        parent = {f"{PARENTS[table]}@odata.bind": f"/{table}({document})"}
        return self.twin.create(LINES[table], {"quantity": 1, **parent, **(what if product else written_in)})

    def product(self, number: str, *, external: bool | None) -> str:
        """An active product; its id."""
        if not self.group:
            self.group = self.twin.create("uomschedules", {"name": "Default Unit", "baseuomname": "Primary Unit"})
            (self.unit,) = (str(row["uomid"]) for row in self.twin.rows("uoms"))
        made = self.twin.create(
            "products",
            {
                "productnumber": number,
                "name": number,
                "quantitydecimal": 0,
                "defaultuomscheduleid@odata.bind": f"/uomschedules({self.group})",
                "defaultuomid@odata.bind": f"/uoms({self.unit})",
                self.own("ismaintainedexternally"): external,
            },
        )
        self.twin.update("products", made, {"statecode": 0})
        return made

    def person(self, **values: Any) -> str:
        return self.twin.create("contacts", {"lastname": "King", **values})

    def says(self, table: str, row_id: str, name: str) -> object:
        return self.row(table, row_id)[self.own(name)]

    def told(self, table: str, document: str) -> tuple[object, set[object]]:
        """What header and lines say of the products of a document."""
        below = [row for row in self.twin.rows(LINES[table]) if row[f"_{PARENTS[table]}_value"] == document]
        return self.says(table, document, ONLY), {row[self.own(COPIES[table])] for row in below}

    def written(self) -> int:
        return len([each for each in self.twin.history if each.tag == TAG])

    async def learns(self, heard: str, table: str, row_id: str) -> None:
        """The event arrives, or it is lost and the catch-up comes round."""
        await (self.keeper.woken(table, row_id) if heard == "event" else self.follows())

    async def follows(self) -> None:
        assert await self.keeper.follow(lambda: False)

    async def rests(self) -> None:
        """Nothing is left to be written, however often one looks."""
        await self.follows()
        before = self.written()
        await self.follows()
        await self.follows()
        assert self.written() == before


async def furnished_shop(world: World) -> Shop:
    """The suite at work, with units, a price list and automatic numbers; nothing has been looked at yet."""
    world.options = replace(world.options, unseen=timedelta())
    set_up(world)
    number_rows(world)
    shop = Shop(world, world.house(), OURS, furnish(world))
    world.finops.create("UnitsOfMeasure", {"UnitSymbol": "ea"})
    shop.group = shop.twin.create("uomschedules", {"name": "Default Unit", "baseuomname": "ea"})
    (shop.unit,) = (str(row["uomid"]) for row in shop.twin.rows("uoms"))
    dollars = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({shop.currency})"}
    shop.twin.create("pricelevels", {"name": "Retail", **dollars})
    for name in shop.house.catalogue.names:
        await set_state(shop.house, name, "running")
    return shop
