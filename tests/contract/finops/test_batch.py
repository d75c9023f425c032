"""`$batch`: reads directly, writes in changesets that succeed or fail as one."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.finops.probe import CROSS, HOST, Probe, Said, organization
from tests.emulator.probing import change_set, part
from tests.unit.systems.finops.groups import FRONT

US_1 = "/data/CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"


def answers(said: Said) -> list[tuple[int, dict[str, str], Any]]:
    """Status, headers and body of every answer in a batch answer, changesets laid flat."""
    assert said.status == 200
    assert said.headers["content-type"].startswith("multipart/mixed; boundary=batchresponse_")
    assert "\n" not in said.text.replace("\r\n", "")
    found = []
    for piece in re.split(r"\r\n--[\w-]+(?=\r\n|--)", "\r\n" + said.text):
        if "HTTP/1.1" not in piece:
            continue
        outer, inner, body = piece.lstrip().split("\r\n\r\n", 2)
        assert "Content-Type: application/http" in outer
        assert "Content-Transfer-Encoding: binary" in outer
        line, *lines = (f"{inner}\r\n{outer}").split("\r\n")
        headers = dict(each.split(": ", 1) for each in lines)
        found.append((int(line.split()[1]), headers, json.loads(body) if body.strip() and body[0] != "<" else None))
    return found


def statuses(said: Said) -> list[int]:
    return [status for status, _, _ in answers(said)]


def create(content_id: str = "1", **values: Any) -> bytes:
    return part("POST", f"{HOST}/data/CustomersV3?{CROSS}", organization(**values), content_id)


@pytest.mark.parametrize(
    "parts",
    [
        [create()],
        [part("DELETE", US_1, None, "1")],
        [change_set()],
        [change_set(part("GET", US_1, None, "1"))],
        [change_set(part("POST", "/data/CustomersV3", organization()))],
        [change_set(create("1"), create("1"))],
        [change_set(create("1")), change_set(create("1"))],
        [part("GET", US_1).replace(b"application/http", b"application/json")],
        [part("GET", US_1).replace(b"Content-Transfer-Encoding: binary\r\n", b"")],
        [part("GET", US_1).replace(b" HTTP/1.1", b"")],
        [part("GET", US_1).replace(b"GET ", b"")],
        [part("GET", US_1).replace(b"\r\n", b"\n")],
        [part("GET", US_1).replace(b"Content-Type: application/http", b"Content-Type application/http")],
        [b""],
    ],
)
def test_refused_as_a_whole(probe: Probe, parts: list[bytes]) -> None:
    """A batch that is not put together as documented is refused before anything is done."""
    assert probe.batch(part("GET", US_1), *parts).refusal[0] == 400
    assert probe.batch(change_set(create("99")), *parts).refusal[0] == 400
    assert probe.twin.history == []


def test_empty_batch(probe: Probe) -> None:
    """A batch without parts is refused."""
    assert probe.batch().refusal[0] == 400


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "multipart/mixed",
        "multipart/mixed; boundary=",
        "multipart/mixed; boundary=other",
        "multipart/form-data; boundary=batch_1",
        "",
    ],
)
def test_content_type(probe: Probe, kind: str) -> None:
    """A batch is multipart/mixed with the boundary that it uses; there is no JSON batch."""
    assert probe.batch(part("GET", US_1), content_type=kind).refusal[0] == 400
    assert probe.post("$batch", {"requests": []}).refusal[0] == 400


def test_line_ends(probe: Probe) -> None:
    """Lines end with CRLF and nothing else."""
    body = b"--b\r\n" + part("GET", US_1) + b"\r\n--b--\r\n"
    kind = "multipart/mixed; boundary=b"
    assert probe.post("$batch", body.replace(b"\r\n", b"\n"), content_type=kind).refusal[0] == 400
    assert probe.post("$batch", body[:-6], content_type=kind).refusal[0] == 400
    assert probe.post("$batch", body, content_type='multipart/mixed; charset=utf-8; boundary="b"').status == 200


def test_most_operations(probe: Probe) -> None:
    """A batch holds at most 5,000 operations."""
    one = part("GET", f"{US_1}?$select=CreditLimit")
    assert len(statuses(probe.batch(*[one] * 5000))) == 5000
    assert probe.batch(*[one] * 5001).refusal[0] == 400


def test_reads_and_writes(probe: Probe) -> None:
    """Every part is answered in its place, with its Content-ID; the outer answer is 200."""
    said = probe.batch(
        part("GET", f"{US_1}?$select=SalesMemo"),
        change_set(create("7", CustomerAccount="US-2")),
        part("GET", "CustomersV3?$select=CustomerAccount"),
        part("GET", f"{HOST}/data/CustomersV3/$count"),
    )
    found = answers(said)
    assert [status for status, _, _ in found] == [200, 201, 200, 200]
    assert found[1][1]["Content-ID"] == "7"
    assert found[1][2]["CustomerAccount"] == "US-2"
    assert [row["CustomerAccount"] for row in found[2][2]["value"]] == ["US-1", "US-2"]
    assert found[3][2] == 2
    assert all(headers["OData-Version"] == "4.0" for _, headers, _ in found)


def test_a_changeset_is_atomic(probe: Probe) -> None:
    """If one write of a changeset fails, one error part stands for all of it and nothing is kept."""
    said = probe.batch(
        change_set(
            create("1", CustomerAccount="US-2"),
            part("PATCH", US_1, {"SalesMemo": "x"}, "2"),
            part("DELETE", "/data/CustomerGroups(dataAreaId='usmf',CustomerGroupId='10')", None, "3"),
            create("4", CustomerAccount="US-3"),
        )
    )
    ((status, headers, body),) = answers(said)
    assert (status, headers["Content-ID"]) == (500, "3")
    assert "Infolog" in body["error"]["innererror"]["message"]
    assert body["error"]["innererror"]["type"].endswith(".AxODataWriteException")
    assert "Content-Type: multipart/mixed; boundary=changesetresponse_" in said.text
    assert [row["CustomerAccount"] for row in probe.twin.rows("CustomersV3")] == ["US-1"]
    assert probe.get(US_1).json["SalesMemo"] == ""
    assert probe.twin.history == []


def test_a_failed_changeset_in_one_part(probe: Probe) -> None:
    """Older answers have the error in place of the nested part, with the status of a single write."""
    probe.twin.behaviour.changeset_error = "single"
    probe.twin.behaviour.changeset_failure_status = 400
    said = probe.batch(change_set(create("1", CustomerGroupId="99")))
    assert statuses(said) == [400]
    assert "changesetresponse" not in said.text


def test_what_the_service_itself_refuses_keeps_its_status(probe: Probe) -> None:
    """A body that cannot be read is no failure of business logic."""
    said = probe.batch(change_set(create("1", NoSuchProperty=1)))
    assert statuses(said) == [400]


def test_changesets_are_independent(probe: Probe) -> None:
    """A changeset that fails neither undoes nor stops the others."""
    said = probe.batch(
        change_set(create("1", CustomerAccount="US-2")),
        change_set(create("2", CustomerGroupId="99")),
        part("GET", "/data/NoSuchSet"),
        change_set(create("3", CustomerAccount="US-3"), create("4", CustomerAccount="US-4")),
    )
    assert statuses(said) == [201, 500, 404, 201, 201]
    assert [change.key["CustomerAccount"] for change in probe.twin.history] == ["US-2", "US-3", "US-4"]


def test_later_parts_see_earlier_ones(probe: Probe) -> None:
    """Within a changeset writes happen in order."""
    said = probe.batch(
        change_set(
            part("POST", "/data/CustomerGroups", {"CustomerGroupId": "30"}, "1"),
            create("2", CustomerGroupId="30", CustomerAccount="US-2"),
            part("PATCH", "/data/CustomersV3(dataAreaId='usmf',CustomerAccount='US-2')", {"SalesMemo": "x"}, "3"),
        )
    )
    assert statuses(said) == [201, 201, 204]


def test_own_headers(probe: Probe) -> None:
    """If-Match and Prefer count for the part they stand in."""
    tag = probe.get(US_1).json["@odata.etag"]
    prefer = "Prefer: return=representation"
    said = probe.batch(
        change_set(part("PATCH", US_1, {"SalesMemo": "a"}, "1", [f"If-Match: {tag}", prefer])),
        change_set(part("PATCH", US_1, {"SalesMemo": "b"}, "2", [f"If-Match: {tag}", prefer])),
        change_set(part("PATCH", US_1, {"SalesMemo": "c"}, "3", ["If-Match: *"])),
    )
    found = answers(said)
    assert [status for status, _, _ in found] == [200, 412, 204]
    assert found[0][2]["@odata.etag"] == found[0][1]["ETag"]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://elsewhere.example/data/CustomersV3", 400),
        ("$1", 404),
        ("/data/$batch", 400),
        ("/api/CustomersV3", 404),
        ("CustomersV3?$top=x", 400),
    ],
)
def test_refused_part(probe: Probe, url: str, status: int) -> None:
    """A part that asks for something else is refused by itself."""
    assert statuses(probe.batch(part("GET", url), part("GET", US_1))) == [status, 200]


def test_company_context_of_parts(probe: Probe) -> None:
    """The company context stands in the address of each part."""
    probe.customer("DE-1", "demf")
    german = "/data/CustomersV3(dataAreaId='demf',CustomerAccount='DE-1')"
    said = probe.batch(part("GET", german, headers=["Company: demf"]), part("GET", f"{german}?{CROSS}"))
    assert statuses(said) == [404, 200]


def test_trouble_inside(probe: Probe) -> None:
    """A conflict of updates inside a changeset rolls all of it back."""
    probe.twin.behaviour.update_conflict = 1
    said = probe.batch(change_set(create("1"), create("2")), change_set(create("3")))
    assert statuses(said) == [500, 201]
    assert len(probe.twin.history) == 1


@pytest.mark.parametrize("front", [False, True])
@pytest.mark.parametrize(("character", "status"), FRONT.items())
def test_keys_in_batches(probe: Probe, character: str, status: int, front: bool) -> None:
    """Whether the parts of a batch are decoded once more nothing published tells: the twin can do both."""
    probe.twin.behaviour.front_in_batches = front
    probe.customer(f"A{character}1")
    once = quote(f"A{character}1", safe="")
    targets = [f"CustomersV3(dataAreaId='usmf',CustomerAccount='{each}')" for each in (once, quote(once, safe=""))]
    said = statuses(probe.batch(*[part("GET", f"{target}?{CROSS}") for target in targets]))
    assert said == ([status, 200] if front else [200, 404])
