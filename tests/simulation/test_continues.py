"""Two maps over one coupling: the continuing one holds for a record from the moment its filter takes it in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import explain, restore
from shared.errors import Refused
from shared.ledger import JOURNAL
from shared.mapping import Catalogue
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, at_first, coupled, maps_with, on_stage
from tests.unit.maps.once import like

OUT: Final = """fields: |
  OrganizationName < name
  PrimaryContactFax < fax
  OnHoldStatus >> msdyn_onholdstatus on_hold_status
"""
BACK: Final = """continues: customers_v3_accounts
authority: {erp: OnHoldStatus eq 'All'}
policy: {creates: dataverse}
fields: |
  CustomerAccount = accountnumber ; assigned erp
  PartyNumber = msdyn_partynumber ; assigned erp
  OnHoldStatus >> msdyn_onholdstatus on_hold_status
  OrganizationName > name
  PrimaryContactFax > fax
  SalesMemo > description
  - >> customertypecode default 3
"""
OURS: Final = {"OnHoldStatus": "All"}


def continued(folder: Path, out: str = OUT, back: str = BACK) -> Catalogue:
    """Customers that are Sales' own until the ERP puts them on hold, and the ERP's from then on."""
    found = maps_with(folder, out)
    (folder / "back.yaml").write_text(back, "utf-8")
    return like(found, files={**found.files, "dual_write.back": folder / "back.yaml"})


async def looked_at(rig: Rig, row_id: str, how: str) -> None:
    if how == "event":
        await rig.visit(DATAVERSE, (row_id,))
    else:
        await rig.compare()


@pytest.mark.parametrize("how", ["event", "compare"])
def test_each_map_holds_in_its_turn(tmp_path: Path, how: str) -> None:
    """What flows out before comes back after; whichever side receives is put back; then there is nothing to do."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam", fax="1")
        await looked_at(rig, row_id, how)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        rig.edit(OrganizationName="Nobody's")
        await looked_at(rig, row_id, how)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        rig.edit(**OURS, OrganizationName="Northwind")
        await looked_at(rig, row_id, how)
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        assert rig.both("PrimaryContactFax", "fax") == ("1", "1")
        rig.change(row_id, name="Mine", fax="2")
        await looked_at(rig, row_id, how)
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        assert rig.both("PrimaryContactFax", "fax") == ("1", "1")
        assert rig.counts() == {**rig.counts(), "parked": 0, "waiting": 0, "hints": 0}
        coupling, writes = await rig.coupling(), rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        assert coupling is not None
        assert coupling.digests.keys() == {ERP, DATAVERSE}  # a look at the page will do

    on_stage(story, maps=continued(tmp_path))


def test_and_back_again(tmp_path: Path) -> None:
    """Taken off hold the record is Sales' again, with what both had agreed in the meantime."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, **OURS)
        rig.edit(OrganizationName="Northwind")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(OnHoldStatus="No")
        rig.change(row_id, name="Tailspin")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("OrganizationName", "name") == ("Tailspin", "Tailspin")
        assert rig.conflicts() == []

    on_stage(story, maps=continued(tmp_path))


@pytest.mark.parametrize("how", ["event", "compare"])
def test_an_edit_that_meets_the_change_is_kept(tmp_path: Path, how: str) -> None:
    """Typed in Sales before it was the ERP's, and not yet carried over: the ERP has a say, and what lost is kept."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam", fax="1")
        rig.edit(**OURS)
        await looked_at(rig, row_id, how)
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")
        assert {"Fabrikam", "1"} == {each.shown[0] for each in rig.conflicts()}

    on_stage(story, maps=continued(tmp_path))


def test_what_was_agreed_goes_along(tmp_path: Path) -> None:
    """Nothing was edited: the other map takes over without a word, although it has these lines the other way round."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactFax="1")
        writes = rig.writes()
        rig.edit(**OURS)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.writes() == writes + 1  # the hold itself
        assert rig.conflicts() == []

    on_stage(story, maps=continued(tmp_path))


def test_a_line_that_only_the_other_map_has(tmp_path: Path) -> None:
    """One that the first map has both ways is one way from then on; one that only the first has stands still."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, **OURS, SalesMemo="a", CreditLimit=5)
        rig.change(row_id, description="b", creditlimit=6)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("a", "a")
        assert [float(each) for each in rig.both("CreditLimit", "creditlimit")] == [5, 6]
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        flows = {each["line"]: each["flows"] for each in told["lines"]}
        assert flows["CreditLimit = creditlimit"] == "it does not hold for the record as it stands"
        assert "dual_write.back holds for it: OnHoldStatus eq 'All' in the ERP" in told["why"]
        rig.edit(OnHoldStatus="No")
        await rig.visit(DATAVERSE, (row_id,))
        assert [float(each) for each in rig.both("CreditLimit", "creditlimit")] == [6, 6]

    on_stage(story, maps=continued(tmp_path))


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("step", ["finops update", "ledger settle"])
def test_who_dies_while_the_map_changes(tmp_path: Path, where: str, step: str) -> None:
    """A write of the first map is under way when the other one takes over: it arrives, or is kept, and is not lost."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        place: dict[str, Any] = {where: step}
        await rig.dies(DATAVERSE, (row_id,), **place)
        rig.edit(**OURS, OrganizationName="Northwind")
        await asyncio.sleep(600)
        for _ in range(3):
            await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        written = [change for change in rig.world.finops.history if "Fabrikam" in str(change)]
        assert written or "Fabrikam" in {value for each in rig.conflicts() for value in each.shown}
        assert rig.counts()["parked"] == 0

    on_stage(story, maps=continued(tmp_path))


def test_who_dies_after_a_write_of_the_map_before(tmp_path: Path) -> None:
    """Recovery knows what it finds there, whichever map holds for the record by now."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        rig.edit(**OURS)
        await asyncio.sleep(600)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert "recovered: it stands there" in str([row.cells for row in rig.rows(JOURNAL)])
        assert rig.conflicts() == []

    on_stage(story, maps=continued(tmp_path))


