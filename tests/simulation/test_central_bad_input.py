"""What people type, delete and rename that nobody foresaw: it is told by number or name, it loses nothing, and a second
run finds everything as the first one left it (reference: business-central 5.2, 5.4).
"""

from __future__ import annotations

from typing import Final

import pytest

from shared.engine import Wake, explain, uncouple, visit
from shared.ledger import PARKED, read_trouble
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage, shipped
from tests.simulation.central_contacts import SUITE, buyer
from tests.simulation.overlays import with_overlays
from tests.simulation.test_central_flows import salesperson

SALESPEOPLE: Final = f"{SUITE}.salespeople"
VENDORS: Final = f"{SUITE}.vendors"


def words(central: Central) -> list[str]:
    """All that is said of customers that are set aside."""
    return [message for _, message in central.troubles()]


def written(central: Central) -> tuple[int, int]:
    return len(central.erp.history), len(central.dataverse.history)


async def runs_unchanged(central: Central) -> bool:
    """Two further passes write nothing to either side, and say what was said before."""
    before, said = written(central), words(central)
    for _ in range(2):
        await central.compare()
    return (written(central), words(central)) == (before, said)


def names_no_id_of(central: Central, message: str) -> bool:
    """Whether a message tells its records by what people call them, and none by an id of either side."""
    ids = [str(row["id"]) for row in central.rows()] + [str(row["accountid"]) for row in central.accounts()]
    return not any(each in message for each in [central.company, *ids])


# -- codes


@pytest.mark.parametrize("typed", ["at", " at", "  AT ", "At  "])
async def test_a_code_is_the_same_in_any_letters_and_with_blanks_around_it(typed: str) -> None:
    """5.4: Business Central keeps codes trimmed and in capitals. What was typed stays, and is no edit of Business
    Central's; however often somebody types it, no machine is suspected of it.
    """

    async def story(central: Central) -> None:
        central.erp.load(DE, "countriesRegions", [{"code": "AT", "displayName": "Austria"}])
        identity, row_id = await buyer(central)
        for city in ("Wien", "Graz", "Linz", "Wels", "Enns"):
            central.later(minutes=5)
            central.dataverse.update("accounts", row_id, {"address1_country": typed, "address1_city": city})
            assert (await central.visit(DATAVERSE, (row_id,))).kind == "updated"
            (account,) = central.accounts()
            assert (central.row(identity)["country"], account["address1_country"]) == ("AT", typed)
            central.dataverse.update("accounts", row_id, {"address1_country": "AT"})
            assert (await central.visit(DATAVERSE, (row_id,))).kind == "equal"
        assert words(central) == []
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("typed", ["at", " at"])
async def test_two_that_match_have_no_difference_in_the_spelling_of_a_code(typed: str) -> None:
    """Neither side is written, and nobody is asked."""

    async def story(central: Central) -> None:
        central.erp.load(DE, "countriesRegions", [{"code": "AT", "displayName": "Austria"}])
        identity = central.customer(country="AT", city="Wien")
        row_id = central.account(accountnumber="C100", address1_country=typed, address1_city="Wien")
        before = written(central)
        assert (await central.visit(ERP, identity)).dataverse == row_id
        assert (written(central), central.kept("c~"), words(central)) == (before, [], [])
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("typed", [" c1/'&b ", "c1/'&b", "C1/'&B  "])
async def test_a_number_finds_its_customer_however_it_is_typed(typed: str) -> None:
    """With marks that addresses and filters give a meaning to; no second customer is made beside him."""

    async def story(central: Central) -> None:
        identity = central.customer("C1/'&B", displayName="Adatum")
        row_id = central.account(name="Adatum Corporation", accountnumber=typed)
        await central.visit(DATAVERSE, (row_id,), creates="both")
        assert [(each.erp, each.dataverse) for each in central.couplings()] == [(identity, row_id)]
        assert len(central.rows()) == 1
        assert await runs_unchanged(central)

    await on_stage(story)


