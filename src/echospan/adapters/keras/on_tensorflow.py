"""A Keras clone on TensorFlow: graphs traced once for each shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.running import (
    Call,
    Derivative,
    Keywords,
    Runner,
    Score,
    Slopes,
    Values,
    each_as_array,
    floats_of,
    keywords_of,
    spread,
)
from echospan.engine.carried import state_variables

if TYPE_CHECKING:
    import keras


class OnTensorFlow(Runner):
    """Graphs that TensorFlow traces once for each shape; chunks run without one."""

    def __init__(self, made: keras.Model, call: Call) -> None:
        import tensorflow as tf

        super().__init__(made, call)
        self._states = state_variables(made)
        self._tf = tf
        self._run = tf.function(lambda arrays, keywords: call(arrays, [], keywords))
        self._traced: dict[Any, Any] = {}

    def _reset(self) -> None:
        for state in self._states:
            state.assign(state.value * 0)

    def _constants(self, arrays: Sequence[Any]) -> Values:
        return [None if array is None else self._tf.constant(array) for array in arrays]

    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        """Outputs of each batch, and the vectors that the last one's symbols became."""
        self._reset()
        found, seen = [], []
        for batch, more in zip(batches, keywords_of(batches, keywords), strict=True):
            outputs, seen = self._run(self._constants(batch), more)
            found.append(each_as_array(outputs))
        return found, each_as_array(seen)

    def anew(self, arrays: Values) -> tuple[Any, Callable[[], list[np.ndarray]]]:
        """A call without a graph."""
        self._reset()
        found = each_as_array(self.call(self._constants(arrays), [], {})[0])
        return [(each.shape, each.tobytes()) for each in found], lambda: found

    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Outputs and states of a chunk that goes on from states."""
        given, before = self._constants(arrays), self._constants(states)
        outputs, after, _ = self.go_on(given, before, [], keywords)
        return each_as_array(outputs), each_as_array(after)

    def gradient(self, wanted: Derivative) -> Slopes:
        """Differentiate."""
        self._reset()
        chunks, added = ([self._constants(part) for part in each]
                         for each in (wanted.chunks, wanted.added))  # fmt: skip
        by = self._constants(wanted.by)
        if wanted.states is None and not wanted.parameters:
            if wanted.score not in self._traced:
                self._traced[wanted.score] = self._tf.function(
                    lambda *given: self._differentiate(wanted.score, *given)
                )
            value, found = self._traced[wanted.score](chunks, added, by)
        else:
            states = None if wanted.states is None else self._constants(wanted.states)
            value, found = self._differentiate(
                wanted.score, chunks, added, by, states, wanted.detached, wanted.parameters
            )
        following = iter(each_as_array(found))
        inputs = [
            spread(chunk, [next(following) for _ in floats_of(chunk)]) for chunk in wanted.chunks
        ]
        vectors = [[next(following) for _ in part] for part in added]
        return Slopes(inputs, vectors, list(following), float(np.asarray(value)))

    def _differentiate(
        self,
        score: Score,
        chunks: Sequence[Values],
        added: Sequence[Values],
        by: Values,
        states: Values | None = None,
        detached: bool = False,
        parameters: bool = False,
    ) -> tuple[Any, Values]:
        floats = [array for chunk in chunks for array in chunk if array.dtype.is_floating]
        floats += [array for part in added for array in part]
        if parameters:
            floats += [variable.value for variable in self.made.trainable_variables]
        outputs: Values = []
        with self._tf.GradientTape() as tape:
            tape.watch(floats)
            for arrays, more in zip(chunks, added, strict=True):
                if states is None:
                    outputs, _ = self.call(arrays, more, {})
                    continue
                outputs, states, _ = self.go_on(arrays, states, more, {})
                if detached:
                    states = [self._tf.stop_gradient(state) for state in states]
            total = score(outputs, by)
        return total, tape.gradient(total, floats, unconnected_gradients="zero")
