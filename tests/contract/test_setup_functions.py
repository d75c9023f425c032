"""The set-up over HTTP: the functions of the app on the local host, over both twins and a ledger in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import azure.functions as func
import httpx
import pytest

from functions.operations import flows, setup
from functions.runtime import Runtime, use
from functions.suites import configured
from shared.engine import House
from tests.emulator.host import LocalHost
from tests.emulator.local import OF_SUITES
from tests.unit.setup.stage import ACCOUNTS, APP, GROUPS, KEY, Stage, prospects

OPERATOR = {"x-koppel-key": "a key for operators", "content-type": "application/json"}
SETTINGS = {
    "DATAVERSE_URL": "http://127.0.0.1:7081",
    "FINOPS_URL": "http://127.0.0.1:7082",
    "APP_URL": APP,
    "DATAVERSE_WEBHOOK_KEY": KEY,
    "OPERATOR_KEY": "a key for operators",
}


@dataclass(slots=True)
class Caller:
    """An operator, and the environment that is being set up."""

    stage: Stage
    house: House
    client: httpx.AsyncClient

    def restart(self) -> None:
        """The app starts anew, with the settings as they are, in the same house."""
        configured.cache_clear()
        use(Runtime(configured(), self.house))

    async def get(self, path: str, status: int = 200) -> Any:
        return self._read(await self.client.get(f"/api/operations/{path}", headers=OPERATOR), status)

    async def post(self, path: str, status: int = 200) -> Any:
        return self._read(await self.client.post(f"/api/operations/{path}", headers=OPERATOR), status)

    def _read(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        assert KEY not in answer.text
        return answer.json()


@pytest.fixture
async def caller(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    async with calling(Stage()) as caller:
        yield caller


@asynccontextmanager
async def calling(stage: Stage) -> AsyncIterator[Caller]:
    """The set-up of this environment, as the settings say."""
    site = stage.site
    assert site.finops is not None
    house = House(
        catalogue=site.catalogue,
        erps={"finops": site.finops},
        dataverse=site.dataverse,
        commits=site.documents.commits,
        clock=site.clock,
        random=Random(1),
    )
    app = func.FunctionApp()
    for module in (setup, flows):
        app.register_functions(module.blueprint)
    host = LocalHost(app, {"_master": "master"}, environment={})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host.asgi()), base_url="https://app") as client:
        caller = Caller(stage, house, client)
        caller.restart()
        yield caller
    use(None)


@pytest.mark.parametrize(("method", "path"), [("GET", "preflight"), ("GET", "webhooks"), ("POST", "webhooks")])
async def test_no_key(caller: Caller, method: str, path: str) -> None:
    """Without a key nothing is told and nothing done."""
    assert (await caller.client.request(method, f"/api/operations/{path}")).status_code == 401
    assert caller.stage.writes == []


async def test_preflight(caller: Caller) -> None:
    """The report tells each finding with its severity, what to do and its flows; findings are no failure."""
    report = await caller.get("preflight")
    assert report["sound"] is True
    assert {finding["severity"] for finding in report["findings"]} == {"warning"}
    assert report["findings"][0].keys() == {"severity", "what", "remedy", "flows", "code"}
    assert report["companies"] == {"erp": ["demf", "usmf"], "dataverse": ["demf", "usmf"]}
    caller.stage.dataverse.behaviour.application_user = "missing"
    assert (await caller.get("preflight"))["sound"] is False


async def test_what_a_person_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody can see of a suite is a note about its flows: it stands in the way of nothing."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name, value in {"SUITES": "prospect_to_cash", **OF_SUITES["prospect_to_cash"]}.items():
        monkeypatch.setenv(name, value)
    stage = Stage(customers=1, maps=prospects(), suite="prospect_to_cash")
    stage.dataverse.install()
    async with calling(stage) as caller:
        notes = [each for each in (await caller.get("preflight"))["findings"] if each["severity"] == "note"]
        one = await caller.get("preflight?flow=prospect_to_cash.accounts")
    asked = [each for each in notes if "cannot be seen" in each["what"]]
    assert [each["flows"] for each in asked] == [sorted(prospects().names)] * 3
    assert "Data Integrator" in asked[0]["what"]
    assert ["prospect_to_cash.accounts"] in [each["flows"] for each in one["findings"]]


@pytest.mark.parametrize(("flow", "expected"), [(GROUPS, 1), ("dual_write.all", 3)])
async def test_preflight_of_some_flows(caller: Caller, flow: str, expected: int) -> None:
    """One flow, or all of a suite, can be named."""
    assert len((await caller.get(f"preflight?flow={flow}"))["flows"]) == expected


@pytest.mark.parametrize("path", ["preflight", "webhooks"])
@pytest.mark.parametrize(("flow", "status"), [("dual_write.nothing", 404), ("dual_write.", 404), ("nothing", 400)])
async def test_unknown_flow(caller: Caller, path: str, flow: str, status: int) -> None:
    """A flow that does not exist is not found, a name without its suite is none, and those that exist are named."""
    assert ACCOUNTS in (await caller.get(f"{path}?flow={flow}", status))["detail"]


async def test_preflight_teaches_the_engine(caller: Caller) -> None:
    """What the preflight learned of versions holds for the engine at once."""
    caller.stage.finops.behaviour.ignore_if_match.add("CustomersV3")
    await caller.get("preflight")
    assert caller.house.options.unversioned == {("erp", "CustomersV3")}


async def test_webhooks(caller: Caller) -> None:
    """GET shows what POST then does; after that there is nothing to show, and the preflight is content."""
    planned = await caller.get("webhooks")
    assert len(planned["webhooks"]) == 12 + 12
    assert caller.stage.writes == []
    assert await caller.post("webhooks") == planned
    assert await caller.get("webhooks") == {"webhooks": [], "change_tracking": []}
    assert (await caller.get("preflight"))["findings"] == []


async def test_webhooks_of_computed_columns(caller: Caller) -> None:
    """What columns are computed from is listened to, too; the preflight tells which webhook is missing."""
    found = (await caller.get("preflight"))["findings"]
    assert any("Koppel dual_write.columns.quotes" in each["what"] for each in found)
    planned = (await caller.post("webhooks"))["webhooks"]
    urls = {each["changes"]["url"]["wanted"] for each in planned if "url" in each["changes"]}
    assert f"{APP}/api/dual_write/columns/dataverse" in urls
    named = {each["flow"] for each in planned} - {each.name for each in caller.stage.maps.sound()}
    assert named == {f"dual_write.columns.{table}" for table in ("contacts", "quotes", "salesorders")}


async def test_without_sales(caller: Caller) -> None:
    """Where Dataverse has no quotes nothing listens for them, and the flows are registered as ever."""
    caller.stage.dataverse.environment.by_logical.pop("quote")
    caller.stage.dataverse.environment.tables.pop("quotes")
    assert len((await caller.post("webhooks"))["webhooks"]) == 12


async def test_webhooks_of_one_flow(caller: Caller) -> None:
    """One flow can be registered by itself."""
    done = await caller.post(f"webhooks?flow={GROUPS}")
    assert {change["flow"] for change in done["webhooks"]} == {GROUPS}


@pytest.mark.parametrize("missing", ["APP_URL", "DATAVERSE_WEBHOOK_KEY"])
@pytest.mark.parametrize("method", ["get", "post"])
async def test_settings_are_needed(caller: Caller, monkeypatch: pytest.MonkeyPatch, missing: str, method: str) -> None:
    """Without an address or a key nothing is planned, and both settings are named."""
    monkeypatch.delenv(missing)
    caller.restart()
    detail = (await getattr(caller, method)("webhooks", 503))["detail"]
    assert "APP_URL" in detail
    assert "DATAVERSE_WEBHOOK_KEY" in detail


async def test_in_azure(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Azure the app knows its own address."""
    monkeypatch.delenv("APP_URL")
    monkeypatch.setenv("WEBSITE_HOSTNAME", "func-koppel.azurewebsites.net")
    caller.restart()
    planned = await caller.get(f"webhooks?flow={GROUPS}")
    url = planned["webhooks"][0]["changes"]["url"]["wanted"]
    assert url == "https://func-koppel.azurewebsites.net/api/dual_write/customer_groups/dataverse"


async def test_two_engines(caller: Caller) -> None:
    """While dual-write runs on its table a flow does not run; the refusal says what to stop."""
    row = {"msdyn_name": "map", "msdyn_internalentityname": "account", "msdyn_externalentityname": "Customers V3"}
    caller.stage.dataverse.create("msdyn_dualwriteruntimeconfigs", row)
    refusal = await caller.post("flows/dual_write/customers_v3_accounts/run", 409)
    assert "dual-write is running on account" in refusal["detail"]
    assert "stop its map" in refusal["detail"]
