"""A code that is renamed in the ERP: its row in Dataverse stays, and so does whoever points to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.engine import couple, uncouple
from shared.ledger import PARKED, WAITING, read_trouble
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, maps_with, on_stage

NET30 = {"dataAreaId": "usmf", "Name": "Net30"}
N30 = ("usmf", "N30")
TABLE = "msdyn_paymentterms"
FOLLOWED = "policy: {key_change: rename}\n"


def terms(rig: Rig) -> dict[str, str]:
    """The terms in Dataverse: name to id."""
    return {str(row["msdyn_name"]): str(row["msdyn_paymenttermid"]) for row in rig.world.dataverse.rows(TABLE)}


def codes(rig: Rig) -> list[str]:
    return sorted(item["code"] for row in rig.rows(PARKED, TERMS) for item in read_trouble(row).items)


def points_to(rig: Rig) -> str:
    row = rig.dataverse()
    assert row is not None
    return str(row["_msdyn_paymentterm_value"])


async def renamed(rig: Rig) -> str:
    """Net30 is called N30 in the ERP from now on, also at the customer who has it; the id of its row."""
    await coupled(rig, PaymentTerms="Net30")
    rig.world.finops.rename("PaymentTerms", NET30, {"Name": "N30"})
    return terms(rig)["Net30"]


@pytest.mark.parametrize("order", [(TERMS, GROUPS, CUSTOMERS), (CUSTOMERS, GROUPS, TERMS)])
def test_a_renamed_code_is_neither_deleted_nor_made_anew(order: tuple[str, ...]) -> None:
    """Both its ends are set aside, its customers wait, and coupled by hand it is the same row as before."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        for _ in range(2):
            await rig.compare(*order)
        assert (terms(rig), points_to(rig), codes(rig)) == ({"Net30": row_id}, row_id, ["renamed", "renamed"])
        assert len(rig.rows(WAITING)) == 1
        await couple(rig.flow(TERMS), N30, row_id)
        await rig.compare(TERMS, GROUPS, CUSTOMERS)
        assert (terms(rig), points_to(rig), codes(rig), rig.rows(WAITING)) == ({"N30": row_id}, row_id, [], [])

    on_stage(story)


async def heard(rig: Rig, first: str) -> None:
    """An event tells of one of the two keys first; of none if it is empty."""
    if first:
        await rig.flow(TERMS).ledger.store_hint(ERP, ("usmf", first), "create" if first == "N30" else "delete")
        await rig.pump()


@pytest.mark.parametrize("first", ["N30", "Net30", ""])
def test_a_renamed_code_is_followed_where_the_policy_says_so(tmp_path: Path, first: str) -> None:
    """By a pass, or by an event of either key: one write, to the code itself."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        writes = rig.writes()
        await heard(rig, first)
        for _ in range(2):
            await rig.compare(TERMS, GROUPS, CUSTOMERS)
        assert (terms(rig), points_to(rig), codes(rig), rig.rows(WAITING)) == ({"N30": row_id}, row_id, [], [])
        assert rig.writes() == writes + 1

    on_stage(story, maps_with(tmp_path, FOLLOWED, TERMS))


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_code_that_only_says_the_same_is_none_that_was_renamed(when: str) -> None:
    """It was there before; or it says something else."""

    async def story(rig: Rig) -> None:
        new = {"dataAreaId": "usmf", "Name": "N30", "Description": "30 days"}
        if when == "before":
            rig.world.finops.create("PaymentTerms", new)
            await rig.compare(TERMS)
        await coupled(rig, PaymentTerms="Net30")
        if when == "meanwhile":
            rig.world.finops.create("PaymentTerms", {**new, "NumberOfDays": 31})
        rig.edit(PaymentTerms="N30" if when == "before" else "")
        rig.world.finops.update(
            "CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "10"}, {"PaymentTermId": ""}
        )
        rig.world.finops.delete("PaymentTerms", NET30)
        for _ in range(2):
            await rig.compare(TERMS, GROUPS, CUSTOMERS)
        assert (list(terms(rig)), codes(rig)) == (["N30"], [])
        assert when == "meanwhile" or points_to(rig) == terms(rig)["N30"]

    on_stage(story)


@pytest.mark.parametrize("first", ["N30", "Net30", ""])
@pytest.mark.parametrize("policy", ["park", "rename"])
def test_a_code_to_which_everybody_has_moved_was_renamed(tmp_path: Path, policy: str, first: str) -> None:
    """Also where it was edited in the same breath."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        rig.world.finops.update("PaymentTerms", {**NET30, "Name": "N30"}, {"Description": "thirty", "NumberOfDays": 30})
        await heard(rig, first)
        for _ in range(2):
            await rig.compare(TERMS, GROUPS, CUSTOMERS)
        name, parked = ("N30", []) if policy == "rename" else ("Net30", ["renamed", "renamed"])
        assert (terms(rig), points_to(rig), codes(rig)) == ({name: row_id}, row_id, parked)
        (row,) = rig.world.dataverse.rows(TABLE)
        assert row["msdyn_description"] == ("thirty" if policy == "rename" else "30 days")

    on_stage(story, maps_with(tmp_path, f"policy: {{key_change: {policy}}}\n", TERMS))


