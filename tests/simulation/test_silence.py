"""A side that says nothing. What is kept is told."""

from __future__ import annotations

from shared.engine import explain
from tests.simulation.rig import DATAVERSE, Rig, on_stage


def test_told() -> None:
    """Explain says of a one-way line whose source says nothing that both sides keep what they hold."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(address1_latitude=48.2)
        await rig.visit(DATAVERSE, (row_id,))
        found = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert found["why"] == "in sync"
        (line,) = [each for each in found["lines"] if each["line"] == "DeliveryAddressLatitude > address1_latitude"]
        assert line["flows"].startswith("nothing yet: the ERP")

    on_stage(story)
