"""Scenes: what people have done before, what is cut off, and what is to be seen afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from shared.engine import (
    accept,
    choose,
    couple,
    jobs,
    open_review,
    restore,
    set_state,
    start_job,
    start_review,
    stored_review,
    work_on,
)
from shared.ledger import PARKED, WAITING, read_trouble
from shared.mapping import DATAVERSE, ERP, Catalogue, other
from tests.emulator.wire import Request
from tests.simulation import test_owners as owners
from tests.simulation.listed import conflicts
from tests.simulation.network import step_of
from tests.simulation.rig import ACCOUNT, CUSTOMERS, GROUPS, TERMS, Rig, maps_with
from tests.simulation.test_owners import CONSUMERS, PERSONS
from tests.unit.maps.once import like

KEY: Final = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
ID: Final = ("usmf", ACCOUNT)


@cache
def maps(policy: str = "") -> Catalogue:
    """The shipped maps of three flows; the customers' with a policy of their own."""
    with TemporaryDirectory() as folder:
        found = maps_with(Path(folder), f"policy: {{{policy}}}\n")
        return _of(found, CUSTOMERS, GROUPS, TERMS)


@cache
def maps_of_contacts() -> Catalogue:
    """Two flows over contacts as well."""
    with TemporaryDirectory() as folder:
        return _of(owners.both_flows(Path(folder)), CUSTOMERS, GROUPS, TERMS, PERSONS, CONSUMERS)


def _of(found: Catalogue, *names: str) -> Catalogue:
    """Only these flows, read while their files are there."""
    files = {name: found.files[name] for name in names}
    only = like(found, files=files)
    assert len(only.sound()) == len(names)
    return only


async def stand(rig: Rig) -> Mapping[str, Any]:
    """What stands on both sides, and what the ledger says about it."""
    sides = list(rig.world.finops.rows("CustomersV3")), list(rig.world.dataverse.rows("accounts"))
    aside = [read_trouble(row) for prefix in (PARKED, WAITING) for row in rig.rows(prefix)]
    listed = [row async for row in conflicts(rig.flow().ledger)]
    return {
        "erp": sorted((row["CustomerAccount"], row["OrganizationName"]) for row in sides[0]),
        "dataverse": sorted((row.get("accountnumber") or "", row["name"]) for row in sides[1]),
        "invoiced": sorted((row["CustomerAccount"], row["InvoiceAccount"]) for row in sides[0]),
        "couplings": sorted(coupling.state for coupling in rig.couplings() if coupling.erp or not coupling.ended),
        "lost": sorted(row["values"][other(row["winner"])] for row in listed if row["winner"]),
        "open": sorted((row["values"][ERP], row["values"][DATAVERSE]) for row in listed if not row["winner"]),
        "aside": sorted(str(item["code"]) for row in aside for item in row.items),
    }


# -- what people have done before


async def in_sync(rig: Rig) -> str:
    """A customer on both sides; the id of its account."""
    await rig.visit(ERP, rig.customer())
    return account_id(rig)


def account_id(rig: Rig, number: str = ACCOUNT) -> str:
    row = rig.dataverse(number)
    assert row is not None
    return str(row["accountid"])


async def new_customer(rig: Rig) -> None:
    await rig.hint(ERP, rig.customer(), "create")


async def new_account(rig: Rig, number: str | None = ACCOUNT) -> None:
    await rig.hint(DATAVERSE, (rig.account(number),), "create")


async def on_both_sides(rig: Rig) -> None:
    """The same customer, keyed in twice."""
    await rig.hint(DATAVERSE, (rig.account(name="Contoso AG"),), "create")
    await rig.hint(ERP, rig.customer(OrganizationName="Contoso Ltd"), "create")


async def edited(rig: Rig, erp: Mapping[str, Any], dataverse: Mapping[str, Any], pause: float = 0.0) -> None:
    """A customer in sync, and then edits; events tell of each."""
    row_id = await in_sync(rig)
    if erp:
        rig.edit(**erp)
        await rig.hint(ERP, ID)
    await asyncio.sleep(pause)
    if dataverse:
        rig.change(row_id, **dataverse)
        await rig.hint(DATAVERSE, (row_id,))


def edits(erp: Mapping[str, Any], dataverse: Mapping[str, Any], pause: float = 0.0) -> Any:
    return partial(edited, erp=erp, dataverse=dataverse, pause=pause)


