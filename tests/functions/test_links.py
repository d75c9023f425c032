"""Explain and the lists say where a browser opens the records that they are about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from shared.engine import couple, flow_in, set_state, state_of
from shared.mapping import DATAVERSE, ERP, entity
from shared.systems import BusinessCentral
from tests.emulator.local import KEYS, OPERATOR_KEY
from tests.functions.stage import Stage, keyed, on_stage, the_host
from tests.functions.test_decisions import PLACE, quarrel
from tests.simulation.central import CUSTOMERS, DE, Central
from tests.simulation.central_items import ITEMS, Shelf
from tests.simulation.notified import Told, on_told

SUITE: Final = "business_central"
VENDORS: Final = f"{SUITE}.vendors"
ORG: Final = "http://127.0.0.1:7081/main.aspx?pagetype=entityrecord"
CLIENT: Final = "https://businesscentral.dynamics.com/Sandbox/?company=CRONUS%20DE"


class Desk:
    """An operator of an environment that runs online."""

    def __init__(self, central: Central, client: httpx.AsyncClient) -> None:
        self.central = central
        self.client = client

    async def get(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(path, headers=keyed(path, OPERATOR_KEY))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def explained(self, flow: str, row_id: str) -> dict[str, Any]:
        """The explanation of a row of Dataverse."""
        return await self.get(f"/api/operations/records/{SUITE}/{flow}/dataverse/{row_id}")

    async def couple(self, name: str, identity: tuple[str, str], row_id: str) -> None:
        here = self.central.house
        await set_state(here, name, "running")
        await couple(flow_in(here, name, await state_of(here, name)), identity, row_id)


def online(story: Callable[[Desk], Awaitable[None]]) -> None:
    """Plays a story with Business Central at the address that it has online."""

    async def whole(told: Told) -> None:
        told.central.erp.environment.url = "https://api.businesscentral.dynamics.com"
        told.start(operator_key=OPERATOR_KEY, dataverse_webhook_key=KEYS["dataverse"])
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:
            await story(Desk(told.central, client))

    asyncio.run(on_told(whole))


def at_card(page: int, field: str, number: str) -> str:
    asked = quote(f"'{field}' IS '{number}'", safe="")
    return f"{CLIENT}&page={page}&filter={asked}"


MADE: Final[dict[str, tuple[str, dict[str, Any], str, dict[str, Any], tuple[int, str, str]]]] = {
    "customers": ("customers", {"number": "C1", "displayName": "A"}, "accounts",
                  {"name": "A", "customertypecode": 3}, (21, "No.", "C1")),
    "vendors": ("vendors", {"number": "V1", "displayName": "A"}, "accounts",
                {"name": "A", "customertypecode": 11}, (26, "No.", "V1")),
    "salespeople": ("salespeoplePurchasers", {"code": "JO", "displayName": "Jo"}, "systemusers",
                    {"fullname": "Jo", "islicensed": True, "domainname": "jo"}, (5116, "Code", "JO")),
    "units_of_measure": ("unitsOfMeasure", {"code": "BOX", "displayName": "Box"}, "uomschedules",
                         {"name": "NAV BOX", "baseuomname": "BOX"}, (209, "Code", "BOX")),
    "currencies": ("currencies", {"code": "USD", "displayName": "Dollar"}, "transactioncurrencies",
                   {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1.1,
                    "currencyprecision": 2}, (495, "Code", "USD")),
}  # fmt: skip
"""By flow: the list, a record of it, the table, a row of it, and the card that opens the record."""


@pytest.mark.parametrize("flow", MADE)
def test_explain_links_the_record_of_each_side_of_a_pair(flow: str) -> None:
    """bc-023, bc-025: the right table and card, whatever the letter case of the id that is asked for."""

    async def story(desk: Desk) -> None:
        lists, record, table, row, card = MADE[flow]
        identity = (desk.central.company, str(desk.central.erp.create(DE, lists, record)["id"]))
        row_id = desk.central.dataverse.create(table, row)
        await desk.couple(f"{SUITE}.{flow}", identity, row_id)
        logical = entity(DATAVERSE, table).type
        links = {ERP: at_card(*card), DATAVERSE: f"{ORG}&etn={logical}&id={row_id}"}
        assert (await desk.explained(flow, row_id.upper()))["links"] == links

    online(story)


def test_what_is_not_coupled_is_linked_alone_and_nothing_is_done() -> None:
    """bc-024: it says that it has no partner; whoever wants one couples it."""

    async def story(desk: Desk) -> None:
        row_id, before = desk.central.account(), len(desk.central.tables.partitions.get(CUSTOMERS, {}))
        told = await desk.explained("customers", row_id)
        assert (told["state"], told["links"]) == ("not coupled", {DATAVERSE: f"{ORG}&etn=account&id={row_id}"})
        assert told["says"].startswith("Adatum: nothing matches it"), told["says"]
        assert len(desk.central.tables.partitions.get(CUSTOMERS, {})) == before

    online(story)


def test_of_two_flows_over_one_table_the_one_that_has_the_row_links_its_record() -> None:
    """bc-026: an account that a vendor has is no customer's."""

    async def story(desk: Desk) -> None:
        identity = (desk.central.company, str(desk.central.erp.create(DE, "vendors", {"number": "V1"})["id"]))
        row_id = desk.central.account(customertypecode=11)
        await desk.couple(VENDORS, identity, row_id)
        assert (await desk.explained("vendors", row_id))["links"][ERP] == at_card(26, "No.", "V1")
        assert ERP not in (await desk.explained("customers", row_id))["links"]

    online(story)


