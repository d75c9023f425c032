"""A line that was never agreed is no edit: what stood there at the first look keeps nobody from deleting."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from shared.engine import set_state
from shared.errors import TryLater
from shared.ledger import PARKED, read_trouble
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, GROUPS, Rig, at_first, coupled, maps_with, on_stage
from tests.simulation.test_deletes import delete, there
from tests.simulation.test_recovery import others_go_on
from tests.simulation.test_refusals import business_logic

PERSON: Final = {"PartyType": "Person", "PersonFirstName": "Ada"}


async def paid_by_another(rig: Rig, payer: Mapping[str, str] = PERSON) -> str:
    """A customer whose invoices go to another one, who is nobody's account; the id of its own account."""
    for account in ("P-1", "P-2"):
        rig.customer(account, **payer)
    row_id = await coupled(rig, InvoiceAccount="P-1")
    assert rig.counts()["waiting"] == 1
    return row_id


async def delete_and_look(rig: Rig, side: Side, row_id: str) -> None:
    """Somebody deletes one end of a pair, and a pass comes by."""
    delete(rig, side, row_id)
    await rig.compare()


def why(rig: Rig) -> str:
    (item,) = (item for row in rig.rows(PARKED) for item in read_trouble(row).items)
    return str(item["message"])


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("since", ["nothing", "a pass", "it came"])
def test_a_reference_that_waits_is_no_edit(side: Side, since: str) -> None:
    """Who pays has no account, or has just got one: the pair is deleted as any other, whichever end went."""

    async def story(rig: Rig) -> None:
        row_id = await paid_by_another(rig, {} if since == "it came" else PERSON)
        if since == "a pass":
            await rig.compare()
        elif since == "it came":
            await rig.visit(ERP, ("usmf", "P-1"))
        await delete_and_look(rig, side, row_id)
        assert (there(rig), rig.counts()["parked"]) == ((False, False), 0)

    on_stage(story)


@pytest.mark.parametrize("seen", [False, True])
def test_a_reference_that_waited_and_was_edited_meanwhile_is_not_lost(seen: bool) -> None:
    """Nobody in Dataverse has ever seen what the customer was given since: a person decides, and is told which line."""

    async def story(rig: Rig) -> None:
        row_id = await paid_by_another(rig)
        rig.edit(InvoiceAccount="P-2")
        if seen:
            await rig.compare()
        await delete_and_look(rig, DATAVERSE, row_id)
        assert there(rig) == (True, False)
        assert "but an edit of InvoiceAccount in the ERP has never been in Dataverse" in why(rig)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_value_that_never_fitted_is_no_edit(side: Side) -> None:
    """The two were matched, and the ERP refuses what Dataverse says: since then nobody has touched either."""

    async def story(rig: Rig) -> None:
        business_logic(rig, {"PrimaryContactFax": "2"})
        rig.customer()
        row_id = rig.account(fax="2")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.counts()["parked"] == 1
        await delete_and_look(rig, side, row_id)
        assert (there(rig), rig.counts()["parked"]) == ((False, False), 0)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        ("nothing", "was never agreed"),
        ("it throttled", "was never agreed"),
        ("it was away", "is not known: an answer was lost"),
    ],
)
def test_what_was_on_its_way_when_the_other_end_was_deleted_is_not_lost(side: Side, earlier: str, told: str) -> None:
    """The two were matched, and whoever deleted one of them has never seen what the other holds: a person decides.

    What was throttled was not carried out; of what was answered with 503 nobody knows.
    """

    async def story(rig: Rig) -> None:
        rig.customer(SalesMemo="erp" if side == DATAVERSE else "")
        party = (rig.erp() or {})["PartyNumber"]
        row_id = rig.account(description="" if side == DATAVERSE else "dataverse", msdyn_partynumber=party)
        weather, system = rig.world.weather, "dataverse" if side == DATAVERSE else "finops"
        until = rig.world.loop.time() // 2 * 2 + (601 if earlier == "it was away" else 600)
        away = partial(weather.outage.update, {system: until})
        gone = partial(delete, rig, side, row_id)
        weather.strike = at_first(f"{system} update", gone if earlier == "nothing" else away)
        with suppress(TryLater):
            await rig.visit(ERP, ("usmf", ACCOUNT))
        if earlier != "nothing":
            await asyncio.sleep(602)
            gone()
        await rig.compare()
        assert there(rig) == (side == DATAVERSE, side == ERP)
        assert told in why(rig)

    on_stage(story)


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_our_own_write_left_there_is_no_edit(side: Side, edited: bool) -> None:
    """Whoever wrote it died before both agreed, and its other end is deleted: what was carried over had arrived."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="before")
        if side == DATAVERSE:
            rig.change(row_id, description="after")
        else:
            rig.edit(SalesMemo="after")
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        if edited and side == DATAVERSE:
            rig.edit(SalesMemo="later")
        elif edited:
            rig.change(row_id, description="later")
        delete(rig, side, row_id)
        await others_go_on(rig)
        assert sum(there(rig)) == edited

    on_stage(story)


@pytest.mark.parametrize("again", [False, True])
def test_a_reference_to_a_row_that_was_made_anew_is_no_edit(tmp_path: Path, again: bool) -> None:
    """The customer's group was deleted in Dataverse and is back under another id, or will be: its code stays."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        (group,) = rig.world.dataverse.rows("msdyn_customergroups")
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.world.dataverse.delete("msdyn_customergroups", str(group["msdyn_customergroupid"]))
        for _ in range(1 + again):
            await rig.compare(GROUPS)
        assert len(list(rig.world.dataverse.rows("msdyn_customergroups"))) == again
        await set_state(rig.house, CUSTOMERS, "running")
        await delete_and_look(rig, DATAVERSE, row_id)
        assert (there(rig), rig.counts()["parked"]) == ((False, False), 0)

    on_stage(story, maps_with(tmp_path, "policy: {delete: restore}\n", GROUPS))


@pytest.mark.parametrize("edited", [False, True])
def test_a_reference_that_dataverse_emptied_is_no_edit(edited: bool) -> None:
    """The group of the account was deleted there, and its customer waits for another one: nobody has edited that."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        (group,) = rig.world.dataverse.rows("msdyn_customergroups")
        rig.world.dataverse.delete("msdyn_customergroups", str(group["msdyn_customergroupid"]))
        await rig.compare()
        assert rig.counts()["waiting"] == 1
        if edited:
            rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
            rig.edit(CustomerGroupId="20")
        await delete_and_look(rig, DATAVERSE, row_id)
        assert there(rig) == (edited, False)

    on_stage(story)


def test_a_write_without_an_answer_to_a_record_that_is_gone_is_told_as_that() -> None:
    """Whether the customer had the edit before somebody deleted it is not known: a person decides."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, description="after")
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        delete(rig, ERP, row_id)
        await others_go_on(rig)
        assert there(rig) == (False, True)
        assert "has been in the ERP is not known: an answer was lost" in why(rig)

    on_stage(story)
