"""The loss that a Keras model is compiled with, computed on outputs that are there already."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.loss_call import Kind, LossCall, Takes
from echospan.adapters.support import NotSupported
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

KNOWN: dict[str, tuple[Kind, Takes]] = {
    "mean_squared_error": ("squared", "values"),
    "mean_absolute_error": ("absolute", "values"),
    "huber": ("huber", "values"),
    "binary_crossentropy": ("binary", "probabilities"),
    "binary_focal_crossentropy": ("binary", "probabilities"),
    "categorical_crossentropy": ("categorical", "probabilities"),
    "categorical_focal_crossentropy": ("categorical", "probabilities"),
    "sparse_categorical_crossentropy": ("sparse", "probabilities"),
}
"""Functions of `keras.losses`; names and classes lead to them, too."""


class Losses:
    """The losses of a model's outputs.

    Args:
        model: The user's; only what it was compiled with is read.
    """

    def __init__(self, model: keras.Model) -> None:
        self._loss = getattr(model, "loss", None) if getattr(model, "compiled", False) else None
        self._names = list(getattr(model, "output_names", None) or [])
        self._weights = internals.compiled_with(model, "loss_weights")
        self._scores: dict[int, tuple[Any, Callable[..., Any]]] = {}

    @property
    def compiled(self) -> bool:
        """Whether there is a loss."""
        return self._loss is not None

    def _pick(self, given: Any, output: int, name: str = "") -> Any:
        """What belongs to one output, by number or by name; None where it has nothing."""
        if isinstance(given, Mapping):
            return given.get(name or (self._names[output] if output < len(self._names) else ""))
        if isinstance(given, list | tuple):
            return given[output] if output < len(given) else None
        return given

    def score(self, loss: Any = None) -> Callable[[list[Any], list[Any]], Any]:
        """The total loss as a function of outputs and targets, on the backend's tensors.

        The same loss gives the same function, so that it is compiled once.
        """
        given = self._loss if loss is None else loss
        if given is None:
            raise NotSupported("loss", "the model is not compiled with a loss, and none is given")
        if id(given) not in self._scores:
            self._scores[id(given)] = (
                given,
                lambda outputs, targets: self._total(given, outputs, targets),
            )
        return self._scores[id(given)][1]

    def _total(self, given: Any, outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
        import keras

        parts = []
        for number, (output, target) in enumerate(zip(outputs, targets, strict=True)):
            loss = self._pick(given, number)
            if loss is None:
                continue
            weight = 1.0 if self._weights is None else self._pick(self._weights, number)
            y = keras.ops.convert_to_tensor(target)
            # Not called as an object, which would cast to single precision.
            value = loss(y, output) if _an_object(loss) else self._wrapped(loss).call(y, output)
            parts.append(keras.ops.mean(value) * (1.0 if weight is None else weight))
        return sum(parts)

    def _wrapped(self, loss: Any) -> Any:
        """A loss as an object; Keras itself wraps names and functions like this."""
        import keras

        found = keras.losses.get(loss)
        return found if _an_object(found) else internals.wrapped_loss(found)

    def number(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> float:
        """The total loss of arrays."""
        import keras

        tensors = [keras.ops.convert_to_tensor(output) for output in outputs]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(keras.ops.convert_to_numpy(self.score(loss)(tensors, list(targets))))

    def values(
        self, output: int, values: np.ndarray, targets: np.ndarray, loss: Any, name: str
    ) -> np.ndarray | None:
        """What a loss computes before it takes the mean; None if there is none or it refuses."""
        import keras

        own = self._pick(self._loss if loss is None else loss, output, name)
        if own is None:
            return None
        try:
            with warnings.catch_warnings():
                # Keras warns of the very thing that is looked for.
                warnings.simplefilter("ignore")
                found = self._wrapped(own).call(
                    keras.ops.convert_to_tensor(_single(targets)),
                    keras.ops.convert_to_tensor(_single(values)),
                )
        except Exception:
            # The loss refuses these shapes: its own message says so when it is called.
            return None
        return np.asarray(keras.ops.convert_to_numpy(found))

    def met(
        self, output: int, values: np.ndarray, targets: np.ndarray, loss: Any, name: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Outputs and targets as a loss meets them: Keras squeezes or adds a last axis of one."""
        own = self._pick(self._loss if loss is None else loss, output, name)
        if own is None or not internals.is_wrapped_loss(self._wrapped(own)):
            return values, targets
        y, out = internals.of_same_rank(targets, values)
        return np.asarray(out), np.asarray(y)

    def calls(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> list[LossCall]:
        """The losses of Keras's own, each with what it meets."""
        found = []
        for number, (output, target) in enumerate(zip(outputs, targets, strict=True)):
            own = self._pick(self._loss if loss is None else loss, number)
            function, settings = internals.function_of_loss(self._wrapped(own)) if own else ("", {})
            if function not in KNOWN:
                continue
            kind, takes = KNOWN[function]
            ignored = settings.get("ignore_class")
            met, wanted = output, target
            if kind not in ("sparse", "categorical"):
                met, wanted = self.met(number, output, target, loss, "")
            found.append(
                LossCall(
                    kind,
                    "logits" if settings.get("from_logits") else takes,
                    function,
                    met,
                    wanted,
                    axis=int(settings.get("axis", -1)) if kind != "binary" else -1,
                    output=number,
                    ignored=None if ignored is None else int(ignored),
                    delta=float(settings.get("delta", 1.0)),
                )
            )
        return found


def metric_names(model: keras.Model) -> list[str]:
    """What a model is compiled to measure, of all outputs."""
    waiting, found = [internals.compiled_with(model, "metrics")], []
    while waiting:
        given = waiting.pop(0)
        if isinstance(given, Mapping):
            waiting += given.values()
        elif isinstance(given, list | tuple):
            waiting += given
        elif given is not None:
            told = given if isinstance(given, str) else getattr(given, "name", "")
            found.append(str(told or getattr(given, "__name__", "")))
    return found


def _an_object(loss: Any) -> bool:
    import keras

    return isinstance(loss, keras.losses.Loss)


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype("float32") if values.dtype.kind == "f" else values
