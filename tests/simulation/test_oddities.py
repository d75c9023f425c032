"""What is odd about an installation goes on whatever the systems say to it."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from shared.mapping import Side
from tests.simulation.oddities import MACHINES, Oddities
from tests.simulation.rig import DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_refusals import business_logic, plug_in
from tests.simulation.trace import Trace


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_machine_takes_a_refusal_as_it_comes(side: Side) -> None:
    """The value stays as it is; whoever comes next is answered as ever."""

    async def story(rig: Rig) -> None:
        row_id, trace = await coupled(rig, OrganizationName="Contoso"), Trace(rig.world.loop)
        Oddities(rig.world, Random(1), trace, [MACHINES], lambda: True).begin()
        if side == ERP:
            business_logic(rig, {"SalesMemo": "no"})
            rig.edit(SalesMemo="no.")
        else:
            plug_in(rig, {"description": "no."})
            rig.change(row_id, description="no")
        await asyncio.sleep(10)
        assert any("which is refused" in line for line in trace.lines)
        assert rig.both("SalesMemo", "description") == (("no.", None) if side == ERP else ("", "no"))

    on_stage(story)
