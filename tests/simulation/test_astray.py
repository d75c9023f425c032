"""References that cannot mean anything, and what people read of those that do not yet: codes and names, and no ids."""

from __future__ import annotations

import pytest

from shared.engine import explain
from shared.ledger import PARKED, WAITING, read_trouble
from tests.simulation.rig import DATAVERSE, Rig, on_stage
from tests.simulation.test_dual_write_model import OF_CUSTOMERS, OF_VENDORS, in_company, look, opened, person, persons

LINE = "AssociatedContactNumber = parentcustomerid.Account(accountnumber)"


def under(rig: Rig, contact: str) -> str:
    """A contact whose company is another contact."""
    row = {"firstname": "Bo", "lastname": "Ek", **in_company(rig)}
    row["parentcustomerid_contact@odata.bind"] = f"/contacts({contact})"
    return rig.world.dataverse.create("contacts", row)


def test_a_contact_under_a_contact_where_the_line_looks_for_accounts_is_an_error() -> None:
    """Nothing that comes could ever be what is waited for. It says by name what it points to, and what may stand."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        other = person(rig, account)
        row_id = under(rig, other)
        outcome = await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))
        assert (outcome.kind, outcome.codes) == ("parked", ("another-table",))
        (row,) = [read_trouble(each) for each in rig.rows(PARKED, OF_CUSTOMERS)]
        (item,) = row.items
        assert item["line"] == LINE
        assert "'Ada King' of contacts, and the line looks in accounts only: choose one of accounts" in item["message"]
        assert other not in str(row.items)
        assert item["message"] in (await explain(rig.flow(OF_CUSTOMERS), DATAVERSE, (row_id,)))["why"]
        rig.world.dataverse.update("contacts", row_id, {"parentcustomerid_account@odata.bind": f"/accounts({account})"})
        assert (await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))).kind == "created"
        assert [each["FirstName"] for each in persons(rig)] == ["Bo"]

    on_stage(story)


def test_a_coupled_contact_that_is_put_under_a_contact_is_an_error_too() -> None:
    """The pair stays, and the record is set aside until its company is an account again."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row_id = person(rig, account)
        assert (await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))).kind == "created"
        other = person(rig, account, firstname="Cy")
        changed = {"parentcustomerid_contact@odata.bind": f"/contacts({other})"}
        rig.world.dataverse.update("contacts", row_id, changed)
        assert (await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))).kind == "parked"
        (row,) = [read_trouble(each) for each in rig.rows(PARKED, OF_CUSTOMERS)]
        assert other not in " ".join(str(item["message"]) for item in row.items)
        assert not rig.rows(WAITING, OF_CUSTOMERS)

    on_stage(story)


@pytest.mark.parametrize("number", [None, "A-9"])
def test_what_is_waited_for_is_named(number: str | None) -> None:
    """By its number, or, where it has none yet, by its name; never by its id."""

    async def story(rig: Rig) -> None:
        await opened(rig)
        account = rig.account(number, name="Northwind")
        row_id = person(rig, account)
        assert (await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))).kind == "waiting"
        (row,) = [read_trouble(each) for each in rig.rows(WAITING, OF_CUSTOMERS)]
        messages = " ".join(str(item["message"]) for item in row.items)
        assert (number or "Northwind") in messages
        assert account not in messages

    on_stage(story)


def test_a_row_that_another_flow_has_is_told_by_its_number() -> None:
    """Whoever reads that it belongs to another flow knows which one is meant."""

    async def story(rig: Rig) -> None:
        account, _ = await opened(rig)
        row_id = person(rig, account)
        assert (await look(rig, OF_CUSTOMERS, DATAVERSE, (row_id,))).kind == "created"
        rig.world.dataverse.update("contacts", row_id, {"msdyn_contactforvendor": True})
        await look(rig, OF_VENDORS, DATAVERSE, (row_id,))
        rows = [read_trouble(each) for each in (*rig.rows(WAITING, OF_VENDORS), *rig.rows(PARKED, OF_VENDORS))]
        (item,) = [item for row in rows for item in row.items]
        assert (item["code"], item["value"]) == ("owner", row_id)
        (somebody,) = persons(rig)
        called = f"{somebody['ContactPersonPartyNumber']} Ada King"
        assert f"the row '{called}' belongs to {OF_CUSTOMERS}" in item["message"]

    on_stage(story)
