"""A report of `uses`, made up: every field set, and the least there may be."""

from __future__ import annotations

from typing import Any

from echospan.report.memory_objects import UsesReport
from echospan.results.uses import UsesAblation, UsesClass, UsesHurt, UsesPoint

CURVES = {
    "average": (
        UsesPoint(0, 1.3, (1.2, 1.4), 0.9),
        UsesPoint(1, 0.41, (0.39, 0.43), 0.2),
        UsesPoint(2, 0.4, (0.38, 0.42), 0.1),
        UsesPoint(64, 0.42, None, 0.0),
    ),
    "restart": (
        UsesPoint(0, 1.3, (1.2, 1.4), 0.9),
        UsesPoint(1, 1.2, (1.1, 1.3), 0.8),
        UsesPoint(40, 0.45, (0.43, 0.47), 0.1),
        UsesPoint(64, 0.42, None, 0.0),
    ),
    "shuffle": (UsesPoint(0, 2.1, (1.9, 2.3), 0.8), UsesPoint(64, 0.42, None, 0.0)),
}

ABLATIONS = (
    UsesAblation("average", 1, (1, 2), 1),
    UsesAblation("restart", 40, (33, 48), 40),
    UsesAblation("shuffle", 2, (1, 3), 2),
)


def found(**changes: Any) -> UsesReport:
    """A report of a model that starts cold."""
    values: dict[str, Any] = {
        "model": "MyLSTM",
        "framework": "torch",
        "window": 64,
        "windows": 2048,
        "uses": 1,
        "uses_interval": (1, 2),
        "by": "average",
        "gain_95": 1,
        "answers_change_up_to": 40,
        "warm_up": 40,
        "older_steps_hurt": UsesHurt(2, 0.023, (0.01, 0.04), "average"),
        "curves": CURVES,
        "ablations": ABLATIONS,
        "explanations": ("A fresh start needs 40 steps.", "Older steps hurt."),
        "answers_changed": 0.125,
        "classes": (UsesClass("rare", 40, 0.9, 2.0, 3, (2, 5)), UsesClass("odd", 4, 1.0, 1.0)),
        "loss": "mse",
        "full_loss": 0.42,
        "constant_loss": 1.3,
        "independent": 157,
        "donors": 8,
        "seed": 3,
        "versions": {"torch": "2.13.0"},
        "seconds": 12.5,
        "notes": ("2,048 of 9,000 samples, evenly spread.",),
    }
    return UsesReport(**{**values, **changes})


def bare() -> UsesReport:
    """One that was interrupted before anything was known."""
    return UsesReport(
        "MyLSTM", "torch", 64, 512, None, None, None, None, None, None, None, {},
        (UsesAblation("restart", reason="it takes windows of 64 steps alone"),), stopped=True,
    )  # fmt: skip
