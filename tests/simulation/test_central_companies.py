"""Two companies of Business Central in one Dataverse: each row says whose it is (reference: business-central 3.16)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from shared.engine import explain
from shared.mapping import DATAVERSE, ERP, Catalogue
from shared.systems import nobodys
from tests.simulation.central import CUSTOMERS, DE, US, Central, on_stage, with_words
from tests.simulation.central_contacts import CONTACTS, met, people
from tests.simulation.test_central_flows import SUITE, product, salesperson

COLUMN: Final = "koppel_company"


def of_both() -> Catalogue:
    """The maps of the suite with the connector and several companies."""
    return with_words("person", "connector", "companies")


def set_up(central: Central) -> None:
    """Dataverse has the column that says whose a row is, and the currency of both."""
    central.dataverse.set_up()
    dollar = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1}
    central.dataverse.create("transactioncurrencies", {**dollar, "currencyprecision": 2})


async def with_both(story: Callable[[Central], Coroutine[Any, Any, None]]) -> None:
    """Plays a story of both companies, in a Dataverse that is set up."""

    async def prepared(central: Central) -> None:
        set_up(central)
        await story(central)

    await on_stage(prepared, of_both(), (DE, US))


def american(central: Central) -> str:
    return central.erp.company(US).id


def customer(central: Central, number: str = "C100", **values: Any) -> tuple[str, str]:
    """A customer of the second company."""
    row = {"number": number, "displayName": "Adatum", "postalCode": "1010", **values}
    return american(central), str(central.erp.create(US, "customers", row)["id"])


def theirs_in(central: Central, number: str = "C100") -> str:
    """An account of the second company, in its currency."""
    rows = central.dataverse.rows("transactioncurrencies")
    dollar = next(row["transactioncurrencyid"] for row in rows if row["isocurrencycode"] == "USD")
    currency = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({dollar})"}
    return central.account(accountnumber=number, **currency, **{COLUMN: american(central)})


def account(central: Central, row_id: str) -> Mapping[str, Any]:
    row = central.dataverse.row("accounts", row_id)
    assert row is not None
    return row


async def test_a_new_row_says_whose_it_is() -> None:
    """Of either company: the id of the company, which outlives its name."""

    async def story(central: Central) -> None:
        first = await central.visit(ERP, central.customer(), creates="both")
        second = await central.visit(ERP, customer(central), creates="both")
        assert account(central, first.dataverse)[COLUMN] == central.company
        assert account(central, second.dataverse)[COLUMN] == american(central)

    await with_both(story)


async def test_one_number_in_two_companies() -> None:
    """Each finds the account of its own company; one that says nothing is the first company's."""

    async def story(central: Central) -> None:
        silent = central.account(accountnumber="C100")
        theirs = theirs_in(central)
        assert (await central.visit(ERP, central.customer())).dataverse == silent
        assert (await central.visit(ERP, customer(central))).dataverse == theirs
        assert (await central.compare()).counts == {"equal": 2}
        assert account(central, silent)[COLUMN] is None

    await with_both(story)


async def test_a_row_of_another_company_is_left_alone() -> None:
    """Of one that is not synchronised, too: nothing is made of it, and explain says why."""

    async def story(central: Central) -> None:
        central.customer()
        strange = "0c0ffee0-0000-4000-8000-000000000009"
        row_id = central.account(accountnumber="C100", **{COLUMN: strange})
        assert (await central.visit(DATAVERSE, (row_id,), creates="both")).kind == "ignored"
        assert (central.couplings(), central.troubles()) == ([], [])
        told = await explain(central.house.flow(CUSTOMERS), DATAVERSE, (row_id,))
        assert strange in told["why"]

    await with_both(story)


async def test_a_row_that_moves_to_another_company() -> None:
    """It is parked with both names, and nothing is written."""

    async def story(central: Central) -> None:
        row_id = central.account(accountnumber="C100")
        identity = central.customer()
        await central.visit(ERP, identity)
        central.dataverse.update("accounts", row_id, {COLUMN: american(central), "telephone1": "7"})
        assert (await central.visit(DATAVERSE, (row_id,))).kind == "parked"
        assert central.row(identity)["phoneNumber"] == ""
        ((code, words),) = central.troubles()
        assert (code, american(central) in words) == ("company", True)

    await with_both(story)


