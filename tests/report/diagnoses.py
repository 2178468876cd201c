"""Diagnoses, made up: one with everything in it, and the least there may be."""

from __future__ import annotations

from typing import Any

from echospan.report.memory_objects import Diagnosis
from echospan.results.check_report import Finding
from echospan.results.needs import NeedsData
from echospan.results.uses import UsesData
from report.needed import needed
from report.usages import found as used


def found(**changes: Any) -> Diagnosis:
    """A window that is too short."""
    content: dict[str, Any] = {
        "needs": 12,
        "framing_reach": 6,
        "span": None,
        "uses": 2,
        "weakest_link": "framing",
        "remedy": "window=12\n# should bring the held-out loss from 1.01 to 0.36",
        "findings": (
            Finding("lag-outside-window", "error", "The targets need lag 11.", {"exact": True}),
        ),
        "intervals": {"needs": (12, None), "framing_reach": (6, 6), "uses": (1, 4)},
        "reasons": {"span": "not asked for"},
        "details": {"needs": "Overlapping samples were put together: one series of 1,500 steps."},
        "explanation": "The data need at least 12 steps, but samples and state bring only 6.",
        "model": "MyLSTM",
        "framework": "torch",
        "window": 6,
        "samples": 1494,
        "lookback": NeedsData.from_dict(needed().to_dict()),
        "usage": UsesData.from_dict(used().to_dict()),
        "notes": ("Measured on the samples given.",),
        "seed": 3,
        "seconds": 12.5,
    }
    return Diagnosis(**{**content, **changes})


def bare(**changes: Any) -> Diagnosis:
    """Nothing could be measured."""
    content: dict[str, Any] = {
        "needs": None,
        "framing_reach": None,
        "span": None,
        "uses": None,
        "weakest_link": "undecided",
        "remedy": None,
        "findings": (),
        "reasons": {
            "needs": "there are several inputs or outputs",
            "framing_reach": "the model could not be run",
            "span": "not asked for",
            "uses": "the model is at chance",
        },
    }
    return Diagnosis(**{**content, **changes})
