"""Updates whose fate nobody knows: what is found on the target later decides, and no edit made meanwhile is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.engine import Wake, couple, uncouple, visit
from shared.ledger import read_conflict, read_journal, read_trouble
from shared.mapping import Catalogue
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, maps_with, on_stage
from tests.simulation.scenes import waits_for_currency

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def cut_off_after_its_write(rig: Rig, **edited: str) -> str:
    """The ERP has taken "Fabrikam" from Dataverse, and whoever sent it dies before it is settled; the account's id.

    edited: what somebody has written in the ERP before.
    """
    await rig.visit(ERP, rig.customer())
    account = rig.dataverse()
    assert account is not None
    row_id = str(account["accountid"])
    rig.change(row_id, name="Fabrikam")
    if edited:
        rig.edit(**edited)
    await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
    assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
    return row_id


async def others_go_on(rig: Rig, maps: Catalogue | None = None) -> None:
    rig.house = rig.world.house()
    rig.house.catalogue = maps or rig.house.catalogue
    for _ in range(2):
        await asyncio.sleep(300)
        await rig.pump()
    await rig.compare()


def losers(rig: Rig) -> list[tuple[str, str]]:
    return [(row.loser, row.value) for row in map(read_conflict, rig.rows("c~"))]


def unsure(rig: Rig) -> dict[str, bool]:
    """The values that lost, and whether nobody could tell what became of them."""
    return {row.value: row.unsure for row in rig.conflicts()}


def test_a_value_that_was_written_and_then_taken_back_is_kept() -> None:
    """The old value at a new version is somebody's edit, not a write that never came: it loses, but is not lost."""

    async def story(rig: Rig) -> None:
        await cut_off_after_its_write(rig)
        rig.edit(OrganizationName="Contoso")
        await others_go_on(rig)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert (ERP, "Contoso") in losers(rig)

    on_stage(story)


def test_edits_on_both_sides_after_a_write_that_came_through_are_a_conflict() -> None:
    """Both sides had agreed on the write by then, though nobody knew: what went back to its old value was edited."""

    async def story(rig: Rig) -> None:
        row_id = await cut_off_after_its_write(rig)
        rig.edit(OrganizationName="Northwind")
        rig.change(row_id, name="Contoso")
        await others_go_on(rig)
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")
        assert (ERP, "Northwind") in losers(rig)

    on_stage(story)


def test_what_lost_to_a_write_that_nobody_saw_come_through_is_called_unsure() -> None:
    """The ERP holds something else by now: the value that lost may have been overwritten by us, or by a person."""

    async def story(rig: Rig) -> None:
        await cut_off_after_its_write(rig, OrganizationName="Northwind")
        assert unsure(rig) == {"Northwind": False}
        rig.edit(OrganizationName="Adventure")
        await others_go_on(rig)
        assert unsure(rig) == {"Northwind": True, "Adventure": True}

    on_stage(story)


def test_a_write_that_came_through_beside_another_edit_is_agreed() -> None:
    """The value stands there at a new version: it is journaled, not in conflict, and the other edit flows."""

    async def story(rig: Rig) -> None:
        await cut_off_after_its_write(rig)
        rig.edit(SalesMemo="meanwhile")
        await others_go_on(rig)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert rig.both("SalesMemo", "description") == ("meanwhile", "meanwhile")
        told = [line for row in rig.rows("j~") for line in read_journal(row)["lines"] if line["side"] == ERP]
        assert [(line["old"], line["new"]) for line in told] == [("Contoso", "Fabrikam")]

    on_stage(story)


def test_a_sleeper_cannot_take_back_the_conflict_that_its_successor_has_written() -> None:
    """Whoever recovers takes over before all else: the sleeper's 412 is refused by the ledger, and nothing is lost."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        account = rig.dataverse()
        assert account is not None
        row_id = str(account["accountid"])
        rig.change(row_id, name="Fabrikam")
        rig.edit(OrganizationName="Northwind")
        sleeper = await put_to_sleep(rig, row_id, "ledger intend")
        await asyncio.sleep(200)
        successor = await put_to_sleep(rig, row_id, "finops update")
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        rig.world.loop.thaw(sleeper)
        await asyncio.sleep(60)
        rig.world.loop.thaw(successor)
        await asyncio.sleep(60)
        await others_go_on(rig)
        assert losers(rig) == [(ERP, "Northwind")]

    on_stage(story)


async def put_to_sleep(rig: Rig, row_id: str, step: str) -> int:
    """Another instance visits the account, and stands still with this request under way; its number."""
    house, loop = rig.world.house(), rig.world.loop
    flow = house.flow(CUSTOMERS)

    asleep = asyncio.Event()

    async def look() -> None:
        hint = await flow.ledger.store_hint(DATAVERSE, (row_id,), "event")
        await visit(flow, Wake(DATAVERSE, (row_id,), hint))

    number, _ = rig.world.instance(look())

    def struck(now: str) -> bool:
        if now == step and not asleep.is_set():
            loop.freeze(number)
            asleep.set()
        return False

    rig.world.weather.strike = struck
    await asleep.wait()
    rig.world.weather.strike = None
    await asyncio.sleep(60)
    return number


def test_a_customer_that_may_have_been_created_without_a_number_is_not_created_twice() -> None:
    """The ERP numbers it, and its answer never comes: the claim stands, and a person is asked."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(None)
        rig.world.weather.orders["finops create"] = "unanswered"
        task = rig.world.instance(rig.visit(DATAVERSE, (row_id,)))[1]
        await asyncio.wait({task}, timeout=60)
        assert task.exception() is not None
        await others_go_on(rig)
        assert len(list(rig.world.finops.rows("CustomersV3"))) == 1

    on_stage(story)


