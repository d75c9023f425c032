"""What a crash, a race or a lost event leaves behind, and that it is made good."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.ledger import PARKED, WAITING, Trouble, Write, end_of, moment, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, GROUPS, Rig, on_stage

LONG = 200.0
"""Seconds after which an intent of somebody who died counts as abandoned."""


def without_an_answer_to(rig: Rig, step: str) -> None:
    """The app dies as it sends its next request of this kind; the request is carried out nevertheless."""

    def strike(sent: str) -> bool:
        if sent == step:
            rig.world.weather.strike = None
            rig.world.loop.spawn(0, kill_soon(rig))
        return False

    rig.world.weather.strike = strike


async def kill_soon(rig: Rig) -> None:
    rig.world.loop.kill(rig.world.instances)


async def dies_at(rig: Rig, step: str, work: Any) -> None:
    """Another instance of the app does something, and dies in the middle of it."""
    without_an_answer_to(rig, step)
    rig.world.instance(work)
    await asyncio.sleep(LONG)


def test_an_edit_made_while_a_create_was_recovered_is_not_taken_back() -> None:
    """The account was created, and its maker died; what was edited since flows on instead of being overwritten."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(SalesMemo="before")
        await dies_at(rig, "dataverse create", rig.visit(ERP, identity))
        assert [each.state for each in rig.couplings()] == ["claimed"]
        rig.edit(SalesMemo="after")
        await rig.compare()
        assert rig.both("SalesMemo", "description") == ("after", "after")
        assert [(row.value, row.winner, row.unsure) for row in rig.conflicts()] == [("before", "after", True)]

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_parked_record_that_is_deleted_without_an_event_leaves_no_row(side: str) -> None:
    """Nobody heard of the delete: the pass that does not meet the record any more looks, and clears its row."""

    async def story(rig: Rig) -> None:
        if side == ERP:
            await rig.visit(ERP, rig.customer(PrimaryContactEmail="x" * 90 + "@contoso.example"))
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        else:
            row_id = rig.account(**{"msdyn_customergroupid@odata.bind": None})
            await rig.visit(DATAVERSE, (row_id,))
            rig.world.dataverse.delete("accounts", row_id)
        assert rig.counts()["parked"] == 1
        await rig.compare()
        assert rig.counts()["parked"] == 0

    on_stage(story)


def test_a_row_that_was_stored_while_its_record_was_being_coupled_goes() -> None:
    """Two workers met one record: the one that came too late left a waiting row, which stands for nothing."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        now = moment(rig.world.loop.clock())
        row = Trouble("waiting", end_of(ERP, identity), ERP, identity, ({"line": "", "code": "missing"},), now, now)
        await rig.flow().ledger.commit([Write("insert", row.key, row.cells())])
        await rig.compare()
        assert rig.rows(WAITING) == []

    on_stage(story)


def test_a_pass_leaves_waiting_rows_as_they_are() -> None:
    """A pass looks whether what a record waits for is there; that it is not is no news."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        await rig.visit(ERP, rig.customer(SalesCurrencyCode="DKK"))
        (before,) = rig.rows(WAITING)
        await rig.compare()
        assert [row.etag for row in rig.rows(WAITING)] == [before.etag]

    on_stage(story)


def test_a_delete_that_was_refused_is_not_tried_again_by_every_pass() -> None:
    """A group in use, by whom nobody shows us, cannot be deleted in the ERP: that is parked, and tried again when an
    event or a person asks.
    """

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda _row: True
        (group,) = rig.world.dataverse.rows("msdyn_customergroups")
        rig.world.dataverse.delete("msdyn_customergroups", group["msdyn_customergroupid"])
        await rig.compare(GROUPS)
        (row,) = rig.rows(PARKED, GROUPS)
        assert "dependent records" in read_trouble(row).items[0]["message"]
        before = [each.etag for each in rig.rows("d~", GROUPS)]
        await rig.compare(GROUPS)
        assert [each.etag for each in rig.rows("d~", GROUPS)] == before
        assert [each.etag for each in rig.rows(PARKED, GROUPS)] == [row.etag]

    on_stage(story)


def test_a_claim_that_is_kept_and_set_aside_is_only_looked_at() -> None:
    """Its request may still be under way, so it is kept; while nothing changes for it, passes write nothing."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.dies(ERP, identity, before="dataverse create")
        await asyncio.sleep(LONG)
        rig.edit(PrimaryContactEmail="x" * 90 + "@contoso.example")
        await rig.compare()
        (coupling,) = rig.couplings()
        assert (coupling.state, rig.counts()["parked"]) == ("claimed", 1)
        await rig.compare()
        assert rig.couplings() == [coupling]

    on_stage(story)
