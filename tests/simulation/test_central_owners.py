"""Salespeople of Business Central as owners of rows in Dataverse (scenarios of group 15)."""

from __future__ import annotations

import pytest

from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage, with_words
from tests.simulation.overlays import with_overlays
from tests.simulation.test_central_flows import salesperson

SALESPEOPLE = "business_central.salespeople"


def user(central: Central, name: str) -> str:
    """A user of Sales whom no salesperson is coupled with."""
    return central.dataverse.create("systemusers", {"fullname": name, "islicensed": True, "domainname": name})


async def test_an_owner_is_given_once_and_stays_whoever_the_salesperson_is() -> None:
    """bc-199: in step nothing changes; and assigning rows is a person's to do, so a new salesperson does not."""

    async def story(central: Central) -> None:
        _, his = salesperson(central)
        await central.visit(DATAVERSE, (his,), name=SALESPEOPLE)
        customer = central.customer(salespersonCode="JO")
        await central.visit(ERP, customer, creates="both")
        before = len(central.dataverse.history)
        assert (await central.visit(ERP, customer)).kind == "equal"
        central.erp.update(DE, "customers", customer[1], {"salespersonCode": ""})
        await central.visit(ERP, customer)
        assert (len(central.dataverse.history), central.accounts()[0]["_ownerid_value"]) == (before, his)

    await on_stage(story)


async def test_another_salesperson_of_a_customer_leaves_the_owner_of_the_account() -> None:
    """bc-200: the product makes his user the owner; here whoever wants that assigns the row. Other edits go over."""

    async def story(central: Central) -> None:
        _, his = salesperson(central)
        hers = user(central, "Anna")
        central.dataverse.update("systemusers", hers, {"internalemailaddress": "anna@contoso.example"})
        central.coded("salespeoplePurchasers", "AN", email="anna@contoso.example")
        await central.compare(SALESPEOPLE)
        assert len(central.couplings(SALESPEOPLE)) == 2
        customer = central.customer(salespersonCode="JO")
        await central.visit(ERP, customer, creates="both")
        central.erp.update(DE, "customers", customer[1], {"salespersonCode": "AN", "city": "Graz"})
        await central.visit(ERP, customer)
        (row,) = central.accounts()
        assert (row["_ownerid_value"], row["address1_city"], central.troubles()) == (his, "Graz", [])

    await on_stage(story)


@pytest.mark.parametrize("words", [("person",), ()], ids=["person", "team"])
async def test_a_team_that_owns_an_account_is_no_salesperson_for_a_line_that_takes_the_owner_back(
    words: tuple[str, ...],
) -> None:
    """bc-205: where persons own rows an overlay may let the owner come in, and then the line parks alone; where a team
    does there is no such line, and no error.
    """

    async def story(central: Central) -> None:
        customer = central.customer()
        row_id = (await central.visit(ERP, customer, creates="both")).dataverse
        team = central.dataverse.create("teams", {"name": "Sales"})
        central.dataverse.update("accounts", row_id, {"ownerid@odata.bind": f"/teams({team})", "telephone1": "77"})
        await central.visit(DATAVERSE, (row_id,))
        assert (central.row(customer)["phoneNumber"], central.row(customer)["salespersonCode"]) == ("77", "")
        assert len(central.troubles()) == len(words)
        assert central.accounts()[0]["_ownerid_value"] == team

    taken = "fields: |\n  salespersonCode < ownerid via salespeople ; missing error, blank keep, if person"
    await on_stage(story, with_overlays(with_words(*words), {CUSTOMERS: [taken]}))


@pytest.mark.parametrize("code", ["", "JO"])
async def test_an_owner_that_changes_in_sales_changes_no_salesperson(code: str) -> None:
    """bc-203, bc-204: the owner goes one way only, whether his user is coupled or not; other edits go over."""

    async def story(central: Central) -> None:
        _, his = salesperson(central)
        await central.visit(DATAVERSE, (his,), name=SALESPEOPLE)
        customer, row_id = central.customer(salespersonCode=code), central.account()
        await central.visit(ERP, customer)
        for owner, city in ((his, "Graz"), (user(central, "Nobody"), "Linz")):
            edit = {"ownerid@odata.bind": f"/systemusers({owner})", "address1_city": city}
            central.dataverse.update("accounts", row_id, edit)
            await central.visit(DATAVERSE, (row_id,))
            assert (central.row(customer)["salespersonCode"], central.row(customer)["city"]) == (code, city)
        assert central.accounts()[0]["_ownerid_value"] == owner

    await on_stage(story)


@pytest.mark.parametrize(("words", "kind"), [(("person",), "parked"), ((), "created")], ids=["person", "team"])
async def test_a_salesperson_who_is_not_coupled_stops_a_new_account_where_persons_own_rows(
    words: tuple[str, ...], kind: str
) -> None:
    """bc-201, bc-202: where a team owns them nobody is looked up, and there is no error."""

    async def story(central: Central) -> None:
        salesperson(central)
        customer = central.customer(salespersonCode="JO")
        assert (await central.visit(ERP, customer, creates="both")).kind == kind
        assert (len(central.accounts()), len(central.troubles())) == ((1, 0) if kind == "created" else (0, 1))

    await on_stage(story, with_words(*words))


async def test_users_whom_our_own_user_has_changed_are_taken_like_all_others() -> None:
    """bc-127: by what their rows say, not by who wrote them."""

    async def story(central: Central) -> None:
        app = next(str(row["domainname"]) for row in central.dataverse.rows("systemusers") if row["applicationid"])
        people = [central.coded("salespeoplePurchasers", code, email=f"{code}@c.example") for code in ("A", "B", "C")]
        users = [
            central.dataverse.create("systemusers", {"fullname": f"User {code}", "islicensed": True,
                "internalemailaddress": f"{code}@c.example", "domainname": code})
            for code in ("A", "B", "C")
        ]  # fmt: skip
        await central.compare(SALESPEOPLE)
        central.later(minutes=30)
        for at, (row_id, writer) in enumerate(zip(users, ("anna", app, app), strict=True)):
            central.dataverse.update("systemusers", row_id, {"fullname": f"Renamed {at}"}, user=writer)
        await central.compare(SALESPEOPLE)
        rows = [central.erp.row(DE, "salespeoplePurchasers", each[1]) for each in people]
        assert [row and row["displayName"] for row in rows] == ["Renamed 0", "Renamed 1", "Renamed 2"]

    await on_stage(story)
