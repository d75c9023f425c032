"""Alternate keys: how they are addressed, what they keep unique, and how an upsert uses them."""

from __future__ import annotations

import pytest

from tests.emulator.dataverse.probe import Probe
from tests.emulator.wire import Request

ABSENT = "00000000-1111-4222-8333-444444444444"
REPRESENTATION = {"prefer": "return=representation"}


@pytest.fixture
def company(probe: Probe) -> str:
    return probe.company()


def by_key(number: str, company: str) -> str:
    return f"accounts(accountnumber='{number}',_msdyn_company_value={company})"


def test_read_by_key(probe: Probe, company: str) -> None:
    """All key columns in any order find the row; letter case and trailing spaces do not count."""
    row_id = probe.account("C-1", company)
    for target in (
        by_key("C-1", company),
        by_key("c-1", company.upper()),
        by_key("C-1 ", company),
        f"accounts(_msdyn_company_value={company}, accountnumber = 'C-1')",
    ):
        assert probe.get(target).json["accountid"] == row_id


def test_text_literals(probe: Probe, company: str) -> None:
    """Quotes are doubled, everything else is percent-encoded."""
    row_id = probe.account("O'Hara (1),#=ä", company)
    assert probe.get(by_key("O''Hara (1),#=ä", company)).json["accountid"] == row_id


@pytest.mark.parametrize(
    ("other", "taken"),
    [("café-1", True), ("CAFE-1 ", True), ("\uff23afe-1", True), ("Caf\u0131-1", False), ("Kafe-1", False)],
)
def test_what_the_database_takes_for_the_same_number(probe: Probe, company: str, other: str, taken: bool) -> None:
    """Neither accents nor width make another key; a letter that only looks alike does. Filters see it that way, too."""
    probe.account("Cafe-1", company)
    said = probe.post(
        "accounts", {"accountnumber": other, "name": "B", "msdyn_company@odata.bind": f"/cdm_companies({company})"}
    )
    assert said.status == (412 if taken else 204), said.text
    found = probe.get(f"accounts?$select=accountnumber&$filter=accountnumber eq '{other}'").json["value"]
    assert [row["accountnumber"] for row in found] == ["Cafe-1" if taken else other]


@pytest.mark.parametrize("character", list("/<>*%&:\\?+"))
def test_forbidden_characters(probe: Probe, company: str, character: str) -> None:
    """Some characters break an address even when they are encoded; a filter finds such rows."""
    probe.account(f"C{character}1", company)
    encoded = f"%{ord(character):02X}"
    said = probe.send("GET", by_key(f"C{character}1", company)) if character not in "%?" else None
    assert said is None or said.status == 400
    raw = f"/api/data/v9.2/accounts(accountnumber='C{encoded}1',_msdyn_company_value={company})"
    assert _raw(probe, raw) == 400
    query = f"accounts?$filter=accountnumber eq 'C{encoded}1'"
    assert _raw(probe, "/api/data/v9.2/accounts", query.partition("?")[2].replace(" ", "%20")) == 200


@pytest.mark.parametrize(
    "key",
    [
        "accountnumber='C-1'",
        "accountnumber='C-1',msdyn_company={company}",
        "accountnumber='C-1',msdyn_Company={company}",
        "accountnumber='C-1',_msdyn_company_value={company},name='A'",
        "name='A'",
        "AccountNumber='C-1',_msdyn_company_value={company}",
        "accountnumber=C-1,_msdyn_company_value={company}",
        "accountnumber='C-1',_msdyn_company_value='{company}'",
        "accountnumber='C-1',_msdyn_company_value=null",
        "accountnumber=null,_msdyn_company_value={company}",
        "accountnumber='C-1' _msdyn_company_value={company}",
        "accountnumber='C-1',accountnumber='C-1'",
        "accountnumber='C-1,_msdyn_company_value={company}",
        "accountnumber='C-1',_msdyn_company_value={company},",
        "accountnumber=@k,_msdyn_company_value={company}",
    ],
)
def test_bad_keys(probe: Probe, company: str, key: str) -> None:
    """A key that is not defined, incomplete or badly written is refused, whatever the method."""
    probe.account("C-1", company)
    target = f"accounts({key.format(company=company)})"
    for method, body in (("GET", None), ("PATCH", {"name": "B"}), ("DELETE", None)):
        assert probe.send(method, target, body).refusal == (400, "0x80060888")


