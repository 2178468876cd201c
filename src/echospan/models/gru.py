"""Gated recurrent unit (Cho et al. 2014), reset after the product as Keras has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from echospan.models.recurrent import Recurrent

if TYPE_CHECKING:
    import keras


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014), reset after the product as Keras has it."""

    kind: Literal["gru"] = "gru"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.GRU`."""
        import keras

        return keras.layers.GRU(**settings)
