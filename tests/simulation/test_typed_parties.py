"""A party number that a user types into his own account joins him with nobody: only one that both agreed on counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Outcome, Wake, set_state, visit
from shared.ledger import read_trouble
from tests.simulation.prospects import ACCOUNTS, Sales, in_sales
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

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


# -- a new record


PERSONS: Final = "dual_write.cds_contacts_v2_customers"
BUYERS: Final = "dual_write.customers_v3_contacts"
TYPED: Final = "policy: {second: typed}\n"


def secret(rig: Rig, company: str = "demf", **values: Any) -> None:
    """Somebody's customer, whom the user of Dataverse cannot see."""
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
    rig.customer("S-1", dataAreaId=company, PartyNumber=SOMEBODYS, OrganizationName="Geheim AG", **values)


def said(rig: Rig, flow: str = CUSTOMERS) -> list[tuple[str, str]]:
    return [
        (str(item["code"]), str(item["message"])) for row in rig.rows("p~", flow) for item in read_trouble(row).items
    ]


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("company", ["usmf", "demf"])
def test_a_party_number_that_a_user_types_joins_nobody(company: str, heard: str) -> None:
    """Also of a company that is not synchronised: nothing is created, and the row names both."""

    async def story(rig: Rig) -> None:
        rig.house.companies = ("usmf",)
        secret(rig, company)
        row_id = rig.account("C-1", name="Eve Ltd", msdyn_partynumber=SOMEBODYS)
        if heard == "event":
            await rig.visit(DATAVERSE, (row_id,))
        for _ in range(2):
            await rig.compare()
        before = rig.writes()
        await rig.pump()
        ((code, message),) = said(rig)
        assert code == "joins"
        assert all(
            each in message for each in (SOMEBODYS, "Eve Ltd", f"{company} S-1 Geheim AG", "Empty msdyn_partynumber")
        )
        assert (rig.erp("C-1"), rig.writes()) == (None, before)
        row = rig.world.dataverse.row("accounts", row_id)
        assert row is not None
        assert row["name"] == "Eve Ltd"

    on_stage(story)


def test_a_retry_does_not_join_either_and_a_blank_number_is_the_way_out() -> None:
    async def story(rig: Rig) -> None:
        secret(rig)
        row_id = rig.account("C-1", msdyn_partynumber=SOMEBODYS)
        for source in ("event", "retry"):
            assert (await rig.visit(DATAVERSE, (row_id,), source=source)).kind == "parked"
        rig.change(row_id, msdyn_partynumber=None)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "created"
        given, back = rig.both("PartyNumber", "msdyn_partynumber", "C-1")
        assert given == back not in ("", SOMEBODYS)
        assert said(rig) == []

    on_stage(story)


def test_a_number_that_nobody_seems_to_have_may_be_somebodys() -> None:
    """No entity shows every party: a vendor, or somebody who works here, may have the number."""

    async def story(rig: Rig) -> None:
        row_id = rig.account("C-1", msdyn_partynumber="P-9")
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "parked"
        ((code, message),) = said(rig)
        assert (code, "whom no flow sees" in message) == ("joins", True)

    on_stage(story)


async def person_of(rig: Rig, number: str | None, **values: Any) -> Outcome:
    """What comes of a contact person whom somebody enters in Dataverse."""
    await set_state(rig.house, PERSONS, "running")
    found = rig.dataverse()
    account = found["accountid"] if found else await coupled(rig)
    row = {"firstname": "Eve", "lastname": "Own", "msdyn_partynumber": number, "msdyn_contactforvendor": False,
           "msdyn_sellable": False, "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})",
           "parentcustomerid_account@odata.bind": f"/accounts({account})", **values}  # fmt: skip
    row_id = rig.world.dataverse.create("contacts", {name: each for name, each in row.items() if each is not None})
    flow = rig.flow(PERSONS)
    return await visit(flow, Wake(DATAVERSE, (row_id,), await flow.ledger.store_hint(DATAVERSE, (row_id,), "event")))


