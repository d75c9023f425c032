"""Contacts of Sales: who is a contact person, who a customer, and how one becomes the other."""

from __future__ import annotations

import pytest

from tests.simulation.prospects import ACCOUNTS, BUYERS, CONTACTS, NUMBER, PERSON, Sales, in_sales

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("prefix", ["koppel_", "msdynce_"])
def test_an_account_and_its_contact_become_a_customer_and_his_contact_person(prefix: str) -> None:
    """Under either prefix what Sales says arrives with the template's constants, and nothing comes back."""

    async def story(sales: Sales) -> None:
        account = sales.account(telephone1="123")
        contact = sales.contact(account, gendercode=2, donotemail=True)
        assert (await sales.look(ACCOUNTS, account)).kind == "created"
        assert (await sales.look(CONTACTS, contact)).kind == "created"
        assert (await sales.look(BUYERS, contact)).kind == "ignored"
        (customer,), (person,) = sales.customers().values(), sales.persons().values()
        assert sales.persons().keys() == {(PERSON, NUMBER)}
        assert (customer["PartyNumber"], customer["OrganizationName"], customer["PrimaryContactPhone"]) == (
            NUMBER, "Contoso", "123",
        )  # fmt: skip
        given = ("CustomerGroupId", "SiteId", "WarehouseId", "LanguageId", "AddressLocationRoles",
                 "IsExternallyMaintained", "AddressCountryRegionISOCode")  # fmt: skip
        assert [customer[name] for name in given] == ["10", "1", "13", "en-us", "Business", "Yes", "US"]
        told = ("FirstName", "Gender", "IsReceivingDirectMail", "IsInactive", "IsContactPersonExternallyMaintained")
        assert [person[name] for name in told] == ["Ada", "Female", "No", "No", "Yes"]
        before = sales.writes()
        await sales.compare()
        assert sales.writes() == before

    in_sales(story, prefix=prefix)
