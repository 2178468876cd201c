"""Which sheets are measured twice: models, sizes and tasks, the cheapest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

QUICK: tuple[tuple[str, int, str, int | None], ...] = (
    ("gru", 6, "echo", 4),
    ("simple-rnn", 8, "echo", 4),
    ("lstm", 6, "echo", 4),
    ("min-gru", 8, "echo", 4),
    ("ind-rnn", 12, "echo", 4),
    ("gru", 10, "echo", 2),
    ("simple-rnn", 6, "echo", 2),
    ("lstm", 8, "echo", 2),
    ("gru", 12, "echo", 10),
    ("lstm", 12, "echo", 10),
    ("simple-rnn", 16, "echo", 10),
    ("min-lstm", 8, "echo", 4),
    ("lru", 8, "echo", 4),
    ("gru", 8, "copy", None),
    ("lstm", 8, "copy", None),
    ("simple-rnn", 8, "copy", None),
    ("gru", 8, "recall", None),
    ("lstm", 10, "temporal-order", None),
    ("gru", 8, "adding", None),
    ("tcn", 8, "echo", 4),
    ("gru", 16, "echo", 4),
    ("lstm", 16, "echo", 4),
    ("min-gru", 16, "echo", 2),
    ("ind-rnn", 24, "echo", 10),
)
"""Model, width, task and symbols of sheets by quick-1."""

STANDARD: tuple[tuple[str, int, str, int | None], ...] = (
    ("gru", 4, "echo", 4),
    ("simple-rnn", 6, "echo", 4),
    ("lstm", 4, "echo", 4),
    ("min-gru", 6, "echo", 4),
    ("gru", 8, "echo", 10),
    ("simple-rnn", 10, "echo", 2),
)
"""The same by standard-1."""


def pairs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and arguments of `echospan.span` of each sheet that is measured twice."""
    for protocol, listed in (("quick-1", QUICK), ("standard-1", STANDARD)):
        for model, units, task, symbols in listed:
            name = f"{protocol}/{model}-{units}/{task}" + (f"-{symbols}" if symbols else "")
            settings = {"model": model, "units": units, "task": task, "protocol": protocol}
            yield name, settings if symbols is None else {**settings, "symbols": symbols}
