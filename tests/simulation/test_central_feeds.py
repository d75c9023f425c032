"""What changed in Business Central is found without an event: by when records were modified, by the server's clock."""

from __future__ import annotations

from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import DE, Central, on_stage


async def paired(central: Central) -> tuple[tuple[str, str], str]:
    """A customer and his account, in sync, and both sides compared."""
    identity, row_id = central.customer(), central.account()
    await central.visit(ERP, identity)
    await central.compare()
    central.later(minutes=30)
    return identity, row_id


async def test_an_edit_is_found_by_its_stamp() -> None:
    """Within the schedule of catching up, with no event, and without reading what nobody has touched."""

    async def story(central: Central) -> None:
        identity, _ = await paired(central)
        await central.catch_up()
        central.later(minutes=30)
        central.erp.update(DE, "customers", identity[1], {"city": "Graz"})
        central.customer("C200", displayName="Trey")
        await central.catch_up()
        assert central.accounts()[0]["address1_city"] == "Graz"

    await on_stage(story)


async def test_both_sides_are_caught_up() -> None:
    """Each by a cursor of its own (bc-123, bc-125), and what was read well before it is not read again (bc-061)."""

    async def story(central: Central) -> None:
        identity, row_id = await paired(central)
        central.account(name="Trey")
        for _ in range(2):
            await central.catch_up()
            central.later(minutes=30)
        central.erp.update(DE, "customers", identity[1], {"city": "Graz"})
        central.dataverse.update("accounts", row_id, {"telephone1": "77"})
        assert "ignored" not in (await central.catch_up()).counts
        assert central.row(identity)["phoneNumber"] == "77"
        account = central.dataverse.row("accounts", row_id)
        assert account is not None
        assert account["address1_city"] == "Graz"

    await on_stage(story)


async def test_our_own_writes_come_back_as_agreed() -> None:
    """Nothing is written for them anywhere, however often they are read."""

    async def story(central: Central) -> None:
        _, row_id = await paired(central)
        central.dataverse.update("accounts", row_id, {"telephone1": "77"})
        await central.visit(DATAVERSE, (row_id,))
        before = len(central.erp.history), len(central.dataverse.history)
        for _ in range(3):
            await central.catch_up()
            central.later(minutes=30)
        assert (len(central.erp.history), len(central.dataverse.history)) == before

    await on_stage(story)


async def test_a_long_transaction_is_not_missed() -> None:
    """It is stamped when it writes, and seen when it ends: the next look reaches back behind it (bc-124)."""

    async def story(central: Central) -> None:
        identity, _ = await paired(central)
        central.customer("C300", displayName="Somebody else")
        await central.catch_up()
        central.later(minutes=-9)
        central.erp.update(DE, "customers", identity[1], {"city": "Linz"})
        central.later(minutes=39)
        await central.catch_up()
        assert central.accounts()[0]["address1_city"] == "Linz"

    await on_stage(story)


async def test_a_deleted_customer_is_found_by_the_compare_pass() -> None:
    """Stamps tell of no delete; what becomes of the account is a person's to say."""

    async def story(central: Central) -> None:
        identity, _ = await paired(central)
        for number in range(12):
            central.customer(f"D{number}", displayName=f"Somebody {number}")
        central.erp.delete(DE, "customers", identity[1])
        await central.catch_up()
        assert central.troubles() == []
        await central.compare()
        assert [code for code, _ in central.troubles()] == ["deleted"]
        assert len(central.accounts()) == 1

    await on_stage(story)
