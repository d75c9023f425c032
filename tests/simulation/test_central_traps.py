"""What the page of Business Central claims of traps and of users' reports (reference: business-central 5.2, 5.4)."""

from __future__ import annotations

import pytest

from shared.engine import explain
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import CUSTOMERS, DE, Central, on_stage, shipped
from tests.simulation.central_contacts import CONTACTS, buyer, contact
from tests.simulation.overlays import with_overlays
from tests.simulation.test_central_bad_input import runs_unchanged, words
from tests.simulation.test_central_choices import TERMS, coupled_terms, options, value_of
from tests.simulation.test_central_connector import connected
from tests.simulation.test_central_set_aside import TOO_LONG


async def test_an_overlay_writes_the_number_of_a_customer_to_his_account() -> None:
    """5.2 15: also when he is called by another number later; without it the number only finds."""

    async def story(central: Central) -> None:
        identity = central.customer()
        row_id = (await central.visit(ERP, identity, creates="both")).dataverse
        assert central.accounts()[0]["accountnumber"] == "C100"
        central.erp.update(DE, "customers", identity[1], {"number": "C200"})
        await central.visit(ERP, identity)
        assert (central.accounts()[0]["accountnumber"], central.couplings()[0].dataverse) == ("C200", row_id)
        assert await runs_unchanged(central)

    overlay = "fields: |\n  number  >  accountnumber"
    await on_stage(story, with_overlays(shipped(), {CUSTOMERS: [overlay]}))


async def test_a_value_map_of_an_overlay_translates_what_people_write_for_a_country() -> None:
    """5.2 7: to the code and back."""

    async def story(central: Central) -> None:
        central.erp.load(DE, "countriesRegions", [{"code": "AT", "displayName": "Austria"}])
        identity, row_id = await buyer(central)
        central.dataverse.update("accounts", row_id, {"address1_country": "Austria"})
        await central.visit(DATAVERSE, (row_id,))
        assert (central.row(identity)["country"], words(central)) == ("AT", [])
        assert await runs_unchanged(central)

    overlay = (
        "fields: |\n  country  =  address1_country  countries\n"
        "values:\n  countries: {AT: Austria, DE: Germany, others: same}"
    )
    await on_stage(story, with_overlays(shipped(), {CUSTOMERS: [overlay]}))


async def test_a_customer_whom_no_series_numbers_is_told_in_the_words_of_business_central() -> None:
    """5.2 6: he parks alone, nothing is half made, and with a series he is created once."""

    async def story(central: Central) -> None:
        series = central.erp.company(DE).series
        lost = series.pop("Customer")
        row_id = central.account()
        assert (await central.visit(DATAVERSE, (row_id,), creates="both")).kind == "parked"
        (said,) = words(central)
        assert "No. Series" in said or "Customer Nos." in said
        assert central.rows() == []
        series["Customer"] = lost
        flow = central.house.flow(CUSTOMERS, creates="both")
        await flow.ledger.ask(DATAVERSE, (row_id,))
        await central.visit(DATAVERSE, (row_id,), creates="both")
        assert (len(central.rows()), words(central)) == (1, [])

    await on_stage(story)


@pytest.mark.parametrize("kind", [1, None])
async def test_explain_says_why_an_account_or_a_contact_of_nobody_is_left_alone(kind: int | None) -> None:
    """5.2 1, 27: by the scope that it is outside of."""

    async def story(central: Central) -> None:
        row_id = central.account(customertypecode=kind)
        told = await explain(central.house.flow(CUSTOMERS), DATAVERSE, (row_id,))
        assert "customertypecode eq 3" in told["why"]
        alone = contact(central, row_id)
        told = await explain(central.house.flow(CONTACTS), DATAVERSE, (alone,))
        assert "parentcustomerid_account.customertypecode in (3, 11)" in told["why"]

    await on_stage(story, connected())


# -- options


async def test_an_option_of_dataverse_makes_no_code_and_is_compared_as_a_whole() -> None:
    """5.2 30, 5.4: one way only; a label that begins like a code is another one."""

    async def story(central: Central) -> None:
        await coupled_terms(central, "ABCDEFGHIJ")
        entity = central.house.flow(TERMS).map.dataverse.entity
        await central.house.dataverse.create(entity, {"value": "1000000007", "label": '"KLMNOPQRST longer"'}, ())
        await coupled_terms(central, "KLMNOPQRST")
        await central.compare(TERMS)
        labels = [text for text in options(central).values() if text.startswith(("ABC", "KLM"))]
        assert sorted(labels) == ["ABCDEFGHIJ", "KLMNOPQRST", "KLMNOPQRST longer"]
        assert {row["code"] for row in central.erp.rows(DE, "paymentTerms")} == {"ABCDEFGHIJ", "KLMNOPQRST"}

    await on_stage(story)


