"""Explain: what it says is what Koppel does, whenever it is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.engine import explain
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_owners import (
    CONSUMERS,
    PERSONS,
    both_flows,
    handed_over,
    look,
    persons,
)

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def why(rig: Rig, side: Side, identity: tuple[str, ...]) -> str:
    return str((await explain(rig.flow(), side, identity))["why"])


async def dies_while_creating(rig: Rig) -> str:
    """The ERP is to number a customer, and the answer is lost with whoever waits for it; the account's id."""
    row_id = rig.account(None)
    await rig.dies(DATAVERSE, (row_id,), after="finops create")
    return row_id


def test_a_claim_whose_owner_is_gone_is_not_being_written() -> None:
    """While the intent lives it says until when; then that the next look settles it; then what that look has found."""

    async def story(rig: Rig) -> None:
        row_id = await dies_while_creating(rig)
        assert "being written (create), until" in await why(rig, DATAVERSE, (row_id,))
        await asyncio.sleep(1200)
        assert "settled at the next look" in await why(rig, DATAVERSE, (row_id,))
        rig.house = rig.world.house()
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("maybe-created",)
        await asyncio.sleep(300)
        assert "it may have been created before" in await why(rig, DATAVERSE, (row_id,))

    on_stage(story)


def test_several_matches_are_not_coupled(tmp_path: Path) -> None:
    """A record that matches several is set aside, before it is and after."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        rig.account("A-1")
        rig.account("A-2")
        before = await why(rig, ERP, identity)
        assert "2 records match it" in before
        assert (await rig.visit(ERP, identity)).codes == ("ambiguous",)
        assert await why(rig, ERP, identity) == before

    on_stage(story, maps_with(tmp_path, "match: [[OrganizationName]]\n"))


def test_a_match_that_has_another_partner_is_not_coupled(tmp_path: Path) -> None:
    """The record says that its match belongs to another one."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        identity = rig.customer("US-002")
        partner = (await rig.flow().ledger.partner("e~USMF~US-001")) or ""
        assert f"coupled already (usmf US-001 in the ERP with {partner} in Dataverse)" in await why(rig, ERP, identity)
        assert (await rig.visit(ERP, identity)).codes == ("taken",)

    on_stage(story, maps_with(tmp_path, "match: [[OrganizationName]]\n"))


def test_a_match_that_is_free_will_be_coupled() -> None:
    """The record names what it will be coupled with, as people call it."""

    async def story(rig: Rig) -> None:
        rig.account(name="Contoso")
        match = f"'{ACCOUNT} Contoso'"
        assert f"will be coupled with the record that matches it: {match}" in await why(rig, ERP, rig.customer())

    on_stage(story)


def test_a_row_that_was_merged_away_will_not_be_created() -> None:
    """The loser of a merge is ignored for good."""

    async def story(rig: Rig) -> None:
        loser, winner = rig.account("A-1"), rig.account("A-2")
        rig.world.dataverse.merge("accounts", winner, loser)
        assert "merged" in await why(rig, DATAVERSE, (loser,))
        assert (await rig.visit(DATAVERSE, (loser,))).kind == "ignored"

    on_stage(story)


def test_a_record_that_another_flow_has_by_now_says_so_when_it_is_back_in_scope(tmp_path: Path) -> None:
    """Its coupling sleeps on: the other flow keeps the row."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        rig.world.dataverse.update("contacts", row_id, {"msdyn_sellable": False})
        assert len(persons(rig)) == 1
        told = await explain(rig.flow(PERSONS), DATAVERSE, (row_id,))
        assert told["why"] == f"it belongs to {CONSUMERS}: observed, not written"
        assert (await look(rig, PERSONS, DATAVERSE, (row_id,))).kind == "dormant"

    on_stage(story, both_flows(tmp_path))


def test_an_edit_that_nobody_has_looked_at_will_be_brought_over() -> None:
    """In sync is only what the next look would leave alone; each line says which side changed and where it goes."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        assert await why(rig, ERP, ("usmf", ACCOUNT)) == "in sync"
        rig.change(row_id, name="Fabrikam")
        told = await explain(rig.flow(), ERP, ("usmf", ACCOUNT))
        assert told["why"] == "it changed and will be brought into agreement"
        (line,) = [each for each in told["lines"] if each["changed"]]
        assert (line["changed"], line["flows"]) == ([DATAVERSE], "to erp (edit)")
        await rig.visit(DATAVERSE, (row_id,))
        assert await why(rig, ERP, ("usmf", ACCOUNT)) == "in sync"

    on_stage(story)


def test_the_policies_that_hold_for_a_record_are_told(tmp_path: Path) -> None:
    """Of the map; a line has a word of its own about conflicts, and one that goes one way knows none."""
    policies = "policy: {conflict: erp_wins, delete: {erp: propagate, dataverse: restore}, leaves: uncouple}\n"
    line = "fields: |\n  SalesMemo = description ; conflict park\n"

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        delete = {ERP: "propagate", DATAVERSE: "restore"}
        assert told["policies"] == {"conflict": "erp_wins", "delete": delete, "leaves": "uncouple"}
        words = {each["line"].split()[0]: each.get("conflict") for each in told["lines"]}
        named = [words[name] for name in ("SalesMemo", "OrganizationName", "DeliveryAddressLatitude")]
        assert named == ["park", "erp_wins", ""]

    on_stage(story, maps_with(tmp_path, policies + line))


def test_a_code_that_means_nobody_yet_is_told_as_it_is() -> None:
    """Without the mark by which Koppel tells it from a row."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="")
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net77"})
        rig.edit(PaymentTerms="Net77")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = (each for each in told["lines"] if each["line"].startswith("PaymentTerms "))
        assert (line["erp"], line["dataverse"]) == ("Net77", "")

    on_stage(story)
