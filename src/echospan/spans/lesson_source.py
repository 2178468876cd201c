"""Sequences for one lesson, with all that depends on its distance as an argument of the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from echospan.engine.kernels import mark_one_hot
from echospan.engine.source import Source
from echospan.engine.update import Batch
from echospan.models.inputs import Input, OneHot
from echospan.models.readout import Readout
from echospan.spans.question import Question
from echospan.spans.subject import Lesson
from echospan.spans.views import View, Window
from echospan.tasks import absent


@dataclass(frozen=True, eq=False)
class LessonSource(Source):
    """What the question asks at the lesson's distance.

    The distance is data: one compiled program trains all that fit the sequences' length.

    Attributes:
        lesson: Distance, length and rows.
        question: What is asked.
        inputs: How they are given to the model.
        readout: How its answers are scored.
        updates: Updates in one epoch.
        view: How sequences are laid out for the model.
        one_step: Feed one step at a time, an update each, all in one epoch: for models that keep
            their state in layers built for single steps.
        seed: Of sequences that are drawn before the program runs.
        piece: Which piece of training they are for.
    """

    lesson: Lesson
    question: Question
    inputs: Input
    readout: Readout
    updates: int
    view: View
    one_step: bool = False
    seed: int = 0
    piece: int = 0

    @property
    def _number(self) -> int:
        return self.lesson.rows if self.one_step else self.updates * self.lesson.rows

    def arrays(self) -> Any:
        """What the question gives the program."""
        return self.question.given(self.lesson, self._number, self.seed, self.piece)

    def epoch(self, arrays: Any, key: Any) -> tuple[Any, None]:
        """Pairs (inputs, targets), (updates, rows, time) each; numbers have their features last."""
        rows, length = self.lesson.rows, self.lesson.length
        values, targets = self.question.drawn(arrays, key, self._number, length)
        if self.one_step:
            return (_abreast(values), _abreast(targets)), None
        return (
            values.reshape(self.updates, rows, *values.shape[1:]),
            targets.reshape(self.updates, rows, length),
        ), None

    def batch(self, raw: Any) -> Batch:
        """Symbols encoded; unscored targets weigh nothing."""
        import jax.numpy as jnp

        values = self.view.inputs(raw[0], jnp)
        targets = self.view.targets(raw[1], jnp)
        width = self.question.width
        encoded = self.inputs.encode(values, width, jnp)
        if isinstance(self.inputs, OneHot) and not isinstance(self.view, Window):
            encoded = mark_one_hot(encoded, values)
        unscored = absent(targets)
        return Batch(
            x=encoded,
            y=self.readout.targets(jnp.where(unscored, 0, targets), width, jnp),
            weight=(~unscored).astype("float32"),
        )


def _abreast(values: Any) -> Any:
    """(rows, time, ...) -> (time, rows, 1, ...): one step of all rows after the other."""
    import jax.numpy as jnp

    return jnp.swapaxes(values, 0, 1)[:, :, None]
