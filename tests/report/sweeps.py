"""A sweep for tests of what shows results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from echospan.report.sweep_objects import SweepResult
from echospan.results.sweep import SweepRow

FIELDS = ("task.lag", "model.kind", "seed")
COLUMNS = {"accuracy": "Float64", "parameters": "Int64"}


def rows(
    lags: Iterable[int] = (1, 2, 4),
    kinds: Iterable[str] = ("lstm", "gru"),
    seeds: Sequence[int] = (0, 1),
) -> Iterator[SweepRow]:
    for lag in lags:
        for kind in kinds:
            for seed in seeds:
                yield SweepRow(
                    {"task.lag": lag, "model.kind": kind, "seed": seed},
                    "finished",
                    f"{lag}{kind}{seed}",
                    "run",
                    {"accuracy": 1 / lag - 0.1 * seed, "parameters": 100 * lag},
                    1.0,
                )


def result(
    listed: Iterable[SweepRow] | None = None, fields: tuple[str, ...] = FIELDS
) -> SweepResult:
    listed = tuple(rows() if listed is None else listed)
    total = len(listed)
    return SweepResult("s", "run", fields, COLUMNS, "accuracy", total, total, rows=listed)
