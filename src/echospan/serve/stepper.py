"""Predict one value at a time, at a cost that does not grow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np

from echospan.arguments import Refusal, Rule, instance, validated, whole
from echospan.engine.one_step import OneStep
from echospan.errors import ConfigError
from echospan.serve.loaded import Loaded
from echospan.tasks import MISSING


def _symbols(value: object) -> np.ndarray:
    if isinstance(value, list | tuple | range):
        value = np.asarray(value)
    if isinstance(value, type) or value.ndim != 1 or value.dtype.kind not in "iu":  # type: ignore[attr-defined]
        raise Refusal(value)
    return np.asarray(value)


SYMBOLS = Rule("integers, one for each sequence that is fed, -1 where a value is missing", _symbols)
LOADED = instance("a trained run", "echospan.serve.loaded:Loaded")
SEQUENCE = Rule("integers (time,), -1 where a value is missing", _symbols)


class Stepper:
    """Feed values to a trained model one at a time, and predict at each.

    A model that takes one value at a time carries its state; a model on a window gets the last
    values, which is the same as carrying them. A context manager: while it is open, the model's
    recurrent layers belong to it.

    Args:
        loaded: The trained model.
        rows: Sequences that are fed at the same time.

    Raises:
        ConfigError: The model predicts only after a whole sequence.
    """

    @validated(loaded=LOADED, rows=whole(1))
    def __init__(self, loaded: Loaded, rows: int = 1) -> None:
        framing = loaded.experiment.framing
        if loaded.signature.outputs == "written" or framing.kind == "prefix":
            raise ConfigError(
                "run",
                "a run whose model predicts value by value (a stream, a sequence or a window)",
                loaded.experiment.name,
                "This model needs whole sequences: use `echospan predict`.",
            )
        self._loaded = loaded
        self._rows = rows
        self._steps = 0
        self._window: deque[np.ndarray] | None = None
        if framing.serving(1) is not None:
            size = loaded.signature.timesteps
            self._window = deque([np.full(rows, MISSING, "int32")] * size, maxlen=size)
        self._lag = loaded.experiment.task.reach or 0
        self._stack = ExitStack()
        self._one_step = OneStep(
            loaded.model,
            loaded.inputs,
            loaded.readout,
            loaded.symbols,
            rows=rows,
            window=self._window is not None,
        )
        self._values = loaded.values

    def __enter__(self) -> Stepper:
        states = self._stack.enter_context(self._one_step.carrying())
        self._values = self._one_step.begun(self._values, states)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @validated(symbols=SYMBOLS)
    def step(self, symbols: np.ndarray) -> np.ndarray | None:
        """Feed one value of each sequence.

        Args:
            symbols: Integers (rows,), -1 where a value is missing.

        Returns:
            Integers (rows,), or None before there is anything to answer: in the first steps up to
            the lag, and before a window is full.

        Raises:
            ConfigError: They are not as many as the rows, or a symbol is none of the model's.
        """
        known = self._loaded.symbols
        if len(symbols) != self._rows or symbols.min() < MISSING or symbols.max() >= known:
            allowed = f"{self._rows:,} integers from {MISSING} (missing) to {known - 1}"
            raise ConfigError("symbols", allowed, symbols)
        self._steps += 1
        if self._window is None:
            inputs = symbols[:, None]
        else:
            self._window.append(np.asarray(symbols, "int32"))
            inputs = np.stack(list(self._window), axis=1)
        answers, self._values = self._one_step(self._values, inputs)
        if self._steps <= self._lag or self._filling:
            return None
        return np.asarray(answers)

    @property
    def _filling(self) -> bool:
        if self._window is None or getattr(self._loaded.experiment.framing, "keep_missing", False):
            return False
        return self._steps < len(self._window)


@validated(loaded=LOADED, symbols=SEQUENCE)
def answers(loaded: Loaded, symbols: np.ndarray) -> Iterator[int | None]:
    """The answer to each value of one sequence (time,), in order."""
    with Stepper(loaded) as stepper:
        for symbol in symbols:
            predicted = stepper.step(np.array([symbol], "int32"))
            yield None if predicted is None else int(predicted[0])
