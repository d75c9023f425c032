"""Subscriptions: the handshake, three days, renewal, and what may be subscribed to (checklist 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.emulator.business_central.probe import DE, HOST, ROOT, Probe
from tests.emulator.business_central.schema import OF_CONNECTOR, pages

HOOK = "https://hook.example/bc"
RUNTIME = "/v2.0/Sandbox/api/microsoft/runtime/beta"


def test_a_subscription(probe: Probe) -> None:
    """201 with an id of 32 letters, the secret and an end in three days."""
    said = probe.subscribe("customers")
    assert said.status == 201
    found = said.json
    assert (len(found["subscriptionId"]), "-" in found["subscriptionId"]) == (32, False)
    assert found["resource"] == f"/api/v2.0/companies({probe.company})/customers"
    assert (found["clientState"], found["expirationDateTime"]) == ("secret", "2025-01-09T09:00:00Z")
    assert probe.get("~subscriptions").rows == [{k: v for k, v in found.items() if k != "@odata.context"}]
    assert probe.get(f"~subscriptions('{found['subscriptionId']}')").json["notificationUrl"] == HOOK


@pytest.mark.parametrize(("status", "echo"), [(200, "another"), (202, None), (404, None), (0, ""), (200, "")])
def test_the_handshake(probe: Probe, status: int, echo: str | None) -> None:
    """Without 200 and the token there is no subscription; the token may stand in quotes."""
    body = {"notificationUrl": HOOK, "resource": f"companies({probe.company})/items", "clientState": "s"}
    assert probe.shake("POST", "~subscriptions", body, status, echo).error[:2] == (400, "BadRequest")
    assert probe.post("~subscriptions", body).status == 400
    assert probe.get("~subscriptions").rows == []
    assert probe.shake("POST", "~subscriptions", body, 200, '"token"').status == 201


@pytest.mark.parametrize("form", ["/api/v2.0/{}", "api/v2.0/{}", "{}", f"{HOST}/v2.0/Sandbox/api/v2.0/{{}}"])
def test_forms_of_a_resource(probe: Probe, form: str) -> None:
    """Relative, with or without a slash and the route, or absolute."""
    resource = form.format(f"companies({probe.company})/items")
    assert probe.subscribe("items", resource=resource).json["resource"].endswith("/items")


@pytest.mark.parametrize(
    "name",
    ["contactsInformation", "taxAreas", "taxGroups", "companies", "nothing", "customers?$filter=x", "customers/"],
)
def test_what_cannot_be_subscribed_to(probe: Probe, name: str) -> None:
    """Temporary tables, what belongs to no company, and queries."""
    assert probe.subscribe(name).error[:2] == (400, "BadRequest")


def test_supported_resources(probe: Probe) -> None:
    """An environment says itself which sets there are."""
    said = probe.get(f"{RUNTIME}/companies({probe.company})/webhookSupportedResources?$filter=resource eq 'v2.0*'")
    names = said.column("resource")
    assert {"v2.0/customers", "v2.0/salespeoplePurchasers", "v2.0/currencyExchangeRates"} <= set(names)
    assert all(name.startswith("v2.0/") for name in names)
    assert not {"v2.0/contactsInformation", "v2.0/taxAreas", "v2.0/taxGroups", "v2.0/companies"} & set(names)
    for wrong in ("resource gt 'v2.0'", "name eq 'v2.0*'", "contains(resource,'v2.0')"):
        said = probe.get(f"{RUNTIME}/companies({probe.company})/webhookSupportedResources?$filter={wrong}")
        assert said.status == 400
    probe.twin.behaviour.unsupported_webhooks = {"salespeoplePurchasers"}
    assert probe.subscribe("salespeoplePurchasers").status == 400


def test_pages_of_the_connector(probe: Probe) -> None:
    """Fact sheet 9.1: an API of one's own has subscriptions of its own, to its own pages, and tells of their rows."""
    root = ROOT.replace("api/v2.0/", f"api/{OF_CONNECTOR}/")
    resource = f"/api/{OF_CONNECTOR}/companies({probe.company})/customerCards"
    body = {"notificationUrl": HOOK, "resource": resource, "clientState": "s"}
    assert probe.shake("POST", "~subscriptions", body).status == 400
    made = probe.shake("POST", f"{root}subscriptions", body)
    assert (made.status, made.json["resource"]) == (201, resource)
    assert len(probe.get(f"{root}subscriptions").rows) == 1
    assert probe.get("~subscriptions").rows == []
    assert probe.delete(f"~subscriptions('{made.json['subscriptionId']}')", if_match="*").status == 404
    row = probe.twin.create(DE, "customers", {"displayName": "X"})
    probe.pass_time(60)
    assert [each["resource"] for each in probe.told()] == [f"{resource[1:]}({row['id']})"]
    said = probe.get(f"{RUNTIME}/companies({probe.company})/webhookSupportedResources")
    assert f"{OF_CONNECTOR}/customerCards" in said.column("resource")
    probe.twin.behaviour.connector = False
    assert probe.get(f"{root}subscriptions").status == 404


