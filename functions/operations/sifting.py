"""Flows of one request: an action on a whole suite does what it can, and tells what it left and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.errors import Refused


class Sifted:
    """The flows that may still do what is asked, and why the others may not. One that is alone is refused at once."""

    def __init__(self, names: Sequence[str]) -> None:
        self.able = list(names)
        self.left: dict[str, str] = {}
        self._alone = len(self.able) == 1

    async def sift(self, demand: Callable[[str], Awaitable[object]]) -> None:
        """Leaves out the flows of which a demand is refused. Raises Refused for one that is alone."""
        for name in list(self.able):
            try:
                await demand(name)
            except Refused as refused:
                if self._alone:
                    raise
                self.able.remove(name)
                self.left[name] = str(refused)

    async def settle(self, demand: Callable[[str], Awaitable[object]]) -> None:
        """The same for a demand that depends on which flows are left."""
        before = len(self.able) + 1
        while len(self.able) < before:
            before = len(self.able)
            await self.sift(demand)

    def demand_some(self) -> None:
        """Raises Refused, with every reason, if no flow is left."""
        if not self.able:
            raise Refused("\n".join(["none of these flows can do that:", *self.left.values()]))
