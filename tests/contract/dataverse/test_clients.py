"""Requests as clients send them that nobody here wrote: Microsoft's SDK for Python 1.1, and dynamics-web-api 2.5."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.emulator.dataverse.probe import HOST, ROOT, Probe, Said
from tests.emulator.wire import Request

CRM: Final = "Microsoft.Dynamics.CRM."
SERVICE: Final = f"{HOST}{ROOT}"


def raw(probe: Probe, path: str, query: str) -> Said:
    """A GET whose query is encoded as the client does it."""
    headers = {"authorization": f"Bearer {probe.token}", "accept": "application/json"}
    return Said(probe.twin.handle(Request("GET", ROOT + path, query, headers)))


def batch(probe: Probe, boundary: str, *lines: str, **headers: str) -> Said:
    """A batch with the line breaks of the product."""
    return probe.post("$batch", "\r\n".join(lines).encode(), content_type=f"multipart/mixed; boundary={boundary}",
                      **headers)  # fmt: skip


def part(method: str, url: str, body: str = "", content_id: str = "") -> list[str]:
    named = [f"Content-ID: {content_id}"] if content_id else []
    kind = ["Content-Type: application/json; type=entry"] if body else []
    return ["Content-Type: application/http", "Content-Transfer-Encoding: binary", *named, "",
            f"{method} {SERVICE}{url} HTTP/1.1", *kind, "", body]  # fmt: skip


def statuses(said: Said) -> list[int]:
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d+)", said.text)]


def test_metadata_of_the_sdk(probe: Probe) -> None:
    """It looks for a table by a filter, for relationships with blanks as plus signs, and skips private tables."""
    fields = "MetadataId,LogicalName,SchemaName,EntitySetName,PrimaryNameAttribute,PrimaryIdAttribute"
    (found,) = raw(probe, "EntityDefinitions", f"$select={fields}&$filter=LogicalName%20eq%20%27account%27").rows
    assert (found["SchemaName"], found["EntitySetName"]) == ("Account", "accounts")
    name = "account_contact_parentcustomerid"
    query = f"%24filter=SchemaName+eq+%27{name}%27"
    assert [each["SchemaName"] for each in raw(probe, "RelationshipDefinitions", query).rows] == [name]
    assert raw(probe, "EntityDefinitions", "$filter=IsPrivate%20eq%20false").rows
    for kind in ("OneToMany", "ManyToOne", "ManyToMany"):
        assert probe.get(f"EntityDefinitions({found['MetadataId']})/{kind}Relationships").status == 200


def test_what_the_sdk_asks_and_the_twin_leaves_out(probe: Probe) -> None:
    """Each says by name what is missing."""
    for said, name in (
        (raw(probe, "accounts", "sql=SELECT%20TOP%203%20name%20FROM%20account"), "SQL"),
        (raw(probe, "accounts", "fetchXml=%3Cfetch/%3E"), "FetchXML"),
        (probe.post("BulkDelete", {"JobName": "x", "QuerySet": []}), "BulkDelete"),
        (probe.post("CreateEntities", {}), "CreateEntities"),
        (probe.send("DELETE", "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='fax')"), "DELETE of"),
    ):
        assert said.refusal == (501, "0x8006088a")
        assert name in said.message


def test_upserts_of_the_sdk(probe: Probe) -> None:
    """One goes by the key in the address, several by the key in `@odata.id`."""
    assert probe.patch("cdm_companies(cdm_companycode='Z1')", {"cdm_name": "Z"}).status == 204
    targets = [
        {"cdm_name": "U", "@odata.type": f"{CRM}cdm_company", "@odata.id": f"cdm_companies(cdm_companycode='{code}')"}
        for code in ("Z1", "Z2")
    ]
    assert probe.post(f"cdm_companies/{CRM}UpsertMultiple", {"Targets": targets}).status == 204
    assert {row["cdm_name"] for row in probe.get("cdm_companies?$select=cdm_name").rows} == {"U"}


def test_a_lookup_in_a_key_is_no_text(probe: Probe) -> None:
    """The SDK puts every text of a key in quotation marks, also the id of a lookup: such a key is refused."""
    company = probe.company()
    said = probe.patch(f"accounts(accountnumber='A',_msdyn_company_value='{company}')", {"name": "A"})
    assert said.refusal == (400, "0x80060888")
    assert probe.patch(f"accounts(accountnumber='A',_msdyn_company_value={company})", {"name": "A"}).status == 204


def test_a_changeset_of_the_sdk(probe: Probe) -> None:
    """Its boundary stands in quotation marks; later parts name earlier ones."""
    lines = ["--batch_1", 'Content-Type: multipart/mixed; boundary="changeset_1"', "", "--changeset_1",
             *part("POST", "contacts", '{"lastname": "A"}', "1"), "--changeset_1",
             *part("POST", "accounts", '{"name": "B", "primarycontactid@odata.bind": "$1"}', "2"),
             "--changeset_1--", "", "--batch_1--", ""]  # fmt: skip
    said = batch(probe, "batch_1", *lines)
    assert (said.status, statuses(said)) == (200, [204, 204])
    (account,) = probe.get("accounts?$select=name&$expand=primarycontactid($select=lastname)").rows
    assert account["primarycontactid"]["lastname"] == "A"


def test_a_failing_changeset_names_the_part(probe: Probe) -> None:
    """Both clients read which part failed from its Content-ID inside the nested answer."""
    lines = ["--batch_1", "Content-Type: multipart/mixed; boundary=changeset_1", "", "--changeset_1",
             *part("POST", "accounts", '{"name": "x"}', "1"), "--changeset_1",
             *part("POST", "accounts", '{"nope": "x"}', "2"), "--changeset_1--", "", "--batch_1--", ""]  # fmt: skip
    said = batch(probe, "batch_1", *lines)
    assert (said.status, statuses(said)) == (400, [400])
    assert re.findall(r"Content-ID: (\d+)", said.text) == ["2"]
    assert "changesetresponse_" in said.text
    assert probe.get("accounts").rows == []


def test_blanks_in_a_part(probe: Probe) -> None:
    """The SDK leaves the blanks of a filter as they are."""
    probe.created("accounts", name="A B")
    lines = ["--b", *part("GET", "accounts?$select=name&$filter=name eq 'A B'&$top=2"), "--b--", ""]
    said = batch(probe, "b", *lines)
    assert statuses(said) == [200]
    assert '"name":"A B"' in said.text


def test_a_batch_of_dynamics_web_api(probe: Probe) -> None:
    """It begins with an empty line, leaves the blank after the semicolon out, and ends bodies with one more line."""
    create = [*part("POST", "contacts", '{"lastname":"cs"}', "100001"), ""]
    lines = ["", "--dwa", "Content-Type: multipart/mixed;boundary=c", "", "--c", *create, "--c--", "", "--dwa",
             *part("GET", "accounts?$top=1"), "--dwa--", ""]  # fmt: skip
    said = batch(probe, "dwa", *lines, prefer="odata.continue-on-error")
    assert (said.status, statuses(said)) == (200, [204, 200])


def test_parameters_by_alias(probe: Probe) -> None:
    """dynamics-web-api names every parameter of a function by an alias, with texts in double quotes."""
    probe.created("accounts", name="A")
    for query in ("@p1=[%22account%22,%22contact%22]", "@p1=['account','contact']"):
        said = raw(probe, "RetrieveTotalRecordCount(EntityNames=@p1)", query)
        assert said.json["EntityRecordCountCollection"]["Values"] == [1, 0]
    assert raw(probe, "RetrieveTotalRecordCount(EntityNames=@p2)", "@p1=['account']").status == 400
    assert raw(probe, "WhoAmI()", "").status == 200


@pytest.mark.parametrize("leaves_by", ["({person})/$ref", "/$ref?$id=" + SERVICE + "contacts({person})"])
def test_joining_and_leaving_a_list(probe: Probe, leaves_by: str) -> None:
    """A reference in a list is the lookup of the row that it names, in both spellings."""
    account, person = probe.created("accounts", name="A"), probe.created("contacts", lastname="B")
    path = f"accounts({account})/contact_customer_accounts"
    assert probe.post(f"{path}/$ref", {"@odata.id": f"{SERVICE}contacts({person})"}).status == 204
    assert probe.get(f"contacts({person})").json["_parentcustomerid_value"] == account
    assert probe.delete(path + leaves_by.format(person=person)).status == 204
    assert probe.get(f"contacts({person})").json["_parentcustomerid_value"] is None
    assert probe.delete(path + leaves_by.format(person=person)).status == 404


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "0x80060888")),
        ({"@odata.id": f"{SERVICE}accounts(00000000-1111-4222-8333-444444444444)"}, (400, "0x80060888")),
        ({"@odata.id": f"{SERVICE}contacts(00000000-1111-4222-8333-444444444444)"}, (404, "0x80040217")),
    ],
)
def test_bad_references_in_a_list(probe: Probe, body: dict[str, str], refusal: tuple[int, str]) -> None:
    """What joins is a row of the list's table, and is there."""
    path = f"accounts({probe.created('accounts', name='A')})/contact_customer_accounts/$ref"
    assert probe.post(path, body).refusal == refusal


def test_search_is_left_out(probe: Probe) -> None:
    """The other interface of the service says so, too."""
    answer = probe.twin.handle(Request("POST", "/api/search/v2.0/query", "", {}, b"{}"))
    assert Said(answer).refusal == (501, "0x8006088a")