async def another_group(rig: Rig) -> None:
    """The customer group is deleted in Dataverse, made again there, and coupled."""
    (group,) = rig.world.dataverse.rows("msdyn_customergroups")
    rig.world.dataverse.delete("msdyn_customergroups", str(group["msdyn_customergroupid"]))
    told = {name: group[name] for name in ("msdyn_groupid", "msdyn_description")}
    bound = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
    again = rig.world.dataverse.create("msdyn_customergroups", {**told, **bound})
    await uncouple(rig.flow(GROUPS), ERP, ("usmf", "10"))
    await couple(rig.flow(GROUPS), ("usmf", "10"), again)


@pytest.mark.parametrize("since", ["nothing", "the group is another row", "the map has lost a line"])
def test_what_was_created_for_a_record_that_is_gone_meanwhile_is_left_to_a_person(tmp_path: Path, since: str) -> None:
    """Whoever created it died before it was coupled: its source is gone and does not return, and nobody knows it."""
    fewer = maps_with(tmp_path, "fields: |\n  SalesMemo = description ; off\n")

    async def story(rig: Rig) -> None:
        row_id = rig.account(description="by telephone")
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        assert rig.erp() is not None
        rig.world.dataverse.delete("accounts", row_id)
        if "group" in since:
            await another_group(rig)
        await others_go_on(rig, fewer if "map" in since else None)
        assert rig.dataverse() is None
        (item,) = (item for row in rig.rows("p~") for item in read_trouble(row).items)
        assert item["code"] == "deleted-edited"
        assert "what is in the ERP was never agreed" in item["message"]

    on_stage(story)


def test_what_stood_for_a_record_before_it_was_coupled_goes_with_its_recovery() -> None:
    """It waited, was matched with an account keyed in meanwhile, and whoever matched it died: no row is left."""

    async def story(rig: Rig) -> None:
        await waits_for_currency(rig)
        assert [row.key[:2] for row in rig.rows("w~")] == ["w~"]
        row_id = rig.account(name="Contoso by hand")
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        await asyncio.sleep(300)
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Contoso by hand", "Contoso by hand")
        assert rig.rows("w~") == []

    on_stage(story)


def test_a_value_is_kept_although_its_overwriting_was_refused_the_second_time() -> None:
    """The first request is still under way: what it is refused for may be mended before it arrives."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        refused = rig.world.finops.behaviour.refused_values
        refused["CustomersV3"] = {"OrganizationName": frozenset({"Ours"})}
        rig.edit(OrganizationName="Theirs")
        rig.change(row_id, name="Ours")
        rig.world.weather.orders["finops update"] = "late"
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("OrganizationName", "name") == ("Theirs", "Ours")
        assert unsure(rig) == {"Theirs": True}
        refused.clear()
        await asyncio.sleep(400)
        assert rig.both("OrganizationName", "name") == ("Ours", "Ours")
        assert (ERP, "Theirs") in losers(rig)

    on_stage(story)


def test_a_reference_whose_code_is_gone_is_not_cleared_by_a_recovery() -> None:
    """The term was chosen in Dataverse, and deleted in the ERP before what was to say so there is sent again."""

    async def story(rig: Rig) -> None:
        finops, key = rig.world.finops, {"dataAreaId": "usmf", "CustomerGroupId": "10"}
        finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net60", "Description": "60 days"})
        await rig.compare(TERMS)
        (term,) = (row for row in rig.world.dataverse.rows("msdyn_paymentterms") if row["msdyn_name"] == "Net60")
        (group,) = rig.world.dataverse.rows("msdyn_customergroups")
        row_id = str(group["msdyn_customergroupid"])
        chosen = {"msdyn_paymenttermid@odata.bind": f"/msdyn_paymentterms({term['msdyn_paymenttermid']})"}
        rig.world.dataverse.update("msdyn_customergroups", row_id, chosen)
        await rig.dies_at(visit(rig.flow(GROUPS), Wake(DATAVERSE, (row_id,))), before="finops update")
        finops.delete("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net60"})
        await uncouple(rig.flow(TERMS), DATAVERSE, (term["msdyn_paymenttermid"],))
        await asyncio.sleep(300)
        await visit(rig.flow(GROUPS), Wake(DATAVERSE, (row_id,)))
        stored, there = finops.row("CustomerGroups", key), rig.world.dataverse.row("msdyn_customergroups", row_id)
        assert stored is not None
        assert there is not None
        assert (stored["PaymentTermId"], there["_msdyn_paymenttermid_value"]) == ("Net30", term["msdyn_paymenttermid"])
        waiting = [item["code"] for row in rig.rows("w~", GROUPS) for item in read_trouble(row).items]
        assert len(waiting) == 1

    on_stage(story)


@pytest.mark.parametrize("edited", ["Vienna, Graz", "Linz"])
def test_an_edit_since_a_create_that_nobody_heard_of_arrives(edited: str) -> None:
    """Also where what was created is the beginning of it, as if the rest had been cut off."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(SalesMemo="Vienna")
        await rig.dies(ERP, identity, after="dataverse create")
        rig.edit(SalesMemo=edited)
        await asyncio.sleep(1200)
        await rig.compare()
        assert rig.both("SalesMemo", "description") == (edited, edited)

    on_stage(story)


