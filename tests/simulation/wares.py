"""A stage for products of prospect to cash: what finance and operations sells, and the catalogue of Sales."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final

from functions.runtime import actions_of
from shared.engine import Outcome, Wake, explain, report, set_state, start_job, visit, work_on
from shared.ledger import JOURNAL, read_journal
from shared.mapping import DATAVERSE, ERP
from tests.simulation.prospects import USMF, Sales
from tests.simulation.world import World, in_a_world
from tests.unit.maps.prospects import NAME, OURS, PUBLISHED, prospects

FLOW: Final = f"{NAME}.products"


@dataclass(slots=True)
class Wares:
    """Products, and what they need in Sales. sales: the suite at work."""

    sales: Sales
    group: str
    dollars: str

    @property
    def world(self) -> World:
        return self.sales.world

    # -- people

    def sells(self, number: str = "P-1", **values: Any) -> tuple[str, str]:
        """Finance and operations has a product to sell; in the currency of its company where none is named."""
        row = {"dataAreaId": "usmf", "ProductNumber": number, "ProductName": "Coffee", "ProductType": "Item"}
        sold = {"SalesPrice": 12.5, "SalesUnitSymbol": "ea"}
        self.world.finops.create("SellableReleasedProducts", {**row, **sold})
        self.edits(number, **values)
        return "usmf", number

    def edits(self, number: str = "P-1", **values: Any) -> None:
        self.world.finops.update("SellableReleasedProducts", {"dataAreaId": "usmf", "ProductNumber": number}, values)

    def lists(self, name: str, currency: str = "", **values: Any) -> str:
        """A price list; in dollars where no currency is named."""
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency or self.dollars})"}
        return self.world.dataverse.create("pricelevels", {"name": name, **bind, **values})

    def currency(self, code: str) -> str:
        """Another currency, on both sides."""
        self.world.finops.create("Currencies", {"CurrencyCode": code, "Name": code})
        row = {"isocurrencycode": code, "currencyname": code, "currencysymbol": code, "exchangerate": 2}
        return self.world.dataverse.create("transactioncurrencies", {**row, "currencyprecision": 2})

    def unit(self, name: str, *, known: bool = False) -> str:
        """Another unit of the group. known: finance and operations has it already."""
        if not known:
            self.world.finops.create("UnitsOfMeasure", {"UnitSymbol": name})
        binds = {"uomscheduleid@odata.bind": f"/uomschedules({self.group})",
                 "baseuom@odata.bind": f"/uoms({self.base})"}  # fmt: skip
        return self.world.dataverse.create("uoms", {"name": name, "quantity": 12, **binds})

    @property
    def base(self) -> str:
        """The base unit."""
        return next(str(row["uomid"]) for row in self.world.dataverse.rows("uoms") if row["name"] == "ea")

    def item(self, prices: str, unit: str, amount: float, number: str = "P-1") -> str:
        """A price that a person sets."""
        binds = {"pricelevelid@odata.bind": f"/pricelevels({prices})", "uomid@odata.bind": f"/uoms({unit})"}
        product = {"productid@odata.bind": f"/products({self.row(number)['productid']})"}
        return self.world.dataverse.create("productpricelevels", {**binds, **product, "amount": amount})

    def corrects(self, amount: float) -> None:
        """A person corrects the only price there is."""
        (item,) = self.world.dataverse.rows("productpricelevels")
        self.world.dataverse.update("productpricelevels", str(item["productpricelevelid"]), {"amount": amount})

    def begun(self, number: str) -> str:
        """A draft that a person has made."""
        binds = {"defaultuomscheduleid@odata.bind": f"/uomschedules({self.group})",
                 "defaultuomid@odata.bind": f"/uoms({self.base})"}  # fmt: skip
        row = {"productnumber": number, "name": "Coffee", "quantitydecimal": 0, **binds}
        return self.world.dataverse.create("products", row)

    def row(self, number: str = "P-1") -> Mapping[str, Any]:
        (found,) = (row for row in self.world.dataverse.rows("products") if row["productnumber"] == number)
        return found

    def sets(self, state: int, number: str = "P-1") -> None:
        """A person brings a product to another state."""
        self.world.dataverse.update("products", str(self.row(number)["productid"]), {"statecode": state})

    # -- what stands where

    def items(self) -> list[tuple[str, str, float]]:
        """Every item of a price list: the list, the unit, the price."""
        lists = {row["pricelevelid"]: row["name"] for row in self.world.dataverse.rows("pricelevels")}
        units = {row["uomid"]: row["name"] for row in self.world.dataverse.rows("uoms")}
        rows = self.world.dataverse.rows("productpricelevels")
        return sorted((lists[row["_pricelevelid_value"]], units[row["_uomid_value"]], row["amount"]) for row in rows)

    def state(self, number: str = "P-1") -> int:
        return int(self.row(number)["statecode"])

    def said(self) -> list[str]:
        """What is set aside: waiting, then parked."""
        return [*self.sales.troubles("w~", FLOW), *self.sales.troubles("p~", FLOW)]

    def tries(self, table: str) -> int:
        """Requests that wrote, or tried to write, to a table."""
        return sum(what.startswith(("POST", "PATCH")) and table in what for _, _, what, _ in self.world.requests)

    def untold(self) -> list[str]:
        """Writes to items of price lists that no journal row tells of."""
        told = {line["new"] for entry in self.journal() for line in entry["lines"]
                if line["line"] == "productpricelevels.amount"}  # fmt: skip
        known = {Decimal(each) for each in told}
        return [str(amount) for _, _, amount in self.items() if Decimal(amount) not in known]

    def journal(self) -> list[Mapping[str, Any]]:
        return [read_journal(row) for row in self.sales.rows(JOURNAL, FLOW)]

    # -- operators

    async def hears(self, number: str = "P-1") -> Outcome:
        return await self.sales.hears(FLOW, ERP, ("usmf", number))

    async def retries(self, number: str = "P-1") -> Outcome:
        """A person sends the row again."""
        flow, identity = self.sales.house.flow(FLOW), (str(self.row(number)["productid"]),)
        return await visit(flow, Wake(DATAVERSE, identity, await flow.ledger.ask(DATAVERSE, identity)))

    async def dies(self, work: Coroutine[Any, Any, object], at: int, *, unheard: bool, kind: str = "") -> bool:
        """Whoever does the work dies at its request of that place, which is carried out or not; another house goes on.
        False if there were fewer of them. kind: of such requests alone.
        """
        self._another_house()
        weather, seen, struck = self.world.weather, count(), list[str]()

        def strikes(step: str, *_answer: object) -> bool:
            struck.extend([step] if kind in {"", step} and next(seen) == at else [])
            return bool(struck)

        weather.strike, weather.heard = (None, strikes) if unheard else (strikes, None)
        _, task = self.world.instance(work)
        await asyncio.wait({task}, timeout=60)
        weather.strike = weather.heard = None
        self._another_house()
        return bool(struck)

    def _another_house(self) -> None:
        """Another instance of the app: nothing of the former one works for it."""
        self.sales.house = self.world.house()

    def before(self, what: str, number: int, happens: Callable[[], object]) -> None:
        """Something happens right before the request of this kind is sent that is the so manieth."""
        seen = count(1)

        def strikes(step: str) -> bool:
            if step == what and next(seen) == number:
                happens()
            return False

        self.world.weather.strike = strikes

    async def settles(self) -> None:
        """Time passes, and the pump works off what is left."""
        for _ in range(4):
            await asyncio.sleep(3600)
            await self.sales.pump()

    async def planned(self) -> Mapping[str, Any]:
        """The report of a dry run."""
        job: Mapping[str, Any] = await start_job(self.sales.house, "plan", (FLOW,))
        while job["state"] == "running":
            job = await work_on(self.sales.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]
        return await report(self.sales.house, FLOW)

    async def explained(self, number: str = "P-1") -> Mapping[str, Any]:
        return await explain(self.sales.house.flow(FLOW), ERP, ("usmf", number))

    async def silent(self) -> bool:
        """A compare pass writes nothing more."""
        await self.sales.compare(FLOW)
        before = self.sales.writes(), len(self.journal())
        await self.sales.compare(FLOW)
        return before == (self.sales.writes(), len(self.journal()))


def furnish(world: World) -> tuple[str, str]:
    """A unit group and dollars."""
    world.finops.create("UnitsOfMeasure", {"UnitSymbol": "ea"})
    group = world.dataverse.create("uomschedules", {"name": "Default Unit", "baseuomname": "ea"})
    dollar = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1}
    return group, world.dataverse.create("transactioncurrencies", {**dollar, "currencyprecision": 2})


def with_wares(story: Callable[[Wares], Coroutine[Any, Any, None]], prefix: str = OURS, seed: int = 1) -> None:
    """Plays a story with the flow of products running."""

    async def whole(world: World) -> None:
        world.options = replace(world.options, unseen=timedelta())
        world.companies = ()
        world.actions = actions_of
        if prefix == PUBLISHED:
            world.dataverse.install()
        else:
            world.dataverse.add_columns(prefix)
        world.suites = {NAME: USMF}
        house = world.house()
        await set_state(house, FLOW, "running")
        group, dollars = furnish(world)
        await story(Wares(Sales(world, house, prefix, dollars), group, dollars))

    in_a_world(seed, whole, maps=prospects(prefix=prefix))
