"""What is kept about records that are gone does not outlive its use: tombstones, values that lost, former partners."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from shared.engine import Options, clear, report, start_job, uncouple, work_on
from shared.engine._owners import OWNERS
from shared.ledger import COUPLING, FORMER, INDEX, JOURNAL, PARKED, Write
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_conflicts import parking, quarrel
from tests.simulation.test_deletes import delete, with_policy
from tests.simulation.test_owners import CONSUMERS, PERSONS, both_flows, consumers, handed_over, look, persons

LONG = timedelta(days=91)
KEPT = Options(journal=timedelta(days=120))


async def pass_after(rig: Rig, by: timedelta = LONG) -> None:
    """Time goes by, and then everything is compared."""
    await asyncio.sleep(by.total_seconds())
    await rig.compare()


async def deleted(rig: Rig) -> str:
    """A pair that is deleted on both sides, beside another one that stays; the id of its row."""
    await coupled(rig, "US-002")
    row_id = await coupled(rig)
    delete(rig, ERP, row_id)
    await rig.visit(ERP, ("usmf", ACCOUNT))
    assert rig.dataverse() is None
    return row_id


def states(rig: Rig) -> list[str]:
    return sorted(each.state for each in rig.couplings())


@pytest.mark.parametrize(("days", "left"), [(80, 2), (91, 1)])
def test_the_tombstone_of_a_deleted_pair_goes_after_ninety_days(days: int, left: int) -> None:
    """With its index, by the first compare pass that finds nothing at both ends."""

    async def story(rig: Rig) -> None:
        await deleted(rig)
        await pass_after(rig, timedelta(days=days))
        assert (len(rig.rows(COUPLING)), len(rig.rows(INDEX))) == (left, left)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_the_tombstone_of_a_parted_pair_stays_while_one_of_the_two_is_there(side: Side) -> None:
    """However long ago it was: without it the next pass would couple again what a person parted."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-002")
        row_id = await coupled(rig)
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        for _ in range(3):
            reads = rig.world.weather.passed["finops read"]
            await pass_after(rig)
            assert rig.world.weather.passed["finops read"] == reads, "whom a pass has met nobody asks for"
        assert states(rig) == ["coupled", "uncoupled"]
        delete(rig, side, row_id)
        await pass_after(rig)
        assert states(rig) == ["coupled", "uncoupled"]
        delete(rig, DATAVERSE if side == ERP else ERP, row_id)
        await pass_after(rig)
        assert (states(rig), len(rig.rows(INDEX))) == (["coupled"], 1)

    on_stage(story)


def test_a_survivor_out_of_scope_keeps_the_tombstone(tmp_path: Path) -> None:
    """A pass does not read it, and still it is there."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-002")
        row_id = await coupled(rig)
        delete(rig, ERP, row_id)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert states(rig) == ["coupled", "uncoupled"]
        rig.change(row_id, customertypecode=1)
        await rig.compare()  # with tracking, which reads whatever is out of scope, too
        await pass_after(rig)
        assert states(rig) == ["coupled", "uncoupled"]

    on_stage(story, with_policy(tmp_path, "uncouple"))


def test_a_record_that_only_seems_to_be_gone_keeps_its_tombstone() -> None:
    """A company that the service user may not see answers as if nothing were there."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, ERP, row_id)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        rig.world.finops.delete("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "10"})
        rig.world.finops.delete("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net30"})
        await pass_after(rig)
        assert states(rig) == ["deleted"]

    on_stage(story)


def test_a_record_that_comes_back_after_its_tombstone_is_a_new_one() -> None:
    """Nobody is asked whether to let it begin anew, and one row of Dataverse stands for it."""

    async def story(rig: Rig) -> None:
        first = await deleted(rig)
        await pass_after(rig)
        rig.customer(OrganizationName="Another")
        await rig.compare()
        account = rig.dataverse()
        assert account is not None
        assert (account["name"], account["accountid"] != first, rig.rows(PARKED)) == ("Another", True, [])

    on_stage(story)


def test_a_dry_run_takes_no_tombstone_away() -> None:
    async def story(rig: Rig) -> None:
        await deleted(rig)
        await asyncio.sleep(LONG.total_seconds())
        job = await start_job(rig.house, "plan", (CUSTOMERS,))
        while job["state"] == "running":
            job = await work_on(rig.house, job["id"], lambda: False)
        assert states(rig) == ["coupled", "deleted"]

    on_stage(story)


