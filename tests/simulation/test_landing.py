"""Creates without an answer that are carried out late: what a person has deleted does not come back from the dead."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.engine import explain
from shared.ledger import PARKED, read_journal, read_trouble
from shared.mapping import Side
from tests.simulation.network import LATEST
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, GROUPS, Rig, at_first, maps_with, on_stage

NOBODY = (None, None)
STEP = {ERP: "finops create", DATAVERSE: "dataverse create"}


async def created(rig: Rig, target: Side, **values: str) -> str:
    """A record is created on one side by a second request, for the first one is still under way; the id of its row."""
    rig.world.weather.orders[STEP[target]] = "late"
    source = (rig.account(**values),) if target == ERP else rig.customer(**values)
    await rig.visit(DATAVERSE if target == ERP else ERP, source)
    found = rig.dataverse()
    assert found is not None
    assert rig.erp() is not None
    assert rig.couplings()[0].may_land(rig.flow().now())
    return str(found["accountid"])


async def landed(rig: Rig, side: Side) -> str:
    """The record was created, deleted and seen to be gone, and is there again: it landed late; the id of its row."""
    row_id = await created(rig, side)
    delete(rig, side, row_id)
    await look(rig, row_id)
    await lands()
    return row_id


async def landed_unseen(rig: Rig) -> str:
    """The account was edited, its customer deleted before anybody looked, and an old one is there again."""
    row_id = await created(rig, ERP)
    rig.change(row_id, name="Fabrikam")
    await look(rig, row_id)
    delete(rig, ERP, row_id)
    await lands()
    return row_id


def delete(rig: Rig, side: Side, row_id: str) -> None:
    if side == ERP:
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
    else:
        rig.world.dataverse.delete("accounts", row_id)


async def look(rig: Rig, row_id: str, side: Side = DATAVERSE, source: str = "event") -> Any:
    return await rig.visit(side, (row_id,) if side == DATAVERSE else ("usmf", ACCOUNT), source=source)


async def lands() -> None:
    await asyncio.sleep(LATEST)


def there(rig: Rig) -> tuple[bool, bool]:
    return rig.erp() is not None, rig.dataverse() is not None


def reasons(rig: Rig) -> list[str]:
    return [str(read_trouble(row).items[0]["code"]) for row in rig.rows(PARKED)]


def story_of(rig: Rig) -> list[str]:
    return [read_journal(row)["what"] for row in rig.rows("j~")]


# -- nobody has seen that it was gone


def test_what_lands_late_is_not_taken_for_an_edit() -> None:
    """The account was edited since, its customer deleted, and an old one is back: a person decides."""

    async def story(rig: Rig) -> None:
        row_id = await landed_unseen(rig)
        assert rig.both("OrganizationName", "name") == ("Contoso", "Fabrikam")
        writes = rig.writes()
        assert (await look(rig, row_id, ERP)).codes == ("revived",)
        assert (await rig.compare()).counts["parked"] == 1
        assert (rig.writes(), reasons(rig)) == (writes, ["revived"])
        assert "no answer came" in str((await explain(rig.flow(), DATAVERSE, (row_id,)))["why"])

    on_stage(story)


@pytest.mark.parametrize("name", ["Fabrikam", "CONTOSO"])
def test_what_was_sent_before_an_edit_and_lands_late_is_no_edit_of_a_persons(name: str) -> None:
    """The customer was renamed between two requests: the account of the first one does not rename it back."""

    async def story(rig: Rig) -> None:
        rig.world.weather.orders[STEP[DATAVERSE]] = "late"
        rig.world.weather.strike = at_first("ledger intend", lambda: rig.edit(OrganizationName=name))
        await rig.visit(ERP, rig.customer())
        assert rig.both("OrganizationName", "name") == (name, name)
        (row_id,) = rig.accounts()
        delete(rig, DATAVERSE, row_id)
        await lands()
        assert rig.both("OrganizationName", "name") == (name, "Contoso")
        assert (await look(rig, row_id)).codes == ("revived",)
        assert rig.both("OrganizationName", "name") == (name, "Contoso")

    on_stage(story)


@pytest.mark.parametrize(("word", "both"), [("delete", NOBODY), ("retry", ("Contoso", "Contoso"))])
def test_a_person_says_whether_it_stays(word: str, both: tuple[str | None, str | None]) -> None:
    """Deleted in the ERP, its account goes with it; retried, it is an edit like any other."""

    async def story(rig: Rig) -> None:
        row_id = await landed_unseen(rig)
        await look(rig, row_id)
        if word == "delete":
            delete(rig, ERP, row_id)
        await look(rig, row_id, source=word)
        assert reasons(rig) == []
        assert (there(rig) == (False, False)) if both == NOBODY else (rig.both("OrganizationName", "name") == both)

    on_stage(story)


def test_an_edit_back_to_what_was_created_is_no_reason_to_delete() -> None:
    """The account was never gone: a person decides, and it stays."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, DATAVERSE)
        rig.change(row_id, name="Fabrikam")
        await look(rig, row_id)
        rig.change(row_id, name="Contoso")
        assert (await look(rig, row_id)).codes == ("revived",)
        assert (await look(rig, row_id, source="retry")).kind == "updated"
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")

    on_stage(story)


