"""Numbers for Azure Monitor, through OpenTelemetry: gauges named koppel.*, on which alerts and the workbook look.

Where no connection to Application Insights is set, as in the local house, nothing is sent.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from functions.credentials import of_telemetry
from functions.runtime import runtime

if TYPE_CHECKING:  # OpenTelemetry takes half a second to load, which only a process that runs the pump spends
    from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader

    from functions.operations.checks import Check
    from functions.operations.numbers import Numbers

CONNECTION: Final = "APPLICATIONINSIGHTS_CONNECTION_STRING"
PATIENCE: Final = 10_000
"""Milliseconds to send the numbers of a run in."""
RED: Final = "red"
"""1 for a check that is red, 0 for one that was; and 0 for the pump whenever it runs."""
BY_FLOW: Final = ("hints", "waiting", "parked", "conflicts", "oldest_hint_seconds", "behind_seconds")


Aside = Callable[..., Awaitable[Any]]


class Telemetry:
    """The instruments of this process. reader: where values go. aside: carries out what would hold up the loop."""

    def __init__(self, reader: MetricReader, aside: Aside = asyncio.to_thread) -> None:
        from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - see above

        self._provider = MeterProvider([reader])
        self._aside = aside
        meter = self._provider.get_meter("koppel")
        self._gauges = {name: meter.create_gauge(f"koppel.{name}") for name in (*BY_FLOW, RED)}
        self._counters = {name: meter.create_counter(f"koppel.{name}") for name in ("calls", "throttles")}
        self._red: set[tuple[str, str]] = set()

    def take(self, found: Numbers, asked: Numbers, checks: Sequence[Check]) -> None:
        """Takes up the numbers of a run, of flows and of what systems were asked since the last one. That the pump runs
        is told each time; checks when they were looked at.
        """
        for flow, counts in found.items():
            for name in BY_FLOW:
                self._gauges[name].set(counts[name], {"flow": flow})
        self._gauges[RED].set(0, {"alert": "pump", "what": "pump"})
        if checks:
            self._look(checks)
        for system, numbers in asked.items():
            for name, number in numbers.items():
                self._counters[name].add(number, {"system": system})

    def _look(self, checks: Sequence[Check]) -> None:
        """What was red and is no more is told, too, even where nobody looks at it any more: a gauge stays as it is."""
        red = {(each.alert, each.what) for each in checks if not each.ok}
        for alert, what in self._red | red:
            self._gauges[RED].set(int((alert, what) in red), {"alert": alert, "what": what})
        self._red |= red

    async def send(self) -> None:
        """Sends what was taken up, while the instance is still there. What cannot be sent the exporter logs."""
        await self._aside(self._provider.force_flush, PATIENCE)


_telemetry: Telemetry | None = None


def use_telemetry(other: Telemetry | None) -> None:
    """Puts instruments in place; None: the next ones are made from the environment. For hosts that bring their own."""
    global _telemetry  # noqa: PLW0603 - one a process, as the runtime
    _telemetry = other


async def told(found: Numbers, asked: Numbers, checks: Sequence[Check]) -> None:
    """Tells Azure Monitor the numbers of a run, and which checks are red."""
    if _telemetry is None and os.environ.get(CONNECTION):
        use_telemetry(Telemetry(await asyncio.to_thread(_azure_monitor)))
    if _telemetry is not None:
        _telemetry.take(found, asked, checks)
        await _telemetry.send()


def when_told(exporter: MetricExporter) -> MetricReader:
    """Exports when it is flushed, and not by the clock: gauges keep their values, and one that was told again and again
    would hide a pump that stands.
    """
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415 - see above

    return PeriodicExportingMetricReader(exporter, export_interval_millis=math.inf)


def _azure_monitor() -> MetricReader:
    """Sends to Application Insights, signed in as the app."""
    from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter  # noqa: PLC0415 - see above

    exporter = AzureMonitorMetricExporter(
        connection_string=os.environ[CONNECTION],
        credential=of_telemetry(runtime().settings),
        disable_offline_storage=True,
    )
    return when_told(exporter)
