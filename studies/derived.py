"""Numbers that follow from a definition, measured on the real tasks and models."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.measure import mutual_information, squared_error
from echospan.random import NumpyDraw
from echospan.tasks import Adding, Copy, Echo, Task
from studies.measured import Measured
from studies.row import Row
from studies.tolerance import Exactly, Within
from studies.training import experiment_of, train_one
from studies.work import Work


def _drawn(task: Task, sequences: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and targets of new sequences."""
    values = task.draw(NumpyDraw(np.random.default_rng(0)), sequences, {}, "evaluation")
    return values, np.asarray(task.targets(values))


def echo_bits(work: Work) -> Measured:
    """What a right answer says about the value that was asked for."""
    _, targets = _drawn(Echo(symbols=100, length=100, lag=3), 4000)
    bits = mutual_information(targets, targets.copy())
    return Measured(bits, detail="388,000 answers of an oracle, Miller-Madow corrected")


def joint_bits(work: Work) -> Measured:
    """What three right answers in a row say about the three values that were held."""
    task = Echo(symbols=10, length=23, lag=3)
    values, targets = _drawn(task, 100_000)
    held = values[:, 17:20] @ [100, 10, 1]
    answered = targets[:, 20:23] @ [100, 10, 1]
    return Measured(mutual_information(held, answered), detail="100,000 sequences, oracle")


def chance_loss(work: Work) -> Measured:
    """The loss of an LSTM whose weights are all zero, as the engine's evaluator has it."""
    from echospan.engine.compiled_experiment import CompiledExperiment

    compiled = CompiledExperiment(
        experiment_of(
            task={"kind": "echo", "symbols": 100, "lag": 1},
            framing={"kind": "sequence"},
            model={"kind": "lstm", "units": 4},
        )
    )
    values = compiled.start(compiled.experiment)
    nothing = values._replace(trainable=[weight * 0 for weight in values.trainable])
    return Measured(float(compiled.judge(nothing, 0).loss.mean()), detail="200 sequences")


def copy_loss(work: Work) -> Measured:
    """Keras's loss of scores that are sure of the blank and know nothing of the items."""
    from echospan.backend import keras_on_jax

    keras_on_jax()
    from echospan.models.readout import Classes

    task = Copy(blank=1000, scored="all")
    _, targets = _drawn(task, 20)
    scores = np.full((task.steps, task.width), -100.0, "float32")
    scores[: task.reach, task.symbols] = 100.0
    scores[task.reach :, : task.symbols] = 0.0
    loss = Classes().loss()(targets, np.broadcast_to(scores, (len(targets), *scores.shape)))
    return Measured(float(np.asarray(loss)), detail="T = 1000, 20 sequences")


def adding_error(work: Work) -> Measured:
    """The squared error of always answering 1."""
    _, targets = _drawn(Adding(length=100), 50_000)
    found = squared_error(targets, np.ones_like(targets))
    return Measured(found.mean, found.interval, "50,000 sequences; 95 % interval of their mean")


def window_edge(work: Work) -> Measured:
    """Accuracy of an MLP whose window ends one step short of the answer."""

    return _trained_accuracy(
        work,
        {
            "task": {"kind": "echo", "symbols": 10, "lag": 5, "length": 40},
            "framing": {"kind": "window", "window": 5, "force": True},
            "model": {"kind": "mlp", "units": 64},
            "training": {"epochs": 300, "sequences": 16, "learning_rate": 0.003},
        },
    )


def tcn_field(work: Work) -> Measured:
    """How many of the newest values change a TCN's answer: changed one by one."""
    from echospan.engine.compiled_experiment import CompiledExperiment
    from echospan.engine.update import forward

    length = 60
    compiled = CompiledExperiment(
        experiment_of(
            task={"kind": "echo", "symbols": 4, "lag": 1, "length": length},
            framing={"kind": "sequence"},
            model={"kind": "tcn", "units": 16, "layers": 3, "kernel_size": 3},
        )
    )
    values = compiled.start(compiled.experiment)
    inputs = np.random.default_rng(0).integers(0, 4, (1, length), dtype="int32")
    changed = np.repeat(inputs, length, axis=0)
    changed[np.arange(length), np.arange(length)] += 1
    changed %= 4
    both = np.concatenate([inputs, changed])
    answers, _ = forward(compiled.model, values, compiled.inputs.encode(both, 4, np))
    last = np.asarray(answers)[:, -1]
    moved = (last[1:] != last[:1]).any(axis=1)
    return Measured(length - int(moved.argmax()), detail="3 levels, 3 taps, by perturbation")


def tcn_edge(work: Work) -> Measured:
    """Accuracy of a TCN at the first lag beyond its field."""
    return _trained_accuracy(
        work,
        {
            "task": {"kind": "echo", "symbols": 10, "lag": 13, "length": 40},
            "framing": {"kind": "sequence"},
            "model": {"kind": "tcn", "units": 16, "layers": 2, "kernel_size": 3},
            "training": {"epochs": 300, "sequences": 16, "learning_rate": 0.003},
        },
    )


def _trained_accuracy(work: Work, settings: dict[str, Any]) -> Measured:
    found = train_one(experiment_of(**settings), work)
    score = found.accuracy()
    return Measured(
        score.share,
        score.interval,
        f"{found.epochs} epochs, one seed; 99 % interval of its answers",
    )


ROWS = (
    Row("echo-bits", "bits in one answer, 100 symbols", Within(0.002), echo_bits),
    Row("echo-joint-bits", "bits held at lag 3, 10 symbols", Within(0.02), joint_bits),
    Row("echo-chance-loss", "loss of knowing nothing, 100 symbols", Within(1e-4), chance_loss),
    Row("copy-null-loss", "copy: loss of always-blank-then-guess", Within(1e-5), copy_loss),
    Row("adding-constant-error", "adding: squared error of a constant", Within(0), adding_error),
    Row("window-edge", "echo: accuracy of an MLP one step short", Within(0), window_edge),
    Row("tcn-field", "values that a TCN's answer depends on", Exactly(), tcn_field),
    Row("tcn-edge", "echo: accuracy of a TCN one step short", Within(0), tcn_edge),
)
