"""Payment terms and shipment methods: options of a choice of the account, and customers that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.engine import explain
from shared.errors import Exists, Gone, Stale, TryLater
from shared.mapping import DATAVERSE, ERP, Entity
from shared.setup import Receiver, plan_webhooks, preflight
from shared.setup._needs import needed_columns, needed_privileges
from tests.simulation.central import CUSTOMERS, Central, on_stage
from tests.simulation.test_central_preflight import site

TERMS = "business_central.payment_terms"
COLUMN = "paymenttermscode"
NET_30 = 1


def options(central: Central, column: str = COLUMN) -> Mapping[int, str]:
    """The options that are published."""
    return central.dataverse.environment.tables["accounts"].definition.columns[column].options


def value_of(central: Central, label: str, column: str = COLUMN) -> int:
    return next(value for value, text in options(central, column).items() if text == label)


def held(central: Central, row_id: str) -> int | None:
    """What the account has as its payment terms."""
    row = central.dataverse.row("accounts", row_id)
    assert row is not None
    found: int | None = row[COLUMN]
    return found


async def coupled_terms(central: Central, code: str, **values: str) -> tuple[str, str]:
    """Payment terms with their option."""
    identity = central.coded("paymentTerms", code, **values)
    await central.visit(ERP, identity, name=TERMS)
    return identity


async def renamed_terms(central: Central) -> tuple[Entity, str, str]:
    """Payment terms whose option somebody calls otherwise: the options, its number, and the version it had before."""
    await coupled_terms(central, "30 DAYS")
    entity, value = central.house.flow(TERMS).map.dataverse.entity, str(value_of(central, "30 DAYS"))
    read = await central.house.dataverse.read(entity, (value,), ())
    assert read is not None
    await central.house.dataverse.update(entity, (value,), {"label": '"Thirty"'}, read.version, ())
    return entity, value, read.version


@pytest.mark.parametrize(
    ("flow", "entity", "column"),
    [("payment_terms", "paymentTerms", COLUMN), ("shipment_methods", "shipmentMethods", "address1_freighttermscode")],
)
async def test_a_code_becomes_an_option_of_its_own(flow: str, entity: str, column: str) -> None:
    """Called as the code, beside those that are there, with a number that no publisher's prefix gives."""

    async def story(central: Central) -> None:
        before = dict(options(central, column))
        identity = central.coded(entity, "14D2%")
        outcome = await central.visit(ERP, identity, name=f"business_central.{flow}")
        assert outcome.kind == "created"
        added = {value: text for value, text in options(central, column).items() if value not in before}
        assert list(added.values()) == ["14D2%"]
        assert outcome.dataverse == str(next(iter(added)))
        assert min(added) >= 10**9

    await on_stage(story)


async def test_a_code_finds_the_option_that_is_called_like_it() -> None:
    """In any letter case, and its label becomes the code."""

    async def story(central: Central) -> None:
        outcome = await central.visit(ERP, central.coded("paymentTerms", "NET 30"), name=TERMS)
        assert outcome.dataverse == str(NET_30)
        assert options(central)[NET_30] == "Net 30"

    await on_stage(story)


async def test_a_code_that_is_renamed_renames_its_option() -> None:
    """Rows that hold its number are not touched."""

    async def story(central: Central) -> None:
        company, terms = await coupled_terms(central, "30 DAYS")
        value = value_of(central, "30 DAYS")
        central.later(minutes=1)
        central.erp.update(company, "paymentTerms", terms, {"code": "30D"})
        assert (await central.visit(ERP, (company, terms), name=TERMS)).kind == "updated"
        assert options(central)[value] == "30D"

    await on_stage(story)


async def test_a_customer_names_its_payment_terms_by_their_option() -> None:
    """From either side."""

    async def story(central: Central) -> None:
        thirty, fourteen = [(await coupled_terms(central, code))[1] for code in ("30 DAYS", "14 DAYS")]
        customer = central.customer(paymentTermsId=thirty)
        row_id = (await central.visit(ERP, customer, creates="both")).dataverse
        assert held(central, row_id) == value_of(central, "30 DAYS")
        central.later(minutes=1)
        central.dataverse.update("accounts", row_id, {COLUMN: value_of(central, "14 DAYS")})
        await central.visit(DATAVERSE, (row_id,))
        assert central.row(customer)["paymentTermsId"] == fourteen
        central.later(minutes=1)
        central.dataverse.update("accounts", row_id, {COLUMN: None})
        await central.visit(DATAVERSE, (row_id,))
        assert central.row(customer)["paymentTermsId"] == "00000000-0000-0000-0000-000000000000"
        assert central.troubles() == []

    await on_stage(story)


async def test_an_option_and_terms_that_nobody_has_coupled_are_a_conflict() -> None:
    """Neither side loses what it has: a person sees both."""

    async def story(central: Central) -> None:
        terms = central.coded("paymentTerms", "30 DAYS")[1]
        customer = central.customer(paymentTermsId=terms)
        row_id = central.account(accountnumber="C100", paymenttermscode=NET_30)
        assert (await central.visit(ERP, customer)).kind == "conflict"
        assert held(central, row_id) == NET_30
        assert central.row(customer)["paymentTermsId"] == terms

    await on_stage(story)


