"""Absence: F&O answers for a company that the user may not see as for a record that was deleted."""

from __future__ import annotations

import asyncio

import pytest

from shared.errors import Denied, TryLater
from shared.systems import _finops
from tests.emulator.faults import Order
from tests.unit.systems.finops.groups import AFFIXES, CUSTOMERS, GROUPS, TERMS, known
from tests.unit.systems.worlds import FinopsWorld

pytestmark = pytest.mark.usefixtures("impatient")
LOST = ["demf", "10"]


async def test_a_company_that_may_not_be_seen(world: FinopsWorld) -> None:
    """What is absent there is not gone; whoever reads the reason knows the company and what to do."""
    known(world, "20", "demf")
    world.twin.behaviour.inaccessible_companies.add("demf")
    with pytest.raises(Denied, match=r"company demf .* role"):
        await world.client.confirm_gone(GROUPS, LOST)


@pytest.mark.parametrize("company", ["demf", "DEMF"])
async def test_a_company_that_shows_a_record(world: FinopsWorld, company: str) -> None:
    """Any other record of the same entity tells that the absence is one."""
    known(world, "20", "demf")
    await world.client.confirm_gone(GROUPS, [company, "10"])
    assert len(world.parts) == 2


async def test_a_record_that_a_filter_finds(world: FinopsWorld) -> None:
    """What F&O does not find by its key and finds by a filter is not gone: nothing is concluded."""
    with pytest.raises(TryLater, match="by a filter"):
        await world.client.confirm_gone(GROUPS, known(world, "10"))


async def test_an_entity_that_is_empty(world: FinopsWorld) -> None:
    """A company that holds nothing of this kind shows records of another; entities without a right tell nothing."""
    known(world, "20", "demf")
    world.twin.behaviour.missing_roles = {"VendorsV2"}
    await world.client.confirm_gone(TERMS, LOST)
    await world.client.confirm_gone(CUSTOMERS, LOST)


async def test_a_visible_company_is_remembered_briefly(world: FinopsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company is looked at for the first of many absences; a right that is lost later is noticed all the same."""
    known(world, "20", "demf")
    for code in ("1", "2", "3"):
        await world.client.confirm_gone(GROUPS, ["demf", code])
    assert len(world.parts) == 1 + 3
    monkeypatch.setattr(_finops, "REMEMBERED", 0.0)
    world.client._visible.clear()
    await world.client.confirm_gone(GROUPS, LOST)
    world.twin.behaviour.inaccessible_companies.add("demf")
    await asyncio.sleep(0.001)
    with pytest.raises(Denied):
        await world.client.confirm_gone(GROUPS, LOST)


async def test_a_company_that_is_granted_again(world: FinopsWorld) -> None:
    """A refusal is not remembered."""
    known(world, "20", "demf")
    world.twin.behaviour.inaccessible_companies.add("demf")
    with pytest.raises(Denied):
        await world.client.confirm_gone(GROUPS, LOST)
    world.twin.behaviour.inaccessible_companies.clear()
    await world.client.confirm_gone(GROUPS, LOST)


async def test_a_look_that_gets_no_answer(world: FinopsWorld) -> None:
    """Nothing is concluded from a look that failed."""
    world.gate.orders.extend([Order("drop", times=50)])
    with pytest.raises(TryLater):
        await world.client.confirm_gone(GROUPS, LOST)


async def test_a_global_entity(world: FinopsWorld) -> None:
    """Records without a company are the same for everybody: no company is asked for."""
    await world.client.confirm_gone(AFFIXES, ["PersonalPrefix", "Dr."])
    assert len(world.parts) == 1
