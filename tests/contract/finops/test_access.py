"""Who may call, how often, and over which wire."""

from __future__ import annotations

import random
from datetime import timedelta

import httpx
import pytest

from tests.emulator.faults import gated
from tests.emulator.finops.probe import HOST, Probe, organization
from tests.emulator.probing import change_set, part
from tests.emulator.wire import Request, TwinTransport, direct

US_1 = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"


@pytest.mark.parametrize(
    "target", ["CustomersV3", "/data", "$metadata", "$batch", "/metadata/DataEntities", "/nothing"]
)
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y", "Basic a2V5", "other", "expired", "revoked"])
def test_bad_token(probe: Probe, target: str, authorization: str) -> None:
    """Without a good token for this host everything answers 401."""
    token = probe.identity.issue("http://127.0.0.1:7081" if authorization == "other" else HOST)
    if authorization in ("other", "expired", "revoked"):
        if authorization == "expired":
            probe.now += timedelta(hours=2)
        if authorization == "revoked":
            probe.identity.revoke_all()
        authorization = f"Bearer {token}"
    said = probe.get(target, authorization=authorization)
    status, message = said.refusal
    assert status == 401
    assert message.startswith("Unauthorized")
    assert said.headers["www-authenticate"].startswith("Bearer ")


def test_unregistered_application(probe: Probe) -> None:
    """An app that is not registered in the product is unauthorized, whatever its token."""
    probe.twin.behaviour.application = "missing"
    status, message = probe.get("CustomersV3").refusal
    assert status == 401
    assert "not registered" in message


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        ("CustomersV3", {"GET", "POST", "PATCH", "DELETE"}),
        ("CustomersV3:read", {"GET"}),
        ("CustomersV3:create", {"POST"}),
        ("CustomersV3:update", {"PATCH"}),
        ("CustomersV3:delete", {"DELETE"}),
        ("CustomerGroups", set()),
    ],
)
def test_missing_role(probe: Probe, role: str, refused: set[str]) -> None:
    """Without the role for an entity or an operation the answer is 403, and people are not concerned."""
    probe.twin.behaviour.missing_roles.add(role)
    for method, target, body in (
        ("GET", "CustomersV3", None),
        ("GET", "CustomersV3/$count", None),
        ("GET", US_1, None),
        ("POST", "CustomersV3", organization()),
        ("PATCH", US_1, {"SalesMemo": "x"}),
        ("DELETE", US_1, None),
    ):
        said = probe.send(method, target, body)
        assert (said.status == 403) is (method in refused)
        if method in refused:
            assert "CustCustomerV3Entity" in said.message
    probe.twin.create("CustomersV3", organization())


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("request_limit", "Number of requests exceeded the limit of 3 over the time window of 300 seconds."),
        (
            "execution_limit",
            "Combined execution time of requests exceeded 3 seconds over the time window of 300 seconds.",
        ),
    ],
)
def test_limits(probe: Probe, limit: str, text: str) -> None:
    """Too much in a sliding window answers 429 and says when to come back; then there is room again."""
    setattr(probe.twin.behaviour, limit, 3)
    probe.twin.behaviour.seconds_per_operation = 1.0
    for _ in range(3):
        assert probe.get(US_1).status == 200
        probe.pass_time(10)
    said = probe.get(US_1)
    assert said.refusal == (429, text)
    assert said.headers["retry-after"] == "270"
    probe.pass_time(269)
    assert probe.get(US_1).status == 429
    probe.pass_time(1)
    assert probe.get(US_1).status == 200
    assert probe.get(US_1).status == 429


def test_documented_limit(probe: Probe) -> None:
    """6,000 requests in five minutes are allowed."""
    for _ in range(6000):
        assert probe.twin.handle(_count(probe)).status == 200
    assert probe.twin.handle(_count(probe)).status == 429


