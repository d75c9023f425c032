"""A number that is used again is another record: the second identity is compared whenever both are there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import clear, explain, uncouple
from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

OLD = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
NEW = {"dataAreaId": "usmf", "CustomerAccount": "US-777"}


def used_again(rig: Rig, *, renamed: bool = False, **values: Any) -> None:
    """The customer is deleted, or renamed, and its number given to another company, before anybody looks."""
    if renamed:
        rig.world.finops.rename("CustomersV3", OLD, NEW)
    else:
        rig.world.finops.delete("CustomersV3", OLD)
    rig.customer(**{"OrganizationName": "Fabrikam Ltd", "PrimaryContactPhone": "0999", **values})


def said(rig: Rig) -> list[tuple[str, str]]:
    return [(str(item["code"]), str(item["message"])) for row in rig.rows(PARKED) for item in read_trouble(row).items]


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("name", ["Fabrikam Ltd", "Contoso"])
def test_a_number_that_is_used_again_is_another_company(heard: str, name: str) -> None:
    """Its account keeps what it holds; the pair is parked, and says who is who."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactPhone="0123")
        before = dict(rig.world.dataverse.row("accounts", row_id) or {})
        used_again(rig, OrganizationName=name)
        assert "by now" in (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]
        if heard == "event":
            assert (await rig.visit(ERP, tuple(OLD.values()))).codes == ("used-again",)
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert dict(rig.world.dataverse.row("accounts", row_id) or {}) == before
        ((code, message),) = said(rig)
        customer = rig.erp()
        assert customer is not None
        assert code == "used-again"
        assert all(each in message for each in (name, "Contoso", customer["PartyNumber"], before["msdyn_partynumber"]))
        assert "set aside" in (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]

    on_stage(story)


def test_what_is_edited_in_dataverse_does_not_go_to_another_company() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        used_again(rig)
        rig.change(row_id, telephone1="0123")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("PrimaryContactPhone", "telephone1") == ("0999", "0123")

    on_stage(story)


def test_a_number_that_a_person_uses_now_does_not_let_the_account_sleep() -> None:
    """The new customer is a person, and in the scope of another flow: the account is not just out of the scope."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        used_again(rig, PartyType="Person", PersonFirstName="Ada")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("used-again",)

    on_stage(story)


def test_a_party_that_was_merged_is_accepted_in_dataverse() -> None:
    """Whoever sets the party's number there, too, says that it is the same company: what was agreed still holds."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        used_again(rig)
        await rig.compare()
        customer = rig.erp()
        assert customer is not None
        rig.change(row_id, msdyn_partynumber=customer["PartyNumber"])
        await rig.compare()
        assert (said(rig), rig.both("OrganizationName", "name")) == ([], ("Fabrikam Ltd", "Fabrikam Ltd"))

    on_stage(story)


@pytest.mark.parametrize("way", ["uncouple, renumber, clear", "uncouple, delete, clear", "delete"])
def test_the_ways_out_of_a_number_used_again_work(way: str) -> None:
    """The new company gets an account of its own, and the old account is what a person made of it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        used_again(rig)
        await rig.compare()
        if "uncouple" in way:
            await uncouple(rig.flow(), DATAVERSE, (row_id,))
        if "delete" in way:
            rig.world.dataverse.delete("accounts", row_id)
        else:
            rig.change(row_id, accountnumber="US-999")
        if "clear" in way:
            await clear(rig.flow(), DATAVERSE, (row_id,))
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert (said(rig), rig.both("OrganizationName", "name")) == ([], ("Fabrikam Ltd", "Fabrikam Ltd"))
        assert rig.dataverse() != rig.world.dataverse.row("accounts", row_id)

    on_stage(story)


@pytest.mark.parametrize("first", [OLD, NEW, None])
def test_a_customer_whose_old_number_is_used_again_is_followed(tmp_path: Path, first: dict[str, str] | None) -> None:
    """It was renamed, and another one has its number by now: each has its own account, whoever is heard of first."""
    maps = maps_with(tmp_path, "policy: {key_change: rename}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        used_again(rig, renamed=True)
        if first is not None:
            await rig.visit(ERP, tuple(first.values()))
        for _ in range(3):
            await rig.pump()
            await rig.compare()
        assert rig.both("OrganizationName", "name", "US-777") == ("Contoso", "Contoso")
        assert rig.both("OrganizationName", "name") == ("Fabrikam Ltd", "Fabrikam Ltd")
        renamed = rig.dataverse("US-777")
        assert renamed is not None
        assert (renamed["accountid"], len(rig.accounts()), said(rig)) == (row_id, 2, [])

    on_stage(story, maps)


@pytest.mark.parametrize("renamed", [False, True])
def test_an_account_whose_create_got_no_answer_is_that_of_whom_it_was_made_for(tmp_path: Path, renamed: bool) -> None:
    """Another company got the number before anybody saw the account: it gets one of its own, or is set aside."""
    maps = maps_with(tmp_path, "policy: {key_change: rename}\n")

    async def story(rig: Rig) -> None:
        await rig.dies(ERP, rig.customer(), after="dataverse create")
        (row_id,) = rig.accounts()
        used_again(rig, renamed=renamed)
        await asyncio.sleep(3600)
        for _ in range(3):
            await rig.compare()
            await rig.pump()
        if renamed:
            assert rig.both("OrganizationName", "name") == ("Fabrikam Ltd", "Fabrikam Ltd")
            assert (rig.both("CustomerAccount", "accountid", "US-777"), said(rig)) == (("US-777", row_id), [])
        else:
            assert (rig.both("OrganizationName", "name"), len(rig.accounts())) == (("Fabrikam Ltd", "Contoso"), 1)
            assert [code for code, _ in said(rig)] == ["used-again"]

    on_stage(story, maps)


PARTIES: Final = """fields: |
  PartyNumber  =   msdyn_partyid.msdyn_partynumber
  PartyNumber  =   msdyn_partynumber                ; off
policy: {key_change: rename}
"""
"""How the party model names a customer's party."""


async def of_a_party(rig: Rig) -> tuple[str, str]:
    """A customer in sync, whose party has a row of its own; the ids of its account, and of the party."""
    identity = rig.customer()
    customer = rig.erp()
    assert customer is not None
    party = rig.world.dataverse.create("msdyn_parties", {"msdyn_partynumber": customer["PartyNumber"]})
    await rig.visit(ERP, identity)
    account = rig.dataverse()
    assert account is not None
    assert account["_msdyn_partyid_value"] == party
    return str(account["accountid"]), party


def test_a_party_with_a_row_of_its_own_tells_a_rename_and_a_number_used_again(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        row_id, _ = await of_a_party(rig)
        used_again(rig, renamed=True)
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert rig.both("OrganizationName", "name", "US-777") == ("Contoso", "Contoso")
        rig.world.finops.delete("CustomersV3", NEW)
        rig.customer("US-777", OrganizationName="Fabrikam Ltd")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("used-again",)

    on_stage(story, maps_with(tmp_path, PARTIES))


def test_a_party_whose_row_is_gone_makes_no_other_record(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        row_id, party = await of_a_party(rig)
        rig.world.dataverse.delete("msdyn_parties", party)
        rig.edit(SalesMemo="remark")
        await rig.visit(ERP, tuple(OLD.values()))
        assert ("used-again" in dict(said(rig)), rig.both("SalesMemo", "description")) == (False, ("remark", "remark"))
        assert rig.accounts() == [row_id]

    on_stage(story, maps_with(tmp_path, PARTIES))
