"""Setting the connection to Business Central up, step by step: shown, done once, and told where a person is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from functions.business_central import BusinessCentralSettings
from functions.runtime import Runtime, use
from functions.suites import Configured
from shared.engine import set_state, state_of
from tests.emulator.business_central.twin import Founding
from tests.emulator.local import KEYS, NOTIFICATION_KEY, OPERATOR_KEY
from tests.functions.stage import JSON, MASTER, keyed, problem_of, the_host
from tests.simulation.central import CUSTOMERS, DE, US
from tests.simulation.notified import Told, on_told, settings_with
from tests.simulation.test_central_connector import connected

PATH: Final = "/api/operations/setup/business_central"
STEPS: Final = ["dataverse", "business_central", "companies", "synchronised", "product_off", "columns", "role",
                "orders", "subscriptions", "webhooks"]  # fmt: skip
FLOWS: Final = "/api/operations/flows/business_central"


@dataclass(slots=True)
class Guide:
    """The stage, and an administrator before it. settings: those of the house that differ from the usual."""

    told: Told
    client: httpx.AsyncClient

    def start(self, companies: Sequence[str] = (DE,), **settings: Any) -> None:
        """The app is started, with these companies to synchronise."""
        central = self.told.central
        central.companies = companies
        central.house = central.new_house()
        house = settings_with(**{"operator_key": OPERATOR_KEY, "dataverse_webhook_key": KEYS["dataverse"], **settings})
        suite = BusinessCentralSettings(companies=",".join(central.company_ids))
        use(Runtime(Configured(house, {"business_central": suite}), central.house))

    async def ask(self, method: str, path: str = PATH, **body: Any) -> httpx.Response:
        return await self.client.request(method, path, json=body or None, headers={**JSON, **keyed(path, OPERATOR_KEY)})

    async def look(self) -> dict[str, dict[str, Any]]:
        """How each step stands, by its name."""
        return {each["step"]: each for each in (await self.ask("GET")).json()["steps"]}

    async def do(self, **body: Any) -> dict[str, Any]:
        answer = await self.ask("POST", **body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ready(self) -> dict[str, Any]:
        """What is red, by its check."""
        checks = (await self.ask("GET", "/api/operations/ready")).json()["checks"]
        return {each["check"]: each.get("detail") for each in checks if not each["ok"]}

    def written(self) -> int:
        """How many rows and registrations there have been written in Dataverse, and how many subscriptions are made."""
        return len(self.told.central.dataverse.history) + len(self.told.names)

    def app_user(self) -> str:
        rows = self.told.central.dataverse.rows("systemusers")
        return str(next(row["systemuserid"] for row in rows if row["applicationid"]))


def guided(story: Callable[[Guide], Coroutine[Any, Any, None]], running: Sequence[str] = ()) -> None:
    """Plays a story before an app that nobody has set up."""

    async def whole(told: Told) -> None:
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:
            guide = Guide(told, client)
            guide.start()
            await story(guide)

    asyncio.run(on_told(whole, running))


def states(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: each["state"] for name, each in found.items()}


def test_from_nothing_to_done() -> None:
    """Looking changes nothing; doing does all that can be done and tells what; a second time it does nothing (bc-008 to
    bc-010).
    """

    async def story(guide: Guide) -> None:
        before = guide.written()
        found = await guide.look()
        assert list(found) == STEPS
        assert {name for name, state in states(found).items() if state == "to do"} == {"companies", "webhooks"}
        assert found["orders"]["state"] == "not offered"
        assert "create Koppel business_central.customers" in found["webhooks"]["missing"]
        assert guide.written() == before
        done = await guide.do(product_off=True)
        assert (done["complete"], done["made"]) == (True, ["companies", "product_off", "webhooks"])
        written = guide.written()
        assert written > before
        assert (await guide.do()) == {**done, "made": []}
        assert guide.written() == written
        assert states(await guide.look()) == {**dict.fromkeys(STEPS, "done"), "orders": "not offered"}

    guided(story)


def test_one_step_alone() -> None:
    """Only what is asked for is done; a name that is no step is told with those that are."""

    async def story(guide: Guide) -> None:
        assert (await guide.do(step="companies"))["made"] == ["companies"]
        assert (await guide.look())["webhooks"]["state"] == "to do"
        problem_of(await guide.ask("POST", step="company"), 400, "did you mean companies?")
        problem_of(await guide.ask("POST", synchronise=["customer"]), 400, "did you mean customers?")
        await guide.do(synchronise=[CUSTOMERS, "vendors"])

    guided(story)


def test_nothing_secret_is_shown() -> None:
    """Neither keys nor secrets stand in any answer (bc-012)."""

    async def story(guide: Guide) -> None:
        await guide.do()
        answer = (await guide.ask("GET")).text
        assert all(secret not in answer for secret in (OPERATOR_KEY, KEYS["dataverse"], NOTIFICATION_KEY))

    guided(story)


# -- sign-ins


def test_a_sign_in_that_is_refused() -> None:
    """It is told with its way out, for each system alone; what hangs on it cannot be seen, and the rest can."""

    async def story(guide: Guide) -> None:
        behaviour = guide.told.central.erp.behaviour
        behaviour.application = "missing"
        found = await guide.look()
        assert found["business_central"]["state"] == "needs an administrator"
        assert "Microsoft Entra Applications" in found["business_central"]["remedy"]
        assert (found["companies"]["state"], found["role"]["state"]) == ("cannot be seen", "done")
        behaviour.application = "registered"
        guide.told.central.dataverse.behaviour.application_user = "missing"
        found = await guide.look()
        assert (found["dataverse"]["state"], found["business_central"]["state"]) == ("needs an administrator", "done")
        assert "create an application user" in found["dataverse"]["remedy"]

    guided(story)


def test_a_connection_can_be_tested_at_any_time() -> None:
    """It says what answered, whether flows run or not, and switches nothing on (bc-007)."""

    async def story(guide: Guide) -> None:
        found = await guide.look()
        assert found["dataverse"]["told"] == ["https://twin", "answers", "organisation Contoso"]
        assert found["business_central"]["told"][-1] == "answers"
        assert {each["state"] for each in found["synchronised"]["flows"]} == {"not running"}

    guided(story)


# -- companies


def test_what_became_of_companies() -> None:
    """By their ids: one that is called otherwise, one that is new, one that is gone."""

    async def story(guide: Guide) -> None:
        await guide.do()
        erp, company = guide.told.central.erp, guide.told.central.company
        assert f"{US} ({erp.company(US).id}) is not synchronised" in (await guide.look())["companies"]["told"]
        erp.rename_company(DE, "CRONUS Deutschland")
        copy = erp.found(Founding("CRONUS Copy", "EUR", "€", "DE")).id
        found = (await guide.look())["companies"]
        assert (found["state"], found["missing"]) == ("to do", ["what they are called has not been noted yet"])
        told = "\n".join(found["told"])
        assert f"{DE} is called CRONUS Deutschland now ({company})" in told
        assert f"CRONUS Copy ({copy}) is not synchronised, and is new: a copy has an id of its own" in told
        assert (await guide.do(step="companies"))["made"] == ["companies"]
        erp.close("CRONUS Deutschland")
        found = (await guide.look())["companies"]
        assert (found["state"], found["missing"]) == ("needs an administrator", [f"CRONUS Deutschland ({company})"])
        assert "leave it out of BUSINESS_CENTRAL_COMPANIES" in found["remedy"]

    guided(story)


def test_a_local_currency_that_dataverse_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with the company whose it is, here and in the preflight, and what to add (bc-017)."""
    monkeypatch.setenv("SUITES", "business_central")

    async def story(guide: Guide) -> None:
        guide.start(companies=(US,))
        found = (await guide.look())["companies"]
        assert found["state"] == "needs an administrator"
        assert found["missing"] == [f"USD, the local currency of {US}"]
        assert "add the currency in Dataverse" in found["remedy"]
        report = (await guide.ask("GET", "/api/operations/preflight")).json()
        (said,) = [each for each in report["findings"] if "is no currency in Dataverse" in each["what"]]
        assert (said["severity"], said["what"].partition(",")[0]) == ("error", "USD")

    guided(story)


