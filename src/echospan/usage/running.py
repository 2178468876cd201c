"""The calls of a model: answers to windows, whole or with fewer steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from echospan.adapters.adapt import adapt, as_it_is
from echospan.adapters.base import Adapter
from echospan.adapters.facts import Facts
from echospan.adapters.support import NotCloneable, NotSupported
from echospan.errors import ConfigError
from echospan.foreign import one_line
from echospan.observer import halt_if
from echospan.usage.windows import Windows

MOST_ROWS = 256
"""Windows in one call."""

MOST_VALUES = 16_000_000
"""Numbers of the outputs of one call."""

CLOSE = 1e-3
"""Relative difference up to which a clone for any length gives the same answers."""


class Refused(Exception):
    """The model can't be run like that; the message says why."""


class CannotRun(ConfigError):
    """The model can't be run on windows of the data."""


class Running:
    """A model that is called with windows.

    Args:
        model: The user's; a clone is called.
        known: What is known of it.
        windows: The windows.
        batch_first: Whether a torch module is given (batch, time, ...).
        stop: Asked between calls.

    Attributes:
        adapter: The clone, with the model's weights, in evaluation mode.
        each: For each output the axis of its time steps, of which the last is the answer; 0 for an
            output that is one answer.

    Raises:
        ConfigError: The model can't be cloned or run on these inputs.
    """

    def __init__(
        self,
        model: Any,
        known: Facts,
        windows: Windows,
        *,
        batch_first: bool = True,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self._model, self._windows, self._stop = model, windows, stop
        self._batch_first = batch_first
        self._fixed = known.batch_size
        self._rows = min(known.batch_size or MOST_ROWS, max(windows.count, known.batch_size or 1))
        self._open: Adapter | None = None
        self._refused = ""
        self._uncloned = False
        inputs = [source.values for source in windows.sources]
        self.calls = 0
        try:
            try:
                self.adapter = self._adapted(inputs, any_length=False)
            except NotCloneable:
                if known.framework != "keras" or known.stateful:
                    raise
                # A class without a configuration: its own call, which changes nothing.
                self._uncloned = True
                self.adapter = self._adapted(inputs, any_length=False)
            first = self.adapter.whole([self._padded(each[: self._rows]) for each in inputs])
        except (NotCloneable, NotSupported) as error:
            shapes = ", ".join(str(each.shape[1:]) for each in inputs)
            raise CannotRun(
                "model", "one that can be run on x", type(model).__name__,
                f"With windows of shape {shapes} it failed: {one_line(str(error))[:200]}",
            ) from error  # fmt: skip
        self._numbers = self._numbers_of(len(first))
        self.each = [
            self._axis(first[number], target)
            for number, target in zip(self._numbers, windows.targets, strict=True)
        ]
        for number in self._numbers:
            if first[number].shape[:1] not in ((self._rows,), (self._rows * windows.steps,)):
                raise ConfigError(
                    "model", "one with an answer for each window", type(model).__name__,
                    f"{self._rows} windows gave outputs of shape {first[number].shape}.",
                )  # fmt: skip
        most = max(each.size for each in first) // self._rows
        if self._fixed is None and most * self._rows > MOST_VALUES:
            self._rows = max(MOST_VALUES // most, 1)

    def _numbers_of(self, outputs: int) -> list[int]:
        """Which output each target belongs to."""
        targets = self._windows.data.targets
        if outputs == len(targets):
            return list(range(outputs))
        if len(targets) < outputs and all(each.number < outputs for each in targets):
            return [each.number for each in targets]
        raise ConfigError(
            "y", f"targets of {outputs} outputs, which the model has", f"those of {len(targets)}"
        )

    def _adapted(self, inputs: Sequence[np.ndarray], *, any_length: bool) -> Adapter:
        sources, structure = self._windows.sources, self._windows.data.structure
        example = structure.pack([self._padded(each[: self._rows]) for each in inputs])
        if self._uncloned:
            return as_it_is(self._model, example)
        return adapt(
            self._model,
            example,
            batch_first=self._batch_first,
            outputs=[target.name for target in self._windows.data.targets],
            sequences=[source.sequence for source in sources],
            axes=[source.axes for source in sources],
            any_length=any_length,
            closed=[
                source.name
                for number, source in enumerate(sources)
                if number not in self._windows.moved
            ],
        )

    def _axis(self, output: np.ndarray, target: np.ndarray) -> int:
        """The axis of the time steps of an output, if it has an answer for each."""
        steps, rows = self._windows.steps, self._rows
        if target.ndim < 2 or target.shape[1] != steps:
            return 0
        if output.ndim > 1 and len(output) == rows and output.shape[1] == steps:
            # As many answers as steps, or a forecast of as many steps as were given?
            return 1 if output.ndim > 2 or self._shrinks() else 0
        if output.ndim == 3 and len(output) == rows and output.shape[2] == steps:
            return 2
        return -1 if len(output) == rows * steps else 0

    def _shrinks(self) -> bool:
        """Whether fewer steps give fewer answers."""
        steps = self._windows.steps - 1
        try:
            found = self._run(self._any_length(), self._newest(steps, self._first()))
        except Refused:
            return False
        return found[0].ndim > 1 and found[0].shape[1] == steps

    @property
    def rows(self) -> int:
        """Windows in one call."""
        return self._rows

    def _padded(self, values: np.ndarray) -> np.ndarray:
        """As many rows as a call has: another number would be compiled anew, or refused."""
        missing = self._rows - len(values)
        if missing <= 0:
            return values
        return np.concatenate([values, np.repeat(values[-1:], missing, 0)])

    def _run(self, adapter: Adapter, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        halt_if(self._stop)
        self.calls += 1
        try:
            return adapter.whole([self._padded(each) for each in inputs])
        except (NotCloneable, NotSupported) as error:
            raise Refused(one_line(str(error))[:200]) from error

    def answers(self, inputs: Sequence[np.ndarray], adapter: Adapter | None = None) -> Answers:
        """The answers to inputs (windows, time, ...), one array (windows, ...) for each output."""
        rows, found = len(inputs[0]), []
        for first in range(0, rows, self._rows):
            part = [each[first : first + self._rows] for each in inputs]
            outputs = self._run(adapter or self.adapter, part)
            found.append(
                [
                    self._newest_of(outputs[number], axis)[: len(part[0])]
                    for number, axis in zip(self._numbers, self.each, strict=True)
                ]
            )
        return [np.concatenate(group) for group in zip(*found, strict=True)]

    def _newest_of(self, output: np.ndarray, axis: int) -> np.ndarray:
        if axis == 1:
            return output[:, -1:]
        if axis == 2:
            return output[:, :, -1:]
        if axis == -1:
            return output.reshape(self._rows, -1, *output.shape[1:])[:, -1]
        return output

    def targets(self) -> list[np.ndarray]:
        """What the answers are compared with, (windows, ...)."""
        return [
            target[:, -1] if axis == -1 else target[:, -1:] if axis else target
            for target, axis in zip(self._windows.targets, self.each, strict=True)
        ]

    def whole(self, places: np.ndarray | None = None) -> Answers:
        """The answers with the full context."""
        chosen = slice(None) if places is None else places
        return self.answers([source.values[chosen] for source in self._windows.sources])

    def mixed(self, kept: int, older: Sequence[np.ndarray], places: np.ndarray) -> Answers:
        """The answers with other older steps.

        Args:
            kept: Newest steps that stay.
            older: The older steps of each input that is moved, (windows, time - kept, ...).
            places: Numbers of the windows.
        """
        inputs = [source.values[places] for source in self._windows.sources]
        for number, before in zip(self._windows.moved, older, strict=True):
            newest = inputs[number][:, self._windows.steps - kept :]
            inputs[number] = np.concatenate([before, newest], 1)
        return self.answers(inputs)

    def restarted(self, kept: int, places: np.ndarray) -> Answers:
        """The answers to the newest steps alone, from a fresh start.

        Raises:
            Refused: The model takes no fewer steps.
        """
        return self.answers(self._newest(kept, places), self._any_length())

    def _first(self) -> np.ndarray:
        """Numbers of the windows of the first call."""
        return np.arange(min(self._rows, self._windows.count))

    def _newest(self, kept: int, places: np.ndarray) -> list[np.ndarray]:
        inputs = [source.values[places] for source in self._windows.sources]
        for number in self._windows.moved:
            inputs[number] = inputs[number][:, self._windows.steps - kept :]
        return inputs

    def _any_length(self) -> Adapter:
        """The clone, or another one with an open time axis.

        Raises:
            Refused: There is none.
        """
        if self._refused:
            raise Refused(self._refused)
        if self._open is None:
            try:
                self._open = self._opened()
            except Refused as why:
                self._refused = str(why)
                raise
        return self._open

    def _opened(self) -> Adapter:
        inputs = self._newest(self._windows.steps, self._first())
        if self.adapter.framework != "keras" or self._uncloned:
            return self.adapter
        try:
            made = self._adapted(inputs, any_length=True)
            found, before = (self._run(each, inputs) for each in (made, self.adapter))
        except (NotCloneable, NotSupported) as error:
            raise Refused(one_line(str(error))[:200]) from error
        for one, other in zip(found, before, strict=True):
            if one.shape != other.shape or not np.allclose(one, other, rtol=CLOSE, atol=CLOSE):
                raise Refused("a copy for windows of any length gives other answers")
        return made


Answers = list[np.ndarray]
"""One array (windows, ...) for each output."""
