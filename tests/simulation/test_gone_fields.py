"""A field that is gone stops the flow that maps it, with a sentence, at the first record that is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from shared.engine import state_of
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, Rig, coupled, on_stage


def removes(rig: Rig, side: Side) -> str:
    """Somebody takes a field away; its name."""
    if side == ERP:
        rig.world.finops.behaviour.gone["CustomersV3"] = frozenset({"SalesMemo"})
        return "SalesMemo"
    rig.world.dataverse.behaviour.gone["accounts"] = frozenset({"description"})
    return "description"


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_field_that_is_gone_is_said_at_the_first_failure(side: Side) -> None:
    """The flow pauses with its name and the way out; its hints stand, and the other flows go on."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        name = removes(rig, side)
        rig.edit(OrganizationName="Edited")
        await rig.hint(ERP, ("usmf", "US-001"))
        await rig.pump()
        found: Any = await state_of(rig.house, CUSTOMERS)
        assert (found["state"], await rig.state(GROUPS)) == ("paused", "running")
        assert all(words in found["reason"] for words in (f"has no field {name}", "overlay", "resume"))
        assert rig.counts()["hints"] == 1

    on_stage(story)
