"""A world of business_central before the judge of histories, in calm weather: what it passes over, and what not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from shared.engine import House, Wake, catch_up, set_state, start_job, visit, work_on
from shared.ledger import CONFLICT, ConflictRow, read_conflict
from shared.mapping import Side
from tests.simulation.judge import Judge
from tests.simulation.temper import Temper
from tests.simulation.trade_kinds import CONTACTS, CUSTOMERS, DE, kinds_of
from tests.simulation.trade_temper import Trading, trade_maps
from tests.simulation.tradespeople import Tradespeople
from tests.simulation.world import World, in_a_world


@dataclass(slots=True)
class TradeStage:
    """Everything there is, furnished as a history is. people: whoever works there, and does what they are told."""

    world: World
    judge: Judge
    people: Tradespeople
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = self.world.house()

    @property
    def company(self) -> str:
        return self.people.companies[DE]

    def enter(self, flow: str, **values: Any) -> tuple[str, str]:
        """A person creates a record in Business Central; its identity."""
        row = self.world.erp.create(self.people.kinds[flow].entity, {"company": self.company, **values})
        return self.company, str(row["id"])

    def account(self, name: str, **values: Any) -> str:
        """A person creates a customer's account; its id."""
        (euro,) = self.rows("transactioncurrencies", isocurrencycode="EUR")
        money = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro['transactioncurrencyid']})"}
        row = {"name": name, "customertypecode": 3, "address1_postalcode": "1010", **money, **values}
        return self.world.dataverse.create("accounts", row)

    def product(self, number: str, unit_name: str = "PCS") -> str:
        """A person creates a product, and sets it active; its id."""
        (unit,) = self.rows("uoms", name=unit_name)
        group = f"/uomschedules({unit['_uomscheduleid_value']})"
        row = {"productnumber": number, "name": "Chair", "producttypecode": 1, "quantitydecimal": 2}
        units = {"defaultuomscheduleid@odata.bind": group, "defaultuomid@odata.bind": f"/uoms({unit['uomid']})"}
        row_id = self.world.dataverse.create("products", {**row, **units})
        self.world.dataverse.update("products", row_id, {"statecode": 0, "statuscode": 1})
        return row_id

    def records(self, flow: str, **values: Any) -> list[Mapping[str, Any]]:
        """Records of the first company that hold this."""
        rows = self.world.erp.rows(self.people.kinds[flow].entity)
        return [row for row in rows if {**row, **values, "company": self.company} == row]

    def edit(self, flow: str, identity: tuple[str, str], **values: Any) -> None:
        key = {"company": identity[0], "id": identity[1]}
        self.world.erp.update(self.people.kinds[flow].entity, key, values)

    def delete(self, flow: str, identity: tuple[str, str]) -> None:
        self.world.erp.delete(self.people.kinds[flow].entity, {"company": identity[0], "id": identity[1]})

    def rows(self, table: str, **values: Any) -> list[Mapping[str, Any]]:
        """Rows of Dataverse that hold this."""
        rows = self.world.dataverse.rows(table)
        return [row for row in rows if all(row[name] == value for name, value in values.items())]

    def conflicts(self, flow: str) -> list[ConflictRow]:
        rows = self.world.tables.partitions.get(flow, {})
        return [read_conflict(row) for key, row in sorted(rows.items()) if key.startswith(CONFLICT)]

    async def visit(self, flow: str, side: Side, identity: tuple[str, ...], source: str = "update") -> None:
        """An event tells of a record."""
        found = self.house.flow(flow)
        await visit(found, Wake(side, identity, await found.ledger.store_hint(side, identity, source)))

    async def compare(self, *flows: str) -> None:
        job: Mapping[str, Any] = await start_job(self.house, "compare", flows or self.house.catalogue.names)
        while job["state"] == "running":
            job = await work_on(self.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]

    async def catch_up(self, flow: str) -> None:
        await catch_up(self.house, flow, lambda: False)

    async def coupled(self, *flows: str) -> tuple[tuple[str, str], str]:
        """The customer that is on both sides from the beginning, in sync: as both call it. flows: what is compared, if
        not all.
        """
        await self.compare(*flows)
        (account,) = self.rows("accounts", accountnumber="10000")
        (customer,) = self.records(CUSTOMERS, number="10000")
        return (self.company, str(customer["id"])), str(account["accountid"])

    def says(self, policy: str) -> None:
        """From now on the maps say otherwise."""
        self.world.maps = trade_maps(policy, connector=CONTACTS in self.people.kinds, several=False)
        self.house = self.world.house()

    async def verdict(self, word: str = "") -> list[str]:
        """What the judge says with that word in it."""
        return [text for text in await self.judge.verdict(self.house) if word in text]


Story = Callable[[TradeStage], Coroutine[Any, Any, None]]


def on_trade_stage(story: Story, policy: str = "", *, connector: bool = True) -> None:
    """Plays a story, with what a history's overlay says under that name."""
    drawn = Trading.of(Temper.drawn(Random(1)), Random(1))
    trading = replace(
        drawn, policy=policy, connector=connector, several=False, careless=None, doubling=False, offers=False
    )

    async def whole(world: World) -> None:
        trading.set_up(world)
        people = trading.people(world, Random(1), lambda _: None)
        assert isinstance(people, Tradespeople)
        people.furnish()
        stage = TradeStage(world, Judge(world), people)
        world.on_applied = stage.judge.watch
        stage.house = world.house()
        for name in kinds_of(connector=connector):
            await set_state(stage.house, name, "running")
        await story(stage)

    in_a_world(1, whole, maps=trading.maps())
