"""Ways out where one of a pair was deleted, or left the scope: what a person does about the other."""

from __future__ import annotations

from typing import Final

from shared.engine import clear, uncouple
from tests.simulation import test_cascades as cascades
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled
from tests.simulation.test_cascades import CONTACTS
from tests.simulation.test_left_to_people import drop
from tests.simulation.ways import FIRST, Way, retry

LEAVES: Final = "policy: {leaves: delete}\n"


async def part(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(), DATAVERSE, (row_id,))


async def deleted_and_edited(rig: Rig) -> str:
    row_id = await coupled(rig)
    drop(rig, ERP, row_id)
    rig.change(row_id, name="Edited")
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def just_deleted(rig: Rig) -> str:
    row_id = await coupled(rig)
    drop(rig, ERP, row_id)
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def delete_too(rig: Rig, row_id: str) -> None:
    drop(rig, DATAVERSE, row_id)
    await rig.visit(DATAVERSE, (row_id,))
    assert all(each.ended for each in rig.couplings())


async def create_again(rig: Rig, row_id: str) -> None:
    await uncouple(rig.flow(), DATAVERSE, (row_id,))
    await clear(rig.flow(), DATAVERSE, (row_id,))
    await rig.pump()
    assert (rig.erp() is not None, rig.dataverse() is not None) == (True, True)


async def hung_on(rig: Rig) -> None:
    """A customer is deleted in the ERP, and its account has a contact."""
    await cascades.with_contact(rig)
    cascades.drop(rig, ERP, "CustomersV3", CustomerAccount=ACCOUNT)
    await rig.compare(CUSTOMERS, CONTACTS)


async def delete_what_hangs(rig: Rig, _: object) -> None:
    (found,) = rig.world.dataverse.rows("contacts")
    rig.world.dataverse.delete("contacts", str(found["contactid"]))
    await rig.compare()
    assert rig.accounts() == []


async def part_hung(rig: Rig, _: object) -> None:
    await uncouple(rig.flow(), ERP, FIRST)
    await rig.compare()
    assert len(rig.accounts()) == 1


async def delete_the_group(rig: Rig, _: object) -> None:
    await retry(rig)
    assert (cascades.people(rig), rig.erp()) == ((0, 0), None)


async def create_the_group(rig: Rig, _: object) -> None:
    await uncouple(rig.flow(), ERP, FIRST)
    await clear(rig.flow(), ERP, FIRST)
    await rig.pump()
    await rig.compare(CUSTOMERS, CONTACTS)
    await rig.pump()
    assert (cascades.people(rig), len(rig.accounts())) == ((1, 1), 1)


async def delete_her(rig: Rig, _: object) -> None:
    await retry(rig, CONTACTS)
    assert cascades.people(rig) == (0, 0)


async def create_her(rig: Rig, _: object) -> None:
    """Her account has to be there, too."""
    await create_the_group(rig, None) if not rig.accounts() else None
    assert cascades.people(rig) == (1, 1)


async def left(rig: Rig) -> str:
    await rig.unversioned((ERP, "CustomersV3"))
    row_id = await coupled(rig)
    rig.change(row_id, customertypecode=8)
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def left_and_edited(rig: Rig) -> str:
    row_id = await coupled(rig)
    rig.change(row_id, customertypecode=8)
    rig.edit(OrganizationName="Edited")
    await rig.visit(DATAVERSE, (row_id,))
    return row_id


async def bring_back(rig: Rig, row_id: str) -> None:
    rig.change(row_id, customertypecode=3)
    await rig.visit(DATAVERSE, (row_id,))
    assert rig.both("OrganizationName", "name")[0] == rig.both("OrganizationName", "name")[1]


OF_ENDS: Final = (
    Way("deleted-edited", "delete it in Dataverse too", deleted_and_edited, delete_too),
    Way("deleted-edited", "clear that to create it in the ERP again", deleted_and_edited, create_again),
    Way("deleted-edited", "uncouple the two", deleted_and_edited, part),
    Way("deleted", "delete it in Dataverse too", just_deleted, delete_too, "policy: {delete: park}\n"),
    Way("deleted", "clear that to create it in the ERP again", just_deleted, create_again, "policy: {delete: park}\n"),
    Way("depends", "move or delete that", hung_on, delete_what_hangs),
    Way("depends", "uncouple the two to keep it", hung_on, part_hung),
    Way("depends", "retry this to delete them all", cascades.account_deleted, delete_the_group),
    Way("depends", "uncouple the two and clear that", cascades.account_deleted, create_the_group),
    Way("went-along", "retry to delete it", cascades.account_deleted, delete_her, flow=CONTACTS),
    Way("went-along", "uncouple the two and clear that", cascades.account_deleted, create_her, flow=CONTACTS),
    Way("left", "bring it back", left, bring_back, LEAVES),
    Way("left", "uncouple the two", left, part, LEAVES),
    Way("left-edited", "bring it back", left_and_edited, bring_back, LEAVES),
    Way("left-edited", "uncouple the two", left_and_edited, part, LEAVES),
)
