"""Explain foretells what comes of a record without a coupling, for it asks the code that decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from shared.engine import explain, sync_now
from shared.ledger import PARKED, WAITING, Trouble, Write, read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage


def aside(rig: Rig) -> list[Trouble]:
    """What is set aside."""
    return [read_trouble(row) for prefix in (PARKED, WAITING) for row in rig.rows(prefix)]


Named = tuple[Side, tuple[str, ...]]


async def alone(rig: Rig) -> Named:
    return DATAVERSE, (rig.account(),)


async def matched(rig: Rig) -> Named:
    rig.customer()
    return DATAVERSE, (rig.account(),)


async def numbered_as_a_person(rig: Rig) -> Named:
    rig.customer(PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
    return DATAVERSE, (rig.account(),)


async def numbered_as_a_coupled_person(rig: Rig) -> Named:
    identity = rig.customer(PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
    await sync_now(rig.house.flow("dual_write.customers_v3_contacts"), ERP, identity)
    return DATAVERSE, (rig.account(),)


async def taken(rig: Rig) -> Named:
    row_id = await coupled(rig)
    rig.change(row_id, accountnumber="OTHER")
    return DATAVERSE, (rig.account(),)


async def stranger(rig: Rig) -> Named:
    rig.account(name="Fabrikam")
    return ERP, rig.customer(OrganizationName="Northwind Traders")


async def without_its_group(rig: Rig) -> Named:
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "new"})
    return ERP, rig.customer(CustomerGroupId="new")


async def too_long(rig: Rig) -> Named:
    return DATAVERSE, (rig.account(address1_stateorprovince="Schleswig-Holstein"),)


async def outside_the_scope(rig: Rig) -> Named:
    return DATAVERSE, (rig.account(customertypecode=1),)


FORETOLD: Final[dict[Callable[[Rig], Awaitable[Named]], tuple[str, str]]] = {
    alone: ("it will be created", "created"),
    matched: ("it will be coupled with the record that matches it: usmf US-001", "updated"),
    numbered_as_a_person: ("it cannot be coupled with the record that matches it", "parked"),
    numbered_as_a_coupled_person: ("it cannot be coupled with the record that matches it", "parked"),
    taken: ("it cannot be coupled with the record that matches it", "parked"),
    stranger: ("it cannot be coupled with the record that matches it", "parked"),
    without_its_group: ("it waits to be created", "waiting"),
    too_long: ("it can be neither coupled nor created in the ERP yet", "parked"),
    outside_the_scope: ("it is outside the flow's scope", "ignored"),
}


@pytest.mark.parametrize("situation", FORETOLD)
def test_what_is_foretold_happens(situation: Callable[[Rig], Awaitable[Named]]) -> None:
    """What sets the record aside is told before and after in the words in which it is listed."""
    said, outcome = FORETOLD[situation]

    async def story(rig: Rig) -> None:
        side, identity = await situation(rig)
        before = str((await explain(rig.flow(), side, identity))["why"])
        assert before.startswith(said), before
        assert (await rig.visit(side, identity)).kind == outcome
        rows = aside(rig)
        if outcome in {"parked", "waiting"}:
            after = str((await explain(rig.flow(), side, identity))["why"])
            messages = [item["message"] for row in rows if row.identity == identity for item in row.items]
            assert messages
            assert before == after == f"{said}: {'; '.join(messages)}"

    on_stage(story)


def test_who_has_the_number_of_a_person_is_told_what_to_do() -> None:
    """The other record is named, with the scope that it is outside of."""

    async def story(rig: Rig) -> None:
        side, identity = await numbered_as_a_person(rig)
        told = str((await explain(rig.flow(), side, identity))["why"])
        words = (
            f"usmf {ACCOUNT}",
            "outside the flow's scope in the ERP",
            "PartyType eq 'Organization'",
            "another number",
        )
        assert all(each in told for each in words), told

    on_stage(story)


def test_a_record_whose_match_is_out_of_the_scope_is_claimed_once() -> None:
    """A pass over it looks, and writes nothing: neither a claim nor the same reason again."""

    async def story(rig: Rig) -> None:
        await numbered_as_a_person(rig)
        await rig.compare()
        assert [each.cause for each in aside(rig)] == ["scope:"]
        written: list[Write] = []
        rig.world.on_applied = lambda partition, writes: written.extend(writes if partition == CUSTOMERS else ())
        rig.house = rig.world.house()
        await rig.compare()
        assert written == []

    on_stage(story)
