"""Forecast: feed a model's answers back to it, and see what that is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.data import MISSING, read_series
from echospan.errors import ConfigError, DataError
from echospan.limits import require_memory, require_seconds
from echospan.measure import Accuracy, accuracy
from echospan.random import JaxDraw, stream
from echospan.serve.loaded import Loaded
from echospan.serve.stepper import Stepper
from echospan.tasks import SeriesEcho

SEQUENCES = 400
"""Sequences whose real continuation a forecast is compared with."""

SECONDS_PER_STEP = 1e-4
"""At least: one call of a compiled program."""

BYTES_PER_ANSWER = 24
"""An answer, what really came, and the arrays that they are joined from."""


@dataclass(frozen=True)
class Forecast:
    """A continuation, and how good such continuations are.

    Attributes:
        context: The values that came before.
        forecast: The values made by feeding answers back.
        score: How often forecasts from new sequences hit the numbers that really came next; None
            for a user's own series, whose continuation is not known.
        chance: What guessing reaches.
        note: Where the context comes from, if it was not given.
    """

    context: list[str]
    forecast: list[str]
    score: Accuracy | None
    chance: float
    note: str = ""


def forecast(loaded: Loaded, steps: int, context: list[str] | None = None) -> Forecast:
    """Continue a sequence by feeding each answer back as the next value.

    The window (or the state) stays full: every answer pushes the oldest value out.

    Args:
        loaded: The trained model.
        steps: Values to forecast.
        context: Values to start from; left out, the end of the file that the run learned from,
            or a newly drawn sequence.

    Raises:
        ConfigError: The run's model does not answer value by value.
        DataError: There is no context, and the file of the run cannot be read any more.
    """
    if steps < 1:
        raise ConfigError("steps", "an integer of at least 1", steps)
    rows = SEQUENCES if loaded.experiment.task.kind != "series" else 1
    require_seconds(steps * SECONDS_PER_STEP, f"{steps:,} steps", "steps", steps)
    require_memory(BYTES_PER_ANSWER * steps * rows, f"A forecast of {steps:,} steps")
    task = loaded.experiment.task
    generated = task.kind != "series"
    score, origin = None, ""
    start = np.zeros((1, 0), "int32")
    if not generated and not context:
        known, origin = _end_of_file(loaded)
        start = known[None, :]
    if generated:
        draw = JaxDraw(stream(loaded.experiment.seed, "show"))
        known = np.asarray(task.draw(draw, SEQUENCES, {}, "evaluation"))
        after = np.asarray(draw.integers(0, task.width, (SEQUENCES, steps)))
        start = known[:1]
        score = accuracy(after, _continue(loaded, known, steps))
    if context:
        start = loaded.encode(context)[None, :]
    made = _continue(loaded, start, steps)[0]
    return Forecast(
        context=["-" if symbol < 0 else loaded.show(int(symbol)) for symbol in start[0]],
        forecast=[loaded.show(int(symbol)) for symbol in made],
        score=score,
        chance=1 / loaded.symbols,
        note=origin,
    )


def _end_of_file(loaded: Loaded) -> tuple[np.ndarray, str]:
    """The newest values of the file that the run learned from (time,), and where they are from."""
    task, vocabulary = loaded.experiment.task, loaded.vocabulary
    assert isinstance(task, SeriesEcho)
    assert vocabulary is not None
    try:
        series = read_series(task.data, task.column, vocabulary=vocabulary)
    except DataError as error:
        raise DataError(
            f"The file of this run cannot be used to start from: {error} "
            "Or give the numbers to start from."
        ) from None
    counts = np.bincount(series.codes[series.codes != MISSING], minlength=len(vocabulary))
    taken = series.codes[-task.length :]
    masks = bool(getattr(loaded.experiment.model, "masking", False))
    if (taken == MISSING).any() and not masks:
        raise DataError(
            f"The end of {task.data} has blank cells, and this model was not trained to skip "
            "missing values (model.masking=true). Give the numbers to start from."
        )
    note = f"It starts from the last {len(taken)} values of {task.data}."
    if tuple(counts.tolist()) != vocabulary.counts:
        note += " The file has changed since the run was trained."
    return taken, note


def _continue(loaded: Loaded, known: np.ndarray, steps: int) -> np.ndarray:
    """(rows, time) -> (rows, steps)."""
    with Stepper(loaded, rows=len(known)) as stepper:
        answer = None
        for symbols in known.T:
            answer = stepper.step(symbols)
        if answer is None:
            raise DataError(
                f"{known.shape[1]} numbers are too few for a prediction; give at least "
                f"{max(loaded.signature.timesteps, (loaded.experiment.task.reach or 0) + 1)}."
            )
        made = []
        for _ in range(steps):
            made.append(answer)
            answer = stepper.step(answer)
            assert answer is not None
    return np.stack(made, axis=1)
