"""A small stage for engine tests: one instance, calm weather, and short words for what people and operators do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from shared.engine import (
    Flow,
    House,
    Outcome,
    Tally,
    Wake,
    pump,
    set_state,
    start_job,
    state_of,
    take_hint,
    visit,
    work_on,
)
from shared.ledger import CONFLICT, JOURNAL, PARKED, WAITING, Coupling, end_of, read_conflict, read_coupling
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from tests.simulation.world import World, company, found_unversioned, in_a_world, shipped_maps
from tests.unit.maps.once import overlaid

CUSTOMERS: Final = "dual_write.customers_v3_accounts"
GROUPS: Final = "dual_write.customer_groups"
TERMS: Final = "dual_write.terms_of_payment"
ACCOUNT: Final = "US-001"


@dataclass(slots=True)
class Rig:
    """One house in one world, its reference data in place and in sync."""

    world: World
    house: House
    companies: dict[str, str] = field(default_factory=dict)
    currency: str = ""

    # -- people

    def customer(self, account: str = ACCOUNT, **values: Any) -> tuple[str, str]:
        """A customer that somebody creates in the ERP; its identity."""
        row = {"dataAreaId": "usmf", "CustomerAccount": account, "OrganizationName": "Contoso", "CustomerGroupId": "10",
               "PartyType": "Organization", "SalesCurrencyCode": "USD", **values}  # fmt: skip
        stored = self.world.finops.create("CustomersV3", row)
        return str(stored["dataAreaId"]), str(stored["CustomerAccount"])

    def edit(self, account: str = ACCOUNT, **values: Any) -> None:
        self.world.finops.update("CustomersV3", _key(account), values)

    def account(self, number: str | None = ACCOUNT, **values: Any) -> str:
        """An account that somebody creates in Dataverse; its id."""
        group = next(iter(self.world.dataverse.rows("msdyn_customergroups")))
        row = {"accountnumber": number, "name": "Contoso", "customertypecode": 3,
               "msdyn_company@odata.bind": f"/cdm_companies({self.companies['usmf']})",
               "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})",
               "msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group['msdyn_customergroupid']})",
               **values}  # fmt: skip
        return self.world.dataverse.create(
            "accounts", {name: value for name, value in row.items() if value is not None}
        )

    def change(self, row_id: str, **values: Any) -> None:
        self.world.dataverse.update("accounts", row_id, values)

    def new_currency(self, code: str) -> str:
        """A currency that somebody creates in Dataverse; its id."""
        row = {"isocurrencycode": code, "currencyname": code, "currencysymbol": code, "exchangerate": 1}
        return self.world.dataverse.create("transactioncurrencies", {**row, "currencyprecision": 2})

    # -- what stands on the sides

    def erp(self, account: str = ACCOUNT) -> Mapping[str, Any] | None:
        return self.world.finops.row("CustomersV3", _key(account))

    def accounts(self) -> list[str]:
        """Ids of all accounts."""
        return [str(row["accountid"]) for row in self.world.dataverse.rows("accounts")]

    def dataverse(self, number: str = ACCOUNT) -> Mapping[str, Any] | None:
        found = [row for row in self.world.dataverse.rows("accounts") if row.get("accountnumber") == number]
        assert len(found) <= 1, f"{len(found)} accounts with number {number}"
        return found[0] if found else None

    def both(self, field_name: str, column: str, account: str = ACCOUNT) -> tuple[Any, Any]:
        """One value on both sides."""
        erp, dataverse = self.erp(account), self.dataverse(account)
        assert erp is not None and dataverse is not None  # noqa: PT018 - one fact
        return erp[field_name], dataverse[column]

    def writes(self) -> int:
        """How many changes the app itself has made, on both sides."""
        return sum(1 for change in (*self.world.dataverse.history, *self.world.finops.history) if _is_ours(change))

    # -- operators

    def flow(self, name: str = CUSTOMERS) -> Flow:
        return self.house.flow(name)

    async def visit(self, side: Side, identity: tuple[str, ...], *, source: str = "event") -> Outcome:
        """One record is hinted at and visited; a retry is what a person asks for."""
        flow = self.flow()
        hint = await flow.ledger.store_hint(side, identity, source, asked=source == "retry")
        return await visit(flow, Wake(side, identity, hint))

    async def hint(self, side: Side, identity: tuple[str, ...], what: str = "update") -> None:
        """An event arrives, and nobody has looked at it yet."""
        assert await take_hint(self.house, CUSTOMERS, side, identity, what)

    async def dies(self, side: Side, identity: tuple[str, ...], *, before: str = "", after: str = "") -> None:
        """Whoever visits a record dies before a request of that kind goes out, or with its answer; others go on."""
        await self.dies_at(self.visit(side, identity), before=before, after=after)

    async def dies_at(self, work: Coroutine[Any, Any, object], *, before: str = "", after: str = "") -> None:
        """The same of whoever does any other work."""
        weather, struck = self.world.weather, list[str]()

        def at(place: str) -> Callable[..., bool]:
            def strikes(step: str, *_answer: object) -> bool:
                struck.extend([step] if step == place else [])
                return step == place

            return strikes

        weather.strike, weather.heard = at(before), at(after)
        _, task = self.world.instance(work)
        await asyncio.wait({task}, timeout=60)
        weather.strike = weather.heard = None
        assert struck, f"nobody came as far as {before or after}"
        self.house = self.world.house()

    async def pump(self) -> None:
        """One run of the pump."""
        await pump(self.house, lambda: False)

    async def compare(self, *names: str) -> Tally:
        """A compare pass over the customers, or over these flows, that nothing stops; the tally of the last."""
        job = await self.compare_and_note(*names)
        assert not job["errors"], job["errors"]
        return Tally.from_json(job["tallies"][job["flows"][-1]])

    async def compare_and_note(self, *names: str) -> Mapping[str, Any]:
        """A compare pass, whatever comes of it; its job."""
        chosen = names or (CUSTOMERS,)
        started = await start_job(self.house, "compare", chosen)
        job: Mapping[str, Any] = started
        for _ in range(50):
            job = await work_on(self.house, started["id"], lambda: False)
            if job["state"] != "running":
                break
        return job

    async def unversioned(self, *places: tuple[Side, str]) -> None:
        """A preflight has found that these entities do not enforce `If-Match`."""
        await found_unversioned(self.house, places)
        await self.house.learn()

    async def state(self, name: str = CUSTOMERS) -> str:
        return str((await state_of(self.house, name))["state"])

    # -- the ledger

    def rows(self, prefix: str, name: str = CUSTOMERS) -> list[Any]:
        partition = self.world.tables.partitions.get(name, {})
        return [row for key, row in sorted(partition.items()) if key.startswith(prefix)]

    async def coupling(self, account: str = ACCOUNT) -> Coupling | None:
        return await self.flow().ledger.coupling(end_of(ERP, ("usmf", account)))

    def couplings(self, name: str = CUSTOMERS) -> list[Coupling]:
        return [read_coupling(row) for row in self.rows("d~", name)]

    def conflicts(self) -> list[Any]:
        return [read_conflict(row) for row in self.rows(CONFLICT)]

    def counts(self) -> dict[str, int]:
        """How many rows of each kind there are."""
        kinds = {"parked": PARKED, "waiting": WAITING, "conflicts": CONFLICT, "journal": JOURNAL, "hints": "h~"}
        return {name: len(self.rows(prefix)) for name, prefix in kinds.items()}


def at_first(step: str, deed: Callable[[], object], *, after: int = 0) -> Callable[..., bool]:
    """For `strike` and `heard` of the weather: somebody does something at the first such request after so many of them;
    nobody dies of it.
    """
    left: list[Callable[[], object]] = [deed, *(lambda: None for _ in range(after))]

    def happens(sent: str, *_: object) -> bool:
        if sent == step and left:
            left.pop()()
        return False

    return happens


def _key(account: str) -> dict[str, str]:
    return {"dataAreaId": "usmf", "CustomerAccount": account}


def _is_ours(change: Any) -> bool:
    return getattr(change, "user", "").lower() not in {"anna", "erik"}


async def furnished(world: World) -> Rig:
    """The rig with companies, a currency, a term and a customer group on both sides, all flows running.

    Its people delete what was only just created, and what they did is seen at once.
    """
    world.options = replace(world.options, unseen=timedelta())
    rig = Rig(world, world.house())
    rig.companies = {code: company(world, code) for code in ("usmf", "demf")}
    dollar = {
        "isocurrencycode": "USD",
        "currencyname": "Dollar",
        "currencysymbol": "$",
        "exchangerate": 1,
        "currencyprecision": 2,
    }
    rig.currency = world.dataverse.create("transactioncurrencies", dollar)
    world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net30", "Description": "30 days"})
    world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "10", "PaymentTermId": "Net30"})
    for name in (TERMS, GROUPS, CUSTOMERS):
        await set_state(rig.house, name, "running")
    await rig.compare(TERMS, GROUPS)
    return rig


def on_stage(
    story: Callable[[Rig], Coroutine[Any, Any, None]], maps: Catalogue | None = None, seed: int = 1, **options: Any
) -> None:
    """Plays a story on the rig."""

    async def whole(world: World) -> None:
        await story(await furnished(world))

    in_a_world(seed, whole, maps=maps, **options)


def maps_with(folder: Path, overlay: str, flow: str = CUSTOMERS) -> Catalogue:
    """The shipped maps with one overlay."""
    path = folder / "overlay.yaml"
    path.write_text(f"extends: {flow.partition('.')[2]}\n{overlay}", "utf-8")
    return overlaid(shipped_maps(), {flow: [path]})


async def coupled(rig: Rig, account: str = ACCOUNT, **values: Any) -> str:
    """A customer in sync; the id of its account."""
    await rig.visit(ERP, rig.customer(account, **values))
    found = rig.dataverse(account)
    assert found is not None
    return str(found["accountid"])


__all__ = [
    "ACCOUNT",
    "CUSTOMERS",
    "DATAVERSE",
    "ERP",
    "GROUPS",
    "TERMS",
    "Rig",
    "coupled",
    "furnished",
    "maps_with",
    "on_stage",
]
