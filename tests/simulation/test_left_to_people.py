"""What waits for a person is his: nothing decides it behind his back, and each reason has a way out that works."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import clear, couple, explain, uncouple
from shared.errors import Refused
from shared.ledger import PARKED, WAITING, read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_owners import PERSONS, both_flows, contact, furnish

POLICIES: Final = ("propagate", "uncouple", "restore", "park")


def reasons(rig: Rig, name: str = CUSTOMERS) -> dict[str, str]:
    """What every parked or waiting row says, by code."""
    rows = [read_trouble(row) for prefix in (PARKED, WAITING) for row in rig.rows(prefix, name)]
    return {str(item["code"]): str(item["message"]) for row in rows for item in row.items}


async def merged(rig: Rig) -> tuple[str, str]:
    """Two coupled pairs, the second account merged into the first, and parked; the ids of both."""
    winner, loser = await coupled(rig), await coupled(rig, "US-002")
    rig.world.dataverse.merge("accounts", winner, loser)
    assert (await rig.visit(DATAVERSE, (loser,))).codes == ("merged",)
    return winner, loser


def move(rig: Rig, row_id: str, company: str) -> None:
    """The platform's own way to another company: nobody can write the column of a row that exists."""
    row: Any = rig.world.dataverse.row("accounts", row_id)
    row["_msdyn_company_value"] = rig.companies[company]


def drop(rig: Rig, side: Side, row_id: str, account: str = ACCOUNT) -> None:
    if side == DATAVERSE:
        rig.world.dataverse.delete("accounts", row_id)
    else:
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})


async def heard(rig: Rig, how: str, side: Side, identity: tuple[str, ...]) -> None:
    if how == "event":
        await rig.visit(side, identity, source="delete")
    else:
        await rig.compare()
    await rig.pump()


# -- a delete decides nothing


@pytest.mark.parametrize("how", ["event", "pass"])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_merged_account_that_is_deleted_takes_no_customer_along(tmp_path: Path, policy: str, how: str) -> None:
    """The merge waits for a person, and so does the delete that comes on top of it: one row tells both."""

    async def story(rig: Rig) -> None:
        _, loser = await merged(rig)
        drop(rig, DATAVERSE, loser)
        await heard(rig, how, DATAVERSE, (loser,))
        assert rig.erp("US-002") is not None
        assert set(reasons(rig)) == {"merged", "deleted"}
        rows, writes = rig.rows(PARKED), rig.writes()
        await rig.compare()
        assert (rig.rows(PARKED), rig.writes()) == (rows, writes)
        assert "set aside: merged" in (await explain(rig.flow(), ERP, ("usmf", "US-002")))["why"]

    on_stage(story, maps_with(tmp_path, f"policy: {{delete: {policy}}}\n"))


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_pair_set_aside_for_its_company_is_not_deleted_across(side: Side) -> None:
    """Whoever put the account into another company did not mean the customer to go."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        move(rig, row_id, "demf")
        rig.change(row_id, customertypecode=3)
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("company",)
        drop(rig, side, row_id)
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.erp() is not None) + (rig.dataverse() is not None) == 1
        assert set(reasons(rig)) == {"company", "deleted"}

    on_stage(story)


def test_an_edit_that_is_taken_back_does_not_let_the_delete_go_on() -> None:
    """The row says that it waits for a person; a retry is that person's word."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        drop(rig, ERP, row_id)
        rig.change(row_id, name="Edited")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("deleted-edited",)
        rig.change(row_id, name="Contoso")
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.dataverse() is not None, set(reasons(rig))) == (True, {"deleted"})
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        assert (rig.dataverse(), reasons(rig)) == (None, {})

    on_stage(story)


def test_a_retry_of_everything_deletes_nothing_that_was_merged() -> None:
    """It tries again what could not be done; what becomes of the customer is another question."""

    async def story(rig: Rig) -> None:
        _, loser = await merged(rig)
        drop(rig, DATAVERSE, loser)
        for _ in range(2):
            await rig.visit(DATAVERSE, (loser,), source="retry")
        assert (rig.erp("US-002") is not None, set(reasons(rig))) == (True, {"merged", "deleted"})

    on_stage(story)


