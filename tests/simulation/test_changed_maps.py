"""A map that changes while people go on working: what left its base flows, and nobody wins because a map changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import (
    accept,
    approve,
    demand_approval,
    demand_to_go_on,
    explain,
    job,
    report,
    restore,
    start_job,
    work_on,
)
from shared.ledger import JOURNAL, PARKED, read_journal
from shared.mapping import Catalogue, Side, other
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

NO, INVOICE, ALL = 806380000, 806380001, 806380002
FEW: Final = """values: {hold: {No: 806380000, Invoice: 806380001}}
fields: |
  OnHoldStatus >< msdyn_onholdstatus hold
"""
MORE: Final = FEW.replace("}}", ", All: 806380002}}")
MOST: Final = MORE.replace("}}", ", Payment: 806380003}}")
SWAPPED: Final = FEW.replace("No: 806380000, Invoice: 806380001", "No: 806380001, Invoice: 806380000")
ROUND, GROWN = "as it was", "grown"
WITHOUT: Final = "fields: |\n  OnHoldStatus >< msdyn_onholdstatus on_hold_status ; off\n"


@pytest.fixture
def maps(tmp_path: Path) -> Callable[[str], Catalogue]:
    """The shipped maps with an overlay of customers."""

    def of(overlay: str) -> Catalogue:
        folder = tmp_path / str(len([*tmp_path.iterdir()]))
        folder.mkdir()
        return maps_with(folder, overlay)

    return of


async def begun(rig: Rig, **values: Any) -> str:
    """A customer in sync, in a flow that runs with the map as it is; the id of its account."""
    await demand_approval(rig.house, CUSTOMERS)
    return await coupled(rig, **values)


async def deployed(rig: Rig, catalogue: Catalogue) -> None:
    """Another map is there, and the flow is left alone until it is approved."""
    rig.house.catalogue, writes = catalogue, rig.writes()
    assert (await rig.compare_and_note())["failing"]
    assert rig.writes() == writes


async def approved(rig: Rig) -> Mapping[str, int]:
    """It is planned, approved, resumed, and compared twice; the second time nothing is left to write. The report's
    counts.
    """
    planned = await start_job(rig.house, "plan", [CUSTOMERS])
    assert (await work_on(rig.house, planned["id"], lambda: False))["state"] == "done"
    told: Mapping[str, int] = (await report(rig.house, CUSTOMERS))["counts"]
    await approve(rig.house, CUSTOMERS)
    await demand_to_go_on(rig.house, CUSTOMERS)
    resumed = await start_job(rig.house, "catch-up", [CUSTOMERS], begin="resuming")
    assert (await work_on(rig.house, resumed["id"], lambda: False))["state"] == "done"
    await rig.compare()
    writes = rig.writes()
    await rig.compare()
    assert (rig.writes(), await rig.state()) == (writes, "running")
    return told


def held(rig: Rig) -> tuple[Any, Any]:
    return rig.both("OnHoldStatus", "msdyn_onholdstatus")


def test_a_value_that_the_map_lacked(maps: Callable[[str], Catalogue]) -> None:
    """The ERP puts a customer on hold in a way that the map lacks: it waits, and when the map has it, it is carried."""

    async def story(rig: Rig) -> None:
        await begun(rig)
        rig.edit(OnHoldStatus="All")
        await rig.compare()
        assert (held(rig), len(rig.rows(PARKED))) == (("All", NO), 1)
        await deployed(rig, maps(MORE))
        await approved(rig)
        assert (held(rig), rig.rows(PARKED), rig.conflicts()) == (("All", ALL), [], [])

    on_stage(story, maps(FEW))


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_edited_while_a_changed_map_waits(maps: Callable[[str], Catalogue], side: Side) -> None:
    """Whoever edits while nobody has approved the map yet: it is no conflict, and explain and the report say so."""

    async def story(rig: Rig) -> None:
        row_id = await begun(rig)
        await deployed(rig, maps(MORE))
        if side == ERP:
            rig.edit(OnHoldStatus="All")
        else:
            rig.change(row_id, msdyn_onholdstatus=ALL)
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = [each for each in told["lines"] if each["line"].startswith("OnHoldStatus")]
        assert (line["changed"], line["flows"]) == ([side], f"to {other(side)} (edit)")
        counts = await approved(rig)
        assert (held(rig), rig.conflicts(), counts["updated"]) == (("All", ALL), [], 1)

    on_stage(story, maps(FEW))


@pytest.mark.parametrize("again", [ROUND, GROWN])
def test_taken_away_and_brought_back(maps: Callable[[str], Catalogue], again: str) -> None:
    """A line is gone for a while, in which its record is edited otherwise, and so is what the line is about."""

    async def story(rig: Rig) -> None:
        await begun(rig)
        await deployed(rig, maps(WITHOUT))
        await approved(rig)
        rig.edit(OnHoldStatus="Invoice", OrganizationName="Northwind")
        await rig.compare()
        assert held(rig) == ("Invoice", NO)
        await deployed(rig, maps({ROUND: FEW, GROWN: MORE}[again]))
        await approved(rig)
        assert (held(rig), rig.conflicts()) == (("Invoice", INVOICE), [])

    on_stage(story, maps(FEW))


def test_rolled_back_and_forward(maps: Callable[[str], Catalogue]) -> None:
    """Neither way decides anything: an edit made while the one waits, and one while the other does, both flow."""

    async def story(rig: Rig) -> None:
        await begun(rig)
        for overlay, status in ((MORE, "Invoice"), (FEW, "No"), (MORE, "All")):
            await deployed(rig, maps(overlay))
            rig.edit(OnHoldStatus=status)
            await approved(rig)
        assert (held(rig), rig.conflicts()) == (("All", ALL), [])

    on_stage(story, maps(FEW))


def test_both_edited_while_a_changed_map_waits(maps: Callable[[str], Catalogue]) -> None:
    """A conflict like any other: the policy decides, and the loser can be restored."""

    async def story(rig: Rig) -> None:
        row_id = await begun(rig)
        await deployed(rig, maps(MORE))
        rig.edit(OnHoldStatus="All")
        rig.change(row_id, msdyn_onholdstatus=INVOICE)
        await approved(rig)
        assert held(rig) == ("Invoice", INVOICE)
        assert [each.value for each in rig.conflicts()] == ["All"]

    on_stage(story, maps(FEW))


def test_another_meaning(maps: Callable[[str], Catalogue]) -> None:
    """Nobody edited, and the two do not mean the same any more: the master's is written, once; what lost is kept."""

    async def story(rig: Rig) -> None:
        await begun(rig, OnHoldStatus="Invoice")
        await deployed(rig, maps(SWAPPED))
        await approved(rig)
        assert held(rig) == ("No", INVOICE)
        assert [each.value for each in rig.conflicts()] == ["Invoice"]

    on_stage(story, maps(FEW))