@pytest.mark.parametrize("since", [{"name": "Fabrikam"}, {"telephone1": "1"}, {"name": "Fabrikam", "telephone1": "1"}])
def test_what_lands_late_is_not_taken_for_an_edit_because_another_line_of_it_was_edited(since: dict[str, str]) -> None:
    """Nobody has seen that the customer was gone: lines that stand as they were created, or blank, are no edits."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP, description="as created")
        rig.change(row_id, **since)
        await look(rig, row_id)
        delete(rig, ERP, row_id)
        await lands()
        rig.edit(SalesMemo="a person's")
        assert (await look(rig, row_id, ERP)).codes == ("revived",)
        assert (await rig.compare()).counts["parked"] == 1
        told = str((await explain(rig.flow(), DATAVERSE, (row_id,)))["why"])
        assert [name for name in ("name", "telephone1") if f"= {name}" in told] == [*since]
        rig.edit(**{{"name": "OrganizationName", "telephone1": "PrimaryContactPhone"}[at]: since[at] for at in since})
        await look(rig, row_id, ERP, "retry")
        assert (reasons(rig), rig.both("SalesMemo", "description")) == ([], ("a person's", "a person's"))
        assert rig.both("OrganizationName", "name") == (since.get("name", "Contoso"),) * 2

    on_stage(story)


def test_a_line_that_is_put_right_leaves_the_others_in_doubt() -> None:
    """What a person makes of one line says nothing of the next one."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP, description="as created")
        rig.change(row_id, name="Fabrikam", description="edited")
        await look(rig, row_id)
        delete(rig, ERP, row_id)
        await lands()
        rig.edit(OrganizationName="Fabrikam")
        assert (await look(rig, row_id, ERP)).codes == ("revived",)
        assert rig.both("SalesMemo", "description") == ("as created", "edited")

    on_stage(story)


def test_an_older_reference_is_no_edit_either() -> None:
    """The customer is back with the group that it was created with, and somebody has edited its name."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
        await rig.compare(GROUPS)
        (group,) = [row for row in rig.world.dataverse.rows("msdyn_customergroups") if row["msdyn_groupid"] == "20"]
        rig.change(
            row_id, **{"msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group['msdyn_customergroupid']})"}
        )
        await look(rig, row_id)
        assert (rig.erp() or {})["CustomerGroupId"] == "20"
        delete(rig, ERP, row_id)
        await lands()
        rig.edit(OrganizationName="Fabrikam")
        assert (await look(rig, row_id, ERP)).codes == ("revived",)
        rig.edit(CustomerGroupId="20")
        await look(rig, row_id, ERP, "retry")
        assert (reasons(rig), rig.both("OrganizationName", "name")) == ([], ("Fabrikam", "Fabrikam"))

    on_stage(story)


def test_an_edit_of_what_was_never_gone_flows_as_long_as_something_may_land() -> None:
    """Also where the record still holds most of what was sent."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP, description="as created")
        rig.edit(SalesMemo="one")
        assert (await look(rig, row_id, ERP)).kind == "updated"
        rig.edit(OrganizationName="Fabrikam", SalesMemo="two")
        assert (await look(rig, row_id, ERP)).kind == "updated"
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


