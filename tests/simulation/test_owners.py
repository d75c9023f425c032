"""Two flows over one Dataverse table: contact persons and consumers are both contacts, and no contact is both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Outcome, Wake, couple, explain, set_state, visit
from shared.engine._owners import OWNERS
from shared.errors import Refused
from shared.ledger import Write, read_trouble
from shared.mapping import Catalogue, Side
from tests.simulation.rig import DATAVERSE, ERP, Rig, on_stage
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import like

PERSONS: Final = "dual_write.contact_persons"
CONSUMERS: Final = "dual_write.consumers"

PERSON_MAP: Final = """
erp:
  system: finops
  entity: CDSContactPersonsV2
  identity: [dataAreaId, ContactPersonPartyNumber, AssociatedContactType, AssociatedContactNumber]
  scope: AssociatedContactType eq 'Customer'
dataverse: {table: contacts, scope: msdyn_sellable eq false and msdyn_contactforvendor eq false}
company: {erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}
match: [[ContactPersonPartyNumber]]
policy: {master: dataverse, conflict: dataverse_wins, delete: propagate}
hands_over_to: consumers
fields: |
  ContactPersonPartyNumber  =   msdyn_partynumber
  AssociatedContactNumber   =   parentcustomerid.Account(accountnumber)
  FirstName                 =   firstname
  LastName                  =   lastname
  AssociatedContactType     <<  -                    default Customer
"""
CONSUMER_MAP: Final = """
erp:
  system: finops
  entity: CustomersV3
  identity: [dataAreaId, CustomerAccount]
  scope: PartyType eq 'Person'
dataverse: {table: contacts, scope: msdyn_sellable eq true}
company: {erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}
match: [[CustomerAccount]]
policy: {master: dataverse, conflict: dataverse_wins, delete: propagate}
fields: |
  CustomerAccount   =   msdyn_contactpersonid                  ; assigned erp
  PersonFirstName   =   firstname
  PersonLastName    =   lastname
  CustomerGroupId   =   msdyn_customergroupid.msdyn_groupid
  PartyType         <<  -                     default Person
  -                 >>  msdyn_sellable        default true
