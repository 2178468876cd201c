"""Simple recurrent network (Elman 1990) with tanh and an orthogonal start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from echospan.models.recurrent import Recurrent

if TYPE_CHECKING:
    import keras


class SimpleRNN(Recurrent):
    """Simple recurrent network (Elman 1990) with tanh and an orthogonal start."""

    kind: Literal["simple-rnn"] = "simple-rnn"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.SimpleRNN`."""
        import keras

        return keras.layers.SimpleRNN(**settings)
