"""Calls of a Keras clone that goes on from states, by the means of each backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.adapters.keras.embedding_hooks import EmbeddingHooks
from echospan.adapters.keras.state_ways import Way


class StateRunner(ABC):
    """Calls of one clone, NumPy arrays in and out.

    Args:
        way: How it goes on.
        keywords: Further arguments of every call.
        hooks: The places at which its symbols become vectors.
    """

    def __init__(self, way: Way, keywords: dict[str, Any], hooks: EmbeddingHooks) -> None:
        self.way, self.keywords, self.hooks = way, keywords, hooks

    def whole(self, x: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
        """Outputs from the start."""
        if self.way.whole is None:
            return self.run(x, None, mask)[0]
        return numpy(self._call("whole", x, None, mask)[0])

    def run(self, x: np.ndarray, state: Any, mask: np.ndarray | None) -> tuple[np.ndarray, Any]:
        """Outputs and the state after them, a tree of arrays."""
        import keras

        if state is None:
            state = self.way.start(len(x))
        y, after = self._call("run", x, state, mask)
        return numpy(y), keras.tree.map_structure(numpy, after)

    def vectors(self, x: np.ndarray) -> list[np.ndarray]:
        """What the symbols of a chunk become, one array for each place, with zeros."""
        self.hooks.start()
        self._plain("run", x, self.way.start(len(x)), None)
        return [np.zeros(tuple(each.shape), "float64") for each in self.hooks.seen]

    @abstractmethod
    def _call(
        self, kind: str, x: np.ndarray, state: Any, mask: np.ndarray | None
    ) -> tuple[Any, Any]:
        """Call the model on tensors."""

    @abstractmethod
    def gradient(
        self, chunks: Sequence[np.ndarray], mixture: np.ndarray, added: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Differentiate the last chunk's outputs with respect to the first chunk.

        Args:
            chunks: Inputs of each chunk.
            mixture: Multiplied with the outputs before they are summed.
            added: Zeros to add to the vectors of the first chunk's symbols, whose gradient is taken
                then; empty where inputs are numbers.
        """

    def _plain(
        self, kind: str, x: np.ndarray, state: Any, mask: np.ndarray | None
    ) -> tuple[Any, Any]:
        """Call it as a user does."""
        import keras

        with self.way.rows(len(x)):
            given = keras.tree.map_structure(tensor, state)
            return self._answer(kind, tensor(x), given, None if mask is None else tensor(mask))

    def _answer(self, kind: str, x: Any, state: Any, mask: Any) -> tuple[Any, Any]:
        more = self.keywords if mask is None else {**self.keywords, "mask": mask}
        if kind == "whole" and self.way.whole is not None:
            return self.way.whole(x, more), None
        return self.way.call(x, state, more)

    def _score(self, chunks: Sequence[Any], state: Any, mixture: Any, added: Sequence[Any]) -> Any:
        import keras

        y = None
        for number, chunk in enumerate(chunks):
            self.hooks.start(() if number else added)
            y, state = self.way.call(chunk, state, self.keywords)
        self.hooks.start()
        return keras.ops.sum(y * mixture)


class OnTorchPlain(StateRunner):
    """Plain calls on torch."""

    def _call(
        self, kind: str, x: np.ndarray, state: Any, mask: np.ndarray | None
    ) -> tuple[Any, Any]:
        import torch

        with torch.no_grad():
            return self._plain(kind, x, state, mask)

    def gradient(
        self, chunks: Sequence[np.ndarray], mixture: np.ndarray, added: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Differentiate by autograd."""
        import keras
        import torch

        tensors, zeros = [tensor(each) for each in chunks], [tensor(each) for each in added]
        start = (zeros or tensors)[0].detach().clone().requires_grad_(True)
        (zeros or tensors)[0] = start
        state = keras.tree.map_structure(tensor, self.way.start(len(chunks[0])))
        with torch.enable_grad():
            total = self._score(tensors, state, tensor(mixture), zeros)
            if not total.requires_grad:
                return np.zeros(tuple(start.shape))
            (slope,) = torch.autograd.grad(total, [start], allow_unused=True)
        return np.zeros(tuple(start.shape)) if slope is None else numpy(slope)


class OnTensorFlowPlain(StateRunner):
    """Plain calls on TensorFlow."""

    def _call(
        self, kind: str, x: np.ndarray, state: Any, mask: np.ndarray | None
    ) -> tuple[Any, Any]:
        return self._plain(kind, x, state, mask)

    def gradient(
        self, chunks: Sequence[np.ndarray], mixture: np.ndarray, added: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Differentiate by a tape."""
        import keras
        import tensorflow as tf

        tensors, zeros = [tensor(each) for each in chunks], [tensor(each) for each in added]
        start = (zeros or tensors)[0]
        state = keras.tree.map_structure(tensor, self.way.start(len(chunks[0])))
        with tf.GradientTape() as tape:
            tape.watch(start)
            total = self._score(tensors, state, tensor(mixture), zeros)
        slope = tape.gradient(total, start)
        return np.zeros(tuple(start.shape)) if slope is None else numpy(slope)


def tensor(array: Any) -> Any:
    """A tensor of the backend in memory of its own."""
    import keras

    return None if array is None else keras.ops.convert_to_tensor(np.array(array))


def numpy(value: Any) -> np.ndarray:
    """The array of a tensor, in memory of its own."""
    import keras

    return np.array(keras.ops.convert_to_numpy(value))