"""


def both_flows(folder: Path, *, persons: str = PERSON_MAP, consumers: str = CONSUMER_MAP) -> Catalogue:
    """The shipped maps and the two flows over contacts."""
    shipped = shipped_maps()
    files = dict(shipped.files)
    for name, text in ((PERSONS, persons), (CONSUMERS, consumers)):
        path = folder / f"{name}.yaml"
        path.write_text(text, "utf-8")
        files[name] = path
    return like(shipped, files=files)


async def furnish(rig: Rig) -> str:
    """Both flows run, and there is an account that people can be contacts of; its id."""
    for name in (PERSONS, CONSUMERS):
        await set_state(rig.house, name, "running")
    await rig.visit(ERP, rig.customer())
    account = rig.dataverse()
    assert account is not None
    return str(account["accountid"])


def contact(rig: Rig, account: str, **values: Any) -> str:
    """A contact person that somebody creates in Dataverse; its id."""
    row = {"firstname": "Ada", "lastname": "King", "msdyn_partynumber": "P-1", "msdyn_sellable": False,
           "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})",
           "parentcustomerid_account@odata.bind": f"/accounts({account})", **values}  # fmt: skip
    return rig.world.dataverse.create("contacts", row)


def sellable(rig: Rig, row_id: str) -> None:
    """The contact takes part in an order, and so becomes a consumer."""
    group = next(iter(rig.world.dataverse.rows("msdyn_customergroups")))
    bound = f"/msdyn_customergroups({group['msdyn_customergroupid']})"
    values = {"msdyn_sellable": True, "msdyn_contactpersonid": "C-1", "msdyn_customergroupid@odata.bind": bound}
    rig.world.dataverse.update("contacts", row_id, values)


async def look(rig: Rig, name: str, side: Side, identity: tuple[str, ...]) -> Outcome:
    flow = rig.flow(name)
    return await visit(flow, Wake(side, identity, await flow.ledger.store_hint(side, identity, "event")))


def states(rig: Rig, name: str) -> list[str]:
    return [coupling.state for coupling in rig.couplings(name)]


async def handed_over(rig: Rig) -> str:
    """A contact of the persons becomes sellable, and both flows look: the consumers have it now; its id."""
    row_id = contact(rig, await furnish(rig))
    await look(rig, PERSONS, DATAVERSE, (row_id,))
    sellable(rig, row_id)
    for name in (PERSONS, CONSUMERS):
        await look(rig, name, DATAVERSE, (row_id,))
    return row_id


def persons(rig: Rig) -> list[Any]:
    return list(rig.world.finops.rows("CDSContactPersonsV2"))


def consumers(rig: Rig) -> list[Any]:
    return [row for row in rig.world.finops.rows("CustomersV3") if row["PartyType"] == "Person"]


@pytest.mark.parametrize("first", [PERSONS, CONSUMERS])
def test_a_contact_that_becomes_sellable_goes_to_the_other_flow(tmp_path: Path, first: str) -> None:
    """Whichever flow hears of it first, the contact ends up with the consumers once, and its person sleeps."""

    async def story(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig))
        assert (await look(rig, PERSONS, DATAVERSE, (row_id,))).kind == "created"
        assert (await look(rig, CONSUMERS, DATAVERSE, (row_id,))).kind == "ignored"
        sellable(rig, row_id)
        await look(rig, first, DATAVERSE, (row_id,))
        for _ in range(2):
            await rig.pump()
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["dormant"], ["coupled"])
        assert ([row["CustomerAccount"] for row in consumers(rig)], len(persons(rig))) == (["C-1"], 1)
        for name in (PERSONS, CONSUMERS):
            assert [rig.rows(prefix, name) for prefix in ("h~", "w~", "p~")] == [[], [], []]

    on_stage(story, both_flows(tmp_path))


def test_what_was_handed_over_is_no_longer_written_by_the_flow_that_had_it(tmp_path: Path) -> None:
    """The person may change, or be deleted, in the ERP: the contact belongs to the consumers, and stays as it is."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        (person,) = persons(rig)
        key = {name: person[name] for name in rig.flow(PERSONS).map.identity}
        rig.world.finops.update("CDSContactPersonsV2", key, {"FirstName": "Augusta"})
        assert (await look(rig, PERSONS, ERP, tuple(key.values()))).kind == "dormant"
        rig.world.finops.delete("CDSContactPersonsV2", key)
        await look(rig, PERSONS, ERP, tuple(key.values()))
        row = rig.world.dataverse.row("contacts", row_id)
        assert row is not None
        assert (row["firstname"], states(rig, CONSUMERS)) == ("Ada", ["coupled"])

    on_stage(story, both_flows(tmp_path))


