"""Who may call, how often, and what is said when not: sign-ins, permissions, limits, languages (checklist 12, 13)."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from tests.emulator.business_central.probe import DE, HOST, Probe
from tests.emulator.business_central.twin import ACCESS_KEYS
from tests.emulator.faults import gated
from tests.emulator.wire import Dropped, Request

WRONG = "Authentication_InvalidCredentials"
ON_PREMISES = "/Sandbox/api/v2.0/companies"


def basic(user: str, key: str) -> dict[str, Any]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()}


@pytest.mark.parametrize("header", ["", "Bearer x", "Bearer x.y", "Basic S09QUEVMOng="])
def test_without_a_good_token(probe: Probe, header: str) -> None:
    """401 with a challenge."""
    said = probe.get("customers", authorization=header)
    assert said.error == (401, WRONG, "The server has rejected the client credentials.")
    assert said.headers["www-authenticate"] == "Bearer"


def test_tokens_of_others(probe: Probe) -> None:
    """Another audience, an expired token, and an app that nobody entered in the product."""
    other = probe.identity.issue(HOST)
    assert probe.get("customers", authorization=f"Bearer {other}").error[:2] == (401, WRONG)
    old, probe.now = probe.token, probe.now.replace(hour=11)
    assert probe.get("customers", authorization=f"Bearer {old}").status == 401
    probe.pass_time(0)
    assert probe.get("customers").status == 200
    probe.twin.behaviour.application = "missing"
    assert probe.get("customers").error[:2] == (401, WRONG)


def test_the_key_of_a_user_on_premises(probe: Probe) -> None:
    """A user and his web service access key, at the address of the instance; tokens are no good there."""
    probe.twin.behaviour.sign_in = "basic"
    ((user, key),) = ACCESS_KEYS.items()
    assert probe.get(ON_PREMISES, **basic(user, key)).column("name") == [DE, "CRONUS US"]
    for headers in (basic(user, "wrong"), basic("NOBODY", key), basic("NOBODY", ""), {}):
        assert probe.get(ON_PREMISES, **headers).error[:2] == (401, WRONG)
    assert probe.get(ON_PREMISES, authorization="Basic =").status == 401
    assert probe.get("~companies", **basic(user, key)).status == 404
    assert probe.twin.base == f"{HOST}/Sandbox/api/v2.0"


def test_the_api_is_off(probe: Probe) -> None:
    """As it starts on premises: every call is answered with 405."""
    probe.twin.behaviour.api_enabled = False
    for target in ("~companies", "customers", "~$batch"):
        assert probe.get(target).error[:2] == (405, "BadRequest_MethodNotAllowed")


@pytest.mark.parametrize(("missing", "read", "made"), [("customers", 403, 403), ("customers:insert", 200, 403)])
def test_permissions(probe: Probe, missing: str, read: int, made: int) -> None:
    """What the permission sets do not give is refused, set by set and operation by operation."""
    probe.twin.behaviour.missing_permissions = {missing}
    assert probe.get("customers").status == read
    said = probe.post("customers", {"displayName": "X"})
    assert said.status == made
    assert said.error[1].startswith("Authorization_")
    assert probe.get("vendors").status == 200


def test_the_rate_of_a_user(probe: Probe) -> None:
    """6,000 requests in five minutes, as a sliding window; then 429 without a word of when."""
    for _ in range(6000):
        assert probe.get("~companies").status == 200
    said = probe.get("~companies")
    assert said.status == 429
    assert "retry-after" not in said.headers
    probe.pass_time(300)
    assert probe.get("~companies").status == 200


def test_a_wait_that_is_named(probe: Probe) -> None:
    """On order a 429 says how long, which is not documented."""
    probe.twin.behaviour.request_limit, probe.twin.behaviour.retry_after_limit = 0, 7
    assert probe.get("~companies").headers["retry-after"] == "7"


def test_too_many_at_once(probe: Probe) -> None:
    """Beyond what is processed and queued: 429 at once."""
    probe.twin.behaviour.refuse_concurrent = 1
    said = probe.get("~companies")
    assert (said.status, "retry-after" in said.headers) == (429, False)
    assert probe.get("~companies").status == 200


def test_too_long_in_the_queue(probe: Probe) -> None:
    """503, which says when."""
    probe.twin.behaviour.refuse_busy = 1
    assert probe.get("~companies").headers["retry-after"] == "30"
    assert probe.get("~companies").status == 200


def test_languages(probe: Probe) -> None:
    """Texts are those of the caller's language; the code is the same in all."""
    english = probe.post("customers", {}).error
    assert probe.post("customers", {}, accept_language="en-US,de;q=0.5").error == english
    german = probe.post("customers", {}, accept_language="de-DE").error
    assert german[:2] == english[:2]
    assert german[2] != english[2]


def test_every_error_has_its_own_trace(probe: Probe) -> None:
    """The text ends with an id of the request."""
    texts = {probe.post("customers", {}).json["error"]["message"] for _ in range(2)}
    assert len(texts) == 2
    assert all("  CorrelationId:  " in text for text in texts)


def test_every_answer_names_the_protocol(probe: Probe) -> None:
    """Good ones and refusals."""
    for target in ("~companies", "customers", "~nothing"):
        assert probe.get(target).headers["odata-version"] == "4.0"


@pytest.mark.parametrize(
    ("kind", "kept"), [("answer", False), ("drop", False), ("answer_after", True), ("drop_after", True)]
)
async def test_faults_before_and_after_the_commit(probe: Probe, kind: str, kept: bool) -> None:
    """On order an answer is lost, or is that of a gateway: before anything happened, or after the row was made."""
    gate, port = gated(probe.twin, asyncio.sleep)
    gate.order(kind, method="POST", status=504)
    headers = {"authorization": f"Bearer {probe.token}", "content-type": "application/json"}
    path = f"/v2.0/Sandbox/api/v2.0/companies({probe.company})/customers"
    request = Request("POST", path, "", headers, b'{"displayName":"X"}')
    if kind.startswith("drop"):
        with pytest.raises(Dropped):
            await port(request)
    else:
        assert (await port(request)).status == 504
    assert len(probe.get("customers").rows) == kept