async def test_a_number_that_begins_with_a_blank_is_not_found_by_its_customer_and_says_so() -> None:
    """Dataverse has no filter that passes over it: met first, the customer gets an account of his own, and the account
    of the padded number parks with the names of both; in its turn first it would have been coupled.
    """

    async def story(central: Central) -> None:
        identity = central.customer()
        padded = central.account(name="Adatum Corporation", accountnumber=" C100", address1_postalcode="9999")
        assert (await central.visit(ERP, identity, creates="both")).kind == "created"
        assert (await central.visit(DATAVERSE, (padded,), creates="both")).kind == "parked"
        (said,) = words(central)
        assert "what matches it is coupled already ('C100 Adatum' in the ERP with 'Adatum' in Dataverse)" in said
        assert (len(central.rows()), len(central.accounts())) == (1, 2)

    await on_stage(story)


# -- whom a message is about


@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
@pytest.mark.parametrize("named", ["Adatum", "C100 Adatum"])
async def test_a_partner_that_is_gone_is_told_by_what_the_other_one_is_called(gone: Side, named: str) -> None:
    """Its id says nothing to anybody, and its number went with it."""

    async def story(central: Central) -> None:
        number = "C100" if named != "Adatum" else None
        identity, row_id = central.customer(), central.account(accountnumber=number)
        await central.visit(ERP, identity)
        central.later(minutes=5)
        central.erp.delete(DE, "customers", identity[1]) if gone == ERP else central.dataverse.delete(
            "accounts", row_id
        )
        await central.compare()
        (said,) = words(central)
        name, place = ("C100 Adatum", "Dataverse") if gone == DATAVERSE else (named, "the ERP")
        assert said.startswith(f"'{name}' in {place} was deleted: ")
        assert identity[1] not in said
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("number", [None, "C100"])
async def test_two_accounts_of_one_customer_are_told_apart(number: str | None) -> None:
    """bc-063: by name, and where they share it by their ids as well; nobody is coupled, nobody is made."""

    async def story(central: Central) -> None:
        identity = central.customer()
        first, second = (central.account(accountnumber=number) for _ in range(2))
        assert (await central.visit(ERP, identity, creates="both")).kind == "parked"
        called = f"'{number} Adatum'" if number else "'Adatum'"
        (said,) = words(central)
        assert all(f"{called} ({each})" in said for each in (first, second))
        await central.visit(DATAVERSE, (first,), creates="both")
        assert any("2 records match 'C100 Adatum', which matches it: couple that" in each for each in words(central))
        assert (len(central.rows()), len(central.accounts()), central.couplings()) == (1, 2, [])
        await central.compare()
        assert await runs_unchanged(central)

    await on_stage(story)


async def test_two_customers_of_one_account_are_told_by_their_numbers() -> None:
    """Of the same name and post code, so that nothing but the number tells them apart."""

    async def story(central: Central) -> None:
        central.customer("C1")
        central.customer("C2")
        assert (await central.visit(DATAVERSE, (central.account(),), creates="both")).kind == "parked"
        (said,) = words(central)
        assert said.endswith("or change the others: 'C1 Adatum', 'C2 Adatum'")
        assert names_no_id_of(central, said)

    await on_stage(story)


