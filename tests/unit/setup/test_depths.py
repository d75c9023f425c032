"""How far the privileges of the app's user reach where several roles give them."""

from __future__ import annotations

from itertools import permutations
from typing import Any, cast

import pytest

from shared.setup._dataverse_reader import privileges_of
from shared.systems import Dataverse


class Answering:
    """A Dataverse that gives one answer to everything."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        self.found = found

    async def get(self, url: str) -> dict[str, Any]:
        assert url.startswith("systemusers(me)")
        return {"RolePrivileges": [{"PrivilegeName": name, "Depth": depth} for name, depth in self.found]}


@pytest.mark.parametrize("depths", list(permutations(("Basic", "Deep", "Local"))))
async def test_of_a_privilege_that_is_listed_several_times_the_deepest_counts(depths: tuple[str, ...]) -> None:
    """In whatever order they come, and however its name is spelled."""
    listed = [("prvReadAccount", depth) for depth in depths]
    told = Answering([*listed, ("prvWriteAccount", "Global"), ("PRVWRITEACCOUNT", "Basic")])
    assert await privileges_of(cast("Dataverse", told), "me") == {"prvreadaccount": "Deep", "prvwriteaccount": "Global"}