async def test_an_option_that_was_deleted_parks_its_code() -> None:
    """5.4: a person decides; neither is the code deleted, nor an option made in its place."""

    async def story(central: Central) -> None:
        await coupled_terms(central, "30 DAYS")
        columns = central.dataverse.environment.tables["accounts"].definition.columns
        central.later(minutes=30)
        columns["paymenttermscode"].options.pop(value_of(central, "30 DAYS"))  # type: ignore[attr-defined] # a dict
        for _ in range(2):
            await central.compare(TERMS)
            ((code, said),) = central.troubles(TERMS)
            assert (code, said.startswith("'30 DAYS' in Dataverse was deleted")) == ("deleted", True)
        assert "30 DAYS" not in options(central).values()
        assert [row["code"] for row in central.erp.rows(DE, "paymentTerms")] == ["30 DAYS"]

    await on_stage(story)


# -- edits


async def test_what_fails_with_another_text_is_listed_once_with_the_last_reason() -> None:
    """5.4: twice with one, then with another; each edit looks again."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        for edit in ({"telephone1": TOO_LONG}, {"telephone1": TOO_LONG + "1"}):
            central.dataverse.update("accounts", row_id, edit)
            await central.visit(DATAVERSE, (row_id,))
            assert words(central) == [f"the text has {len(edit['telephone1'])} characters, phoneNumber takes 30"]
        central.dataverse.update("accounts", row_id, {"telephone1": "7", "address1_country": "Atlantis"})
        await central.visit(DATAVERSE, (row_id,))
        (said,) = words(central)
        assert ("ATLANTIS" in said, central.row(identity)["phoneNumber"]) == (True, "7")
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("column", ["telephone1", "address1_city"])
async def test_what_failed_on_its_way_is_in_conflict_only_with_an_edit_of_the_same_field(column: str) -> None:
    """5.4: the customer's telephone is refused by Dataverse; then somebody edits the account."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        central.dataverse.behaviour.refused_values["accounts"] = {"telephone1": frozenset({"77"})}
        central.erp.update(DE, "customers", identity[1], {"phoneNumber": "77"})
        assert (await central.visit(ERP, identity)).kind == "parked"
        central.dataverse.update("accounts", row_id, {column: "Graz" if column == "address1_city" else "88"})
        await central.visit(DATAVERSE, (row_id,))
        is_conflict = bool(central.kept("c~"))
        assert is_conflict == (column == "telephone1")
        assert central.row(identity)["phoneNumber"] == "77"
        assert central.row(identity)["city"] == ("" if is_conflict else "Graz")

    await on_stage(story)


async def test_an_edit_of_our_own_user_counts_like_anybodys() -> None:
    """5.4: by a person, by the app's user, by both; what Koppel wrote itself comes back as agreed."""

    async def story(central: Central) -> None:
        identity, row_id = await buyer(central)
        app = next(str(row["domainname"]) for row in central.dataverse.rows("systemusers") if row["applicationid"])
        for city, users in {"Wien": [app], "Graz": ["anna"], "Linz": ["anna", app]}.items():
            central.later(minutes=1)
            for user in users:
                central.dataverse.update("accounts", row_id, {"address1_city": f"{city} {user}"}, user=user)
            await central.visit(DATAVERSE, (row_id,))
            assert central.row(identity)["city"] == f"{city} {users[-1]}"
        assert await runs_unchanged(central)

    await on_stage(story)


async def test_a_newest_record_that_is_filtered_out_hides_none_before_it() -> None:
    """5.4: whoever is blocked moves the mark, too; an older stamp that is committed afterwards is found."""

    async def story(central: Central) -> None:
        (first, account), (second, _) = [
            await buyer(central, f"C{at}", displayName=f"Buyer {at}", postalCode=f"{at}") for at in range(2)
        ]
        await central.compare()
        central.later(minutes=30)
        central.erp.update(DE, "customers", second[1], {"blocked": "All"})
        await central.catch_up()
        central.later(minutes=-5)
        central.erp.update(DE, "customers", first[1], {"city": "Graz"})
        central.later(minutes=6)
        await central.catch_up()
        cities = {row["accountid"]: row["address1_city"] for row in central.accounts()}
        assert cities[account] == "Graz"

    await on_stage(story)
