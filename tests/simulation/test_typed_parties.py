"""A party number that a user types into his own account joins him with nobody: only one that both agreed on counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

OLD = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
SOMEBODYS = "000000777"


@pytest.mark.parametrize("policy", ["rename", "park"])
@pytest.mark.parametrize("heard", ["old", "new", "pass"])
def test_a_typed_party_number_makes_no_rename(tmp_path: Path, policy: str, heard: str) -> None:
    """A user types the next party number, and his customer is deleted: the next customer is nobody's but its own."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, msdyn_partynumber=SOMEBODYS)
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.finops.delete("CustomersV3", OLD)
        next_one = rig.customer("US-777", PartyNumber=SOMEBODYS, OrganizationName="Fabrikam")
        if heard == "old":
            await rig.visit(ERP, tuple(OLD.values()))
        if heard != "pass":
            await rig.visit(ERP, next_one)
        await rig.compare()
        await rig.pump()
        found = rig.dataverse("US-777")
        assert found is not None
        assert found["accountid"] != row_id
        assert [each.erp for each in rig.couplings() if each.dataverse == row_id] == [tuple(OLD.values())]
        assert not rig.rows("p~e~usmf~us-777")

    on_stage(story, maps_with(tmp_path, f"policy: {{key_change: {policy}}}\n"))
