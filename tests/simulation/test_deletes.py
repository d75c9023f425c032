"""Deletes are deliberate: confirmed, budgeted, by policy, and never against something that nobody has seen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.engine import Options, set_state, state_of, take_hint
from shared.errors import Denied, TryLater
from shared.ledger import PARKED, read_trouble
from shared.mapping import Side
from tests.simulation.rig import (
    ACCOUNT,
    CUSTOMERS,
    DATAVERSE,
    ERP,
    GROUPS,
    TERMS,
    Rig,
    at_first,
    coupled,
    maps_with,
    on_stage,
)
from tests.simulation.test_owners import PERSONS, both_flows, contact, furnish, look, persons


def delete(rig: Rig, side: Side, row_id: str, account: str = ACCOUNT) -> None:
    """Somebody deletes one end of a pair."""
    if side == DATAVERSE:
        rig.world.dataverse.delete("accounts", row_id)
    else:
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})


def edit_other(rig: Rig, side: Side, row_id: str) -> None:
    if side == DATAVERSE:
        rig.edit(OrganizationName="Just edited")
    else:
        rig.change(row_id, name="Just edited")


def there(rig: Rig) -> tuple[bool, bool]:
    return rig.erp() is not None, rig.dataverse() is not None


def with_policy(folder: Path, policy: str) -> Any:
    return maps_with(folder, f"policy: {{delete: {policy}}}\n")


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize(("policy", "left"), [("propagate", 0), ("uncouple", 1), ("park", 1), ("restore", 2)])
def test_each_policy_does_the_same_from_both_sides(tmp_path: Path, policy: str, left: int, side: Side) -> None:
    """What is left is nothing, the survivor, or both; a further pass changes nothing about it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, side, row_id)
        await rig.visit(DATAVERSE, (row_id,))
        await rig.pump()
        assert sum(there(rig)) == left
        writes, rows = rig.writes(), [rig.rows(prefix) for prefix in ("d~", "p~", "j~")]
        await rig.compare()
        assert (rig.writes(), [rig.rows(prefix) for prefix in ("d~", "p~", "j~")]) == (writes, rows)

    on_stage(story, with_policy(tmp_path, policy))


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("policy", ["propagate", "park"])
def test_no_policy_goes_against_an_edit_that_nobody_has_seen(tmp_path: Path, policy: str, side: Side) -> None:
    """The survivor was edited since both agreed: a person decides."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, side, row_id)
        edit_other(rig, side, row_id)
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("deleted-edited",)
        (row,) = rig.rows(PARKED)
        where = "the ERP" if side == ERP else "Dataverse"
        assert f"usmf US-001 in {where} was deleted, but" in read_trouble(row).items[0]["message"]
        await rig.compare()
        assert (rig.rows(PARKED), sum(there(rig))) == ([row], 1)

    on_stage(story, with_policy(tmp_path, policy))


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_changed_in_the_erp_is_not_told_as_somebodys_edit(side: Side) -> None:
    """Records of one party share its name there: a write of ours to another one of them may have changed it."""

    async def story(rig: Rig) -> None:
        sister = await coupled(rig, "US-002", PartyNumber="P-9")
        if side == ERP:
            first = await coupled(rig, PartyNumber="P-9")
            rig.change(first, name="Contoso Ltd")
            await rig.visit(DATAVERSE, (first,))
            rig.edit("US-002", OrganizationName="Contoso Ltd")  # as the ERP does along with our write
            rig.world.dataverse.delete("accounts", sister)
        else:
            rig.change(sister, name="Contoso Ltd")
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "US-002"})
        await rig.visit(DATAVERSE, (sister,))
        (row,) = rig.rows(PARKED)
        said = read_trouble(row).items[0]["message"]
        told = "but changed in the ERP since both agreed, by itself or together with another record of its party: "
        assert (told if side == ERP else "but edited in Dataverse since both agreed: ") in said

    on_stage(story)


@pytest.mark.parametrize("what", ["deleted", "left"])
def test_a_side_that_does_not_enforce_versions_deletes_nothing_for_us(tmp_path: Path, what: str) -> None:
    """Somebody may edit the customer between our look and our delete, and nobody could tell: a person says so."""

    async def story(rig: Rig) -> None:
        await rig.unversioned((ERP, "CustomersV3"))
        row_id = await coupled(rig)
        if what == "deleted":
            delete(rig, DATAVERSE, row_id)
        else:
            rig.change(row_id, customertypecode=8)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.erp() is not None
        assert [read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)] == [what]

    on_stage(story, maps_with(tmp_path, "policy: {delete: propagate, leaves: delete}\n"))


def test_a_record_that_may_not_be_read_is_not_gone() -> None:
    """A missing privilege stops the flow; nothing is concluded from what cannot be seen."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        rig.world.dataverse.behaviour.missing_privileges = {"prvReadaccount"}
        with pytest.raises(Denied):
            await rig.visit(ERP, ("usmf", ACCOUNT))
        assert there(rig) == (True, True)
        assert rig.couplings()[0].state == "coupled"

    on_stage(story)