def test_message_of_an_undefined_key(probe: Probe) -> None:
    """The refusal names the type."""
    said = probe.get("accounts(accountnumber='C-1')")
    assert said.message.startswith(
        "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.account'."
    )


def test_aliases_are_refused(probe: Probe, company: str) -> None:
    """Parameter aliases are not accepted in keys."""
    said = probe.get(f"accounts(accountnumber=@k,_msdyn_company_value={company})?@k='C-1'")
    assert said.refusal == (400, "0x80060888")


@pytest.mark.parametrize(("method", "headers"), [("GET", {}), ("DELETE", {}), ("PATCH", {"if_match": "*"})])
def test_absent_keys(probe: Probe, company: str, method: str, headers: dict[str, str]) -> None:
    """A key that nobody has is answered with its own code."""
    body = {"name": "A"} if method == "PATCH" else None
    said = probe.send(method, by_key("C-1", company), body, **headers)
    assert said.refusal == (404, "0x80060891")
    assert said.message == "A record with the specified key values does not exist in account entity"


def test_keys_are_unique(probe: Probe, company: str) -> None:
    """The same key a second time is refused, in creates and in updates, whatever the letter case."""
    probe.account("C-1", company)
    other = probe.account("C-2", company)
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
    for number in ("C-1", "c-1", "C-1  "):
        said = probe.post("accounts", {"accountnumber": number, **bind})
        assert said.refusal == (412, "0x80060892")
        assert probe.patch(f"accounts({other})", {"accountnumber": number}).refusal == (412, "0x80060892")
    assert said.message.startswith("Entity Key Accountnumber and Company violated. A record with the same value for ")
    assert "already exists. A duplicate record cannot be created." in said.message
    assert probe.get(by_key("C-2", company)).status == 200


def test_keys_with_null_are_free(probe: Probe, company: str) -> None:
    """Rows with an empty key column do not count for uniqueness, and cannot be addressed."""
    for _ in range(2):
        assert probe.post("accounts", {"accountnumber": "C-1"}).status == 204
    row_id = probe.account("C-1", company)
    probe.patch(f"accounts({row_id})", {"accountnumber": None})
    assert probe.get(by_key("C-1", company)).status == 404
    assert probe.account("C-1", company)


def test_another_company_is_another_key(probe: Probe, company: str) -> None:
    """Key columns count together."""
    probe.account("C-1", company)
    assert probe.account("C-1", probe.company("DEMF"))


def test_freed_keys(probe: Probe, company: str) -> None:
    """A key is free again when its row is deleted or renamed."""
    row_id = probe.account("C-1", company)
    probe.patch(f"accounts({row_id})", {"accountnumber": "C-2"})
    other = probe.account("C-1", company)
    probe.delete(f"accounts({other})")
    assert probe.account("C-1", company)


def test_upsert_by_key_creates(probe: Probe, company: str) -> None:
    """A create by key takes the key columns from the address, and the address comes back as it was."""
    said = probe.patch(by_key("C-1", company), {"name": "A"})
    assert said.status == 204
    assert said.headers["odata-entityid"].endswith(f"/{by_key('C-1', company)}")
    row = probe.get(by_key("C-1", company)).json
    assert (row["accountnumber"], row["_msdyn_company_value"], row["name"]) == ("C-1", company, "A")


def test_upsert_by_key_updates(probe: Probe, company: str) -> None:
    """An update by key drops key columns from the body, even those that cannot be changed."""
    row_id = probe.account("C-1", company)
    other = probe.company("DEMF")
    body = {"name": "B", "accountnumber": "C-9", "msdyn_company@odata.bind": f"/cdm_companies({other})"}
    said = probe.patch(by_key("C-1", company), body, **REPRESENTATION)
    assert said.status == 200
    assert (said.json["accountid"], said.json["accountnumber"], said.json["name"]) == (row_id, "C-1", "B")
    assert said.json["_msdyn_company_value"] == company
    assert probe.twin.history[-1].sent == ("name",)


