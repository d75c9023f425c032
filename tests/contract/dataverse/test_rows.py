"""Single rows over the wire: create, read, update, upsert, delete, and their preconditions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe

ABSENT = "00000000-1111-4222-8333-444444444444"
REPRESENTATION = {"prefer": "return=representation"}


def test_create(probe: Probe) -> None:
    """A create answers with the address of the row and nothing else."""
    said = probe.post("accounts", {"name": "A"})
    assert (said.status, said.text) == (204, "")
    assert said.headers["odata-entityid"] == said.headers["location"]
    assert said.headers["location"].startswith("http://127.0.0.1:7081/api/data/v9.2/accounts(")
    assert probe.get(said.headers["location"]).json["name"] == "A"


def test_create_with_representation(probe: Probe) -> None:
    """On request a create answers with the row, its version and no address."""
    said = probe.post("accounts?$select=name", {"name": "A", "fax": "1"}, **REPRESENTATION)
    assert said.status == 201
    assert said.headers["preference-applied"] == "return=representation"
    assert not {"odata-entityid", "location"} & set(said.headers)
    assert set(said.json) == {"@odata.context", "@odata.etag", "name", "accountid"}
    assert said.json["@odata.context"].endswith("$metadata#accounts(name)/$entity")
    assert said.json["@odata.etag"] == said.headers["etag"]


def test_create_with_expansion(probe: Probe) -> None:
    """A create may return the row behind a lookup too."""
    contact = probe.created("contacts", lastname="Novak")
    body = {"name": "A", "primarycontactid@odata.bind": f"/contacts({contact})"}
    target = "accounts?$select=name&$expand=primarycontactid($select=fullname)"
    assert probe.post(target, body, **REPRESENTATION).json["primarycontactid"]["fullname"] == "Novak"


def test_own_ids(probe: Probe) -> None:
    """A client may give the id; the same id again is refused as a duplicate."""
    assert probe.post("accounts", {"accountid": ABSENT}).headers["location"].endswith(f"accounts({ABSENT})")
    said = probe.post("accounts", {"accountid": ABSENT.upper()})
    assert said.refusal == (412, "0x80040237")
    assert said.message == "A record with matching key values already exists."


def test_read(probe: Probe) -> None:
    """A read answers with every readable column and the version."""
    said = probe.get(f"accounts({probe.created('accounts', name='A')})")
    assert said.json["@odata.context"] == "http://127.0.0.1:7081/api/data/v9.2/$metadata#accounts/$entity"
    assert said.json["@odata.etag"] == f'W/"{said.json["versionnumber"]}"' == said.headers["etag"]
    assert "primarycontactid" not in said.json
    assert {"_primarycontactid_value", "statecode", "modifiedon", "_ownerid_value"} <= set(said.json)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_absent_rows(probe: Probe, method: str) -> None:
    """A row that is not there is named in the refusal."""
    said = probe.send(method, f"accounts({ABSENT})")
    assert said.refusal == (404, "0x80040217")
    assert said.message == f"account With Id = {ABSENT} Does Not Exist"


@pytest.mark.parametrize("key", [f"'{ABSENT}'", f"{{{ABSENT}}}", "", "1", "accountid", "null"])
def test_bad_ids(probe: Probe, key: str) -> None:
    """Ids stand bare: no quotes, no braces."""
    assert probe.get(f"accounts({key})").refusal == (400, "0x80060888")


def test_id_by_name(probe: Probe) -> None:
    """An id may be written with its name."""
    row_id = probe.created("accounts")
    assert probe.get(f"accounts(accountid={row_id})").status == 200


@pytest.mark.parametrize("option", ["$filter=name eq 'A'", "$top=1", "$orderby=name", "$count=true", "$Select=name"])
def test_options_of_a_row(probe: Probe, option: str) -> None:
    """A single row takes $select and $expand only."""
    assert probe.get(f"accounts({probe.created('accounts')})?{option}").refusal == (400, "0x80060888")


def test_update_only(probe: Probe) -> None:
    """With a star a PATCH never creates."""
    assert probe.patch(f"accounts({ABSENT})", {"name": "A"}, if_match="*").refusal == (404, "0x80040217")
    row_id = probe.created("accounts", name="A")
    said = probe.patch(f"accounts({row_id})", {"name": "B"}, if_match="*")
    assert (said.status, said.text) == (204, "")
    assert said.headers["odata-entityid"].endswith(f"accounts({row_id})")
    assert probe.get(f"accounts({row_id})").json["name"] == "B"


def test_update_with_representation(probe: Probe) -> None:
    """An updated row is returned as it is now; $select is honoured, $expand ignored."""
    row_id = probe.created("accounts", name="A")
    target = f"accounts({row_id})?$select=name&$expand=primarycontactid"
    said = probe.patch(target, {"name": "B"}, if_match="*", **REPRESENTATION)
    assert said.status == 200
    assert set(said.json) == {"@odata.context", "@odata.etag", "name", "accountid"}
    assert said.headers["preference-applied"] == "return=representation"


def test_upsert(probe: Probe) -> None:
    """Without a precondition a PATCH creates or updates, and does not say which."""
    created = probe.patch(f"accounts({ABSENT})", {"name": "A"})
    updated = probe.patch(f"accounts({ABSENT})", {"name": "B"})
    assert created.status == updated.status == 204
    assert created.headers["odata-entityid"] == updated.headers["odata-entityid"]
    assert [change.operation for change in probe.twin.history] == ["create", "update"]


def test_upsert_with_representation(probe: Probe) -> None:
    """The representation tells created from updated."""
    assert probe.patch(f"accounts({ABSENT})", {"name": "A"}, **REPRESENTATION).status == 201
    assert probe.patch(f"accounts({ABSENT})", {"name": "B"}, **REPRESENTATION).status == 200


def test_id_in_body_and_address(probe: Probe) -> None:
    """An id in the body must be the id in the address."""
    for _ in range(2):
        assert probe.patch(f"accounts({ABSENT})", {"accountid": ABSENT[:-1] + "5"}).refusal == (400, "0x80048d19")
        assert probe.patch(f"accounts({ABSENT})", {"accountid": ABSENT}).status == 204


def test_create_only(probe: Probe) -> None:
    """With If-None-Match: * a PATCH never updates."""
    assert probe.patch(f"accounts({ABSENT})", {"name": "A"}, if_none_match="*").status == 204
    said = probe.patch(f"accounts({ABSENT})", {"name": "B"}, if_none_match="*")
    assert said.refusal == (412, "0x80040237")
    assert said.message == "A record with matching key values already exists."


def test_if_none_match_null_means_nothing(probe: Probe) -> None:
    """The header that every client sends has no effect."""
    row_id = probe.created("accounts", name="A")
    assert probe.patch(f"accounts({row_id})", {"name": "B"}, if_none_match="null").status == 204
    assert probe.get(f"accounts({row_id})", if_none_match="null").status == 200
    assert probe.patch(f"accounts({row_id})", {"name": "C"}, if_none_match="null", if_match="*").status == 204


def test_both_preconditions(probe: Probe) -> None:
    """If-Match and If-None-Match exclude each other."""
    said = probe.patch(f"accounts({ABSENT})", {"name": "A"}, if_match="*", if_none_match="*")
    assert said.refusal == (400, "0x80060888")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("etag", ['W/"1"', '"{version}"', "{version}", 'W/"{version}" ', 'w/"{version}"'])
def test_stale_versions(probe: Probe, method: str, etag: str) -> None:
    """A version must be repeated byte for byte, or the write is refused and nothing is changed."""
    row_id = probe.created("accounts", name="A")
    version = probe.get(f"accounts({row_id})").json["versionnumber"]
    body = {"name": "B"} if method == "PATCH" else None
    said = probe.send(method, f"accounts({row_id})", body, if_match=etag.format(version=version))
    assert said.refusal == (412, "0x80060882")
    assert said.message == "The version of the existing record doesn't match the RowVersion property provided."
    assert probe.get(f"accounts({row_id})").json["versionnumber"] == version


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_current_versions(probe: Probe, method: str) -> None:
    """The current version lets a write pass, once."""
    row_id = probe.created("accounts", name="A")
    etag = probe.get(f"accounts({row_id})").headers["etag"]
    body = {"name": "B"} if method == "PATCH" else None
    assert probe.send(method, f"accounts({row_id})", body, if_match=etag).status == 204
    assert probe.send(method, f"accounts({row_id})", body, if_match=etag).status in (404, 412)


def test_version_of_an_absent_row(probe: Probe) -> None:
    """With a version a PATCH never creates."""
    assert probe.patch(f"accounts({ABSENT})", {"name": "A"}, if_match='W/"1"').refusal == (404, "0x80040217")


def test_missing_version(probe: Probe) -> None:
    """An empty If-Match lacks the version."""
    row_id = probe.created("accounts")
    assert probe.patch(f"accounts({row_id})", {"name": "A"}, if_match="").refusal == (400, "0x80060883")


def test_table_without_optimistic_concurrency(probe: Probe) -> None:
    """Versions cannot be asked for where the table does not support it."""
    row_id = probe.created("accounts")
    probe.twin.environment.table("accounts").definition.optimistic = False
    etag = probe.get(f"accounts({row_id})").headers["etag"]
    assert probe.patch(f"accounts({row_id})", {"name": "A"}, if_match=etag).refusal == (400, "0x8006088d")
    assert probe.patch(f"accounts({row_id})", {"name": "A"}, if_match="*").status == 204
    assert (
        probe.get(f"accounts({row_id})", if_none_match=probe.get(f"accounts({row_id})").headers["etag"]).status == 200
    )


def test_if_match_ignored(probe: Probe) -> None:
    """A table may fail to enforce versions, if that was ordered."""
    row_id = probe.created("accounts", name="A")
    probe.twin.behaviour.ignore_if_match = {"accounts"}
    assert probe.patch(f"accounts({row_id})", {"name": "B"}, if_match='W/"1"').status == 204


def test_versions_come_from_one_counter(probe: Probe) -> None:
    """Row versions rise over all tables."""
    seen = []
    for table in ("accounts", "contacts", "accounts"):
        row_id = probe.created(table)
        seen.append(probe.get(f"{table}({row_id})").json["versionnumber"])
    assert seen == sorted(set(seen))


def test_unchanged_values_make_a_version(probe: Probe) -> None:
    """Sending what is already there is an update all the same."""
    row_id = probe.created("accounts", name="A")
    before = probe.get(f"accounts({row_id})").json
    probe.pass_time(5)
    probe.patch(f"accounts({row_id})", {"name": "A"})
    after = probe.get(f"accounts({row_id})").json
    assert after["versionnumber"] > before["versionnumber"]
    assert after["modifiedon"] > before["modifiedon"]
    assert probe.twin.history[-1].after == {}
    assert probe.twin.history[-1].sent == ("name",)


def test_read_if_changed(probe: Probe) -> None:
    """An unchanged row answers 304 without a body, unless annotations or other rows were asked for."""
    row_id = probe.created("accounts", name="A")
    etag = probe.get(f"accounts({row_id})").headers["etag"]
    said = probe.get(f"accounts({row_id})", if_none_match=etag)
    assert (said.status, said.text) == (304, "")
    assert probe.get(f"accounts({row_id})", if_none_match='W/"1"').status == 200
    assert probe.get(f"accounts({row_id})?$expand=primarycontactid", if_none_match=etag).status == 200
    annotated = 'odata.include-annotations="*"'
    assert probe.get(f"accounts({row_id})", if_none_match=etag, prefer=annotated).status == 200
    probe.patch(f"accounts({row_id})", {"name": "B"})
    assert probe.get(f"accounts({row_id})", if_none_match=etag).status == 200


def test_delete(probe: Probe) -> None:
    """A deleted row is gone, and can be made again."""
    row_id = probe.created("accounts")
    assert probe.delete(f"accounts({row_id})").status == 204
    assert probe.delete(f"accounts({row_id})").refusal == (404, "0x80040217")
    assert probe.post("accounts", {"accountid": row_id}).status == 204


def test_single_property(probe: Probe) -> None:
    """One property is read, written and emptied at its own address."""
    row_id = probe.created("accounts", name="A")
    target = f"accounts({row_id})/name"
    said = probe.get(target)
    assert said.json["value"] == "A"
    assert said.json["@odata.context"].endswith(f"$metadata#accounts({row_id})/name")
    assert probe.put(target, {"value": "B"}).status == 204
    assert probe.get(target).json["value"] == "B"
    assert probe.delete(target).status == 204
    empty = probe.get(target)
    assert (empty.status, empty.text) == (204, "")


@pytest.mark.parametrize("body", [{}, {"name": "B"}, {"value": "B", "x": 1}, {"value": 5}, {"value": "x" * 161}])
def test_bad_property_bodies(probe: Probe, body: dict[str, Any]) -> None:
    """The body of a property holds a fitting value and nothing else."""
    said = probe.put(f"accounts({probe.created('accounts')})/name", body)
    assert said.status == 400


@pytest.mark.parametrize("name", ["Name", "nothing", "name/x", "Contact_customer_accounts", "name(1)"])
def test_unknown_properties(probe: Probe, name: str) -> None:
    """Properties are named exactly."""
    said = probe.get(f"accounts({probe.created('accounts')})/{name}")
    assert said.refusal == (400, "0x80060888")
    assert "Could not find a property named" in said.message


def test_property_of_an_absent_row(probe: Probe) -> None:
    """A property of a row that is not there is not there."""
    assert probe.get(f"accounts({ABSENT})/name").refusal == (404, "0x80040217")
    assert probe.put(f"accounts({ABSENT})/name", {"value": "A"}).refusal == (404, "0x80040217")


def test_deep_insert_is_left_out(probe: Probe) -> None:
    """The twin says that it does not know deep inserts; in a PATCH the service does not either."""
    nested = {"name": "A", "primarycontactid": {"lastname": "Novak"}}
    assert probe.post("accounts", nested).refusal == (501, "0x8006088a")
    assert probe.patch(f"accounts({probe.created('accounts')})", nested).refusal == (400, "0x80048d19")


def test_duplicate_detection(probe: Probe) -> None:
    """Rules count only where a request turns them on."""
    probe.twin.behaviour.duplicate_rules = {"accounts": ("name", "address1_city")}
    probe.created("accounts", name="Adatum", address1_city="Berlin")
    body = {"name": "ADATUM ", "address1_city": "berlin"}
    on = {"mscrm.suppressduplicatedetection": "false"}
    assert probe.post("accounts", body, **on).refusal == (412, "0x80040333")
    assert probe.post("accounts", body | {"address1_city": "Hamburg"}, **on).status == 204
    assert probe.post("accounts", body).status == 204


def test_a_plug_in_refuses_values(probe: Probe) -> None:
    """In its own words, which name nothing; what stands there already may be sent again."""
    row_id = probe.created("accounts", name="Barred")
    probe.twin.behaviour.refused_values = {"accounts": {"name": frozenset({"Barred"})}}
    assert probe.post("accounts", {"name": "Barred"}).refusal == (400, "0x80040265")
    assert probe.patch(f"accounts({row_id})", {"name": "Barred"}).status == 204
    assert probe.patch(f"accounts({row_id})", {"name": "Other"}).status == 204
    assert probe.patch(f"accounts({row_id})", {"name": "Barred", "fax": "1"}).refusal == (400, "0x80040265")
    assert [names for _, _, names, _ in probe.twin.environment.refused] == [frozenset({"name", "fax"})]


def test_a_plug_in_cuts_and_makes_notes(probe: Probe) -> None:
    """Whoever writes. The history knows what was asked for; what nobody asked for was not sent."""
    probe.twin.behaviour.cut = {"accounts": {"name": 3}}
    probe.twin.behaviour.noted = {"accounts": {"fax": ("description", "fax")}}
    row_id = probe.created("accounts", name="Contoso", fax="1")
    assert probe.patch(f"accounts({row_id})", {"fax": "2", "description": "mine", "name": "Adatum"}).status == 204
    assert probe.patch(f"accounts({row_id})", {"fax": "2", "description": "mine"}).status == 204
    row = probe.twin.row("accounts", row_id)
    assert row is not None
    assert (row["name"], row["description"]) == ("Ada", "mine")
    told = [(change.after.get("description"), change.asked) for change in probe.twin.history[-3:]]
    assert told == [
        ("fax 1", {"name": "Contoso"}), ("fax 2", {"name": "Adatum", "description": "mine"}), ("mine", {})
    ]  # fmt: skip
    assert ["description" in change.sent for change in probe.twin.history[-3:]] == [False, True, True]


def test_what_a_currency_rounds_was_asked_for_whole(probe: Probe) -> None:
    """The history keeps both amounts."""
    yen = {"isocurrencycode": "JPY", "currencyname": "Yen", "currencysymbol": "Y", "exchangerate": 1}
    currency = probe.created("transactioncurrencies", **yen, currencyprecision=0)
    bound = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
    row_id = probe.created("accounts", name="A", creditlimit=1234.56, **bound)
    row, change = probe.twin.row("accounts", row_id), probe.twin.history[-1]
    assert row is not None
    assert (float(row["creditlimit"]), float(change.asked["creditlimit"])) == (1235, 1234.56)


def test_deleting_empties_lookups(probe: Probe) -> None:
    """Lookups to a deleted row are emptied: a new version of the row, but no message."""
    contact = probe.created("contacts", lastname="Novak")
    bind = {"primarycontactid@odata.bind": f"/contacts({contact})"}
    account = probe.created("accounts", name="A", **bind)
    probe.webhook("Update", "account")
    before = probe.get(f"accounts({account})").json
    assert probe.delete(f"contacts({contact})").status == 204
    after = probe.get(f"accounts({account})").json
    assert after["_primarycontactid_value"] is None
    assert after["versionnumber"] > before["versionnumber"]
    assert probe.twin.outbox == []


def test_restricted_deletes(probe: Probe) -> None:
    """A row that others must keep pointing to cannot be deleted."""
    company = probe.company()
    probe.account("C-1", company)
    assert probe.delete(f"cdm_companies({company})").refusal == (405, "0x80040227")
    assert probe.get(f"cdm_companies({company})").status == 200


@pytest.mark.parametrize("table", ["organizations", "businessunits", "systemusers", "sdkmessages"])
def test_permanent_rows(probe: Probe, table: str) -> None:
    """What an environment is made of is not deleted."""
    row = probe.twin.rows(table)[0]
    row_id = row[probe.twin.environment.table(table).definition.id]
    assert probe.delete(f"{table}({row_id})").refusal == (405, "0x80040227")
    assert probe.twin.row(table, row_id) == row


def test_currencies_in_use(probe: Probe) -> None:
    """A currency stays while rows use it."""
    row_id = probe.created("accounts", creditlimit=5)
    currency = probe.get(f"accounts({row_id})").json["_transactioncurrencyid_value"]
    assert probe.delete(f"transactioncurrencies({currency})").refusal == (405, "0x80040227")


def test_cascading_deletes(probe: Probe) -> None:
    """The contacts of an account go with it (contact_customer_accounts: Delete Cascade)."""
    account = probe.created("accounts", name="A")
    contact = probe.created("contacts", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    assert probe.delete(f"accounts({account})").status == 204
    assert probe.get(f"contacts({contact})").status == 404
    assert [change.table for change in probe.twin.history[-2:]] == ["contacts", "accounts"]