def test_a_delete_while_a_changed_map_waits(maps: Callable[[str], Catalogue]) -> None:
    """A record that nobody edited is not taken for edited because its map was: its delete is carried over."""

    async def story(rig: Rig) -> None:
        await begun(rig)
        await deployed(rig, maps(MORE))
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        rig.world.loop.pass_time(86_400)
        await approved(rig)
        assert (rig.accounts(), rig.rows(PARKED)) == ([], [])

    on_stage(story, maps(FEW))


def test_what_an_older_release_stored(maps: Callable[[str], Catalogue]) -> None:
    """A coupling without roots is read, and dirties nothing; once it has been settled again, it outlives a map."""

    async def story(rig: Rig) -> None:
        await begun(rig)
        partition = rig.world.tables.partitions[CUSTOMERS]
        for key, row in partition.items():
            cells = {name: cell for name, cell in row.cells.items() if name != "roots"}
            partition[key] = replace(row, cells=cells)
        before = rig.writes()
        await rig.compare()
        assert rig.writes() == before
        rig.edit(OrganizationName="Northwind")
        await rig.compare()
        await deployed(rig, maps(MORE))
        rig.edit(OnHoldStatus="All")
        await approved(rig)
        assert (held(rig), rig.conflicts()) == (("All", ALL), [])

    on_stage(story, maps(FEW))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("meanwhile", ["nobody", "the ERP", "Dataverse"])
def test_cut_off_by_the_release_that_brings_the_map(
    maps: Callable[[str], Catalogue], when: str, meanwhile: str
) -> None:
    """Whoever dies over a write, for a new release comes: what people edited stands, and a write that came through is
    journaled.
    """

    async def story(rig: Rig) -> None:
        row_id = await begun(rig)
        rig.edit(OnHoldStatus="Invoice")
        await rig.dies(ERP, ("usmf", ACCOUNT), **{when: "dataverse update"})
        if meanwhile == "the ERP":
            rig.edit(OnHoldStatus="All")
        elif meanwhile == "Dataverse":
            rig.change(row_id, msdyn_onholdstatus=ALL)
        await deployed(rig, maps(MORE))
        rig.world.loop.pass_time(1200)
        await approved(rig)
        assert held(rig) == (("Invoice", INVOICE) if meanwhile == "nobody" else ("All", ALL))
        told = [line for row in rig.rows(JOURNAL) for line in read_journal(row)["lines"] if "OnHold" in line["line"]]
        assert (str(INVOICE) in {line["new"] for line in told}) == ((when, meanwhile) != ("before", "the ERP"))

    on_stage(story, maps(FEW))


