"""A contact that is named as customer of a quote or an order becomes sellable, and stays so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from functions.dual_write.columns import columns
from functions.suites import Configured
from shared.columns import TAG, Keeper
from shared.engine import set_state
from shared.ledger import JOURNAL, read_journal
from shared.settings import Settings
from tests.simulation.rig import Rig, at_first, on_stage
from tests.simulation.test_owners import CONSUMERS as OWN_CONSUMERS
from tests.simulation.test_owners import PERSONS, both_flows, consumers, contact, furnish, handed_over, states
from tests.simulation.test_two_roles import end_customer, settled

HOUSE: Final = Settings(dataverse_url="https://twin", finops_url="https://twin")
CONSUMERS: Final = "dual_write.customers_v3_contacts"
DOCUMENTS: Final = ("quotes", "salesorders")


def keeper(rig: Rig) -> Keeper:
    return Keeper(rig.house, columns(Configured(HOUSE, {})))


async def ready(rig: Rig) -> Keeper:
    """The flow of those who buy runs, and everything that was there has been looked at."""
    await set_state(rig.house, CONSUMERS, "running")
    found = keeper(rig)
    assert await found.follow(lambda: False)
    return found


def person(rig: Rig, **values: Any) -> str:
    return rig.world.dataverse.create("contacts", {"lastname": "King", **values})


def document(rig: Rig, table: str, row_id: str) -> str:
    """A quote or an order for a contact; its id."""
    bind = {"customerid_contact@odata.bind": f"/contacts({row_id})"}
    return rig.world.dataverse.create(table, {"name": "Tea", **bind})


def sellable(rig: Rig, row_id: str) -> object:
    return (rig.world.dataverse.row("contacts", row_id) or {})["msdyn_sellable"]


def ours(rig: Rig) -> list[Any]:
    """Changes that this rule has made."""
    return [each for each in rig.world.dataverse.history if each.tag == TAG]


@pytest.mark.parametrize("heard", ["event", "catch-up"])
@pytest.mark.parametrize("table", DOCUMENTS)
def test_the_customer_of_a_document_becomes_sellable(table: str, heard: str) -> None:
    """With the event, and without it by the next catch-up; nobody else does, and a second look writes nothing."""

    async def story(rig: Rig) -> None:
        found = await ready(rig)
        ada, other = person(rig), person(rig)
        made = document(rig, table, ada)
        if heard == "event":
            assert await found.woken(table, made) == "written"
        for _ in range(3):
            assert await found.follow(lambda: False)
        assert await found.woken("contacts", ada) == "in order"
        assert (sellable(rig, ada), sellable(rig, other), len(ours(rig))) == (True, False, 1)
        (entry,) = [read_journal(row) for row in rig.rows(JOURNAL, CONSUMERS)]
        assert (entry["record"], entry["what"]) == (ada, "computed")
        assert entry["lines"][0] == {"line": "msdyn_sellable", "side": "dataverse", "old": "false", "new": "true",
                                     "reason": "computed"}  # fmt: skip

    on_stage(story)


@pytest.mark.parametrize("heard", ["event", "catch-up"])
def test_unset_by_hand_it_is_set_again(heard: str) -> None:
    """As long as there is a document; what nobody names any more stays as people leave it."""

    async def story(rig: Rig) -> None:
        found = await ready(rig)
        ada = person(rig)
        made = document(rig, "quotes", ada)
        await found.follow(lambda: False)
        rig.world.dataverse.update("contacts", ada, {"msdyn_sellable": False})
        await (found.woken("contacts", ada) if heard == "event" else found.follow(lambda: False))
        assert sellable(rig, ada) is True
        rig.world.dataverse.delete("quotes", made)
        await found.follow(lambda: False)
        assert sellable(rig, ada) is True
        rig.world.dataverse.update("contacts", ada, {"msdyn_sellable": False})
        await found.follow(lambda: False)
        assert sellable(rig, ada) is False

    on_stage(story)


def test_whoever_the_document_is_moved_to() -> None:
    """Both are sellable then."""

    async def story(rig: Rig) -> None:
        found = await ready(rig)
        ada, bob = person(rig), person(rig)
        made = document(rig, "salesorders", ada)
        await found.woken("salesorders", made)
        rig.world.dataverse.update("salesorders", made, {"customerid_contact@odata.bind": f"/contacts({bob})"})
        await found.woken("salesorders", made)
        assert (sellable(rig, ada), sellable(rig, bob)) == (True, True)

    on_stage(story)


def test_an_account_as_customer_is_nobodys_business() -> None:
    """And a contact that the document names in another role is not its customer."""

    async def story(rig: Rig) -> None:
        found = await ready(rig)
        account, ada = rig.account(), person(rig)
        bind = {"customerid_account@odata.bind": f"/accounts({account})"}
        made = rig.world.dataverse.create("quotes", {"name": "Tea", **bind})
        assert await found.woken("quotes", made) == "in order"
        assert (sellable(rig, ada), ours(rig)) == (False, [])

    on_stage(story)


def test_what_was_there_before() -> None:
    """The first look is at everything, in slices that go on where the last one ended, whoever carries them on."""

    async def story(rig: Rig) -> None:
        people = [person(rig) for _ in range(3)]
        for each in people:
            document(rig, "quotes", each)
        await set_state(rig.house, CONSUMERS, "running")
        for _ in range(9):
            if await keeper(replace(rig, house=rig.world.house())).follow(lambda: True):
                break
        assert [sellable(rig, each) for each in people] == [True] * 3

    on_stage(story)


def test_a_lost_cursor_begins_anew() -> None:
    """What happened meanwhile is found all the same."""

    async def story(rig: Rig) -> None:
        found = await ready(rig)
        ada = person(rig)
        document(rig, "quotes", ada)
        rig.world.dataverse.behaviour.expire_delta_tokens = True
        assert await found.follow(lambda: False)
        assert sellable(rig, ada) is True

    on_stage(story)


def test_somebody_edits_meanwhile() -> None:
    """Nothing of hers is lost: the write is conditional, and looks again."""

    async def story(rig: Rig) -> None:
        found = await ready(rig)
        ada = person(rig)
        made = document(rig, "quotes", ada)
        edit = lambda: rig.world.dataverse.update("contacts", ada, {"firstname": "Ada"})  # noqa: E731 - at that moment
        rig.world.weather.strike = at_first("dataverse update", edit)
        await found.woken("quotes", made)
        row = rig.world.dataverse.row("contacts", ada) or {}
        assert (row["msdyn_sellable"], row["firstname"]) == (True, "Ada")

    on_stage(story)


def test_it_rests_while_nobody_sells() -> None:
    """While the flow of those who buy does not run nothing is written, and the answer says so."""

    async def story(rig: Rig) -> None:
        ada = person(rig)
        made = document(rig, "quotes", ada)
        assert CONSUMERS in await keeper(rig).woken("quotes", made)
        assert sellable(rig, ada) is False

    on_stage(story)


def test_prospect_to_cash_keeps_its_own() -> None:
    """With that suite on, this rule rests."""
    both = Configured(HOUSE, {"prospect_to_cash": None})  # type: ignore[dict-item] # only its name counts
    assert "prospect_to_cash" in columns(both).idle


def test_a_contact_whose_customer_has_gone_and_who_is_named_in_an_order(tmp_path: Path) -> None:
    """She goes back to the contact persons and, as there is an order for her, becomes a customer again."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, CONSUMERS, "running")
        row_id = await handed_over(rig)
        document(rig, "salesorders", row_id)
        end_customer(rig)
        await settled(rig)
        assert (sellable(rig, row_id), states(rig, PERSONS)) == (False, ["coupled"])
        for _ in range(3):
            await keeper(rig).follow(lambda: False)
            await settled(rig)
        assert (sellable(rig, row_id), [each["CustomerAccount"] for each in consumers(rig)]) == (True, ["C-1"])
        assert (states(rig, PERSONS), states(rig, OWN_CONSUMERS)) == (["dormant"], ["coupled"])

    maps = both_flows(tmp_path)
    text = maps.files[OWN_CONSUMERS].read_text("utf-8")
    maps.files[OWN_CONSUMERS].write_text(
        text.replace("delete: propagate}", "delete: propagate, reborn: sync}"), "utf-8"
    )
    on_stage(story, maps)


def test_a_contact_person_becomes_a_customer_by_a_quote(tmp_path: Path) -> None:
    """The whole way: a quote is made for her, and the flow of those who buy has her, once."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, CONSUMERS, "running")
        group = next(iter(rig.world.dataverse.rows("msdyn_customergroups")))
        bound = {"msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({group['msdyn_customergroupid']})"}
        row_id = contact(rig, await furnish(rig), msdyn_contactpersonid="C-7", **bound)
        await settled(rig)
        assert consumers(rig) == []
        await keeper(rig).woken("quotes", document(rig, "quotes", row_id))
        await settled(rig, 3)
        assert [each["CustomerAccount"] for each in consumers(rig)] == ["C-7"]
        assert (states(rig, PERSONS), states(rig, OWN_CONSUMERS)) == (["dormant"], ["coupled"])

    on_stage(story, both_flows(tmp_path))
