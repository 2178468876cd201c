"""Findings about answers behind the window that do not see all of it, each answer by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.pairs import Pair
from echospan.doctor.probe_model import ProbedPair
from echospan.doctor.reach import DRAWS
from echospan.results.check_report import Finding

MOST_ANSWERS = 8
"""Answers that are judged; of more the first, the last and some between."""
SIZES = (2.0, 20.0)
"""How far inputs are moved: far enough for a maximum to notice."""


def half_used_findings(examination: Examination) -> list[Finding]:
    """Answers that lie behind the window and see less than half of it, or not its newest step."""
    pairs = examination.pairs
    if examination.stateful or examination.probed is None:
        return []
    found = []
    for pair in pairs.telling():
        probed, model = pair.probed, pair.model
        if pair.call.place.kind != "behind" or model is None or model.vocabulary is not None:
            continue
        if probed is None or probed.constant or probed.mixed is not None:
            continue
        seen = seen_steps(model, pair.call.place.horizon, pair.call.x.shape[1:])
        finding = None if seen is None else _finding(pair, seen, examination.facts.framework)
        found += [] if finding is None else [pairs.named(finding, pair)]
    return found


def seen_steps(
    model: ProbedPair, horizon: int, shape: tuple[int, ...]
) -> dict[int, np.ndarray] | None:
    """Which time steps change each answer, under any draw of the weights.

    A gradient proves that a step is seen. Of the steps without one all are moved at once, so that
    an answer is never said to miss what it may see.

    Args:
        model: The clone.
        horizon: Answers one after the other.
        shape: Of one sample (time, ...).

    Returns:
        Booleans (time,) by number of the answer; None where there is no gradient.
    """
    output = model.model.shapes[model.output]
    split = len(output) >= 2 and output[1] == horizon > 1
    answers = horizon if split else 1
    judged = np.unique(np.linspace(0, answers - 1, min(answers, MOST_ANSWERS)).astype(int))
    seen = {int(answer): np.zeros(shape[0], bool) for answer in judged}
    for draw in range(DRAWS):
        model.redraw(draw)
        batch = model.drawn(np.random.default_rng(draw), (model.rows, *shape))
        for answer, steps in seen.items():
            if steps.all():
                continue
            gradient = _gradient(model, batch, answers, answer)
            if gradient is None:
                return None
            # What is no number may be seen.
            steps |= (
                np.abs(np.nan_to_num(gradient, nan=1.0))
                .reshape(*gradient.shape[:2], -1)
                .max((0, 2))
                > 0
            )
    for draw in range(DRAWS):
        if all(steps.all() for steps in seen.values()):
            break
        model.redraw(draw)
        _move(model, seen, answers, np.random.default_rng(100 + draw), shape)
    return seen


def _gradient(model: ProbedPair, batch: np.ndarray, answers: int, answer: int) -> np.ndarray | None:
    """How an answer of all rows changes with every input (rows, time, ...)."""
    mixtures: list[Any] = [np.zeros(shape) for shape in model.model.shapes]
    own = mixtures[model.output].reshape(model.rows, answers, -1)
    own[:, answer] = np.random.default_rng(7).normal(size=(model.rows, own.shape[2]))
    mixtures[model.output] = own.reshape(model.model.shapes[model.output])
    found = model.model.adapter.gradient([model.around(batch)], mixtures, wanted=[model.source])
    return found.inputs[0][model.source]


def _move(
    model: ProbedPair,
    seen: dict[int, np.ndarray],
    answers: int,
    rng: np.random.Generator,
    shape: tuple[int, ...],
) -> None:
    """Move what an answer seems not to see; where it changes, nothing more is said of it."""
    batch = model.drawn(rng, (model.rows, *shape))
    before = model.replay([batch])[0].reshape(model.rows, answers, -1)
    for answer, steps in seen.items():
        if steps.all():
            continue
        for size in SIZES:
            moved = batch.copy()
            added = size * rng.normal(size=moved[:, ~steps].shape)
            moved[:, ~steps] += added if model.range == "any" else np.abs(added)
            after = model.replay([moved])[0].reshape(model.rows, answers, -1)
            if (before[:, answer] != after[:, answer]).any():
                steps[:] = True
                break


def _finding(pair: Pair, seen: dict[int, np.ndarray], framework: str) -> Finding | None:
    steps, horizon = pair.call.timesteps, pair.call.place.horizon
    short = {
        answer: used for answer, used in seen.items() if used.sum() <= steps / 2 or not used[-1]
    }
    if not short:
        return None
    worst, used = min(short.items(), key=lambda item: (int(item[1].sum()), item[0]))
    told = {answer: int(own.sum()) for answer, own in seen.items()}
    if horizon == 1:
        who = f"The answer lies behind the window of {steps} steps"
    elif len(seen) == 1:
        who = f"The {horizon} answers lie behind the window of {steps} steps"
    else:
        who = (
            f"The {horizon} answers lie behind the window of {steps} steps: all of it is known to "
            f"each. Answer {worst}"
        )
    several = f" {len(short)} of the {len(seen)} answers looked at are so." if len(seen) > 1 else ""
    link = " sees" if len(seen) > 1 else ", but the model sees"
    return find(
        "window-half-used",
        f"{who}{link} only {_steps(used)} of it.{several}",
        remedy=_remedy(pair, framework),
        answer=worst,
        steps=steps,
        seen={str(answer): count for answer, count in told.items()},
        newest=bool(used[-1]),
    )


def _steps(used: np.ndarray) -> str:
    """The steps that are used, in words."""
    places = np.flatnonzero(used)
    if not len(places):
        return "none"
    if len(places) == 1:
        return f"step {places[0]}"
    if places[-1] - places[0] + 1 == len(places):
        return f"steps {places[0]} to {places[-1]}"
    return f"{len(places)} steps between step {places[0]} and {places[-1]}"


def _remedy(pair: Pair, framework: str) -> str:
    """A model that hands the whole window to every answer."""
    inputs = tuple(int(size) for size in pair.call.x.shape[1:])
    shape = pair.model.model.shapes[pair.model.output][1:] if pair.model is not None else ()
    outputs = tuple(int(size) for size in shape)
    many = int(np.prod(outputs))
    if framework == "torch":
        rest = f", torch.nn.Unflatten(1, {outputs})" if len(outputs) > 1 else ""
        return (
            f"model = torch.nn.Sequential(torch.nn.Flatten(), "
            f"torch.nn.Linear({int(np.prod(inputs))}, {many}){rest})  # or an encoder's last state"
        )
    rest = f", keras.layers.Reshape({outputs})" if len(outputs) > 1 else ""
    return (
        f"model = keras.Sequential([keras.Input({inputs}), keras.layers.Flatten(), "
        f"keras.layers.Dense({many}){rest}])  # or an LSTM without return_sequences before Dense"
    )
