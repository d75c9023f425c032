"""As long as a create without an answer may be carried out late: what waits, what is told, what is remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.engine import clear, uncouple
from shared.errors import Busy
from shared.ledger import read_journal
from shared.mapping import Side
from tests.simulation.rig import DATAVERSE, ERP, Rig, on_stage
from tests.simulation.test_landing import created, delete, landed, lands, look, reasons, there


def test_what_a_person_keys_in_again_waits_until_nothing_can_land() -> None:
    """Then it is created in Dataverse, as any record that is there again."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        delete(rig, ERP, row_id)
        await look(rig, row_id)
        rig.customer(OrganizationName="Fabrikam")
        assert (await look(rig, row_id, ERP)).kind == "kept"
        rig.world.loop.pass_time(1200)
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


@pytest.mark.parametrize("what", [uncouple, clear], ids=["uncouple", "clear"])
def test_an_operator_is_told_until_when_something_may_land(what: Callable[..., Any]) -> None:
    """After that he may end it, and nothing of it is remembered."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        if what is clear:
            delete(rig, ERP, row_id)
            await look(rig, row_id)
        with pytest.raises(Busy, match="still be under way until"):
            await what(rig.flow(), DATAVERSE, (row_id,))
        await lands()
        rig.world.loop.pass_time(1200)
        await what(rig.flow(), DATAVERSE, (row_id,))
        assert [coupling.late for coupling in rig.couplings()] == [()]

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_look_after_that_time_forgets_it(side: Side) -> None:
    """It is in sync, and the next pass writes nothing."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, side)
        await lands()
        rig.world.loop.pass_time(1200)
        rig.change(row_id, name="Fabrikam")
        await look(rig, row_id)
        (coupling,) = rig.couplings()
        assert coupling.late == ()
        rig.change(row_id, name="Contoso")
        assert (await look(rig, row_id)).kind == "updated"

    on_stage(story)


def test_what_landed_in_time_is_known_when_it_is_seen_a_day_later() -> None:
    """Its event was lost; the compare pass of the night finds it."""

    async def story(rig: Rig) -> None:
        await landed(rig, DATAVERSE)
        rig.world.loop.pass_time(timedelta(days=1).total_seconds())
        await rig.compare()
        assert there(rig) == (False, False)

    on_stage(story)


@pytest.mark.parametrize("again", [False, True], ids=["at once", "with another claim"])
def test_a_create_that_found_a_match_instead_leaves_its_id_guarded(again: bool) -> None:
    """The account was there already. If it goes, the late create makes another one, which is deleted again.

    Also where the claim was given back, because its customer was edited meanwhile.
    """

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        weather = rig.world.weather
        weather.orders["dataverse create"] = "late"
        made: list[str] = []
        edits = ["meanwhile"] if again else []
        steps: list[str] = []

        def heard(step: str, *_: object) -> bool:
            steps.append(step)
            if step == "dataverse create" and not made:
                made.append(rig.account())
            elif step == "dataverse read" and made and edits:
                rig.edit(SalesMemo=edits.pop())
            return False

        weather.heard = heard
        await rig.visit(ERP, identity)
        assert steps.count("ledger claim") == 1 + again
        assert [coupling.dataverse for coupling in rig.couplings() if not coupling.ended] == made
        delete(rig, DATAVERSE, made[0])
        await rig.visit(DATAVERSE, (made[0],))
        assert there(rig) == (False, False)
        await lands()
        assert rig.accounts() not in ([], made)
        await rig.compare()
        assert (there(rig), reasons(rig)) == ((False, False), [])
        notes = [str(read_journal(row)["note"]) for row in rig.rows("j~")]
        assert "Koppel had created it late in Dataverse, where another record had taken its place" in notes

    on_stage(story)


def test_batches_are_remembered_record_by_record() -> None:
    """Accounts are created by one request that got no answer, and again; they are deleted, and all of them land."""

    async def story(rig: Rig) -> None:
        for number in range(30):
            rig.customer(f"US-{number:02}")
        rig.world.weather.orders["dataverse create many"] = "late"
        await rig.compare()
        under_way = [coupling.dataverse for coupling in rig.couplings() if coupling.may_land(rig.flow().now())]
        assert len(under_way) > 1
        assert len(rig.accounts()) == 30
        for row_id in under_way:
            rig.world.dataverse.delete("accounts", row_id)
            await look(rig, row_id, source="delete")
        await lands()
        assert len(rig.accounts()) == 30
        for row_id in under_way:
            await look(rig, row_id, source="create")
        assert not {*under_way} & {*rig.accounts()}
        assert len(rig.accounts()) == 30 - len(under_way) == len(list(rig.world.finops.rows("CustomersV3")))

    on_stage(story)