def test_hints_and_passes_spend_the_same_budget() -> None:
    """Deletes that events tell and deletes that passes find count together, and for every instance."""

    async def story(rig: Rig) -> None:
        ids = {account: await coupled(rig, account) for account in ("A-1", "A-2", "A-3", "A-4")}
        rig.house.deletes = 2
        delete(rig, ERP, ids["A-1"], "A-1")
        await rig.visit(DATAVERSE, (ids["A-1"],))
        delete(rig, ERP, ids["A-2"], "A-2")
        await rig.compare_and_note()
        assert await rig.state() == "running"
        rig.house = rig.world.house()
        rig.house.deletes = 2
        delete(rig, ERP, ids["A-3"], "A-3")
        assert (await rig.visit(DATAVERSE, (ids["A-3"],))).codes == ("held",)
        assert rig.dataverse("A-3") is not None

    on_stage(story)


def test_the_budget_is_for_an_hour() -> None:
    """What is deleted in the next hour counts for that; what was held in this one waits for a person all the same."""

    async def story(rig: Rig) -> None:
        ids = {account: await coupled(rig, account) for account in ("A-1", "A-2", "A-3")}
        rig.house.deletes = 1
        for account, row_id in ids.items():
            delete(rig, ERP, row_id, account)
        await rig.visit(DATAVERSE, (ids["A-1"],))
        assert (await rig.visit(DATAVERSE, (ids["A-2"],))).codes == ("held",)
        rig.world.loop.now += 3661
        assert (await rig.visit(DATAVERSE, (ids["A-2"],))).codes == ("held",)
        assert (await rig.visit(DATAVERSE, (ids["A-3"],))).kind == "deleted"
        assert (await rig.visit(DATAVERSE, (ids["A-2"],), source="retry")).kind == "deleted"

    on_stage(story)


def test_a_table_that_suddenly_reads_empty_stops_the_flow() -> None:
    """The same for the other side as for a company of the ERP: a fault of the source is no order to delete."""

    async def story(rig: Rig) -> None:
        ids = [await coupled(rig, f"US-{number:02}") for number in range(12)]
        for row_id in ids:
            rig.world.dataverse.delete("accounts", row_id)
        job = await rig.compare_and_note()
        assert "accounts reads empty" in job["errors"][CUSTOMERS]
        assert await rig.state() == "paused"
        assert len(list(rig.world.finops.rows("CustomersV3"))) == 12

    on_stage(story)


def test_what_the_system_refuses_to_delete_is_parked_in_its_words() -> None:
    """A customer whose use nobody shows us cannot go; its account is gone, and a person sees why it is not."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await coupled(rig, "US-002")
        rig.edit("US-002", InvoiceAccount=ACCOUNT)
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == "US-002"
        delete(rig, DATAVERSE, row_id)
        outcome = await rig.visit(DATAVERSE, (row_id,))
        assert outcome.kind == "parked"
        assert "cannot be deleted" in read_trouble(rig.rows(PARKED)[0]).items[0]["message"]
        assert rig.erp() is not None

    on_stage(story)


def test_an_account_that_was_deleted_and_made_anew_keeps_its_customer() -> None:
    """Somebody deletes an account and creates it again under another id: the customer is not deleted for that."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="kept", DeliveryAddressLatitude=52.5)
        customer = rig.erp()
        assert customer is not None
        delete(rig, DATAVERSE, row_id)
        again = rig.account(msdyn_partynumber=customer["PartyNumber"])
        await rig.visit(DATAVERSE, (row_id,))
        await rig.visit(DATAVERSE, (again,))
        await rig.pump()
        assert rig.both("SalesMemo", "description") == ("kept", "kept")
        assert [coupling.dataverse for coupling in rig.couplings() if not coupling.ended] == [again]
        assert rig.both("DeliveryAddressLatitude", "address1_latitude") == (52.5, 52.5)

    on_stage(story)


