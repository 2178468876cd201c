"""Python behind the picture "state": steps of any trained run that is fed value by value."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

from echospan.arguments import mapping, validated
from echospan.engine.traced_step import Traced, TracedStep
from echospan.errors import ConfigError
from echospan.models.readout import Classes
from echospan.serve.loaded import Loaded
from echospan.serve.stepper import LOADED
from echospan.tasks import MISSING

MOST_STEPS = 400
"""Steps of one sequence; the picture shows no more."""

MOST_UNITS = 512
"""Numbers of a state that the picture shows; the first ones of a larger state."""


class StateHost:
    """Answers the messages that the picture "state" sends where ``data["live"]`` is true.

    A context manager: while it is open, the model's recurrent layers belong to it.

    with StateHost(trained) as host:
        host.answer({"type": "step", "value": 3})["step"]["answer"]

    Args:
        loaded: The trained model.

    Raises:
        ConfigError: The model predicts only after a whole sequence.
    """

    @validated(loaded=LOADED)
    def __init__(self, loaded: Loaded) -> None:
        framing = loaded.experiment.framing
        if loaded.signature.outputs == "written" or framing.kind == "prefix":
            raise ConfigError(
                "run",
                "a run whose model predicts value by value (a stream, a sequence or a window)",
                loaded.experiment.name,
            )
        self._loaded = loaded
        self._window = loaded.signature.timesteps if framing.serving(1) is not None else 0
        waits = self._window - 1 if not getattr(framing, "keep_missing", False) else 0
        self._first = max(waits, loaded.experiment.task.reach or 0)
        self._step = TracedStep(
            loaded.model,
            loaded.inputs,
            loaded.readout,
            loaded.symbols,
            rows=1,
            window=bool(self._window),
        )
        self._stack = ExitStack()
        self._symbols: list[int] = []
        self._begun = self._values = loaded.values

    def __enter__(self) -> StateHost:
        states = self._stack.enter_context(self._step.carrying())
        self._begun = self._values = self._step.begun(self._loaded.values, states)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @validated(message=mapping("a message of the picture"))
    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the picture is to be sent for a message; a refusal changes no state.

        Args:
            message: ``{"type": "step", "value": 3}``, ``{"type": "reset"}`` or
                ``{"type": "change", "position": 0, "value": 3}``.
        """
        kind, value = message.get("type"), message.get("value")
        if kind == "reset":
            self._symbols, self._values = [], self._begun
            return {"type": "reset"}
        if kind not in ("step", "change"):
            return _refused("The type of a message must be step, reset or change.")
        if not _whole(value, self._loaded.symbols):
            most = self._loaded.symbols - 1
            return _refused(f"A number must be a symbol from 0 to {most}. The state is unchanged.")
        if kind == "step":
            if len(self._symbols) >= MOST_STEPS:
                return _refused(f"At most {MOST_STEPS} steps are shown. Reset to begin again.")
            self._symbols.append(int(value))  # type: ignore[arg-type]
            step, self._values = self._fed(self._values, self._symbols)
            return {"type": "step", "step": step}
        place = message.get("position")
        if not _whole(place, len(self._symbols)):
            return _refused("The position must be that of a step that was fed.")
        changed = [*self._symbols]
        changed[place] = value  # type: ignore[index,assignment]
        values, steps = self._begun, []
        for end in range(1, len(changed) + 1):
            step, values = self._fed(values, changed[:end])
            steps.append(step)
        return {"type": "changed", "position": place, "value": value, "steps": steps}

    def _fed(self, values: Any, symbols: list[int]) -> tuple[dict[str, Any], Any]:
        """The newest of these symbols, and the values after it."""
        given = symbols[-1:]
        if self._window:
            given = [MISSING] * (self._window - len(symbols)) + symbols[-self._window :]
        traced, values = self._step.trace(values, np.array([given], "int32"))
        return self._told(symbols, traced), values

    def _told(self, symbols: list[int], traced: Traced) -> dict[str, Any]:
        ready = len(symbols) > self._first
        sure = None
        if ready and isinstance(self._loaded.readout, Classes):
            powers = np.exp(traced.outputs - traced.outputs.max())
            sure = float(powers.max() / powers.sum())
        shown = [state[:MOST_UNITS].tolist() for state in traced.states[:2]]
        # Of two states of one size the second is a cell state, as in an LSTM.
        paired = len(shown) == 2 and len(shown[0]) == len(shown[1])
        one_layer = getattr(self._loaded.experiment.model, "layers", 1) == 1
        return {
            "input": symbols[-1],
            "answer": traced.answer if ready else None,
            "confidence": sure,
            "hidden": shown[0] if shown else None,
            "cell": shown[1] if paired and one_layer else None,
            "gates": {},
        }


def _whole(value: object, below: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _refused(why: str) -> dict[str, Any]:
    return {"type": "error", "message": why}
