"""A few updates of a clone of a Keras model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.clone import build, clone, copy_weights
from echospan.adapters.signals import Structure
from echospan.adapters.support import NotCloneable
from echospan.adapters.trial import Rate, Trial, number
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras


class KerasTrial(Trial):
    """A clone that is compiled like the user's model, and trained batch by batch.

    Args:
        model: The user's model, compiled.
        example: One batch of inputs in flat order.
        structure: How the model takes them.

    Raises:
        NotCloneable: It is not compiled, or it cannot be made again.
    """

    def __init__(
        self, model: keras.Model, example: Sequence[np.ndarray], structure: Structure
    ) -> None:
        optimizer = getattr(model, "optimizer", None)
        if not getattr(model, "compiled", False) or optimizer is None or model.loss is None:
            raise NotCloneable("it is not compiled with an optimizer and a loss")
        self._structure = structure
        self.made = clone(model)
        build(self.made, structure.pack(_typed(example)), model)
        if model.built and not copy_weights(model, self.made):
            raise NotCloneable("its weights do not fit the clone")
        self.rate = rate_of(optimizer)
        try:
            with internals.trusting():
                again = type(optimizer).from_config(optimizer.get_config())
            self.made.compile(
                optimizer=again,
                loss=model.loss,
                loss_weights=internals.compiled_with(model, "loss_weights"),
                jit_compile=internals.compiled_with(model, "jit_compile") or "auto",
            )
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise NotCloneable(f"it cannot be compiled again: {told}") from error

    def update(self, inputs: Sequence[np.ndarray], targets: Sequence[np.ndarray]) -> float:
        """See `echospan.adapters.trial.Trial.update`."""
        self.made.reset_metrics()
        wanted: Any = targets[0] if len(targets) == 1 else list(targets)
        names = list(getattr(self.made, "output_names", None) or [])
        if len(targets) > 1 and isinstance(self.made.loss, Mapping):
            wanted = dict(zip(names, targets, strict=True))
        logs = self.made.train_on_batch(
            self._structure.pack(_typed(inputs)), wanted, return_dict=True
        )
        return float(logs["loss"])

    def parameters(self) -> Mapping[str, np.ndarray]:
        """A copy of the trained weights."""
        import keras

        return {
            variable.path: np.array(keras.ops.convert_to_numpy(variable.value))
            for variable in self.made.trainable_variables
        }

    def outputs(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """In evaluation mode."""
        import keras

        found = self.made.predict_on_batch(self._structure.pack(_typed(inputs)))
        return [np.asarray(each) for each in keras.tree.flatten(found)]


def rate_of(optimizer: keras.optimizers.Optimizer) -> Rate:
    """How an optimizer is set."""
    import keras

    config = optimizer.get_config()
    clips = [number(config.get(name)) for name in ("clipnorm", "global_clipnorm", "clipvalue")]
    return Rate(
        type(optimizer).__name__,
        float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
        scheduled=isinstance(config.get("learning_rate"), Mapping),
        momentum=number(config.get("momentum") or config.get("beta_1")),
        decay=number(config.get("weight_decay")),
        clip=max(clips) or None,
    )


def _typed(arrays: Sequence[np.ndarray]) -> list[Any]:
    kinds = {"f": "float32", "i": "int32", "u": "int32", "b": "bool"}
    return [np.asarray(each).astype(kinds[np.asarray(each).dtype.kind]) for each in arrays]
