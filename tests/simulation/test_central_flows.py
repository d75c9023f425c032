"""The other flows of Business Central: vendors, items and what records refer to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared.engine import approve, demand_approval, set_state, start_job, work_on
from shared.errors import MapError, Refused
from shared.mapping import DATAVERSE, ERP, Catalogue
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage, shipped
from tests.simulation.overlays import with_overlays

SUITE = "business_central"


async def test_a_currency_is_coupled_by_its_code() -> None:
    """Its name and symbol flow; a blank symbol leaves that of Dataverse alone."""

    async def story(central: Central) -> None:
        usd = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "D", "exchangerate": 1}
        row_id = central.dataverse.create("transactioncurrencies", {**usd, "currencyprecision": 2})
        identity = central.coded("currencies", "USD", displayName="US Dollar")
        outcome = await central.visit(ERP, identity, name=f"{SUITE}.currencies")
        assert outcome.dataverse == row_id
        row = central.dataverse.row("transactioncurrencies", row_id)
        assert row is not None
        assert (row["currencyname"], row["currencysymbol"]) == ("US Dollar", "D")

    await on_stage(story)


async def test_a_currency_without_a_name_leaves_that_of_dataverse_alone() -> None:
    """Which takes no blank name (dataverse-tables): the other lines flow, and nothing is parked."""

    async def story(central: Central) -> None:
        name = f"{SUITE}.currencies"
        usd = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "D", "exchangerate": 1}
        row_id = central.dataverse.create("transactioncurrencies", {**usd, "currencyprecision": 2})
        identity = central.coded("currencies", "USD", displayName="US Dollar")
        day = {"startingDate": "2025-01-01", "exchangeRateAmount": 1, "relationalExchangeRateAmount": 1}
        central.erp.create(central.company, "currencyExchangeRates", {"currencyCode": "USD", **day})
        await central.visit(ERP, identity, name=name)
        central.erp.update(central.company, "currencies", identity[1], {"displayName": "", "symbol": "$"})
        assert (await central.visit(ERP, identity, name=name)).kind == "updated", central.troubles(name)
        row = central.dataverse.row("transactioncurrencies", row_id)
        assert row is not None
        assert (row["currencyname"], row["currencysymbol"]) == ("US Dollar", "$")
        assert central.troubles(name) == []

    await on_stage(story)


async def test_a_code_that_is_no_currency_of_iso_stays_where_it_is() -> None:
    """Nothing is created for it, and nothing is set aside."""

    async def story(central: Central) -> None:
        identity = central.coded("currencies", "GOLD")
        assert (await central.visit(ERP, identity, name=f"{SUITE}.currencies")).kind == "ignored"
        assert central.troubles(f"{SUITE}.currencies") == []

    await on_stage(story)


async def test_a_unit_becomes_a_group_with_that_one_unit() -> None:
    """Called as the product calls it; one that the product made is found again."""

    async def story(central: Central) -> None:
        name = f"{SUITE}.units_of_measure"
        assert (await central.visit(ERP, central.coded("unitsOfMeasure", "PCS"), name=name)).kind == "created"
        (group,) = (row for row in central.dataverse.rows("uomschedules") if row["name"] == "NAV PCS")
        (unit,) = (
            row for row in central.dataverse.rows("uoms") if row["_uomscheduleid_value"] == group["uomscheduleid"]
        )
        assert unit["name"] == "PCS"
        made = central.dataverse.create("uomschedules", {"name": "NAV BOX", "baseuomname": "BOX"})
        assert (await central.visit(ERP, central.coded("unitsOfMeasure", "BOX"), name=name)).dataverse == made

    await on_stage(story)


async def test_a_salesperson_is_told_by_his_user() -> None:
    """Who is coupled by e-mail; nobody is created."""

    async def story(central: Central) -> None:
        identity, user = salesperson(central)
        outcome = await central.visit(DATAVERSE, (user,), name=f"{SUITE}.salespeople")
        assert outcome.erp == identity
        row = central.erp.row(DE, "salespeoplePurchasers", identity[1])
        assert row is not None
        assert row["displayName"] == "Jim Olive"

    await on_stage(story)


def salesperson(central: Central) -> tuple[tuple[str, str], str]:
    """A salesperson and his user."""
    identity = central.coded("salespeoplePurchasers", "JO", displayName="Jim", email="jim@contoso.example")
    user = {"fullname": "Jim Olive", "internalemailaddress": "jim@contoso.example", "islicensed": True,
            "domainname": "jim@contoso.example"}  # fmt: skip
    return identity, central.dataverse.create("systemusers", user)


async def test_a_new_account_belongs_to_its_salesperson() -> None:
    """Whom the customer names by code, and who is coupled by id; without him it is not created."""

    async def story(central: Central) -> None:
        _, user = salesperson(central)
        customer = central.customer(salespersonCode="JO")
        assert (await central.visit(ERP, customer, creates="both")).kind == "parked"
        await central.visit(DATAVERSE, (user,), name=f"{SUITE}.salespeople")
        assert (await central.visit(ERP, customer, creates="both")).kind == "created"
        assert central.accounts()[0]["_ownerid_value"] == user

    await on_stage(story)


async def test_what_the_default_filters_leave_out() -> None:
    """bc-049, bc-051, bc-052: who is blocked, and rows of Sales that are inactive, of another type, or of no person at
    work. It is left alone though all may be created.
    """

    async def story(central: Central) -> None:
        for set_name in ("vendors", "items"):
            blocked = {"blocked": "All" if set_name == "vendors" else True}
            made = central.erp.create(DE, set_name, {"number": "X1", "displayName": "Blocked", **blocked})
            identity = (central.company, str(made["id"]))
            assert (await central.visit(ERP, identity, creates="both", name=f"{SUITE}.{set_name}")).kind == "ignored"
        account = central.account(customertypecode=11)
        central.dataverse.update("accounts", account, {"statecode": 1, "statuscode": 2})
        kinds = [(await central.visit(DATAVERSE, (account,), creates="both", name=f"{SUITE}.vendors")).kind]
        central.dataverse.create("uomschedules", {"name": "NAV PCS", "baseuomname": "PCS"})
        group = next(row for row in central.dataverse.rows("uomschedules") if row["name"] == "NAV PCS")
        for number, changed in {"S1": {"producttypecode": 3}, "I1": {}}.items():
            values = product(central, number, str(group["uomscheduleid"])) | changed
            row_id = central.dataverse.create("products", values)
            central.dataverse.update("products", row_id, {"statecode": 0, "statuscode": 1})
            if not changed:
                central.dataverse.update("products", row_id, {"statecode": 1, "statuscode": 2})
            kinds.append((await central.visit(DATAVERSE, (row_id,), creates="both", name=f"{SUITE}.items")).kind)
        _, user = salesperson(central)
        for flags in ({"isdisabled": True}, {"islicensed": False}, {"isintegrationuser": True}):
            before = {"isdisabled": False, "islicensed": True, "isintegrationuser": False}
            central.dataverse.update("systemusers", user, before | flags)
            kinds.append((await central.visit(DATAVERSE, (user,), name=f"{SUITE}.salespeople")).kind)
        assert kinds == ["ignored"] * 6

    await on_stage(story)


async def test_a_filter_lets_through_and_brings_back() -> None:
    """bc-055, bc-056: of three units two become groups; once the filter is emptied, a coupled one is updated again."""
    name = f"{SUITE}.units_of_measure"
    filtered = with_overlays(shipped(), {name: ["erp: {scope: code ne 'BOX' and code ne 'CAN'}"]})

    async def story(central: Central) -> None:
        def groups() -> set[str]:
            return {str(row["name"]) for row in central.dataverse.rows("uomschedules")} - before

        before = {str(row["name"]) for row in central.dataverse.rows("uomschedules")}
        *_, (company, box) = [central.coded("unitsOfMeasure", code) for code in ("PCS", "SET", "BOX")]
        await central.compare(name)
        assert groups() == {"NAV PCS", "NAV SET"}
        central.house.catalogue = shipped()
        await central.compare(name)
        assert groups() == {"NAV PCS", "NAV SET", "NAV BOX"}
        central.house.catalogue = filtered
        central.erp.update(company, "unitsOfMeasure", box, {"code": "CAN"})
        await central.compare(name)
        assert groups() == {"NAV PCS", "NAV SET", "NAV BOX"}
        central.house.catalogue = shipped()
        await central.compare(name)
        assert groups() == {"NAV PCS", "NAV SET", "NAV CAN"}
        assert central.troubles(name) == []

    await on_stage(story, filtered)


async def test_a_map_whose_overlay_is_taken_away_flows_as_it_ships() -> None:
    """bc-038: a direction that somebody has changed is the shipped one again, and the pair stays."""
    turned = with_overlays(shipped(), {CUSTOMERS: ["fields: |\n  city > address1_city"]})

    async def story(central: Central) -> None:
        customer, row_id = central.customer(city="Wien"), central.account(address1_city="Wien")
        await central.compare()

        async def edited(city: str) -> tuple[str, str]:
            """What stands on both sides after somebody has edited the account."""
            central.dataverse.update("accounts", row_id, {"address1_city": city})
            await central.compare()
            return central.row(customer)["city"], central.accounts()[0]["address1_city"]

        assert await edited("Graz") == ("Wien", "Wien")
        central.house.catalogue = shipped()
        assert await edited("Linz") == ("Linz", "Linz")
        assert (len(central.couplings()), central.troubles()) == (1, [])

    await on_stage(story, turned)


async def test_a_filter_of_dataverse_lets_through() -> None:
    """bc-057: of three accounts one becomes a customer."""

    async def story(central: Central) -> None:
        for city in ("Wien", "Graz", "Linz"):
            central.account(name=city, address1_city=city)
        await central.compare()
        assert [row["displayName"] for row in central.rows()] == ["Graz"]

    text = "dataverse: {scope: {and: address1_city eq 'Graz'}}\npolicy: {creates: both}"
    await on_stage(story, with_overlays(shipped(), {CUSTOMERS: [text]}))


async def test_vendors_and_customers_share_accounts_by_their_type() -> None:
    """Each flow takes its own."""

    async def story(central: Central) -> None:
        vendor = str(central.erp.create(DE, "vendors", {"number": "V1", "displayName": "Fabrikam"})["id"])
        row_id = central.account(name="Fabrikam", accountnumber="V1", customertypecode=11)
        assert (await central.visit(DATAVERSE, (row_id,))).kind == "ignored"
        outcome = await central.visit(ERP, (central.company, vendor), name=f"{SUITE}.vendors")
        assert outcome.dataverse == row_id

    await on_stage(story)


@pytest.mark.parametrize(
    ("kind", "outcome", "stands"), [(None, "updated", 3), (8, "updated", 3), (3, "updated", 3), (11, "ignored", 11)]
)
async def test_a_customer_is_given_no_account_of_a_vendor(kind: int | None, outcome: str, stands: int) -> None:
    """Numbers of customers and vendors may be alike, and so may the names of who is both. An account of no kind, or of
    a prospect, becomes the customer's; one that the flow of vendors keeps is none, whether that runs or not.
    """

    async def story(central: Central) -> None:
        customer, row_id = fabrikam(central, customertypecode=kind)
        found = await central.visit(ERP, customer)
        account = central.dataverse.row("accounts", row_id)
        assert account is not None
        assert (found.kind, account["customertypecode"], central.troubles()) == (outcome, stands, [])

    await on_stage(story)


def fabrikam(central: Central, **values: Any) -> tuple[tuple[str, str], str]:
    """A customer, and an account with its number and name."""
    customer = str(central.erp.create(DE, "customers", {"number": "V1", "displayName": "Fabrikam"})["id"])
    return (central.company, customer), central.account(name="Fabrikam", accountnumber="V1", **values)


async def test_a_customer_with_the_number_of_a_vendor_gets_an_account_of_its_own() -> None:
    """An account has one relationship type: so who is both has two, as in the product."""

    async def story(central: Central) -> None:
        customer, vendors = fabrikam(central, customertypecode=11)
        made = await central.visit(ERP, customer, creates="both")
        assert (made.kind, made.dataverse != vendors) == ("created", True)
        assert {row["accountid"]: row["customertypecode"] for row in central.accounts()} == {
            vendors: 11,
            made.dataverse: 3,
        }
        assert (await central.compare()).counts == {"equal": 1}

    await on_stage(story)


async def test_an_account_that_was_deactivated_keeps_its_number() -> None:
    """No second one is created beside it: a person is told, who can reactivate it."""

    async def story(central: Central) -> None:
        customer, row_id = fabrikam(central)
        central.dataverse.update("accounts", row_id, {"statecode": 1, "statuscode": 2})
        assert (await central.visit(ERP, customer, creates="both")).codes == ("scope",)
        assert len(central.accounts()) == 1

    await on_stage(story)


@pytest.mark.parametrize(
    "beside", [{"statecode": 1, "statuscode": 2}, {"customertypecode": 11}, {"customertypecode": 8}]
)
async def test_of_several_that_match_the_one_in_the_scope_is_taken(beside: dict[str, Any]) -> None:
    """A duplicate that somebody has deactivated, the vendor's, or a prospect of the same number: nobody is asked."""

    async def story(central: Central) -> None:
        customer, row_id = fabrikam(central)
        other = central.account(name="Fabrikam", accountnumber="V1")
        central.dataverse.update("accounts", other, beside)
        assert (await central.visit(ERP, customer)).dataverse == row_id, central.troubles()

    await on_stage(story)


