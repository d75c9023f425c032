"""Sends webhooks as the platform does: no order promised, no memory, one more attempt at most."""

from __future__ import annotations

from tests.emulator.dataverse.webhooks import Delivery
from tests.emulator.sending import Sender

_REPEATED = (502, 503, 504)


class WebhookSender(Sender[Delivery]):
    """Posts the webhook calls of a twin. A missing answer is not repeated, a busy receiver is asked once more."""

    time_out = 60.0

    async def _deliver(self, delivery: Delivery) -> None:
        status = await self._attempt(delivery)
        if status in _REPEATED:
            status = await self._attempt(delivery)
        if not 200 <= status < 300:
            self.failed.append(delivery)