@pytest.mark.parametrize("meanwhile", [{}, {"SalesMemo": "meanwhile"}, {"InvoiceAccount": "A-2"}])
def test_a_code_that_stands_for_nobody_yet_is_told_as_it_was_found(meanwhile: dict[str, str]) -> None:
    """It is overwritten by a write whose sender dies: the journal names the code, however recovery finds it."""

    async def story(rig: Rig) -> None:
        row_id, other = await coupled(rig), rig.account("A-3")
        await rig.visit(DATAVERSE, (other,))
        rig.customer("A-2")
        rig.edit(InvoiceAccount="A-2")
        rig.change(row_id, **{"msdyn_billingaccount_account@odata.bind": f"/accounts({other})"})
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        if meanwhile:
            rig.edit(**meanwhile)
        await others_go_on(rig)
        lines = [line for row in rig.rows("j~") for line in read_journal(row)["lines"]]
        told = [line for line in lines if line["reason"].startswith("recovered") and "InvoiceAccount" in line["line"]]
        assert [line["old"] for line in told] == ["A-2"]
        assert not any(value.startswith("?") for line in lines for value in (line["old"], line["new"]))

    on_stage(story)


def test_who_took_the_number_of_a_record_that_is_gone_is_not_taken_for_it() -> None:
    """A person keys in another customer under the number before a create arrives, and the account is deleted."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso")
        await rig.dies(DATAVERSE, (row_id,), before="finops create")
        assert rig.erp() is None
        rig.customer(OrganizationName="Fabrikam")
        rig.world.dataverse.delete("accounts", row_id)
        rig.world.loop.now += 24 * 3600
        await others_go_on(rig)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert (rig.rows("p~"), rig.counts()["waiting"]) == ([], 0)
        assert row_id not in rig.accounts()
        assert [each.state for each in rig.couplings() if each.erp] == ["coupled"]
        assert "found in erp" not in {read_journal(row)["what"] for row in rig.rows("j~")}

    on_stage(story)


def test_what_was_created_and_gone_before_another_took_its_place_is_told() -> None:
    """Its sender died, a person deleted the account, and entered another one with the number."""

    async def story(rig: Rig) -> None:
        await rig.dies(ERP, rig.customer(), before="ledger settle")
        (row_id,) = rig.accounts()
        rig.world.dataverse.delete("accounts", row_id)
        theirs = rig.account()
        rig.world.loop.now += 24 * 3600
        await others_go_on(rig)
        assert [each.dataverse for each in rig.couplings()] == [theirs]
        assert [read_journal(row)["what"] for row in rig.rows(f"j~{row_id}")] == ["create given up in dataverse"]

    on_stage(story)


def test_a_claim_that_gives_way_to_a_renamed_customer_is_told(tmp_path: Path) -> None:
    """Its sender died over a create under that number, and nobody knows whether it was carried out."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-7")
        row_id = rig.account("US-8", name="Northwind")
        await rig.dies(DATAVERSE, (row_id,), before="finops create")
        rig.world.finops.rename(
            "CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "US-7"}, {"CustomerAccount": "US-8"}
        )
        rig.world.loop.now += 24 * 3600
        await rig.visit(ERP, ("usmf", "US-7"))
        assert {each.erp for each in rig.couplings()} == {("usmf", "US-8")}
        assert [read_journal(row)["what"] for row in rig.rows(f"j~{row_id}")] == ["create given up in erp"]

    on_stage(story, maps_with(tmp_path, "policy: {key_change: rename}\n"))


def test_what_is_left_to_itself_after_a_create_without_an_answer_is_told() -> None:
    """Its sender died, a person changed it, and its account was deleted: by now the customer may be anybody's."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso")
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        rig.edit(OrganizationName="Fabrikam")
        rig.world.dataverse.delete("accounts", row_id)
        rig.world.loop.now += 24 * 3600
        await others_go_on(rig)
        told = {read_journal(row)["what"] for row in rig.rows(f"j~{row_id}")}
        assert told == {"create given up in erp"}

    on_stage(story)
