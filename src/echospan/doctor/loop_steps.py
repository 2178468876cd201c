"""Findings about the optimizer of a hand-written torch loop."""

from __future__ import annotations

from typing import Any

from echospan.adapters.torch.stepping import Steps
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

NAMED = 4
"""Parameters that a message names."""
MANY = 64
"""Backward passes without a step that are no longer gradients added up for one."""


def step_findings(steps: Steps, shapes: dict[str, tuple[int, ...]]) -> list[Finding]:
    """What keeps backward passes from changing the parameters as they should.

    Args:
        steps: What was recorded.
        shapes: Shape of each parameter of the module.
    """
    missed = _missed(steps, shapes)
    return [*missed, *([] if missed else _no_step(steps)), *_empty(steps), *_kept(steps)]


def _missed(steps: Steps, shapes: dict[str, tuple[int, ...]]) -> list[Finding]:
    """Find parameters with a gradient that no optimizer holds."""
    missed = sorted(steps.with_gradient & steps.unchanged - steps.held)
    if not missed or not steps.steps + steps.others:
        return []
    old = _replaced([shapes.get(name, ()) for name in missed], steps.stale)
    named = ", ".join(missed[:NAMED]) + (", ..." if len(missed) > NAMED else "")
    told = (
        f"{len(missed)} of the module's {len(shapes)} parameters get a gradient, but no "
        f"optimizer that takes a step holds them, and they have not changed: {named}."
    )
    evidence: dict[str, Any] = {
        "missed": missed[:32],
        "old": len(steps.stale),
        "steps": steps.steps,
    }
    if old:
        return [
            find(
                "parameters-not-stepped",
                f"{told} The optimizer holds {len(steps.stale)} parameters that are not in the "
                "module and never get a gradient: it was built before these were replaced.",
                **evidence,
            )
        ]
    if not steps.steps:
        return [
            find(
                "parameters-not-stepped",
                f"{told} It was built from the parameters of something else.",
                severity="warning",
                **evidence,
            )
        ]
    return [
        find(
            "parameters-not-stepped",
            f"{told} That is right if only a part is to be trained.",
            severity="note",
            remedy="# if they are to stay as they are: parameter.requires_grad_(False)",
            **evidence,
        )
    ]


def _replaced(missed: list[tuple[int, ...]], stale: list[tuple[int, ...]]) -> bool:
    """Whether parameters that nothing uses any more are those that stood where others stand now."""
    return bool(set(missed) & set(stale)) or sorted(map(len, missed)) == sorted(map(len, stale))


def _no_step(steps: Steps) -> list[Finding]:
    """Find loops that compute gradients and change nothing."""
    if steps.steps or steps.backward < 3 or not steps.with_gradient <= steps.unchanged:
        return []
    if not steps.zeroed and steps.backward < MANY:
        # Perhaps gradients of many batches are added up for one step.
        return []
    then = " and gradients were set to zero in between" if steps.zeroed else ""
    return [
        find(
            "step-missing",
            f"{steps.backward:,} backward passes ran{then}, but no optimizer took a step and no "
            "parameter has changed: nothing is learned.",
            backward=steps.backward,
            zeroed=steps.zeroed,
        )
    ]


def _empty(steps: Steps) -> list[Finding]:
    """Find gradients that are set to zero before the step that needs them."""
    if steps.empty < 2:
        return []
    return [
        find(
            "step-missing",
            f"{steps.empty} optimizer steps found no gradient, although a backward pass had made "
            "one: zero_grad() stands between backward() and step().",
            remedy="optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
            empty=steps.empty,
        )
    ]


def _kept(steps: Steps) -> list[Finding]:
    """Find steps that add new gradients to those of the step before."""
    if len(steps.kept) < 2 or not all(steps.kept):
        return []
    return [
        find(
            "gradients-not-cleared",
            f"In all {len(steps.kept) + 1} steps examined, gradients of the steps before were "
            "still there when new ones were added: each step uses the sum of all gradients so "
            "far.",
            steps=len(steps.kept) + 1,
        )
    ]
