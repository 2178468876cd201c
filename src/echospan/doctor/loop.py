"""Findings about a hand-written torch loop, from what its first updates did."""

from __future__ import annotations

from echospan.adapters.torch.recording import Update
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

SECOND_BACKWARD = (
    "backward through the graph a second time",
    "modified by an inplace operation",
)
"""How torch complains about state that was kept with its graph."""


def loop_findings(
    updates: list[Update], error: BaseException | None, needs_lag: int | None, timesteps: int = 1
) -> list[Finding]:
    """What stands between the loop and its past.

    Args:
        updates: What was recorded, in order.
        error: What ended the loop, if an error did.
        needs_lag: Time steps that the answers must reach back, where the user says so.
        timesteps: Time steps that one call sees.
    """
    return [
        *_graph_kept(updates, error),
        *_detached_inside(updates, needs_lag, timesteps),
        *_gradient_cut(updates, needs_lag, timesteps),
    ]


def _graph_kept(updates: list[Update], error: BaseException | None) -> list[Finding]:
    kept = [(number, update) for number, update in enumerate(updates) if update.kept]
    if not kept:
        return []
    number, update = kept[0]
    stopped = error is not None and any(words in str(error) for words in SECOND_BACKWARD)
    ending = (
        " Torch stopped the loop for it."
        if stopped
        else " With retain_graph=True torch lets that pass, and each update is slower and larger "
        "than the one before."
        if update.retained
        else ""
    )
    return [
        find(
            "state-graph-kept",
            f"The backward pass of update {number} ran into {update.kept:,} nodes of the graph of "
            f"earlier updates: the state kept from them is still attached to it.{ending}",
            remedy="state = tuple(part.detach() for part in state)  # after optimizer.step()",
            update=number,
            nodes=[entry.kept for entry in updates],
            retain_graph=update.retained,
            stopped=stopped,
        )
    ]


def _detached_inside(updates: list[Update], needs_lag: int | None, timesteps: int) -> list[Finding]:
    """Find updates whose calls pass the state on detached from its graph."""
    for number, update in enumerate(updates):
        if len(update.calls) < 2 or not update.backward:
            continue
        last = update.calls[-1]
        if not last.given or last.reaches >= len(update.calls):
            continue
        if needs_lag is not None and needs_lag < last.reaches * timesteps:
            continue
        spans = "1 call" if last.reaches == 1 else f"{last.reaches} calls"
        return [
            find(
                "state-detached-inside",
                f"Update {number} calls the module {len(update.calls)} times and passes state from "
                f"call to call, but the gradient of the last call covers only {spans}: the graph "
                "is cut inside the update.",
                remedy="# detach once per update, after optimizer.step(), not after each call",
                update=number,
                calls=len(update.calls),
                reaches=last.reaches,
            )
        ]
    return []


def _gradient_cut(updates: list[Update], needs_lag: int | None, timesteps: int) -> list[Finding]:
    """Find loops whose targets need a value from an earlier update than the gradient covers."""
    done = [update for update in updates if update.calls and update.backward]
    if needs_lag is None or len(done) < 2:
        return []
    longest = max(len(update.calls) for update in done)
    span = longest * timesteps
    handed = any(update.calls[0].given for update in done[1:])
    if not handed or span > needs_lag or any(update.kept for update in done):
        return []
    steps = "1 time step" if span == 1 else f"{span} time steps"
    enough = -(-(needs_lag + 1) // timesteps)
    return [
        find(
            "gradient-cut",
            f"Backpropagation covers {steps}, but the targets need lag {needs_lag}: no gradient "
            "reaches the update before, so the state is not trained to keep the value. It may "
            "still learn, but slowly.",
            remedy=f"# at least {enough} calls between two optimizer.step()",
            calls=longest,
            timesteps=timesteps,
            lag=needs_lag,
        )
    ]
