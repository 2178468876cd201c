"""A Keras clone on torch: plain calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.adapters.keras.running import (
    Derivative,
    Keywords,
    Runner,
    Slopes,
    Values,
    keywords_of,
    spread,
)
from echospan.adapters.torch.graph import gradients
from echospan.engine.carried import state_variables


class OnTorch(Runner):
    """Plain calls."""

    def _reset(self) -> None:
        import torch

        for state in state_variables(self.made):
            with torch.no_grad():
                state.assign(np.zeros(state.shape))

    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        """Outputs of each batch, and the vectors that the last one's symbols became."""
        import torch

        self._reset()
        found: list[list[np.ndarray]] = []
        seen: Values = []
        with torch.no_grad():
            for batch, more in zip(batches, keywords_of(batches, keywords), strict=True):
                outputs, seen = self.call(_tensors(batch), [], more)
                found.append([_numpy(output) for output in outputs])
        return found, [_numpy(each) for each in seen]

    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Outputs and states of a chunk that goes on from states."""
        import torch

        with torch.no_grad():
            outputs, after, _ = self.go_on(_tensors(arrays), _tensors(states), [], keywords)
        return [_numpy(output) for output in outputs], [_numpy(state) for state in after]

    def gradient(self, wanted: Derivative) -> Slopes:
        """Differentiate."""
        import torch

        self._reset()
        chunks = [_tensors(chunk) for chunk in wanted.chunks]
        added = [[each.requires_grad_(True) for each in _tensors(a)] for a in wanted.added]
        floats = [
            [each.requires_grad_(True) for each in chunk if each.is_floating_point()]
            for chunk in chunks
        ]
        leaves = [each for group in [*floats, *added] for each in group]
        if wanted.parameters:
            leaves += [variable.value for variable in self.made.trainable_variables]
        with torch.enable_grad():
            total = wanted.score(self._outputs(wanted, chunks, added), _by(wanted.by))
            found = gradients(total, leaves)
        following = iter([_numpy(each) for each in found])
        inputs = [
            spread(chunk, [next(following) for _ in own])
            for chunk, own in zip(wanted.chunks, floats, strict=True)
        ]
        vectors = [[next(following) for _ in part] for part in added]
        value = float(total.detach() if torch.is_tensor(total) else total)
        return Slopes(inputs, vectors, list(following), value)

    def _outputs(
        self, wanted: Derivative, chunks: Sequence[Values], added: Sequence[Values]
    ) -> Values:
        import keras

        outputs: Values = []
        if wanted.states is None:
            # The scope keeps the new state out of the variables: torch forbids changing in place
            # what the gradient still needs, which is also why Keras's own fit fails here.
            with keras.StatelessScope():
                for arrays, more in zip(chunks, added, strict=True):
                    outputs, _ = self.call(arrays, more, {})
            return outputs
        states = _tensors(wanted.states)
        for arrays, more in zip(chunks, added, strict=True):
            outputs, states, _ = self.go_on(arrays, states, more, {})
            if wanted.detached:
                states = [state.detach() for state in states]
        return outputs


def _tensors(arrays: Sequence[np.ndarray]) -> Values:
    import keras

    return [keras.ops.convert_to_tensor(array).detach() for array in arrays]


def _by(arrays: Values) -> Values:
    import keras

    return [None if array is None else keras.ops.convert_to_tensor(array) for array in arrays]


def _numpy(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy())
