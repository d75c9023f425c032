"""Who may operate: tried on every route, with the platform's sign-in on and off."""

from __future__ import annotations

import base64
import json
import re
from copy import copy
from dataclasses import replace
from typing import Any

import httpx
import pytest

from functions.operators import WITH_KEY
from tests.emulator.host import LocalHost
from tests.emulator.local import KEYS, OPERATOR_KEY
from tests.functions.stage import CONFIGURED, JSON, Stage, context, every_function, on_stage, problem_of, the_host
from tests.simulation.rig import CUSTOMERS

GROUP = "22222222-3333-4444-5555-666666666666"
ROUTES = sorted(
    (str(method), re.sub(r"{\w+}", "x", f"/api/{each.trigger['route']}"))
    for name, each in the_host().functions.items()
    if name.startswith("operations_") and each.trigger["type"] == "httpTrigger" and name != "operations_health"
    for method in each.trigger["methods"]
)
RECEIVERS = sorted(
    f"/api/{each.trigger['route'].replace('{source}', 'dataverse')}"
    for name, each in every_function().items()
    if each.trigger["type"] == "httpTrigger" and str(each.trigger["authLevel"]).lower() == "function"
)
"""Of every suite. What is open at the host is tried by the tests of what Business Central tells."""


def a_host_of_every_suite() -> LocalHost:
    """The functions of all suites behind one host."""
    host = copy(the_host())
    host.functions = dict(every_function())
    return host


def principal(*groups: str, **claims: str) -> str:
    """The header as the platform writes it for somebody who has signed in."""
    told = [{"typ": name, "val": value} for name, value in claims.items()]
    told += [{"typ": "groups", "val": group} for group in groups]
    body = {"auth_typ": "aad", "claims": told, "name_typ": "name", "role_typ": "roles"}
    return base64.b64encode(json.dumps(body).encode()).decode()


ANNA = principal("other", GROUP, preferred_username="anna@contoso.com", name="Anna")
STRANGER = principal("other", preferred_username="carl@contoso.com")