def test_what_is_back_in_the_scope_stays_with_the_flow_that_has_it(tmp_path: Path) -> None:
    """The contact is no consumer any more, but the consumers have it and do not hand it back: its person sleeps on."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        rig.world.dataverse.update("contacts", row_id, {"msdyn_sellable": False, "firstname": "Augusta"})
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        assert (states(rig, PERSONS), [row["FirstName"] for row in persons(rig)]) == (["dormant"], ["Ada"])

    on_stage(story, both_flows(tmp_path))


def test_a_consumer_does_not_take_the_contact_of_a_person(tmp_path: Path) -> None:
    """A match that another flow has is no match: the customer parks and names the flow; a pass says nothing new."""

    async def story(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig), msdyn_contactpersonid="C-1")
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        identity = rig.customer("C-1", PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
        outcome = await look(rig, CONSUMERS, ERP, identity)
        assert (outcome.kind, outcome.codes) == ("waiting", ("owner",))
        await rig.pump()
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["coupled"], [])
        story = await explain(rig.flow(CONSUMERS), DATAVERSE, (row_id,))
        assert PERSONS in story["why"] or "scope" in story["why"]
        sellable(rig, row_id)
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        await rig.compare(CONSUMERS)
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["dormant"], ["coupled"])
        assert (len(consumers(rig)), len(list(rig.world.dataverse.rows("contacts")))) == (1, 1)
        assert rig.rows("w~", CONSUMERS) == []

    on_stage(story, both_flows(tmp_path))


def test_a_stranger_that_another_flow_has_is_looked_at_only_by_every_further_pass(tmp_path: Path) -> None:
    """That it is another person comes first, in a look as in an attempt: else each pass would try it anew."""

    async def story(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig))
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        sellable(rig, row_id)
        person = {"PersonFirstName": "Grace", "PersonLastName": "Hopper", "PartyType": "Person"}
        identity = rig.customer("C-1", **person, OrganizationName="")
        assert (await look(rig, CONSUMERS, ERP, identity)).codes == ("stranger",)
        await rig.compare(CONSUMERS)
        steps: list[str] = []

        def heard(step: str, *_: object) -> bool:
            steps.append(step)
            return False

        rig.world.weather.heard = heard
        await rig.compare(CONSUMERS)
        assert "finops page" in steps or "finops find" in steps
        assert "ledger claim" not in steps
        assert [read_trouble(row).items[0]["code"] for row in rig.rows("p~e~", CONSUMERS)] == ["stranger"]

    on_stage(story, both_flows(tmp_path, consumers=f"name: [PersonFirstName, PersonLastName]\n{CONSUMER_MAP}"))


def test_a_stranger_that_slept_here_and_is_another_flows_is_looked_at_only_by_every_further_pass(
    tmp_path: Path,
) -> None:
    """Somebody in the ERP has the number of a contact that was handed over: that comes first, in a look as in a try."""

    async def story(rig: Rig) -> None:
        await handed_over(rig)
        (ada,) = persons(rig)
        rig.customer("C-9", OrganizationName="Northwind Traders")
        other = {**ada, "FirstName": "Grace", "LastName": "Hopper", "AssociatedContactNumber": "C-9"}
        rig.world.finops.create("CDSContactPersonsV2", other)
        identity = rig.flow(PERSONS).map.erp_identity(other)
        await look(rig, PERSONS, ERP, identity)
        codes = [read_trouble(row).items[0]["code"] for row in rig.rows("p~e~", PERSONS)]
        assert codes == ["owner"]
        written: list[Write] = []
        rig.world.on_applied = lambda partition, writes: written.extend(writes if partition == PERSONS else ())
        rig.house = rig.world.house()
        await rig.compare(PERSONS)
        assert written == []

    on_stage(story, both_flows(tmp_path, persons=f"name: [FirstName, LastName]\n{PERSON_MAP}"))


async def _never_looked_at(rig: Rig, row_id: str) -> None:
    """The flow that has the contact has not heard yet that it left."""


async def _half_handed_over(rig: Rig, row_id: str) -> None:
    """Whoever handed it over died when its coupling slept, and before the owner row had moved."""
    await rig.dies_at(look(rig, PERSONS, DATAVERSE, (row_id,)), before="ledger owners")
    assert states(rig, PERSONS) == ["dormant"]


@pytest.mark.parametrize("so_far", [_never_looked_at, _half_handed_over], ids=["not yet", "half"])
def test_a_row_that_another_flow_lets_go_only_on_paper_is_not_coupled_by_hand(
    tmp_path: Path, so_far: Callable[[Rig, str], Awaitable[None]]
) -> None:
    """It is out of that flow's scope and in ours, and still that flow's: once that has let it go, it is coupled."""

    async def story(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig))
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        sellable(rig, row_id)
        await so_far(rig, row_id)
        identity = rig.customer("C-9", PartyType="Person", PersonFirstName="Ada", PersonLastName="King")
        with pytest.raises(Refused, match=f"C-1 belongs to {PERSONS}, and is handed over") as refused:
            await couple(rig.flow(CONSUMERS), identity, row_id)
        assert "uncouple it there" in str(refused.value)
        assert states(rig, CONSUMERS) == []
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        await couple(rig.flow(CONSUMERS), identity, row_id)
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["dormant"], ["coupled"])

    on_stage(story, both_flows(tmp_path))


def test_a_consumer_of_the_erp_becomes_a_contact_that_only_its_flow_has(tmp_path: Path) -> None:
    """Its own creation is heard of by both flows, and coupled by one."""

    async def story(rig: Rig) -> None:
        await furnish(rig)
        await look(rig, CONSUMERS, ERP, rig.customer("C-7", PartyType="Person", PersonFirstName="Ada"))
        (row,) = rig.world.dataverse.rows("contacts")
        rig.world.dataverse.update("contacts", row["contactid"], {"msdyn_sellable": False})
        assert (await look(rig, PERSONS, DATAVERSE, (row["contactid"],))).codes == ("owner",)
        assert len(rig.rows("p~", PERSONS)) == 1
        await look(rig, CONSUMERS, DATAVERSE, (row["contactid"],))
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == ([], ["dormant"])

    on_stage(story, both_flows(tmp_path))


@pytest.mark.parametrize("around", [False, True])
def test_two_flows_that_want_the_same_contact_at_once_do_not_both_get_it(tmp_path: Path, *, around: bool) -> None:
    """The claim comes first and the owner row decides, whatever the order of their steps.

    around: both have seen before that nobody has it.
    """
    text = PERSON_MAP.replace(", scope: msdyn_sellable eq false and msdyn_contactforvendor eq false", "")
    overlapping = both_flows(tmp_path, persons=text.replace("hands_over_to: consumers\n", ""))

    async def story(rig: Rig) -> None:
        account = await furnish(rig)
        row_id = contact(rig, account)
        sellable(rig, row_id)
        flows = [rig.flow(name) for name in (PERSONS, CONSUMERS)]
        for flow in flows:
            await flow.ledger.store_hint(DATAVERSE, (row_id,), "event")
            assert flow.owners is not None
            await (flow.owners.look_around() if around else asyncio.sleep(0))
        tasks = [rig.world.instance(visit(flow, Wake(DATAVERSE, (row_id,))))[1] for flow in flows]
        outcomes = [await task for task in tasks]
        for _ in range(3):
            await rig.pump()
        assert sorted(states(rig, PERSONS) + states(rig, CONSUMERS)) == ["coupled"], outcomes
        assert len(persons(rig)) + len(consumers(rig)) == 1

    for seed in range(12):
        on_stage(story, overlapping, seed=seed)


def test_who_looks_around_sees_what_a_flow_has_whose_owner_row_is_lost(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig))
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        rig.world.tables.apply(OWNERS, [Write("delete", f"contacts~{row_id}", etag="*")])
        owners = rig.flow(CONSUMERS).owners
        assert owners is not None
        await owners.look_around()
        assert await owners.take(row_id, "claim") == PERSONS

    on_stage(story, both_flows(tmp_path))


def test_a_pass_over_many_new_records_asks_once_who_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that it is less to read what all flows of the table have; of each other one it is asked."""
    monkeypatch.setattr("shared.engine.passes._compare.MANY", 5)

    async def story(rig: Rig) -> None:
        account, asked = await furnish(rig), dict[int, int]()
        for many in (4, 5, 20):
            for number in range(many):
                contact(rig, account, msdyn_partynumber=f"P-{many}-{number}")
            before = rig.world.weather.passed["ledger get"]
            assert (await rig.compare(PERSONS)).counts["created"] == many
            asked[many] = rig.world.weather.passed["ledger get"] - before
        assert asked[20] == asked[5] < asked[4]

    on_stage(story, both_flows(tmp_path))
