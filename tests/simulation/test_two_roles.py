"""One person, two roles: a contact that was sold to is a customer's and still a contact person's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.engine import clear, explain, uncouple
from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import DATAVERSE, ERP, Rig, on_stage
from tests.simulation.test_owners import (
    CONSUMERS,
    PERSONS,
    both_flows,
    consumers,
    handed_over,
    look,
    persons,
    sellable,
    states,
)


def row(rig: Rig, row_id: str) -> dict[str, Any]:
    return dict(rig.world.dataverse.row("contacts", row_id) or {})


def contacts(rig: Rig) -> list[str]:
    return [str(each["contactid"]) for each in rig.world.dataverse.rows("contacts")]


def said(rig: Rig, name: str) -> list[str]:
    return [str(item["code"]) for each in rig.rows(PARKED, name) for item in read_trouble(each).items]


def end_customer(rig: Rig) -> tuple[str, str]:
    """Her customer is deleted in the ERP; its identity."""
    identity = ("usmf", "C-1")
    rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "C-1"})
    return identity


def person_key(rig: Rig) -> dict[str, str]:
    (person,) = persons(rig)
    return {name: str(person[name]) for name in rig.flow(PERSONS).map.identity}


async def settled(rig: Rig, times: int = 2) -> None:
    for _ in range(times):
        await rig.compare(PERSONS, CONSUMERS)
        await rig.pump()


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_contact_goes_back_to_the_flow_that_it_came_from(tmp_path: Path, heard: str) -> None:
    """Her customer is deleted, and she still is contact person: the contact stays, as that, with what was edited."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        rig.world.dataverse.update("contacts", row_id, {"firstname": "Augusta"})
        identity = end_customer(rig)
        if heard == "event":
            await look(rig, CONSUMERS, ERP, identity)
            await rig.pump()
        else:
            await settled(rig)
        assert (row(rig, row_id)["msdyn_sellable"], row(rig, row_id)["firstname"]) == (False, "Augusta")
        assert [each["FirstName"] for each in persons(rig)] == ["Augusta"]
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["coupled"], ["lapsed"])
        rig.world.finops.update("CDSContactPersonsV2", person_key(rig), {"LastName": "Lovelace"})
        await settled(rig)
        assert (row(rig, row_id)["lastname"], consumers(rig), contacts(rig)) == ("Lovelace", [], [row_id])
        for name in (PERSONS, CONSUMERS):
            assert [rig.rows(prefix, name) for prefix in ("h~", "w~", "p~")] == [[], [], []]
        assert (await explain(rig.flow(PERSONS), DATAVERSE, (row_id,)))["why"] == "in sync"

    on_stage(story, both_flows(tmp_path))


def test_who_is_sold_to_again_is_a_customer_again(tmp_path: Path) -> None:
    """And the contact goes the whole way once more."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        end_customer(rig)
        await settled(rig)
        sellable(rig, row_id)
        await settled(rig, 3)
        assert ([each["CustomerAccount"] for each in consumers(rig)], contacts(rig)) == (["C-1"], [row_id])
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["dormant"], ["coupled"])
        end_customer(rig)
        await settled(rig)
        assert (row(rig, row_id)["msdyn_sellable"], states(rig, PERSONS), len(persons(rig))) == (False, ["coupled"], 1)

    maps = both_flows(tmp_path)
    text = maps.files[CONSUMERS].read_text("utf-8")
    maps.files[CONSUMERS].write_text(text.replace("delete: propagate}", "delete: propagate, reborn: sync}"), "utf-8")
    on_stage(story, maps)


def test_a_contact_that_is_nobodys_contact_person_any_more_is_deleted(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await handed_over(rig)
        rig.world.finops.delete("CDSContactPersonsV2", person_key(rig))
        end_customer(rig)
        await settled(rig)
        assert (contacts(rig), said(rig, PERSONS), said(rig, CONSUMERS)) == ([], [], [])

    on_stage(story, both_flows(tmp_path))


def test_whoever_dies_while_a_contact_goes_back_loses_nothing(tmp_path: Path) -> None:
    """At every third request, in the long form at each: another one carries on. The contact is not deleted, nor is
    her customer created again.
    """
    _die(tmp_path, 3)


@pytest.mark.long
def test_whoever_dies_at_each_request_while_a_contact_goes_back_loses_nothing(tmp_path: Path) -> None:
    """The same at every single one."""
    _die(tmp_path, 1)


def _die(folder: Path, every: int) -> None:
    sent: list[int] = []

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        identity, left, struck = end_customer(rig), [every * len(sent)], list[str]()

        def at_that(step: str) -> bool:
            left[0] -= 1
            struck.extend([step] if left[0] == -1 else [])
            return left[0] == -1

        rig.world.weather.strike = at_that
        doomed = replace(rig, house=rig.world.house())
        _, task = rig.world.instance(look(doomed, CONSUMERS, ERP, identity))
        await asyncio.wait({task}, timeout=60)
        rig.world.weather.strike = None
        await settled(rig)
        assert (contacts(rig), consumers(rig), row(rig, row_id)["msdyn_sellable"]) == ([row_id], [], False), struck
        assert (states(rig, PERSONS), said(rig, PERSONS), said(rig, CONSUMERS)) == (["coupled"], [], []), struck
        sent.extend([1] if struck else [])

    for tried in range(60):
        on_stage(story, both_flows(folder))
        if len(sent) == tried:
            break
    assert 8 < every * len(sent) < 60


def test_a_contact_that_cannot_be_brought_back_is_not_deleted(tmp_path: Path) -> None:
    """The scope of contact persons asks for what Koppel may not set: a person decides."""
    maps = both_flows(tmp_path)
    text = maps.files[PERSONS].read_text("utf-8")
    text = text.replace("scope: msdyn_sell", "scope: msdyn_contactpersonid eq null and msdyn_sell")
    maps.files[PERSONS].write_text(text, "utf-8")

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        end_customer(rig)
        await settled(rig)
        assert (contacts(rig), said(rig, CONSUMERS), states(rig, PERSONS)) == ([row_id], ["deleted"], ["dormant"])
        await uncouple(rig.flow(CONSUMERS), DATAVERSE, (row_id,))
        await settled(rig)
        assert (contacts(rig), said(rig, CONSUMERS), row(rig, row_id)["msdyn_sellable"]) == ([row_id], [], True)

    on_stage(story, maps)


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("out", ["delete", "uncouple", "clear"])
def test_what_is_left_of_a_contact_that_was_deleted_is_listed(tmp_path: Path, heard: str, out: str) -> None:
    """Her customer is deleted in the ERP, too; that she still is contact person there is for a person to see."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        rig.world.dataverse.delete("contacts", row_id)
        if heard == "event":
            for name in (PERSONS, CONSUMERS):
                await look(rig, name, DATAVERSE, (row_id,))
        await settled(rig)
        assert (consumers(rig), len(persons(rig)), said(rig, PERSONS), contacts(rig)) == ([], 1, ["deleted"], [])
        if out == "delete":
            rig.world.finops.delete("CDSContactPersonsV2", person_key(rig))
        else:
            await uncouple(rig.flow(PERSONS), DATAVERSE, (row_id,))
        if out == "clear":
            await clear(rig.flow(PERSONS), DATAVERSE, (row_id,))
        await settled(rig)
        assert (said(rig, PERSONS), len(persons(rig)), len(contacts(rig))) == {
            "delete": ([], 0, 0), "uncouple": ([], 1, 0), "clear": ([], 1, 1)}[out]  # fmt: skip

    on_stage(story, both_flows(tmp_path))
