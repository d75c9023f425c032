"""A flow whose lines all run one way makes and deletes nothing against its direction."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from shared.engine import explain, report, start_job, work_on
from shared.errors import TryLater
from shared.ledger import CONFLICT, read_conflict
from shared.mapping import Catalogue, Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, at_first, coupled, maps_with, on_stage
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import like, overlaid

TO_DATAVERSE: Final = ("CustomerAccount > accountnumber", "OrganizationName > name", "CustomerGroupId << - default 10")
TO_THE_ERP: Final = ("CustomerAccount < accountnumber", "OrganizationName < name", "- >> customertypecode default 3",
                     "CustomerGroupId < msdyn_customergroupid.msdyn_groupid",
                     "SalesCurrencyCode < transactioncurrencyid.isocurrencycode",
                     "PartyType << - default Organization")  # fmt: skip


def own_flow(folder: Path, lines: tuple[str, ...], policy: str = "delete: propagate") -> Catalogue:
    """The shipped maps, the customers' among them replaced by one of a consultant's own."""
    path = folder / "own.yaml"
    text = "\n".join([
        "erp: {system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount],",
        "  scope: PartyType eq 'Organization'}",
        "dataverse: {table: accounts, scope: customertypecode ne 1}",
        "company: {erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}",
        "match: [[CustomerAccount]]",
        f"policy: {{{policy}}}",
        "fields: |",
        *(f"  {line}" for line in lines),
    ])  # fmt: skip
    path.write_text(text, "utf-8")
    shipped = shipped_maps()
    return like(shipped, files={**shipped.files, CUSTOMERS: path})


@pytest.mark.parametrize("looked", ["event", "pass"])
def test_nothing_is_created_against_the_direction(tmp_path: Path, looked: str) -> None:
    """An account that somebody makes stays alone: it is not parked, explain says why, and a second pass is silent."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        if looked == "event":
            assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("creates",)
        else:
            await rig.compare()
        assert (rig.erp(), rig.couplings(), rig.counts()["parked"]) == (None, [], 0)
        assert "creates nothing there" in (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]
        rows = [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~", "h~")]
        await rig.compare()
        assert [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~", "h~")] == rows

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


def test_what_stayed_alone_is_coupled_once_something_matches_it(tmp_path: Path) -> None:
    """Met from either side, for a match is no create."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Old")
        await rig.visit(DATAVERSE, (row_id,))
        rig.customer(OrganizationName="New")
        await rig.visit(DATAVERSE, (row_id,))
        assert [each.state for each in rig.couplings()] == ["coupled"]
        assert rig.both("OrganizationName", "name") == ("New", "New")

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


def test_a_customer_makes_no_empty_account(tmp_path: Path) -> None:
    """All lines run to the ERP: its customers stay alone, and an account becomes a customer."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        assert (await rig.visit(ERP, identity)).codes == ("creates",)
        assert (rig.accounts(), rig.couplings()) == ([], [])
        await rig.visit(DATAVERSE, (rig.account("US-002"),))
        assert rig.erp("US-002") is not None

    on_stage(story, own_flow(tmp_path, TO_THE_ERP))


@pytest.mark.parametrize("policy", ["delete: propagate", "delete: restore", "conflict: park"])
def test_a_target_that_somebody_deletes_is_made_again(tmp_path: Path, policy: str) -> None:
    """The source says what is true: the customer is never deleted because its account was."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,), source="delete")
        await rig.pump()
        assert rig.erp() is not None
        assert rig.dataverse() is not None
        assert [each.state for each in rig.couplings()] == ["coupled"]

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE, policy))


def test_a_customer_that_somebody_deletes_is_made_again(tmp_path: Path) -> None:
    """The same where all lines run to the ERP: the account is never deleted."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.visit(ERP, ("usmf", ACCOUNT), source="delete")
        await rig.pump()
        assert rig.accounts() == [row_id]
        assert rig.erp() is not None

    on_stage(story, own_flow(tmp_path, TO_THE_ERP))


@pytest.mark.parametrize("policy", ["delete: propagate", "delete: uncouple", "delete: park"])
def test_a_delete_that_was_cut_off_is_not_carried_out_under_a_map_that_keeps_the_record(
    tmp_path: Path, policy: str
) -> None:
    """Whoever was to delete the customer died; since then its flow runs one way, and the customer is the source."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.dies(DATAVERSE, (row_id,), before="finops delete")
        rig.house.catalogue = own_flow(tmp_path, TO_DATAVERSE, policy)
        await asyncio.sleep(1_000)
        await rig.pump()
        await rig.compare()
        assert rig.erp() is not None
        assert len(rig.accounts()) == (policy == "delete: propagate")

    on_stage(story)


def test_a_report_of_a_flow_that_runs_one_way(tmp_path: Path) -> None:
    """Nothing is announced against the direction, and what stays alone for that is counted."""

    async def story(rig: Rig) -> None:
        rig.customer("US-002", OrganizationName="Fabrikam")
        rig.account("DV-001")
        rig.customer(OrganizationName="Contoso Ltd")
        rig.account(name="Contoso GmbH")
        job = await start_job(rig.house, "plan", (CUSTOMERS,))
        job = await work_on(rig.house, job["id"], lambda: False)
        told = await report(rig.house, CUSTOMERS)
        assert set(told["samples"]) == {"created in dataverse", "updated dataverse", "overruled"}
        assert (told["counts"]["created dataverse"], told["reasons"]) == (1, {"creates": 1})
        writes = rig.writes()
        assert rig.writes() == writes

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        ("delete: uncouple", "uncoupled"),
        ("delete: park", "coupled"),
        ("delete: {erp: propagate, dataverse: uncouple}", "uncoupled"),
        ("delete: {erp: propagate, dataverse: park}", "coupled"),
        ("delete: {dataverse: propagate}", "deleted"),
    ],
)
def test_unless_the_map_says_something_else_for_that_side(tmp_path: Path, policy: str, state: str) -> None:
    """`uncouple` and `park` leave the customer alone; only a word for that very side deletes it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,), source="delete")
        await rig.pump()
        assert [each.state for each in rig.couplings()] == [state]
        assert (rig.erp() is None, rig.accounts()) == (state == "deleted", [])

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE, policy))