def test_a_row_that_cannot_be_seen_yet_is_not_taken_for_deleted() -> None:
    """An event tells that it was written, and a read does not find it: it is looked at again, and nobody is deleted."""

    async def story(rig: Rig) -> None:
        rig.world.dataverse.behaviour.visible_after = 5.0
        await rig.visit(ERP, rig.customer())
        (row,) = rig.world.dataverse.rows("accounts")
        rig.change(row["accountid"], telephone1="1")
        with pytest.raises(TryLater, match=r"^usmf US-001 in Dataverse cannot be seen, although"):
            await rig.visit(DATAVERSE, (row["accountid"],), source="update")
        rig.world.loop.pass_time(10)
        await rig.visit(DATAVERSE, (row["accountid"],), source="update")
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")

    on_stage(story)


def test_a_record_that_was_just_coupled_is_not_taken_for_deleted_by_a_pass() -> None:
    """A read may not show yet what was created a moment ago; a real delete is carried over a little later."""

    async def story(rig: Rig) -> None:
        rig.world.options = Options()
        rig.house = rig.world.house()
        rig.world.dataverse.behaviour.visible_after = 5.0
        await rig.visit(ERP, rig.customer())
        assert (await rig.compare()).counts["deleted"] == 0
        rig.world.loop.pass_time(600)
        await rig.pump()
        assert rig.erp() is not None
        rig.world.dataverse.behaviour.visible_after = 0.0
        (row,) = rig.world.dataverse.rows("accounts")
        delete(rig, DATAVERSE, str(row["accountid"]))
        assert (await rig.compare()).counts["deleted"] == 1

    on_stage(story)


def test_a_record_that_is_gone_on_one_side_is_not_taken_for_gone_on_both() -> None:
    """It was created a moment ago, and a read of the other side does not show it yet: it is deleted there later."""

    async def story(rig: Rig) -> None:
        rig.world.options = Options()
        rig.house = rig.world.house()
        rig.world.dataverse.behaviour.visible_after = 5.0
        identity = rig.customer()
        await rig.visit(ERP, identity)
        delete(rig, ERP, "")
        with pytest.raises(TryLater, match=r"^usmf US-001 in Dataverse cannot be seen, although"):
            await rig.visit(ERP, identity, source="delete")
        rig.world.dataverse.behaviour.visible_after = 0.0
        rig.world.loop.pass_time(600)
        await rig.pump()
        await rig.compare()
        assert there(rig) == (False, False)
        assert [each.state for each in rig.couplings()] == ["deleted"]

    on_stage(story)