def test_batches_count_once_but_take_their_time(probe: Probe) -> None:
    """A batch is one request; the time of all its operations counts."""
    probe.twin.behaviour.request_limit = 2
    reads = [part("GET", f"/data/{US_1}")] * 10
    assert probe.batch(*reads).status == 200
    assert probe.batch(*reads).status == 200
    assert probe.batch(*reads).status == 429
    probe.pass_time(400)
    probe.twin.behaviour.seconds_per_operation = 120.0
    assert probe.batch(*reads).status == 200
    assert probe.batch(*reads).status == 429


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        ("refuse_concurrent", "Number of concurrent requests exceeded the limit of 52."),
        ("refuse_busy", "Request could not be processed due to high resource utilization."),
    ],
)
def test_other_throttling(probe: Probe, trouble: str, text: str) -> None:
    """Too many at once, and a busy server, answer 429 for a while; the header may be missing."""
    setattr(probe.twin.behaviour, trouble, 2)
    said = probe.post("CustomersV3", organization())
    assert said.refusal == (429, text)
    assert int(said.headers["retry-after"]) > 0
    probe.twin.behaviour.retry_after = False
    assert "retry-after" not in probe.post("CustomersV3", organization()).headers
    assert probe.twin.history == []
    assert probe.post("CustomersV3", organization()).status == 201


async def test_over_httpx(probe: Probe) -> None:
    """The twin answers a real client in the same process."""
    headers = {"Authorization": f"Bearer {probe.token}"}
    async with httpx.AsyncClient(transport=TwinTransport({"127.0.0.1:7082": direct(probe.twin)})) as client:
        key = "(dataAreaId='usmf',CustomerAccount='US-2')"
        made = await client.post(f"{HOST}/data/CustomersV3", headers=headers, json=organization(CustomerAccount="US-2"))
        assert (made.status_code, made.headers["odata-version"]) == (201, "4.0")
        params = {"$filter": "OrganizationName eq 'Contoso' and CreditLimit ge 0", "$select": "CustomerAccount"}
        found = await client.get(f"{HOST}/data/CustomersV3", headers=headers, params=params)
        assert [row["CustomerAccount"] for row in found.json()["value"]] == ["US-1", "US-2"]
        gone = await client.delete(
            f"{HOST}/data/CustomersV3{key}", headers={**headers, "If-Match": made.headers["etag"]}
        )
        assert (gone.status_code, gone.content) == (204, b"")


async def test_faults_before_and_after(probe: Probe) -> None:
    """A gate in front of the twin loses requests and answers; the twin stays truthful."""

    async def sleep(seconds: float) -> None:
        raise AssertionError(seconds)

    gate, port = gated(probe.twin, sleep)
    gate.order("drop", path="CustomersV3")
    gate.order("drop_after", path="CustomersV3")
    headers = {"Authorization": f"Bearer {probe.token}"}
    async with httpx.AsyncClient(transport=TwinTransport({"127.0.0.1:7082": port}), headers=headers) as client:
        for left in (0, 1):
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(f"{HOST}/data/CustomersV3", json=organization())
            assert len(probe.twin.history) == left


def test_same_seed_same_answers() -> None:
    """Everything the twin makes up depends on the seed and the requests, and on nothing else."""
    first, second, other = (_session(Probe(seed)) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def _session(probe: Probe) -> list[bytes]:
    """Some requests, and what was answered and told."""
    state = random.getstate()
    probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/hook")
    probe.group()
    said = [
        probe.post("CustomersV3", organization()),
        probe.post("PaymentDayLinesCds", {}),
        probe.batch(
            part("GET", "/data/CustomersV3"), change_set(part("POST", "/data/CustomersV3", organization(), "1"))
        ),
    ]
    assert random.getstate() == state
    return [each.answer.body for each in said] + [each.body for each in probe.twin.outbox]


def _count(probe: Probe) -> Request:
    return Request("GET", "/data/CustomersV3/$count", "", {"authorization": f"Bearer {probe.token}"})
