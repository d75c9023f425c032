"""The Dataverse client over the strict twin: every verb, every refusal, pages and changes, and nothing sent twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.errors import (
    CursorLost,
    Denied,
    Exists,
    Gone,
    KoppelError,
    Refused,
    Rejected,
    Stale,
    Throttled,
    TryLater,
    Unanswered,
)
from shared.mapping import Entity, entity
from shared.systems import Connection, Dataverse, Observation, Page, Patience, Reading
from shared.systems._client import observed
from tests.unit.systems.worlds import DataverseWorld, Script, answer, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")

ACCOUNTS, CONTACTS = entity("dataverse", "accounts"), entity("dataverse", "contacts")
COMPANIES, GROUPS = entity("dataverse", "cdm_companies"), entity("dataverse", "msdyn_customergroups")
NAMES = ["accountid", "accountnumber", "name"]
ABSENT = "00000000-1111-4222-8333-444444444444"
TRACK = Reading(NAMES, page=3, track=True)


def new_id(number: int) -> str:
    return str(UUID(int=(0xA0A0 << 112) + (4 << 76) + (0xA << 60) + number))


def account(number: int, company: str = "", **more: str) -> dict[str, str]:
    """The body of a new account."""
    body = {"accountid": f'"{new_id(number)}"', "accountnumber": f'"C-{number}"', "name": f'"Name {number}"'}
    if company:
        body["msdyn_company@odata.bind"] = f'"/cdm_companies({company})"'
    return {**body, **more}


async def attempt(work: Awaitable[Any]) -> Any:
    """What comes of it, a refusal too."""
    try:
        return await work
    except KoppelError as problem:
        return problem


async def all_of(*works: Awaitable[Any]) -> list[Any]:
    """What comes of things asked for in the same turn."""
    return await asyncio.gather(*map(attempt, works))


@pytest.fixture
def world() -> DataverseWorld:
    return DataverseWorld()


@pytest.fixture
def company(world: DataverseWorld) -> str:
    return world.probe.company()


def known(world: DataverseWorld, number: str = "C-1", **values: Any) -> tuple[str, str]:
    """An account that is there: its id and version."""
    row_id = world.twin.create("accounts", {"accountnumber": number, "name": f"Name {number}", **values})
    row = world.twin.environment.tables["accounts"].rows[row_id]
    return row_id, row.etag


# -- reading one record


async def test_read_of_nothing(world: DataverseWorld) -> None:
    """A record that never was, or was deleted, is None."""
    row_id, _ = known(world)
    world.twin.delete("accounts", row_id)
    assert await world.client.read(ACCOUNTS, [ABSENT], NAMES) is None
    assert await world.client.read(ACCOUNTS, [row_id], NAMES) is None


async def test_read_without_privilege(world: DataverseWorld) -> None:
    """A record we may not see is not absent."""
    row_id, _ = known(world)
    world.twin.behaviour.missing_privileges.add("prvReadaccount")
    with pytest.raises(Denied, match="prvReadaccount"):
        await world.client.read(ACCOUNTS, [row_id], NAMES)


@pytest.mark.parametrize("user", ["disabled", "missing"])
async def test_read_without_a_user(world: DataverseWorld, user: Any) -> None:
    """An app without its user in Dataverse is refused, saying so; nothing reads as absent."""
    world.twin.behaviour.application_user = user
    with pytest.raises(Denied):
        await world.client.read(ACCOUNTS, [ABSENT], NAMES)
    with pytest.raises(Denied):
        await world.client.ping()


async def test_read_of_unknown_columns(world: DataverseWorld) -> None:
    """A column that does not exist is a rejection that names it, not an absent record."""
    row_id, _ = known(world)
    with pytest.raises(Rejected, match="frobnicate"):
        await world.client.read(ACCOUNTS, [row_id], [*NAMES, "frobnicate"])


async def test_read_of_an_unknown_table(world: DataverseWorld) -> None:
    """A table that does not exist is a rejection: it must never read as a deleted record."""
    unknown = Entity("dataverse", "frobs", ("frobid",), {}, "frob")
    with pytest.raises(Rejected, match="frobs"):
        await world.client.read(unknown, [ABSENT], ["frobid"])


async def test_read(world: DataverseWorld) -> None:
    """A record comes with the columns asked for and its version, by its id in any letter case."""
    row_id, version = known(world)
    for spelled in (row_id, row_id.upper()):
        found = await world.client.read(ACCOUNTS, [spelled], NAMES)
        assert found is not None
        assert found.version == version
        assert {name: found.row[name] for name in NAMES} == {
            "accountid": row_id, "accountnumber": "C-1", "name": "Name C-1",
        }  # fmt: skip


async def test_decimals_are_exact(world: DataverseWorld) -> None:
    """Amounts arrive as they were written, digit by digit."""
    row_id, _ = known(world, creditlimit=1234567.1)
    found = await world.client.read(ACCOUNTS, [row_id], ["creditlimit"])
    assert found is not None
    assert found.row["creditlimit"] in {"1234567.1", "1234567.10"}


async def test_reads_in_the_same_turn(world: DataverseWorld) -> None:
    """Reads asked for together are one request, and each gets its own record, None or refusal."""
    ids = [known(world, f"C-{number}")[0] for number in range(3)]
    found = await all_of(
        *(world.client.read(ACCOUNTS, [row_id], NAMES) for row_id in (ids[0], ABSENT, ids[2])),
        world.client.read(ACCOUNTS, [ids[1]], ["frobnicate"]),
        world.client.read(CONTACTS, [ids[1]], ["contactid"]),
    )
    assert world.arrived.lines == ["POST /api/data/v9.2/$batch"]
    assert [each.row["accountnumber"] if isinstance(each, Observation) else type(each) for each in found] == [
        "C-0", type(None), "C-2", Rejected, type(None),
    ]  # fmt: skip


async def test_more_reads_than_a_batch_holds(world: DataverseWorld) -> None:
    """A hundred and one reads are two requests."""
    row_id, _ = known(world)
    found = await all_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(101)))
    assert all(isinstance(each, Observation) for each in found)
    assert len(world.arrived.requests) == 2


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_reads_without_an_answer(world: DataverseWorld, kind: str, many: int) -> None:
    """Reads that got no answer are asked again, alone or in a batch."""
    row_id, _ = known(world)
    world.gate.order(kind, times=2)
    found = await all_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(many)))
    assert all(isinstance(each, Observation) for each in found)


@pytest.mark.parametrize("many", [1, 3])
async def test_truncated_answers(world: DataverseWorld, many: int) -> None:
    """An answer cut in half is no answer."""
    row_id, _ = known(world)
    world.gate.order("truncate", times=99)
    found = await all_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(many)))
    assert [type(each) for each in found] == [Unanswered] * many


async def test_reads_beside_writes(world: DataverseWorld) -> None:
    """A read that was asked for in the same turn as a write is still a read: no answer, asked again."""
    row_id, version = known(world)
    world.gate.order("drop")
    found = await all_of(
        world.client.read(ACCOUNTS, [row_id], NAMES),
        world.client.update(ACCOUNTS, [row_id], {"name": '"New"'}, version, NAMES),
    )
    assert isinstance(found[0], Observation)


async def test_expired_token(world: DataverseWorld) -> None:
    """A token that ran out is renewed without anybody noticing."""
    row_id, _ = known(world)
    world.probe.pass_time(7200)
    assert await world.client.read(ACCOUNTS, [row_id], NAMES) is not None
    assert world.tokens.renewals == 1


async def test_throttled(world: DataverseWorld) -> None:
    """A throttled request is asked again after the pause."""
    row_id, _ = known(world)
    world.gate.order("answer", status=429, retry_after="0.01", times=2)
    assert await world.client.read(ACCOUNTS, [row_id], NAMES) is not None


# -- creating


async def test_create(world: DataverseWorld, company: str) -> None:
    """A record created alone comes back as it is stored, under the id we minted."""
    found = await world.client.create(ACCOUNTS, account(1, company), [*NAMES, "_msdyn_company_value"])
    assert found is not None
    stored = world.twin.row("accounts", new_id(1))
    assert stored is not None
    assert (found.row["accountid"], found.row["_msdyn_company_value"]) == (new_id(1), company)
    assert (await world.client.read(ACCOUNTS, [new_id(1)], NAMES) or found).version == found.version
    assert world.parts[0].startswith("POST /api/data/v9.2/accounts?")


@pytest.mark.parametrize("many", [2, 100, 150])
async def test_create_many(world: DataverseWorld, company: str, many: int) -> None:
    """Records created in the same turn go in messages of at most a hundred, and all of them are there."""
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(many)))
    assert found == [None] * many
    assert {row["accountid"] for row in world.twin.rows("accounts")} == {new_id(number) for number in range(many)}
    assert all("CreateMultiple" in line for line in world.arrived.lines)
    assert len(world.arrived.lines) == (many + 99) // 100


BAD: dict[str, tuple[Mapping[str, str], type[KoppelError]]] = {
    "too long": ({"name": f'"{"x" * 200}"'}, Rejected),
    "unknown column": ({"frobnicate": "1"}, Rejected),
    "wrong type": ({"creditlimit": '"much"'}, Rejected),
    "unknown choice": ({"customertypecode": "99"}, Rejected),
    "missing company": ({"msdyn_company@odata.bind": f'"/cdm_companies({ABSENT})"'}, Rejected),
    "missing contact": ({"primarycontactid@odata.bind": f'"/contacts({ABSENT})"'}, Rejected),
    "id that is there": ({"accountid": f'"{new_id(777)}"'}, Exists),
    "number that is there": ({"accountnumber": '"C-777"'}, Exists),
}


@pytest.mark.parametrize(("bad", "kind"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("good", [0, 6])
async def test_one_bad_row(
    world: DataverseWorld, company: str, good: int, bad: Mapping[str, str], kind: type[KoppelError]
) -> None:
    """A record that Dataverse does not take gets its own refusal; it never holds back the others."""
    await world.client.create(ACCOUNTS, account(777, company), NAMES)
    bodies = [account(number, company) for number in range(good)]
    bodies.insert(good // 2, {**account(99, company), **bad})
    found = await all_of(*(world.client.create(ACCOUNTS, body, NAMES) for body in bodies))
    refused = found.pop(good // 2)
    assert type(refused) is kind
    assert [each.row["accountid"] for each in found] == [new_id(number) for number in range(good)]
    assert len(list(world.twin.rows("accounts"))) == good + 1


async def test_missing_reference_to_the_same_table(world: DataverseWorld, company: str) -> None:
    """An account whose billing account is not there is rejected; nobody must think that it is gone itself."""
    body = {**account(1, company), "msdyn_billingaccount@odata.bind": f'"/accounts({ABSENT})"'}
    found = await attempt(world.client.create(ACCOUNTS, body, NAMES))
    assert type(found) is Rejected


async def test_create_in_two_tables(world: DataverseWorld, company: str) -> None:
    """Records of different tables created in the same turn each find their own table."""
    bind = f'"/cdm_companies({company})"'
    groups = [
        {
            "msdyn_customergroupid": f'"{new_id(50 + number)}"',
            "msdyn_groupid": f'"G{number}"',
            "msdyn_company@odata.bind": bind,
        }
        for number in range(3)
    ]
    found = await all_of(
        *(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(2)),
        *(world.client.create(GROUPS, body, ["msdyn_groupid"]) for body in groups),
    )
    assert found == [None] * 5
    assert len(list(world.twin.rows("accounts"))) == 2
    assert {row["msdyn_groupid"] for row in world.twin.rows("msdyn_customergroups")} == {"G0", "G1", "G2"}


async def test_trouble_in_another_table(world: DataverseWorld, company: str) -> None:
    """A record that was created is created, whatever happens to those of another table in the same turn."""
    world.gate.order("drop", path=r"\$batch", times=99)
    groups = [{"msdyn_groupid": f'"{"x" * 99}"'} for _ in range(2)]
    found = await all_of(
        *(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(2)),
        *(world.client.create(GROUPS, body, ["msdyn_groupid"]) for body in groups),
    )
    assert len(list(world.twin.rows("accounts"))) == 2
    assert found[:2] == [None, None]


async def test_create_many_without_an_answer(world: DataverseWorld, company: str) -> None:
    """A message that was carried out and got no answer is not sent again: nobody knows yet, for any of its records."""
    world.gate.order("drop_after")
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Unanswered] * 3
    assert len(world.arrived.requests) == 1
    assert len(list(world.twin.rows("accounts"))) == 3


async def test_create_many_while_throttled(world: DataverseWorld, company: str) -> None:
    """A message that is throttled to the end of patience created nothing, and says so."""
    world.gate.order("answer", status=429, retry_after="0.001", times=99)
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Throttled] * 3
    assert list(world.twin.rows("accounts")) == []


async def test_create_many_without_privilege(world: DataverseWorld, company: str) -> None:
    """A missing privilege is told as such to everybody, after one request."""
    world.twin.behaviour.missing_privileges.add("prvCreateaccount")
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Denied] * 3
    assert len(world.arrived.requests) == 1


@pytest.mark.parametrize(("status", "code"), [(501, "0x8006088a"), (501, ""), (404, "0x8006088a")])
async def test_tables_without_create_multiple(status: int, code: str) -> None:
    """A table without the message is filled row by row, and the message is not tried again."""
    lines: list[str] = []

    async def server(request: httpx.Request) -> httpx.Response:
        lines.append(request.url.path.rpartition("/")[2])
        if "CreateMultiple" in request.url.path:
            return httpx.Response(status, json={"error": {"code": code, "message": "Not implemented."}})
        parts = b"".join(
            b"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{}\r\n"
            for _ in range(request.content.count(b"POST "))
        )
        return answer(200, {"content-type": "multipart/mixed; boundary=r"}, parts + b"--r--\r\n")

    client = Dataverse(connection(server), boundaries())
    for _ in range(2):
        found = await all_of(*(client.create(ACCOUNTS, account(number), NAMES) for number in range(3)))
        assert all(isinstance(each, Observation) for each in found)
    assert lines == ["Microsoft.Dynamics.CRM.CreateMultiple", "$batch", "$batch"]


async def test_create_where_the_twin_knows_no_create_multiple(world: DataverseWorld, company: str) -> None:
    """Where Dataverse says that a table does not support the message, all its records are created all the same."""
    messages = {row["sdkmessageid"]: row["name"] for row in world.twin.rows("sdkmessages")}
    for row in list(world.twin.rows("sdkmessagefilters")):
        if messages[row["_sdkmessageid_value"]] == "CreateMultiple":
            world.twin.environment.tables["sdkmessagefilters"].rows.pop(row["sdkmessagefilterid"])
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(4)))
    assert all(isinstance(each, Observation) for each in found)


# -- updating


async def test_update(world: DataverseWorld) -> None:
    """An update sends only the fields given, and answers with the record as stored and its new version."""
    row_id, version = known(world)
    found = await world.client.update(ACCOUNTS, [row_id], {"name": '"New"', "creditlimit": "12.345"}, version,
                                      [*NAMES, "creditlimit"])  # fmt: skip
    assert (found.row["name"], found.row["creditlimit"]) == ("New", "12.35")
    assert found.version != version
    assert set(world.twin.history[-1].sent) == {"name", "creditlimit"}
    again = await world.client.read(ACCOUNTS, [row_id], NAMES)
    assert again is not None
    assert again.version == found.version


async def test_update_of_a_changed_record(world: DataverseWorld) -> None:
    """A record that somebody changed since is left alone."""
    row_id, version = known(world)
    world.twin.update("accounts", row_id, {"name": "Theirs"})
    with pytest.raises(Stale):
        await world.client.update(ACCOUNTS, [row_id], {"name": '"Ours"'}, version, NAMES)
    row = world.twin.row("accounts", row_id)
    assert row is not None
    assert row["name"] == "Theirs"


async def test_update_never_creates(world: DataverseWorld) -> None:
    """A record that is gone stays gone."""
    row_id, version = known(world)
    world.twin.delete("accounts", row_id)
    with pytest.raises(Gone):
        await world.client.update(ACCOUNTS, [row_id], {"name": '"Ours"'}, version, NAMES)
    assert world.twin.row("accounts", row_id) is None


UPDATES: dict[str, tuple[Mapping[str, str], type[KoppelError]]] = {
    "too long": ({"name": f'"{"x" * 200}"'}, Rejected),
    "unknown column": ({"frobnicate": "1"}, Rejected),
    "missing contact": ({"primarycontactid@odata.bind": f'"/contacts({ABSENT})"'}, Rejected),
    "missing currency": ({"transactioncurrencyid@odata.bind": f'"/transactioncurrencies({ABSENT})"'}, Rejected),
}


@pytest.mark.parametrize(("body", "kind"), UPDATES.values(), ids=UPDATES.keys())
async def test_refused_updates(world: DataverseWorld, body: Mapping[str, str], kind: type[KoppelError]) -> None:
    """Values that Dataverse does not take are a rejection; a reference that points nowhere is not a record gone."""
    row_id, version = known(world)
    found = await attempt(world.client.update(ACCOUNTS, [row_id], body, version, NAMES))
    assert type(found) is kind


async def test_update_with_a_missing_reference_to_the_same_table(world: DataverseWorld) -> None:
    """An account that is to point to an account that is gone is not gone itself."""
    row_id, version = known(world)
    body = {"msdyn_billingaccount@odata.bind": f'"/accounts({ABSENT})"'}
    found = await attempt(world.client.update(ACCOUNTS, [row_id], body, version, NAMES))
    assert type(found) is Rejected


async def test_update_that_breaks_a_key(world: DataverseWorld, company: str) -> None:
    """A number that another record has is a match to examine, not a rejection."""
    world.probe.account("C-1", company)
    other = world.probe.account("C-2", company)
    row = world.twin.environment.tables["accounts"].rows[other]
    found = await attempt(world.client.update(ACCOUNTS, [other], {"accountnumber": '"C-1"'}, row.etag, NAMES))
    assert type(found) is Exists


async def test_updates_in_the_same_turn(world: DataverseWorld) -> None:
    """Updates asked for together are one request; each succeeds or fails by itself, and the rest is carried out."""
    rows = [known(world, f"C-{number}") for number in range(5)]
    world.twin.update("accounts", rows[1][0], {"name": "Theirs"})
    world.twin.delete("accounts", rows[2][0])
    bodies = [{"name": '"Ours"'}] * 3 + [{"name": f'"{"x" * 200}"'}, {"name": '"Ours"'}]
    found = await all_of(
        *(
            world.client.update(ACCOUNTS, [row_id], body, version, NAMES)
            for (row_id, version), body in zip(rows, bodies, strict=True)
        )
    )
    assert [type(each) for each in found] == [Observation, Stale, Gone, Rejected, Observation]
    assert world.arrived.lines == ["POST /api/data/v9.2/$batch"]
    assert sorted(row["name"] for row in world.twin.rows("accounts")) == ["Name C-3", "Ours", "Ours", "Theirs"]


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("order", [{"kind": "drop_after"}, {"kind": "drop"}, {"kind": "answer", "status": 503},
                                   {"kind": "answer_after", "status": 504}, {"kind": "answer_after", "status": 500},
                                   {"kind": "html", "status": 502}, {"kind": "truncate"}], ids=str)  # fmt: skip
async def test_updates_without_an_answer(world: DataverseWorld, order: dict[str, Any], many: int) -> None:
    """An update that got no usable answer is never sent again, alone or in a batch."""
    rows = [known(world, f"C-{number}") for number in range(many)]
    given = world.gate.order(**order)
    found = await all_of(
        *(world.client.update(ACCOUNTS, [row_id], {"name": '"Ours"'}, version, NAMES) for row_id, version in rows)
    )
    assert [type(each) for each in found] == [Unanswered] * many
    assert given.times == 0
    assert len(world.arrived.requests) <= 1


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("pause", ["0.005", None])
async def test_updates_while_throttled(world: DataverseWorld, many: int, pause: str | None) -> None:
    """Throttled updates were not read: they are sent again, and carried out once; with or without Retry-After."""
    rows = [known(world, f"C-{number}") for number in range(many)]
    world.gate.order("answer", status=429, retry_after=pause, times=2)
    before = len(world.twin.history)
    found = await all_of(
        *(world.client.update(ACCOUNTS, [row_id], {"name": '"Ours"'}, version, NAMES) for row_id, version in rows)
    )
    assert all(isinstance(each, Observation) for each in found)
    assert len(world.twin.history) == before + many


async def test_a_batch_too_large() -> None:
    """A batch that is too large as a whole rejects none of its records: each may be fine by itself."""
    alone = httpx.Response(200, json=ROW)
    client = Dataverse(connection(Script(answer(413), alone, alone)), boundaries())
    found = await all_of(*(client.update(ACCOUNTS, [new_id(number)], {}, "W/", NAMES) for number in range(2)))
    assert not any(isinstance(each, Rejected) for each in found)


@pytest.mark.parametrize("many", [1, 3])
async def test_writes_beside_reads_that_stay_lost(world: DataverseWorld, many: int) -> None:
    """A write whose batch got no answer is unanswered, whatever becomes of the reads that are sent again."""
    row_id, version = known(world)
    world.gate.order("drop_after")
    world.gate.order("answer", status=429, retry_after="0.001", times=99)
    found = await all_of(
        world.client.update(ACCOUNTS, [row_id], {"name": '"New"'}, version, NAMES),
        *(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(many)),
    )
    assert [type(each) for each in found] == [Unanswered, *[Throttled] * many]


@pytest.mark.parametrize("lost", [httpx.ReadError("reset by peer"), answer(429)], ids=["lost", "429"])
async def test_halves_of_a_batch_fail_apart(lost: Any) -> None:
    """What was carried out of a batch that was too large stays so, whatever becomes of its other half."""
    script = Script(answer(413), httpx.Response(200, json=ROW), *[lost] * 9)
    client = Dataverse(connection(script), boundaries())
    found = await all_of(*(client.update(ACCOUNTS, [new_id(number)], {}, "W/", NAMES) for number in range(2)))
    assert isinstance(found[0], Observation)
    assert isinstance(found[1], TryLater)


async def test_half_of_a_batch_too_large() -> None:
    """Only requests that are too large by themselves are rejected."""
    client = Dataverse(connection(Script(answer(413), answer(413), httpx.Response(200, json=ROW))), boundaries())
    found = await all_of(*(client.update(ACCOUNTS, [new_id(number)], {}, "W/", NAMES) for number in range(2)))
    assert [type(each) for each in found] == [Rejected, Observation]


# -- deleting


async def test_delete(world: DataverseWorld) -> None:
    """A record is deleted at the version that was seen."""
    row_id, version = known(world)
    await world.client.delete(ACCOUNTS, [row_id], version)
    assert world.twin.row("accounts", row_id) is None


async def test_delete_of_a_changed_record(world: DataverseWorld) -> None:
    """A record that somebody changed since is not deleted."""
    row_id, version = known(world)
    world.twin.update("accounts", row_id, {"name": "Theirs"})
    with pytest.raises(Stale):
        await world.client.delete(ACCOUNTS, [row_id], version)
    assert world.twin.row("accounts", row_id) is not None


async def test_delete_of_nothing(world: DataverseWorld) -> None:
    """Deleting what is gone says so."""
    row_id, version = known(world)
    await world.client.delete(ACCOUNTS, [row_id], version)
    with pytest.raises(Gone):
        await world.client.delete(ACCOUNTS, [row_id], version)


async def test_delete_that_is_restricted(world: DataverseWorld, company: str) -> None:
    """A record that others need is not deleted; the refusal is a rejection."""
    world.probe.account("C-1", company)
    row = world.twin.environment.tables["cdm_companies"].rows[company]
    found = await attempt(world.client.delete(COMPANIES, [company], row.etag))
    assert type(found) is Rejected
    assert world.twin.row("cdm_companies", company) is not None


async def test_delete_without_an_answer(world: DataverseWorld) -> None:
    """A delete that got no answer is not sent again."""
    row_id, version = known(world)
    world.gate.order("drop_after")
    with pytest.raises(Unanswered):
        await world.client.delete(ACCOUNTS, [row_id], version)
    assert len(world.arrived.requests) == 1


# -- the tag


async def test_every_write_is_tagged(world: DataverseWorld, company: str) -> None:
    """Whatever way a write goes, alone, in a batch or in a message, its event can be recognised as ours."""
    client, seen = world.client, len(world.twin.history)
    await client.create(ACCOUNTS, account(1, company), NAMES)
    await all_of(*(client.create(ACCOUNTS, account(number, company), NAMES) for number in (2, 3)))
    await all_of(*(client.create(ACCOUNTS, account(number, company), NAMES) for number in (1, 4)))
    rows = world.twin.environment.tables["accounts"].rows
    await client.update(ACCOUNTS, [new_id(1)], {"name": '"New"'}, rows[new_id(1)].etag, NAMES)
    await all_of(
        *(client.update(ACCOUNTS, [new_id(n)], {"name": '"New"'}, rows[new_id(n)].etag, NAMES) for n in (2, 3))
    )
    await client.delete(ACCOUNTS, [new_id(1)], rows[new_id(1)].etag)
    await all_of(*(client.delete(ACCOUNTS, [new_id(number)], rows[new_id(number)].etag) for number in (2, 3)))
    changes = world.twin.history[seen:]
    assert [change.operation for change in changes] == ["create"] * 4 + ["update"] * 3 + ["delete"] * 3
    assert {change.tag for change in changes} == {"koppel"}


# -- lookups that may point to several tables


async def test_targets_of_polymorphic_lookups(world: DataverseWorld) -> None:
    """Where a lookup may point to several tables, every way of reading it tells which."""
    parent, _ = known(world)
    body = {"lastname": '"Novak"', "parentcustomerid_account@odata.bind": f'"/accounts({parent})"'}
    columns = ["contactid", "lastname", "_parentcustomerid_value"]
    told = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
    created = await world.client.create(CONTACTS, body, columns)
    assert created is not None
    row_id = created.row["contactid"]
    read = await world.client.read(CONTACTS, [row_id], columns)
    assert read is not None
    updated = await world.client.update(CONTACTS, [row_id], {"lastname": '"Kral"'}, created.version, columns)
    (found,) = await world.client.find(CONTACTS, [(CONTACTS.fields["lastname"], "Kral")], columns)
    assert [each.row[told] for each in (created, read, updated, found)] == ["account"] * 4


async def test_targets_in_pages(world: DataverseWorld) -> None:
    """Pages tell the table of a polymorphic lookup, too."""
    parent, _ = known(world)
    world.twin.create("contacts", {"lastname": "Novak", "parentcustomerid_account@odata.bind": f"/accounts({parent})"})
    (page,) = [
        page async for page in world.client.pages(CONTACTS, Reading(["contactid", "_parentcustomerid_value"]), None)
    ]
    assert page.rows[0].row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"


async def test_tracked_pages_keep_their_mark(world: DataverseWorld) -> None:
    """A tracked read goes without annotations, which would cost it the mark that the next catch-up begins with."""
    known(world)
    reading = Reading(["contactid", "_parentcustomerid_value"], track=True)
    (page,) = [page async for page in world.client.pages(CONTACTS, reading, None)]
    assert page.mark is not None
    (following,) = [page async for page in world.client.changes(CONTACTS, reading, page.mark)]
    assert following.mark is not None


async def test_annotations_only_where_needed(world: DataverseWorld) -> None:
    """A lookup with a single target needs no annotation, and none is asked for."""
    row_id, _ = known(world)
    await world.client.read(ACCOUNTS, [row_id], [*NAMES, "_msdyn_company_value"])
    assert "prefer" not in world.arrived.requests[-1].headers


# -- searching


def number_is(value: str) -> list[Any]:
    return [(ACCOUNTS.fields["accountnumber"], value)]


@pytest.mark.parametrize("value", ["C-1", "c-1", "C-1  "])
async def test_find(world: DataverseWorld, value: str) -> None:
    """A record is found as the server compares: without letter case and trailing blanks."""
    row_id, version = known(world)
    known(world, "C-10")
    (found,) = await world.client.find(ACCOUNTS, number_is(value), NAMES)
    assert (found.row["accountid"], found.version) == (row_id, version)


async def test_find_nothing_and_several(world: DataverseWorld) -> None:
    """A search gives everything that meets it, be it nothing or more than one."""
    ids = {known(world)[0] for _ in range(3)}
    found = await all_of(*(world.client.find(ACCOUNTS, number_is(value), NAMES) for value in ("C-1", "C-2")))
    assert {each.row["accountid"] for each in found[0]} == ids
    assert found[1] == []


HOSTILE = [
    "O'Neil",
    "a/b",
    "a\\b",
    "#1",
    "a?b",
    "100%",
    "a&b=c",
    "a+b",
    "a;b",
    "💶",
    "ä",
    "x' or '1' eq '1",
    "%27",
    "*",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_find_hostile_values(world: DataverseWorld, value: str) -> None:
    """Whatever characters a number holds, its record is found, and no other."""
    row_id, _ = known(world, value)
    known(world, "other")
    (found,) = await world.client.find(ACCOUNTS, number_is(value), NAMES)
    assert found.row["accountid"] == row_id


async def test_searches_share_a_request(world: DataverseWorld) -> None:
    """Searches of the same turn are one request, and each gets its own records."""
    ids = [known(world, f"C-{number}")[0] for number in range(30)]
    found = await all_of(*(world.client.find(ACCOUNTS, number_is(f"c-{number}"), NAMES) for number in range(30)))
    assert [each[0].row["accountid"] for each in found] == ids
    assert len(world.arrived.requests) == 1


async def test_searches_by_several_fields(world: DataverseWorld) -> None:
    """Records are told apart by company and number together."""
    companies = [world.probe.company(code) for code in ("USMF", "DEMF")]
    ids = [world.probe.account("C-1", each) for each in companies]
    company_field = ACCOUNTS.fields["msdyn_company"]
    columns = [*NAMES, "_msdyn_company_value"]
    found = await all_of(
        *(world.client.find(ACCOUNTS, [(company_field, each), *number_is("C-1")], columns) for each in companies)
    )
    assert [[row.row["accountid"] for row in each] for each in found] == [[ids[0]], [ids[1]]]


async def test_search_by_a_column_that_is_not_read(world: DataverseWorld) -> None:
    """A record is found whether or not the columns asked for include those searched by."""
    row_id, _ = known(world)
    found = await world.client.find(ACCOUNTS, number_is("C-1"), ["accountid", "name"])
    assert [each.row["accountid"] for each in found] == [row_id]


async def test_searches_fail_apart(world: DataverseWorld) -> None:
    """A table that may not be searched takes nothing from searches of others in the same turn."""
    row_id, _ = known(world)
    world.twin.behaviour.missing_privileges.add("prvReadcontact")
    by_name = [(CONTACTS.fields["lastname"], "Novak")]
    found = await all_of(
        world.client.find(ACCOUNTS, number_is("C-1"), NAMES),
        world.client.find(CONTACTS, by_name, ["contactid", "lastname"]),
    )
    assert isinstance(found[1], Denied)
    assert [each.row["accountid"] for each in found[0]] == [row_id]


# -- pages and changes


async def pages_of(world: DataverseWorld, reading: Reading, cursor: Mapping[str, Any] | None = None) -> list[Page]:
    return [page async for page in world.client.pages(ACCOUNTS, reading, cursor)]


async def changes_of(world: DataverseWorld, cursor: Mapping[str, Any], reading: Reading = TRACK) -> list[Page]:
    return [page async for page in world.client.changes(ACCOUNTS, reading, cursor)]


def ids_of(pages: Sequence[Page]) -> list[str]:
    return [row.row["accountid"] for page in pages for row in page.rows]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("track", [False, True])
async def test_pages(world: DataverseWorld, rows: int, track: bool) -> None:
    """A pass reads every row once, in pages as large as asked for; a tracked one marks where changes begin."""
    ids = sorted(known(world, f"C-{number}")[0] for number in range(rows))
    pages = await pages_of(world, Reading(NAMES, page=2, track=track))
    assert ids_of(pages) == ids
    assert all(len(page.rows) <= 2 for page in pages)
    assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert [page.mark is not None for page in pages] == [False] * (len(pages) - 1) + [track]
    assert all(row.version for page in pages for row in page.rows)


@pytest.mark.parametrize("track", [False, True])
async def test_pages_go_on_anywhere(world: DataverseWorld, track: bool) -> None:
    """From the cursor behind any page the rest is read, and nothing twice."""
    for number in range(7):
        known(world, f"C-{number}")
    reading = Reading(NAMES, page=2, track=track)
    pages = await pages_of(world, reading)
    for place, page in enumerate(pages[:-1]):
        assert page.cursor is not None
        rest = await pages_of(world, reading, dict(page.cursor))
        assert ids_of(rest) == ids_of(pages[place + 1 :])
        assert (rest[-1].mark is not None) == track


@pytest.mark.parametrize(
    "link",
    ["{base}/accounts?$select=name&$skiptoken=junk", "https://evil.example/accounts", "{base}/accounts?$deltatoken=7"],
)
@pytest.mark.parametrize("track", [False, True])
async def test_pages_begin_anew(world: DataverseWorld, link: str, track: bool) -> None:
    """A pass whose cursor is no longer taken begins anew: it neither stands still for ever nor misses a row."""
    ids = sorted(known(world, f"C-{number}")[0] for number in range(3))
    pages = await pages_of(world, Reading(NAMES, track=track), {"next": link.format(base=world.connection.base)})
    assert ids_of(pages) == ids
    assert (pages[-1].mark is not None) == track


async def test_columns_that_are_gone_in_a_pass(world: DataverseWorld) -> None:
    """What is refused from the beginning, too, is told."""
    with pytest.raises(Rejected, match="frobnicate"):
        await pages_of(world, Reading(["frobnicate"]), {"next": f"{world.connection.base}/accounts?$skiptoken=junk"})


@pytest.mark.parametrize("value", ["O'Neil", "100% & more?", "a+b", "#1", "ä💶"])
async def test_pages_in_scope(world: DataverseWorld, value: str) -> None:
    """A filter is pushed to the server, whatever its values hold."""
    row_id, _ = known(world, name=value)
    known(world, "C-2", name="other")
    filter_ = "name eq '" + value.replace("'", "''") + "'"
    assert ids_of(await pages_of(world, Reading(NAMES, filter_, page=2))) == [row_id]


async def test_tracked_pages_push_no_filter(world: DataverseWorld) -> None:
    """Where changes are tracked nothing can be filtered: all rows come."""
    ids = sorted(known(world, f"C-{number}")[0] for number in range(2))
    pages = await pages_of(world, Reading(NAMES, "name eq 'nobody'", track=True))
    assert ids_of(pages) == ids


async def test_pages_of_a_table_without_tracking(world: DataverseWorld) -> None:
    """A table that tracks no changes is read plainly, without a mark."""
    untracked = Entity("dataverse", "accounts", ("accountid",), ACCOUNTS.fields, "account", change_tracking=False)
    known(world)
    (page,) = [page async for page in world.client.pages(untracked, TRACK, None)]
    assert (len(page.rows), page.mark) == (1, None)


async def test_changes(world: DataverseWorld) -> None:
    """From a mark on come all rows created and changed since, and the ids of those deleted; then a new mark."""
    first, second, third = (known(world, f"C-{number}")[0] for number in range(3))
    mark = (await pages_of(world, TRACK))[-1].mark
    assert mark is not None
    world.twin.update("accounts", second, {"name": "Changed"})
    world.twin.delete("accounts", third)
    created = known(world, "C-9")[0]
    pages = await changes_of(world, mark)
    assert set(ids_of(pages)) == {second, created}
    assert first not in ids_of(pages)
    assert [row_id for page in pages for row_id in page.deleted] == [third]
    assert pages[-1].cursor is None
    again = pages[-1].mark
    assert again is not None
    (nothing,) = await changes_of(world, again)
    assert (nothing.rows, nothing.deleted, nothing.cursor) == ([], [], None)
    assert nothing.mark is not None


async def test_many_changes(world: DataverseWorld) -> None:
    """Many changes come in pages; from the cursor behind any of them the rest is read."""
    ids = [known(world, f"C-{number}")[0] for number in range(10)]
    mark = (await pages_of(world, TRACK))[-1].mark
    assert mark is not None
    for row_id in ids:
        world.twin.update("accounts", row_id, {"name": "Changed"})
    pages = await changes_of(world, mark)
    assert len(pages) >= 3
    assert sorted(ids_of(pages)) == sorted(ids)
    cursor = pages[0].cursor
    assert cursor is not None
    assert sorted(ids_of(pages[:1]) + ids_of(await changes_of(world, cursor))) == sorted(ids)


@pytest.mark.parametrize("status", [400, 410, 500])
async def test_expired_cursor(world: DataverseWorld, status: int) -> None:
    """A cursor that Dataverse no longer takes means: read everything again. Its status is not documented."""
    mark = (await pages_of(world, TRACK))[-1].mark
    assert mark is not None
    world.twin.behaviour.expire_delta_tokens = True
    world.twin.behaviour.expired_delta_status = status
    with pytest.raises(CursorLost):
        await changes_of(world, mark)


@pytest.mark.parametrize("query", ["$select=name&$deltatoken=junk", "$select=gone&$deltatoken=1%2101", "$deltatoken="])
async def test_refused_cursor(world: DataverseWorld, query: str) -> None:
    """A cursor that Dataverse refuses in other words would be refused for ever: read everything again."""
    known(world)
    with pytest.raises(CursorLost, match="no longer taken"):
        await changes_of(world, {"delta": f"{world.connection.base}/accounts?{query}"})


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_changes_while_busy(world: DataverseWorld, status: int) -> None:
    """A cursor is not lost because the system is busy: it is good again later."""
    mark = (await pages_of(world, TRACK))[-1].mark
    assert mark is not None
    world.gate.order("answer", status=status, retry_after="0.001", times=99)
    with pytest.raises(TryLater):
        await changes_of(world, mark)


@pytest.mark.parametrize("cursor", [{}, {"next": None}, {"delta": ""}, {"other": "x"}], ids=str)
async def test_no_cursor(world: DataverseWorld, cursor: Mapping[str, Any]) -> None:
    """Without a mark there is nothing to begin with: read everything."""
    with pytest.raises(CursorLost):
        await changes_of(world, cursor)


@pytest.mark.parametrize("track", [False, True])
async def test_pages_outlive_their_token(world: DataverseWorld, track: bool) -> None:
    """A token that runs out in the midst of a pass is renewed, and the pass goes on where it was."""
    ids = sorted(known(world, f"C-{number}")[0] for number in range(5))
    seen: list[str] = []
    async for page in world.client.pages(ACCOUNTS, Reading(NAMES, page=2, track=track), None):
        seen += ids_of([page])
        world.probe.now += timedelta(hours=2)
    assert seen == ids
    assert world.tokens.renewals == 2


@pytest.mark.parametrize("value", ["\ud83d", "Fabrikam \ude00"])
async def test_half_an_emoji(world: DataverseWorld, value: str) -> None:
    """A text cut in the middle of an emoji finds nothing and is rejected: only its own record is parked."""
    known(world)
    assert await world.client.find(ACCOUNTS, number_is(value), NAMES) == []
    found = await all_of(
        world.client.create(ACCOUNTS, {**account(1), "name": json.dumps(value)}, NAMES),
        world.client.create(ACCOUNTS, account(2), NAMES),
    )
    assert [type(each) for each in found] == [Rejected, Observation]


@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_pages_without_an_answer(world: DataverseWorld, kind: str) -> None:
    """A page that got no answer is asked for again."""
    for number in range(5):
        known(world, f"C-{number}")
    world.gate.order(kind, skip=1, times=2)
    assert len(ids_of(await pages_of(world, Reading(NAMES, page=2)))) == 5


async def test_pages_without_privilege(world: DataverseWorld) -> None:
    """A table we may not read is not empty."""
    known(world)
    world.twin.behaviour.missing_privileges.add("prvReadaccount")
    with pytest.raises(Denied):
        await pages_of(world, Reading(NAMES))


# -- links

BASE = "https://contoso.crm4.dynamics.com/api/data/v9.2"
ROW = {"accountid": new_id(1), "@odata.etag": 'W/"1"'}


def dataverse(*steps: Any) -> tuple[Dataverse, Script]:
    script = Script(*steps)
    link: Connection = connection(script, base=BASE)
    return Dataverse(link, boundaries()), script


def page_with(**links: str) -> httpx.Response:
    return httpx.Response(200, json={"value": [ROW], **{f"@odata.{name}": link for name, link in links.items()}})


async def test_a_cursor_of_another_environment_is_lost() -> None:
    """A change cursor that can never be followed again means: read everything again."""
    client, _ = dataverse()
    with pytest.raises(CursorLost):
        [page async for page in client.changes(ACCOUNTS, TRACK, {"delta": FOREIGN[0]})]


FOREIGN = [
    "https://evil.example/api/data/v9.2/accounts?$skiptoken=x",
    "http://contoso.crm4.dynamics.com/api/data/v9.2/accounts",
    "https://contoso.crm4.dynamics.com.evil.example/api/data/v9.2/accounts",
    "https://contoso.crm4.dynamics.com@evil.example/api/data/v9.2/accounts",
    "//evil.example/api/data/v9.2/accounts",
    "https://contoso.crm4.dynamics.com:8443/api/data/v9.2/accounts",
]


@pytest.mark.parametrize("link", FOREIGN)
@pytest.mark.parametrize("name", ["nextLink", "deltaLink"])
async def test_links_to_other_hosts(link: str, name: str) -> None:
    """A link that leads away is refused: our token goes with it."""
    client, script = dataverse(page_with(**{name: link}))
    with pytest.raises(Refused):
        [page async for page in client.pages(ACCOUNTS, TRACK, None)]
    assert len(script.requests) == 1


@pytest.mark.parametrize("link", FOREIGN)
@pytest.mark.parametrize("name", ["next", "delta"])
async def test_cursors_to_other_hosts(link: str, name: str) -> None:
    """A cursor that leads away, such as one of another environment, is not followed."""
    client, script = dataverse(page_with())
    with pytest.raises(KoppelError):
        [page async for page in client.changes(ACCOUNTS, TRACK, {name: link})]
    assert script.requests == []


@pytest.mark.parametrize(
    "link",
    ["https://CONTOSO.crm4.dynamics.com/api/data/v9.2/accounts?$skiptoken=x",
     "https://contoso.crm4.dynamics.com:443/api/data/v9.2/accounts?$skiptoken=x"],
)  # fmt: skip
async def test_links_to_the_same_host_in_other_words(link: str) -> None:
    """Letter case of the host and the default port do not make it another host."""
    client, _ = dataverse(page_with(nextLink=link), page_with())
    assert len([page async for page in client.pages(ACCOUNTS, TRACK, None)]) == 2


async def test_links_are_followed_as_they_are() -> None:
    """A link is requested character by character, with the same preferences."""
    link = f"{BASE}/accounts?$select=name&$skiptoken=%3Ccookie%20pagenumber=%222%22%20istracking=%22False%22%20/%3E"
    client, script = dataverse(page_with(nextLink=link), page_with())
    [page async for page in client.pages(ACCOUNTS, TRACK, None)]
    assert str(script.requests[1].url) == link
    assert script.requests[0].headers["prefer"] == script.requests[1].headers["prefer"]


async def test_links_that_go_in_circles() -> None:
    """A page that links to itself, or back, ends the pass with an error instead of going on for ever."""
    one, two = f"{BASE}/accounts?$skiptoken=1", f"{BASE}/accounts?$skiptoken=2"
    client, script = dataverse(*[page_with(nextLink=one), page_with(nextLink=two)] * 9)
    with pytest.raises(Unanswered, match="same page link"):
        [page async for page in client.pages(ACCOUNTS, TRACK, None)]
    assert len(script.requests) == 3


# -- answers that nobody expects

ODD = [b"[]", b"null", b'"text"', b"7", b"{}", b'{"value":null}', b'{"value":7}', b'{"value":[null]}', b'{"value":[7]}']


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>", b'{"value":[{"na', b"\xff"], ids=repr)
async def test_success_that_is_no_json(content: bytes) -> None:
    """A success whose body cannot be read tells nothing."""
    client, _ = dataverse(*[answer(200, content=content)] * 9)
    for work in (client.read(ACCOUNTS, [ABSENT], NAMES), client.update(ACCOUNTS, [ABSENT], {}, "W/", NAMES),
                 client.find(ACCOUNTS, number_is("1"), NAMES)):  # fmt: skip
        assert type(await attempt(work)) is Unanswered


@pytest.mark.parametrize("content", ODD, ids=repr)
async def test_pages_of_another_shape(content: bytes) -> None:
    """JSON that is no page of rows is trouble in words of ours."""
    client, _ = dataverse(*[answer(200, content=content)] * 9)
    with pytest.raises(KoppelError):
        await client.find(ACCOUNTS, number_is("1"), NAMES)


@pytest.mark.parametrize("content", ODD[:4], ids=repr)
async def test_records_of_another_shape(content: bytes) -> None:
    """JSON that is no record is trouble in words of ours."""
    client, _ = dataverse(*[answer(200, content=content)] * 9)
    with pytest.raises(KoppelError):
        await client.read(ACCOUNTS, [ABSENT], NAMES)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_success_without_the_row(status: int) -> None:
    """A write that succeeded is never a refusal, even if the answer does not hold the row."""
    client, _ = dataverse(*[answer(status)] * 9)
    found = [
        await attempt(client.update(ACCOUNTS, [ABSENT], {"name": '"x"'}, "W/", NAMES)),
        await attempt(client.create(ACCOUNTS, account(1), NAMES)),
        await attempt(client.delete(ACCOUNTS, [ABSENT], "W/")),
    ]
    assert not any(isinstance(each, Rejected) for each in found)


async def test_page_of_html() -> None:
    """A gateway's page in place of an answer is tried again, and reported in the end."""
    html = answer(502, {"content-type": "text/html"}, b"<html>Bad Gateway</html>")
    client, script = dataverse(*[html] * 9)
    with pytest.raises(TryLater):
        await client.find(ACCOUNTS, number_is("1"), NAMES)
    assert len(script.requests) == 4


