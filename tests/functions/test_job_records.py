"""The records behind a job's numbers, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from shared.ledger import Commits, Stored
from tests.functions.stage import Stage, on_stage
from tests.simulation.rig import CUSTOMERS

NUMBERS = ("A-1", "A-2", "A-3", "A-4")


@pytest.mark.parametrize("what", ["coupled", "created"])
def test_a_page_begins_where_the_one_before_ended(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together they are the whole list, and none reads the ledger from its beginning."""
    read: list[int] = []
    whole = Commits.range

    async def counted(
        self: Commits, partition: str, start: str, end: str, *more: Any
    ) -> AsyncIterator[Sequence[Stored]]:
        async for page in whole(self, partition, start, end, *more):
            read[-1] += len(page) if start[:1] in "dj" and partition == CUSTOMERS else 0
            yield page

    async def story(stage: Stage) -> None:
        for number in NUMBERS:
            stage.rig.customer(number)
        job = (await stage.rig.compare_and_note())["id"]
        address = f"/api/operations/jobs/{job}/records?flow={CUSTOMERS}&what={what}"
        everything = (await stage.get(address)).json()["records"]
        monkeypatch.setattr(Commits, "range", counted)
        pages, following = [], "&limit=1"
        while following:
            read.append(0)
            told = (await stage.get(f"{address}{following}")).json()
            pages += told["records"]
            following = f"&limit=1&next={told['next']}" if "next" in told else ""
        assert pages == everything
        assert len(pages) == len(NUMBERS)
        assert read == sorted(read, reverse=True)
        assert read[-1] < read[0]

    on_stage(story)