# -- it was seen to be gone


@pytest.mark.parametrize("reborn", ["sync", "park"])
def test_a_deleted_customer_that_lands_late_is_shown_and_not_created_again(tmp_path: Path, reborn: str) -> None:
    """Somebody may have keyed in the very same: so it is not deleted, and its account does not come back."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        delete(rig, ERP, row_id)
        await look(rig, row_id)
        assert there(rig) == (False, False)
        await lands()
        assert (await look(rig, row_id, ERP)).codes == ("revived",)
        await rig.compare()
        assert (there(rig), reasons(rig)) == ((True, False), ["revived"])
        await look(rig, row_id, ERP, "retry")
        assert there(rig) == (True, reborn == "sync")

    on_stage(story, maps_with(tmp_path, f"policy: {{reborn: {reborn}}}\n"))


@pytest.mark.parametrize("told", [True, False], ids=["with an event", "by a pass"])
@pytest.mark.parametrize("policy", ["propagate", "uncouple", "park", "restore"])
def test_a_deleted_account_that_lands_late_is_deleted_again(tmp_path: Path, policy: str, told: bool) -> None:
    """Nobody else can make a row of that id. What the policy says of the delete goes on as if nothing had landed."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, DATAVERSE)
        delete(rig, DATAVERSE, row_id)
        await look(rig, row_id)
        before = reasons(rig)
        await lands()
        assert rig.dataverse() is not None
        await (look(rig, row_id) if told else rig.compare())
        assert (there(rig), reasons(rig)) == ((policy != "propagate", False), before)
        assert story_of(rig).count("deleted") == 1 + (policy == "propagate")
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes

    on_stage(story, maps_with(tmp_path, f"policy: {{delete: {policy}}}\n"))


@pytest.mark.parametrize(("side", "after"), [(ERP, (True, ["revived"])), (DATAVERSE, (False, []))])
def test_what_was_left_alone_and_deleted_later_does_not_come_back_either(
    tmp_path: Path, side: Side, after: tuple[bool, list[str]]
) -> None:
    """Its partner went first, and the policy uncoupled the two: who sees it gone remembers that for when it lands."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, side)
        for gone in (DATAVERSE if side == ERP else ERP, side):
            delete(rig, gone, row_id)
            await look(rig, row_id, gone, "delete")
        assert there(rig) == (False, False)
        await lands()
        await look(rig, row_id, side, "create")
        await rig.compare()
        assert (there(rig)[0 if side == ERP else 1], reasons(rig)) == after

    on_stage(story, maps_with(tmp_path, "policy: {delete: uncouple}\n"))


def test_what_we_have_deleted_ourselves_does_not_come_back_either() -> None:
    """The customer was deleted, and its account with it; the account lands late."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, DATAVERSE)
        delete(rig, ERP, row_id)
        await look(rig, row_id, ERP)
        await lands()
        await rig.compare()
        assert (there(rig), reasons(rig)) == ((False, False), [])

    on_stage(story)


def test_what_somebody_edits_after_it_has_landed_is_his() -> None:
    """It is a record like any other that is there again."""

    async def story(rig: Rig) -> None:
        row_id = await landed(rig, DATAVERSE)
        rig.change(row_id, name="Fabrikam")
        rig.world.loop.pass_time(1200)
        await look(rig, row_id)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


