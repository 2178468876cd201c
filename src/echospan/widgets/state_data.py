"""What state over time shows of a trained run: its network, or steps that were recorded."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.arguments import each, flag, instance, mapping, optional, validated, whole
from echospan.errors import EchospanError, StoreError

if TYPE_CHECKING:
    from echospan.store import Run

CELLS = {"lstm": 4, "gru": 3, "simple-rnn": 1}
"""Models that a page computes by itself, with the gates in the width of their arrays."""

MOST_WEIGHTS = 150_000
"""Numbers of a network that travels into a page: 0.8 MB of text."""

MOST_LABELS = 5_000

STEP_BY_STEP = ("stream", "sequence", "per-step")
"""Framings whose model is fed one value at a time."""

_FIRST = 8
"""Numbers that are fed at the beginning, where none are given."""


@validated(
    run=instance("a stored run", "echospan.store:Run"),
    numbers=optional(each(whole(0), "symbols of the model, as whole numbers from 0")),
    steps=each(mapping("one recorded step"), "recorded steps"),
    live=flag,
)
def state_data(
    run: Run,
    numbers: Sequence[int] | None = None,
    *,
    steps: Sequence[Mapping[str, Any]] = (),
    live: bool = False,
) -> dict[str, Any]:
    """Return what the picture "state" shows of a finished run.

    The weights of a run with LSTM, GRU or simple RNN layers are part of it, so that the page
    computes each step itself. Other models need recorded steps, or Python behind the page.

    Args:
        run: A finished run of the store.
        numbers: Symbols to begin with, each from 0 to below the number of symbols; left out, the
            first values of the example that was stored with the run.
        steps: Steps of a model that the page can't compute: each with ``input``, ``answer``
            (symbols), ``confidence`` (0 to 1), ``hidden`` and ``cell`` (lists, one number a unit)
            and ``gates`` (such lists by name); what is not known is None. Left out, those of the
            example that was stored with the run.
        live: Whether Python answers the picture's messages ``step``, ``reset`` and ``change``.

    Raises:
        EchospanError: The run is not finished, or can't be shown.

    Example:
        >>> result = echospan.run("stream", {"training.epochs": 5}, store="my-runs")
        >>> run = echospan.store.Store("my-runs").get(result.run_id)
        >>> data = echospan.widgets.state_data(run, [3, 1, 4])
        >>> data["numbers"], data["lag"]
        ([3, 1, 4], 1)
    """
    if run.state != "finished":
        raise EchospanError(f"The run {run.id} is {run.state}, so it has no trained model to show.")
    config, signature = run.config, run.load_json("signature")
    task = config.get("task", {})
    width = int(signature["symbols"])
    labels = _labels(run, task, width)
    network = _network(run, config, signature)
    given = _example(run, width) if numbers is None else [int(one) for one in numbers]
    if wrong := [one for one in given if one >= width]:
        raise EchospanError(f"numbers must be symbols from 0 to {width - 1}; got {wrong[0]}.")
    about = ", ".join(
        [f"Run {run.id}: {config.get('model', {}).get('kind', 'a model')}"]
        + ([f"task {task['kind']}, lag {task['lag']} (steps)"] if "lag" in task else [])
    )
    return {
        "picture": "state",
        "title": f"State over time: {run.recipe}",
        "about": f"{about}.",
        "run": run.id,
        "symbols": width,
        "labels": labels,
        "lag": task.get("lag") if task.get("kind") in ("echo", "series") else None,
        "network": network,
        "numbers": given,
        "steps": [dict(step) for step in steps] if steps or network else _recorded(run),
        "live": live and network is None,
    }


def _labels(run: Run, task: Mapping[str, Any], width: int) -> list[str]:
    if width > MOST_LABELS:
        raise EchospanError(
            f"The picture shows models of at most {MOST_LABELS:,} symbols; run {run.id} has "
            f"{width:,}."
        )
    if task.get("kind") == "series":
        stored = run.load_json("vocabulary")
        values = json.loads(stored)["values"] if isinstance(stored, str) else stored["values"]
        return [str(value) for value in values]
    return [str(place) for place in range(width)]


def _example(run: Run, width: int) -> list[int]:
    """The first values of the sequence that was stored with the result."""
    try:
        inputs = run.load_result().get("inputs") or []
    except StoreError:
        return []
    known = [one for one in inputs if type(one) is int and 0 <= one < width]
    return known[:_FIRST] if len(known) == len(inputs) else []


def _recorded(run: Run) -> list[dict[str, Any]]:
    """The example that was stored with the run, with the state where it was kept, too."""
    try:
        result = run.load_result()
    except StoreError:
        return []
    inputs, predicted = result.get("inputs") or [], result.get("predicted") or []
    if not inputs or len(inputs) != len(predicted):
        return []
    states: list[list[float] | None] = [None] * len(inputs)
    if "hidden" in run.artifacts():
        kept = run.load_artifact("hidden")
        if np.asarray(kept["symbols"]).tolist() == inputs:
            states = np.asarray(kept["state"], float).round(5).tolist()
    return [
        {"input": given, "answer": answer, "confidence": None, "hidden": state, "cell": None}
        for given, answer, state in zip(inputs, predicted, states, strict=True)
    ]


def _network(
    run: Run, config: Mapping[str, Any], signature: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Weights and sizes, or None where the page can't compute such a model."""
    model, framing, task = (config.get(name, {}) for name in ("model", "framing", "task"))
    kind, cut = model.get("kind"), framing.get("kind")
    if kind not in CELLS or cut not in (*STEP_BY_STEP, "window") or signature.get("features"):
        return None
    weights = [
        array for name, array in sorted(run.load_weights().items()) if name.startswith("trainable.")
    ]
    embedded = model.get("input") == "embedding"
    depth = int(model.get("layers", 1))
    if len(weights) != 3 * depth + 2 + embedded or sum(w.size for w in weights) > MOST_WEIGHTS:
        return None
    table = weights.pop(0) if embedded else None
    window = int(signature["timesteps"]) if cut == "window" else None
    waits = window - 1 if window and not framing.get("keep_missing") else 0
    layers = [
        {
            "cell": kind,
            "kernel": _packed(weights[3 * place]),
            "recurrent": _packed(weights[3 * place + 1]),
            "bias": _packed(weights[3 * place + 2]),
        }
        for place in range(depth)
    ]
    return {
        "symbols": int(signature["symbols"]),
        "input": model.get("input", "one-hot"),
        "output": model.get("output", "classes"),
        "masking": bool(model.get("masking")),
        "window": window,
        # No answer before a window is full, and none before the lag.
        "first": max(waits, task.get("lag") or 0),
        "embedding": None if table is None else _packed(table),
        "layers": layers,
        "head": {"kernel": _packed(weights[-2]), "bias": _packed(weights[-1])},
    }


def _packed(array: np.ndarray) -> dict[str, Any]:
    """An array as base64 of 32-bit floats, least byte first."""
    raw = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return {"shape": list(array.shape), "data": base64.b64encode(raw).decode("ascii")}