def test_the_same_twice(probe: Probe) -> None:
    """One resource and one URL have one subscription; another URL may have its own."""
    probe.subscribe("customers")
    assert probe.subscribe("customers").error[:2] == (400, "BadRequest")
    assert probe.subscribe("customers", f"{HOOK}/2").status == 201


def test_none_is_changed_into_what_there_is(probe: Probe) -> None:
    """Nor does a renewal make a second one of a resource and a URL; its own it may keep."""
    probe.subscribe("customers")
    other = probe.subscribe("items").json
    target = f"~subscriptions('{other['subscriptionId']}')"
    body = {name: other[name] for name in ("notificationUrl", "resource", "clientState")}
    taken = {**body, "resource": f"companies({probe.company})/customers"}
    assert probe.shake("PATCH", target, taken, if_match="*").error[:2] == (400, "BadRequest")
    moved = {**body, "resource": f"companies({probe.company})/vendors"}
    assert probe.shake("PATCH", target, moved, if_match="*").json["resource"].endswith("/vendors")
    assert probe.shake("PATCH", target, moved, if_match="*").status == 200


def test_what_is_renewed_is_checked_as_what_is_made(probe: Probe) -> None:
    """A resource without webhooks, a secret that is too long, an id: refused, and nothing is changed."""
    made = probe.subscribe("customers").json
    target = f"~subscriptions('{made['subscriptionId']}')"
    body = {name: made[name] for name in ("notificationUrl", "resource", "clientState")}
    for wrong in ({"resource": "taxAreas"}, {"clientState": "x" * 2049}, {"subscriptionId": "x"}):
        assert probe.shake("PATCH", target, {**body, **wrong}, if_match="*").error[:2] == (400, "BadRequest")
    assert probe.get(target).json["@odata.etag"] == made["@odata.etag"]


@pytest.mark.parametrize("option", ["$filter=clientState eq 's'", "$select=subscriptionId", "$top=1"])
def test_subscriptions_are_listed_as_a_whole(probe: Probe, option: str) -> None:
    """No option is known of them, so none is passed over."""
    assert probe.get(f"~subscriptions?{option}").error[:2] == (400, "BadRequest_InvalidRequestUrl")


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_verbs_that_a_subscription_does_not_have(probe: Probe, method: str) -> None:
    """It is made, read, renewed and deleted."""
    made = probe.subscribe("customers").json["subscriptionId"]
    assert probe.send(method, f"~subscriptions('{made}')", {}, if_match="*").error[0] == 405
    assert probe.send("PATCH", "~subscriptions", {}, if_match="*").error[0] == 405
    assert probe.send("DELETE", "~subscriptions", if_match="*").error[0] == 405