# -- what is synchronised


def test_what_is_not_chosen_does_not_run() -> None:
    """It is stopped, cannot be run or synchronised, has no webhooks, and is chosen later (bc-014, bc-015)."""

    async def story(guide: Guide) -> None:
        await guide.do()
        house = guide.told.central.house
        found = {each["flow"]: each for each in (await guide.look())["synchronised"]["flows"]}
        assert {each["chosen"] for each in found.values()} == {True}
        done = await guide.do(synchronise=["vendors"])
        chosen = {each["flow"] for each in done["steps"][3]["flows"] if each["chosen"]}
        assert chosen == {"vendors"}
        state = await state_of(house, CUSTOMERS)
        assert (state["state"], state["reason"].partition(", ")[0]) == ("not running", "no longer chosen")
        problem_of(await guide.ask("POST", f"{FLOWS}/customers/run"), 409, "is not chosen to be synchronised")
        sync = "/api/operations/sync/business_central/customers"
        one = {"side": "erp", "identity": list(guide.told.central.customer())}
        problem_of(await guide.ask("POST", sync, **one), 409, "is not chosen")
        gone = (await guide.ask("GET", "/api/operations/webhooks")).json()["webhooks"]
        assert {each["action"] for each in gone if each["flow"] == CUSTOMERS} == {"remove"}
        await guide.do(step="webhooks")
        assert (await guide.ask("GET", "/api/operations/webhooks")).json()["webhooks"] == []
        assert (await guide.ask("GET", "/api/operations/preflight")).json()["flows"] == ["business_central.vendors"]
        review = (await guide.ask("POST", "/api/operations/review/business_central/open")).json()
        assert [each["flow"] for each in review["flows"]] == ["business_central.vendors"]
        assert review["left out"][CUSTOMERS] == "it is not chosen to be synchronised"
        await guide.do(synchronise=["vendors", "customers"])
        assert (await guide.look())["webhooks"]["state"] == "to do"
        answer = await guide.ask("POST", f"{FLOWS}/customers/run", initial=False)
        assert "chosen" not in answer.text

    guided(story, [CUSTOMERS])


