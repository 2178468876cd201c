"""Findings about state that a module keeps to itself from call to call."""

from __future__ import annotations

import numpy as np

from echospan.doctor.asked import Asked
from echospan.doctor.finding import find
from echospan.doctor.torch_modules.machine import TorchMachine
from echospan.results.check_report import Finding


def memory_findings(machine: TorchMachine, asked: Asked) -> list[Finding]:
    """What a module keeps beside its weights, and whether it keeps the graph as well."""
    machine.redraw(0)
    rng, shape = np.random.default_rng(0), (machine.rows, *asked.x.shape[1:])
    symbols = machine.vocabulary
    batch = rng.normal(size=shape) if symbols is None else rng.integers(0, symbols, shape)
    return [*_graph_kept(machine, batch), *_not_reset(machine, asked, batch)]


def _graph_kept(machine: TorchMachine, batch: np.ndarray) -> list[Finding]:
    """A state that still hangs on the graph of the call that made it."""
    names = machine.copy.hanging(machine.source, batch)
    if not names:
        return []
    return [
        find(
            "state-graph-kept",
            f"A call goes on from what the one before left in {', '.join(names)}, with its graph: "
            "the backward pass of an update runs back into the one before, unless the loop sets it "
            "anew in between.",
            severity="warning",
            remedy="\n".join(f"model.{name} = model.{name}.detach()" for name in names)
            + "  # after optimizer.step(); of a tuple each part",
            kept=list(names),
        )
    ]


def _not_reset(machine: TorchMachine, asked: Asked, batch: np.ndarray) -> list[Finding]:
    """The same batch, given twice without any state, is answered differently."""
    if asked.reset_state != "batch":
        return []
    first, second = machine.replay_apart([batch, batch])
    gap = float(np.abs(first - second).max())
    if gap == 0:
        return []
    return [
        find(
            "state-not-reset",
            f"The same batch given twice is answered differently (by {gap:.2g} on random weights): "
            "the module keeps something from call to call, and results depend on what ran before.",
            remedy="model.state = None  # or whatever forward keeps, before each sequence",
            change=gap,
        )
    ]
