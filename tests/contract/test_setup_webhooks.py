"""Webhook registration over the Dataverse twin: shown first, done once, repaired, and nobody else's touched."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.events import dataverse_event
from shared.engine import WOKEN
from shared.errors import Denied, Refused
from shared.mapping import Catalogue
from shared.setup import Receiver, Registration, apply_webhooks, plan_webhooks
from tests.emulator.dataverse.schema import stable_id
from tests.simulation.central import shipped
from tests.unit.setup.stage import ACCOUNTS, APP, GROUPS, KEY, TERMS, Stage, three

ENDPOINTS, STEPS, IMAGES = "serviceendpoints", "sdkmessageprocessingsteps", "sdkmessageprocessingstepimages"
RECEIVER = Receiver(url=APP, key=KEY)


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def plan(stage: Stage, receiver: Receiver = RECEIVER) -> Registration:
    return await plan_webhooks(stage.site.dataverse, stage.maps.sound(), receiver)


async def apply(stage: Stage, receiver: Receiver = RECEIVER) -> Registration:
    return await apply_webhooks(stage.site.dataverse, stage.maps.sound(), receiver)


def named(stage: Stage, table: str) -> dict[str, dict[str, Any]]:
    """Rows of a registration table by name."""
    return {str(row["name"]): dict(row) for row in stage.dataverse.rows(table)}


def step(stage: Stage, message: str, flow: str = ACCOUNTS, table: str = "account") -> dict[str, Any]:
    return named(stage, STEPS)[f"Koppel {flow}: {message} of {table}"]


def untrack(stage: Stage, table: str) -> None:
    stage.dataverse.environment.by_logical[table].definition.change_tracking = False


def foreign(stage: Stage) -> tuple[str, str]:
    """An endpoint and a step of somebody else, on the same table and message; their ids."""
    values = {"name": "Audit", "contract": 8, "url": "https://audit.example/hook", "authtype": 4, "authvalue": "theirs"}
    endpoint = stage.dataverse.create(ENDPOINTS, values)
    ours = step(stage, "Update")
    body = {
        "name": "Audit accounts",
        "stage": 40,
        "mode": 1,
        "sdkmessageid@odata.bind": f"/sdkmessages({ours['_sdkmessageid_value']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({ours['_sdkmessagefilterid_value']})",
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
    }
    return endpoint, stage.dataverse.create(STEPS, body)


# -- planning


async def test_plan_writes_nothing(stage: Stage) -> None:
    """A plan shows everything that is missing and changes nothing."""
    untrack(stage, "account")
    found = await plan(stage)
    assert [(change.what, change.set, change.flow) for change in found.changes[:5]] == [
        ("create", ENDPOINTS, GROUPS),
        *[("create", STEPS, GROUPS)] * 3,
        ("create", ENDPOINTS, ACCOUNTS),
    ]
    assert len(found.changes) == 4 * len(stage.maps.sound())
    assert found.track == ["account"]
    assert stage.writes == []


async def test_plan_equals_what_is_done(stage: Stage) -> None:
    """What is done is what the plan showed."""
    planned = await plan(stage)
    assert (await apply(stage)).as_json() == planned.as_json()


async def test_again_is_nothing(stage: Stage) -> None:
    """Once applied, the plan is empty, and applying it again writes nothing."""
    untrack(stage, "account")
    await apply(stage)
    before = len(stage.writes)
    assert (await plan(stage)).as_json() == {"webhooks": [], "change_tracking": []}
    assert (await apply(stage)).changes == []
    assert len(stage.writes) == before


async def test_only_the_flows_that_are_meant(stage: Stage) -> None:
    """Flows that are not meant get no registrations."""
    await apply_webhooks(stage.site.dataverse, [stage.maps.map(TERMS)], RECEIVER)
    assert list(named(stage, ENDPOINTS)) == [f"Koppel {TERMS}"]
    assert len(named(stage, STEPS)) == 3


async def test_a_table_without_events(stage: Stage) -> None:
    """A table on which nothing can be registered is told by name."""
    stage.dataverse.environment.tables["sdkmessagefilters"].rows.clear()
    stage.dataverse.environment.tables["sdkmessagefilters"].ids.clear()
    with pytest.raises(Refused, match="no events for Create of account"):
        await plan(stage)


async def test_a_table_whose_rows_are_never_deleted(stage: Stage) -> None:
    """Has no event for it, as users have none: what it has is registered, and a second look finds it complete."""
    filters = stage.dataverse.environment.tables["sdkmessagefilters"]
    gone = [row_id for row_id in filters.rows if row_id == stable_id("sdkmessagefilter Delete account")]
    for row_id in gone:
        filters.remove(row_id, stage.dataverse.environment.next_version())
    await apply(stage)
    told = {name.removeprefix(f"Koppel {ACCOUNTS}: ") for name in named(stage, STEPS) if ACCOUNTS in name}
    assert told == {"Create of account", "Update of account"}
    assert list((await plan(stage)).changes) == []


async def test_users_are_heard_of() -> None:
    """Their table is the system's, and has events all the same; salespeople are kept equal with them."""
    stage = Stage()
    flow = shipped().map("business_central.salespeople")
    await apply_webhooks(stage.site.dataverse, [flow], RECEIVER)
    about = f"Koppel {flow.name}: "
    assert {name.removeprefix(about) for name in named(stage, STEPS)} == {
        "Create of systemuser", "Update of systemuser"
    }  # fmt: skip


