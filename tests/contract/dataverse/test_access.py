"""Who may call the twin, by which addresses and headers, and how often."""

from __future__ import annotations

import httpx
import pytest

from tests.emulator.dataverse.behaviour import RowRight
from tests.emulator.dataverse.probe import Probe, part
from tests.emulator.identity import APP_ID, Identity
from tests.emulator.wire import Request, TwinTransport, direct

OTHER_APP = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize("version", ["v9.0", "v9.1", "v9.2"])
def test_versions(probe: Probe, version: str) -> None:
    """Three versions are served, and links stay within the version asked for."""
    headers = {"authorization": f"Bearer {probe.token}"}
    answer = probe.twin.handle(Request("GET", f"/api/data/{version}/accounts", "", headers))
    assert answer.status == 200
    assert f"/api/data/{version}/$metadata#accounts".encode() in answer.body


@pytest.mark.parametrize("path", ["/api/data/v8.2/accounts", "/api/data/v9.3/accounts", "/", "/api/data/"])
def test_other_paths_are_nothing(probe: Probe, path: str) -> None:
    """Nothing else is served."""
    assert probe.twin.handle(Request("GET", path, "", {"authorization": f"Bearer {probe.token}"})).status == 404


@pytest.mark.parametrize("name", ["Account", "account", "Accounts", "ACCOUNTS", "nothing"])
def test_unknown_sets(probe: Probe, name: str) -> None:
    """Entity set names are plural, lower case and exact."""
    said = probe.get(name)
    assert said.refusal == (404, "0x8006088a")
    assert said.message == f"Resource not found for the segment '{name}'."


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic {token}", "Bearer {token}x"])
def test_bad_tokens(probe: Probe, authorization: str | None) -> None:
    """Without a good token the answer is a challenge, without JSON."""
    headers = {} if authorization is None else {"authorization": authorization.format(token=probe.token)}
    answer = probe.twin.handle(Request("GET", "/api/data/v9.2/accounts", "", headers))
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer authorization_uri=https://login.microsoftonline.com/")
    assert "resource_id=http://127.0.0.1:7081/" in answer.headers["www-authenticate"]
    assert answer.body == b""


def test_expired_token(probe: Probe) -> None:
    """A token is good for its lifetime only."""
    old = probe.token
    probe.pass_time(3600)
    assert probe.get("WhoAmI", authorization=f"Bearer {old}").status == 401
    assert probe.get("WhoAmI").status == 200


def test_token_for_another_audience(probe: Probe) -> None:
    """A token for another environment is not good here."""
    token = probe.identity.issue("http://127.0.0.1:7082")
    assert probe.get("WhoAmI", authorization=f"Bearer {token}").status == 401


def test_app_without_application_user(probe: Probe) -> None:
    """An app that nobody added to the environment is not a member of it."""
    token = probe.identity.issue(probe.twin.environment.url, OTHER_APP)
    assert probe.get("WhoAmI", authorization=f"Bearer {token}").refusal == (403, "0x80072560")


def test_application_user_switches(probe: Probe) -> None:
    """The application user can be taken away or disabled."""
    probe.twin.behaviour.application_user = "missing"
    assert probe.get("WhoAmI").refusal == (403, "0x80072560")
    probe.twin.behaviour.application_user = "disabled"
    assert probe.get("WhoAmI").refusal == (403, "0x80040225")


def test_disabled_application_user_row(probe: Probe) -> None:
    """Disabling the user's row has the same effect."""
    user = probe.get("WhoAmI").json["UserId"]
    probe.twin.update("systemusers", user, {"isdisabled": True})
    assert probe.get("WhoAmI").refusal == (403, "0x80040225")


def test_who_am_i(probe: Probe) -> None:
    """The identity probe names user, business unit and organisation."""
    found = probe.get("WhoAmI").json
    assert found["@odata.context"].endswith("$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse")
    assert found["OrganizationId"] == probe.twin.organization_id
    user = probe.get(f"systemusers({found['UserId']})?$select=applicationid,fullname").json
    assert user["applicationid"] == APP_ID