@pytest.mark.parametrize("status", [404, 400])
async def test_absence_is_never_read_out_of_html(status: int) -> None:
    """A page of a gateway is not Dataverse saying that a record is gone."""
    client, _ = dataverse(answer(status, {"content-type": "text/html"}, b"<html>Not Found</html>"))
    with pytest.raises(KoppelError):
        await client.read(ACCOUNTS, [ABSENT], NAMES)


# -- the rest


async def test_ping(world: DataverseWorld) -> None:
    """A ping asks who we are."""
    await world.client.ping()
    assert world.arrived.lines == ["GET /api/data/v9.2/WhoAmI"]


async def test_ping_of_nobody() -> None:
    """If nobody is there, a ping says: later."""
    client, _ = dataverse(*[httpx.ConnectError("refused")] * 9)
    with pytest.raises(TryLater):
        await client.ping()


async def test_calls_by_kind(world: DataverseWorld, company: str) -> None:
    """Requests are counted by kind, for the figures of a run."""
    client = world.client
    await all_of(*(client.create(ACCOUNTS, account(number, company), NAMES) for number in range(2)))
    await client.read(ACCOUNTS, [new_id(1)], NAMES)
    await all_of(*(client.read(ACCOUNTS, [new_id(number)], NAMES) for number in range(2)))
    await client.find(ACCOUNTS, number_is("C-1"), NAMES)
    assert client.calls == {"create multiple": 1, "get": 1, "batch": 1, "page": 1}


def test_versions() -> None:
    """A row without a version has an empty one."""
    assert (observed(ROW).version, observed({}).version) == ('W/"1"', "")


async def test_headers_of_reads_and_writes(world: DataverseWorld) -> None:
    """Reads tell caches to keep out; writes say what they carry and what they expect."""
    row_id, version = known(world)
    await world.client.read(ACCOUNTS, [row_id], NAMES)
    await world.client.update(ACCOUNTS, [row_id], {"name": '"x"'}, version, NAMES)
    reading, writing = (request.headers for request in world.arrived.requests)
    assert reading["if-none-match"] == "null"
    assert (writing["if-match"], writing["content-type"]) == (version, "application/json; charset=utf-8")
    assert {headers["odata-version"] for headers in (reading, writing)} == {"4.0"}


async def test_patience_is_the_connections() -> None:
    """How long a client tries is set where its connection is made."""
    script = Script(*[answer(503)] * 9)
    client = Dataverse(connection(script, patience=Patience(attempts=2)), boundaries())
    with pytest.raises(TryLater):
        await client.ping()
    assert len(script.requests) == 2
