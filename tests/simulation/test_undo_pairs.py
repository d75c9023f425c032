"""An undo of records that hang on each other takes back both of a pair, and its dry run says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from shared.engine import set_state
from shared.mapping import DATAVERSE, ERP, entity
from tests.simulation.rig import CUSTOMERS, GROUPS, Rig, on_stage
from tests.simulation.test_cascades import CONTACTS, DAY_LINES, DAYS, LINE, PERSONS
from tests.simulation.test_undo import job, undone


def new(rig: Rig, name: str, **values: Any) -> None:
    rig.world.finops.create(name, {"dataAreaId": "usmf", **values})


def added(rig: Rig, name: str, **values: Any) -> str:
    company = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
    return rig.world.dataverse.create(name, {**company, **values})


def payer_and_customer(rig: Rig) -> None:
    rig.customer("B-PAYER")
    rig.customer("A-PAID-FOR", InvoiceAccount="B-PAYER")


def payer_with_the_lower_number(rig: Rig) -> None:
    rig.customer("A-PAYER")
    rig.customer("B-PAID-FOR", InvoiceAccount="A-PAYER")


def payer_and_account(rig: Rig) -> None:
    payer = rig.account("A-PAYER")
    rig.account("B-PAID-FOR", **{"msdyn_billingaccount_account@odata.bind": f"/accounts({payer})"})


def day_and_line(rig: Rig) -> None:
    new(rig, "PaymentDaysCds", Name="Monday")
    new(rig, "PaymentDayLinesCds", CdsIntegrationKey=LINE, Name="Monday", Frequency="Week", DayOfWeek="Monday")


def day_and_line_of_dataverse(rig: Rig) -> None:
    day = added(rig, "msdyn_paymentdays", msdyn_name="Monday")
    added(rig, "msdyn_paymentdaylines", msdyn_frequency=806380000, msdyn_dayofweek=806380001,
          **{"msdyn_paymentday@odata.bind": f"/msdyn_paymentdays({day})"})  # fmt: skip


def group_and_customer(rig: Rig) -> None:
    new(rig, "CustomerGroups", CustomerGroupId="20")
    rig.customer("A-1", CustomerGroupId="20")


def group_and_account(rig: Rig) -> None:
    group = added(rig, "msdyn_customergroups", msdyn_groupid="20")
    rig.account("A-1", **{"msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group})"})


def customer_and_contact_person(rig: Rig) -> None:
    rig.customer("A-1")
    new(rig, "CDSContactPersonsV2", ContactPersonPartyNumber="P-1", AssociatedContactType="Customer",
        AssociatedContactNumber="A-1", FirstName="Ada")  # fmt: skip


def account_and_contact(rig: Rig) -> None:
    account = rig.account("A-1")
    added(rig, "contacts", firstname="Ada",
          **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})  # fmt: skip


def payer_and_person(rig: Rig) -> None:
    """The one who is paid for is a person, of another flow over the same entity."""
    rig.customer("A-PAYER")
    rig.customer("B-ADA", PartyType="Person", PersonFirstName="Ada", InvoiceAccount="A-PAYER")


@dataclass(frozen=True, slots=True)
class Pair:
    """What somebody enters on one side, and where its copies are: flows, and tables or entities of the other side."""

    enter: Callable[[Rig], None]
    flows: tuple[str, ...]
    side: str
    copies: tuple[str, ...]


SYSTEM: Final = "finops"
PAIRS: Final = [
    Pair(payer_and_customer, (CUSTOMERS,), DATAVERSE, ("accounts",)),
    Pair(payer_with_the_lower_number, (CUSTOMERS,), DATAVERSE, ("accounts",)),
    Pair(payer_and_account, (CUSTOMERS,), ERP, ("CustomersV3",)),
    Pair(day_and_line, (DAYS, DAY_LINES), DATAVERSE, ("msdyn_paymentdays", "msdyn_paymentdaylines")),
    Pair(day_and_line_of_dataverse, (DAYS, DAY_LINES), ERP, ("PaymentDaysCds", "PaymentDayLinesCds")),
    Pair(group_and_customer, (GROUPS, CUSTOMERS), DATAVERSE, ("msdyn_customergroups", "accounts")),
    Pair(group_and_account, (GROUPS, CUSTOMERS), ERP, ("CustomerGroups", "CustomersV3")),
    Pair(customer_and_contact_person, (CUSTOMERS, CONTACTS), DATAVERSE, ("accounts", "contacts")),
    Pair(account_and_contact, (CUSTOMERS, CONTACTS), ERP, ("CustomersV3", "CDSContactPersonsV2")),
    Pair(payer_and_person, (CUSTOMERS, PERSONS), DATAVERSE, ("accounts", "contacts")),
]


def rows(rig: Rig, pair: Pair) -> set[tuple[str, ...]]:
    """The records where the copies are, by their keys."""
    if pair.side == ERP:
        return {tuple(str(row[part]) for part in entity(SYSTEM, name).key)
                for name in pair.copies for row in rig.world.finops.rows(name)}  # fmt: skip
    return {(str(row[entity(DATAVERSE, name).id]),) for name in pair.copies for row in rig.world.dataverse.rows(name)}


async def loaded(rig: Rig, pair: Pair) -> tuple[Any, set[tuple[str, ...]]]:
    """A load that makes copies of both; its job, and what was there before."""
    for name in pair.flows:
        await set_state(rig.house, name, "running")
    before = rows(rig, pair)
    pair.enter(rig)
    done = await job(rig, "sync", *pair.flows)
    assert len(rows(rig, pair) - before) == 2
    return done, before


@pytest.mark.parametrize("page", [1, 1000], ids=["a page each", "one page"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.enter.__name__)
def test_both_of_a_pair_go_and_the_dry_run_says_so(pair: Pair, page: int) -> None:
    """Whoever hangs on the other goes first, in whatever order they are met, on whatever page, of whatever flow."""

    async def story(rig: Rig) -> None:
        rig.world.dataverse.behaviour.max_page_size = rig.world.finops.behaviour.max_page_size = page
        done, before = await loaded(rig, pair)
        counts, left = await undone(rig, done, *pair.flows)
        assert (counts, left) == ({f"deleted {pair.side}": 2}, [])
        assert rows(rig, pair) == before

    on_stage(story)