@pytest.mark.parametrize("edited", ["description", "telephone2"])
def test_what_somebody_edits_beside_what_was_created_is_not_deleted_with_it(edited: str) -> None:
    """It holds all that was sent, and more, in a line or in a column of no map: a person says whether it stays."""

    async def story(rig: Rig) -> None:
        row_id = await landed(rig, DATAVERSE)
        rig.world.loop.pass_time(60)
        rig.change(row_id, **{edited: "by telephone"})
        assert (await look(rig, row_id)).codes == ("revived",)
        assert "edited since" in str(read_trouble(rig.rows(PARKED)[0]).items[0]["message"])
        await rig.compare()
        assert there(rig) == (False, True)
        rig.world.loop.pass_time(1200)
        await look(rig, row_id, source="retry")
        memo = "by telephone" if edited == "description" else ""
        assert (there(rig), reasons(rig)) == ((True, True), [])
        assert rig.both("SalesMemo", "description") == (memo, memo or None)

    on_stage(story)


def test_an_edit_between_look_and_delete_saves_what_has_landed() -> None:
    """The delete holds for the version that was seen."""

    async def story(rig: Rig) -> None:
        row_id = await landed(rig, DATAVERSE)
        left = [1]

        def strike(step: str) -> bool:
            if step == "dataverse delete" and left:
                left.pop()
                rig.change(row_id, name="Fabrikam")
            return False

        rig.world.weather.strike = strike
        await look(rig, row_id)
        assert not left
        found = rig.dataverse()
        assert found is not None
        assert found["name"] == "Fabrikam"

    on_stage(story)


def test_nothing_is_deleted_again_where_no_version_fences_it() -> None:
    async def story(rig: Rig) -> None:
        row_id = await created(rig, DATAVERSE)
        await rig.unversioned((DATAVERSE, "accounts"))
        delete(rig, DATAVERSE, row_id)
        await look(rig, row_id)
        await lands()
        assert (await look(rig, row_id)).codes == ("revived",)
        assert rig.dataverse() is not None

    on_stage(story)


@pytest.mark.parametrize("fault", ["lost", "unanswered", "late", "busy", "error before", "error after"])
def test_the_delete_of_what_has_landed_is_recovered_like_any_other(fault: str) -> None:
    """However its answer is lost: in the end the account is gone, and told once more."""

    async def story(rig: Rig) -> None:
        row_id = await landed(rig, DATAVERSE)
        rig.world.weather.orders["dataverse delete"] = fault
        await rig.hint(DATAVERSE, (row_id,))
        for _ in range(8):
            rig.world.loop.pass_time(300)
            await rig.pump()
        assert (there(rig), reasons(rig)) == ((False, False), [])
        assert story_of(rig).count("deleted") == 2
        assert [coupling.intent for coupling in rig.couplings()] == [None]

    on_stage(story)


def test_what_is_deleted_before_its_answer_is_recovered_is_not_created_again() -> None:
    """The account was created, its creator died, and somebody deleted it: the event of that proves both."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.dies(ERP, identity, after=STEP[DATAVERSE])
        (row_id,) = rig.accounts()
        delete(rig, DATAVERSE, row_id)
        await rig.hint(DATAVERSE, (row_id,), "delete")
        rig.world.loop.pass_time(300)
        await rig.pump()
        assert (there(rig), reasons(rig)) == ((True, False), ["deleted-edited"])

    on_stage(story)


def test_what_was_created_for_a_record_is_no_stranger_to_it() -> None:
    """The account was given quite another name before the answer of its create was recovered."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Northwind")
        await rig.dies(DATAVERSE, (row_id,), after=STEP[ERP])
        rig.change(row_id, name="Fabrikam")
        rig.world.loop.pass_time(300)
        assert (await look(rig, row_id)).kind != "parked"
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)
