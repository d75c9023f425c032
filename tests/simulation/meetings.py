"""Meetings: what two instances do at once over one record, or one feed, and what people do meanwhile."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shared.engine import (
    Wake,
    catch_up,
    clear,
    conduct,
    couple,
    open_review,
    restore,
    set_state,
    start_job,
    start_review,
    uncouple,
    visit,
    work_on,
)
from shared.ledger import JOBS, WAITING
from shared.ledger._feeds import read_document
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from tests.simulation.crashes import Story
from tests.simulation.interleavings import RECORDS, Meeting
from tests.simulation.listed import conflicts
from tests.simulation.meetings_sales import SALES_MEETINGS
from tests.simulation.rig import ACCOUNT, CUSTOMERS, Rig, maps_with
from tests.unit.maps.once import like

ID: Final = ("usmf", ACCOUNT)
PAYER: Final = "US-002"


@cache
def maps(policy: str = "") -> Catalogue:
    """The shipped map of customers, with a policy of its own."""
    with TemporaryDirectory() as folder:
        found = maps_with(Path(folder), f"policy: {{{policy}}}\n")
        only = like(found, files={CUSTOMERS: found.files[CUSTOMERS]})
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


async def fax_refused(rig: Rig) -> None:
    """Somebody enters a number that a plug-in of Dataverse does not take, and does not name."""
    rig.world.dataverse.behaviour.refused_values["accounts"] = {"fax": frozenset({"2"})}
    rig.edit(PrimaryContactFax="2", PrimaryContactPhone="1")


def fax_is_back_only(rig: Rig) -> bool:
    """Everything else has arrived."""
    both = rig.both("PrimaryContactPhone", "telephone1"), rig.both("OrganizationName", "name")
    return all(erp == dataverse for erp, dataverse in both) and rig.counts()["parked"] == 1


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
    await rig.hint(DATAVERSE, (rig.account(name="Contoso by hand"),), "create")


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


async def uncouples(rig: Rig) -> None:
    """An operator ends the coupling; both records stay."""
    await uncouple(rig.flow(), ERP, ID)


async def clears(rig: Rig) -> None:
    """An operator lets both records find each other again."""
    await clear(rig.flow(), ERP, ID)


async def restores(rig: Rig) -> None:
    """An operator takes back what lost."""
    for key in [row["id"] async for row in conflicts(rig.flow().ledger)]:
        await restore(rig.flow(), key)


async def strangers(rig: Rig) -> None:
    """One record on each side, which no number brings together; events tell of both."""
    await rig.hint(DATAVERSE, (rig.account("D-1", name="D1"),), "create")
    await rig.hint(ERP, rig.customer(), "create")


async def couples(rig: Rig) -> None:
    """An operator couples the strangers."""
    row = rig.dataverse("D-1")
    assert row is not None
    await couple(rig.flow(), ID, str(row["accountid"]))


async def becomes_prospect(rig: Rig) -> None:
    """The account leaves the scope."""
    row_id = account_id(rig)
    rig.change(row_id, customertypecode=8)
    await rig.hint(DATAVERSE, (row_id,))


async def becomes_customer(rig: Rig) -> None:
    """The account comes back into the scope."""
    row_id = account_id(rig)
    rig.change(row_id, customertypecode=3)
    await rig.hint(DATAVERSE, (row_id,))


async def customer_in_kroner(rig: Rig) -> None:
    """A customer whose currency Dataverse does not know."""
    rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
    await rig.hint(ERP, rig.customer(SalesCurrencyCode="DKK"), "create")


async def waits_for_kroner(rig: Rig) -> None:
    """The same, and somebody has looked."""
    await customer_in_kroner(rig)
    await event_of_erp(rig)


async def creates_krone(rig: Rig) -> None:
    """No event tells of it: the flow of currencies is not ours."""
    rig.new_currency("DKK")


async def review_started(rig: Rig) -> None:
    """A customer in the ERP alone, whose flow is to be synchronised in full."""
    rig.customer()
    await set_state(rig.house, CUSTOMERS, "not running")
    await open_review(rig.house, "dual_write")
    await start_review(rig.house, "dual_write")


async def carries_review_on(rig: Rig) -> None:
    await conduct(rig.house)


def ordered_once(rig: Rig) -> bool:
    """One first synchronisation, which has brought the customer over."""
    found = [read_document(JOBS, row).value["kind"] for row in rig.world.tables.partitions[JOBS].values()]
    return found.count("sync") == 1 and rig.dataverse() is not None


async def payer_and_customer(rig: Rig) -> None:
    """Two new customers; one pays for the other."""
    await rig.hint(ERP, rig.customer(PAYER), "create")
    await rig.hint(ERP, rig.customer(InvoiceAccount=PAYER), "create")


async def event_of_payer(rig: Rig) -> None:
    await look(rig, ERP, ("usmf", PAYER))


def nobody_waits(rig: Rig) -> bool:
    """What was waited for is there, and so is the customer."""
    return rig.dataverse() is not None and not rig.rows(WAITING)


def payer_is_known(rig: Rig) -> bool:
    """The invoice account has come over."""
    row, payer = rig.dataverse(), rig.dataverse(PAYER)
    return row is not None and payer is not None and row["_msdyn_billingaccount_value"] == payer["accountid"]


E1, E2, D1, D2 = erp_edit("E1"), erp_edit("E2"), dataverse_edit("D1"), dataverse_edit("D2")
EVENTS: Final = (event_of_erp, event_of_dataverse)
CURRENCIES: Final = (*RECORDS, "/transactioncurrencies")
QUARREL: Final = after(in_sync, E1, D1, event_of_erp, event_of_dataverse)
REVIEWS: Final = ("feeds ", "jobs ", "reviews ", "flows ")
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
    Meeting("two visits to a value that a plug-in refuses", maps, after(in_sync, fax_refused, E1), EVENTS, [[E2]],
            right=fax_is_back_only),
    Meeting("two visits to a value that a plug-in refuses, somebody dies", maps, after(in_sync, fax_refused, E1),
            (event_of_erp, event_of_erp), deaths=1, lapses=1, right=fax_is_back_only),
    Meeting("two visits, one of them of a zombie", maps, after(in_sync, E1), EVENTS, [[D1]], lapses=1),
    Meeting("two visits, somebody dies", maps, after(in_sync, E1), EVENTS, [[D1]], deaths=1, lapses=1),
    Meeting("two visits, an answer is lost", maps, after(in_sync, E1), EVENTS, [[D1]], faults=1, lapses=1),
    Meeting("two visits to a new customer", maps, new_customer, (event_of_erp, event_of_erp)),
    Meeting("a customer keyed in twice", maps, keyed_in_twice, EVENTS),
    Meeting("a customer keyed in while it is created", maps, new_customer, (event_of_erp, event_of_erp),
            [[unless_there(new_account)]]),
    Meeting("two visits to a new customer, somebody dies", maps, new_customer, (event_of_erp, event_of_erp),
            deaths=1, lapses=1),
    Meeting("a customer whose create is still under way is deleted", maps, new_account,
            (event_of_dataverse, event_of_dataverse), [[if_there(ERP, deletes_customer)]], deaths=1, lapses=1),
    Meeting("an account whose create is still under way is deleted", maps, new_customer,
            (event_of_erp, event_of_erp), [[if_there(DATAVERSE, deletes_account)]], deaths=1, lapses=1),
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
    Meeting("two instances carry a review on, one of them a zombie", maps, review_started,
            (carries_review_on, carries_review_on), deaths=1, lapses=1, told=False, right=ordered_once, about=REVIEWS),
    Meeting("two catch-up passes, one of a zombie", maps, after(tracked, D1), (catch_up_once, catch_up_once),
            lapses=1, about=FEEDS),
    Meeting("an operator uncouples a customer that is looked at", maps, after(in_sync, E1),
            (event_of_erp, uncouples), [[D1]]),
    Meeting("an operator clears a tombstone that is looked at", maps, after(in_sync, uncouples, E1),
            (event_of_erp, clears), [[D1]]),
    Meeting("an operator restores a value of a customer that is looked at", partial(maps, "conflict: dataverse_wins"),
            after(QUARREL, D2), (event_of_dataverse, restores), [[E2]], decides=True),
    Meeting("an operator couples two records that are looked at", maps, strangers, (event_of_erp, couples), [[E1]]),
    Meeting("an account leaves the scope, the customer is edited", maps, after(in_sync, becomes_prospect),
            EVENTS, [[E1]]),
    Meeting("an account leaves the scope and comes back, the customer is edited", maps,
            after(in_sync, becomes_prospect), EVENTS, [[E1], [becomes_customer]]),
    Meeting("an account leaves the scope for good, the customer is edited", partial(maps, "leaves: uncouple"),
            after(in_sync, becomes_prospect), EVENTS, [[E1]]),
    Meeting("a customer leaves the scope and is deleted, although it is edited", partial(maps, "leaves: delete"),
            after(in_sync, becomes_prospect), EVENTS, [[if_there(ERP, E1)]]),
    Meeting("what a customer begins to wait for is created", maps, customer_in_kroner, (event_of_erp, pump),
            [[creates_krone]], right=nobody_waits, about=CURRENCIES),
    Meeting("what a customer waits for is created", maps, waits_for_kroner, (event_of_erp, pump),
            [[creates_krone], [if_there(ERP, E1)]], right=nobody_waits, about=CURRENCIES),
    Meeting("a customer and whoever pays for it are created", maps, payer_and_customer,
            (event_of_erp, event_of_payer), right=payer_is_known),
    *SALES_MEETINGS,
)  # fmt: skip
