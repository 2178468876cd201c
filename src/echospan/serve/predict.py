"""Predict: a trained model's answers to numbers that a user brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echospan.engine.carried import carrying
from echospan.engine.estimate import require_room_to_answer
from echospan.engine.update import forward
from echospan.errors import DataError
from echospan.serve.loaded import Loaded
from echospan.serve.notes import note
from echospan.serve.stepper import answers


@dataclass(frozen=True)
class Prediction:
    """Answers to one sequence.

    Attributes:
        inputs: What was given, one entry a step.
        predicted: The model's answers in order, None where there is none yet.
        expected: What the task asks for, where that is known from the inputs alone.
        note: Why some values have no answer, and how many more are needed; empty where each has.
    """

    inputs: list[str]
    predicted: list[str | None]
    expected: list[str | None]
    note: str = ""


def predict(loaded: Loaded, texts: Sequence[str]) -> Prediction:
    """Ask a trained model about a sequence of values.

    Raises:
        DataError: A value that the model does not know, or a sequence of a length that it cannot
            take.
    """
    if not texts:
        raise DataError("There are no numbers to predict from. Give at least one.")
    symbols = loaded.encode(texts)
    framing = loaded.experiment.framing
    timesteps = loaded.signature.timesteps
    rows, steps = (len(symbols), timesteps) if framing.kind == "prefix" else (1, timesteps)
    require_room_to_answer(loaded.experiment.model, loaded.signature, rows, steps)
    if loaded.signature.outputs == "written":
        predicted = _written(loaded, symbols)
    elif framing.kind == "prefix":
        predicted = _prefixes(loaded, symbols)
    else:
        predicted = list(answers(loaded, symbols))
    expected = _expected(loaded, symbols)
    return Prediction(
        inputs=list(texts),
        predicted=[None if symbol is None else loaded.show(symbol) for symbol in predicted],
        expected=[None if symbol is None else loaded.show(symbol) for symbol in expected],
        note=note(loaded, texts),
    )


def _written(loaded: Loaded, symbols: np.ndarray) -> list[int | None]:
    wanted = loaded.signature.timesteps
    if len(symbols) > wanted:
        raise DataError(f"This model reads exactly {wanted} numbers; got {len(symbols)}.")
    if len(symbols) < wanted:
        return [None] * loaded.signature.target_steps
    return list(_ask(loaded, symbols[None, :])[0].tolist())


def _prefixes(loaded: Loaded, symbols: np.ndarray) -> list[int | None]:
    longest = loaded.signature.timesteps
    if len(symbols) > longest:
        raise DataError(f"This model reads at most {longest} numbers; got {len(symbols)}.")
    padded = np.full(longest, -1, "int32")
    samples = []
    for step in range(len(symbols)):
        padded[longest - step - 1 :] = symbols[: step + 1]
        samples.append(padded.copy())
    predicted = _ask(loaded, np.stack(samples))[:, -1].tolist()
    lag = loaded.experiment.task.reach or 0
    return [None if step < lag else int(symbol) for step, symbol in enumerate(predicted)]


def _ask(loaded: Loaded, inputs: np.ndarray) -> np.ndarray:
    """Integers (samples, timesteps) -> integers (samples, outputs)."""
    with carrying(loaded.model, len(inputs)) as states:
        fresh = loaded.values._replace(states=[state.value for state in states])
        outputs, _ = forward(loaded.model, fresh, loaded.inputs.encode(inputs, loaded.symbols, np))
    predicted = np.asarray(loaded.readout.decode(np.asarray(outputs), loaded.symbols, np))
    return predicted.reshape(len(inputs), -1)


def _expected(loaded: Loaded, symbols: np.ndarray) -> list[int | None]:
    task = loaded.experiment.task
    if task.kind not in ("echo", "series", "recite"):
        return []
    targets = task.targets(np.asarray(symbols, "int32")[None, :])[0]
    return [None if symbol < 0 else int(symbol) for symbol in targets]
