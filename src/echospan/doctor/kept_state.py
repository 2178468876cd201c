"""Findings about state that a module keeps to itself from call to call."""

from __future__ import annotations

import numpy as np

from echospan.doctor.carried_over import carried_over
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.probe_model import ProbedPair
from echospan.results.check_report import Finding


def kept_state_findings(examination: Examination) -> list[Finding]:
    """What a module keeps beside its weights, and whether it keeps the graph as well."""
    pair = examination.pairs.every[0]
    model = pair.model
    # Keras layers keep a state where they are stateful: that is tried with its own `fit`.
    if model is None or pair.probed is None or examination.facts.framework == "keras":
        return []
    model.redraw(0)
    rng, shape = np.random.default_rng(0), (model.rows, *pair.call.x.shape[1:])
    symbols = model.vocabulary
    batch = rng.normal(size=shape) if symbols is None else rng.integers(0, symbols, shape)
    found = _graph_kept(model, batch)
    if examination.reset_state == "batch":
        kept = _not_reset(model, batch)
        found += kept
        if kept and not pair.call.shuffle and examination.plan is None:
            # It goes on from batch to batch, whatever the loop hands over.
            found += [examination.pairs.named(each, pair) for each in carried_over(pair)]
    return found


def _graph_kept(model: ProbedPair, batch: np.ndarray) -> list[Finding]:
    """A state that still hangs on the graph of the call that made it."""
    names = model.model.adapter.kept_graph(model.around(batch))
    if not names:
        return []
    return [
        find(
            "state-graph-kept",
            f"Each call continues from {', '.join(names)} of the previous call, with its graph. "
            "The backward pass of an update then runs into the previous update, unless the loop "
            "resets it in between.",
            severity="warning",
            remedy="\n".join(f"model.{name} = model.{name}.detach()" for name in names)
            + "  # after optimizer.step(); of a tuple each part",
            kept=list(names),
        )
    ]


def _not_reset(model: ProbedPair, batch: np.ndarray) -> list[Finding]:
    """The same batch, given twice without any state, is answered differently."""
    first, second = model.replay([batch, batch], carried=False)
    # Not a number twice is the same answer twice.
    gap = float(np.nan_to_num(np.abs(first - second)).max())
    if gap == 0:
        return []
    return [
        find(
            "state-not-reset",
            f"Two calls with the same batch give different outputs (by {gap:.2g} with random "
            "weights): the module keeps state from call to call, and results depend on earlier "
            "calls.",
            remedy="model.state = None  # or what forward keeps; before each sequence",
            change=gap,
        )
    ]