async def test_an_account_in_the_scope_is_found_by_name_although_another_one_has_the_number() -> None:
    """Which was deactivated: whoever made the new one did not number it."""

    async def story(central: Central) -> None:
        identity, old = central.customer(), central.account(accountnumber="C100")
        central.dataverse.update("accounts", old, {"statecode": 1, "statuscode": 2})
        row_id = central.account()
        assert (await central.visit(ERP, identity)).dataverse == row_id, central.troubles()

    await on_stage(story)


async def test_an_item_and_its_product() -> None:
    """Its unit is the group that its unit of measure is coupled with; nothing below zero is sent to Sales."""

    async def story(central: Central) -> None:
        unit = central.coded("unitsOfMeasure", "PCS")
        await central.visit(ERP, unit, name=f"{SUITE}.units_of_measure")
        item = {"number": "I100", "displayName": "Chair", "baseUnitOfMeasureCode": "PCS", "unitPrice": 120}
        identity = (central.company, str(central.erp.create(DE, "items", item)["id"]))
        central.erp.calculate(DE, "items", identity[1], "inventory", Decimal(-3))
        group = next(row for row in central.dataverse.rows("uomschedules") if row["name"] == "NAV PCS")
        row_id = central.dataverse.create("products", product(central, "I100", str(group["uomscheduleid"])))
        central.dataverse.update("products", row_id, {"statecode": 0, "statuscode": 1})
        outcome = await central.visit(ERP, identity, name=f"{SUITE}.items")
        assert outcome.dataverse == row_id
        row = central.dataverse.row("products", row_id)
        assert row is not None
        assert (row["price"], row["quantityonhand"]) == (120, None)
        assert central.troubles(f"{SUITE}.items") == []

    await on_stage(story)


