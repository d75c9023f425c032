"""Batches: the multipart form, order, change sets, references, and what a failure leaves."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from tests.emulator.dataverse.probe import Probe, Said, part
from tests.emulator.probing import change_set

ABSENT = "00000000-1111-4222-8333-444444444444"
MIXED = "multipart/mixed; boundary=batch_1"


def statuses(said: Said) -> list[int]:
    """The statuses of the parts, in order."""
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d+) ", said.text)]


def names(probe: Probe) -> set[str]:
    return {row["name"] for row in probe.twin.rows("accounts")}


def test_shape(probe: Probe) -> None:
    """A batch answers 200 with one part per operation, in order, with CRLF line ends."""
    said = probe.batch(
        part("POST", "/api/data/v9.2/accounts", {"name": "A"}),
        part("GET", "accounts?$select=name"),
        part("GET", "http://127.0.0.1:7081/api/data/v9.2/accounts/$count"),
    )
    assert said.status == 200
    boundary = said.headers["content-type"].removeprefix("multipart/mixed; boundary=")
    assert boundary.startswith("batchresponse_")
    parts = said.answer.body.decode("utf-8").split(f"--{boundary}")
    assert parts[0] == ""
    assert parts[-1] == "--\r\n"
    assert parts[1].startswith(
        "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 204 No Content\r\n"
    )
    assert "\r\nOData-EntityId: http://127.0.0.1:7081/api/data/v9.2/accounts(" in parts[1]
    assert "\r\nOData-Version: 4.0\r\n" in parts[2]
    assert '"name":"A"' in parts[2].partition("\r\n\r\n{")[2]
    assert "\n" not in said.text.replace("\r\n", "")


def test_request_without_headers(probe: Probe) -> None:
    """A part may have no inner headers at all."""
    bare = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET WhoAmI HTTP/1.1\r\n"
    assert statuses(probe.batch(bare, bare + b"\r\n", bare + b"\r\n\r\n")) == [200, 200, 200]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"--batch_1--\r\n",
        b"--batch_1\r\n" + part("GET", "WhoAmI"),
        (b"--batch_1\r\n" + part("GET", "WhoAmI") + b"\r\n--batch_1--\r\n").replace(b"\r\n", b"\n"),
        b"--batch_1\r\n" + part("GET", "WhoAmI").replace(b"\r\n", b"\n", 1) + b"\r\n--batch_1--\r\n",
        b"--batch_1\r\n" + part("GET", "WhoAmI").replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n") + b"\r\n--batch_1--\r\n",
        b"--batch_1\r\n" + part("GET", "WhoAmI").replace(b"HTTP/1.1", b"") + b"\r\n--batch_1--\r\n",
        b"--batch_1\r\n" + part("GET", "WhoAmI").replace(b": application/http", b"") + b"\r\n--batch_1--\r\n",
        b"--batch_1\r\n" + part("GET", "WhoAmI").replace(b"application/http", b"text/plain") + b"\r\n--batch_1--\r\n",
        b"--batch_1\r\n" + part("GET", "WhoAmI").replace(b": binary", b": 8bit") + b"\r\n--batch_1--\r\n",
        b"--batch_1\r\nContent-Type: application/http\r\n--batch_1--\r\n",
    ],
)
def test_malformed_batches(probe: Probe, body: bytes) -> None:
    """A batch that cannot be read is refused as plain JSON: bare LF, missing parts, missing headers."""
    assert probe.post("$batch", body, content_type=MIXED).refusal == (400, "0x80048d19")


def test_bare_line_feeds(probe: Probe) -> None:
    """The refusal of bare LF reads as in the product."""
    body = b"--batch_1\n" + part("GET", "WhoAmI").replace(b"\r\n", b"\n") + b"\n--batch_1--\n"
    assert probe.post("$batch", body, content_type=MIXED).message == "Stream was not readable."


def test_malformed_batches_do_nothing(probe: Probe) -> None:
    """Nothing is carried out if the end of the batch is missing."""
    body = b"--batch_1\r\n" + part("POST", "accounts", {"name": "A"}) + b"\r\n"
    probe.post("$batch", body, content_type=MIXED)
    assert names(probe) == set()


@pytest.mark.parametrize("kind", ["application/json", "multipart/mixed", "multipart/mixed; boundary=", "text/plain"])
def test_content_types_of_batches(probe: Probe, kind: str) -> None:
    """A batch names its boundary."""
    body = b"--batch_1\r\n" + part("GET", "WhoAmI") + b"\r\n--batch_1--\r\n"
    assert probe.post("$batch", body, content_type=kind).refusal == (400, "0x80048d19")
    assert probe.post("$batch", body, content_type='multipart/mixed;boundary="batch_1"').status == 200


def test_most_operations(probe: Probe) -> None:
    """At most 1,000 operations, those of change sets counted."""
    get = part("GET", "WhoAmI")
    assert probe.batch(*[get] * 1000).status == 200
    sets = [change_set(*[part("POST", "accounts", {}, str(number)) for number in range(501)])] * 2
    assert probe.batch(*sets).refusal == (400, "0x80048d19")
    assert probe.batch(*[get] * 1001).refusal == (400, "0x80048d19")


def test_batches_do_not_nest(probe: Probe) -> None:
    """A batch is no part of a batch."""
    for url in ("$batch", "/api/data/v9.2/$batch"):
        said = probe.batch(part("POST", url, {}))
        assert (said.status, statuses(said)) == (400, [400])


def test_operations_one_after_another(probe: Probe) -> None:
    """Outside change sets every operation is its own transaction; the first failure ends the batch."""
    said = probe.batch(
        part("POST", "accounts", {"name": "A"}),
        part("POST", "accounts", {"Name": "B"}),
        part("POST", "accounts", {"name": "C"}),
    )
    assert (said.status, statuses(said)) == (400, [204, 400])
    assert names(probe) == {"A"}
    assert '"code":"0x80048d19"' in said.text


def test_continue_on_error(probe: Probe) -> None:
    """On request the rest is carried out, and the batch as a whole is fine."""
    said = probe.batch(
        part("POST", "accounts", {"name": "A"}),
        part("GET", f"accounts({ABSENT})"),
        part("POST", "accounts", {"name": "C"}),
        prefer="odata.continue-on-error",
    )
    assert (said.status, statuses(said)) == (200, [204, 404, 204])
    assert names(probe) == {"A", "C"}


def test_outer_status_is_that_of_the_failure(probe: Probe) -> None:
    """Without continuing the batch answers with the status of what failed."""
    row_id = probe.created("accounts", name="A")
    said = probe.batch(part("PATCH", f"accounts({row_id})", {"name": "B"}, headers=['If-Match: W/"1"']))
    assert (said.status, statuses(said)) == (412, [412])


def test_headers_are_inner(probe: Probe) -> None:
    """Preferences and preconditions count per part; those of the batch do not reach the parts."""
    body = {"name": "A"}
    said = probe.batch(
        part("POST", "accounts?$select=name", body, headers=["Prefer: return=representation"]),
        part("POST", "accounts", body),
        prefer="return=representation",
    )
    assert statuses(said) == [201, 204]
    assert "Preference-Applied: return=representation" in said.text


def test_tags_are_inner(probe: Probe) -> None:
    """The tag of a batch does not reach its parts."""
    body = b"--batch_1\r\n" + part("POST", "accounts?tag=inner", {"name": "A"}) + b"\r\n--batch_1--\r\n"
    probe.post("$batch?tag=outer", body, content_type=MIXED)
    assert [change.tag for change in probe.twin.history] == ["inner"]


def test_change_sets(probe: Probe) -> None:
    """A change set answers with nested parts that repeat their Content-ID."""
    said = probe.batch(
        change_set(part("POST", "accounts", {"name": "A"}, "1"), part("POST", "accounts", {"name": "B"}, "2")),
        part("GET", "accounts/$count"),
    )
    assert (said.status, statuses(said)) == (200, [204, 204, 200])
    assert re.search(
        r"Content-Type: multipart/mixed; boundary=changesetresponse_[0-9a-f-]{36}\r\n\r\n--changeset", said.text
    )
    assert re.findall(r"Content-ID: (\w+)\r\n", said.text) == ["1", "2"]
    assert said.text.count("\r\nLocation: ") == said.text.count("\r\nOData-EntityId: ") == 2


def test_failing_change_sets(probe: Probe) -> None:
    """A failure undoes the whole set, which is represented by one error part."""
    row_id = probe.created("accounts", name="old")
    other = probe.created("accounts", name="other")
    count, before = len(probe.twin.history), probe.twin.row("accounts", row_id)
    said = probe.batch(
        change_set(
            part("POST", "accounts", {"name": "A"}, "1"),
            part("PATCH", f"accounts({row_id})", {"name": "new"}, "2"),
            part("DELETE", f"accounts({other})", None, "3"),
            part("POST", "accounts", {"name": "x" * 161}, "4"),
        ),
        part("POST", "accounts", {"name": "C"}),
    )
    assert (said.status, statuses(said)) == (400, [400])
    assert re.findall(r"Content-ID: (\w+)\r\n", said.text) == ["4"]
    assert names(probe) == {"old", "other"}
    assert probe.twin.row("accounts", row_id) == before
    assert len(probe.twin.history) == count
    assert probe.get(f"accounts({other})").status == 200
    assert probe.get("accounts", prefer="odata.track-changes").status == 200


@pytest.mark.parametrize(("form", "told"), [("nested", ["8"]), ("single", [])])
def test_failing_change_sets_as_captured(probe: Probe, form: Literal["nested", "single"], told: list[str]) -> None:
    """Captures show the error part in a change set response, with the id of the failing part; or it stands alone."""
    probe.twin.behaviour.changeset_error = form
    said = probe.batch(change_set(part("POST", "accounts", {}, "7"), part("POST", "accounts", {"X": 1}, "8")))
    assert (said.status, statuses(said)) == (400, [400])
    assert ("boundary=changesetresponse_" in said.text) is (form == "nested")
    assert re.findall(r"Content-ID: (\w+)\r\n", said.text) == told


def test_blanks_in_the_address_of_a_part(probe: Probe) -> None:
    """Clients send filters as they are written."""
    probe.post("accounts", {"name": "A"})
    said = probe.batch(part("GET", "accounts?$select=name&$filter=name eq 'A'", None))
    assert (said.status, statuses(said)) == (200, [200])
    assert '"name":"A"' in said.text.replace(": ", ":")


def test_continuing_after_a_change_set(probe: Probe) -> None:
    """A failing set is one part, and the rest goes on."""
    said = probe.batch(
        change_set(part("POST", "accounts", {"name": "A"}, "1"), part("POST", "accounts", {"X": 1}, "2")),
        change_set(part("POST", "accounts", {"name": "B"}, "1"), part("POST", "accounts", {"name": "C"}, "2")),
        prefer="odata.continue-on-error",
    )
    assert (said.status, statuses(said)) == (200, [400, 204, 204])
    assert names(probe) == {"B", "C"}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part("GET", "accounts", None, "1")], "0x80048d19"),
        ([part("POST", "accounts", {})], "0x80060888"),
        ([part("POST", "accounts", {}, "1"), part("POST", "accounts", {}, "1")], "0x80048d19"),
        ([], "0x80048d19"),
    ],
)
def test_bad_change_sets(probe: Probe, parts: list[bytes], code: str) -> None:
    """A change set holds writes, each with a Content-ID of its own."""
    assert probe.batch(change_set(*parts)).refusal == (400, code)


def test_references(probe: Probe) -> None:
    """A later part refers to the row of an earlier one, in its address and in its body."""
    said = probe.batch(
        change_set(
            part("POST", "accounts", {"name": "A"}, "1"),
            part("POST", "contacts", {"lastname": "N", "parentcustomerid_account@odata.bind": "$1"}, "2"),
            part("PATCH", "$1", {"fax": "5", "primarycontactid@odata.bind": "$2"}, "3"),
            part("PUT", "$1/name", {"value": "B"}, "4"),
        )
    )
    assert statuses(said) == [204, 204, 204, 204]
    account = probe.twin.rows("accounts")[0]
    contact = probe.twin.rows("contacts")[0]
    assert (account["name"], account["fax"]) == ("B", "5")
    assert account["_primarycontactid_value"] == contact["contactid"]
    assert contact["_parentcustomerid_value"] == account["accountid"]


def test_references_with_representation(probe: Probe) -> None:
    """A part that returns its row can be referred to as well."""
    made = part("POST", "accounts", {"name": "A"}, "1", headers=["Prefer: return=representation"])
    assert statuses(probe.batch(change_set(made, part("PATCH", "$1", {"fax": "5"}, "2")))) == [201, 204]


@pytest.mark.parametrize(
    "later",
    [
        part("PATCH", "$9", {"name": "A"}, "2"),
        part("POST", "contacts", {"parentcustomerid_account@odata.bind": "$9"}, "2"),
        part("POST", "contacts", {"parentcustomerid_account@odata.bind": "$2"}, "2"),
    ],
)
def test_unknown_references(probe: Probe, later: bytes) -> None:
    """A reference must have been given before, in the same set."""
    said = probe.batch(change_set(part("POST", "accounts", {"name": "A"}, "1"), later))
    assert statuses(said) == [400]
    assert re.search(r"Content-ID Reference: '\$\d' does not exist in the batch context\.", said.text)
    assert names(probe) == set()


def test_references_end_with_their_set(probe: Probe) -> None:
    """References do not reach the next set, nor parts outside of sets."""
    first = change_set(part("POST", "accounts", {"name": "A"}, "1"))
    body = {"parentcustomerid_account@odata.bind": "$1"}
    assert statuses(probe.batch(first, change_set(part("POST", "contacts", body, "1")))) == [204, 400]
    assert statuses(probe.batch(first, part("POST", "contacts", body))) == [204, 400]


def test_references_of_the_wrong_table(probe: Probe) -> None:
    """A reference must fit the lookup."""
    body = {"primarycontactid@odata.bind": "$1"}
    said = probe.batch(change_set(part("POST", "accounts", {}, "1"), part("POST", "accounts", body, "2")))
    assert statuses(said) == [400]


def test_reads_inside_see_writes_before(probe: Probe) -> None:
    """Operations see what earlier ones did."""
    said = probe.batch(part("POST", "accounts", {"name": "A"}), part("GET", "accounts?$select=name"))
    assert '"name":"A"' in said.text


def test_long_addresses_inside(probe: Probe) -> None:
    """Inside a batch an address may be twice as long."""
    url = f"accounts?$filter=name%20eq%20'{'x' * 40_000}'"
    assert statuses(probe.batch(part("GET", url))) == [200]
    assert statuses(probe.batch(part("GET", url.replace("x" * 40_000, "x" * 70_000)))) == [400]


def test_keys_inside(probe: Probe) -> None:
    """Keys work inside batches as outside."""
    company = probe.company()
    key = f"accounts(accountnumber='C-1',_msdyn_company_value={company})"
    said = probe.batch(part("PATCH", key, {"name": "A"}), part("PATCH", key, {"name": "B"}), part("GET", key))
    assert statuses(said) == [204, 204, 200]
    assert names(probe) == {"B"}


@pytest.mark.parametrize(
    "url", ["https://evil.example/api/data/v9.2/accounts", "http://127.0.0.1:70811/api/data/v9.2/x"]
)
def test_parts_for_other_hosts(probe: Probe, url: str) -> None:
    """A part goes to the host of its batch; what leads away is refused by itself."""
    said = probe.batch(part("GET", url))
    assert said.status == 400
    assert b"is on another host" in said.answer.body
