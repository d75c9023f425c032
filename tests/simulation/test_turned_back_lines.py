"""Lines that wait, and records that look turned back: neither hides the other, and what is counted is counted once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.engine import clear, confirm_side, restore
from shared.errors import Refused
from shared.ledger import CONFLICT, PARKED, read_journal, read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_refusals import plug_in
from tests.simulation.turning_back import ACCOUNTS, confirmed, names, reason, restored, settled

VALUES: Mapping[str, str] = {"PrimaryContactPhone": "1", "PrimaryContactFax": "2", "SalesMemo": "3"}


async def refused_fax(rig: Rig) -> dict[str, str]:
    """Customers in sync but for a fax number that Dataverse refuses; the ids of their accounts."""
    ids = await settled(rig)
    plug_in(rig, {"fax": "2"})
    for account in ACCOUNTS:
        rig.edit(account, PrimaryContactFax="2")
        await rig.visit(ERP, ("usmf", account))
    return ids


def hide_fifteen(rig: Rig) -> None:
    """Row-level security hides fifteen of twenty customers."""
    rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] < "T-15"


@pytest.mark.parametrize("looked", ["pass", "visits"])
def test_a_line_that_is_refused_does_not_hide_that_its_record_is_gone(looked: str) -> None:
    """Customers with a parked fax number count like all others when they disappear."""

    async def story(rig: Rig) -> None:
        ids = await refused_fax(rig)
        hide_fifteen(rig)
        if looked == "pass":
            await rig.compare_and_note()
        else:
            for account in ACCOUNTS[:15]:
                await rig.hint(DATAVERSE, (ids[account],))
            await rig.pump()
        assert len(rig.accounts()) == 20
        assert await rig.state() == "paused"
        assert "records of CustomersV3" in await reason(rig)

    on_stage(story)


def kept(rig: Rig) -> dict[str, Any]:
    """What the ledger holds of budgets and of records that look turned back."""
    partitions = rig.world.tables.partitions
    return {name: {key: dict(row.cells) for key, row in partitions.get(name, {}).items()}
            for name in ("budget", "turned back")}  # fmt: skip


def test_older_values_are_counted_once_however_many_tries_they_take() -> None:
    """What is refused is found in several rounds; later passes carry nothing over, and so they count nothing."""

    async def story(rig: Rig) -> None:
        await coupled(rig, **VALUES)
        rig.edit(**dict.fromkeys(VALUES, "9"))
        await rig.visit(ERP, ("usmf", ACCOUNT))
        rig.edit(**VALUES)
        plug_in(rig, {"fax": "2", "description": "3"})
        assert (await rig.compare()).counts["parked"] == 1
        before = kept(rig)
        assert '":1}' in str(before["budget"][f"{CUSTOMERS}~older"]["value"])
        assert (rig.dataverse() or {})["telephone1"] == "1"
        await rig.compare()
        assert kept(rig) == before
        rig.world.loop.pass_time(2 * 86_400)
        await rig.compare()
        assert kept(rig) == before

    on_stage(story)


def test_what_a_person_restores_is_not_turned_back() -> None:
    """Both sides met with other names, and one was overruled: whoever restores twelve of these is not asked why."""

    async def story(rig: Rig) -> None:
        for account in ACCOUNTS[:12]:
            rig.customer(account, OrganizationName=f"Firm {account}")
            rig.account(account, name=f"Firm of {account}")
        await rig.compare()
        rig.world.loop.pass_time(3600)
        assert len(rig.rows(CONFLICT)) == 12
        for row in rig.rows(CONFLICT):
            await restore(rig.flow(), row.key)
        assert not rig.rows(CONFLICT)
        assert await rig.state() == "running"
        assert not kept(rig)["turned back"]

    on_stage(story)


@pytest.mark.parametrize("way_out", ["clear", "retry", "delete"])
def test_what_is_back_by_a_restore_stays_dead_after_the_answer_has_been_carried_out(way_out: str) -> None:
    """The answer holds for one pass, and for what it has set aside: hints and later passes create nobody."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        backup = rig.world.finops.back_up()
        for account in ACCOUNTS[:15]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
            await rig.hint(ERP, ("usmf", account), "delete")
        await rig.pump()
        rig.world.loop.pass_time(3600)
        rig.world.finops.put_back(backup)
        await rig.compare_and_note()
        before = len(rig.accounts())
        assert before == 5, "not even the first was created"
        await confirmed(rig, DATAVERSE)
        writes = rig.writes()
        await rig.compare()
        assert (len(rig.accounts()), rig.writes()) == (before, writes)
        (row, *others) = rig.rows(PARKED)
        account = read_trouble(row).identity[1]
        if way_out == "clear":
            await clear(rig.flow(), ERP, ("usmf", account))
            await rig.pump()
        elif way_out == "retry":
            await rig.visit(ERP, ("usmf", account), source="retry")
        else:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
            await rig.compare()
        assert (rig.dataverse(account) is not None) == (way_out == "clear")
        assert rig.rows(PARKED) == ([row, *others] if way_out == "retry" else others)

    on_stage(story)


