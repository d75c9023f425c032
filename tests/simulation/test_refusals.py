"""A value that a system refuses holds back its own line and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.engine import explain, set_state
from shared.ledger import PARKED, read_trouble
from tests.emulator.dataverse.refusal import Refusal
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

ID = ("usmf", ACCOUNT)
CARDS = "dual_write.loyalty_cards"
NO_GROUP = {"msdyn_customergroupid@odata.bind": None}
GROUP_LINE = "CustomerGroupId = msdyn_customergroupid.msdyn_groupid"
POLICY = "does not comply with the policy"
OWN_WORDS = "Call the credit department first."
MANY: dict[str, Any] = {
    "telephone1": "1", "fax": "2", "description": "3", "emailaddress1": "a@contoso.com", "numberofemployees": 7,
    "websiteurl": "http://contoso.com", "address1_city": "Oslo", "address1_line1": "Storgata 1",
}  # fmt: skip


def parked(rig: Rig) -> list[dict[str, Any]]:
    """What the parked rows say, item by item."""
    return [dict(item) for row in rig.rows(PARKED) for item in read_trouble(row).items]


def tried(rig: Rig, since: int, where: str = "PATCH") -> int:
    """How many writes were sent since then."""
    return sum(1 for each in rig.world.requests[since:] if where in each[2])


def plug_in(rig: Rig, forbidden: Mapping[str, Any]) -> None:
    """Somebody's plug-in refuses certain values of accounts, and does not say which."""
    found = {name: frozenset({value}) for name, value in forbidden.items()}
    rig.world.dataverse.behaviour.refused_values["accounts"] = found


def business_logic(rig: Rig, forbidden: Mapping[str, Any]) -> None:
    """Business logic of the ERP refuses certain values of customers."""
    found = {name: frozenset({value}) for name, value in forbidden.items()}
    rig.world.finops.behaviour.refused_values["CustomersV3"] = found


def test_a_mandatory_group_that_is_cleared_does_not_hold_back_the_phone() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, telephone1="555", **NO_GROUP)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "parked"
        erp = rig.erp()
        assert erp is not None
        assert (erp["PrimaryContactPhone"], erp["CustomerGroupId"]) == ("555", "10")
        (item,) = parked(rig)
        assert (item["line"], item["side"], item["value"]) == (GROUP_LINE, ERP, "")
        assert (item["code"], "must be filled in" in item["message"]) == ("required", True)

    on_stage(story)


@pytest.mark.parametrize("many", [1, 2, 5])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_refusal_that_names_nothing_is_traced_by_halves(side: str, many: int) -> None:
    """Each refused line is found on its own, and all others arrive; what is refused keeps the system's own words."""
    names = list(MANY)[1 : 1 + many]

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        if side == ERP:
            fields = {line.dataverse.name: line.erp.name for line in rig.flow().map.lines}
            business_logic(rig, {fields[name]: MANY[name] for name in names})
            rig.change(row_id, **MANY)
            await rig.visit(DATAVERSE, (row_id,))
            held: Mapping[str, Any] = {name: (rig.erp() or {})[field] for name, field in fields.items() if name in MANY}
        else:
            columns = {line.dataverse.name: line.erp.name for line in rig.flow().map.lines}
            plug_in(rig, {name: MANY[name] for name in names})
            rig.edit(**{columns[name]: value for name, value in MANY.items()})
            await rig.visit(ERP, ID)
            held = {name: (rig.dataverse() or {})[name] for name in MANY}
        assert {name for name in MANY if held[name] != MANY[name]} == set(names)
        assert sorted(item["value"] for item in parked(rig)) == sorted(str(MANY[name]) for name in names)
        assert all(POLICY in item["message"] and item["side"] == side for item in parked(rig))

    on_stage(story)