async def test_without_the_privilege(stage: Stage) -> None:
    """A privilege that is missing stops it with the system's own words."""
    stage.dataverse.behaviour.missing_privileges = {"prvCreateServiceEndpoint"}
    with pytest.raises(Denied, match="prvCreateserviceendpoint"):
        await apply(stage)


# -- what is registered


async def test_endpoint(stage: Stage) -> None:
    """An endpoint is a webhook of the flow's own address that carries the function key."""
    await apply(stage)
    endpoint = named(stage, ENDPOINTS)[f"Koppel {ACCOUNTS}"]
    assert endpoint["url"] == f"{APP}/api/dual_write/customers_v3_accounts/dataverse"
    assert (endpoint["contract"], endpoint["authtype"], endpoint["authvalue"]) == (8, 4, KEY)


@pytest.mark.parametrize("message", ["Create", "Update", "Delete"])
async def test_step(stage: Stage, message: str) -> None:
    """A step is asynchronous, after the operation, and cleans up after itself; only Update filters columns."""
    await apply(stage)
    found = step(stage, message)
    assert (found["stage"], found["mode"], found["asyncautodelete"], found["statecode"]) == (40, 1, True, 0)
    assert (found["filteringattributes"] is not None) == (message == "Update")


async def test_filtering_attributes(stage: Stage) -> None:
    """The columns of a step are the mapped ones, those of scope and company, and the state; the id is none of them."""
    await apply(stage)
    columns = set(step(stage, "Update")["filteringattributes"].split(","))
    flow = stage.maps.map(ACCOUNTS)
    assert {line.dataverse.name for line in flow.lines} <= columns
    assert {"customertypecode", "msdyn_company", "statecode"} <= columns
    assert not {"accountid", "createdon", "primarycontactid"} & columns


# -- what is sent


async def test_events_follow_the_steps(stage: Stage) -> None:
    """Changes of mapped columns are told once, to the flow, with its key; changes of others are not."""
    await apply(stage)
    row = str(stage.dataverse.rows("accounts")[0]["accountid"])
    stage.dataverse.update("accounts", row, {"statuscode": 1})
    assert stage.dataverse.outbox == []
    stage.dataverse.update("accounts", row, {"name": "Renamed"})
    (delivery,) = stage.dataverse.outbox
    target = urlsplit(delivery.url)
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{APP}/api/dual_write/customers_v3_accounts/dataverse"
    assert parse_qs(target.query) == {"code": [KEY]}
    assert json.loads(delivery.body)["PrimaryEntityId"] == row


async def test_nothing_is_sent_unregistered(stage: Stage) -> None:
    """Without registrations nothing is told."""
    row = str(stage.dataverse.rows("accounts")[0]["accountid"])
    stage.dataverse.update("accounts", row, {"name": "Renamed"})
    assert stage.dataverse.outbox == []


# -- repairing


