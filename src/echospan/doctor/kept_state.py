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
    found = [*_graph_kept(model, batch), *_one_size(examination, model, batch)]
    if examination.reset_state == "batch":
        kept = _not_reset(model, batch)
        found += kept
        if kept and not pair.call.shuffle and examination.plan is None:
            # It goes on from batch to batch, whatever the loop hands over.
            found += [examination.pairs.named(each, pair) for each in carried_over(pair)]
    return found


def _one_size(examination: Examination, model: ProbedPair, batch: np.ndarray) -> list[Finding]:
    """A state for as many rows as one batch has: a batch of another size fails."""
    if examination.only_rows is not None:
        rows, why = examination.only_rows
        told = f"The module takes batches of {rows} rows only, and fails on another size ({why})."
    elif examination.reset_state == "batch" and model.rows > 1:
        rows, why = examination.batch_size, ""
        adapter = model.model.adapter
        try:
            adapter.replay([model.around(batch[:1])], carried=False)
        except Exception:
            # Not for want of a state: a single row is never taken.
            return []
        try:
            adapter.replay([model.around(batch), model.around(batch[:1])], carried=False)
        except Exception as error:
            # Whatever a module raises that meets a state for other rows.
            why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        if not why:
            return []
        told = (
            "The module goes on from the state of the batch before, and fails on a batch with "
            f"another number of rows ({why})."
        )
    else:
        return []
    samples = examination.data.samples
    left = samples % rows if examination.data.origin in ("", "arrays") else 0
    last = (
        f" {samples:,} samples fill {samples // rows} batches of {rows}, and the last one has "
        f"only {left} rows."
        if left
        else " Predicting another number of samples fails."
    )
    return [
        find(
            "batch-size-mismatch",
            told + last,
            severity="warning",
            remedy="state = x.new_zeros(layers, x.shape[0], units)  # in forward, for x's rows",
            built=rows,
            samples=samples,
            left_over=left,
        )
    ]


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