def test_what_a_pass_has_held_is_not_forgotten_when_the_flow_stops() -> None:
    """Each held record leaves a hint; what is put back says so in the journal."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=False)
        await rig.compare_and_note()
        assert rig.counts()["hints"] >= 8
        await confirmed(rig, DATAVERSE)
        assert names(rig, ERP) == names(rig, DATAVERSE)
        lines = [line for row in rig.rows("j~") for line in read_journal(row)["lines"] if line["side"] == ERP]
        assert [line["reason"] for line in lines if line["line"] == "OrganizationName = name"].count("put_back") == 8

    on_stage(story)


def test_where_every_delete_waits_for_a_person_nobody_is_asked_twice(tmp_path: Path) -> None:
    """Fifteen of twenty are gone: each is parked, as the policy says, and the flow goes on."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        hide_fifteen(rig)
        assert (await rig.compare()).counts["parked"] == 15
        assert await rig.state() == "running"

    on_stage(story, maps_with(tmp_path, "policy: {delete: park}\n"))


def test_what_was_only_just_coupled_is_not_missed_yet() -> None:
    """Reads may lag behind: twelve new customers that nobody can see yet are no restore."""

    async def story(rig: Rig) -> None:
        rig.world.options = replace(rig.world.options, unseen=timedelta(minutes=1))
        rig.house = rig.world.house()
        for account in ACCOUNTS[:12]:
            await rig.visit(ERP, rig.customer(account))
        rig.customer("T-99")
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] < "T-99"
        await rig.compare_and_note()
        assert (await rig.state(), len(rig.accounts())) == ("running", 13)

    on_stage(story)


@pytest.mark.parametrize("first", [ERP, DATAVERSE])
def test_an_answer_may_be_given_again_until_it_is_carried_out(first: Side) -> None:
    """Whoever was cut off before the flow went on says it once more; whoever was wrong says the opposite."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, ERP, new_versions=False)
        await rig.compare_and_note()
        await confirm_side(rig.house, CUSTOMERS, first)
        await confirmed(rig, DATAVERSE)
        assert names(rig, ERP) == names(rig, DATAVERSE) == evening
        await rig.compare()
        with pytest.raises(Refused, match="nothing is to be confirmed"):
            await confirm_side(rig.house, CUSTOMERS, DATAVERSE)

    on_stage(story)


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
def test_what_leaves_the_scope_in_bulk_is_not_believed_either(tmp_path: Path, right: Side) -> None:
    """Fifteen of twenty accounts are prospects again: nine customers go at most, and a person says what is right."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        for account in ACCOUNTS[:15]:
            rig.change(ids[account], customertypecode=8)
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "left the scope" in await reason(rig)
        left = len(names(rig, ERP))
        assert left >= 11
        await confirmed(rig, right)
        assert await rig.state() == "running"
        assert len(names(rig, ERP)) == (left if right == ERP else 5)
        assert rig.counts()["parked"] == (left - 5 if right == ERP else 0)

    on_stage(story, maps_with(tmp_path, "policy: {leaves: delete}\n"))