def test_the_owner_row_goes_with_the_last_tombstone(tmp_path: Path) -> None:
    """Whose a contact was is forgotten once no flow keeps anything about it."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        rig.world.dataverse.delete("contacts", row_id)
        (person,), (consumer,) = persons(rig), consumers(rig)
        rig.world.finops.delete("CDSContactPersonsV2", {name: person[name] for name in rig.flow(PERSONS).map.identity})
        rig.world.finops.delete("CustomersV3", {name: consumer[name] for name in ("dataAreaId", "CustomerAccount")})
        for name in (PERSONS, CONSUMERS):
            await look(rig, name, DATAVERSE, (row_id,))
        owners = rig.world.tables.partitions[OWNERS]
        owned = [key for key in owners if key.endswith(row_id)]
        await asyncio.sleep(LONG.total_seconds())
        await rig.compare(PERSONS)
        assert (rig.couplings(PERSONS), [key for key in owners if key in owned]) == ([], owned)
        await rig.compare(CONSUMERS)
        assert (rig.couplings(CONSUMERS), [key for key in owners if key in owned]) == ([], [])

    on_stage(story, both_flows(tmp_path))


# -- what retention takes


def test_a_value_that_lost_goes_with_the_journal() -> None:
    """Whether or not the record is still there; until then it can be restored."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-002")
        row_id = await quarrel(rig)
        await asyncio.sleep(timedelta(days=119).total_seconds())
        await rig.pump()
        assert rig.counts()["conflicts"] == 1
        await asyncio.sleep(timedelta(days=2).total_seconds())
        await rig.pump()
        assert (rig.counts()["conflicts"], rig.rows(JOURNAL)) == (0, [])
        assert rig.both("OrganizationName", "name") == ("Dataverse", "Dataverse"), row_id

    on_stage(story, options=KEPT)


def test_what_nobody_has_decided_stays_while_its_record_does(tmp_path: Path) -> None:
    """It says why the two sides differ. With the record its values go."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-002")
        row_id = await quarrel(rig)
        await asyncio.sleep(timedelta(days=130).total_seconds())
        await rig.pump()
        assert [each.open for each in rig.conflicts()] == [True]
        (row,) = rig.rows("c~")
        await uncouple(rig.flow(), DATAVERSE, (row_id,))
        rig.world.tables.apply(CUSTOMERS, [Write("insert", row.key, row.cells)])
        await asyncio.sleep(timedelta(days=1).total_seconds())
        await rig.pump()
        assert rig.conflicts() == []

    on_stage(story, parking(tmp_path), options=KEPT)


def test_a_former_partner_is_remembered_as_long_as_its_journal() -> None:
    """Whoever erases a person finds what was kept under the row before; afterwards there is nothing to find."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-002")
        await deleted_and_cleared(rig)
        assert len(rig.rows(FORMER)) == 1
        await asyncio.sleep(timedelta(days=119).total_seconds())
        await rig.pump()
        assert len(rig.rows(FORMER)) == 1
        await asyncio.sleep(timedelta(days=2).total_seconds())
        await rig.pump()
        assert rig.rows(FORMER) == []

    on_stage(story, options=KEPT)


async def deleted_and_cleared(rig: Rig) -> None:
    row_id = await coupled(rig)
    delete(rig, ERP, row_id)
    await rig.visit(ERP, ("usmf", ACCOUNT))
    await clear(rig.flow(), DATAVERSE, (row_id,))


def test_a_former_partner_without_a_date_is_kept_from_now_on() -> None:
    """Another version has stored it: nobody knows when."""

    async def story(rig: Rig) -> None:
        await deleted_and_cleared(rig)
        (row,) = rig.rows(FORMER)
        rig.world.tables.apply(CUSTOMERS, [Write("replace", row.key, {}, row.etag)])
        for days in (130, 1):
            await asyncio.sleep(timedelta(days=days).total_seconds())
            await rig.pump()
        assert len(rig.rows(FORMER)) == 1
        await asyncio.sleep(timedelta(days=121).total_seconds())
        await rig.pump()
        assert rig.rows(FORMER) == []

    on_stage(story, options=KEPT)


def test_a_report_shows_no_records_once_it_is_as_old_as_the_journal() -> None:
    """Its counts stand."""

    async def story(rig: Rig) -> None:
        rig.customer(OrganizationName="Jane Doe")
        job = await start_job(rig.house, "plan", (CUSTOMERS,))
        while job["state"] == "running":
            job = await work_on(rig.house, job["id"], lambda: False)
        before = await report(rig.house, CUSTOMERS)
        assert "Jane Doe" in json.dumps(before["samples"])
        await asyncio.sleep(timedelta(days=121).total_seconds())
        await rig.pump()
        told = await report(rig.house, CUSTOMERS)
        assert "Jane Doe" not in json.dumps(told)
        assert {**told, "samples": before["samples"]} == before

    on_stage(story, options=KEPT)