@pytest.mark.parametrize(
    ("method", "target", "privilege"),
    [
        ("GET", "accounts", "prvReadaccount"),
        ("GET", "accounts/$count", "prvReadAccount"),
        ("GET", "accounts({id})", "prvReadaccount"),
        ("GET", "accounts({id})/name", "prvReadaccount"),
        ("POST", "accounts", "prvCreateaccount"),
        ("PATCH", "accounts({id})", "prvWriteaccount"),
        ("DELETE", "accounts({id})", "prvDeleteaccount"),
    ],
)
def test_missing_privileges(probe: Probe, method: str, target: str, privilege: str) -> None:
    """A privilege that is missing is named in the refusal, per table and operation."""
    row_id = probe.created("accounts", name="A")
    body = {"name": "B"} if method in ("POST", "PATCH") else None
    probe.twin.behaviour.missing_privileges.add(privilege)
    said = probe.send(method, target.format(id=row_id), body)
    assert said.refusal == (403, "0x80040220")
    assert privilege.lower() in said.message.lower()
    probe.twin.behaviour.missing_privileges.clear()
    assert probe.send(method, target.format(id=row_id), body).status < 300


@pytest.mark.parametrize(("method", "right"), [("GET", "read"), ("PATCH", "update"), ("DELETE", "delete")])
def test_rows_that_no_role_reaches(probe: Probe, method: str, right: RowRight) -> None:
    """The refusal is about the row, not about a privilege; a page leaves out what may not be read."""
    row_id, other = probe.created("accounts", name="A"), probe.created("accounts", name="B")
    probe.twin.behaviour.withheld_rows["accounts", right] = {row_id}
    body = {"name": "C"} if method == "PATCH" else None
    said = probe.send(method, f"accounts({row_id})", body)
    assert (said.refusal, "AccessCheckEx" in said.message) == ((403, "0x80040220"), True)
    assert (row_id in str(probe.get("accounts").json)) is (right != "read")
    assert probe.send(method, f"accounts({other})", body).status < 300


def test_binding_needs_append_privileges(probe: Probe) -> None:
    """Setting a lookup needs the right to append to the row it points to."""
    contact = probe.created("contacts", lastname="N")
    body = {"primarycontactid@odata.bind": f"/contacts({contact})"}
    for privilege in ("prvAppendaccount", "prvAppendTocontact"):
        probe.twin.behaviour.missing_privileges = {privilege}
        assert probe.post("accounts", body).refusal == (403, "0x80040220")
    probe.twin.behaviour.missing_privileges = set()
    assert probe.post("accounts", body).status == 204


def test_people_keep_their_privileges(probe: Probe) -> None:
    """Taking privileges from the application does not hinder people."""
    probe.twin.behaviour.missing_privileges = {"prvCreateaccount"}
    assert probe.created("accounts", name="A")


