"""A stage for prospect to cash: Sales with accounts and contacts, and finance and operations with what they need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, Final

from functions.prospect_to_cash import ProspectToCash
from functions.suites import Configured
from shared.engine import Flow, House, Outcome, SuiteOptions, Wake, pump, set_state, start_job, visit, work_on
from shared.ledger import Coupling, read_coupling, read_trouble
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from shared.settings import Settings
from tests.simulation.world import World, in_a_world
from tests.unit.maps.prospects import NAME, OURS, prospects

ACCOUNTS: Final = f"{NAME}.accounts"
CONTACTS: Final = f"{NAME}.contacts"
BUYERS: Final = f"{NAME}.contacts_to_customers"
NUMBER: Final = "ACC-01000-AAAAAA"
PERSON: Final = "CON-01000-BVRCPS"
USMF: Final = SuiteOptions(writer="usmf")
HOUSE: Final = Settings(dataverse_url="https://twin", finops_url="https://twin")


@dataclass(slots=True)
class Sales:
    """Sales, finance and operations, and a house with the suite turned on."""

    world: World
    house: House
    prefix: str
    currency: str = ""

    # -- people

    def own(self, name: str) -> str:
        """A column of the suite as this installation has it."""
        return f"{self.prefix}{name}"

    def account(self, number: str | None = NUMBER, **values: Any) -> str:
        """An account that somebody enters; its id."""
        row = {"accountnumber": number, "name": "Contoso", "address1_country": "United States", **self._money()}
        return self.world.dataverse.create("accounts", {**row, **values})

    def contact(self, account: str = "", number: str | None = PERSON, **values: Any) -> str:
        """A contact that somebody enters, who works for an account or for nobody; its id. Columns of the suite are
        what its computed columns make of that.
        """
        row: dict[str, Any] = {
            "firstname": "Ada",
            "lastname": "King",
            self.own("contactnumber"): number,
            **self._money(),
        }
        row[self.own("iscompanyanaccount")] = bool(account)
        if account:
            row["parentcustomerid_account@odata.bind"] = f"/accounts({account})"
        return self.world.dataverse.create("contacts", {**row, **values})

    def change(self, table: str, row_id: str, **values: Any) -> None:
        self.world.dataverse.update(table, row_id, values)

    def buys(self, contact: str) -> None:
        """Sales activity begins: the computed column says so."""
        self.change("contacts", contact, **{self.own("isactivecustomer"): True})

    def moves(self, contact: str, account: str) -> None:
        """The contact works for another account."""
        self.change("contacts", contact, **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})

    def _money(self) -> dict[str, str]:
        return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})"}

    # -- what stands where

    def customers(self, kind: str = "Organization") -> dict[str, Mapping[str, Any]]:
        """Customers of finance and operations of one kind, by their account."""
        rows = self.world.finops.rows("CustomersV3")
        return {str(row["CustomerAccount"]): row for row in rows if row["PartyType"] == kind}

    def buyers(self) -> dict[str, Mapping[str, Any]]:
        return self.customers("Person")

    def persons(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Contact persons of finance and operations, by their number and that of whom they work for."""
        rows = self.world.finops.rows("CDSContactPersons")
        return {(str(row["ContactPersonPartyNumber"]), str(row["AssociatedPartyNumber"])): row for row in rows}

    def row(self, table: str, row_id: str) -> Mapping[str, Any]:
        found = self.world.dataverse.row(table, row_id)
        assert found is not None
        return found

    def writes(self) -> int:
        """How many changes there are on both sides, whoever made them."""
        return len(self.world.dataverse.history) + len(self.world.finops.history)

    def states(self) -> dict[str, list[str]]:
        """The couplings of every flow that has any."""
        found = {name: [str(each.state) for each in self.couplings(name)] for name in self.house.catalogue.names}
        return {name.removeprefix(f"{NAME}."): each for name, each in found.items() if each}

    def couplings(self, name: str) -> list[Coupling]:
        return [read_coupling(row) for row in self.rows("d~", name)]

    def rows(self, begins: str, name: str) -> list[Any]:
        partition = self.world.tables.partitions.get(name, {})
        return [row for key, row in sorted(partition.items()) if key.startswith(begins)]

    def troubles(self, kind: str, name: str) -> list[str]:
        """What is set aside, and why."""
        return [str(item["message"]) for row in self.rows(kind, name) for item in read_trouble(row).items]

    # -- operators

    def flow(self, name: str = ACCOUNTS) -> Flow:
        return self.house.flow(name)

    async def look(self, name: str, row_id: str) -> Outcome:
        """One flow hears of a row of Sales."""
        return await self.hears(name, DATAVERSE, (row_id,))

    async def hears(self, name: str, side: Side, identity: tuple[str, ...]) -> Outcome:
        """One flow hears of a record."""
        flow = self.house.flow(name)
        return await visit(flow, Wake(side, identity, await flow.ledger.store_hint(side, identity, "event")))

    async def dies(self, work: Coroutine[Any, Any, object], at: int, *, unheard: bool) -> bool:
        """Whoever does the work, in a house of his own, dies at its request of that place, which is carried out or not;
        others go on. False if there were fewer of them.
        """
        self.house = self.world.house()
        weather, seen, struck = self.world.weather, count(), list[str]()

        def strikes(step: str, *_answer: object) -> bool:
            struck.extend([step] if next(seen) == at else [])
            return bool(struck)

        weather.strike, weather.heard = (None, strikes) if unheard else (strikes, None)
        _, task = self.world.instance(work)
        await asyncio.wait({task}, timeout=60)
        weather.strike = weather.heard = None
        self.house = self.world.house()
        return bool(struck)

    async def pump(self) -> None:
        await pump(self.house, lambda: False)

    async def compare(self, *names: str) -> Mapping[str, Any]:
        """A compare pass over these flows, or all of them, that nothing stops; its job."""
        job: Mapping[str, Any] = await start_job(self.house, "compare", names or self.house.catalogue.order())
        while job["state"] == "running":
            job = await work_on(self.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]
        return job