def test_refused_lines_are_found_although_no_visit_has_time_for_it() -> None:
    """Systems that are slow end each visit after a few tries: the next one tries less at once, and all comes to an end.

    Every third line is refused, so that halves are refused, too.
    """
    names = list(MANY)[::3]

    async def story(rig: Rig) -> None:
        await coupled(rig)
        columns = {line.dataverse.name: line.erp.name for line in rig.flow().map.lines}
        plug_in(rig, {name: MANY[name] for name in names})
        rig.edit(**{columns[name]: value for name, value in MANY.items()})
        await rig.hint(ERP, ID)
        rig.world.weather.even, rig.world.weather.latency = True, 1.5
        for _ in range(12):
            await rig.pump()
            await asyncio.sleep(86_400)
        held = rig.dataverse() or {}
        assert {name for name in MANY if held[name] != MANY[name]} == set(names)
        assert sorted(item["value"] for item in parked(rig)) == sorted(str(MANY[name]) for name in names)
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_what_was_refused_is_not_tried_again_until_it_would_differ() -> None:
    """A pass sends nothing, another line goes without it, a person's retry tries again, another value goes through."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        plug_in(rig, {"fax": "2"})
        rig.edit(PrimaryContactFax="2", PrimaryContactPhone="1")
        await rig.visit(ERP, ID)
        before, since = rig.rows(PARKED), len(rig.world.requests)
        await rig.compare()
        await rig.visit(ERP, ID)
        assert (tried(rig, since), rig.rows(PARKED)) == (0, before)
        rig.edit(PrimaryContactPhone="3")
        await rig.visit(ERP, ID)
        assert rig.both("PrimaryContactPhone", "telephone1") == ("3", "3")
        assert (rig.rows(PARKED), rig.counts()["hints"]) == (before, 0)
        since = len(rig.world.requests)
        await rig.visit(ERP, ID, source="retry")
        assert tried(rig, since) == 1
        rig.edit(PrimaryContactFax="4")
        await rig.visit(ERP, ID)
        assert rig.both("PrimaryContactFax", "fax") == ("4", "4")
        assert (parked(rig), row_id in rig.accounts()) == ([], True)

    on_stage(story)


def test_what_was_refused_goes_with_what_it_needs() -> None:
    """A value that is refused for want of another one arrives together with that."""

    async def story(rig: Rig) -> None:
        def check(_before: Any, values: Mapping[str, Any]) -> None:
            if values.get("fax") and not values.get("telephone1"):
                raise Refusal(400, "0x80040265", OWN_WORDS)

        await coupled(rig)
        rig.world.dataverse._writer.checks["accounts"] = check
        rig.edit(PrimaryContactFax="2")
        assert (await rig.visit(ERP, ID)).kind == "parked"
        rig.edit(PrimaryContactPhone="1")
        await rig.visit(ERP, ID)
        assert (rig.both("PrimaryContactFax", "fax"), parked(rig)) == (("2", "2"), [])

    on_stage(story)


def test_the_other_side_is_written_all_the_same() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        plug_in(rig, {"fax": "2"})
        rig.edit(PrimaryContactFax="2")
        rig.change(row_id, telephone1="1")
        await rig.visit(ERP, ID)
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")
        assert [item["value"] for item in parked(rig)] == ["2"]

    on_stage(story)


def test_a_record_that_takes_nothing_is_left_after_a_few_tries() -> None:
    """Every line is parked with its value, and no more is sent than it takes to see that none goes through."""

    async def story(rig: Rig) -> None:
        def check(_before: Any, _values: Any) -> None:
            raise Refusal(400, "0x80040265", OWN_WORDS)

        await coupled(rig)
        rig.world.dataverse._writer.checks["accounts"] = check
        columns = {line.dataverse.name: line.erp.name for line in rig.flow().map.lines}
        rig.edit(**{columns[name]: value for name, value in MANY.items()})
        since = len(rig.world.requests)
        await rig.visit(ERP, ID)
        assert tried(rig, since) <= 12
        assert sorted(item["value"] for item in parked(rig)) == sorted(str(value) for value in MANY.values())
        assert rig.counts()["hints"] == 0

    on_stage(story)


def refuses_a_state_of_another_country(rig: Rig) -> None:
    """Two columns that have to fit, as an address has it."""

    def check(_before: Any, values: Mapping[str, Any]) -> None:
        if (values.get("address1_stateorprovince") == "Viken") != (values.get("address1_country") == "NO"):
            raise Refusal(400, "0x80040265", OWN_WORDS)

    rig.world.dataverse._writer.checks["accounts"] = check


def test_what_belongs_together_is_not_parted() -> None:
    """State and country go in one write, whatever else is refused beside them."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        refuses_a_state_of_another_country(rig)
        rig.edit(DeliveryAddressState="Viken", DeliveryAddressCountryRegionISOCode="NO", PrimaryContactPhone="1")
        plug_in(rig, {"fax": "2"})
        rig.edit(PrimaryContactFax="2")
        await rig.visit(ERP, ID)
        assert rig.both("DeliveryAddressState", "address1_stateorprovince") == ("Viken", "Viken")
        assert [item["value"] for item in parked(rig)] == ["2"]

    on_stage(story)


