"""Two JAX functions that the span trains: as a Keras model, inside the compiled engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.jax.pair import Pair
from echospan.adapters.keras.training import TrainableKerasModel, only_weights
from echospan.adapters.signals import Structure
from echospan.engine.values import TrainState, mapping


class TrainablePair(TrainableKerasModel):
    """A pair (init, apply), whose parameters are the weights of its Keras model.

    Args:
        pairs: Makes the two functions for a seed.
        given: Those of `TrainableKerasModel`.
        settings: Those of `TrainableKerasModel`.
    """

    def __init__(self, pairs: Callable[[int], Pair], *given: Any, **settings: Any) -> None:
        self._pairs = pairs
        super().__init__(*given, **settings)

    def adapter(self, weights: TrainState) -> Adapter:
        """Around the two functions themselves, with the parameters that were trained."""
        from echospan.adapters.jax.adapter import JaxAdapter

        values = {id(v): value for v, value in mapping(self.model, only_weights(weights))}
        leaves = [np.array(values[id(v)]) for v in self.model.get_layer("apply").leaves]
        example = self.encode(self._few_inputs())
        return JaxAdapter(self._pairs(0), [example], Structure(), leaves=leaves)