@pytest.mark.parametrize("step", ["dataverse update", "ledger settle"])
@pytest.mark.parametrize("where", ["before", "after"])
def test_who_dies_while_the_map_changes_back(tmp_path: Path, where: str, step: str) -> None:
    """The same the other way round."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, **OURS)
        rig.edit(OrganizationName="Northwind")
        place: dict[str, Any] = {where: step}
        await rig.dies(DATAVERSE, (row_id,), **place)
        rig.edit(OnHoldStatus="No")
        await asyncio.sleep(600)
        for _ in range(3):
            await rig.compare()
        erp, dataverse = rig.both("OrganizationName", "name")
        assert erp == dataverse
        assert "Northwind" in {erp, *(value for each in rig.conflicts() for value in each.shown)}

    on_stage(story, maps=continued(tmp_path))


def test_the_change_comes_between_the_look_and_the_write(tmp_path: Path) -> None:
    """The version that was seen is gone with it: nothing is written over the ERP's own."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        rig.world.weather.strike = at_first("finops update", lambda: rig.edit(**OURS, OrganizationName="Northwind"))
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        assert {"Fabrikam"} == {each.shown[0] for each in rig.conflicts()}

    on_stage(story, maps=continued(tmp_path))


@pytest.mark.parametrize("how", ["event", "compare"])
def test_each_map_creates_on_its_own_side(tmp_path: Path, how: str) -> None:
    """Begun in the ERP, it is the continuing map's from the start; what is the first one's, and there, stays alone."""

    async def story(rig: Rig) -> None:
        rig.customer("ERP-1", **OURS, SalesMemo="a")
        rig.customer("ERP-2")
        row_id = rig.account("CRM-1", fax="7", websiteurl="https://contoso.com")
        for number in ("ERP-1", "ERP-2"):
            if how == "event":
                await rig.visit(ERP, ("usmf", number))
        await looked_at(rig, row_id, how)
        found = rig.dataverse("ERP-1")
        assert found is not None
        assert found["description"] == "a"
        assert rig.dataverse("ERP-2") is None
        assert "the map creates nothing there" in (await explain(rig.flow(), ERP, ("usmf", "ERP-2")))["why"]
        made = rig.erp("CRM-1")
        assert made is not None
        assert (made["PrimaryContactFax"], made["PrimaryContactURL"]) == ("7", "")
        rig.world.finops.update("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "ERP-2"}, OURS)
        await rig.compare()
        assert rig.dataverse("ERP-2") is not None

    out = "policy: {creates: erp}\n" + OUT + "  PrimaryContactURL = websiteurl ; off\n"
    on_stage(story, maps=continued(tmp_path, out, BACK + "  PrimaryContactURL = websiteurl\n"))


def test_a_conflict_of_the_first_map_ends_with_it(tmp_path: Path) -> None:
    """Nobody had decided yet: the ERP has a say by now, what lost is kept, and nothing stands open."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, description="mine")
        rig.edit(SalesMemo="theirs")
        await rig.visit(DATAVERSE, (row_id,))
        assert [each.open for each in rig.conflicts()] == [True]
        rig.edit(**OURS)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("theirs", "theirs")
        assert [(each.open, each.shown[0]) for each in rig.conflicts()] == [(False, "mine")]
        (key,) = [each.key for each in rig.conflicts()]
        with pytest.raises(Refused, match="one way"):
            await restore(rig.flow(), key)

    on_stage(story, maps=continued(tmp_path, "policy: {conflict: park}\n" + OUT))


def test_what_lost_before_is_not_restored_after(tmp_path: Path) -> None:
    """It would be put back at once; taken off hold, the record takes it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, description="mine")
        rig.edit(SalesMemo="theirs")
        await rig.visit(DATAVERSE, (row_id,))
        (key,) = [each.key for each in rig.conflicts()]
        rig.edit(**OURS)
        await rig.visit(DATAVERSE, (row_id,))
        with pytest.raises(Refused, match="another map holds for the record"):
            await restore(rig.flow(), key)
        rig.edit(OnHoldStatus="No")
        await rig.visit(DATAVERSE, (row_id,))
        await restore(rig.flow(), key)
        assert rig.both("SalesMemo", "description") == ("mine", "mine")

    on_stage(story, maps=continued(tmp_path, "policy: {conflict: erp_wins}\n" + OUT))


def test_the_map_that_continues_is_no_flow(tmp_path: Path) -> None:
    """It has no state and no passes: the flow that it continues does its work, under one report."""
    maps, alone = continued(tmp_path), maps_with(tmp_path, OUT)
    assert maps.names == alone.names
    assert maps.map(CUSTOMERS).fingerprint != alone.map(CUSTOMERS).fingerprint