QUARREL: Final = edits({"OrganizationName": "ERP"}, {"name": "Dataverse"}, 200.0)


async def one_refused_value(rig: Rig) -> None:
    """A plug-in of Dataverse does not take one of the values that somebody has entered, and does not say which."""
    rig.world.dataverse.behaviour.refused_values["accounts"] = {"fax": frozenset({"2"})}
    await edits({"PrimaryContactPhone": "1", "PrimaryContactFax": "2", "OrganizationName": "ERP"}, {})(rig)


async def group_cleared(rig: Rig) -> None:
    """Somebody clears a group that the ERP needs, and changes a name."""
    await edits({}, {"name": "Dataverse", "msdyn_customergroupid@odata.bind": None})(rig)


async def quarrel_looked_at(rig: Rig) -> None:
    """Both sides have changed one name, and somebody has looked."""
    await QUARREL(rig)
    await rig.pump()


async def gone_in_erp(rig: Rig, **unseen: Any) -> None:
    row_id = await in_sync(rig)
    rig.world.finops.delete("CustomersV3", KEY)
    if unseen:
        rig.change(row_id, **unseen)
    await rig.hint(ERP, ID, "delete")


async def gone_in_dataverse(rig: Rig, **unseen: Any) -> None:
    row_id = await in_sync(rig)
    rig.world.dataverse.delete("accounts", row_id)
    if unseen:
        rig.edit(**unseen)
    await rig.hint(DATAVERSE, (row_id,), "delete")


async def gone_on_both_sides(rig: Rig) -> None:
    await gone_in_erp(rig)
    rig.world.dataverse.delete("accounts", account_id(rig))


async def reborn(rig: Rig) -> None:
    """Deleted everywhere, and then keyed in again."""
    await gone_in_erp(rig)
    await rig.pump()
    await new_customer(rig)


async def made_again(rig: Rig, **unseen: str) -> None:
    """Deleted in Dataverse, and then made again there, as another row with the same number."""
    await gone_in_dataverse(rig, **unseen)
    await rig.pump()
    await new_account(rig)


async def out_of_scope(rig: Rig) -> None:
    row_id = await in_sync(rig)
    rig.change(row_id, customertypecode=8)
    await rig.hint(DATAVERSE, (row_id,))


async def back_in_scope(rig: Rig) -> None:
    """Asleep for a while, edited meanwhile, and back."""
    await out_of_scope(rig)
    await rig.pump()
    rig.edit(OrganizationName="ERP")
    rig.change(account_id(rig), customertypecode=3)
    await rig.hint(DATAVERSE, (account_id(rig),))


async def renamed(rig: Rig) -> None:
    """Seen from both ends at once."""
    await in_sync(rig)
    rig.world.finops.rename("CustomersV3", KEY, {**KEY, "CustomerAccount": "US-777"})
    for account in ("US-777", ACCOUNT):
        await rig.hint(ERP, ("usmf", account))


async def pays_for_itself(rig: Rig) -> None:
    await new_customer(rig)
    rig.edit(InvoiceAccount=ACCOUNT)


async def pay_for_each_other(rig: Rig) -> None:
    ids = [rig.customer("E-1"), rig.customer("E-2")]
    for mine, another in (ids, ids[::-1]):
        rig.edit(mine[1], InvoiceAccount=another[1])
        await rig.hint(ERP, mine, "create")


async def accounts_pay_for_each_other(rig: Rig) -> None:
    ids = [rig.account("E-1"), rig.account("E-2")]
    for mine, another in (ids, ids[::-1]):
        rig.change(mine, **{"msdyn_billingaccount_account@odata.bind": f"/accounts({another})"})
        await rig.hint(DATAVERSE, (mine,), "create")


async def waits_for_currency(rig: Rig) -> None:
    """The customer has been looked at, and now what it refers to is there."""
    rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
    await rig.hint(ERP, rig.customer(SalesCurrencyCode="DKK"), "create")
    await rig.pump()
    rig.new_currency("DKK")
    await asyncio.sleep(60)


async def one_bad_customer(rig: Rig) -> None:
    """One of three is keyed in in Dataverse too, just before it is created there: the whole batch is refused."""
    for account in ("E-1", "E-2", "E-3"):
        rig.customer(account)
    once_claimed(rig, lambda: rig.account("E-2", name="Contoso by hand"))


async def the_same_account(rig: Rig) -> None:
    """Somebody keys in the same account, just before it is created."""
    await new_customer(rig)
    once_claimed(rig, lambda: rig.account(name="Contoso by hand"))


