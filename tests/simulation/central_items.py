"""A stage for items of Business Central and products of Sales."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.engine import Outcome, Wake, explain, start_job, visit, work_on
from shared.engine import report as report_of
from shared.ledger import JOURNAL, read_journal
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from tests.simulation.central import DE, Central, on_stage

ITEMS: Final = "business_central.items"
UNITS: Final = "business_central.units_of_measure"
LIST: Final = "Business Central Default Price List"
ACTIVE, RETIRED, DRAFT, REVISED = 0, 1, 2, 3


@dataclass(slots=True)
class Shelf:
    """Items and products, with pieces and kilograms coupled as units."""

    central: Central

    # -- people

    def item(self, number: str = "I100", **values: Any) -> tuple[str, str]:
        """An item that somebody enters; its identity."""
        row = {"number": number, "displayName": "Chair", "baseUnitOfMeasureCode": "PCS", "unitPrice": 120, **values}
        return self.central.company, str(self.central.erp.create(DE, "items", row)["id"])

    def edits(self, item: tuple[str, str], **values: Any) -> None:
        self.central.erp.update(DE, "items", item[1], values)

    def product(self, number: str = "I100", group: str = "NAV PCS", state: int = ACTIVE, **values: Any) -> str:
        """A product that somebody enters in Sales; its id."""
        table = self.central.dataverse.rows
        (found,) = (str(each["uomscheduleid"]) for each in table("uomschedules") if each["name"] == group)
        unit = next(str(each["uomid"]) for each in table("uoms") if each["_uomscheduleid_value"] == found)
        row = {"productnumber": number, "name": "Chair", "producttypecode": 1, "quantitydecimal": 2,
               "defaultuomscheduleid@odata.bind": f"/uomschedules({found})",
               "defaultuomid@odata.bind": f"/uoms({unit})", **values}  # fmt: skip
        row_id = self.central.dataverse.create("products", row)
        for each in () if state == DRAFT else (ACTIVE, *((state,) if state != ACTIVE else ())):
            self.sets(row_id, each)
        return row_id

    def sets(self, row_id: str, state: int) -> None:
        """Somebody brings a product to another state."""
        self.central.dataverse.update("products", row_id, {"statecode": state})

    def group(self, name: str, unit: str = "Unit") -> str:
        return self.central.dataverse.create("uomschedules", {"name": name, "baseuomname": unit})

    def lists(self, name: str, product: str, amount: float) -> None:
        """Somebody sets a price for pieces of a product on a price list, which is made for it."""
        made, units = self.central.dataverse.create, self.central.dataverse.rows("uoms")
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.central.currency})"}
        pieces = next(str(each["uomid"]) for each in units if each["name"] == "PCS")
        ends = {"pricelevelid": f"/pricelevels({made('pricelevels', {'name': name, **bind})})",
                "productid": f"/products({product})", "uomid": f"/uoms({pieces})"}  # fmt: skip
        made("productpricelevels", {f"{each}@odata.bind": end for each, end in ends.items()} | {"amount": amount})

    def currency(self, code: str) -> str:
        """A currency of Dataverse; its id."""
        row = {"isocurrencycode": code, "currencyname": code, "currencysymbol": code, "exchangerate": 1.1}
        return self.central.dataverse.create("transactioncurrencies", {**row, "currencyprecision": 2})

    # -- what stands where

    def products(self) -> list[Mapping[str, Any]]:
        return list(self.central.dataverse.rows("products"))

    def made(self) -> Mapping[str, Any]:
        """The only product that there is."""
        (found,) = self.products()
        return found

    def items(self) -> list[Mapping[str, Any]]:
        return list(self.central.erp.rows(DE, "items"))

    def prices(self) -> list[tuple[str, str, float]]:
        """Every item of a price list: the list, the unit, the price."""
        rows = self.central.dataverse.rows
        lists = {row["pricelevelid"]: row["name"] for row in rows("pricelevels")}
        units = {row["uomid"]: row["name"] for row in rows("uoms")}
        return sorted(
            (lists[row["_pricelevelid_value"]], units[row["_uomid_value"]], row["amount"])
            for row in rows("productpricelevels")
        )

    def named(self, row: Mapping[str, Any], column: str, table: str, name: str = "name") -> str:
        """What the row is called that a product points to."""
        found = self.central.dataverse.row(table, row[column])
        return str(found[name]) if found else ""

    def said(self, name: str = ITEMS) -> list[str]:
        return [words for _, words in self.central.troubles(name)]

    def couplings(self) -> list[str]:
        return [each.state for each in self.central.couplings(ITEMS)]

    def journal(self) -> list[Mapping[str, Any]]:
        return [read_journal(row) for row in self.central.kept(JOURNAL, ITEMS)]

    # -- operators

    async def hears(self, side: Side, identity: tuple[str, ...], *, creates: Any = None, name: str = ITEMS) -> Outcome:
        return await self.central.visit(side, identity, creates=creates, name=name)

    async def created(self, item: tuple[str, str]) -> Mapping[str, Any]:
        """The product that is made of an item."""
        assert (await self.hears(ERP, item, creates="dataverse")).kind == "created"
        return self.made()

    async def silent(self) -> bool:
        """Two further passes write nothing to either side."""
        before = len(self.central.dataverse.history), len(self.central.erp.history)
        for _ in range(2):
            await self.central.compare(ITEMS)
        return before == (len(self.central.dataverse.history), len(self.central.erp.history))

    async def retries(self, row_id: str) -> Outcome:
        """A person sends the row again."""
        flow = self.central.house.flow(ITEMS)
        return await visit(flow, Wake(DATAVERSE, (row_id,), await flow.ledger.ask(DATAVERSE, (row_id,))))

    async def explained(self, side: Side, identity: tuple[str, ...]) -> Mapping[str, Any]:
        return await explain(self.central.house.flow(ITEMS), side, identity)

    async def planned(self, creates: Any, master: Side | None = None) -> Mapping[str, Any]:
        """The report of a dry run."""
        job: Mapping[str, Any] = await start_job(self.central.house, "plan", (ITEMS,), master=master, creates=creates)
        while job["state"] == "running":
            job = await work_on(self.central.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]
        return await report_of(self.central.house, ITEMS)


async def with_shelf(story: Callable[[Shelf], Coroutine[Any, Any, None]], maps: Catalogue | None = None) -> None:
    """Plays a story with two units that are coupled."""

    async def whole(central: Central) -> None:
        shelf = Shelf(central)
        for code in ("PCS", "KG"):
            assert (await shelf.hears(ERP, central.coded("unitsOfMeasure", code), name=UNITS)).kind == "created"
        await story(shelf)

    await on_stage(whole, maps)