def test_what_is_not_chosen_does_not_redden_ready() -> None:
    """A flow that was stopped by that is nobody's trouble, nor are its webhooks and subscriptions."""

    async def story(guide: Guide) -> None:
        await guide.do()
        await guide.client.post("/admin/functions/operations_pump", headers={**JSON, "x-functions-key": MASTER})
        await set_state(guide.told.central.house, CUSTOMERS, "paused", "by a test")
        assert "paused" in (await guide.ready())[f"flow {CUSTOMERS}"]
        await guide.do(synchronise=[])
        assert await guide.ready() == {}
        assert (await guide.do(step="subscriptions"))["steps"][8]["told"] == ["none are needed until a flow runs"]

    guided(story, [CUSTOMERS])


def test_what_refers_to_what_is_not_chosen() -> None:
    """Is told: such references wait."""

    async def story(guide: Guide) -> None:
        done = await guide.do(synchronise=["customers"])
        assert "customers refers to salespeople, which is not chosen: such references wait" in done["steps"][3]["told"]

    guided(story)


# -- the Dataverse side


def test_columns_are_needed_for_several_companies() -> None:
    """With one company nothing is; with two the column is made, and what the app may not make is an administrator's."""

    async def story(guide: Guide) -> None:
        assert "nothing is needed" in (await guide.look())["columns"]["told"][0]
        guide.start(companies=(DE, US))
        behaviour = guide.told.central.dataverse.behaviour
        behaviour.missing_privileges = {"prvCreatePublisher", "prvCreateSolution", "prvCreateAttribute"}
        found = (await guide.look())["columns"]
        assert (found["state"], "as an administrator" in found["remedy"]) == ("needs an administrator", True)
        behaviour.missing_privileges = set()
        found = (await guide.look())["columns"]
        assert (found["state"], "column account koppel_company" in found["missing"]) == ("to do", True)
        assert "columns" in (await guide.do(step="columns"))["made"]

    guided(story)


# -- the role