def configured(prefix: str) -> Configured:
    """The settings of an installation whose own columns begin like that."""
    return Configured(HOUSE, {NAME: ProspectToCash(company="usmf", prefix=prefix)})


def furnish(world: World) -> str:
    """What both systems need before the first account; the id of the currency."""
    for company in ("usmf", "demf"):
        world.finops.create("CustomerGroups", {"dataAreaId": company, "CustomerGroupId": "10"})
        world.finops.create("OperationalSites", {"dataAreaId": company, "SiteId": "1"})
        warehouse = {"dataAreaId": company, "WarehouseId": "13", "OperationalSiteId": "1"}
        world.finops.create("Warehouses", warehouse)
    dollar = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1}
    return world.dataverse.create("transactioncurrencies", {**dollar, "currencyprecision": 2})


def in_sales(
    story: Callable[[Sales], Coroutine[Any, Any, None]],
    maps: Catalogue | None = None,
    prefix: str = OURS,
    seed: int = 1,
    options: SuiteOptions = USMF,
) -> None:
    """Plays a story with the flows of the suite running."""

    async def whole(world: World) -> None:
        world.options = replace(world.options, unseen=timedelta())
        world.companies = ()
        world.dataverse.add_columns(prefix)
        world.suites = {NAME: options}
        house = world.house()
        for name in house.catalogue.names:
            await set_state(house, name, "running")
        await story(Sales(world, house, prefix, furnish(world)))

    in_a_world(seed, whole, maps=maps or prospects(prefix=prefix))


__all__ = [
    "ACCOUNTS", "BUYERS", "CONTACTS", "DATAVERSE", "ERP", "NAME", "NUMBER", "PERSON", "USMF", "Sales", "configured",
    "in_sales",
]  # fmt: skip
