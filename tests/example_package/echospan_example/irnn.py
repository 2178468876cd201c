"""IRNN: a recurrent network of rectifiers that starts as the identity (Le et al. 2015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from echospan.models import Recurrent

if TYPE_CHECKING:
    import keras


class IRNN(Recurrent):
    """Recurrent rectifiers with an identity start (Le et al. 2015, arXiv:1504.00941)."""

    kind: Literal["irnn"] = "irnn"

    def layer(self, **settings: Any) -> keras.Layer:
        """`keras.layers.SimpleRNN` with rectifiers, its recurrent weights the identity."""
        import keras

        start = {"recurrent_initializer": keras.initializers.Identity()}
        return keras.layers.SimpleRNN(activation="relu", **{**settings, **start})
