"""Settings by which a model holds its own weights or values back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from echospan.adapters.facts import Facts
from echospan.adapters.trial import number

DROPOUTS = ("dropout", "recurrent_dropout")
REGULARISERS = ("kernel_regularizer", "recurrent_regularizer", "embeddings_regularizer")


@dataclass(frozen=True)
class Hold:
    """One such setting.

    Attributes:
        layer: Name of the layer or module.
        what: The argument that sets it.
        kind: A share of values that is dropped, or the strength of a penalty on weights.
        value: How strong it is.
    """

    layer: str
    what: str
    kind: Literal["dropout", "penalty"]
    value: float


def holds(model: Any, known: Facts) -> list[Hold]:
    """All dropout and all penalties that layers are set to; nothing is run.

    Args:
        model: The user's model.
        known: What is known of it.
    """
    if known.framework == "torch":
        return [
            Hold(name, "p" if hasattr(module, "p") else "dropout", "dropout", rate)
            for name, module in model.named_modules()
            if (rate := _torch_rate(module)) > 0
        ]
    if known.framework != "keras":
        return []
    from echospan.engine import keras_internals as internals

    found = []
    for layer in internals.layers(model):
        if "Dropout" in type(layer).__name__:
            found.append(Hold(layer.name, "rate", "dropout", number(getattr(layer, "rate", 0))))
        for what in DROPOUTS:
            if "Cell" not in type(layer).__name__:
                value = number(getattr(layer, what, 0))
                found.append(Hold(layer.name, what, "dropout", value))
        for what in REGULARISERS:
            regulariser = getattr(layer, what, None)
            strength = max(number(getattr(regulariser, norm, 0)) for norm in ("l1", "l2"))
            found.append(Hold(layer.name, what, "penalty", strength))
    return [hold for hold in found if hold.value > 0]


def _torch_rate(module: Any) -> float:
    kind = type(module).__name__
    if "Dropout" in kind:
        return number(getattr(module, "p", 0))
    return number(getattr(module, "dropout", 0)) if kind in ("LSTM", "GRU", "RNN") else 0.0
