"""Every reason for which a record is set aside has a way out, the one that its message names, and it works."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import clear, couple, uncouple
from shared.mapping import Catalogue
from tests.simulation import test_landing as landing
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_claims import died_while_creating, identity
from tests.simulation.test_identities import NEW, OLD
from tests.simulation.test_left_to_people import drop, merged, move
from tests.simulation.test_numbered import numbered_unheard, resembling
from tests.simulation.test_owners import CONSUMERS, PERSONS, both_flows, contact, furnish, look, sellable
from tests.simulation.ways import FIRST, OF_KEYS, Way, aside, retry
from tests.simulation.ways_of_ends import OF_ENDS, part

ENGINE: Final = Path(__file__).parents[2] / "shared" / "engine"
SECOND: Final = ("usmf", "US-002")


def messages(rig: Rig, way: Way) -> list[str]:
    items = [item for row in aside(rig, way.flow) for item in row.items]
    return [str(item["message"]) for item in items if way.code in {"", item["code"]}]


# -- what happens, and what a person does about it


async def retire(rig: Rig, ids: tuple[str, str]) -> None:
    await uncouple(rig.flow(), DATAVERSE, (ids[1],))
    drop(rig, ERP, "", "US-002")


async def give_to_survivor(rig: Rig, ids: tuple[str, str]) -> None:
    for row_id in ids:
        await uncouple(rig.flow(), DATAVERSE, (row_id,))
    await couple(rig.flow(), SECOND, ids[0])
    found = [each.erp for each in rig.couplings() if each.dataverse == ids[0]]
    assert found == [SECOND]


async def merged_before(rig: Rig) -> tuple[str, str]:
    ids = rig.account(), rig.account("US-002")
    rig.world.dataverse.merge("accounts", *ids)
    await rig.visit(ERP, rig.customer("US-002"))
    return ids


async def take_its_key(rig: Rig, ids: tuple[str, str]) -> None:
    rig.change(ids[1], accountnumber=None)
    await retry(rig)
    assert rig.dataverse("US-002") is not None


async def moved_away(rig: Rig) -> str:
    row_id = await coupled(rig)
    move(rig, row_id, "demf")
    rig.change(row_id, customertypecode=3)
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def without_company(rig: Rig) -> str:
    row_id = await coupled(rig)
    values: Any = rig.world.dataverse.row("accounts", row_id)
    values["_msdyn_company_value"] = None
    rig.change(row_id, customertypecode=3)
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def move_back(rig: Rig, row_id: str) -> None:
    move(rig, row_id, "usmf")
    rig.change(row_id, customertypecode=3)
    await rig.visit(DATAVERSE, (row_id,))


async def renamed(rig: Rig) -> str:
    row_id = await coupled(rig)
    rig.world.finops.rename("CustomersV3", OLD, NEW)
    await rig.visit(ERP, tuple(NEW.values()))
    await rig.compare()
    return row_id


async def follow(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(), DATAVERSE, (row_id,))
    await couple(rig.flow(), ("usmf", "US-777"), row_id)
    assert [each.erp for each in rig.couplings() if not each.ended] == [("usmf", "US-777")]


async def reborn(rig: Rig) -> None:
    row_id = await coupled(rig)
    drop(rig, ERP, row_id)
    await rig.visit(DATAVERSE, (row_id,))
    await rig.visit(ERP, rig.customer())


async def clear_it(rig: Rig, _: object) -> None:
    await clear(rig.flow(), ERP, FIRST)
    await rig.pump()
    assert rig.dataverse() is not None


async def ended(rig: Rig) -> str:
    """The account lost its customer, and another customer took the number that it has by now."""
    row_id = await coupled(rig)
    await uncouple(rig.flow(), DATAVERSE, (row_id,))
    rig.change(row_id, accountnumber="US-002")
    await rig.visit(ERP, rig.customer("US-002"))
    return row_id


async def couple_second(rig: Rig, row_id: str) -> None:
    await couple(rig.flow(), SECOND, row_id)


async def clear_and_couple(rig: Rig, row_id: str) -> None:
    await clear(rig.flow(), DATAVERSE, (row_id,))
    await rig.pump()
    assert [each.erp for each in rig.couplings() if each.dataverse == row_id] == [SECOND]


async def taken(rig: Rig) -> str:
    """Somebody gives a coupled account the number of a new customer."""
    row_id = await coupled(rig)
    rig.change(row_id, accountnumber="US-002")
    await rig.visit(ERP, rig.customer("US-002"))
    return row_id


async def uncouple_and_couple(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(), DATAVERSE, (row_id,))
    await couple(rig.flow(), SECOND, row_id)
    assert [each.erp for each in rig.couplings() if each.dataverse == row_id] == [SECOND]


async def give_another_number(rig: Rig, row_id: str) -> None:
    rig.change(row_id, accountnumber=ACCOUNT)
    await rig.compare()
    assert len(rig.accounts()) == 2


async def out_of_scope(rig: Rig) -> None:
    """Customers on hold are out of scope, and nothing in the map takes the hold away."""
    rig.customer(OnHoldStatus="All")
    await rig.visit(DATAVERSE, (rig.account(),))


async def let_it_go(rig: Rig, _: object) -> None:
    rig.edit(OnHoldStatus="No")
    await retry(rig)
    assert [each.state for each in rig.couplings()] == ["coupled"]


async def not_seen_yet(rig: Rig) -> None:
    """Somebody has just created the same account, and no search shows it yet."""
    rig.world.dataverse.behaviour.visible_after = 30.0
    rig.account()
    await rig.visit(ERP, rig.customer())


async def wait_and_retry(rig: Rig, _: object) -> None:
    await asyncio.sleep(60)
    await retry(rig)
    assert [each.state for each in rig.couplings()] == ["coupled"]


async def may_be_there(rig: Rig) -> str:
    row_id, _ = await numbered_unheard(rig)
    rig.world.loop.pass_time(3_600)
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def couple_what_is_there(rig: Rig, row_id: str) -> None:
    (customer,) = rig.world.finops.rows("CustomersV3")
    rig.world.loop.pass_time(3_600)
    await couple(rig.flow(), ("usmf", str(customer["CustomerAccount"])), row_id)


async def couple_what_resembles(rig: Rig, found: tuple[str, tuple[str, str]]) -> None:
    rig.world.loop.pass_time(3_600)
    await couple(rig.flow(), found[1], found[0])


async def take_for_another(rig: Rig, _: object) -> None:
    rig.world.loop.pass_time(3_600)
    await retry(rig)
    assert len(rig.accounts()) == 2


async def cannot_go(rig: Rig) -> str:
    """Another customer, whom nobody shows us, pays through the one whose account is gone."""
    row_id = await coupled(rig)
    rig.customer("US-002")
    rig.edit("US-002", InvoiceAccount=ACCOUNT)
    rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == "US-002"
    drop(rig, DATAVERSE, row_id)
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def see_to_it(rig: Rig, _: object) -> None:
    rig.edit("US-002", InvoiceAccount="US-002")
    await retry(rig)
    assert rig.erp() is None


async def back_from_the_dead(rig: Rig) -> str:
    """A request without an answer is carried out late, after somebody has deleted what it created."""
    row_id = await landing.created(rig, ERP)
    rig.change(row_id, name="Fabrikam")
    await landing.look(rig, row_id)
    drop(rig, ERP, row_id)
    await landing.lands()
    await landing.look(rig, row_id)
    return row_id


async def delete_again(rig: Rig, row_id: str) -> None:
    drop(rig, ERP, row_id)
    await landing.look(rig, row_id)


async def look_alikes(rig: Rig) -> None:
    """Accents do not count in Dataverse."""
    await rig.visit(ERP, rig.customer("Cafe-1", OrganizationName="Contoso"))
    await rig.visit(ERP, rig.customer("Caf\u00e9-1", OrganizationName="Fabrikam"))


async def give_another_key(rig: Rig, _: object) -> None:
    old = {"dataAreaId": "usmf", "CustomerAccount": "Caf\u00e9-1"}
    rig.world.finops.rename("CustomersV3", old, {**old, "CustomerAccount": "Cafe-2"})
    await rig.visit(ERP, ("usmf", "Cafe-2"))
    assert len(rig.accounts()) == 2


async def strangers(rig: Rig) -> str:
    """A customer and an account that have nothing but a number in common."""
    row_id = rig.account(name="Fabrikam GmbH", telephone1="0123")
    await rig.visit(ERP, rig.customer(OrganizationName="Northwind Traders"))
    return row_id


async def correct_the_number(rig: Rig, row_id: str) -> None:
    rig.change(row_id, accountnumber="US-009")
    await rig.compare()
    assert len(rig.accounts()) == 2


# -- contacts, whose key is not unique, and which two flows share


async def two_match(rig: Rig) -> tuple[str, str]:
    account = await furnish(rig)
    ids = contact(rig, account), contact(rig, account)
    row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
           "AssociatedContactNumber": ACCOUNT, "FirstName": "Ada", "LastName": "King"}  # fmt: skip
    rig.world.finops.create("CDSContactPersonsV2", row)
    await look(rig, PERSONS, ERP, identity(rig))
    return ids


async def couple_one(rig: Rig, ids: tuple[str, str]) -> None:
    await couple(rig.flow(PERSONS), identity(rig), ids[0])


async def change_the_other(rig: Rig, ids: tuple[str, str]) -> None:
    rig.world.dataverse.update("contacts", ids[1], {"msdyn_partynumber": "P-2"})
    await look(rig, PERSONS, ERP, identity(rig))


async def of_another_flow(rig: Rig) -> str:
    """A contact person in sync turns into somebody who buys; her customer is in the ERP already."""
    account = await furnish(rig)
    row_id = contact(rig, account)
    await look(rig, CONSUMERS, DATAVERSE, (row_id,))
    sellable(rig, row_id)
    await look(rig, CONSUMERS, DATAVERSE, (row_id,))
    rig.world.dataverse.update("contacts", row_id, {"msdyn_sellable": False})
    await look(rig, PERSONS, DATAVERSE, (row_id,))
    return row_id


async def uncouple_there(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(CONSUMERS), DATAVERSE, (row_id,))
    await retry(rig, PERSONS)
    assert [each.state for each in rig.couplings(PERSONS)] == ["coupled"]


async def claimed(rig: Rig) -> str:
    row_id = await died_while_creating(rig)
    await look(rig, PERSONS, ERP, identity(rig))
    rig.world.loop.pass_time(3_600)
    await look(rig, PERSONS, DATAVERSE, (row_id,))
    return row_id


async def decide_about_that(rig: Rig, row_id: str) -> None:
    rig.world.loop.pass_time(3_600)
    await couple(rig.flow(PERSONS), identity(rig), row_id)


BOTH: Final = "both"


WAYS: Final = (
    *OF_KEYS,
    *OF_ENDS,
    Way("merged", "retire usmf US-002", merged, retire),
    Way("merged", "uncouple those first", merged, give_to_survivor),
    Way("merged", "take the key from the merged row", merged_before, take_its_key),
    Way("merged", "couple it with", merged_before, lambda rig, ids: couple(rig.flow(), SECOND, ids[0])),
    Way("company", "put it back", moved_away, move_back),
    Way("company", "uncouple the two", moved_away, part),
    Way("company", "put it back", without_company, move_back),
    Way("renamed", "uncouple", renamed, follow),
    Way("renamed", "by hand", renamed, follow),
    Way("reborn", "clear the tombstone", reborn, clear_it, "policy: {reborn: park}\n"),
    Way("ended", "couple the two by hand", ended, couple_second),
    Way("ended", "clear that", ended, clear_and_couple),
    Way("taken", "uncouple those and couple this one with it by hand", taken, uncouple_and_couple),
    Way("taken", "another number", taken, give_another_number),
    Way(
        "scope",
        "bring it into that",
        out_of_scope,
        let_it_go,
        "erp: {scope: PartyType eq 'Organization' and OnHoldStatus eq 'No'}\n",
    ),
    Way("look-alike", "give", look_alikes, give_another_key),
    Way("stranger", "couple them", strangers, lambda rig, row_id: couple(rig.flow(), FIRST, row_id)),
    Way("stranger", "correct the number", strangers, correct_the_number),
    Way("revived", "retry if it is to stay", back_from_the_dead, lambda rig, _: retry(rig)),
    Way("revived", "delete it in", back_from_the_dead, delete_again),
    Way("exists", "change a key and retry", not_seen_yet, wait_and_retry),
    Way("maybe-created", "couple the two by hand", may_be_there, couple_what_is_there),
    Way("maybe-created", "couple them", resembling, couple_what_resembles),
    Way("maybe-created", "retry if it is another", resembling, take_for_another),
    Way("", "see to that and retry", cannot_go, see_to_it),
    Way("ambiguous", "couple it with one of them by hand", two_match, couple_one, BOTH, PERSONS),
    Way("ambiguous", "change the others", two_match, change_the_other, BOTH, PERSONS),
    Way("owner", "uncouple it there and retry it here", of_another_flow, uncouple_there, BOTH, PERSONS),
    Way("claimed", "decide about that one first", claimed, decide_about_that, BOTH, PERSONS),
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.code}: {way.says}")
def test_the_way_out_that_a_message_names_works(tmp_path: Path, way: Way) -> None:
    """A person does what it says, and the reason is gone: also after a pass, and after another one."""

    async def story(rig: Rig) -> None:
        state = await way.happens(rig)
        told = messages(rig, way)
        assert told, [item for row in aside(rig, way.flow) for item in row.items]
        assert any(way.says in each for each in told), told
        await way.out(rig, state)
        await rig.pump()
        for _ in range(2):
            await rig.compare(*{way.flow, CUSTOMERS})
        assert messages(rig, way) == []

    on_stage(story, maps_of(way, tmp_path))


def maps_of(way: Way, folder: Path) -> Catalogue | None:
    if way.overlay == BOTH:
        return both_flows(folder)
    return maps_with(folder, way.overlay) if way.overlay else None


def test_no_reason_is_without_a_way_out() -> None:
    """Every code that a record as a whole is set aside with stands above, but for the system's own."""
    sources = [path.read_text("utf-8") for path in sorted(ENGINE.rglob("*.py"))]
    codes = {code for text in sources for code in re.findall(r'whole_record\(\s*"([a-z-]+)"', text)}
    assert codes <= {way.code for way in WAYS}