def test_a_product_links_the_item_that_it_is_coupled_with() -> None:
    """bc-026: in the flow that has it; resources have none yet."""

    async def story(desk: Desk) -> None:
        shelf = Shelf(desk.central)
        desk.central.coded("unitsOfMeasure", "PCS")
        shelf.group("NAV PCS", "PCS")
        item, row_id = shelf.item("I1"), shelf.product("I1")
        await desk.couple(ITEMS, item, row_id)
        told = await desk.explained("items", row_id)
        assert told["links"] == {ERP: at_card(30, "No.", "I1"), DATAVERSE: f"{ORG}&etn=product&id={row_id}"}

    online(story)


def test_a_record_that_is_gone_is_not_linked() -> None:
    """Nothing would open."""

    async def story(desk: Desk) -> None:
        identity, row_id = desk.central.customer(), desk.central.account()
        await desk.couple(CUSTOMERS, identity, row_id)
        desk.central.dataverse.delete("accounts", row_id)
        assert (await desk.explained("customers", row_id))["links"].keys() == {ERP}

    online(story)


def test_what_is_set_aside_is_listed_with_its_link() -> None:
    """In the list of the flow, so that nobody has to ask record by record."""

    async def story(desk: Desk) -> None:
        row_id = desk.central.account(name="x" * 101)
        assert (await desk.central.visit(DATAVERSE, (row_id,), creates="both")).kind == "parked"
        (row,) = (await desk.get(f"/api/operations/parked/{SUITE}/customers"))["records"]
        assert row["links"] == {DATAVERSE: f"{ORG}&etn=account&id={row_id}"}

    online(story)


def test_what_is_set_aside_for_a_delete_is_not_linked_where_it_is_gone() -> None:
    """Nothing would open in a list, either."""

    async def story(desk: Desk) -> None:
        identity, row_id = desk.central.customer(), desk.central.account()
        await desk.couple(CUSTOMERS, identity, row_id)
        await desk.central.visit(DATAVERSE, (row_id,))
        desk.central.later(minutes=5)
        desk.central.dataverse.delete("accounts", row_id)
        await desk.central.compare()
        (row,) = (await desk.get(f"/api/operations/parked/{SUITE}/customers"))["records"]
        assert "links" not in row, row

    online(story)


def test_a_conflict_is_listed_with_the_links_of_both_records() -> None:
    """Of finance and operations none is known: its addresses hold a query that only its own pages can write."""

    async def story(stage: Stage) -> None:
        row_id = await quarrel(stage.rig)
        (row,) = (await stage.get(f"/api/operations/conflicts/{PLACE}")).json()["conflicts"]
        assert row["links"][DATAVERSE].endswith(f"/main.aspx?pagetype=entityrecord&etn=account&id={row_id}")
        assert row["links"].keys() == {DATAVERSE}

    on_stage(story)


def test_a_system_that_is_away_takes_no_list_with_it() -> None:
    """What Business Central would have to be asked for is left out."""

    async def story(desk: Desk) -> None:
        identity, row_id = desk.central.customer(), desk.central.account()
        await desk.couple(CUSTOMERS, identity, row_id)
        desk.central.gates[ERP].order("drop", times=1000)
        assert ERP not in (await desk.explained("customers", row_id)).get("links", {})

    online(story)


def test_a_system_that_does_not_answer_holds_no_list_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of conflicts is there to be read, whoever is slow."""
    monkeypatch.setattr("functions.links.SECONDS", 0.05)

    async def story(desk: Desk) -> None:
        identity, row_id = desk.central.customer(displayName="Erp"), desk.central.account()
        await desk.couple(CUSTOMERS, identity, row_id)
        path = f"/api/operations/conflicts/{SUITE}/customers"
        (row,) = (await desk.get(path))["conflicts"]
        assert row["links"].keys() == {ERP, DATAVERSE}

        async def hangs(*_asked: Any) -> list[str]:
            await asyncio.sleep(3600)
            return []

        monkeypatch.setattr(BusinessCentral, "links", hangs)
        (row,) = (await desk.get(path))["conflicts"]
        assert row["links"].keys() == {DATAVERSE}

    online(story)
