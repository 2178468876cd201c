"""Sequences for one lesson, with the lag as an argument of the compiled program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.engine.kernels import mark_one_hot
from echospan.engine.source import Source
from echospan.engine.update import Batch
from echospan.memory.subject import Lesson
from echospan.memory.views import View, Window
from echospan.models.inputs import Input, OneHot
from echospan.models.readout import Readout
from echospan.random import JaxDraw
from echospan.tasks import MISSING, lagged


@dataclass(frozen=True, eq=False)
class LagSource(Source):
    """Uniform symbols, echoed `lesson.lag` steps later, or the lesson's other task.

    The lag of an echo is data: one compiled program trains every lag that fits the length.

    Attributes:
        lesson: Lag, length and rows.
        symbols: Number of distinct symbols.
        inputs: How they are given to the model.
        readout: How its answers are scored.
        updates: Updates in one epoch.
        view: How sequences are laid out for the model.
        one_step: Feed one step at a time, an update each, all in one epoch: for models that keep
            their state in layers built for single steps.
    """

    lesson: Lesson
    symbols: int
    inputs: Input
    readout: Readout
    updates: int
    view: View
    one_step: bool = False

    def arrays(self) -> Any:
        """The lag."""
        return {"lag": np.int32(self.lesson.lag)}

    def epoch(self, arrays: Any, key: Any) -> tuple[Any, None]:
        """Pairs (inputs, targets) of symbols, (updates, rows, time) each."""

        rows, length = self.lesson.rows, self.lesson.length
        drawn = rows if self.one_step else self.updates * rows
        values = self.lesson.draw(JaxDraw(key), self.symbols, drawn)
        echo = self.lesson.task is None
        targets = lagged(values, arrays["lag"]) if echo else self.lesson.targets(values)
        if self.one_step:
            return (_abreast(values), _abreast(targets)), None
        shape = (self.updates, rows, length)
        return (values.reshape(shape), targets.reshape(shape)), None

    def batch(self, raw: Any) -> Batch:
        """Symbols encoded; unscored targets weigh nothing."""
        import jax.numpy as jnp

        values = self.view.inputs(raw[0], jnp)
        targets = self.view.targets(raw[1], jnp)
        encoded = self.inputs.encode(values, self.symbols, jnp)
        if isinstance(self.inputs, OneHot) and not isinstance(self.view, Window):
            encoded = mark_one_hot(encoded, values)
        return Batch(
            x=encoded,
            y=self.readout.targets(jnp.maximum(targets, 0), self.symbols, jnp),
            weight=(targets != MISSING).astype("float32"),
        )


def _abreast(symbols: Any) -> Any:
    """(rows, time) -> (time, rows, 1): one step of all rows after the other."""
    import jax.numpy as jnp

    return jnp.swapaxes(symbols, 0, 1)[..., None]
