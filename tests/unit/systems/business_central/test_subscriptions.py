"""Requests about subscriptions: what is sent, and what is made of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from shared.errors import Denied, Gone, KoppelError, Rejected, Stale, Unanswered
from shared.systems import BusinessCentral, Connection, Limiter, Resource, Subscriber
from tests.unit.systems.worlds import QUICK, CountedTokens

COMPANY = "5d2b4c1a-1f0e-ef11-9f8a-6045bd001122"
CUSTOMERS = Resource("v2.0", COMPANY, "customers")
ROW = {
    "@odata.etag": 'W/"1"', "subscriptionId": "0f3d", "notificationUrl": "https://koppel.example/hook",
    "resource": CUSTOMERS.address, "lastModifiedDateTime": "2024-12-05T09:01:01Z", "clientState": "secret",
    "expirationDateTime": "2024-12-08T09:01:01Z",
}  # fmt: skip
Answer = Callable[[httpx.Request], httpx.Response]


def subscriber(*answers: httpx.Response) -> tuple[Subscriber, list[httpx.Request]]:
    """Somebody who is answered like this, one after the other; what he asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[len(asked) - 1]

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    connection = Connection(client, "https://bc.example/v2.0/Sandbox/api", CountedTokens(), Limiter(5, 5), QUICK)
    return Subscriber(BusinessCentral(connection, lambda: "b")), asked


def refused(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "no"}})


async def test_one_is_made_and_renewed() -> None:
    """Under its API, with the same body; renewed at its version, its id in quotes."""
    told, asked = subscriber(httpx.Response(201, json=ROW), httpx.Response(200, json={**ROW, "@odata.etag": 'W/"2"'}))
    made = await told.make(CUSTOMERS, ROW["notificationUrl"], "secret")
    assert (made.id, made.resource, made.half_life) == ("0f3d", CUSTOMERS, datetime(2024, 12, 6, 21, 1, 1, tzinfo=UTC))
    assert (await told.renew(made, ROW["notificationUrl"], "secret")).version == 'W/"2"'
    post, patch = asked
    assert (post.method, post.url.path) == ("POST", "/v2.0/Sandbox/api/v2.0/subscriptions")
    assert json.loads(post.content) == json.loads(patch.content) == {
        "notificationUrl": ROW["notificationUrl"], "resource": CUSTOMERS.address, "clientState": "secret",
    }  # fmt: skip
    assert (patch.method, patch.url.path) == ("PATCH", "/v2.0/Sandbox/api/v2.0/subscriptions('0f3d')")
    assert patch.headers["if-match"] == 'W/"1"'


async def test_one_is_removed() -> None:
    """At its version."""
    told, asked = subscriber(httpx.Response(200, json={"value": [ROW]}), httpx.Response(204))
    (found,) = await told.found("v2.0")
    await told.remove(found)
    assert (asked[1].method, asked[1].headers["if-match"]) == ("DELETE", 'W/"1"')


async def test_what_is_no_subscription_to_a_list_is_left_out() -> None:
    """Others may subscribe to whatever there is; a time that cannot be read is long over."""
    rows = [{**ROW, "resource": "api/v2.0/companies"}, {**ROW, "resource": 7}, {**ROW, "expirationDateTime": "soon"}]
    told, _ = subscriber(httpx.Response(200, json={"value": rows}))
    (found,) = await told.found("v2.0")
    assert found.expires.year == 1


async def test_which_lists_can_be_subscribed_to() -> None:
    """As an environment says itself, of all its APIs."""
    names = ["v2.0/customers", "/koppel/sync/v1.0/customerCards"]
    told, asked = subscriber(httpx.Response(200, json={"value": [{"resource": each} for each in names]}))
    assert await told.supported(COMPANY) == {("v2.0", "customers"), ("koppel/sync/v1.0", "customerCards")}
    assert asked[0].url.path.endswith(f"/api/microsoft/runtime/beta/companies({COMPANY})/webhookSupportedResources")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(400, "BadRequest"), Rejected),
        (refused(403, "Authorization_x"), Denied),
        (refused(404, "Internal_RecordNotFound"), Gone),
        (refused(409, "Request_EntityChanged"), Stale),
        (httpx.Response(201, json={"subscriptionId": "x"}), Unanswered),
        (httpx.Response(204), Unanswered),
    ],
)
async def test_what_a_refusal_means(answer: httpx.Response, error: type[KoppelError]) -> None:
    """As everywhere; a success that does not show what was made is no answer."""
    told, _ = subscriber(answer)
    with pytest.raises(error):
        await told.make(CUSTOMERS, "https://koppel.example/hook", "secret")
