"""What an experiment would take, told from its settings before anything is made of it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from echospan.engine.budget import size
from echospan.experiment import Experiment
from echospan.limits import require_memory, require_seconds
from echospan.models import Model, Signature

ORDINARY = 10_000_000
"""A model of which even a bound on its parameters stays below this is not looked at further."""

COPIES_OF_RUN = 4
"""Arrays as large as the weights that each run holds: weights, Adam's two, and where it started."""

COPIES_OF_PROGRAM = 9
"""The same for what all runs share: the template and its optimizer, gradients, new values, and
what initialisers make on the way to a value."""

BYTES_PER_JUDGED_STEP = 96
"""Of a judged sequence: value, target, answer, and the arrays that score them."""

PROGRAMS = 150 << 20
"""What compiling takes, however small the model is."""

OPERATIONS_PER_SECOND = 1e12
"""Of no processor that echospan has seen on such models: a time that is refused is absurd."""

ORTHOGONAL_PER_SECOND = 5e9
"""Operations on the way to an orthogonal matrix, roughly, on two cores with nothing else to do."""

LONG_DRAWING = 10.0
"""Seconds from which on the user is told how long drawing takes."""

SECONDS_PER_UPDATE = 1e-6
"""At least, however small the model is."""


class Estimate(NamedTuple):
    """An estimate by part, in bytes; and the least time that training could take, in seconds."""

    weights: int
    batches: int
    evaluation: int
    seconds: float
    drawing: float
    """Seconds that it takes, roughly, to draw the initial weights."""

    @property
    def memory(self) -> int:
        """All parts together, and what compiling takes."""
        return self.weights + self.batches + self.evaluation + PROGRAMS


def estimate(experiment: Experiment, runs: int = 1) -> Estimate:
    """The memory and the least time of an experiment.

    Args:
        experiment: Its plan is not made.
        runs: How many are trained at once, such as one for each seed.
    """
    task, training = experiment.task, experiment.training
    samples, steps = experiment.framing.size(task)
    width = task.features or task.width
    total = samples * training.sequences
    rows = min(training.batch_size or total, total)
    outputs = experiment.framing.outputs
    signature = Signature(
        task.width, steps, outputs, task.target_steps, min(rows, 1 << 20), task.features
    )
    parameters, state, orthogonal = _size(experiment.model, signature)
    inside = 2 * width + 10 * _widest(experiment.model) + state
    evaluated = experiment.evaluation.sequences * (task.steps + 2 * samples)
    updates = max(1, total // max(rows, 1)) * training.epochs
    return Estimate(
        weights=4 * parameters * (COPIES_OF_PROGRAM + COPIES_OF_RUN * runs),
        # Rows of a batch go through the layers together; an epoch's sequences are drawn together.
        batches=4 * (rows * steps * inside + total * (steps + 1) * 4),
        evaluation=BYTES_PER_JUDGED_STEP * evaluated + 4 * samples * steps * inside,
        seconds=max(
            2.0 * parameters * total * training.epochs / OPERATIONS_PER_SECOND,
            SECONDS_PER_UPDATE * updates,
        )
        * runs,
        drawing=runs * sum(map(_work_of_orthogonal, orthogonal)) / ORTHOGONAL_PER_SECOND,
    )


def _work_of_orthogonal(shape: tuple[int, int]) -> float:
    """Operations of the decomposition of a normal matrix, and of making its first factor."""
    long, short = max(shape), min(shape)
    return 4.0 * short**2 * (long - short / 3)


def told_before(experiment: Experiment, runs: int = 1) -> str:
    """What the user should know before a long preparation begins; empty where it is short."""
    seconds = estimate(experiment, runs).drawing
    if seconds < LONG_DRAWING:
        return ""
    shown = f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f"Drawing the initial weights takes about {shown}. Training begins after that."


def require_room(experiment: Experiment, runs: int = 1) -> None:
    """Refuse an experiment that would not fit into memory, or take absurdly long.

    Raises:
        OutOfMemory: Has the estimate and what is free.
        ConfigError: Has the estimated time.
    """
    expected = estimate(experiment, runs)
    what = f"Training {experiment.name}" if runs == 1 else f"Training {runs:,} runs at once"
    require_memory(expected.memory, what)
    epochs = experiment.training.epochs
    require_seconds(expected.seconds, what, "training.epochs", epochs)


def require_room_for_model(model: Model, signature: Signature, copies: int) -> None:
    """Refuse a model whose weights, in that many copies, would not fit into memory.

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    parameters, state, _ = _size(model, signature)
    numbers = copies * (parameters + state * signature.batch_size)
    require_memory(4 * numbers, f"A {model.kind} model of about {parameters:,} numbers")


def require_room_to_answer(model: Model, signature: Signature, rows: int, steps: int) -> None:
    """Refuse to ask a trained model about so much that it would not fit into memory.

    Args:
        model: Its settings.
        signature: What it was built for.
        rows: Samples that it is given at once.
        steps: Time steps in each of them.

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    inside = 2 * (signature.features or signature.symbols) + 10 * _widest(model)
    require_memory(4 * rows * steps * inside, f"Asking the model about {rows:,} samples at once")


def _size(model: Model, signature: Signature) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """Numbers in the weights and in one row's state, and the shapes of orthogonal matrices.

    None of them for a model of an ordinary size.
    """
    bound = _bound(model, signature)
    if bound <= ORDINARY:
        return 0, 0, ()
    if bound > 1 << 60:
        # Too much to be named: shapes of that size overflow in the libraries.
        return bound, 0, ()
    wanted = size(model, signature)
    return wanted.parameters + wanted.fixed, wanted.state, wanted.orthogonal


def _bound(model: Model, signature: Signature) -> int:
    widest = max(_widest(model), signature.symbols, signature.features or 0)
    flat = signature.timesteps * max(signature.symbols, signature.features or 0, 1)
    return 16 * widest * (widest + flat + signature.target_steps)


def _widest(model: Model) -> int:
    """The largest product of settings that may be one width; those that are no widths do no harm.

    Some widths are products: memories times their order, heads times what each holds.
    """
    numbers = sorted((n for n in _whole_numbers(model.to_dict()) if n > 1), reverse=True)
    return math.prod(numbers[:2]) if len(numbers) > 1 and numbers[1] > 16 else max([1, *numbers])


def _whole_numbers(settings: dict[str, Any]) -> list[int]:
    return [n for n in settings.values() if isinstance(n, int) and not isinstance(n, bool)]