@pytest.mark.parametrize(
    "values",
    [
        {"statecode": 1, "statuscode": 2},
        {"filteringattributes": "name"},
        {"filteringattributes": None},
        {"asyncautodelete": False},
        {"rank": 7},
        {"name": "Something else"},
    ],
    ids=str,
)
async def test_a_changed_step_is_repaired(stage: Stage, values: dict[str, Any]) -> None:
    """A step that somebody changed is repaired in what was changed, and in nothing else."""
    await apply(stage)
    before = step(stage, "Update")
    stage.dataverse.update(STEPS, before["sdkmessageprocessingstepid"], values)
    (change,) = (await apply(stage)).changes
    assert (change.what, change.set, set(change.before)) == ("repair", STEPS, set(values))
    after = step(stage, "Update")
    moving = {"modifiedon", "_modifiedby_value", "versionnumber"}
    assert {name for name in before if before[name] != after[name]} <= moving
    assert (await plan(stage)).changes == []


async def test_a_repair_creates_nothing(stage: Stage) -> None:
    """What is gone by the time of its repair is not made from half a row."""
    await apply(stage)
    stage.dataverse.update(STEPS, step(stage, "Update")["sdkmessageprocessingstepid"], {"rank": 7})
    await apply(stage)
    assert stage.writes[-1].method == "PATCH"
    assert stage.writes[-1].headers["if-match"] == "*"


async def test_order_of_columns_means_nothing(stage: Stage) -> None:
    """The same columns in another order are no change."""
    await apply(stage)
    found = step(stage, "Update")
    backwards = ", ".join(reversed(found["filteringattributes"].split(",")))
    stage.dataverse.update(STEPS, found["sdkmessageprocessingstepid"], {"filteringattributes": backwards})
    assert (await plan(stage)).changes == []


async def test_a_step_led_elsewhere_is_led_back(stage: Stage) -> None:
    """A step that was given to another endpoint is given back."""
    await apply(stage)
    endpoint, _ = foreign(stage)
    ours = step(stage, "Create")
    bind = {"eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})"}
    stage.dataverse.update(STEPS, ours["sdkmessageprocessingstepid"], bind)
    (change,) = (await apply(stage)).changes
    assert set(change.before) == {"_eventhandler_value"}
    assert step(stage, "Create")["_eventhandler_value"] == ours["_eventhandler_value"]


async def test_a_deleted_step_is_made_again(stage: Stage) -> None:
    """A step that was deleted comes back under the same id."""
    await apply(stage)
    ours = step(stage, "Delete")["sdkmessageprocessingstepid"]
    stage.dataverse.delete(STEPS, ours)
    (change,) = (await apply(stage)).changes
    assert (change.what, change.id) == ("create", ours)
    assert step(stage, "Delete")["sdkmessageprocessingstepid"] == ours


@pytest.mark.parametrize(
    "receiver", [replace(RECEIVER, url="https://moved.example/"), replace(RECEIVER, key="rotated")], ids=["url", "key"]
)
async def test_a_new_address_or_key(stage: Stage, receiver: Receiver) -> None:
    """When the app moves or its key is rotated, the endpoints follow, and the steps stay as they are."""
    await apply(stage)
    done = await apply(stage, receiver)
    assert {(change.what, change.set) for change in done.changes} == {("repair", ENDPOINTS)}
    endpoint = named(stage, ENDPOINTS)[f"Koppel {ACCOUNTS}"]
    assert (endpoint["url"].partition("/api/")[0], endpoint["authvalue"]) == (receiver.url.rstrip("/"), receiver.key)
    assert (await plan(stage, receiver)).changes == []


async def test_others_are_left_alone(stage: Stage) -> None:
    """What others registered on the same table is neither changed nor removed."""
    await apply(stage)
    endpoint, theirs = foreign(stage)
    before = (stage.dataverse.row(ENDPOINTS, endpoint), stage.dataverse.row(STEPS, theirs))
    stage.dataverse.delete(STEPS, step(stage, "Update")["sdkmessageprocessingstepid"])
    await apply(stage)
    assert (stage.dataverse.row(ENDPOINTS, endpoint), stage.dataverse.row(STEPS, theirs)) == before


# -- what nobody needs any more


