"""Authority: a record that is outside it on a side only receives there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import explain, restore
from shared.errors import Refused
from shared.ledger import JOURNAL
from shared.mapping import Catalogue
from tests.simulation.rig import DATAVERSE, Rig, coupled, maps_with, on_stage
from tests.simulation.test_unseen import secure

ACTIVE: Final = "authority: {dataverse: statecode eq 0}\n"
CLOSED: Final = {"statecode": 1, "statuscode": 2}
OPEN: Final = {"statecode": 0, "statuscode": 1}


def active_only(folder: Path, more: str = "") -> Catalogue:
    """Customers whose accounts have a say as long as they are active."""
    return maps_with(folder, ACTIVE + more)


async def looked_at(rig: Rig, row_id: str, how: str) -> None:
    if how == "event":
        await rig.visit(DATAVERSE, (row_id,))
    else:
        await rig.compare()


@pytest.mark.parametrize("how", ["event", "compare"])
def test_an_edit_outside_is_put_back_and_journaled(tmp_path: Path, how: str) -> None:
    """It is no conflict, whatever else was edited meanwhile; and then there is nothing more to write."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, **CLOSED, name="Fabrikam", fax="1")
        rig.edit(PrimaryContactFax="2")
        await looked_at(rig, row_id, how)
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")
        assert rig.both("PrimaryContactFax", "fax") == ("2", "2")
        assert rig.counts() == {"parked": 0, "waiting": 0, "conflicts": 0, "journal": 2, "hints": 0}
        assert "Fabrikam" in str(rig.rows(JOURNAL)[0].cells)
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes

    on_stage(story, maps=active_only(tmp_path))


def test_inside_it_edits_flow_as_ever(tmp_path: Path) -> None:
    """Both ways, and again once the record is back."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        await looked_at(rig, row_id, "event")
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        rig.change(row_id, **CLOSED)
        rig.edit(OrganizationName="Northwind")
        await looked_at(rig, row_id, "event")
        rig.change(row_id, **OPEN)
        rig.change(row_id, name="Tailspin")
        await looked_at(rig, row_id, "event")
        assert rig.both("OrganizationName", "name") == ("Tailspin", "Tailspin")

    on_stage(story, maps=active_only(tmp_path))


def test_a_conflict_that_stands_is_decided_and_kept(tmp_path: Path) -> None:
    """It was one while both sides had a say: what gives way stands in the conflict list with its value."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        rig.edit(OrganizationName="Northwind")
        await looked_at(rig, row_id, "event")
        assert [each.open for each in rig.conflicts()] == [True]
        rig.change(row_id, **CLOSED)
        await looked_at(rig, row_id, "event")
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        assert [(each.open, each.shown[0]) for each in rig.conflicts()] == [(False, "Fabrikam")]

    on_stage(story, maps=active_only(tmp_path, "policy: {conflict: park}\n"))


@pytest.mark.parametrize("how", ["event", "compare"])
def test_a_record_outside_is_not_created_on_the_other_side(tmp_path: Path, how: str) -> None:
    """It sends nothing, also not itself, and explain says so; once it has a say it is created."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        rig.change(row_id, **CLOSED)
        await looked_at(rig, row_id, how)
        assert (rig.erp(), rig.couplings(), rig.counts()["parked"]) == (None, [], 0)
        assert "no authority unless statecode eq 0" in (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]
        rig.change(row_id, **OPEN)
        await looked_at(rig, row_id, how)
        assert rig.erp() is not None

    on_stage(story, maps=active_only(tmp_path))


def test_a_record_outside_is_matched_all_the_same(tmp_path: Path) -> None:
    """Its partner's word counts then, whoever is master; what gives way is kept."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso Ltd")
        rig.change(row_id, **CLOSED)
        rig.customer()
        await looked_at(rig, row_id, "event")
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")
        assert [each.shown[0] for each in rig.conflicts()] == ["Contoso Ltd"]

    on_stage(story, maps=active_only(tmp_path))


def test_where_nobody_has_a_say_the_difference_is_told(tmp_path: Path) -> None:
    """Nothing is written; the line is parked with both values until the two are equal, or one side is back."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(CreditLimit=5)
        rig.change(row_id, **CLOSED, name="Fabrikam")
        await looked_at(rig, row_id, "event")
        assert rig.both("OrganizationName", "name") == ("Contoso", "Fabrikam")
        assert rig.counts()["parked"] == 1
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert "Dataverse only receives: outside statecode eq 0" in told["why"]
        assert "the ERP only receives: outside CreditLimit eq 0" in told["why"]
        rig.change(row_id, **OPEN)
        await looked_at(rig, row_id, "compare")
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert rig.counts()["parked"] == 0

    on_stage(story, maps=maps_with(tmp_path, "authority: {dataverse: statecode eq 0, erp: CreditLimit eq 0}\n"))


def test_what_lost_is_not_restored_where_it_would_be_put_back(tmp_path: Path) -> None:
    """The person is told where the value can be changed; once the record has a say again, it is restored."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        rig.edit(OrganizationName="Northwind")
        await looked_at(rig, row_id, "event")
        rig.change(row_id, **CLOSED)
        (key,) = [each.key for each in rig.conflicts()]
        with pytest.raises(Refused, match="Dataverse only receives as the record stands"):
            await restore(rig.flow(), key)
        rig.change(row_id, **OPEN)
        await restore(rig.flow(), key)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story, maps=active_only(tmp_path, "policy: {conflict: erp_wins}\n"))


def test_a_flow_that_cannot_see_who_has_a_say_stops(tmp_path: Path) -> None:
    """A column that reads blank for column security would take every record out of its authority."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OrganizationNumberOfEmployees=5)
        secure(rig, "numberofemployees")
        rig.change(row_id, name="Fabrikam")
        writes = rig.writes()
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert rig.writes() == writes

    on_stage(story, maps=maps_with(tmp_path, "authority: {dataverse: numberofemployees eq 5}\n"))


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_write_under_way_when_authority_changes(tmp_path: Path, where: str) -> None:
    """Begun while Dataverse had a say, recovered when it has none: the value arrives, or is kept, and is not lost."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        step: dict[str, Any] = {where: "finops update"}
        await rig.dies(DATAVERSE, (row_id,), **step)
        rig.change(row_id, **CLOSED)
        rig.edit(OrganizationName="Northwind")
        await asyncio.sleep(600)
        for _ in range(3):
            await rig.compare()
        erp, dataverse = rig.both("OrganizationName", "name")
        kept = {value for each in rig.conflicts() for value in each.shown}
        assert erp == dataverse
        assert {"Fabrikam", "Northwind"} <= {erp, *kept}
        assert rig.counts()["parked"] == 0

    on_stage(story, maps=active_only(tmp_path))