def test_a_contact_person_joins_nobody_and_is_numbered_by_the_erp() -> None:
    """The party is a part of its key: typed it is somebody's, blank it is given, and comes back."""

    async def story(rig: Rig) -> None:
        secret(rig, PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
        assert (await person_of(rig, SOMEBODYS)).kind == "parked"
        assert [code for code, _ in said(rig, PERSONS)] == ["joins"]
        assert not list(rig.world.finops.rows("CDSContactPersonsV2"))
        assert (await person_of(rig, None, firstname="Bo")).kind == "created"
        for _ in range(2):
            await rig.compare(PERSONS)
        (person,) = rig.world.finops.rows("CDSContactPersonsV2")
        (row,) = [each for each in rig.world.dataverse.rows("contacts") if each["firstname"] == "Bo"]
        assert person["ContactPersonPartyNumber"] == row["msdyn_partynumber"] not in ("", SOMEBODYS)

    on_stage(story)


def test_a_person_who_buys_keeps_the_party_that_the_erp_gave() -> None:
    """A contact person who becomes a customer is the same party: its number came through the other flow's coupling."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, BUYERS, "running")
        await person_of(rig, None)
        for _ in range(2):
            await rig.compare(PERSONS)
        (row,) = rig.world.dataverse.rows("contacts")
        group = next(iter(rig.world.dataverse.rows("msdyn_customergroups")))["msdyn_customergroupid"]
        bought = {"msdyn_sellable": True, "msdyn_contactpersonid": "P-1"}
        bound = {"msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group})"}
        rig.world.dataverse.update("contacts", row["contactid"], bought | bound)
        for _ in range(2):
            await rig.compare(PERSONS, BUYERS)
            await rig.pump()
        (buyer,) = [each for each in rig.world.finops.rows("CustomersV3") if each["PartyType"] == "Person"]
        (person,) = rig.world.finops.rows("CDSContactPersonsV2")
        assert buyer["PartyNumber"] == person["ContactPersonPartyNumber"] != ""
        assert said(rig, BUYERS) == []

    on_stage(story)


@pytest.mark.parametrize("typed", [False, True])
def test_what_is_made_again_keeps_the_party_that_it_had_and_no_other(tmp_path: Path, *, typed: bool) -> None:
    """A customer that is deleted is made again under its own party; with another one that somebody types it is not."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        customer = rig.erp()
        assert customer is not None
        party = customer["PartyNumber"]
        if typed:
            secret(rig)
            rig.change(row_id, msdyn_partynumber=SOMEBODYS)
        rig.world.finops.delete("CustomersV3", OLD)
        await rig.visit(ERP, tuple(OLD.values()), source="delete")
        for _ in range(2):
            await rig.pump()
            await rig.compare()
        again = rig.erp()
        assert (again["PartyNumber"] if again else None) == (None if typed else party)
        assert [code for code, _ in said(rig)] == (["renamed"] if typed else [])

    on_stage(story, maps_with(tmp_path, "policy: {delete: restore}\n"))


def test_whoever_wants_it_as_published_says_so(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        secret(rig)
        row_id = rig.account("C-1", msdyn_partynumber=SOMEBODYS)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "created"
        assert rig.both("PartyNumber", "msdyn_partynumber", "C-1") == (SOMEBODYS, SOMEBODYS)

    on_stage(story, maps_with(tmp_path, TYPED))


def test_a_number_that_nobody_has_asks_the_ledger_no_more_than_one_that_nobody_asks_about(tmp_path: Path) -> None:
    """In a first load nearly all numbers are new: whether a pair had agreed on one is asked where somebody has it."""
    asked: list[int] = []

    async def story(rig: Rig) -> None:
        row_id = rig.account("C-1", msdyn_partynumber="P-9")
        before = rig.world.weather.passed["ledger get"]
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "created"
        asked.append(rig.world.weather.passed["ledger get"] - before)

    for policy in ("typed", "unused"):
        (tmp_path / policy).mkdir()
        on_stage(story, maps_with(tmp_path / policy, f"policy: {{second: {policy}}}\n"))
    assert asked[0] == asked[-1] > 0


def test_a_number_of_sales_that_is_somebodys_party_joins_nobody() -> None:
    """The templates of prospect to cash make an account's number its party: only one that nobody has goes along."""

    async def story(sales: Sales) -> None:
        victim = {"dataAreaId": "demf", "CustomerAccount": "S-1", "PartyNumber": SOMEBODYS, "CustomerGroupId": "10",
                  "OrganizationName": "Geheim AG", "PartyType": "Organization", "SalesCurrencyCode": "USD"}  # fmt: skip
        sales.world.finops.create("CustomersV3", victim)
        mine, other = sales.account(SOMEBODYS), sales.account("ACC-7")
        assert (await sales.look(ACCOUNTS, mine)).kind == "parked"
        assert (await sales.look(ACCOUNTS, other)).kind == "created"
        (message,) = sales.troubles("p~", ACCOUNTS)
        assert all(each in message for each in (SOMEBODYS, "demf S-1 Geheim AG", "a number that nobody has"))
        assert set(sales.customers()) == {"S-1", "ACC-7"}

    in_sales(story)