async def test_steps_of_a_table_that_wakes_nobody_any_more_go(woken: Stage) -> None:
    """With their images; those of the flow's own table stay, and so do the steps of a table that still wakes it."""
    await apply(woken)
    before = {name for name in named(woken, STEPS) if "quote" not in name}
    woken.maps = three()
    planned = (await plan(woken)).as_json()
    gone = [each["name"] for each in planned["webhooks"] if each["action"] == "remove"]
    assert len(gone) == 6  # three messages of quotes, and of contacts
    assert (await apply(woken)).as_json() == planned
    assert set(named(woken, STEPS)) == {name for name in before if "contact" not in name}
    assert named(woken, IMAGES) == {}
    assert (await plan(woken)).changes == []


async def test_who_is_gone_is_told_nothing_any_more(stage: Stage) -> None:
    """The steps and the endpoint of a flow that there is no more; not where only one flow is meant."""
    await apply(stage)
    flows = [each for each in stage.maps.sound() if each.name != TERMS]
    assert (await plan_webhooks(stage.site.dataverse, flows, RECEIVER)).changes == []
    known = [each.name for each in flows]
    done = await apply_webhooks(stage.site.dataverse, flows, RECEIVER, (), known)
    assert [(change.what, change.set, change.flow) for change in done.changes] == [
        *[("remove", STEPS, TERMS)] * 3,
        ("remove", ENDPOINTS, TERMS),
    ]
    assert set(named(stage, ENDPOINTS)) == {f"Koppel {name}" for name in known}
    assert (await plan_webhooks(stage.site.dataverse, flows, RECEIVER, (), known)).changes == []


async def test_a_flow_with_a_bad_map_keeps_its_steps(stage: Stage) -> None:
    """It is there, although it is not looked at."""
    await apply(stage)
    flows = [each for each in stage.maps.sound() if each.name != TERMS]
    assert (await plan_webhooks(stage.site.dataverse, flows, RECEIVER, (), stage.maps.names)).changes == []


async def test_somebody_elses_step_keeps_our_endpoint(stage: Stage) -> None:
    """Nor is a row of our name removed that has another id."""
    await apply(stage)
    ours = step(stage, "Update", TERMS, "msdyn_paymentterm")
    binds = {"sdkmessageid": "sdkmessages", "sdkmessagefilterid": "sdkmessagefilters",
             "eventhandler_serviceendpoint": ENDPOINTS}  # fmt: skip
    held = {"eventhandler_serviceendpoint": "_eventhandler_value"}
    body = {f"{name}@odata.bind": f"/{into}({ours[held.get(name, f'_{name}_value')]})" for name, into in binds.items()}
    theirs = stage.dataverse.create(STEPS, {"name": ours["name"], "stage": 40, "mode": 1, **body})
    stage.dataverse.create(ENDPOINTS, {"name": "Koppel dual_write.gone", "contract": 8, "url": "https://a.example/hook",
                                       "authtype": 4, "authvalue": "theirs"})  # fmt: skip
    flows = [each for each in stage.maps.sound() if each.name != TERMS]
    done = await apply_webhooks(stage.site.dataverse, flows, RECEIVER, (), [each.name for each in flows])
    assert [change.set for change in done.changes] == [STEPS] * 3
    assert stage.dataverse.row(STEPS, theirs) is not None
    assert {f"Koppel {TERMS}", "Koppel dual_write.gone"} <= set(named(stage, ENDPOINTS))


# -- tables that wake a flow


