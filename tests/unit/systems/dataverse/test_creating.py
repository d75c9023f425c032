"""Creating records, alone and many at once: one bad row holds back no other, and nothing is created twice."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from shared.errors import Denied, Exists, KoppelError, Rejected, Throttled, Unanswered
from shared.systems import Dataverse, Observation
from tests.unit.systems.dataverse.accounts import ABSENT, ACCOUNTS, GROUPS, NAMES, account, new_id
from tests.unit.systems.worlds import DataverseWorld, all_of, answer, attempt, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")


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
    """Records created in the same turn go in messages of at most a hundred, and are read back; nobody knows which
    version their create made.
    """
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(many)))
    assert [each.row["accountid"] if isinstance(each, Observation) else each for each in found] == [
        new_id(number) for number in range(many)]  # fmt: skip
    assert {each.version for each in found if isinstance(each, Observation)} == {""}
    assert {row["accountid"] for row in world.twin.rows("accounts")} == {new_id(number) for number in range(many)}
    messages = [line for line in world.arrived.lines if "CreateMultiple" in line]
    assert len(messages) == (many + 99) // 100
    assert len(world.arrived.lines) == 2 * len(messages)


async def test_what_somebody_else_has_modified_since_is_not_taken_for_what_was_made() -> None:
    """An edit that came between the create and the read back is an edit; and so is what nobody shows yet."""
    by = {"_createdby_value": "app", "_modifiedby_value": "app"}
    rows = [{"accountid": new_id(0), **by}, {"accountid": new_id(1), **by, "_modifiedby_value": "anna"}]

    async def server(request: httpx.Request) -> httpx.Response:
        if "CreateMultiple" in request.url.path:
            return httpx.Response(200, json={"Ids": [new_id(number) for number in range(3)]})
        return httpx.Response(200, json={"value": rows})

    client = Dataverse(connection(server), boundaries())
    found = await all_of(*(client.create(ACCOUNTS, account(number), NAMES) for number in range(3)))
    assert [each and each.row["accountid"] for each in found] == [new_id(0), None, None]


async def test_new_rows_that_cannot_be_read_back_are_made_all_the_same(world: DataverseWorld, company: str) -> None:
    """What became of their values shows at the next look."""
    world.twin.behaviour.missing_privileges.add("prvReadaccount")
    found = await all_of(*(world.client.create(ACCOUNTS, account(number, company), NAMES) for number in range(3)))
    assert found == [None] * 3
    assert len(list(world.twin.rows("accounts"))) == 3


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
    body = {**account(1, company), "msdyn_billingaccount_account@odata.bind": f'"/accounts({ABSENT})"'}
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
    assert all(isinstance(each, Observation) for each in found)
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
    assert all(isinstance(each, Observation) for each in found[:2])


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
