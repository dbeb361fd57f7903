"""Metrics in the text form of Prometheus, of one process or of all workers together."""

from __future__ import annotations

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from layers.catalogue import Catalogue
from server.front import Metrics

# Where it is set before the start, workers add their counters up in its files.
SHARED = "PROMETHEUS_MULTIPROC_DIR"


class Layers(Collector):
    """What the catalogue holds, read when asked."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def collect(self) -> Iterator[Metric]:
        """Yield the rows of each layer and the number of refused records and versions."""
        rows = GaugeMetricFamily("coeurville_layer_rows", "Rows that serve.", labels=["layer"])
        for layer in self._catalogue.layers().values():
            if layer.record.access == "open" and layer.version.rows is not None:
                rows.add_metric([layer.id], layer.version.rows)
        yield rows
        count = len(self._catalogue.problems())
        yield GaugeMetricFamily("coeurville_problems", "Refused records and versions.", value=count)


def exposition(catalogue: Catalogue, metrics: Metrics) -> bytes:
    """Return all metrics."""
    counted = metrics.registry
    if SHARED in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    own = CollectorRegistry()
    own.register(Layers(catalogue))
    return generate_latest(counted) + generate_latest(own)
