"""Deleted partners of Business Central: restore, uncouple, delete, for one pair, by hand (scenarios 12)."""

from __future__ import annotations

import pytest

from shared.engine import decide_survivor
from shared.errors import Refused
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage
from tests.simulation.central_contacts import buyer


def lose(central: Central, side: Side, identity: tuple[str, str], row_id: str) -> None:
    """One of the two is deleted, some time after they were coupled."""
    central.later(minutes=5)
    if side == ERP:
        central.erp.delete(DE, "customers", identity[1])
    else:
        central.dataverse.delete("accounts", row_id)


@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
async def test_one_pair_that_lost_a_record_is_restored_uncoupled_or_deleted_as_a_person_says(gone: Side) -> None:
    """bc-156, bc-157, bc-159 to bc-161, bc-163: though the map parks and creates nothing; made again it has a new
    number or id and the name of the survivor, which stays; a pair that has both of its records is not touched.
    """

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=str(at)) for at in range(4)]
        for identity, row_id in pairs[:3]:
            lose(central, gone, identity, row_id)
            await central.visit(DATAVERSE, (row_id,))
        assert {code for code, _ in central.troubles()} == {"deleted"}
        flow = central.house.flow
        restored = await decide_survivor(flow(CUSTOMERS), DATAVERSE, (pairs[0][1],), "restore")
        assert restored.kind == "created"
        assert (restored.erp == pairs[0][0], restored.dataverse == pairs[0][1]) == (gone != ERP, gone == ERP)
        assert (await decide_survivor(flow(CUSTOMERS), ERP, pairs[1][0], "propagate")).kind == "deleted"
        assert (await decide_survivor(flow(CUSTOMERS), ERP, pairs[2][0], "uncouple")).kind == "uncoupled"
        with pytest.raises(Refused, match="both of the two are there"):
            await decide_survivor(flow(CUSTOMERS), ERP, pairs[3][0], "propagate")
        assert central.troubles() == []
        names = {"Buyer 0", "Buyer 3"}
        lost, kept = (central.rows(), central.accounts()) if gone == ERP else (central.accounts(), central.rows())
        column = {True: "displayName", False: "name"}
        assert {row[column[gone == ERP]] for row in lost} == names
        assert {row[column[gone != ERP]] for row in kept} == {*names, "Buyer 2"}

    await on_stage(story)


async def test_a_survivor_that_somebody_has_edited_since_is_not_deleted_by_hand_either() -> None:
    """bc-158: what stands in the way of a policy stands in the way of a person, too, and is named."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        lose(central, ERP, identity, row_id)
        central.dataverse.update("accounts", row_id, {"name": "Edited since"})
        outcome = await decide_survivor(central.house.flow(CUSTOMERS), ERP, identity, "propagate")
        assert (outcome.kind, outcome.codes) == ("parked", ("deleted-edited",))
        assert [row["name"] for row in central.accounts()] == ["Edited since"]

    await on_stage(story)


async def test_the_block_of_a_customer_stays_as_it_is_when_his_account_is_deactivated() -> None:
    """bc-190: the pair sleeps, and neither side is written."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        central.erp.update(DE, "customers", identity[1], {"blocked": "Ship"})
        central.dataverse.update("accounts", row_id, {"statecode": 1, "statuscode": 2})
        await central.compare()
        (pair,) = central.couplings()
        assert (central.row(identity)["blocked"], pair.state) == ("Ship", "dormant")

    await on_stage(story)


async def test_only_pairs_follow_where_the_map_creates_nothing() -> None:
    """bc-117, bc-118, bc-126, bc-154: a pass carries an edit of either side to the one partner; nobody is made
    for who has none; a customer that was deleted leaves his account as it is.
    """

    async def story(central: Central) -> None:
        pairs = [await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode="1010") for at in range(3)]
        central.account(name="Free")
        central.later(minutes=5)
        central.erp.update(DE, "customers", pairs[0][0][1], {"state": "Texas"})
        central.dataverse.update("accounts", pairs[1][1], {"name": "Renamed", "address1_stateorprovince": "Ohio"})
        central.erp.delete(DE, "customers", pairs[2][0][1])
        await central.compare()
        rows = {str(row["displayName"]): row["state"] for row in central.rows()}
        assert rows == {"Buyer 0": "Texas", "Renamed": "Ohio"}
        states = {str(row["name"]): row["address1_stateorprovince"] for row in central.accounts()}
        assert (states["Buyer 0"], states["Renamed"], len(states)) == ("Texas", "Ohio", 4)
        assert sorted(each.state for each in central.couplings()) == ["coupled"] * 3

    await on_stage(story)
