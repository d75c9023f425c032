"""Accounts and contacts of Sales by the business unit that has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.mapping import fold
from tests.simulation.prospects import ACCOUNTS, CONTACTS, NUMBER, USMF, Sales, in_sales

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

EAST = "5a0e3c11-0000-4000-8000-00000000ea57"


def test_an_account_and_its_contact_go_to_the_company_of_their_unit() -> None:
    """The shipped tables tell the unit of a row; what another unit has goes to the company of all others."""

    async def story(sales: Sales) -> None:
        twin = sales.world.dataverse
        other = sales.account("ACC-2")
        twin.create("businessunits", {"businessunitid": EAST, "name": "East"})
        twin.environment.business_unit_id = EAST
        account = sales.account()
        contact = sales.contact(account)
        for row in (other, account):
            assert (await sales.look(ACCOUNTS, row)).kind == "created"
        assert (await sales.look(CONTACTS, contact)).kind == "created"
        companies = {number: row["dataAreaId"] for number, row in sales.customers().items()}
        assert companies == {NUMBER: "demf", "ACC-2": "usmf"}
        assert [row["dataAreaId"] for row in sales.persons().values()] == ["demf"]

    in_sales(story, options=replace(USMF, units={fold("East"): "demf"}))
