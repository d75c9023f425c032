"""A rebuild forgets what the next pass finds again, and leaves coupled what it would double, decide or make again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import couple, kept_by, set_state
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, Rig, coupled, maps_with, on_stage
from tests.simulation.test_undo import job

Begin = Callable[[Rig], Awaitable[None]]
WAITING_FOR_PEOPLE: Final = "policy: {conflict: park, delete: park}\n"


async def coupled_by_hand(rig: Rig) -> None:
    await couple(rig.flow(), rig.customer("E-1"), rig.account("D-1"))


async def in_conflict(rig: Rig) -> None:
    row_id = await coupled(rig)
    rig.edit(OrganizationName="ERP")
    rig.change(row_id, name="Dataverse")
    await rig.visit(DATAVERSE, (row_id,))


async def deleted_in_the_erp(rig: Rig) -> None:
    row_id = await coupled(rig)
    rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
    await rig.visit(DATAVERSE, (row_id,))


async def deleted_in_dataverse(rig: Rig) -> None:
    row_id = await coupled(rig)
    rig.world.dataverse.delete("accounts", row_id)
    await rig.visit(DATAVERSE, (row_id,))


async def out_of_the_scope(rig: Rig) -> None:
    row_id = await coupled(rig)
    rig.change(row_id, customertypecode=8)
    await rig.visit(DATAVERSE, (row_id,))


@pytest.mark.parametrize(
    ("begin", "what"),
    [
        (coupled_by_hand, "not found again"),
        (in_conflict, "in conflict"),
        (deleted_in_the_erp, "deleted"),
        (deleted_in_dataverse, "deleted"),
        (out_of_the_scope, "out of the scope"),
    ],
)
def test_what_would_not_find_itself_again_stays_coupled(tmp_path: Path, begin: Begin, what: str) -> None:
    """It is listed with its reason, by the dry run as well; the pair beside it is forgotten and found again."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-900")
        await begin(rig)
        before = rig.couplings()
        sides = (rig.accounts(), len(list(rig.world.finops.rows("CustomersV3"))), rig.counts()["conflicts"])
        await set_state(rig.house, CUSTOMERS, "paused")
        told: list[tuple[Mapping[str, int], list[Mapping[str, Any]]]] = []
        for dry in (True, False):
            done = await job(rig, "rebuild", dry=dry)
            left = [each async for each in kept_by(rig.house.documents, done["id"])]
            told.append((done["tallies"][CUSTOMERS]["counts"], left))
        assert told[0] == told[1]
        assert told[0][0] == {"uncoupled": 1, f"{what}, still coupled": 1}
        (record,) = told[0][1]
        kept = [each for each in before if each.erp != ("usmf", "US-900")]
        assert (rig.couplings(), record["record"]["dataverse"]) == (kept, kept[0].dataverse)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert len(rig.couplings()) == len(before)
        after = (rig.accounts(), len(list(rig.world.finops.rows("CustomersV3"))), rig.counts()["conflicts"])
        assert after == sides

    on_stage(story, maps_with(tmp_path, WAITING_FOR_PEOPLE))


def test_a_row_that_was_made_anew_under_the_number_is_found_instead() -> None:
    """The row of a pair is gone, and another one has its number: forgotten, the customer finds that one."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.world.dataverse.delete("accounts", row_id)
        other = rig.account()
        done = await job(rig, "rebuild")
        assert done["tallies"][CUSTOMERS]["counts"] == {"uncoupled": 1}
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert [each.dataverse for each in rig.couplings()] == [other]
        assert rig.erp() is not None

    on_stage(story)
