"""The contract of a model."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import numpy as np

from echospan.backend import keras_on_jax
from echospan.engine.carried import state_variables
from echospan.engine.update import forward
from echospan.engine.values import read
from echospan.experiment import Experiment
from echospan.framings import Plan
from echospan.models import Model, Signature
from echospan.models.init import Init
from echospan.random import NumpyDraw
from echospan.tasks import absent
from echospan.testing.require import check_settings, require
from echospan.testing.tasks import draw_values


def check_model(model: Model, experiment: Experiment) -> None:
    """A model builds for the shape that a framing asks, from its own stream of randomness.

    Args:
        model: The settings to check.
        experiment: Whose task and framing the model is to answer; its own model is not used.
    """
    check_settings(model)
    model.check(experiment.framing.outputs, experiment.task.features)
    plan = experiment.plan()
    signature = experiment.signature(plan)
    keras_on_jax()
    before = _global_randomness()
    built = model.build(signature, Init(experiment.seed))
    _check_seeds(model, signature, built, experiment.seed)
    _check_answers(model, signature, built, experiment, plan)
    require(
        _global_randomness() == before,
        "building or calling it used Python's or NumPy's global randomness: give every layer and "
        "initialiser a seed from `init`",
    )
    carries = bool(state_variables(built))
    require(
        carries == model.carries_state,
        f"carries_state is {model.carries_state}, but the built model has "
        f"{'stateful' if carries else 'no stateful'} layers",
    )


def _check_answers(
    model: Model, signature: Signature, built: Any, experiment: Experiment, plan: Plan
) -> None:
    import jax

    inputs, readout = model.input_for(signature), model.readout_for(signature)
    task, width = experiment.task, experiment.task.width
    values = draw_values(task, NumpyDraw(np.random.default_rng(0)), plan.sequences, "train")
    symbols = plan.gather(values, plan.inputs)[0]
    targets = plan.gather(task.targets(values), plan.targets)[0]
    encoded = inputs.encode(symbols, width, np)
    outputs = np.asarray(jax.jit(partial(forward, built))(read(built), encoded)[0])
    if plan.outputs == "last":
        targets = targets[:, 0]
    require(
        outputs.shape[:-1] == targets.shape,
        f"outputs have shape {outputs.shape}; {plan.outputs!r} answers to samples of shape "
        f"{symbols.shape} are {targets.shape} and the features",
    )
    require(np.isfinite(outputs).all(), "outputs are not finite")
    answers = np.asarray(readout.decode(outputs, width, np))
    symbolic = task.features is None
    require(
        answers.shape == targets.shape
        and (not symbolic or (answers.min() >= 0 and answers.max() < width)),
        f"decoded answers of shape {answers.shape} run from {answers.min()} to {answers.max()}; "
        f"they must be one of 0..{width - 1} for each of {targets.shape}"
        if symbolic
        else f"decoded answers have shape {answers.shape}, not {targets.shape}",
    )
    known = readout.targets(np.where(absent(targets), 0, targets), width, np)
    weight = (~absent(targets)).astype("float32")
    loss = float(readout.loss()(known, outputs, sample_weight=weight))
    require(np.isfinite(loss) and loss >= 0, f"the loss of an untrained model is {loss}")


def _check_seeds(model: Model, signature: Signature, built: Any, seed: int) -> None:
    first = _weights(built)
    again = _weights(model.build(signature, Init(seed)))
    require(_same(first, again), "the same seed gave other weights, or other seeds of dropout")
    other = _weights(model.build(signature, Init(seed + 1)))
    require(not first or not _same(first, other), "another seed gave the same weights")


def _weights(built: Any) -> list[np.ndarray]:
    return [np.asarray(weight) for weight in built.variables]


def _same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def _global_randomness() -> tuple[Any, ...]:
    # That NumPy's global generator is not used is the point.
    own = np.random.get_state(legacy=False)  # noqa: NPY002
    return random.getstate(), repr(own)