def test_cut_off_by_the_release_that_means_something_else(maps: Callable[[str], Catalogue]) -> None:
    """What had not gone out goes out as the new map has it, and not as the old one had."""

    async def story(rig: Rig) -> None:
        row_id = await begun(rig)
        rig.edit(OnHoldStatus="All")
        await rig.dies(ERP, ("usmf", ACCOUNT), before="dataverse update")
        await deployed(rig, maps(MORE.replace(str(ALL), "806380003")))
        rig.world.loop.pass_time(1200)
        await approved(rig)
        assert held(rig) == ("All", 806380003)
        changes = [each.after.get("msdyn_onholdstatus") for each in rig.world.dataverse.history if each.id == row_id]
        assert ALL not in changes

    on_stage(story, maps(MORE))


def test_a_refusal_is_about_its_line_wherever_that_stands(maps: Callable[[str], Catalogue]) -> None:
    """The fax was refused; a line before it is switched off: the phone, which has its place by now, was not."""

    async def story(rig: Rig) -> None:
        await begun(rig)
        rig.world.dataverse.behaviour.refused_values["accounts"] = {"fax": frozenset({"1"})}
        rig.edit(PrimaryContactFax="1")
        await rig.compare()
        await deployed(rig, maps("fields: |\n  CreditLimit = creditlimit ; off\n"))
        rig.edit(PrimaryContactPhone="1")
        await approved(rig)
        assert (rig.both("PrimaryContactPhone", "telephone1"), len(rig.rows(PARKED))) == (("1", "1"), 1)

    on_stage(story)


def test_a_report_is_about_one_map(maps: Callable[[str], Catalogue]) -> None:
    """A release comes while a plan is made: it is made anew, for whoever approves it approves the map as it is."""

    async def story(rig: Rig) -> None:
        for account in (ACCOUNT, "US-002", "US-003"):
            await coupled(rig, account, OnHoldStatus="Invoice")
        rig.world.dataverse.behaviour.max_page_size = 1
        started = await start_job(rig.house, "plan", [CUSTOMERS])
        read = {"erp usmf": 3, "dataverse ": 2}
        while (await work_on(rig.house, started["id"], lambda: True))["read"][CUSTOMERS] != read:
            assert (await job(rig.house, started["id"]))["state"] == "running"
        rig.house.catalogue = maps(SWAPPED)
        while (await work_on(rig.house, started["id"], lambda: False))["state"] == "running":
            pass
        told = await report(rig.house, CUSTOMERS)
        assert (told["current"], told["counts"]) == (True, {"equal": 0, "updated": 3, "updated erp": 3})

    on_stage(story, maps(FEW))


PARKS: Final = "policy: {conflict: park}\n"


def test_a_conflict_that_waits_for_a_person(maps: Callable[[str], Catalogue]) -> None:
    """It waits on, as one row, under the new map; whoever is decided for flows."""

    async def story(rig: Rig) -> None:
        row_id = await begun(rig)
        rig.edit(OnHoldStatus="Invoice")
        rig.change(row_id, msdyn_onholdstatus=ALL)
        await rig.compare()
        await deployed(rig, maps(PARKS + MORE))
        await approved(rig)
        assert (held(rig), [row.open for row in rig.conflicts()]) == (("Invoice", ALL), [True])
        await accept(rig.flow(), rig.conflicts()[0].key, ERP)
        assert (held(rig), [row.open for row in rig.conflicts()]) == (("Invoice", INVOICE), [False])

    on_stage(story, maps(PARKS + FEW))


@pytest.mark.parametrize("how", ["restored", "decided"])
def test_a_conflict_of_before_is_settled_under_the_new_map(maps: Callable[[str], Catalogue], how: str) -> None:
    """The row is older than the map, and its values are what they were."""
    policy = PARKS if how == "decided" else ""

    async def story(rig: Rig) -> None:
        row_id = await begun(rig)
        rig.edit(OnHoldStatus="Invoice")
        rig.change(row_id, msdyn_onholdstatus=ALL)
        await rig.compare()
        rig.house.catalogue = maps(policy + MOST)
        (row,) = rig.conflicts()
        await (restore(rig.flow(), row.key) if how == "restored" else accept(rig.flow(), row.key, ERP))
        assert held(rig) == ("Invoice", INVOICE)

    on_stage(story, maps(policy + MORE))
