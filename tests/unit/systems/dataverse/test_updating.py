"""Updating records at the version that was seen, alone and in batches, and never twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shared.errors import Exists, Gone, KoppelError, Rejected, Stale, Throttled, TryLater, Unanswered
from shared.systems import Dataverse, Observation
from tests.unit.systems.dataverse.accounts import ABSENT, ACCOUNTS, NAMES, ROW, known, new_id
from tests.unit.systems.worlds import DataverseWorld, Script, all_of, answer, attempt, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")


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


async def test_update_at_a_malformed_version(world: DataverseWorld) -> None:
    """A version that would break out of its header stops its own record; what travels with it arrives."""
    (row_id, version), (other, _) = known(world), known(world)
    before = (world.twin.row("accounts", other) or {})["name"]
    evil = f"{version}\r\nContent-ID: 9"
    good, bad = await all_of(
        world.client.update(ACCOUNTS, [row_id], {"name": '"Ours"'}, version, NAMES),
        world.client.update(ACCOUNTS, [other], {"name": '"Ours"'}, evil, NAMES),
    )
    assert (good.row["name"], type(bad), bad.code) == ("Ours", Rejected, "version")
    assert [row["name"] for each in (row_id, other) if (row := world.twin.row("accounts", each))] == ["Ours", before]


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
    body = {"msdyn_billingaccount_account@odata.bind": f'"/accounts({ABSENT})"'}
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
    assert all(isinstance(each, Unanswered) for each in found)
    assert len(found) == many
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


async def test_a_batch_that_is_refused_for_one_request_in_it() -> None:
    """The refusal of a batch as a whole is that of the one request, once it is found by halves."""
    refusal = {"error": {"code": "0x80048d19", "message": "Error identified in payload."}}

    def server(request: httpx.Request) -> httpx.Response:
        if b"Bad" in request.content:
            return httpx.Response(400, json=refusal)
        if not request.url.path.endswith("$batch"):
            return httpx.Response(200, json=ROW)
        kind = request.headers["content-type"].partition("boundary=")[2]
        part = f"--{kind}\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{json.dumps(ROW)}\r\n"
        whole = part * request.content.count(b"PATCH ") + f"--{kind}--\r\n"
        return httpx.Response(
            200, headers={"content-type": f"multipart/mixed; boundary={kind}"}, content=whole.encode()
        )

    client = Dataverse(connection(Script(*[server] * 9)), boundaries())
    found = await all_of(
        *(
            client.update(ACCOUNTS, [str(ROW["accountid"])], {"name": f'"{name}"'}, "W/", NAMES)
            for name in ("A", "B", "Bad", "C", "D")
        )
    )
    assert [type(each) for each in found] == [*[Observation] * 2, Rejected, *[Observation] * 2]


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
    script = Script(answer(413), httpx.Response(200, json={**ROW, "accountid": new_id(0)}), *[lost] * 9)
    client = Dataverse(connection(script), boundaries())
    found = await all_of(*(client.update(ACCOUNTS, [new_id(number)], {}, "W/", NAMES) for number in range(2)))
    assert isinstance(found[0], Observation)
    assert isinstance(found[1], TryLater)


async def test_half_of_a_batch_too_large() -> None:
    """Only requests that are too large by themselves are rejected."""
    client = Dataverse(connection(Script(answer(413), answer(413), httpx.Response(200, json=ROW))), boundaries())
    found = await all_of(*(client.update(ACCOUNTS, [new_id(number)], {}, "W/", NAMES) for number in range(2)))
    assert [type(each) for each in found] == [Rejected, Observation]