def test_a_deleted_source_takes_its_target_along(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.visit(ERP, ("usmf", ACCOUNT), source="delete")
        assert rig.accounts() == []

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


def test_a_target_that_is_back_without_its_source_is_not_said_to_be_synced(tmp_path: Path) -> None:
    """Both were deleted; the account came back under its own id."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        account = rig.world.dataverse.row("accounts", row_id)
        assert account is not None
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.visit(ERP, ("usmf", ACCOUNT), source="delete")
        rig.account(accountid=row_id)
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("reborn",)
        assert "clear the tombstone to let it stay alone" in str(rig.rows("p~"))

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


def test_what_may_not_be_made_again_is_left_to_a_person(tmp_path: Path) -> None:
    """The map couples matches and nothing else, and no way out is named that it does not allow."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        await rig.visit(ERP, rig.customer())
        rig.world.dataverse.delete("accounts", row_id)
        assert (await rig.visit(DATAVERSE, (row_id,), source="delete")).codes == ("deleted",)
        assert rig.erp() is not None
        assert "uncouple the two" in str(rig.rows("p~"))
        assert "create it in Dataverse again" not in str(rig.rows("p~"))

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE, "creates: none"))


@pytest.mark.parametrize("made", [ERP, DATAVERSE])
@pytest.mark.parametrize("creates", ["both", "erp", "dataverse", "none"])
def test_the_map_says_where_records_are_made(tmp_path: Path, made: Side, creates: str) -> None:
    """All lines run both ways; a record is made only on a side that `creates` names."""

    async def story(rig: Rig) -> None:
        identity = rig.customer() if made == ERP else (rig.account(),)
        await rig.visit(made, identity)
        there = rig.dataverse() if made == ERP else rig.erp()
        target = DATAVERSE if made == ERP else ERP
        assert (there is not None) == (creates in {"both", target})

    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(f"extends: customers_v3_accounts\npolicy: {{creates: {creates}}}\n", "utf-8")
    shipped = shipped_maps()
    on_stage(story, overlaid(shipped, {CUSTOMERS: [overlay]}))


def test_what_leaves_the_scope_at_the_target_deletes_no_source(tmp_path: Path) -> None:
    """`leaves: delete` goes with the direction, too: the pair sleeps."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=1)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.erp() is not None
        assert [each.state for each in rig.couplings()] == ["dormant"]

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE, "leaves: delete"))


def test_a_match_that_is_gone_by_the_time_it_is_to_be_coupled_is_not_made_anew(tmp_path: Path) -> None:
    """It was there when the account was claimed."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        rig.customer()
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        rig.world.weather.heard = at_first("ledger claim", lambda: rig.world.finops.delete("CustomersV3", key))
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("creates",)
        assert (rig.erp(), rig.couplings()) == (None, [])

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


@pytest.mark.parametrize("looked", ["event", "pass"])
def test_an_edit_of_a_target_is_put_back(tmp_path: Path, looked: str) -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Somebody's")
        if looked == "event":
            await rig.visit(DATAVERSE, (row_id,))
        else:
            await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


def test_a_source_that_is_emptied_before_its_create_is_answered_rules_all_the_same(tmp_path: Path) -> None:
    """What stands there was sent by us, and is not what the target filled in."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(SalesMemo="said")
        await rig.dies(ERP, identity, after="dataverse create")
        rig.edit(SalesMemo="")
        rig.world.loop.pass_time(300)
        await rig.compare()
        assert rig.both("SalesMemo", "description") == ("", None)

    on_stage(story, maps_with(tmp_path, "fields: |\n  SalesMemo > description\n"))


@pytest.mark.parametrize("taken", ["refused", "away"])
def test_a_source_that_is_emptied_before_its_target_takes_it_rules_all_the_same(tmp_path: Path, taken: str) -> None:
    """What it held when the two were matched never arrived: empty since, it empties the target, whose value is kept."""

    async def story(rig: Rig) -> None:
        row_id, weather = rig.account(description="theirs"), rig.world.weather
        if taken == "refused":
            rig.world.dataverse.behaviour.refused_values["accounts"] = {"description": frozenset({"said"})}
        else:
            odd = int(rig.world.loop.time() + 600) // 2 * 2 + 1  # then it answers 503; at an even second it throttles
            away = partial(weather.outage.update, {"dataverse": odd})
            weather.strike = at_first("dataverse update", away)
        rig.customer(SalesMemo="said")
        with suppress(TryLater):
            await rig.visit(DATAVERSE, (row_id,))
        rig.edit(SalesMemo="")
        await asyncio.sleep(900)
        await rig.compare()
        assert (rig.both("SalesMemo", "description"), rig.counts()["parked"]) == (("", None), 0)
        (lost,) = (read_conflict(row) for row in rig.rows(CONFLICT) if read_conflict(row).line.startswith("SalesMemo"))
        assert (lost.loser, lost.value) == (DATAVERSE, "theirs")

    on_stage(story, maps_with(tmp_path, "fields: |\n  SalesMemo > description\n"))