def test_user_privileges(probe: Probe) -> None:
    """A preflight can list the privileges of a user."""
    user = probe.get("WhoAmI").json["UserId"]
    probe.twin.behaviour.missing_privileges = {"prvReadAccount"}
    said = probe.get(f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()")
    names = {privilege["PrivilegeName"] for privilege in said.json["RolePrivileges"]}
    assert "prvReadaccount" not in names
    assert {"prvWriteaccount", "prvReadcontact"} <= names


def test_impersonation(probe: Probe) -> None:
    """Acting for somebody needs the privilege, and leaves both names on the row."""
    anna = probe.created("accounts", name="A")
    person = probe.twin.row("accounts", anna)
    assert person is not None
    user = person["_createdby_value"]
    probe.twin.behaviour.missing_privileges = {"prvActOnBehalfOfAnotherUser"}
    headers = {"mscrmcallerid": user}
    assert probe.post("accounts", {"name": "B"}, **headers).refusal == (403, "0x80040220")
    probe.twin.behaviour.missing_privileges = set()
    row_id = _id(probe.post("accounts", {"name": "B"}, **headers).headers["odata-entityid"])
    row = probe.twin.row("accounts", row_id)
    assert row is not None
    assert row["_createdby_value"] == user
    assert row["_createdonbehalfby_value"] == probe.get("WhoAmI").json["UserId"]


def test_impersonation_of_nobody(probe: Probe) -> None:
    """An unknown user cannot be acted for."""
    assert probe.get("accounts", callerobjectid=OTHER_APP).refusal == (403, "0x80072560")


def test_headers_of_answers(probe: Probe) -> None:
    """Every answer carries version, support ids, the advised parallelism and what is left of the limits."""
    trace = "5a6b7c8d-9e0f-4a1b-8c2d-3e4f5a6b7c8d"
    headers = {"x-ms-client-request-id": trace}
    for said in (probe.get("accounts", **headers), probe.get("nothing", **headers)):
        assert said.headers["odata-version"] == "4.0"
        assert said.headers["req_id"] == said.headers["x-ms-service-request-id"]
        assert said.headers["x-ms-client-request-id"] == trace
        assert int(said.headers["x-ms-dop-hint"]) > 0
    assert probe.get("accounts").headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "5997"
    assert probe.get("accounts").headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "1,199.92"


@pytest.mark.parametrize("headers", [{"odata_version": "3.0"}, {"odata_maxversion": "3.0"}, {"odata_version": "4.01"}])
def test_other_protocol_versions(probe: Probe, headers: dict[str, str]) -> None:
    """OData 4.0 is spoken and nothing else."""
    assert probe.get("accounts", **headers).refusal == (400, "0x80060888")
    assert probe.get("accounts", odata_version="4.0", odata_maxversion="4.0").status == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml"])
def test_bodies_are_json(probe: Probe, kind: str) -> None:
    """A body must say that it is JSON."""
    assert probe.post("accounts", b'{"name":"A"}', content_type=kind).refusal == (400, "0x80060888")
    assert probe.post("accounts", b'{"name":"A"}', content_type="application/json").status == 204


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"name":NaN}', b'{"name":"A","name":"B"}', b'{"name":"\xff"}',
             b'{"name":"cut \\ud83d"}', b'{"name":' * 5000, b"[" * 100_000], ids=lambda body: repr(body[:24])
)  # fmt: skip
def test_unreadable_bodies(probe: Probe, body: bytes) -> None:
    """A body that is no JSON object is refused."""
    said = probe.post("accounts", body, content_type="application/json")
    assert said.status == 400
    assert said.refusal[1] in ("0x80048d19", "0x80060888")


def test_too_large_bodies(probe: Probe) -> None:
    """The size of a body has a limit."""
    probe.twin.behaviour.max_body_bytes = 100
    assert probe.post("accounts", {"description": "x" * 200}).status == 413


def test_too_long_addresses(probe: Probe) -> None:
    """A plain request has at most 32,768 characters of address."""
    long = "name eq '" + "x" * 32_000 + "'"
    assert probe.get(f"accounts?$filter={long}").status == 200
    assert probe.get(f"accounts?$filter={long} or name eq '{'y' * 800}'").status == 414


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("PUT", "accounts"),
        ("PATCH", "accounts"),
        ("DELETE", "accounts"),
        ("POST", "accounts(b1f2c3d4-5e6f-4f11-a671-000d3a33cc10)"),
        ("PUT", "accounts(b1f2c3d4-5e6f-4f11-a671-000d3a33cc10)"),
        ("POST", "accounts/$count"),
        ("POST", "WhoAmI"),
        ("GET", "$batch"),
        ("OPTIONS", "accounts"),
        ("POST", ""),
    ],
)
def test_wrong_methods(probe: Probe, method: str, target: str) -> None:
    """A method that a resource does not know is not allowed."""
    assert probe.send(method, target, {} if method != "GET" else None).status == 405


def test_errors_with_annotations(probe: Probe) -> None:
    """Details of an error come on request only."""
    assert set(probe.get("nothing").json["error"]) == {"code", "message"}
    error = probe.get("nothing", prefer='odata.include-annotations="*"').json["error"]
    assert "@Microsoft.PowerApps.CDS.HelpLink" in error
    assert "@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus" in error


def test_request_limit(probe: Probe) -> None:
    """Too many requests within the window are refused with the seconds to wait."""
    probe.twin.behaviour.request_limit = 3
    assert [probe.get("WhoAmI").status for _ in range(3)] == [200, 200, 200]
    said = probe.get("WhoAmI")
    assert said.refusal == (429, "0x80072322")
    assert said.message == "Number of requests exceeded the limit of 3 over time window of 300 seconds."
    assert int(said.headers["retry-after"]) == 300
    probe.pass_time(300)
    assert probe.get("WhoAmI").status == 200