def test_body_wins_in_a_create_by_key(probe: Probe, company: str) -> None:
    """A key column in the body wins over the address when a row is created."""
    said = probe.patch(by_key("C-1", company), {"accountnumber": "C-9"}, **REPRESENTATION)
    assert (said.status, said.json["accountnumber"]) == (201, "C-9")


def test_create_only_by_key(probe: Probe, company: str) -> None:
    """If-None-Match: * works by key too."""
    assert probe.patch(by_key("C-1", company), {"name": "A"}, if_none_match="*").status == 204
    assert probe.patch(by_key("C-1", company), {"name": "B"}, if_none_match="*").refusal == (412, "0x80040237")


def test_versions_by_key(probe: Probe, company: str) -> None:
    """If-Match works by key too."""
    probe.account("C-1", company)
    etag = probe.get(by_key("C-1", company)).headers["etag"]
    assert probe.patch(by_key("C-1", company), {"name": "B"}, if_match=etag).status == 204
    assert probe.patch(by_key("C-1", company), {"name": "B"}, if_match=etag).refusal == (412, "0x80060882")
    assert probe.delete(by_key("C-1", company), if_match=etag).refusal == (412, "0x80060882")
    assert probe.delete(by_key("C-1", company)).status == 204


def test_key_of_an_absent_company(probe: Probe) -> None:
    """A create by key cannot point to a company that is not there."""
    assert probe.patch(by_key("C-1", ABSENT), {"name": "A"}).refusal == (404, "0x80040217")


def test_key_values_have_lengths(probe: Probe, company: str) -> None:
    """A value from the address must fit its column."""
    assert probe.patch(by_key("x" * 21, company), {"name": "A"}).refusal == (400, "0x80044331")


def test_number_and_choice_literals(probe: Probe, company: str) -> None:
    """Numbers and choices stand bare in a key."""
    affix = probe.created("msdyn_nameaffixes", msdyn_affix="Dr", msdyn_affixtype=806380000)
    found = probe.get("msdyn_nameaffixes(msdyn_affixtype=806380000,msdyn_affix='Dr')")
    assert found.json["msdyn_nameaffixid"] == affix
    assert probe.get("msdyn_nameaffixes(msdyn_affixtype='806380000',msdyn_affix='Dr')").status == 400
    assert probe.get("msdyn_nameaffixes(msdyn_affixtype=1.5,msdyn_affix='Dr')").status == 400
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
    schedule = probe.created("msdyn_paymentschedules", msdyn_name="S", **bind)
    line = {"msdyn_paymentschedule@odata.bind": f"/msdyn_paymentschedules({schedule})", "msdyn_linenumber": 2}
    row_id = probe.created("msdyn_paymentschedulelines", **line, **bind)
    key = f"_msdyn_paymentschedule_value={schedule},_msdyn_company_value={company}"
    for number in ("2", "2.0"):
        found = probe.get(f"msdyn_paymentschedulelines({key},msdyn_linenumber={number})")
        assert found.json["msdyn_paymentschedulelineid"] == row_id


def test_refused_duplicates_keep_nothing(probe: Probe, company: str) -> None:
    """A refused write leaves row, key and history as they were."""
    row_id = probe.account("C-1", company)
    count = len(probe.twin.history)
    probe.patch(f"accounts({probe.account('C-2', company)})", {"accountnumber": "C-1", "name": "X"})
    assert len(probe.twin.history) == count + 1
    assert probe.get(by_key("C-1", company)).json["accountid"] == row_id


def _raw(probe: Probe, path: str, query: str = "") -> int:

    return probe.twin.handle(Request("GET", path, query, {"authorization": f"Bearer {probe.token}"})).status
