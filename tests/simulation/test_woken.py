"""Tables that wake a flow: what changes there makes the record that it points to be looked at, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import WOKEN, catch_up
from shared.ledger import FEEDS
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

NOBODY: Final = "7d3d0b1c-0000-4000-8000-000000000000"
Story = Callable[[Rig], Coroutine[Any, Any, None]]


def on_woken_stage(story: Story, folder: Path, woken_by: str = "contacts(parentcustomerid)") -> None:
    """Plays a story in which customers are woken by another table."""
    on_stage(story, maps=maps_with(folder, f"woken_by: [{woken_by}]\n"))


def person(rig: Rig, account: str, **values: Any) -> str:
    """A contact that somebody creates under an account."""
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
    return rig.world.dataverse.create("contacts", {"lastname": "Novak", **bind, **values})


async def caught_up(rig: Rig) -> bool:
    return await catch_up(rig.house, CUSTOMERS, lambda: False)


async def asked(rig: Rig, side: Side) -> int:
    """How often a catch-up pass asks a side for something: whoever visits a record looks at both."""
    system = rig.flow().system(side)
    before = sum(system.calls.values())
    assert await caught_up(rig)
    return sum(system.calls.values()) - before


async def edited_unheard(rig: Rig) -> str:
    """A customer in sync that somebody then edits in the ERP, whose event is lost; the id of its account."""
    row_id = await coupled(rig)
    await rig.compare()
    rig.edit(OrganizationName="Fabrikam")
    return row_id


def test_a_row_that_no_event_told_of_wakes_the_record(tmp_path: Path) -> None:
    """The catch-up pass looks at the record that it points to, on both sides."""

    async def story(rig: Rig) -> None:
        row_id = await edited_unheard(rig)
        assert await caught_up(rig)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Contoso")
        person(rig, row_id)
        assert await caught_up(rig)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_woken_stage(story, tmp_path)


def test_a_document_wakes_the_customer_that_it_is_for(tmp_path: Path) -> None:
    """The same of a lookup that may point to other tables as well: a quote for a person wakes no account."""

    async def story(rig: Rig) -> None:
        row_id = await edited_unheard(rig)
        novak = rig.world.dataverse.create("contacts", {"lastname": "Novak"})
        before = await asked(rig, DATAVERSE)
        rig.world.dataverse.create("quotes", {"customerid_contact@odata.bind": f"/contacts({novak})"})
        assert await asked(rig, DATAVERSE) == before
        rig.world.dataverse.create("quotes", {"customerid_account@odata.bind": f"/accounts({row_id})"})
        assert await caught_up(rig)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_woken_stage(story, tmp_path, "quotes(customerid)")


def test_it_comes_to_rest(tmp_path: Path) -> None:
    """What is read twice costs a look; nothing is written, and after a while nothing is looked at any more."""

    async def story(rig: Rig) -> None:
        person(rig, await coupled(rig))
        await rig.compare()
        writes, looks = rig.writes(), []
        for _ in range(3):
            looks.append(await asked(rig, ERP) > 0)
            await asyncio.sleep(20 * 60)
        assert looks == [True, True, False]
        assert rig.writes() == writes

    on_woken_stage(story, tmp_path)


def test_a_row_that_was_committed_late_is_seen(tmp_path: Path) -> None:
    """Transactions commit out of order: what comes to light late was modified before the last look."""

    async def story(rig: Rig) -> None:
        row_id = await edited_unheard(rig)
        rig.world.dataverse.behaviour.slow_commits = 90.0
        person(rig, row_id)
        rig.world.dataverse.behaviour.slow_commits = 0.0
        for _ in range(4):
            assert await caught_up(rig)
            await asyncio.sleep(1 * 60)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_woken_stage(story, tmp_path)


def test_a_slice_goes_on_where_the_last_one_stood(tmp_path: Path) -> None:
    """Of more rows than fit into one page none is left out, however short the slices are."""

    async def story(rig: Rig) -> None:
        row_id = await edited_unheard(rig)
        nobody = rig.world.dataverse.create("accounts", {"name": "Nobody's"})
        for _ in range(1001):
            person(rig, nobody)
        rig.world.dataverse.update(
            "contacts", _last(rig), {"parentcustomerid_account@odata.bind": f"/accounts({row_id})"}
        )
        slices = [await catch_up(rig.house, CUSTOMERS, lambda: True) for _ in range(3)]
        assert slices == [False, False, True]
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_woken_stage(story, tmp_path)


def _last(rig: Rig) -> str:
    """The contact that a pass reads last."""
    return max(str(row["contactid"]) for row in rig.world.dataverse.rows("contacts"))


@pytest.mark.parametrize("tables", ["contacts(parentcustomerid)", "quotes(customerid)"])
def test_a_hint_for_a_record_that_is_not_there_is_harmless(tmp_path: Path, tables: str) -> None:
    """Nothing is coupled, parked or kept for it, and nothing written."""

    async def story(rig: Rig) -> None:
        writes = rig.writes()
        await rig.hint(DATAVERSE, (NOBODY,), WOKEN)
        await rig.pump()
        assert rig.counts() == {"parked": 0, "waiting": 0, "conflicts": 0, "journal": 0, "hints": 0}
        assert rig.writes() == writes

    on_woken_stage(story, tmp_path, tables)


def test_it_does_not_hide_what_an_event_said(tmp_path: Path) -> None:
    """A record was deleted, and its event says so; that a row beside it changed as well takes nothing from that."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.hint(DATAVERSE, (row_id,), "delete")
        await rig.hint(DATAVERSE, (row_id,), WOKEN)
        hint = await rig.flow().ledger.hint(f"d~{row_id}")
        assert hint is not None
        assert hint.source == "delete"
        await rig.pump()
        assert rig.erp() is None

    on_woken_stage(story, tmp_path)


def test_a_map_without_such_tables_keeps_no_cursor_for_them() -> None:
    """Nothing more is asked or stored."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        await rig.compare()
        assert await caught_up(rig)
        assert f"{CUSTOMERS}~woken" not in rig.world.tables.partitions[FEEDS]

    on_stage(story)
