"""Versions: the ETag of a row, and writes that depend on it."""

from __future__ import annotations

import base64
import re

import pytest

from tests.emulator.finops.probe import Probe

US_1 = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"


def etag(probe: Probe, target: str = US_1) -> str:
    return str(probe.get(target).json["@odata.etag"])


@pytest.mark.parametrize(
    ("target", "shape"),
    [
        (US_1, r"'0,(\d+);0,\1;0,0'"),
        ("CustomerGroups(dataAreaId='usmf',CustomerGroupId='10')", r"'0,\d+'"),
    ],
)
def test_shape(probe: Probe, target: str, shape: str) -> None:
    """An ETag is weak; inside stand a version and a record id for each data source."""
    match = re.fullmatch(r'W/"(.+)"', etag(probe, target))
    assert match is not None
    assert re.fullmatch(shape, base64.b64decode(match[1]).decode())
    assert probe.get(target).headers["etag"] == etag(probe, target)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("tag", ["stale", 'W/"x"', '"x"', "", "garbage"])
def test_stale_version(probe: Probe, method: str, tag: str) -> None:
    """A write to another version than the caller knows is refused with 412 and changes nothing."""
    if tag == "stale":
        tag = etag(probe)
        probe.twin.update("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "US-1"}, {"SalesMemo": "theirs"})
    body = None if method == "DELETE" else {"SalesMemo": "ours"}
    assert probe.send(method, US_1, body, if_match=tag).refusal[0] == 412
    assert probe.get(US_1).json["SalesMemo"] != "ours"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("tag", ["known", "*", "known, other"])
def test_known_version(probe: Probe, method: str, tag: str) -> None:
    """The version the caller knows, a star, or one of several versions lets a write through."""
    tag = tag.replace("known", etag(probe)).replace("other", 'W/"x"')
    assert probe.send(method, US_1, None if method == "DELETE" else {"SalesMemo": "x"}, if_match=tag).status == 204


def test_last_writer_wins(probe: Probe) -> None:
    """Without a condition the last write counts."""
    for text in ("first", "second"):
        assert probe.patch(US_1, {"SalesMemo": text}).status == 204
    assert probe.get(US_1).json["SalesMemo"] == "second"


def test_condition_on_a_missing_row(probe: Probe) -> None:
    """A condition on a record that is gone finds no record."""
    target = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-9')"
    assert probe.patch(target, {}, if_match="*").refusal[0] == 400
    assert probe.delete(target, if_match=etag(probe)).refusal[0] == 400


def test_condition_is_not_enforced_everywhere(probe: Probe) -> None:
    """Some entities do not look at the condition."""
    probe.twin.behaviour.ignore_if_match.add("CustomersV3")
    assert probe.patch(US_1, {"SalesMemo": "x"}, if_match='W/"x"').status == 204
    group = "CustomerGroups(dataAreaId='usmf',CustomerGroupId='10')"
    assert probe.patch(group, {"Description": "x"}, if_match='W/"x"').status == 412


def test_every_write_makes_a_version(probe: Probe) -> None:
    """Each change gives a version that was never there before; reading and refused writes do not."""
    seen = [etag(probe)]
    for text in ("a", "b", "a"):
        assert probe.patch(US_1, {"SalesMemo": text}, if_match=seen[-1]).status == 204
        seen.append(etag(probe))
    assert probe.patch(US_1, {"CustomerGroupId": "99"}).status == 400
    assert etag(probe) == seen[-1]
    assert len(set(seen)) == 4


@pytest.mark.parametrize("makes", [True, False])
def test_writing_the_same_again(probe: Probe, makes: bool) -> None:
    """Whether a write that changes nothing makes a version is a switch."""
    probe.twin.behaviour.rewrite_makes_version = makes
    before = etag(probe)
    assert probe.patch(US_1, {"OrganizationName": "Contoso"}).status == 204
    assert (etag(probe) != before) is makes


def test_a_key_used_again_is_another_version(probe: Probe) -> None:
    """A record made again under the same key has a record id of its own."""
    before = etag(probe)
    probe.delete(US_1)
    row = {"CustomerAccount": "US-1", "OrganizationName": "Contoso", "CustomerGroupId": "10"}
    assert probe.post("CustomersV3", row).status == 201
    assert probe.patch(US_1, {"SalesMemo": "x"}, if_match=before).status == 412


def test_answer_to_a_write_names_its_version(probe: Probe) -> None:
    """The version in the answer to a write is the one that was written."""
    said = probe.patch(US_1, {"SalesMemo": "x"}, prefer="return=representation")
    assert said.json["@odata.etag"] == said.headers["etag"] == etag(probe)
    assert probe.patch(US_1, {"SalesMemo": "y"}).headers["etag"] == etag(probe)
