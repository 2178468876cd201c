"""A model that is an architecture between an input and a readout: most of them are."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from echospan.models.base import Model, Signature

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class SequenceModel(Model):
    """Input layers, the architecture's body, the last step or every step, a readout layer.

    A new architecture is its `body`. One that learns nothing has a `head` of its own too.

    Example:
        >>> from typing import Literal
        >>> class Dense(echospan.models.SequenceModel):
        ...     kind: Literal["dense"] = "dense"
        ...
        ...     def body(self, x, signature, init):
        ...         return keras.layers.Dense(8, kernel_initializer=init.glorot())(x)
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> Dense().build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    @property
    def masks_missing(self) -> bool:
        """Whether steps whose value is missing are skipped."""
        return False

    @property
    def fixed_length(self) -> bool:
        """Whether a sample must have as many time steps as the signature says."""
        return False

    @abstractmethod
    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The architecture: (batch, time, features) -> (batch, time, features).

        Where the signature asks for the last step only, it may give just that, (batch, features).
        """

    def head(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """What makes answers of features: the readout's layer."""
        return self.readout_for(signature).layer(signature.symbols, init)(x)

    def build(self, signature: Signature, init: Init) -> keras.Model:
        """Inputs (batch, time, features) -> scores (batch, K), or (batch, time, K)."""
        import keras

        start, x = self.input_for(signature).layers(
            signature.batch_size if self.carries_state else None,
            signature.timesteps if self.fixed_length else None,
            signature.symbols,
            self.masks_missing,
            init,
        )
        x = self.body(x, signature, init)
        if signature.outputs == "last" and len(x.shape) == 3:
            x = x[:, -1]
        return keras.Model(start, self.head(x, signature, init), name=self.kind)


class Streamed(SequenceModel):
    """A model whose layers process a sequence whole, in chunks or step by step.

    Example:
        >>> echospan.models.LRU(stateful=True).carries_state
        True
    """

    stateful: bool = False
    """Carry the state from one batch to the next, row by row."""

    @property
    def carries_state(self) -> bool:
        """As `stateful` says."""
        return self.stateful

    def own(self, init: Init) -> dict[str, Any]:
        """What each of the layers is told beside its sizes."""
        return {"seed": init.seed(), "stateful": self.stateful}