@pytest.fixture(params=[False, True], ids=["sign-in off", "sign-in on"])
def is_on(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether people sign in: the setting names their group, and the platform says that it looks at tokens."""
    if request.param:
        switch_on(monkeypatch)
    return bool(request.param)


def switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """People sign in."""
    monkeypatch.setitem(CONFIGURED, "SIGN_IN_GROUP", GROUP)
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")


async def ask(stage: Stage, method: str, path: str, **headers: str) -> httpx.Response:
    """A request with these headers and no other, but for the kind of its content."""
    return await stage.client.request(
        method, path, headers=JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_every_route_lets_operators_in_and_nobody_else(is_on: bool) -> None:
    """On every route: the key is good, a function key is not, and a person of the group is while people sign in."""

    async def story(stage: Stage) -> None:
        for method, path in ROUTES:
            nobody = [
                await ask(stage, method, path),
                await ask(stage, method, path, x_koppel_key="wrong"),
                await ask(stage, method, path, x_koppel_key="wrong", x_ms_client_principal=ANNA),
                *[await ask(stage, method, path, x_functions_key=key) for key in KEYS.values()],
                *[await ask(stage, method, path, x_koppel_key=key) for key in KEYS.values()],
                await ask(stage, method, path, x_ms_client_principal=STRANGER),
                await ask(stage, method, path, x_ms_client_principal="anna@contoso.com"),
                *([] if is_on else [await ask(stage, method, path, x_ms_client_principal=ANNA)]),
            ]
            for answer in nobody:
                problem_of(answer, 401)
            operators = [
                await ask(stage, method, path, x_koppel_key=OPERATOR_KEY),
                *([await ask(stage, method, path, x_ms_client_principal=ANNA)] if is_on else []),
            ]
            assert all(answer.status_code != 401 for answer in operators), (method, path)

    on_stage(story)


FORMS = ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
         "text/plain; application/json")  # fmt: skip
"""What a page of another site can have a browser send without asking first."""


def test_what_changes_anything_cannot_be_sent_by_a_page_of_another_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """On every such route: a form is no JSON, and a script of another site is told apart by its Origin."""
    switch_on(monkeypatch)

    async def story(stage: Stage) -> None:
        for method, path in ROUTES:
            if method == "GET":
                continue
            for kind in FORMS:
                problem_of(await ask(stage, method, path, x_ms_client_principal=ANNA, content_type=kind), 415, "JSON")
            for origin in ("https://evil.example", "null", f"https://{stage.client.base_url.host}.evil.example"):
                answer = await ask(stage, method, path, x_ms_client_principal=ANNA, origin=origin)
                problem_of(answer, 403, "another site")

    on_stage(story)


def test_a_page_of_the_host_itself_may_send_what_changes_something() -> None:
    """Its Origin is the host's own, by whatever name the browser knows the host."""

    async def story(stage: Stage) -> None:
        path = f"/api/operations/parked/{CUSTOMERS.replace('.', '/')}/retry"
        own = str(stage.client.base_url).rstrip("/")
        assert (await ask(stage, "POST", path, x_koppel_key=OPERATOR_KEY, origin=own)).status_code == 202
        named = {"origin": "https://koppel.contoso.example", "host": "koppel.contoso.example"}
        kind = "Application/JSON; charset=utf-8"
        answer = await ask(stage, "POST", path, x_koppel_key=OPERATOR_KEY, content_type=kind, **named)
        assert answer.status_code == 202

    on_stage(story)


@pytest.mark.usefixtures("is_on")
def test_health_needs_nobody() -> None:
    """The platform asks whether the process is alive, and has no key."""

    async def story(stage: Stage) -> None:
        assert (await ask(stage, "GET", "/api/operations/health")).status_code == 200

    on_stage(story)


@pytest.mark.usefixtures("is_on")
def test_receivers_want_a_function_key_and_nothing_else() -> None:
    """Neither the operators' key nor somebody who has signed in delivers events."""

    async def story(stage: Stage) -> None:
        transport = httpx.ASGITransport(a_host_of_every_suite().asgi())
        async with httpx.AsyncClient(transport=transport, base_url=str(stage.client.base_url)) as client:
            every = replace(stage, client=client)
            for path in RECEIVERS:
                for headers in ({}, {"x_koppel_key": OPERATOR_KEY}, {"x_ms_client_principal": ANNA}):
                    assert (await ask(every, "POST", path, **headers)).status_code == 401
                assert (await ask(every, "POST", path, x_functions_key=KEYS["dataverse"])).status_code not in {401, 404}

    on_stage(story)


@pytest.mark.parametrize("group_is_set", [False, True])
def test_both_have_to_say_that_people_sign_in(monkeypatch: pytest.MonkeyPatch, group_is_set: bool) -> None:
    """The header is believed only while the platform takes it from all others; setting or platform alone do not do."""
    switch_on(monkeypatch)
    if group_is_set:
        monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "False")
    else:
        monkeypatch.setitem(CONFIGURED, "SIGN_IN_GROUP", "")

    async def story(stage: Stage) -> None:
        problem_of(await ask(stage, "GET", "/api/operations/flows", x_ms_client_principal=ANNA), 401)

    on_stage(story)


def test_without_a_key_nobody_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no key is set an empty one does not open."""
    monkeypatch.setitem(CONFIGURED, "OPERATOR_KEY", "")

    async def story(stage: Stage) -> None:
        for key in ("", " ", OPERATOR_KEY):
            problem_of(await ask(stage, "GET", "/api/operations/flows", x_koppel_key=key), 401, "x-koppel-key")

    on_stage(story)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is turned away hears what to do, and not what would have been right."""
    switch_on(monkeypatch)

    async def story(stage: Stage) -> None:
        path = "/api/operations/flows"
        problem_of(await ask(stage, "GET", path), 401, "sign in with Microsoft Entra ID", "x-koppel-key")
        problem_of(await ask(stage, "GET", path, x_ms_client_principal=STRANGER), 401, "SIGN_IN_GROUP")
        wrong = problem_of(await ask(stage, "GET", path, x_koppel_key="wrong"), 401, "operator-key")
        assert OPERATOR_KEY not in json.dumps(wrong)

    on_stage(story)


async def journal(stage: Stage, row_id: str) -> list[dict[str, Any]]:
    """What was done to a record, newest first."""
    suite, flow = CUSTOMERS.split(".")
    answer = await stage.get(f"/api/operations/records/{suite}/{flow}/dataverse/{row_id}")
    found: list[dict[str, Any]] = answer.json()["journal"]
    return found


