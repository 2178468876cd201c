"""Findings about a model's outputs and its loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.keras_models.facts import Facts
from echospan.doctor.ports import Port
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    import keras


def single_softmax(facts: Facts) -> list[Finding]:
    """A softmax over one unit."""
    if facts.single_softmax is not None:
        return [
            find(
                "output-constant",
                f"Layer {facts.single_softmax!r} takes the softmax of a single unit, which is 1 "
                "whatever the input.",
                remedy='keras.layers.Dense(1, activation="sigmoid")',
                layer=facts.single_softmax,
            )
        ]
    return []


def flat(outputs: Any) -> list[Any]:
    """A model's outputs in flat order."""
    import keras

    found: list[Any] = keras.tree.flatten(outputs)
    return found


def loss_of(model: keras.Model, target: Port) -> Any:
    """The loss of one of a model's outputs, as it was given to `compile`."""
    loss = getattr(model, "loss", None)
    names = list(getattr(model, "output_names", None) or [])
    if isinstance(loss, Mapping):
        name = target.name or (names[target.number] if target.number < len(names) else "")
        return loss.get(name)
    if isinstance(loss, list | tuple):
        return loss[target.number] if target.number < len(loss) else None
    return loss


def broadcast_loss(
    loss: Any, outputs: np.ndarray, y: np.ndarray, place: str = "y"
) -> list[Finding]:
    """A loss that meets targets (N,) with outputs (N, 1) and makes all pairs of them.

    Args:
        loss: The loss of that output.
        outputs: Outputs (rows, ...) of one batch.
        y: As many targets.
        place: How the user's code reaches the targets.
    """
    if loss is None or isinstance(loss, str):
        return []
    import keras

    call = loss.call if isinstance(loss, keras.losses.Loss) else None
    if call is None:
        # Keras wraps a plain function so that shapes are made equal first.
        return []
    predicted = keras.ops.convert_to_tensor(outputs.astype("float32"))
    wanted = keras.ops.convert_to_tensor(y)
    try:
        values = call(wanted, predicted)
    except Exception:
        return []
    size = int(np.prod(values.shape))
    honest = max(int(np.prod(outputs.shape)), int(np.prod(y.shape)))
    if size <= honest:
        return []
    return [
        find(
            "output-constant",
            f"The loss meets targets {tuple(y.shape)} with outputs {tuple(outputs.shape)} and "
            f"makes {size} differences of all pairs: its best answer is one number for all.",
            remedy=f"{place} = {place}[:, None]",
            targets=list(y.shape),
            outputs=list(outputs.shape),
            pairs=size,
        )
    ]
