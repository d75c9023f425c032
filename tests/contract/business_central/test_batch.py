"""`$batch` as JSON: one after another, up to the first failure or past it, and as one transaction (checklist 8)."""

from __future__ import annotations

import json

import pytest

from tests.emulator.business_central.probe import HOST, ROOT, US, Probe

GOES_ON = "odata.continue-on-error"
NEW = {"displayName": "X"}


def test_parts_and_their_answers(probe: Probe, c100: str) -> None:
    """200 outside; each part has its own status, headers, body and id, which may be left out."""
    said = probe.together(
        probe.part("POST", "customers", NEW, "1"),
        probe.part("PATCH", c100, {"creditLimit": 1.10}, "two", If_Match="*"),
        probe.part("GET", "customers?$top=1"),
        probe.part("DELETE", c100, None, "4", If_Match="*"),
    )
    assert said.status == 200
    assert [(each["id"], each["status"]) for each in said.parts] == [("1", 201), ("two", 200), (None, 200), ("4", 204)]
    first, second, third, last = said.parts
    assert first["headers"]["odata-version"] == "4.0"
    assert first["body"]["number"] == "C00010"
    assert second["body"]["creditLimit"] == 1.1
    assert len(third["body"]["value"]) == 1
    assert "body" not in last


def test_digits_in_a_batch(probe: Probe, c100: str) -> None:
    """Decimals keep every digit there and back."""
    part = json.dumps(probe.part("PATCH", c100, {"creditLimit": 0}, If_Match="*"))
    body = f'{{"requests":[{part.replace(": 0}", ": 12345678.00000000012345}")}]}}'.encode()
    assert '"creditLimit":12345678.00000000012345' in probe.post("~$batch", body, content_type="application/json").text


def test_it_stops_at_the_first_failure(probe: Probe) -> None:
    """What follows is not done and has no answer, unless the caller wants to go on."""
    parts = [probe.part("POST", "customers", body) for body in (NEW, {}, NEW)]
    assert [each["status"] for each in probe.together(*parts).parts] == [201, 400]
    assert [each["status"] for each in probe.together(*parts, prefer=GOES_ON).parts] == [201, 400, 201]
    assert len(probe.get("customers").rows) == 3
    probe.twin.behaviour.continues = True
    assert len(probe.together(*parts).parts) == 3


def test_a_failed_part_has_its_error(probe: Probe, c100: str) -> None:
    """As a request of its own would."""
    stale = probe.part("PATCH", c100, {"city": "X"}, "9", If_Match='W/"x"')
    (part,) = probe.together(stale).parts
    assert (part["id"], part["status"], part["body"]["error"]["code"]) == ("9", 409, "Request_EntityChanged")


def test_a_hundred_at_most(probe: Probe) -> None:
    """101 are refused as a whole."""
    part = probe.part("POST", "customers", NEW)
    assert probe.together(*[part] * 101).error[:2] == (400, "BadRequest")
    assert probe.get("customers").rows == []
    assert len(probe.together(*[part] * 100).parts) == 100


def test_a_snapshot_is_rolled_back(probe: Probe, c100: str) -> None:
    """If one part fails, nothing is kept, although what went before says that it went well."""
    parts = [
        probe.part("POST", "customers", NEW),
        probe.part("PATCH", c100, {"city": "X"}, If_Match="*"),
        probe.part("POST", "customers", {}),
        probe.part("POST", "customers", NEW),
    ]
    said = probe.together(*parts, isolation="snapshot", prefer=GOES_ON)
    assert [each["status"] for each in said.parts] == [201, 200, 400]
    assert probe.get("customers").column("number") == ["C100"]
    assert probe.get(c100).json["city"] == ""
    assert not probe.twin.history
    said = probe.together(*parts[:2], isolation="snapshot")
    assert [each["status"] for each in said.parts] == [201, 200]
    assert len(probe.get("customers").rows) == 2


def test_addresses_of_parts(probe: Probe) -> None:
    """Relative to the API, from the root, or absolute; the company by path, query or a header of the part."""
    base = f"companies({probe.company})/customers"
    urls = [base, f"/{base}", f"{ROOT}{base}", f"{HOST}{ROOT}{base}", f"customers?company={probe.company}"]
    for url in urls:
        assert probe.together(probe.part("POST", f"~{url}", NEW)).parts[0]["status"] == 201
    assert probe.together(probe.part("POST", "~customers", NEW, Company=US)).parts[0]["status"] == 201
    assert [len(list(probe.twin.rows(name, "customers"))) for name in (probe.company, US)] == [5, 1]


@pytest.mark.parametrize("url", ["https://elsewhere.example/x", "$batch"])
def test_addresses_that_are_refused(probe: Probe, url: str) -> None:
    """Another host, and a batch in a batch."""
    (part,) = probe.together(probe.part("GET", f"~{url}")).parts
    assert part["status"] == 400


@pytest.mark.parametrize("body", [{}, {"requests": {}}, {"requests": [1]}])
def test_what_is_no_batch(probe: Probe, body: object) -> None:
    """A batch has a list of requests."""
    assert probe.post("~$batch", body).error[:2] == (400, "BadRequest")


@pytest.mark.parametrize("part", [{"method": "GET"}, {"url": "companies"}, {"method": 1, "url": "companies"}])
def test_what_is_no_part(probe: Probe, part: object) -> None:
    """A request has a method and an address."""
    (answer,) = probe.post("~$batch", {"requests": [part]}).parts
    assert answer["status"] == 400


def test_batches_are_posted(probe: Probe) -> None:
    """No other verb."""
    assert probe.get("~$batch").status == 405


def test_how_a_batch_counts(probe: Probe) -> None:
    """As one request; whether its parts count is not known: there is a switch for both."""
    probe.twin.behaviour.request_limit = 10
    parts = [probe.part("GET", "customers")] * 8
    assert probe.together(*parts).status == 200
    probe.twin.behaviour.batch_counts_parts = True
    assert probe.together(*parts).status == 200
    assert probe.together(*parts).status == 429