def test_too_many(probe: Probe) -> None:
    """200 for an environment."""
    for number in range(200):
        assert probe.subscribe("customers", f"{HOOK}/{number}").status == 201
    assert probe.subscribe("customers").error[:2] == (400, "BadRequest")


@pytest.mark.parametrize(
    "body",
    [{"notificationUrl": "hook"}, {"clientState": "x" * 2049}, {"subscriptionId": "x"}, {"clientState": None}],
)
def test_what_a_subscription_cannot_hold(probe: Probe, body: dict[str, object]) -> None:
    """A URL that is none, too long a secret, an id of one's own."""
    asked = {"notificationUrl": HOOK, "resource": f"companies({probe.company})/items", "clientState": "s", **body}
    assert probe.shake("POST", "~subscriptions", asked).error[:2] == (400, "BadRequest")
    assert probe.subscribe("items", clientState="x" * 2048).status == 201


def test_renewal(probe: Probe) -> None:
    """A PATCH with the version and a handshake gives three more days under another version."""
    made = probe.subscribe("customers").json
    target = f"~subscriptions('{made['subscriptionId']}')"
    body = {name: made[name] for name in ("notificationUrl", "resource", "clientState")}
    probe.pass_time(36 * 3600)
    assert probe.shake("PATCH", target, body).error[:2] == (400, "BadRequest_InvalidToken")
    assert probe.shake("PATCH", target, body, if_match='W/"x"').error[:2] == (409, "Request_EntityChanged")
    assert probe.shake("PATCH", target, body, 500, if_match="*").status == 400
    said = probe.shake("PATCH", target, body, if_match=made["@odata.etag"])
    assert (said.status, said.json["expirationDateTime"]) == (200, "2025-01-10T21:00:00Z")
    assert said.etag != made["@odata.etag"]


def test_a_subscription_is_deleted(probe: Probe) -> None:
    """With its version, and its id in quotes."""
    made = probe.subscribe("customers").json["subscriptionId"]
    assert probe.delete(f"~subscriptions({made})", if_match="*").status == 404
    assert probe.delete(f"~subscriptions('{made}')").status == 400
    assert probe.delete(f"~subscriptions('{made}')", if_match="*").status == 204
    assert probe.get("~subscriptions").rows == []


def test_an_expired_subscription(probe: Probe) -> None:
    """It is gone without a word, and nothing is told any more."""
    made = probe.subscribe("customers").json["subscriptionId"]
    probe.pass_time(timedelta(days=3).total_seconds())
    probe.customer("C1")
    probe.twin.create(DE, "customers", {"displayName": "X"})
    probe.pass_time(60)
    assert (probe.told(), probe.get("~subscriptions").rows) == ([], [])
    assert probe.get(f"~subscriptions('{made}')").status == 404


@pytest.mark.parametrize("happens", ["copy", "restore"])
def test_copies_and_restores_forget_subscribers(probe: Probe, happens: str) -> None:
    """Checklist 9 and fact sheet 9.3: whoever wants to hear has to subscribe anew."""
    backup = probe.twin.back_up()
    probe.subscribe("customers")
    probe.twin.create(DE, "customers", {"displayName": "X"})
    if happens == "copy":
        probe.twin.copy("Copied")
        root = "/v2.0/Copied/api/v2.0"
        assert probe.get("~companies").status == 404
        assert len(probe.get(f"{root}/companies({probe.company})/customers").rows) == 1
    else:
        assert probe.twin.restore(backup) == 2
        root = "/v2.0/Sandbox/api/v2.0"
        assert probe.get("customers").rows == []
    probe.pass_time(60)
    assert (probe.get(f"{root}/subscriptions").rows, probe.told()) == ([], [])


def test_every_subscribable_set_tells(probe: Probe) -> None:
    """What is supported is a set with rows of its own."""
    for page in pages().values():
        assert probe.twin.subscriptions.supports(page) == (page.in_company and not page.temporary)