async def test_a_service_keeps_the_number_of_an_item() -> None:
    """Products have their numbers once: none is created beside it, and the row says what has the number."""

    async def story(central: Central) -> None:
        name, unit = f"{SUITE}.items", central.coded("unitsOfMeasure", "PCS")
        await central.visit(ERP, unit, name=f"{SUITE}.units_of_measure")
        item = {"number": "I100", "displayName": "Chair", "baseUnitOfMeasureCode": "PCS", "unitPrice": 120}
        identity = (central.company, str(central.erp.create(DE, "items", item)["id"]))
        group = next(row for row in central.dataverse.rows("uomschedules") if row["name"] == "NAV PCS")
        values = product(central, "I100", str(group["uomscheduleid"])) | {"producttypecode": 3}
        row_id = central.dataverse.create("products", values)
        central.dataverse.update("products", row_id, {"statecode": 0, "statuscode": 1})
        assert (await central.visit(ERP, identity, creates="both", name=name)).codes == ("scope",)
        assert len(central.dataverse.rows("products")) == 1

    await on_stage(story)


def product(central: Central, number: str, group: str) -> dict[str, Any]:
    """A product of a unit group, as somebody enters it."""
    units = central.dataverse.rows("uoms")
    unit = next(row["uomid"] for row in units if row["_uomscheduleid_value"] == group)
    return {"productnumber": number, "name": "Chair", "producttypecode": 1, "quantitydecimal": 2,
            "defaultuomscheduleid@odata.bind": f"/uomschedules({group})",
            "defaultuomid@odata.bind": f"/uoms({unit})"}  # fmt: skip


