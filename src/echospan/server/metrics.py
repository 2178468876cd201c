"""Counts of what a server does, as Prometheus reads them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
"""Upper edges of the buckets of the histogram of a request's time."""


class Metrics:
    """Counters; all are written under one lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: Counter[float] = Counter()
        self._seconds = 0.0
        self._batches, self._steps, self._batch_seconds = 0, 0, 0.0
        self.expired = 0

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        with self._lock:
            self._requests[route, method, status] += 1
            self._seconds += seconds
            edge = next((edge for edge in SECONDS if seconds <= edge), float("inf"))
            self._buckets[edge] += 1

    def batch(self, rows: int, seconds: float) -> None:
        """Count a call of a model."""
        with self._lock:
            self._batches += 1
            self._steps += rows
            self._batch_seconds += seconds

    def text(self, sessions: Mapping[str, int], waiting: Mapping[str, int]) -> str:
        """All of them, in Prometheus's text format.

        Args:
            sessions: Open sessions of each run.
            waiting: Values that wait for each run.
        """
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines(sessions, waiting))

    def _lines(self, sessions: Mapping[str, int], waiting: Mapping[str, int]) -> Iterator[str]:
        yield from _about("requests_total", "counter", "Requests answered.")
        for (route, method, status), count in sorted(self._requests.items()):
            labels = f'route="{route}",method="{method}",status="{status}"'
            yield f"echospan_requests_total{{{labels}}} {count}"
        yield from _about("request_seconds", "histogram", "Time to answer a request.")
        below = 0
        for edge in (*SECONDS, float("inf")):
            below += self._buckets[edge]
            name = "+Inf" if edge == float("inf") else f"{edge:g}"
            yield f'echospan_request_seconds_bucket{{le="{name}"}} {below}'
        yield f"echospan_request_seconds_sum {self._seconds:.6f}"
        yield f"echospan_request_seconds_count {below}"
        for name, told, count in (
            ("steps_total", "Values processed.", self._steps),
            ("batches_total", "Calls of a model; each steps several sessions.", self._batches),
            ("expired_sessions_total", "Sessions dropped because they were idle.", self.expired),
        ):
            yield from _about(name, "counter", told)
            yield f"echospan_{name} {count}"
        yield from _about("model_seconds_total", "counter", "Time spent in models.")
        yield f"echospan_model_seconds_total {self._batch_seconds:.6f}"
        for name, told, counts in (
            ("sessions", "Open sessions.", sessions),
            ("waiting_values", "Values that wait to be processed.", waiting),
        ):
            yield from _about(name, "gauge", told)
            for run, number in counts.items():
                yield f'echospan_{name}{{run="{run}"}} {number}'
        yield from _about("resident_memory_bytes", "gauge", "Memory of this process.")
        yield f"echospan_resident_memory_bytes {_memory()}"


def _about(name: str, kind: str, told: str) -> tuple[str, str]:
    return f"# HELP echospan_{name} {told}", f"# TYPE echospan_{name} {kind}"


def _memory() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
