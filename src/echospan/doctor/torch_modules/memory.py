"""Findings about state that a module keeps to itself from call to call."""

from __future__ import annotations

import numpy as np

from echospan.doctor.asked import Asked
from echospan.doctor.finding import Finding, find
from echospan.doctor.torch_modules.machine import TorchMachine


def memory_findings(machine: TorchMachine, asked: Asked) -> list[Finding]:
    """The same batch, given twice without any state, is answered differently."""
    if asked.reset_state != "batch":
        return []
    machine.redraw(0)
    rng, shape = np.random.default_rng(0), (machine.rows, *asked.x.shape[1:])
    symbols = machine.vocabulary
    batch = rng.normal(size=shape) if symbols is None else rng.integers(0, symbols, shape)
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
