"""Several candidates, seen from either side: whoever matches looks back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import explain
from shared.ledger import PARKED, read_trouble
from shared.mapping import DATAVERSE
from tests.simulation.rig import ACCOUNT, CUSTOMERS, Rig, maps_with, on_stage
from tests.simulation.test_owners import PERSONS, both_flows, contact, furnish, look
from tests.simulation.test_plans import planned

PERSON: Final = ("usmf", "P-1", "Customer", ACCOUNT)


def person(rig: Rig) -> None:
    row = dict(zip(("dataAreaId", "ContactPersonPartyNumber", "AssociatedContactType", "AssociatedContactNumber"),
                   PERSON, strict=True))  # fmt: skip
    rig.world.finops.create("CDSContactPersonsV2", {**row, "FirstName": "Ada", "LastName": "Byron"})


def codes(rig: Rig, flow: str = PERSONS) -> list[str]:
    return [read_trouble(row).items[0]["code"] for row in rig.rows(PARKED, flow)]


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_one_contact_person_and_two_contacts_are_for_a_person_to_tell_apart(tmp_path: Path, heard: str) -> None:
    """From whichever side they are met, all three are parked, and neither side is written.

    The dry run says the same, or that of two contacts which were met at once one is left for later: its claim is short.
    When one of the contacts turns out to be somebody else, the other two are coupled.
    """

    async def story(rig: Rig) -> None:
        account = await furnish(rig)
        ids = contact(rig, account), contact(rig, account)
        person(rig)
        writes = rig.writes()
        (told,) = (await planned(rig, 9, PERSONS))["told"]
        assert told["counts"] in ({"parked": 3}, {"parked": 2, "kept": 1})
        for row_id in ids if heard == "event" else ():
            assert (await look(rig, PERSONS, DATAVERSE, (row_id,))).codes == ("ambiguous",)
        for _ in range(2):
            await rig.compare(PERSONS)
            assert (rig.writes(), rig.couplings(PERSONS), codes(rig)) == (writes, [], ["ambiguous"] * 3)
        assert "2 records" in (await explain(rig.flow(PERSONS), DATAVERSE, (ids[0],)))["why"]
        rig.world.dataverse.update("contacts", ids[1], {"msdyn_partynumber": "P-2"})
        await rig.compare(PERSONS)
        await rig.compare(PERSONS)
        assert PERSON in [each.erp for each in rig.couplings(PERSONS) if each.dataverse == ids[0]]
        assert codes(rig) == []

    on_stage(story, both_flows(tmp_path))


def test_nobody_looks_back_where_a_key_leaves_room_for_one() -> None:
    """Dataverse takes no second account with a number: an account that finds its customer searches no accounts."""

    async def story(rig: Rig) -> None:
        rig.customer()
        row_id = rig.account()
        first = len(rig.world.requests)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind != "parked"
        asked = [what for _, _, what, _ in rig.world.requests[first:]]
        assert not [each for each in asked if "/accounts?" in each]
        assert [each.dataverse for each in rig.couplings()] == [row_id]

    on_stage(story)


def test_a_better_match_is_left_its_partner(tmp_path: Path) -> None:
    """An account without a number finds the customer by name, and the customer's number is another account's."""

    async def story(rig: Rig) -> None:
        rig.customer()
        by_name, by_number = rig.account(None), rig.account()
        assert (await rig.visit(DATAVERSE, (by_name,))).codes == ("ambiguous",)
        await rig.compare()
        assert [each.dataverse for each in rig.couplings()] == [by_number]
        assert codes(rig, CUSTOMERS) == ["taken"]

    on_stage(story, maps_with(tmp_path, "match: [[CustomerAccount], [OrganizationName]]\n"))
