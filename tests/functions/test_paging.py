"""Lists are told a page at a time, and every row stands on one page, whatever goes meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.stage import Stage, on_stage, problem_of
from tests.functions.test_decisions import PLACE, coupled
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP

OPERATIONS = "/api/operations"
WRONG = "as the last answer of this very list had it"
LISTS = {f"parked/{PLACE}": "records", f"conflicts/{PLACE}": "conflicts", "jobs": "jobs"}


async def three_of_each(stage: Stage) -> None:
    """Three customers in conflict, three whose group is missing, and three jobs at least."""
    for account in ("A-1", "A-2", "A-3"):
        row_id = await coupled(stage.rig, account)
        stage.rig.edit(account, OrganizationName="ERP")
        stage.rig.change(row_id, name="Dataverse")
        await stage.rig.visit(DATAVERSE, (row_id,))
        group = {"dataAreaId": "usmf", "CustomerGroupId": f"new {account}"}
        stage.rig.world.finops.create("CustomerGroups", group)
        await stage.rig.visit(ERP, stage.rig.customer(f"{account} waits", CustomerGroupId=f"new {account}"))
        await stage.post(f"{OPERATIONS}/sync/{PLACE}", {"what": "changed"})


async def pages(stage: Stage, path: str, limit: int) -> list[Any]:
    """Every page of a list."""
    answer = (await stage.get(f"{OPERATIONS}/{path}?limit={limit}")).json()
    found = [answer]
    while "next" in answer:
        answer = (await stage.get(f"{OPERATIONS}/{path}?limit={limit}&next={answer['next']}")).json()
        found.append(answer)
        assert len(found) < 100, "the pages come to no end"
    return found


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_the_pages_of_a_list_are_the_list(path: str, limit: int) -> None:
    """Each has as many rows as were asked for, the last one fewer, and says of no further page."""

    async def story(stage: Stage) -> None:
        await three_of_each(stage)
        found = [page[LISTS[path]] for page in await pages(stage, path, limit)]
        (whole,) = await pages(stage, path, 1000)
        assert [row for page in found for row in page] == whole[LISTS[path]]
        assert len(whole[LISTS[path]]) >= 3
        assert all(len(page) == limit for page in found[:-1])

    on_stage(story)


def test_a_page_goes_on_behind_a_row_that_is_gone_by_then() -> None:
    """Nothing is left out, and nothing told twice."""

    async def story(stage: Stage) -> None:
        await three_of_each(stage)
        path = f"{OPERATIONS}/conflicts/{PLACE}"
        first = (await stage.get(f"{path}?limit=1")).json()
        assert first["total"] == 3
        await stage.post(f"{path}/accept", {"id": first["conflicts"][0]["id"]})
        others = (await stage.get(f"{path}?next={first['next']}")).json()
        assert (len(others["conflicts"]), others["total"], "next" in others) == (2, 2, False)

    on_stage(story)


@pytest.mark.parametrize("token", ["nonsense", "W10x", "eyJhIjoxfQ", "WzFd", "W10", "WyIiXQ", "W1tb" * 4_000])
def test_a_next_that_no_answer_gave(token: str) -> None:
    """It is refused, and says where to take it from."""

    async def story(stage: Stage) -> None:
        problem_of(
            await stage.get(f"{OPERATIONS}/jobs?next={token}"), 400, "as the last answer of this very list had it"
        )

    on_stage(story)


def test_a_next_is_of_its_list_alone() -> None:
    """With another filter, of another job or in another list it would leave rows out of which nobody hears."""

    async def story(stage: Stage) -> None:
        await three_of_each(stage)
        jobs = (await stage.get(f"{OPERATIONS}/jobs")).json()["jobs"]
        one, another = (f"{OPERATIONS}/jobs/{each['id']}" for each in jobs[:2])
        parked = f"{OPERATIONS}/parked/{PLACE}"
        told = (await stage.get(f"{parked}?limit=1")).json()["next"]
        newest = (await stage.get(f"{OPERATIONS}/jobs?limit=1")).json()["next"]
        assert (await stage.get(f"{parked}?limit=2&next={told}")).json()["records"], "a page may be of another size"
        for address in (
            f"{parked}?kind=waiting&next={told}",
            f"{OPERATIONS}/conflicts/{PLACE}?next={told}",
            f"{OPERATIONS}/parked/dual_write/all?next={told}",
            f"{one}/left?next={newest}",
            f"{another}/records?flow={CUSTOMERS}&next={newest}",
        ):
            problem_of(await stage.get(address), 400, WRONG)

    on_stage(story)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("kind=parkd", ("use parked or waiting", "parked, if that is meant")),
        ("side=crm", ("use erp or dataverse",)),
        ("kinds=parked", ("'kinds'", "did you mean kind?")),
    ],
)
def test_what_narrows_a_list_down_is_known(query: str, words: tuple[str, ...]) -> None:
    """A misspelt word does not tell of an empty list."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.get(f"{OPERATIONS}/parked/{PLACE}?{query}"), 400, *words)

    on_stage(story)