def test_what_is_merged_away_and_leaves_the_scope_by_it_is_not_deleted(tmp_path: Path) -> None:
    """Merging makes a row inactive; where only active ones are in scope, that is no reason to delete a customer."""
    overlay = "dataverse: {scope: customertypecode eq 3 and statecode eq 0}\npolicy: {leaves: delete}\n"

    async def story(rig: Rig) -> None:
        winner, loser = await coupled(rig), await coupled(rig, "US-002")
        rig.world.dataverse.merge("accounts", winner, loser)
        await rig.visit(DATAVERSE, (loser,))
        await rig.compare()
        assert (rig.erp("US-002") is not None, set(reasons(rig))) == (True, {"merged", "left"})

    on_stage(story, maps_with(tmp_path, overlay))


# -- matching skips what was merged away


def test_a_merged_row_matches_nobody() -> None:
    """Its number is taken in Dataverse, so the customer is set aside, and told whom the row went to."""

    async def story(rig: Rig) -> None:
        winner, loser = rig.account("US-001"), rig.account("US-002")
        rig.world.dataverse.merge("accounts", winner, loser)
        identity = rig.customer("US-002")
        outcome = await rig.visit(ERP, identity)
        assert (outcome.codes, rig.couplings()) == (("merged",), [])
        assert "merged into 'US-001 Contoso' in Dataverse" in reasons(rig)["merged"]
        assert winner not in reasons(rig)["merged"]
        assert (await explain(rig.flow(), ERP, identity))["why"].endswith(f": {reasons(rig)['merged']}")
        await rig.compare()
        rows, writes = rig.rows(PARKED), rig.writes()
        await rig.compare()
        assert (rig.rows(PARKED), rig.writes(), len(rig.accounts())) == (rows, writes, 2)

    on_stage(story)


def test_a_merged_row_does_not_make_its_double_ambiguous(tmp_path: Path) -> None:
    """Contacts have no unique number: of two with the same one, the merged one is nobody's partner."""

    async def story(rig: Rig) -> None:
        account = await furnish(rig)
        winner, loser = (contact(rig, account, msdyn_partynumber="P-1") for _ in range(2))
        rig.world.dataverse.merge("contacts", winner, loser)
        row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
               "AssociatedContactNumber": ACCOUNT, "FirstName": "Ada", "LastName": "King"}  # fmt: skip
        rig.world.finops.create("CDSContactPersonsV2", row)
        await rig.compare(PERSONS)
        assert [each.dataverse for each in rig.couplings(PERSONS)] == [winner]

    on_stage(story, both_flows(tmp_path))


def test_a_reference_is_not_taken_for_the_merged_of_two_rows() -> None:
    """A customer group is named by its number; nobody refers to a row that was merged away."""

    async def story(rig: Rig) -> None:
        winner, loser = await merged(rig)
        await uncouple(rig.flow(), DATAVERSE, (loser,))
        rig.edit(InvoiceAccount="US-002")
        outcome = await rig.visit(DATAVERSE, (winner,))
        assert (outcome.kind, rig.dataverse().get("_msdyn_billingaccount_value")) == ("waiting", None)  # type: ignore[union-attr]

    on_stage(story)


def test_a_merged_row_is_coupled_by_nobody() -> None:
    """By hand neither: the refusal names the row that stays."""

    async def story(rig: Rig) -> None:
        winner, loser = rig.account("US-001"), rig.account("US-002")
        rig.world.dataverse.merge("accounts", winner, loser)
        with pytest.raises(Refused, match=r"^US-002 .* was merged into US-001 .*: couple that one"):
            await couple(rig.flow(), rig.customer("E-1"), loser)

    on_stage(story)


# -- couple by hand is a newer word than a tombstone


def test_whoever_loses_a_partner_to_a_coupling_by_hand_is_left_alone() -> None:
    """Both were uncoupled; the two that are coupled now leave one on each side, and nothing is created for them."""

    async def story(rig: Rig) -> None:
        first, second = await coupled(rig), await coupled(rig, "US-002")
        for row_id in (first, second):
            await uncouple(rig.flow(), DATAVERSE, (row_id,))
        await couple(rig.flow(), ("usmf", "US-002"), first)
        await rig.compare()
        await rig.compare()
        alive = [each for each in rig.couplings() if not each.ended]
        assert [(each.erp, each.dataverse) for each in alive] == [(("usmf", "US-002"), first)]
        assert (len(rig.accounts()), len(list(rig.world.finops.rows("CustomersV3")))) == (2, 2)
        assert "uncoupled" in (await explain(rig.flow(), ERP, ("usmf", ACCOUNT)))["why"]
        await clear(rig.flow(), ERP, ("usmf", ACCOUNT))
        await clear(rig.flow(), DATAVERSE, (second,))
        await rig.compare()
        assert [each.state for each in rig.couplings()] == ["coupled", "coupled"] or reasons(rig)

    on_stage(story)