def test_a_role_that_lacks_something() -> None:
    """What is missing is named, with the command that an administrator runs: the app cannot give it to itself."""

    async def story(guide: Guide) -> None:
        guide.told.central.dataverse.behaviour.missing_privileges = {"prvCreateServiceEndpoint", "prvWriteAccount"}
        found = (await guide.look())["role"]
        assert found["state"] == "needs an administrator"
        assert {each.lower() for each in found["missing"]} == {"prvcreateserviceendpoint", "prvwriteaccount"}
        assert "./koppel setup --dataverse https://twin --app" in found["remedy"]
        done = await guide.do(step="role")
        assert (done["made"], done["complete"]) == ([], False)

    guided(story)


def test_an_app_without_a_role() -> None:
    """It may not even look at what it may do: that cannot be seen, and nothing of Dataverse is taken for done."""

    async def story(guide: Guide) -> None:
        guide.told.central.dataverse.take_role(guide.app_user())
        found = await guide.look()
        assert {found[name]["state"] for name in ("dataverse", "companies", "webhooks")} <= {
            "cannot be seen", "needs an administrator",
        }  # fmt: skip
        assert found["role"]["state"] in {"cannot be seen", "needs an administrator"}
        assert found["business_central"]["state"] == "done"

    guided(story)


# -- what tells us of changes


@pytest.mark.parametrize(
    ("settings", "step", "says"),
    [
        ({"dataverse_webhook_key": ""}, "webhooks", "DATAVERSE_WEBHOOK_KEY"),
        ({"business_central_notification_key": ""}, "subscriptions", "BUSINESS_CENTRAL_NOTIFICATION_KEY"),
        ({"app_url": ""}, "subscriptions", "APP_URL"),
    ],
)
def test_settings_that_are_missing(settings: dict[str, str], step: str, says: str) -> None:
    """Are a person's to set, and named."""

    async def story(guide: Guide) -> None:
        guide.start(**settings)
        found = (await guide.look())[step]
        assert found["state"] == "needs an administrator"
        assert says in f"{found['missing']} {found['remedy']}"

    guided(story)


def test_subscriptions_of_what_runs() -> None:
    """Those of flows at work are made, told and put right."""

    async def story(guide: Guide) -> None:
        assert (await guide.look())["subscriptions"]["state"] == "to do"
        assert "subscriptions" in (await guide.do())["made"]
        assert guide.told.names == ["customers"]
        guide.told.stopped = True
        guide.told.central.erp.forget_subscribers()
        found = {each["step"]: each for each in (await guide.do(step="subscriptions"))["steps"]}["subscriptions"]
        assert found["state"] == "done" or found["missing"]

    guided(story, [CUSTOMERS])


def test_whether_the_products_own_integration_is_off_cannot_be_seen_without_the_connector() -> None:
    """Then the step says where it is switched off, and is done once a person says that it is."""

    async def story(guide: Guide) -> None:
        found = (await guide.look())["product_off"]
        assert found["state"] == "cannot be seen"
        for words in ("Dataverse Connection Setup", "Microsoft Dynamics 365 Connection Setup", '"product_off": true'):
            assert words in found["remedy"]
        assert (await guide.do())["made"] == ["companies", "webhooks"]
        assert (await guide.look())["product_off"]["state"] == "cannot be seen"
        assert "product_off" in (await guide.do(product_off=True))["made"]
        said = (await guide.look())["product_off"]
        assert (said["state"], said["missing"]) == ("done", [])
        assert "has said" in said["told"][0]

    guided(story)


def test_the_connector_tells_where_the_products_own_integration_is_on() -> None:
    """By company, with the page on which it is switched off; nobody's word stands against that."""

    async def story(told: Told) -> None:
        setup = told.central.erp.create(DE, "cdsConnectionSetups", {"enabled": True})
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:
            guide = Guide(told, client)
            guide.start()
            found = (await guide.look())["product_off"]
            assert found["state"] == "needs an administrator"
            assert "is switched on in company CRONUS DE" in found["missing"][0]
            assert "Dataverse Connection Setup" in found["remedy"]
            problem_of(await guide.ask("POST", product_off=True), 409, "is switched on")
            told.central.erp.update(DE, "cdsConnectionSetups", str(setup["id"]), {"enabled": False})
            assert (await guide.look())["product_off"]["state"] == "done"

    asyncio.run(on_told(story, maps=connected()))
