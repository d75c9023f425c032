"""Pages and changes: no row lost or read twice, and a place that is no longer known begins anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import CursorLost, Denied, NoField, TryLater
from shared.mapping import Entity
from shared.systems import Page, Reading
from tests.unit.systems.dataverse.accounts import ACCOUNTS, NAMES, TRACK, known
from tests.unit.systems.worlds import DataverseWorld

pytestmark = pytest.mark.usefixtures("impatient")


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
    with pytest.raises(NoField, match="frobnicate"):
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