def test_waiting_grows(probe: Probe) -> None:
    """Who keeps asking waits longer."""
    probe.twin.behaviour.request_limit = 1
    probe.get("WhoAmI")
    waits = [int(probe.get("WhoAmI").headers["retry-after"]) for _ in range(4)]
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_execution_limit(probe: Probe) -> None:
    """Too much execution time within the window is refused."""
    probe.twin.behaviour.seconds_per_operation = 700.0
    probe.get("WhoAmI")
    probe.get("WhoAmI")
    said = probe.get("WhoAmI")
    assert said.refusal == (429, "0x80072321")
    assert said.message.startswith("Combined execution time of incoming requests exceeded limit of 1200000 milli")
    assert "retry-after" in said.headers


def test_concurrency_limit(probe: Probe) -> None:
    """Requests can be refused as too many at a time."""
    probe.twin.behaviour.refuse_concurrent = 1
    said = probe.get("WhoAmI")
    assert said.refusal == (429, "0x80072326")
    assert said.headers["retry-after"] == "1"
    assert probe.get("WhoAmI").status == 200


def test_a_batch_counts_by_its_operations(probe: Probe) -> None:
    """A batch does not evade the limit; throttled, it is refused as plain JSON."""
    probe.twin.behaviour.request_limit = 10
    said = probe.batch(*[part("GET", "WhoAmI") for _ in range(10)])
    assert said.status == 200
    assert probe.batch(part("GET", "WhoAmI")).refusal == (429, "0x80072322")


@pytest.mark.parametrize(
    ("header", "value", "privilege"),
    [
        ("mscrm.bypasscustompluginexecution", "true", "prvBypassCustomPlugins"),
        ("mscrm.bypassbusinesslogicexecution", "CustomAsync", "prvBypassCustomBusinessLogic"),
    ],
)
def test_bypassing_needs_a_privilege(probe: Probe, header: str, value: str, privilege: str) -> None:
    """Not everybody may skip business logic."""
    probe.twin.behaviour.missing_privileges = {privilege}
    assert probe.post("accounts", {"name": "A"}, **{header: value}).refusal == (403, "0x80040220")
    probe.twin.behaviour.missing_privileges = set()
    assert probe.post("accounts", {"name": "A"}, **{header: value}).status == 204


def test_bypassing_takes_known_words(probe: Probe) -> None:
    """The switch knows two words and at most three step ids."""
    header = "mscrm.bypassbusinesslogicexecution"
    assert probe.post("accounts", {"name": "A"}, **{header: "customasync"}).status == 400
    assert probe.post("accounts", {"name": "A"}, **{header: "CustomSync,CustomAsync"}).status == 204
    ids = ",".join([OTHER_APP[:-1] + digit for digit in "1234"])
    assert probe.post("accounts", {"name": "A"}, **{f"{header}stepids": ids}).status == 400


async def test_over_httpx() -> None:
    """The twin is an ordinary service to an httpx client."""
    probe = Probe()
    transport = TwinTransport({"127.0.0.1:7081": direct(probe.twin)})
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7081/api/data/v9.2/") as client:
        assert (await client.get("accounts")).status_code == 401
        client.headers["authorization"] = f"Bearer {probe.token}"
        made = await client.post("accounts", json={"name": "Müller & Söhne"})
        assert made.status_code == 204
        read = await client.get("accounts", params={"$select": "name", "$filter": "name eq 'müller & söhne'"})
        assert [row["name"] for row in read.json()["value"]] == ["Müller & Söhne"]


def test_identity_is_checked_by_the_clock() -> None:
    """A second identity with another key issues tokens that are not good here."""
    probe = Probe()
    foreign = Identity(lambda: probe.now, b"another key").issue(probe.twin.environment.url)
    assert probe.get("WhoAmI", authorization=f"Bearer {foreign}").status == 401


def _id(url: str) -> str:
    return url.rpartition("(")[2].rstrip(")")
