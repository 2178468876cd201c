"""Answering one value at a time, at a cost that does not grow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np

from echospan.engine.carried import carrying
from echospan.engine.update import forward
from echospan.errors import ConfigError
from echospan.serve.loaded import Loaded
from echospan.tasks import MISSING


class Stepper:
    """Hears values and answers each at once; several sequences may be heard abreast.

    A model that hears one value at a time carries its state; a model on a window is given the last
    values, which is the same as carrying them. A context manager: while it is open, the model's
    recurrent layers belong to it.

    Args:
        loaded: The trained model.
        rows: Sequences heard abreast.

    Raises:
        ConfigError: The model answers only after a whole sequence.
    """

    def __init__(self, loaded: Loaded, rows: int = 1) -> None:
        import jax

        framing = loaded.experiment.framing
        if loaded.signature.outputs == "written" or framing.kind == "prefix":
            raise ConfigError(
                "run",
                "a run whose model answers value by value (a stream, a sequence or a window)",
                loaded.experiment.name,
                "This one wants whole sequences: use `echospan predict`.",
            )
        self._loaded = loaded
        self._rows = rows
        self._heard = 0
        self._window: deque[np.ndarray] | None = None
        if framing.serving(1) is not None:
            size = loaded.signature.timesteps
            self._window = deque([np.full(rows, MISSING, "int32")] * size, maxlen=size)
        self._lag = loaded.experiment.task.reach or 0
        self._stack = ExitStack()
        self._answer = jax.jit(self._one)
        self._values = loaded.values

    def __enter__(self) -> Stepper:
        import jax.numpy as jnp

        states = self._stack.enter_context(
            carrying(self._loaded.model, self._rows, every_layer=self._window is None)
        )
        self._values = self._values._replace(states=[jnp.asarray(s.value) for s in states])
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def step(self, symbols: np.ndarray) -> np.ndarray | None:
        """Hear one value in each row.

        Args:
            symbols: Integers (rows,), -1 where a value is missing.

        Returns:
            Integers (rows,), or None before there is anything to answer: in the first steps up to
            the lag, and before a window is full.
        """
        self._heard += 1
        if self._window is None:
            inputs = symbols[:, None]
        else:
            self._window.append(np.asarray(symbols, "int32"))
            inputs = np.stack(list(self._window), axis=1)
        answers, self._values = self._answer(self._values, np.asarray(inputs, "int32"))
        if self._heard <= self._lag or self._filling:
            return None
        return np.asarray(answers)

    @property
    def _filling(self) -> bool:
        if self._window is None or getattr(self._loaded.experiment.framing, "keep_missing", False):
            return False
        return self._heard < len(self._window)

    def _one(self, values: Any, inputs: Any) -> tuple[Any, Any]:
        import jax.numpy as jnp

        loaded = self._loaded
        if self._window is not None and values.states:
            # A window is a sample of its own: what earlier windows left behind is dropped.
            values = values._replace(states=[jnp.zeros_like(state) for state in values.states])
        encoded = loaded.inputs.encode(inputs, loaded.symbols, jnp)
        outputs, values = forward(loaded.model, values, encoded)
        symbols = loaded.readout.decode(outputs, loaded.symbols, jnp)
        return jnp.reshape(symbols, (self._rows, -1))[:, -1].astype("int32"), values


def answers(loaded: Loaded, symbols: np.ndarray) -> Iterator[int | None]:
    """The answer to each value of one sequence (time,), in order."""
    with Stepper(loaded) as stepper:
        for symbol in symbols:
            found = stepper.step(np.array([symbol], "int32"))
            yield None if found is None else int(found[0])