async def test_a_conflict_about_a_reference_names_what_people_call_it() -> None:
    """Whoever decides reads codes, and not the ids by which customers refer to their payment terms."""

    async def story(central: Central) -> None:
        codes = ("30 DAYS", "14 DAYS", "60 DAYS")
        terms = {code: (await coupled_terms(central, code))[1] for code in codes}
        customer = central.customer(paymentTermsId=terms["30 DAYS"])
        row_id = (await central.visit(ERP, customer, creates="both")).dataverse
        central.dataverse.update("accounts", row_id, {COLUMN: value_of(central, "14 DAYS")})
        central.erp.update(customer[0], "customers", customer[1], {"paymentTermsId": terms["60 DAYS"]})
        assert (await central.visit(ERP, customer)).kind == "conflict"
        told = await explain(central.house.flow(CUSTOMERS), ERP, customer)
        (conflict,) = told["conflicts"]
        (line,) = [each for each in told["lines"] if COLUMN in each["line"]]
        assert {conflict["value"], conflict["winner"]} == {line["erp"], line["dataverse"]} == {"14 DAYS", "60 DAYS"}

    await on_stage(story)


async def test_terms_without_an_option_leave_the_choice_as_it_is() -> None:
    """And the rest of the customer goes on; nothing waits, for the product makes no option for everybody either."""

    async def story(central: Central) -> None:
        customer = central.customer(paymentTermsId=central.coded("paymentTerms", "30 DAYS")[1])
        outcome = await central.visit(ERP, customer, creates="both")
        assert outcome.kind == "created"
        assert held(central, outcome.dataverse) is None
        assert central.troubles() == []

    await on_stage(story)


async def test_a_second_record_of_one_label_makes_no_second_option() -> None:
    """Labels are cut by nobody and compared without letter case: nothing else tells people two options apart."""

    async def story(central: Central) -> None:
        await coupled_terms(central, "30 DAYS")
        flow = central.house.flow(TERMS)
        entity = flow.map.dataverse.entity
        with pytest.raises(Exists):
            await central.house.dataverse.create(entity, {"value": '"1500000000"', "label": '"30 days"'}, ())
        assert [text for text in options(central).values() if text.upper() == "30 DAYS"] == ["30 DAYS"]

    await on_stage(story)


async def test_an_option_whose_label_somebody_has_changed_is_read_again_before_it_is_written() -> None:
    """An option has no version: what stands there decides."""

    async def story(central: Central) -> None:
        entity, value, version = await renamed_terms(central)
        with pytest.raises(Stale):
            await central.house.dataverse.update(entity, (value,), {"label": '"30D"'}, version, ())
        with pytest.raises(Gone):
            await central.house.dataverse.delete(entity, ("1999999999",), version)

    await on_stage(story)


async def test_an_option_that_was_added_and_never_published_is_found_again() -> None:
    """The process died between the two: the next one publishes it, and makes no second one."""

    async def story(central: Central) -> None:
        identity = central.coded("paymentTerms", "30 DAYS")
        central.gates[DATAVERSE].order("answer", path="PublishXml", times=1)
        with pytest.raises(TryLater):
            await central.visit(ERP, identity, name=TERMS)
        assert "30 DAYS" not in options(central).values()
        central.later(hours=1)
        await central.compare(TERMS)
        assert [text for text in options(central).values() if text == "30 DAYS"] == ["30 DAYS"]
        assert [each.state for each in central.couplings(TERMS)] == ["coupled"]

    await on_stage(story)


async def test_the_preflight_asks_for_what_options_take() -> None:
    """The column, and the privileges to change it and to publish; no webhook, for options have no events."""

    async def story(central: Central) -> None:
        receiver = Receiver(url="https://koppel.example/api", key="key-of-the-webhooks")
        here = replace(site(central), receiver=receiver)
        found = [each for each in (await preflight(here, [TERMS])).findings if TERMS in each.flows]
        assert [each for each in found if each.severity == "error"] == []
        assert not (await plan_webhooks(here.dataverse, [central.maps.map(TERMS)], receiver)).changes
        assert {*needed_privileges(central.maps.map(TERMS))} == {"prvWriteAttribute", "prvPublishCustomization"}
        (needed,) = needed_columns(central.maps.map(TERMS))
        assert (needed.table.name, needed.column.name) == ("accounts", COLUMN)

    await on_stage(story)


async def test_the_preflight_knows_the_options_that_a_flow_keeps() -> None:
    """What a flow has made of a code parks nobody, and is no news."""

    async def story(central: Central) -> None:
        await coupled_terms(central, "14D2%")
        report = await preflight(site(central), central.maps.names)
        assert not [each.what for each in report.findings if "our schema does not know" in each.what]

    await on_stage(story)


async def test_a_compare_pass_finds_an_option_that_somebody_has_renamed() -> None:
    """The code is Business Central's: the label is put back."""

    async def story(central: Central) -> None:
        _, value, _ = await renamed_terms(central)
        central.later(hours=1)
        await central.compare(TERMS)
        assert options(central)[int(value)] == "30 DAYS"

    await on_stage(story)