async def test_a_match_that_is_coupled_with_another_is_told_with_both_names() -> None:
    """5.4: whom to uncouple is said by number and name."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        other = central.customer("C200", displayName="Adatum")
        central.dataverse.update("accounts", row_id, {"accountnumber": "C200"})
        assert (await central.visit(ERP, other, creates="both")).kind == "parked"
        (said,) = words(central)
        assert "('C100 Adatum' in the ERP with 'C200 Adatum' in Dataverse)" in said
        assert names_no_id_of(central, said)
        assert [each.erp for each in central.couplings()] == [identity]

    await on_stage(story)


async def test_a_match_outside_the_scope_or_of_another_name_is_told_by_its_number() -> None:
    """An account that was deactivated; a customer whose number belongs to somebody else."""

    async def story(central: Central) -> None:
        inactive = central.account(accountnumber="C1", name="Trey")
        central.dataverse.update("accounts", inactive, {"statecode": 1, "statuscode": 2})
        central.account(accountnumber="C2", name="Fabrikam")
        for number, name in {"C1": "Trey", "C2": "Litware"}.items():
            await central.visit(ERP, central.customer(number, displayName=name), creates="both")
        said = sorted(words(central))
        assert said[0].startswith("'C1 Trey', which matches it, is outside the flow's scope in Dataverse")
        assert said[1].startswith("C2 is 'Litware' in the ERP and 'Fabrikam' in Dataverse")
        assert all(names_no_id_of(central, each) for each in said)

    await on_stage(story)


async def test_explain_says_with_whom_a_record_will_be_coupled() -> None:
    async def story(central: Central) -> None:
        central.customer()
        row_id = central.account(accountnumber="C100")
        told = await explain(central.house.flow(CUSTOMERS), DATAVERSE, (row_id,))
        assert told["why"] == "it will be coupled with the record that matches it: 'C100 Adatum'"

    await on_stage(story)


# -- texts and references


async def test_a_text_that_is_too_long_parks_alone_with_both_lengths() -> None:
    """5.4: 150 characters against 100, and a county of 40 against 30: what stands there stays, other fields go over."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central, state="Wien")
        too_long = {"name": "X" * 150, "address1_stateorprovince": "Y" * 40, "address1_city": "Graz"}
        central.dataverse.update("accounts", row_id, too_long)
        await central.visit(DATAVERSE, (row_id,))
        row = central.row(identity)
        assert (row["displayName"], row["state"], row["city"]) == ("Adatum", "Wien", "Graz")
        lengths = [("150", "displayName takes 100"), ("40", "state takes 30")]
        assert words(central) == [f"the text has {length} characters, {takes}" for length, takes in lengths]
        assert await runs_unchanged(central)
        central.dataverse.update("accounts", row_id, {"name": "X", "address1_stateorprovince": "Y"})
        await central.visit(DATAVERSE, (row_id,))
        assert (central.row(identity)["displayName"], words(central)) == ("X", [])

    await on_stage(story)


async def test_a_name_that_stands_cut_off_is_left_so() -> None:
    """5.4: the second run is unchanged, and neither name is written over the other."""

    async def story(central: Central) -> None:
        identity = central.customer(displayName="X" * 100)
        row_id = central.account(name="X" * 150, accountnumber="C100")
        assert (await central.visit(ERP, identity)).dataverse == row_id
        assert (len(central.row(identity)["displayName"]), len(central.accounts()[0]["name"])) == (100, 150)
        assert (central.kept("c~"), words(central)) == ([], [])
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("code", ["A/B", "O'N", "R&D", "30 D%", "Ä#1?"])
@pytest.mark.parametrize(
    ("set_name", "name"), [("unitsOfMeasure", "units_of_measure"), ("paymentTerms", "payment_terms")]
)
async def test_a_code_may_have_any_marks(code: str, set_name: str, name: str) -> None:
    """It makes its group or its option once, and is found again."""

    async def story(central: Central) -> None:
        identity, flow = central.coded(set_name, code), f"{SUITE}.{name}"
        assert (await central.visit(ERP, identity, name=flow)).kind == "created"
        before = written(central)
        assert (await central.compare(flow)).counts["equal"] >= 1
        assert (written(central), central.troubles(flow)) == (before, [])

    await on_stage(story)


