"""Sends events as the event framework does: retries, then an error list; no order promised."""

from __future__ import annotations

from tests.emulator.finops.events import Delivery
from tests.emulator.sending import Sender

RETRIES = 3
PAUSE = 1.0


class EventSender(Sender[Delivery]):
    """Posts the events of a twin. `failed` is the error list."""

    time_out = 60.0

    async def resend(self) -> None:
        """Somebody presses Resend for everything on the error list."""
        failed, self.failed = self.failed, []
        for delivery in failed:
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(1 + RETRIES):
            if attempt:
                await self._sleep(PAUSE)
            if 200 <= await self._attempt(delivery) < 300:
                return
        self.failed.append(delivery)
