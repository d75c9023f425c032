"""Versions: what an entity that does not enforce them costs, it costs its own flows alone."""

from __future__ import annotations

from datetime import datetime

import pytest

from shared.engine import Wake, visit
from shared.errors import Unanswered
from shared.ledger import PARKED
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, Rig, coupled, on_stage
from tests.simulation.world import found_unversioned

CARELESS = [(ERP, "CustomerGroups"), (DATAVERSE, "msdyn_customergroups")]


@pytest.mark.parametrize("place", CARELESS, ids=lambda place: place[1])
def test_a_delete_parks_only_where_versions_are_not_enforced(place: tuple[str, str]) -> None:
    """The customer groups take any write; an account that is deleted takes its customer along all the same."""

    async def story(rig: Rig) -> None:
        await rig.unversioned(place)  # type: ignore[arg-type] # one of the sides
        row_id = await coupled(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.erp(), rig.rows(PARKED)) == (None, [])

    on_stage(story)


@pytest.mark.parametrize("place", CARELESS, ids=lambda place: place[1])
@pytest.mark.parametrize(("name", "minutes"), [(CUSTOMERS, 2), (GROUPS, 15)])
def test_an_intent_lives_long_only_where_versions_are_not_enforced(
    place: tuple[str, str], name: str, minutes: int
) -> None:
    """Where they are, an owner that is gone is followed after two minutes."""

    async def story(rig: Rig) -> None:
        await rig.unversioned(place)  # type: ignore[arg-type] # one of the sides
        flow = rig.flow(name)
        assert datetime.fromisoformat(flow.expiry()) - flow.clock() == minutes * (flow.options.claim / 2)

    on_stage(story)


def test_a_lost_answer_is_waited_for_only_where_versions_are_not_enforced() -> None:
    """An edit whose answer is lost is settled at once in one flow, and left alone in the other."""

    async def story(rig: Rig) -> None:
        await rig.unversioned((ERP, "CustomerGroups"))
        row_id = await coupled(rig)
        rig.change(row_id, description="new")
        rig.world.weather.orders["finops update"] = "unanswered"
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "equal"
        (group,) = rig.world.dataverse.rows("msdyn_customergroups")
        identity = (str(group["msdyn_customergroupid"]),)
        rig.world.dataverse.update("msdyn_customergroups", identity[0], {"msdyn_description": "new"})
        rig.world.weather.orders["finops update"] = "unanswered"
        flow = rig.flow(GROUPS)
        with pytest.raises(Unanswered):
            await visit(flow, Wake(DATAVERSE, identity, await flow.ledger.store_hint(DATAVERSE, identity, "event")))

    on_stage(story)


def test_what_a_preflight_found_holds_in_every_process() -> None:
    """It ran in one instance; another takes it up with its next run of the pump."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await found_unversioned(rig.world.house(), [(ERP, "CustomersV3")])
        rig.world.loop.pass_time(120)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.hint(DATAVERSE, (row_id,), "delete")
        await rig.pump()
        assert rig.erp() is not None
        assert len(rig.rows(PARKED)) == 1

    on_stage(story)