@pytest.mark.parametrize("first", ["N60", "Net60"])
def test_a_code_that_nobody_names_is_known_by_what_it_holds(tmp_path: Path, first: str) -> None:
    """Its row may be named by rows that no map is about."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {**NET30, "Name": "Net60", "Description": "60 days"})
        await rig.compare(TERMS)
        row_id = terms(rig)["Net60"]
        rig.world.finops.rename("PaymentTerms", {**NET30, "Name": "Net60"}, {"Name": "N60"})
        what = "create" if first == "N60" else "delete"
        await rig.flow(TERMS).ledger.store_hint(ERP, ("usmf", first), what)
        await rig.pump()
        for _ in range(2):
            await rig.compare(TERMS)
        assert (terms(rig).get("N60"), codes(rig)) == (row_id, [])

    on_stage(story, maps_with(tmp_path, FOLLOWED, TERMS))


def test_what_was_no_rename_goes_on_once_somebody_has_said_so() -> None:
    """The old one is uncoupled: the new one gets a row of its own, and the customer points there."""

    async def story(rig: Rig) -> None:
        await renamed(rig)
        await rig.compare(TERMS)
        await uncouple(rig.flow(TERMS), ERP, ("usmf", "Net30"))
        for _ in range(2):
            await rig.compare(TERMS, GROUPS, CUSTOMERS)
        assert (sorted(terms(rig)), points_to(rig), codes(rig)) == (["N30", "Net30"], terms(rig)["N30"], [])

    on_stage(story)


def test_a_new_account_with_a_renamed_code_waits() -> None:
    """Its row has no partner in the ERP until somebody has decided."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        await rig.compare(TERMS)
        account = rig.account("C-2", **{"msdyn_paymentterm@odata.bind": f"/{TABLE}({row_id})"})
        assert (await rig.visit(DATAVERSE, (account,))).kind == "waiting"
        await couple(rig.flow(TERMS), N30, row_id)
        await rig.compare(TERMS, GROUPS, CUSTOMERS)
        customer = rig.erp("C-2")
        assert customer is not None
        assert customer["PaymentTerms"] == "N30"

    on_stage(story)


def test_a_code_goes_on_where_nobody_may_see_who_names_it() -> None:
    """What cannot be asked tells nothing: the old one stays, and says why; a new one is created."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PaymentTerms="")
        rig.world.finops.create("PaymentTerms", {**NET30, "Name": "Net60", "Description": "60 days"})
        await rig.compare(TERMS)
        rig.world.finops.delete("PaymentTerms", {**NET30, "Name": "Net60"})
        rig.world.finops.create("PaymentTerms", {**NET30, "Name": "Net90", "Description": "90 days"})
        rig.world.dataverse.behaviour.missing_privileges = {"prvReadaccount"}
        await rig.compare(TERMS)
        assert (sorted(terms(rig)), codes(rig)) == (["Net30", "Net60", "Net90"], ["depends"])

    on_stage(story)