def test_a_person_whose_contact_was_made_anew_twice_is_not_deleted(tmp_path: Path) -> None:
    """Nothing tells which of the two is hers: she and both of them say so, and a person couples her with one."""

    async def story(rig: Rig) -> None:
        account = await furnish(rig)
        row_id = contact(rig, account)
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        rig.world.dataverse.delete("contacts", row_id)
        contact(rig, account)
        contact(rig, account)
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        for _ in range(2):
            await rig.compare(PERSONS)
        assert len(persons(rig)) == 1
        assert rig.couplings(PERSONS) == []
        assert [read_trouble(row).items[0]["code"] for row in rig.rows("p~", PERSONS)] == ["ambiguous"] * 3

    on_stage(story, both_flows(tmp_path))


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_company_that_the_user_may_no_longer_see_is_not_deleted(heard: str) -> None:
    """What cannot be seen reads as absent: the flow pauses, names the company, and goes on once the right is back."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        await rig.compare(GROUPS)
        row_id = (await rig.visit(ERP, rig.customer(dataAreaId="demf"))).dataverse
        rig.world.finops.behaviour.inaccessible_companies.add("demf")
        if heard == "event":
            await rig.hint(DATAVERSE, (row_id,))
            await rig.pump()
        else:
            await rig.compare_and_note()
        assert await rig.state() == "paused"
        reason = (await state_of(rig.house, CUSTOMERS))["reason"]
        assert "demf" in reason
        assert reason.endswith("Then resume the flow")
        assert (rig.accounts(), rig.couplings()[0].state) == ([row_id], "coupled")
        rig.world.finops.behaviour.inaccessible_companies.clear()
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert (rig.accounts(), rig.couplings()[0].state) == ([row_id], "coupled")

    on_stage(story)


@pytest.mark.parametrize("hidden", [False, True])
def test_an_event_alone_does_not_delete_where_the_company_may_be_hidden(hidden: bool) -> None:
    """A key is enough to send one: whether the company is empty or may not be seen, the flow pauses and names it."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "demf", "Name": "Net9", "Description": "9 days"})
        await rig.compare(TERMS)
        if hidden:
            rig.world.finops.behaviour.inaccessible_companies.add("demf")
        else:
            rig.world.finops.delete("PaymentTerms", {"dataAreaId": "demf", "Name": "Net9"})
        assert await take_hint(rig.house, TERMS, ERP, ("demf", "Net9"), "delete")
        await rig.pump()
        assert "demf" in (await state_of(rig.house, TERMS))["reason"]
        assert await rig.state(TERMS) == "paused"
        assert [each.state for each in rig.couplings(TERMS)] == ["coupled", "coupled"]

    on_stage(story)


def test_a_delete_that_an_event_tells_of_is_carried_over_at_once_where_the_company_is_seen() -> None:
    """Another record of the company proves that it is; what was coupled a moment ago may go, too."""

    async def story(rig: Rig) -> None:
        rig.world.options = Options()
        rig.house = rig.world.house()
        identity = rig.customer()
        row_id = (await rig.visit(ERP, identity)).dataverse
        delete(rig, ERP, row_id)
        assert (await rig.visit(ERP, identity, source="delete")).kind == "deleted"
        assert there(rig) == (False, False)

    on_stage(story)


def test_a_delete_that_is_recovered_asks_again_whether_the_company_is_seen() -> None:
    """Whoever began it died over it, and the company is hidden by now: the account stays."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        await rig.compare(GROUPS)
        row_id = (await rig.visit(ERP, rig.customer(dataAreaId="demf"))).dataverse
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "demf", "CustomerAccount": ACCOUNT})
        await rig.dies(DATAVERSE, (row_id,), before="dataverse delete")
        assert rig.couplings()[0].intent is not None
        rig.world.finops.behaviour.inaccessible_companies.add("demf")
        rig.house = rig.world.house()
        rig.world.loop.pass_time(3600)
        await rig.hint(DATAVERSE, (row_id,))
        await rig.pump()
        assert rig.accounts() == [row_id]
        assert "demf" in (await state_of(rig.house, CUSTOMERS))["reason"]

    on_stage(story)


def test_a_delete_that_was_never_sent_is_off_when_what_it_follows_is_back() -> None:
    """Whoever began it died over it, and the customer is there again: its account is the one it was."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, ERP, row_id)
        await rig.dies(DATAVERSE, (row_id,), before="dataverse delete")
        rig.customer()
        rig.house = rig.world.house()
        await asyncio.sleep(400)
        await rig.pump()
        assert rig.accounts() == [row_id]
        assert [each.dataverse for each in rig.couplings()] == [row_id]

    on_stage(story)


def test_a_delete_that_is_still_under_way_does_not_hit_what_it_follows_no_more() -> None:
    """The account is there again, just as it was, before its customer is gone: the customer stays."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        row = rig.dataverse()
        assert row is not None
        term = {"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({row['_msdyn_paymentterm_value']})"}
        same = ("accountid", "msdyn_partynumber", "msdyn_invoiceaddress", "msdyn_onholdstatus")
        delete(rig, DATAVERSE, row_id)
        rig.world.weather.orders["finops delete"] = "late"
        again = {**{name: row[name] for name in same}, **term}
        rig.world.weather.heard = at_first("finops delete", lambda: rig.account(**again))
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "equal"
        await asyncio.sleep(400)
        assert there(rig) == (True, True)

    on_stage(story)
