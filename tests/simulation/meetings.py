"""Meetings: what two instances do at once over one record, or one feed, and what people do meanwhile."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shared.engine import Wake, catch_up, start_job, visit, work_on
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from tests.simulation.interleavings import RECORDS, Meeting, Story
from tests.simulation.rig import ACCOUNT, CUSTOMERS, Rig, maps_with

ID: Final = ("usmf", ACCOUNT)


@cache
def maps(policy: str = "") -> Catalogue:
    """The shipped map of customers, with a policy of its own."""
    with TemporaryDirectory() as folder:
        found = maps_with(Path(folder), f"policy: {{{policy}}}\n")
        only = Catalogue({CUSTOMERS: found.files[CUSTOMERS]}, found.overlays, found.switches)
        assert len(only.sound()) == 1
        return only


async def in_sync(rig: Rig) -> None:
    await rig.visit(ERP, rig.customer())


def account_id(rig: Rig) -> str:
    (row,) = rig.world.dataverse.rows("accounts")
    return str(row["accountid"])


def erp_edit(name: str, *, hinted: bool = True) -> Story:
    async def edits_erp(rig: Rig) -> None:
        rig.edit(OrganizationName=name)
        if hinted:
            await rig.hint(ERP, ID)

    return edits_erp


def dataverse_edit(name: str, *, hinted: bool = True) -> Story:
    async def edits_dataverse(rig: Rig) -> None:
        row_id = account_id(rig)
        rig.change(row_id, name=name)
        if hinted:
            await rig.hint(DATAVERSE, (row_id,))

    return edits_dataverse


def after(*stories: Story) -> Story:
    async def all_of_it(rig: Rig) -> None:
        for story in stories:
            await story(rig)

    return all_of_it


async def event_of_erp(rig: Rig) -> None:
    """The function of a flow, told of the customer."""
    await look(rig, ERP, ID)


async def event_of_dataverse(rig: Rig) -> None:
    coupled = [coupling.dataverse for coupling in rig.couplings()]
    await look(rig, DATAVERSE, (coupled[0] if coupled else account_id(rig),))


async def look(rig: Rig, side: Side, identity: tuple[str, ...]) -> None:
    """A visit that finds the hint that stands."""
    flow = rig.flow()
    wake = Wake(side, identity)
    await visit(flow, Wake(side, identity, await flow.ledger.hint(wake.end)))


async def compare(rig: Rig) -> None:
    """A compare pass, from its order on."""
    job = await start_job(rig.house, "compare", (CUSTOMERS,))
    await work_on(rig.house, job["id"], lambda: False)


async def catch_up_once(rig: Rig) -> None:
    await catch_up(rig.house, CUSTOMERS, lambda: False)


async def pump(rig: Rig) -> None:
    await rig.pump()


async def tracked(rig: Rig) -> None:
    """A customer in sync, and a cursor that marks where changes begin."""
    await in_sync(rig)
    await rig.compare()


async def new_customer(rig: Rig) -> None:
    await rig.hint(ERP, rig.customer(), "create")


async def new_account(rig: Rig) -> None:
    await rig.hint(DATAVERSE, (rig.account(name="By hand"),), "create")


async def account_without_number(rig: Rig) -> None:
    await rig.hint(DATAVERSE, (rig.account(None),), "create")


def one_each(rig: Rig) -> bool:
    """Nothing was created twice."""
    return len(list(rig.world.finops.rows("CustomersV3"))) == len(list(rig.world.dataverse.rows("accounts"))) == 1


async def keyed_in_twice(rig: Rig) -> None:
    await new_account(rig)
    await new_customer(rig)


async def deletes_customer(rig: Rig) -> None:
    rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
    await rig.hint(ERP, ID, "delete")


async def deletes_account(rig: Rig) -> None:
    row_id = account_id(rig)
    rig.world.dataverse.delete("accounts", row_id)
    await rig.hint(DATAVERSE, (row_id,), "delete")


def if_there(side: Side, story: Story) -> Story:
    """Somebody who finds nothing on that side does nothing."""

    async def tries(rig: Rig) -> None:
        rows = rig.world.finops.rows("CustomersV3") if side == ERP else rig.world.dataverse.rows("accounts")
        if list(rows):
            await story(rig)

    return tries


def unless_there(story: Story) -> Story:
    """Somebody who finds the account there already does not key it in."""

    async def tries(rig: Rig) -> None:
        if not list(rig.world.dataverse.rows("accounts")):
            await story(rig)

    return tries


E1, E2, D1, D2 = erp_edit("E1"), erp_edit("E2"), dataverse_edit("D1"), dataverse_edit("D2")
EVENTS: Final = (event_of_erp, event_of_dataverse)
FEEDS: Final = (*RECORDS, "feeds ", "jobs ")

MEETINGS: Final = (
    Meeting("two visits to an edited customer", maps, after(in_sync, E1), (event_of_erp, event_of_erp)),
    Meeting("two visits, an edit in the ERP", maps, after(in_sync, E1), EVENTS, [[E2]]),
    Meeting("two visits, an edit in Dataverse", maps, after(in_sync, E1), EVENTS, [[D1]]),
    Meeting("two visits to a conflict", maps, after(in_sync, E1, D1), EVENTS, [[E2]]),
    Meeting("two visits to a conflict, the ERP wins", partial(maps, "conflict: erp_wins"), after(in_sync, E1, D1),
            EVENTS, [[D2]]),
    Meeting("two visits to a conflict that parks", partial(maps, "conflict: park"), after(in_sync, E1, D1),
            EVENTS, [[E2]]),
    Meeting("two visits, edits on both sides", maps, after(in_sync, E1), EVENTS, [[E2], [D1]]),
    Meeting("two visits, one of them of a zombie", maps, after(in_sync, E1), EVENTS, [[D1]], lapses=1),
    Meeting("two visits, somebody dies", maps, after(in_sync, E1), EVENTS, [[D1]], deaths=1, lapses=1),
    Meeting("two visits, an answer is lost", maps, after(in_sync, E1), EVENTS, [[D1]], faults=1, lapses=1),
    Meeting("two visits to a new customer", maps, new_customer, (event_of_erp, event_of_erp)),
    Meeting("a customer keyed in twice", maps, keyed_in_twice, EVENTS),
    Meeting("a customer keyed in while it is created", maps, new_customer, (event_of_erp, event_of_erp),
            [[unless_there(new_account)]]),
    Meeting("two visits to a new customer, somebody dies", maps, new_customer, (event_of_erp, event_of_erp),
            deaths=1, lapses=1),
    Meeting("two visits to a new customer, an answer is lost", maps, new_customer, (event_of_erp, event_of_erp),
            faults=1, lapses=1),
    Meeting("a customer keyed in twice, an answer is lost", maps, keyed_in_twice, EVENTS, faults=1, lapses=1),
    Meeting("two visits to a delete", maps, after(in_sync, deletes_customer), EVENTS),
    Meeting("a delete against an edit", maps, after(in_sync, deletes_customer), EVENTS, [[if_there(DATAVERSE, D1)]]),
    Meeting("a delete, and the customer is keyed in again", maps, after(in_sync, deletes_customer), EVENTS,
            [[new_customer]]),
    Meeting("a delete in Dataverse against an edit", maps, after(in_sync, deletes_account), EVENTS,
            [[if_there(ERP, E1)]]),
    Meeting("a delete by a zombie", maps, after(in_sync, deletes_customer), EVENTS,
            [[if_there(DATAVERSE, D1)]], lapses=1),
    Meeting("a delete by somebody who dies", maps, after(in_sync, deletes_customer), EVENTS,
            [[if_there(DATAVERSE, D1)]],
            deaths=1, lapses=1),
    Meeting("two pumps", maps, after(in_sync, E1), (pump, pump), [[D1]]),
    Meeting("a compare pass and a visit", maps, after(tracked, E1), (compare, event_of_erp), [[E2]]),
    Meeting("a compare pass and a visit to a new customer", maps, new_customer, (compare, event_of_erp)),
    Meeting("a catch-up pass and a visit", maps, after(tracked, D1), (catch_up_once, event_of_erp), [[D2]]),
    Meeting("a compare pass meets a customer that the ERP has just numbered", maps, account_without_number,
            (event_of_dataverse, compare), right=one_each),
    Meeting("two compare passes", maps, after(tracked, E1), (compare, compare), about=FEEDS),
    Meeting("two catch-up passes, one of a zombie", maps, after(tracked, D1), (catch_up_once, catch_up_once),
            lapses=1, about=FEEDS),
)  # fmt: skip