async def test_a_currency_that_the_other_side_lacks_is_named_and_holds_back_its_line_alone() -> None:
    """One that is no ISO code, and so no currency of Dataverse; one of an account that Business Central lacks."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        central.coded("currencies", "GOLD")
        central.erp.update(DE, "customers", identity[1], {"currencyCode": "GOLD", "city": "Graz"})
        await central.visit(ERP, identity)
        ((code, said),) = central.troubles()
        assert (code, "'GOLD'" in said, central.accounts()[0]["address1_city"]) == ("missing", True, "Graz")
        assert await runs_unchanged(central)
        central.erp.update(DE, "customers", identity[1], {"currencyCode": ""})
        await central.visit(ERP, identity)
        assert words(central) == []
        usd = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1}
        dollar = central.dataverse.create("transactioncurrencies", {**usd, "currencyprecision": 2})
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({dollar})"}
        central.dataverse.update("accounts", row_id, {**bind, "telephone1": "77"})
        await central.visit(DATAVERSE, (row_id,))
        ((item,),) = (read_trouble(row).items for row in central.kept(PARKED))
        assert (item["line"].split()[0], item["value"]) == ("currencyCode", "USD")
        assert (central.row(identity)["phoneNumber"], central.row(identity)["currencyCode"]) == ("77", "EUR")
        assert await runs_unchanged(central)

    await on_stage(story)


# -- owners


async def test_a_user_who_lost_his_licence_keeps_his_code_and_his_customers() -> None:
    """3.1: the pair sleeps and says so, and new accounts are his as before; with the licence back it wakes up."""

    async def story(central: Central) -> None:
        jim, user = salesperson(central)
        await central.visit(DATAVERSE, (user,), name=SALESPEOPLE)
        central.dataverse.update("systemusers", user, {"islicensed": False, "fullname": "Jim Gone"})
        assert (await central.visit(DATAVERSE, (user,), name=SALESPEOPLE)).kind == "dormant"
        told = await explain(central.house.flow(SALESPEOPLE), DATAVERSE, (user,))
        assert "outside the scope in Dataverse" in told["why"]
        customer = central.customer(salespersonCode="JO")
        assert (await central.visit(ERP, customer, creates="both")).kind == "created"
        assert central.accounts()[0]["_ownerid_value"] == user
        assert await runs_unchanged(central)
        central.dataverse.update("systemusers", user, {"islicensed": True})
        await central.visit(DATAVERSE, (user,), name=SALESPEOPLE)
        row = central.erp.row(DE, "salespeoplePurchasers", jim[1])
        assert row is not None
        assert row["displayName"] == "Jim Gone"

    await on_stage(story)


async def test_a_blank_salesperson_and_a_team_that_owns_hold_nothing_back() -> None:
    """The account is whose it would be of itself; given to a team it stays the team's, and goes on."""

    async def story(central: Central) -> None:
        customer = central.customer(salespersonCode="")
        row_id = (await central.visit(ERP, customer, creates="both")).dataverse
        team = central.dataverse.create("teams", {"name": "Sales"})
        central.dataverse.update("accounts", row_id, {"ownerid@odata.bind": f"/teams({team})", "telephone1": "77"})
        await central.visit(DATAVERSE, (row_id,))
        assert (central.row(customer)["phoneNumber"], central.row(customer)["salespersonCode"]) == ("77", "")
        assert central.accounts()[0]["_ownerid_value"] == team
        assert (words(central), await runs_unchanged(central)) == ([], True)

    await on_stage(story)


# -- ends


async def test_a_customer_with_open_orders_is_not_deleted_with_his_account() -> None:
    """The words of Business Central say why, by his number, and what to do; once the order is done he goes."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        central.later(minutes=5)
        central.erp.company(DE).usage.orders.append(("C100", "I100"))
        central.dataverse.delete("accounts", row_id)
        await central.visit(DATAVERSE, (row_id,))
        (said,) = words(central)
        assert "You cannot delete Customer C100 because there is at least one outstanding Sales Order" in said
        assert "see to that and retry, or uncouple the two to keep it" in said
        assert await runs_unchanged(central)
        central.erp.company(DE).usage.orders.clear()
        flow = central.house.flow(CUSTOMERS)
        await visit(flow, Wake(ERP, identity, await flow.ledger.ask(ERP, identity)))
        assert (central.rows(), words(central)) == ([], [])

    await on_stage(story, with_overlays(shipped(), {CUSTOMERS: ["policy: {delete: propagate}"]}))


async def test_an_account_that_turns_from_customer_to_vendor_is_told_where_it_belongs() -> None:
    """5.4: it sleeps as a customer; as a vendor it says who has it, by name, and comes once the two are uncoupled."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        central.dataverse.update("accounts", row_id, {"customertypecode": 11})
        assert (await central.visit(DATAVERSE, (row_id,))).kind == "dormant"
        assert (await central.visit(DATAVERSE, (row_id,), name=VENDORS, creates="both")).kind == "parked"
        ((_, said),) = central.troubles(VENDORS)
        assert said == f"the row 'C100 Adatum' belongs to {CUSTOMERS}: uncouple it there and retry it here"
        assert list(central.erp.rows(DE, "vendors")) == []
        central.erp.update(DE, "customers", identity[1], {"city": "Graz"})
        await central.visit(ERP, identity)
        assert central.accounts()[0]["address1_city"] is None
        assert await runs_unchanged(central)
        await uncouple(central.house.flow(CUSTOMERS), DATAVERSE, (row_id,))
        assert (await central.visit(DATAVERSE, (row_id,), name=VENDORS, creates="both")).kind == "created"
        assert (central.troubles(VENDORS), len(central.rows())) == ([], 1)

    await on_stage(story)
