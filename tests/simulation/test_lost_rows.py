"""Single rows of the ledger that are lost: the next pass mends them, and nobody is a stranger to his partner."""

from __future__ import annotations

import pytest

from shared.engine import explain
from shared.ledger import INDEX, PARKED, Write
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage


def lose(rig: Rig, prefix: str) -> None:
    """Somebody takes a row out of the table."""
    row = next(row for row in rig.rows(prefix) if prefix == INDEX or row.cells["erp"] == '["usmf", "US-001"]')
    rig.world.tables.apply(CUSTOMERS, [Write("delete", row.key, etag="*")])


@pytest.mark.parametrize("prefix", ["e~", "d~"])
@pytest.mark.parametrize("visited", [True, False])
def test_a_row_that_is_lost_is_mended_by_the_next_pass(prefix: str, visited: bool) -> None:
    """The pair belongs together as before, whatever an event has made of it until then; nothing is written twice."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await coupled(rig, "US-002")
        writes = rig.writes()
        lose(rig, prefix)
        if visited:
            await rig.hint(ERP, ("usmf", "US-001"))
            await rig.pump()
        await rig.compare()
        rig.edit(OrganizationName="Edited")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Edited", "Edited")
        assert rig.writes() == writes + 1
        assert (len(rig.accounts()), rig.rows(PARKED), len(rig.rows(INDEX))) == (2, [], 2)
        assert {each.dataverse for each in rig.couplings() if each.state == "coupled"} >= {row_id}

    on_stage(story)


def test_an_index_that_is_lost_is_missed_although_another_one_is_too_many() -> None:
    """There are as many indexes as couplings, and yet two of them do not belong together."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await coupled(rig, "US-002")
        lose(rig, "d~")
        rig.world.tables.apply(CUSTOMERS, [Write("delete", f"{INDEX}USMF~US-002", etag="*")])
        await rig.compare()
        keys = [row.key for row in rig.rows(INDEX)]
        assert keys == [f"{INDEX}USMF~US-001", f"{INDEX}USMF~US-002"]
        assert all(each.state == "coupled" for each in rig.couplings())

    on_stage(story)


@pytest.mark.parametrize("prefix", ["e~", "d~"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_record_whose_row_is_lost_can_be_explained(prefix: str, side: Side) -> None:
    """It says so, and what mends it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        lose(rig, prefix)
        told = await explain(
            rig.flow(), ERP if side == ERP else DATAVERSE, ("usmf", "US-001") if side == ERP else (row_id,)
        )
        assert told["why"]

    on_stage(story)


def test_a_sound_ledger_is_left_as_it_is() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        await rig.compare()
        before = rig.rows("d~"), rig.rows("e~"), len(rig.rows("j~"))
        await rig.compare()
        assert (rig.rows("d~"), rig.rows("e~"), len(rig.rows("j~"))) == before

    on_stage(story)
