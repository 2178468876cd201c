"""Keras layers that hear a sequence whole, in chunks or step by step, with the same result.

Importing this package imports Keras, on JAX.
"""

from echospan.backend import keras_on_jax

keras_on_jax()

from echospan.layers.noise import Noise  # noqa: E402
from echospan.layers.streaming import State, Streaming  # noqa: E402

__all__ = ["Noise", "State", "Streaming"]