@pytest.fixture
def woken(tmp_path: Path) -> Stage:
    """Accounts are woken by their quotes, and by the people who work for them."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "extends: customers_v3_accounts\nwoken_by: [quotes(customerid), contacts(parentcustomerid)]\n", "utf-8"
    )
    return Stage(maps=Catalogue(three().files, {ACCOUNTS: [overlay]}))


async def told(stage: Stage) -> list[str]:
    """Whom the events that were sent so far are about."""
    flow, sent = stage.maps.map(ACCOUNTS), [*stage.dataverse.outbox]
    stage.dataverse.outbox.clear()
    events = [event for each in sent for event in dataverse_event(json.loads(each.body), flow)]
    assert {(event.what, event.ours) for event in events} <= {(WOKEN, False)}
    return [event.identity[0] for event in events]


async def test_steps_of_tables_that_wake_a_flow(woken: Stage) -> None:
    """Every message of such a table is told, whatever was changed, with what the row pointed to before."""
    planned = (await plan(woken)).as_json()
    assert (await apply(woken)).as_json() == planned
    for message in ("Create", "Update", "Delete"):
        found = step(woken, message, table="quote")
        assert (found["filteringattributes"], found["_eventhandler_value"]) == (
            None, step(woken, message)["_eventhandler_value"])  # fmt: skip
    images = named(woken, IMAGES)
    assert {name.partition(": ")[2] for name in images} == {
        "quote before Update", "quote before Delete", "contact before Update", "contact before Delete"}  # fmt: skip
    assert images[f"Koppel {ACCOUNTS}: quote before Delete"]["attributes"] == "customerid"
    before = len(woken.writes)
    assert (await apply(woken)).changes == []
    assert len(woken.writes) == before


async def test_an_image_that_was_changed_is_repaired(woken: Stage) -> None:
    """Without it nobody would know what a deleted row pointed to."""
    await apply(woken)
    found = named(woken, IMAGES)[f"Koppel {ACCOUNTS}: quote before Delete"]
    woken.dataverse.update(IMAGES, found["sdkmessageprocessingstepimageid"], {"attributes": "name"})
    (change,) = (await apply(woken)).changes
    assert (change.what, change.set, set(change.before)) == ("repair", IMAGES, {"attributes"})
    woken.dataverse.delete(IMAGES, found["sdkmessageprocessingstepimageid"])
    (change,) = (await apply(woken)).changes
    assert (change.what, change.set) == ("create", IMAGES)
    assert (await plan(woken)).changes == []


async def test_a_row_that_wakes_records(woken: Stage) -> None:
    """Its events name the record that it points to, the one that it pointed to before, and, deleted, the last one."""
    await apply(woken)
    one, two, *_ = (str(row["accountid"]) for row in woken.dataverse.rows("accounts"))
    quote = woken.dataverse.create("quotes", {"customerid_account@odata.bind": f"/accounts({one})"})
    assert await told(woken) == [one]
    woken.dataverse.update("quotes", quote, {"description": "for the fair"})
    assert await told(woken) == [one]
    woken.dataverse.update("quotes", quote, {"customerid_account@odata.bind": f"/accounts({two})"})
    assert sorted(await told(woken)) == sorted([one, two])
    woken.dataverse.delete("quotes", quote)
    assert await told(woken) == [two]


async def test_a_row_that_points_to_another_table(woken: Stage) -> None:
    """A quote for a person is no hint for an account, and neither is a person without one."""
    await apply(woken)
    novak = woken.dataverse.create("contacts", {"lastname": "Novak"})
    quote = woken.dataverse.create("quotes", {"customerid_contact@odata.bind": f"/contacts({novak})"})
    woken.dataverse.delete("quotes", quote)
    assert woken.dataverse.outbox != []
    assert await told(woken) == []


# -- change tracking


async def test_change_tracking(stage: Stage) -> None:
    """Change tracking is turned on where it is off, by the table's whole definition, and published once."""
    for table in ("account", "msdyn_paymentterm"):
        untrack(stage, table)
    done = await apply(stage)
    assert done.track == ["account", "msdyn_paymentterm"]
    lines = [line for line in stage.arrived[0].lines if not line.startswith("GET")]
    assert [line.partition(" ")[0] for line in lines if "EntityDefinitions" in line] == ["PUT", "PUT"]
    assert lines[-1] == "POST /api/data/v9.2/PublishXml"
    assert all(table.definition.change_tracking for table in stage.dataverse.environment.by_logical.values()
               if not table.definition.system)  # fmt: skip


# -- secrets


async def test_secrets_do_not_show(stage: Stage) -> None:
    """The key shows in no plan, no answer, no representation and no row that can be read."""
    planned, done = await plan(stage), await apply(stage)
    rotated = await plan(stage, replace(RECEIVER, key="another-key"))
    for found in (planned, done, rotated):
        assert KEY not in f"{found!r} {found.as_json()}"
        assert "another-key" not in f"{found!r} {found.as_json()}"
    rows = await stage.site.dataverse.get(ENDPOINTS)
    assert KEY not in json.dumps(rows)
