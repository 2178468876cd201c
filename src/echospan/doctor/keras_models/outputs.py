"""Findings about outputs and loss, and about padding, from runs of a clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.doctor.asked import Asked
from echospan.doctor.finding import Finding, find
from echospan.doctor.keras_models.clone import NotCloneable, build, clone, double_precision
from echospan.doctor.keras_models.facts import Facts
from echospan.doctor.keras_models.machine import KerasMachine
from echospan.doctor.padding import Mask
from echospan.doctor.streams import absent_steps

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


def broadcast_loss(model: keras.Model, outputs: np.ndarray, y: np.ndarray) -> list[Finding]:
    """A loss that meets targets (N,) with outputs (N, 1) and makes all pairs of them.

    Args:
        model: Compiled; only its loss is used.
        outputs: Outputs (rows, ...) of one batch.
        y: As many targets.
    """
    loss = getattr(model, "loss", None)
    if loss is None or isinstance(loss, str | dict | list | tuple):
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
            remedy="y = y[:, None]",
            targets=list(y.shape),
            outputs=list(outputs.shape),
            pairs=size,
        )
    ]


def padding_changes(
    model: keras.Model, facts: Facts, asked: Asked, vocabulary: int | None
) -> tuple[list[Finding], str]:
    """The same samples with more padding must give the same answers.

    Returns:
        The finding, and why it could not be looked for.
    """
    x = np.asarray(asked.x)
    padded, value = absent_steps(x)
    if value is None or asked.every:
        return [], ""
    rows = facts.batch_size or min(4, len(x))
    order = np.argsort(-padded.sum(1), kind="stable")[:rows]
    if len(order) < rows:
        return [], ""
    chosen, front = x[order], bool(padded[order[0], 0])
    more = np.full((rows, 3, *x.shape[2:]), value, x.dtype)
    longer = np.concatenate([more, chosen] if front else [chosen, more], axis=1)
    with double_precision():
        try:
            made = clone(model, dtype="float64", any_length=True)
            build(made, chosen if vocabulary is None else chosen.astype("int32"))
            machine = KerasMachine(made, rows, vocabulary, "float64", 1)
            for draw in range(2):
                machine.redraw(draw)
                short, long = (machine.replay([batch])[0] for batch in (chosen, longer))
                gap = float(np.abs(short - long).max())
                # Masked steps add nothing at all, up to the order of additions.
                if gap > 1e-9 * max(float(np.abs(short).max()), 1e-30):
                    return [_padding(facts.mask, value, int(order[0]), gap, front=front)], ""
        except (NotCloneable, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:120]
            return [], f"whether padding changes the answer: another length does not fit ({reason})"
        except Exception as error:
            return [], f"whether padding changes the answer ({type(error).__name__})"
    return [], ""


def _padding(mask: Mask | None, value: float, row: int, gap: float, *, front: bool) -> Finding:
    why = "no layer masks it" if mask is None else "a layer on the way loses the mask"
    return find(
        "padding-changes-output",
        f"Three more steps of padding ({value:g}) change the answer for row {row} by {gap:.2g} on "
        f"random weights: {why}.",
        severity="warning" if mask is None else "error",
        remedy=f"keras.layers.Masking({value:g})  # before the first recurrent layer"
        if mask is None
        else "layer.supports_masking = True  # in each layer between the mask and its use",
        row=row,
        padding=value,
        change=gap,
        in_front=front,
    )
