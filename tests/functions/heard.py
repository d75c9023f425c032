"""What Azure Monitor would hear of the app."""

from __future__ import annotations

from typing import Any

from azure.monitor.opentelemetry.exporter.export.metrics._exporter import APPLICATION_INSIGHTS_METRIC_TEMPORALITIES
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData, NumberDataPoint

Labels = frozenset[tuple[str, Any]]


class Heard(MetricExporter):
    """What Azure Monitor has heard since it was last asked."""

    def __init__(self) -> None:
        super().__init__(preferred_temporality=dict(APPLICATION_INSIGHTS_METRIC_TEMPORALITIES))  # type: ignore[arg-type] # it names the abstract classes
        self._heard: dict[str, dict[Labels, float]] = {}

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_more: Any) -> MetricExportResult:
        for metric in (each for scope in metrics_data.resource_metrics[0].scope_metrics for each in scope.metrics):
            for point in metric.data.data_points:
                assert isinstance(point, NumberDataPoint)
                self._heard.setdefault(metric.name, {})[frozenset((point.attributes or {}).items())] = point.value
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_more: Any) -> None:
        """Nothing to let go of."""

    def values(self) -> dict[str, dict[Labels, float]]:
        """The last values, by instrument and labels."""
        heard, self._heard = self._heard, {}
        return heard

    def red(self) -> set[tuple[str, str]]:
        """Alerts that speak, each with what it is about."""
        told = [(dict(labels), value) for labels, value in self.values()["koppel.red"].items()]
        return {(labels["alert"], labels["what"]) for labels, value in told if value}
