"""Reports of `conform`, made up: one with every verdict, one without a fault."""

from __future__ import annotations

from typing import Any

from echospan.report.objects import ConformReport
from echospan.results.conform import ConformCheck

SCRIPT = 'import torch\n\nmodel = torch.nn.GRU(4, 8)\nprint("difference", 2.5)\n'

CHECKS = (
    ConformCheck("repeat", "pass", 0.0, 2e-12, spread=0.8, cases=3),
    ConformCheck("steps", "pass", 3.1e-15, 2e-12, 0.9, 0.8, cases=12),
    ConformCheck("rows", "grain", 4e-8, 2e-12, 0.9, 0.8, cases=4),
    ConformCheck(
        "chunks",
        "fault",
        2.5,
        2e-12,
        0.9,
        0.8,
        {"batch": 1, "cuts": (1, 2)},
        "The state is lost at the cut: the outputs equal those of a run from zero (0.0 apart).",
        own_weights=3e-5,
        cases=40,
        script=SCRIPT,
    ),
    ConformCheck(
        "pad-right",
        "not_promised",
        0.4,
        2e-12,
        0.9,
        0.8,
        {"batch": 2, "pads": 3},
        reason="The library asks for padding on the left.",
    ),
    ConformCheck("crop", "refuses", reason="crop raises NotImplementedError: no crop here."),
    ConformCheck("gradient", "cannot_tell", 1e-15, 2e-12, 1e-14, 0.8, reason="The power is small."),
)


def found(**changes: Any) -> ConformReport:
    """A report with every verdict."""
    content: dict[str, Any] = {
        "model": "MyCell",
        "framework": "torch",
        "precision": "float64",
        "checks": CHECKS,
        "versions": {"torch": "2.13.0"},
        "seconds": 1.5,
        "notes": ("Weights were enlarged.",),
    }
    return ConformReport(**{**content, **changes})


def sound(**changes: Any) -> ConformReport:
    """A report without a fault."""
    return found(checks=CHECKS[:3], **changes)