def test_what_belongs_together_parks_together() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        plug_in(rig, {"address1_stateorprovince": "Viken"})
        rig.edit(DeliveryAddressState="Viken", DeliveryAddressCountryRegionISOCode="NO", PrimaryContactPhone="1")
        await rig.visit(ERP, ID)
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")
        assert rig.both("DeliveryAddressCountryRegionISOCode", "address1_country") == ("NO", None)
        assert sorted(item["value"] for item in parked(rig)) == ["NO", "Viken"]

    on_stage(story)


def test_a_losing_value_of_a_refused_line_does_not_stand_in_the_list(tmp_path: Path) -> None:
    """What did not win has no loser: only the line that was written keeps one."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        plug_in(rig, {"fax": "2"})
        rig.edit(PrimaryContactFax="2", PrimaryContactPhone="2")
        rig.change(row_id, fax="3", telephone1="3")
        await rig.visit(ERP, ID)
        assert [(row.line, row.value) for row in rig.conflicts()] == [("PrimaryContactPhone = telephone1", "3")]
        assert [item["value"] for item in parked(rig)] == ["2"]

    on_stage(story, maps_with(tmp_path, "policy: {conflict: erp_wins, master: erp}\n"))


def test_explain_says_which_line_is_refused_and_why() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, telephone1="555", **NO_GROUP)
        await rig.visit(DATAVERSE, (row_id,))
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (flows,) = [line["flows"] for line in told["lines"] if line["flows"]]
        assert flows.startswith("refused by the ERP: ")
        assert told["why"] == "lines are set aside: see what is open"

    on_stage(story)


def test_a_refused_create_names_its_line_and_value() -> None:
    async def story(rig: Rig) -> None:
        row_id = rig.account(**NO_GROUP)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "parked"
        (item,) = parked(rig)
        assert (item["line"], item["value"], item["code"]) == (GROUP_LINE, "", "required")
        assert rig.erp() is None

    on_stage(story)


def test_a_label_that_another_line_has_parks_nobody_but_the_refused() -> None:
    """The words of a refusal may name a field that is not at fault: it is tried alone, and goes through."""

    async def story(rig: Rig) -> None:
        def check(before: Any, values: Mapping[str, Any]) -> None:
            if values["fax"] == "2" and before.values["fax"] != "2":
                raise Refusal(400, "0x80040265", "Ask 'Telephone 1' before you change anything.")

        await coupled(rig)
        rig.world.dataverse._writer.checks["accounts"] = check
        rig.edit(PrimaryContactFax="2", PrimaryContactPhone="1", SalesMemo="3")
        await rig.visit(ERP, ID)
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")
        assert [item["value"] for item in parked(rig)] == ["2"]

    on_stage(story)


@pytest.mark.parametrize("words", ["label", "field", "nothing"])
def test_a_constant_that_is_refused_stops_no_line(words: Any) -> None:
    """It is left out, and a row says so for as long as it is not there."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(LanguageId="")
        rig.world.finops.behaviour.refuses_by = words
        business_logic(rig, {"LanguageId": "en-us"})
        rig.change(row_id, telephone1="555", fax="2")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("PrimaryContactPhone", "telephone1") == ("555", "555")
        assert [item["line"] for item in parked(rig)] == ["LanguageId << -"]
        before = rig.rows(PARKED)
        await rig.compare()
        await rig.compare()
        assert rig.rows(PARKED) == before
        rig.world.finops.behaviour.refused_values.clear()
        rig.change(row_id, telephone1="556")
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.erp() or {})["LanguageId"] == "en-us"
        assert parked(rig) == []

    on_stage(story)