async def the_same_customer(rig: Rig) -> None:
    await new_account(rig)
    once_claimed(rig, lambda: rig.customer(OrganizationName="Contoso by hand"))


def once_claimed(rig: Rig, then: Callable[[], Any]) -> None:
    """Somebody does something after the first match found nothing."""
    world, told, done = rig.world, rig.world.on_request, list[Any]()

    def listen(where: str, request: Request, fault: str, status: int) -> None:
        told(where, request, fault, status)
        if not done and step_of(request.method, request.path, request.query, request.headers) == "find":
            done.append(then())

    world.on_request = listen


async def one_bad_account(rig: Rig) -> None:
    """The ERP refuses one of three, which has no group."""
    for number in ("D-1", "D-3"):
        rig.account(number)
    rig.account("D-2", **{"msdyn_customergroupid@odata.bind": None})


async def number_taken(rig: Rig) -> None:
    """An account gives its number up by itself, and another one takes it."""
    row_id = await in_sync(rig)
    rig.change(row_id, accountnumber="D-9")
    for each in (row_id, rig.account(name="Another")):
        await rig.hint(DATAVERSE, (each,))


async def strangers(rig: Rig) -> None:
    rig.account("D-1", name="Dataverse")
    rig.customer("E-1", OrganizationName="ERP")


async def loaded(rig: Rig) -> None:
    """An initial load has created one record on each side, and matched one; now it is to be undone."""
    rig.customer("E-1")
    rig.account("D-1")
    rig.customer("B-1")
    rig.account("B-1")
    job = await start_job(rig.house, "sync", (CUSTOMERS,))
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    await set_state(rig.house, CUSTOMERS, "paused")
    await start_job(rig.house, "undo", (CUSTOMERS,), undo=job["id"])


async def reviewed(rig: Rig) -> None:
    """Three customers in the ERP alone, and a review that was started, of their flow alone."""
    for number in ("E-1", "E-2", "E-3"):
        rig.customer(number)
    await set_state(rig.house, CUSTOMERS, "not running")
    await open_review(rig.house, "dual_write")
    await choose(rig.house, "dual_write", [GROUPS, TERMS], "skip", None)
    await start_review(rig.house, "dual_write")


async def sellable_contact(rig: Rig) -> None:
    """A contact person takes part in an order; both flows have heard of it."""
    row_id = owners.contact(rig, await owners.furnish(rig))
    await owners.look(rig, PERSONS, DATAVERSE, (row_id,))
    owners.sellable(rig, row_id)
    for name in (PERSONS, CONSUMERS):
        await rig.flow(name).ledger.store_hint(DATAVERSE, (row_id,), "event")


# -- what is cut off


async def pump(rig: Rig) -> None:
    await rig.pump()


async def load(rig: Rig) -> None:
    """An initial load, from its order on."""
    job = await start_job(rig.house, "sync", (CUSTOMERS,))
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)


async def decide(rig: Rig) -> None:
    await accept(rig.flow(), await first_conflict(rig), ERP)


async def take_back(rig: Rig) -> None:
    await restore(rig.flow(), await first_conflict(rig))


async def couple_by_hand(rig: Rig) -> None:
    await couple(rig.flow(), ("usmf", "E-1"), account_id(rig, "D-1"))


async def first_conflict(rig: Rig) -> str:
    return str(await anext(row["id"] async for row in conflicts(rig.flow().ledger)))


# -- what is to be seen


async def with_review(rig: Rig) -> Mapping[str, Any]:
    """The same, with what became of a review, and what it has ordered."""
    entry = (await stored_review(rig.house, "dual_write")).entries[CUSTOMERS]
    ordered = [each["id"] async for each in jobs(rig.house) if each["kind"] == "sync"]
    return {**await stand(rig), "review": entry.outcome.get("state"), "is the one": ordered == [entry.job]}


async def contacts(rig: Rig) -> Mapping[str, Any]:
    rows = [rig.rows(prefix, name) for name in (PERSONS, CONSUMERS) for prefix in ("h~", "w~", "p~")]
    return {
        "states": (owners.states(rig, PERSONS), owners.states(rig, CONSUMERS)),
        "erp": ([row["CustomerAccount"] for row in owners.consumers(rig)], len(owners.persons(rig))),
        "aside": [row for each in rows for row in each],
    }