async def test_a_contact_belongs_to_the_company_of_its_account() -> None:
    """It is made there; under an account of the other company nobody is made."""

    async def story(central: Central) -> None:
        theirs = theirs_in(central)
        await central.visit(ERP, customer(central))
        parent = {"parentcustomerid_account@odata.bind": f"/accounts({theirs})"}
        anna = {"firstname": "Anna", "lastname": "Berg", **parent}
        row_id = central.dataverse.create("contacts", {**anna, COLUMN: american(central)})
        made = await met(central, row_id, creates="both")
        assert (made.kind, people(central)) == ("created", [])
        cards = [row for row in central.erp.rows(US, "contactCards") if row["type"] == "Person"]
        assert [row["displayName"] for row in cards] == ["Anna Berg"]
        silent = central.dataverse.create("contacts", anna)
        assert (await met(central, silent, creates="both")).kind == "waiting"
        ((_, words),) = central.troubles(CONTACTS)
        assert "of another company" in words

    await with_both(story)


async def test_what_rows_of_all_companies_share() -> None:
    """Users, units and currencies hold no company: they are coupled with the first one's records, and those of the
    other mean the same by e-mail or code.
    """

    async def story(central: Central) -> None:
        _, user = salesperson(central)
        await central.visit(DATAVERSE, (user,), name=f"{SUITE}.salespeople")
        jim = {"code": "JIM", "displayName": "Jim", "email": "jim@contoso.example"}
        central.erp.create(US, "salespeoplePurchasers", jim)
        second = await central.visit(ERP, customer(central, salespersonCode="JIM"), creates="both")
        assert account(central, second.dataverse)["_ownerid_value"] == user
        central.erp.create(
            US, "salespeoplePurchasers", {"code": "JO", "displayName": "Joan", "email": "joan@x.example"}
        )
        other = await central.visit(ERP, customer(central, "C200", salespersonCode="JO"), creates="both")
        assert other.kind == "parked"

    await with_both(story)


async def test_a_unit_of_the_second_company() -> None:
    """Is left alone itself, as its group is the first company's; its items find that group, and are at peace."""

    async def story(central: Central) -> None:
        await central.visit(ERP, central.coded("unitsOfMeasure", "PCS"), name=f"{SUITE}.units_of_measure")
        unit = str(central.erp.create(US, "unitsOfMeasure", {"code": "PCS"})["id"])
        outcome = await central.visit(ERP, (american(central), unit), name=f"{SUITE}.units_of_measure")
        assert outcome.kind == "ignored"
        group = next(row for row in central.dataverse.rows("uomschedules") if row["name"] == "NAV PCS")
        values = product(central, "I100", str(group["uomscheduleid"]))
        row_id = central.dataverse.create("products", {**values, COLUMN: american(central)})
        central.dataverse.update("products", row_id, {"statecode": 0, "statuscode": 1})
        item = {"number": "I100", "displayName": "Chair", "baseUnitOfMeasureId": unit}
        identity = (american(central), str(central.erp.create(US, "itemCards", item)["id"]))
        assert (await central.visit(ERP, identity, name=f"{SUITE}.items")).dataverse == row_id
        assert central.troubles(f"{SUITE}.items") == []
        assert (await central.compare(f"{SUITE}.items")).counts == {"equal": 1}

    await with_both(story)


async def test_a_row_that_says_nothing_is_the_first_companys() -> None:
    """It is not listed as nobody's; beside another suite, where nobody has such rows, it would be.

    Nor is one that its type keeps out: a company would not let it in.
    """

    async def story(central: Central) -> None:
        central.account(accountnumber="C100")
        central.account(accountnumber="P100", customertypecode=8)
        maps = [each for each in central.maps.sound() if each.dataverse.entity.name == "accounts"]
        assert (await nobodys(central.house.dataverse, maps, {each.name for each in maps})).rows == 0
        assert (await nobodys(central.house.dataverse, maps)).rows == 2

    await with_both(story)