def test_the_persons_name_stands_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked is told with what was done: a person by name, a key as such, and nobody where a system's event did."""
    switch_on(monkeypatch)
    suite, flow = CUSTOMERS.split(".")

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.event(context(row_id))
        for number, headers in enumerate([{"x_ms_client_principal": ANNA}, {"x_koppel_key": OPERATOR_KEY}]):
            stage.rig.edit(OrganizationName=f"Name {number}")
            body = json.dumps({"what": "record", "side": "dataverse", "identity": [row_id]})
            answer = await stage.client.post(
                f"/api/operations/sync/{suite}/{flow}",
                content=body,
                headers=JSON | {name.replace("_", "-"): value for name, value in headers.items()},
            )
            assert answer.status_code == 200, answer.text
        told = [each.get("by", "") for each in await journal(stage, row_id)]
        assert (told[:2], {*told[2:]}) == ([WITH_KEY, "anna@contoso.com"], {""})

    on_stage(story)


def test_the_name_of_whoever_began_a_job_stands_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pump carries a job out later, for whoever began it."""
    switch_on(monkeypatch)
    suite, flow = CUSTOMERS.split(".")

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        body = json.dumps({"what": "everything"})
        headers = {**JSON, "x-ms-client-principal": ANNA}
        answer = await stage.client.post(f"/api/operations/sync/{suite}/{flow}", content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        await stage.fire("operations_pump")
        assert {each["by"] for each in await journal(stage, row_id)} == {"anna@contoso.com"}

    on_stage(story)


async def sent_by_anna(stage: Stage, path: str, body: Any = None) -> Any:
    """A request of a person who has signed in; its answer."""
    headers = {**JSON, "x-ms-client-principal": ANNA}
    answer = await stage.client.post(f"/api/operations/{path}", content=json.dumps(body or {}), headers=headers)
    assert answer.status_code in {200, 202}, answer.text
    return answer.json()


def test_what_a_person_retries_is_done_in_that_persons_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pump carries it out later; what an event tells of meanwhile takes nothing of that away."""
    switch_on(monkeypatch)
    place = CUSTOMERS.replace(".", "/")

    async def story(stage: Stage) -> None:
        rig = stage.rig
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "new"})
        identity = rig.customer(CustomerGroupId="new")
        await rig.visit("erp", identity)
        rig.edit(CustomerGroupId="10")
        asked = {"side": "erp", "identity": [*identity]}
        assert await sent_by_anna(stage, f"parked/{place}/retry", asked) == {"retried": 1}
        await rig.hint("erp", identity)
        await stage.fire("operations_pump")
        account = rig.dataverse()
        assert account is not None
        assert {each["by"] for each in await journal(stage, account["accountid"])} == {"anna@contoso.com"}

    on_stage(story)


def test_what_a_person_decides_about_a_flow_is_told_with_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who paused it, who approved its report, who stopped its job; what follows from events is nobody's."""
    switch_on(monkeypatch)
    place = CUSTOMERS.replace(".", "/")

    async def story(stage: Stage) -> None:
        (paused,) = (await sent_by_anna(stage, f"flows/{place}/pause"))["flows"]
        assert (paused["reason"], paused["by"]) == ("paused by anna@contoso.com", "anna@contoso.com")
        report = (await sent_by_anna(stage, f"reports/{place}/plan"))["job"]
        await stage.fire("operations_pump")
        await sent_by_anna(stage, f"reports/{place}/approve", {"report": report})
        (told,) = (await stage.get(f"/api/operations/reports/{place}")).json()["reports"]
        assert told["approved"]["why"] == "approved by anna@contoso.com"
        job = (await sent_by_anna(stage, f"flows/{place}/resume"))["job"]
        await sent_by_anna(stage, f"jobs/{job}/stop")
        flows = (await stage.get("/api/operations/flows")).json()["flows"]
        reasons = {each["flow"]: (each["reason"], each.get("by", "")) for each in flows}
        assert reasons[CUSTOMERS] == ("its job was stopped by anna@contoso.com", "anna@contoso.com")
        assert reasons["dual_write.customer_groups"] == ("", "")

    on_stage(story)


@pytest.mark.parametrize("platform_signs_in", [False, True])
def test_a_key_is_told_by_the_name_of_the_person_where_the_platform_knows_it(
    monkeypatch: pytest.MonkeyPatch, platform_signs_in: bool
) -> None:
    """Where the platform does not look at tokens anybody may have written that header: it is not believed."""
    if platform_signs_in:
        switch_on(monkeypatch)
    place = CUSTOMERS.replace(".", "/")

    async def story(stage: Stage) -> None:
        known = {"x_koppel_key": OPERATOR_KEY, "x_ms_client_principal_name": "erik@contoso.com"}
        answer = await ask(stage, "POST", f"/api/operations/flows/{place}/pause", **known)
        (paused,) = answer.json()["flows"]
        assert paused["by"] == ("erik@contoso.com" if platform_signs_in else WITH_KEY)

    on_stage(story)