def test_what_comes_too_early_in_a_search_gets_a_second_try() -> None:
    """By halves a value may be tried before the one that it needs; it arrives after that."""

    async def story(rig: Rig) -> None:
        def check(_before: Any, values: Mapping[str, Any]) -> None:
            if values["fax"] == "2" and values["telephone1"] != "1":
                raise Refusal(400, "0x80040265", OWN_WORDS)

        await coupled(rig)
        plug_in(rig, {"emailaddress1": "a@contoso.com", "name": "Refused"})
        rig.world.dataverse._writer.checks["accounts"] = check
        rig.edit(PrimaryContactFax="2", PrimaryContactPhone="1", OrganizationName="Refused",
                 PrimaryContactEmail="a@contoso.com")  # fmt: skip
        await rig.visit(ERP, ID)
        assert rig.both("PrimaryContactFax", "fax") == ("2", "2")
        assert sorted(item["value"] for item in parked(rig)) == ["Refused", "a@contoso.com"]

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_in_a_batch_a_refused_value_holds_back_no_other_record(side: str) -> None:
    """A pass writes many records at once: each is traced on its own."""

    async def story(rig: Rig) -> None:
        ids = {number: await coupled(rig, number) for number in ("A-1", "A-2", "A-3")}
        if side == DATAVERSE:
            plug_in(rig, {"fax": "2"})
        else:
            business_logic(rig, {"PrimaryContactFax": "2"})
        for number, row_id in ids.items():
            fax = "2" if number == "A-2" else "3"
            if side == DATAVERSE:
                rig.edit(number, PrimaryContactFax=fax, PrimaryContactPhone=number)
            else:
                rig.change(row_id, fax=fax, telephone1=number)
        await rig.compare()
        for number in ids:
            assert rig.both("PrimaryContactPhone", "telephone1", number) == (number, number)
        assert [(item["value"], item["side"]) for item in parked(rig)] == [("2", side)]

    on_stage(story)


def test_more_refused_values_than_one_visit_can_find_are_found_by_the_next() -> None:
    """A visit is bounded; what it has written and found out stays, and the pump goes on."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        texts = [line for line in rig.flow().map.lines if line.dataverse.type == "text" and line.source is None]
        free = [line for line in texts if not (line.key or line.together or line.assigned or line.lookup)][:14]
        bad, names = free[1::2], {line.dataverse.name: line.erp.name for line in free}
        business_logic(rig, {line.erp.name: str(line.index) for line in bad})
        rig.change(row_id, **{line.dataverse.name: str(line.index) for line in free})
        await rig.hint(DATAVERSE, (row_id,))
        since = len(rig.world.requests)
        await rig.pump()
        assert tried(rig, since) <= 40
        for _ in range(4):
            await asyncio.sleep(120)
            await rig.pump()
        held, sent = rig.erp() or {}, rig.dataverse() or {}
        different = {column for column, name in names.items() if held[name] != sent[column]}
        assert different == {line.dataverse.name for line in bad}
        assert (len(parked(rig)), rig.counts()["hints"]) == (len(bad), 0)

    on_stage(story)


@pytest.mark.parametrize("is_new", [True, False])
def test_what_was_not_found_is_tried_again_when_it_may_have_come(*, is_new: bool) -> None:
    """A loyalty card is entered before its customer is in the ERP: the pass that brings him brings the card, too.

    A pass meets it several times, and another one may come at once: it is tried once, and then again after an hour.
    """

    async def story(rig: Rig) -> None:
        await set_state(rig.house, CARDS, "running")
        first = rig.world.finops.row("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": rig.customer("C-1")[1]})
        assert first is not None
        party = f"{int(first['PartyNumber']) + 1:09}"
        card = {"msdyn_cardnumber": "55-1", "msdyn_cardtendertype": 806380000}
        row_id = rig.world.dataverse.create(
            "msdyn_loyaltycards", card | ({"msdyn_partynumber": party} if is_new else {})
        )
        await rig.compare(CARDS)
        if not is_new:
            rig.world.dataverse.update("msdyn_loyaltycards", row_id, {"msdyn_partynumber": party})
            await rig.compare(CARDS)
        (aside,) = rig.rows(PARKED, CARDS)
        assert [each["code"] for each in read_trouble(aside).items] == ["not-found"]
        writes, since = ("POST" if is_new else "PATCH"), len(rig.world.requests)
        await rig.compare(CARDS)
        assert (tried(rig, since, writes), rig.rows(PARKED, CARDS)) == (0, [aside])
        await asyncio.sleep(3600)
        await rig.compare(CARDS)
        assert tried(rig, since, writes) == 1
        rig.account("C-2")
        await asyncio.sleep(3600)
        await rig.compare(CUSTOMERS, CARDS)
        (row,) = rig.world.finops.rows("RetailLoyaltyCards")
        assert (row["PartyNumber"], rig.rows(PARKED, CARDS)) == (party, [])

    on_stage(story)
