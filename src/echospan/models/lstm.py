"""Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers 2000)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from echospan.models.recurrent import Recurrent

if TYPE_CHECKING:
    import keras


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers 2000)."""

    kind: Literal["lstm"] = "lstm"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.LSTM`."""
        import keras

        return keras.layers.LSTM(**settings)
