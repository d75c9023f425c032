"""Creating, updating and deleting records, alone and in batches: nothing is sent twice, no refusal is another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.errors import Exists, Gone, KoppelError, NoField, NotTheService, Rejected, Stale, Throttled, Unanswered
from shared.systems import Finops, Observation
from tests.unit.systems.finops.groups import (
    CUSTOMERS,
    GROUPS,
    HOSTILE,
    NAMES,
    READING,
    description,
    group,
    known,
    version_of,
)
from tests.unit.systems.worlds import FinopsWorld, Script, all_of, answer, attempt, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize("company", ["usmf", "demf"])
async def test_create(world: FinopsWorld, company: str) -> None:
    """A new record comes back as it is stored: numbers assigned, codes upper-cased."""
    found = await world.client.create(GROUPS, group("retail", company), NAMES)
    assert found is not None
    assert (found.row["CustomerGroupId"], found.row["dataAreaId"]) == ("RETAIL", company)
    assert found.version == version_of(world, [company, "RETAIL"])


async def test_create_with_a_number_of_its_own(world: FinopsWorld) -> None:
    """A record that F&O numbers comes back with its number."""
    world.probe.group()
    body = {"dataAreaId": '"usmf"', "OrganizationName": '"Fabrikam"', "CustomerGroupId": '"10"',
            "PartyType": '"Organization"'}  # fmt: skip
    found = await world.client.create(CUSTOMERS, body, ["CustomerAccount"])
    assert found is not None
    assert found.row["CustomerAccount"]


BAD: dict[str, tuple[Mapping[str, str], type[KoppelError]]] = {
    "too long": ({"Description": f'"{"x" * 99}"'}, Rejected),
    "unknown field": ({"Frobnicate": '"x"'}, NoField),
    "unknown member": ({"IsSalesTaxIncludedInPrice": '"Maybe"'}, Rejected),
    "reference to nothing": ({"PaymentTermId": '"NET99"'}, Rejected),
    "code that is there": ({"CustomerGroupId": '"there"'}, Exists),
}


@pytest.mark.parametrize(("bad", "kind"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("good", [0, 5])
async def test_one_bad_record(world: FinopsWorld, good: int, bad: Mapping[str, str], kind: type[KoppelError]) -> None:
    """A record that F&O does not take gets its own refusal; it never holds back the others."""
    known(world, "THERE")
    bodies = [group(f"G{number}") for number in range(good)]
    bodies.insert(good // 2, {**group("bad"), **bad})
    found = await all_of(*(world.client.create(GROUPS, body, NAMES) for body in bodies))
    assert type(found.pop(good // 2)) is kind
    assert [each.row["CustomerGroupId"] for each in found] == [f"G{number}" for number in range(good)]
    assert len(world.arrived.requests) == 1


async def test_rejections_say_why(world: FinopsWorld) -> None:
    """The cause inside the Infolog is what a person reads."""
    found = await attempt(world.client.create(GROUPS, {**group("G1"), "PaymentTermId": '"NET99"'}, NAMES))
    assert isinstance(found, Rejected)
    assert "NET99" in str(found)
    assert "Infolog" not in str(found)


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(
    "order",
    [
        {"kind": "drop_after"},
        {"kind": "drop"},
        {"kind": "answer_after", "status": 504},
        {"kind": "answer_after", "status": 500},
        {"kind": "html", "status": 502},
        {"kind": "truncate"},
    ],
    ids=str,
)
async def test_creates_without_an_answer(world: FinopsWorld, order: dict[str, Any], many: int) -> None:
    """A create that got no usable answer is never sent again: F&O would number a second record."""
    world.gate.order(**order)
    found = await all_of(*(world.client.create(GROUPS, group(f"G{number}"), NAMES) for number in range(many)))
    assert all(isinstance(each, Unanswered) for each in found)
    assert len(found) == many
    assert len(world.arrived.requests) <= 1


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("pause", ["0.005", None])
async def test_creates_while_throttled(world: FinopsWorld, many: int, pause: str | None) -> None:
    """Throttled creates were not read: they are sent again, and carried out once; with or without Retry-After."""
    world.gate.order("answer", status=429, retry_after=pause, times=2)
    found = await all_of(*(world.client.create(GROUPS, group(f"G{number}"), NAMES) for number in range(many)))
    assert all(isinstance(each, Observation) for each in found)
    assert len(list(world.twin.rows("CustomerGroups"))) == many


async def test_deadlock(world: FinopsWorld) -> None:
    """A write that lost a deadlock was not carried out and may be tried later."""
    world.twin.behaviour.deadlock = 1
    with pytest.raises(Throttled):
        await world.client.create(GROUPS, group("G1"), NAMES)
    assert list(world.twin.rows("CustomerGroups")) == []


# -- updating


@pytest.mark.parametrize("company", ["usmf", "demf"])
async def test_update(world: FinopsWorld, company: str) -> None:
    """An update sends only the fields given, and answers with the record as stored and its new version."""
    identity = known(world, "10", company)
    version = version_of(world, identity)
    found = await world.client.update(GROUPS, identity, {"Description": '"New"'}, version, NAMES)
    assert found.row["Description"] == "New"
    assert found.version == version_of(world, identity) != version
    assert world.twin.history[-1].sent == ("Description",)


async def test_update_of_a_changed_record(world: FinopsWorld) -> None:
    """A record that somebody changed since is left alone, however F&O puts it."""
    identity = known(world, "10", Description="Old")
    version = version_of(world, identity)
    world.twin.update("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)), {"Description": "Theirs"})
    with pytest.raises(Stale):
        await world.client.update(GROUPS, identity, {"Description": '"Ours"'}, version, NAMES)
    world.twin.behaviour.update_conflict = 1
    with pytest.raises(Stale):
        await world.client.update(GROUPS, identity, {"Description": '"Ours"'}, version_of(world, identity), NAMES)
    assert description(world, identity) == "Theirs"


@pytest.mark.parametrize("status", [400, 404])
async def test_update_of_nothing(world: FinopsWorld, status: int) -> None:
    """A record that is gone stays gone."""
    world.twin.behaviour.missing_row_status["CustomerGroups"] = status
    with pytest.raises(Gone):
        await world.client.update(GROUPS, ["usmf", "10"], {"Description": '"Ours"'}, 'W/"x"', NAMES)
    with pytest.raises(Gone):
        await world.client.delete(GROUPS, ["usmf", "10"], 'W/"x"')
    assert list(world.twin.rows("CustomerGroups")) == []


async def test_updates_in_the_same_turn(world: FinopsWorld) -> None:
    """Updates asked for together are one request; each succeeds or fails by itself, and the rest is carried out."""
    rows = [known(world, str(number), Description="Old") for number in range(5)]
    versions = [version_of(world, identity) for identity in rows]
    keys = [dict(zip(GROUPS.key, identity, strict=True)) for identity in rows]
    world.twin.update("CustomerGroups", keys[1], {"Description": "Theirs"})
    world.twin.delete("CustomerGroups", keys[2])
    bodies = [{"Description": '"Ours"'}] * 3 + [{"Description": f'"{"x" * 99}"'}, {"Description": '"Ours"'}]
    found = await all_of(
        *(
            world.client.update(GROUPS, identity, body, version, NAMES)
            for identity, body, version in zip(rows, bodies, versions, strict=True)
        )
    )
    assert [type(each) for each in found] == [Observation, Stale, Gone, Rejected, Observation]
    assert world.arrived.lines == ["POST /data/$batch"]
    assert [description(world, identity) for identity in rows] == ["Ours", "Theirs", None, "Old", "Ours"]


async def test_a_batch_that_ends_early() -> None:
    """A batch with fewer answers than requests tells nothing about any of them: by place alone, it may be another's."""
    content = b"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{}\r\n--r--\r\n"
    script = Script(answer(412, {"content-type": "multipart/mixed; boundary=r"}, content))
    client = Finops(connection(script), boundaries())
    found = await all_of(*(client.update(GROUPS, ["usmf", str(number)], {}, "W/", NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Unanswered] * 3


async def test_batches_ask_to_go_on(world: FinopsWorld) -> None:
    """A batch says that one failed request must not keep the others from being carried out."""
    await all_of(*(world.client.read(GROUPS, ["usmf", str(number)], NAMES) for number in range(2)))
    assert "odata.continue-on-error" in world.arrived.requests[0].headers.get("prefer", "")


async def test_a_batch_answered_by_a_page() -> None:
    """A gateway's page in place of a batch answer leaves every write in it unanswered."""
    script = Script(answer(502, {"content-type": "text/html"}, b"<html></html>"))
    client = Finops(connection(script), boundaries())
    found = await all_of(*(client.update(GROUPS, ["usmf", str(number)], {}, "W/", NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Unanswered] * 3
    assert len(script.requests) == 1


async def test_success_without_the_row() -> None:
    """An update that F&O answers with 204 succeeded, whether or not it was asked for the row."""
    client = Finops(connection(Script(answer(204), answer(204))), boundaries())
    for work in (client.update(GROUPS, ["usmf", "10"], {}, "W/", NAMES), client.create(GROUPS, {}, NAMES)):
        assert not isinstance(await attempt(work), Rejected)


# -- deleting


async def test_delete(world: FinopsWorld) -> None:
    """A record is deleted at the version that was seen, and at no other."""
    identity = known(world, "10", "demf")
    version = version_of(world, identity)
    world.twin.update("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)), {"Description": "Theirs"})
    with pytest.raises(Stale):
        await world.client.delete(GROUPS, identity, version)
    await world.client.delete(GROUPS, identity, version_of(world, identity))
    assert list(world.twin.rows("CustomerGroups")) == []


async def test_delete_that_is_restricted(world: FinopsWorld) -> None:
    """A record that others need is not deleted; the refusal is a rejection."""
    world.probe.customer("US-1")
    identity = ["usmf", "10"]
    found = await attempt(world.client.delete(GROUPS, identity, version_of(world, identity)))
    assert type(found) is Rejected


async def test_every_request_crosses_companies(world: FinopsWorld) -> None:
    """Whatever is asked for, alone, in a batch or in a page, may lie in any company."""
    client, identity = world.client, known(world, "10", "demf")
    await client.read(GROUPS, identity, NAMES)
    await all_of(*(client.read(GROUPS, identity, NAMES) for _ in range(2)))
    await client.create(GROUPS, group("20", "demf"), NAMES)
    await client.update(GROUPS, identity, {"Description": '"x"'}, version_of(world, identity), NAMES)
    await client.find(GROUPS, [(GROUPS.fields["Description"], "x")], NAMES)
    [page async for page in client.pages(GROUPS, READING, None)]
    await client.delete(GROUPS, identity, version_of(world, identity))
    await client.ping()
    assert len(world.parts) >= 9
    assert all("cross-company=true" in part for part in world.parts)


# -- keys that do not arrive as they are


FRONTS = {"decodes": (True, False), "decodes batches too": (True, True), "decodes nothing": (False, False)}


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("code", [*HOSTILE, "A%42"])
async def test_writes_to_hostile_keys(world: FinopsWorld, code: str, front: str) -> None:
    """Whatever characters a code holds, its record is written and deleted, alone and with others, and no other is."""
    world.twin.behaviour.front_decodes, world.twin.behaviour.front_in_batches = FRONTS[front]
    identity, others = known(world, code.upper()), [known(world, each) for each in ("AXB", "AB", "B")]
    body = {"Description": '"Ours"'}
    found = await all_of(*(
        world.client.update(GROUPS, each, body, version_of(world, each), NAMES) for each in (identity, others[2])
    ))  # fmt: skip
    assert [each.row["CustomerGroupId"] for each in found] == [code.upper(), "B"]
    assert description(world, identity) == "Ours"
    assert [description(world, each) == "Ours" for each in others] == [False, False, True]
    await world.client.delete(GROUPS, identity, version_of(world, identity))
    assert await world.client.read(GROUPS, identity, NAMES) is None
    assert None not in [await world.client.read(GROUPS, each, NAMES) for each in others]


async def test_a_hostile_key_is_conditional_as_any(world: FinopsWorld) -> None:
    """A record that somebody changed since is left alone, however it is addressed."""
    identity = known(world, "2/10N30")
    version = version_of(world, identity)
    world.twin.update("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)), {"Description": "Theirs"})
    with pytest.raises(Stale):
        await world.client.update(GROUPS, identity, {"Description": '"Ours"'}, version, NAMES)
    with pytest.raises(Stale):
        await world.client.delete(GROUPS, identity, version)


async def test_a_key_that_cannot_be_addressed_at_all() -> None:
    """Where no way of writing the address is taken, the record is rejected: it is neither gone nor tried for ever."""
    page = answer(400, {"content-type": "text/html"}, b"<html>Bad Request</html>")
    head = b"--b\r\nContent-Type: application/http\r\n\r\n"
    inside = head + b"HTTP/1.1 400 Bad Request\r\n\r\n<html>Bad Request</html>\r\n--b--"
    batch = answer(200, {"content-type": "multipart/mixed; boundary=b"}, inside)
    client = Finops(connection(Script(page, batch)), boundaries())
    with pytest.raises(Rejected) as refusal:
        await client.update(GROUPS, ["usmf", "a/b"], {"Description": '"x"'}, 'W/"1"', NAMES)
    assert refusal.value.code == "address"


async def test_maintenance_is_no_refusal_of_an_address() -> None:
    """Whatever way of writing it is tried, a page says nothing then: the record is tried again later, and recovered."""
    page = answer(400, {"content-type": "text/html"}, b"<html>We will be back soon</html>")
    client = Finops(connection(Script(*[page] * 9)), boundaries())
    for code in ("a/b", "ab"):
        with pytest.raises(NotTheService):
            await client.update(GROUPS, ["usmf", code], {"Description": '"x"'}, 'W/"1"', NAMES)
