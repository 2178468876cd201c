"""Keras layers that process whole sequences, chunks or single steps with the same result.

Importing this package imports Keras, on JAX.
"""

from echospan.backend import keras_on_jax

keras_on_jax()

from echospan.layers.attention import CausalAttention  # noqa: E402
from echospan.layers.causal_conv import CausalConv  # noqa: E402
from echospan.layers.ind_rnn import IndRNN  # noqa: E402
from echospan.layers.lmu import LMU  # noqa: E402
from echospan.layers.lru import LRU  # noqa: E402
from echospan.layers.minimal import MinGRU, MinLSTM  # noqa: E402
from echospan.layers.noise import Noise  # noqa: E402
from echospan.layers.positions import SinusoidalPositions  # noqa: E402
from echospan.layers.reservoir import Reservoir  # noqa: E402
from echospan.layers.s4d import S4D  # noqa: E402
from echospan.layers.selective import SelectiveSSM  # noqa: E402
from echospan.layers.streaming import State, Streaming  # noqa: E402
from echospan.layers.taps import Taps  # noqa: E402

__all__ = [
    "LMU",
    "LRU",
    "S4D",
    "CausalAttention",
    "CausalConv",
    "IndRNN",
    "MinGRU",
    "MinLSTM",
    "Noise",
    "Reservoir",
    "SelectiveSSM",
    "SinusoidalPositions",
    "State",
    "Streaming",
    "Taps",
]


def __dir__() -> list[str]:
    return sorted(__all__)