async def test_a_line_of_ones_own_is_not_followed_before_its_report_and_one_to_an_unknown_column_never() -> None:
    """bc-044: the refusal names the column, and the other flows go on."""

    def mapped(*columns: str) -> Catalogue:
        lines = "".join(f"\n  city >> {each}" for each in columns)
        return with_overlays(shipped(), {CUSTOMERS: [f"fields: |{lines}"]})

    async def story(central: Central) -> None:
        identity = central.customer(city="Graz")
        await demand_approval(central.house, CUSTOMERS)
        central.account()
        await central.visit(ERP, identity)
        with pytest.raises(MapError, match="accounts has no column 'nonexistingfield'"):
            mapped("address2_city", "nonexistingfield")
        central.house.catalogue = mapped("address2_city")
        with pytest.raises(Refused, match="plan it, look at the report, approve it"):
            await demand_approval(central.house, CUSTOMERS)
        job = await start_job(central.house, "compare", [CUSTOMERS])
        assert "look at the report" in str((await work_on(central.house, job["id"], lambda: False))["failing"])
        assert central.accounts()[0]["address2_city"] is None
        await demand_approval(central.house, f"{SUITE}.vendors")
        planned = await start_job(central.house, "plan", [CUSTOMERS])
        await work_on(central.house, planned["id"], lambda: False)
        await approve(central.house, CUSTOMERS)
        await demand_approval(central.house, CUSTOMERS)
        await set_state(central.house, CUSTOMERS, "running")
        await central.compare()
        assert central.accounts()[0]["address2_city"] == "Graz"

    await on_stage(story)
