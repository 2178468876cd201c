"""What Keras itself does with a model's state: found out by running a clone, not by its version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.asked import Asked
from echospan.doctor.finding import find
from echospan.doctor.keras_models.clone import build, clone
from echospan.engine.carried import state_variables
from echospan.results.check_report import Finding, Severity

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Carrying:
    """Whether Keras's own calls carry state on the backend in force.

    Attributes:
        fit: State was other than zero after `fit`.
        predict: The same after `predict`.
        error: What `fit` failed with; empty where it ran.
    """

    fit: bool
    predict: bool
    error: str = ""


def carrying(
    model: keras.Model, batch: list[np.ndarray], pack: Callable[[list[Any]], Any]
) -> Carrying:
    """Run a clone's `predict` and `fit` on two batches and look at the state afterwards.

    Args:
        model: The user's.
        batch: One batch of each input, in flat order.
        pack: Gives flat inputs the structure in which the model takes them.
    """
    import keras

    made = clone(model)
    build(made, pack(batch))
    rows = len(batch[0])
    twice = pack([np.concatenate([part, part]) for part in batch])
    states = state_variables(made)
    _reset(states)
    outputs = made.predict(twice, batch_size=rows, verbose=0)
    predicted = _any(states)
    _reset(states)
    wanted = keras.tree.map_structure(lambda part: np.zeros(part.shape, "float32"), outputs)
    made.compile(optimizer="sgd", loss="mse")
    try:
        made.fit(twice, wanted, batch_size=rows, shuffle=False, verbose=0)
    except Exception as error:
        return Carrying(False, predicted, " ".join(str(error).split())[:160])
    return Carrying(_any(states), predicted)


def _reset(states: list[keras.Variable]) -> None:
    for state in states:
        state.assign(np.zeros(state.shape, "float32"))


def _any(states: list[keras.Variable]) -> bool:
    import keras

    return any(bool(np.asarray(keras.ops.convert_to_numpy(s.value)).any()) for s in states)


def state_findings(
    asked: Asked, found: Carrying, needed: bool | None, *, validates: bool
) -> list[Finding]:
    """What follows from it for this call."""
    import keras

    backend = f"Keras {keras.version()} on {keras.backend.backend()}"
    findings = []
    if not found.fit:
        severity: Severity = "warning" if needed is False else "error"
        happens = (
            f"fit stops with an error: {found.error}"
            if found.error
            else "fit leaves the state at zero"
        )
        findings.append(
            find(
                "state-not-carried",
                f"The model asks for state that is carried from batch to batch, and with {backend} "
                f"{happens}."
                + (" All that the answers need stands in the sample." if needed is False else ""),
                severity=severity,
                remedy=_train_with(asked),
                backend=keras.backend.backend(),
                keras=keras.version(),
                predict_carries=found.predict,
            )
        )
    if found.predict and asked.reset_state == "never":
        findings.append(
            find(
                "state-not-reset",
                "Nothing returns the state to zero: the same prediction made twice gives two "
                "answers, and each epoch starts from the end of the one before.",
                remedy="for layer in model.layers:\n"
                "    if getattr(layer, 'stateful', False): layer.reset_state()  # each epoch",
            )
        )
        if validates:
            findings.append(
                find(
                    "validation-disturbs-state",
                    "The validation after each epoch runs through the same state: the next epoch "
                    "starts from the end of the validation data.",
                    remedy=_train_with(asked),
                )
            )
    return findings


def _train_with(asked: Asked) -> str:
    reset = "epoch" if asked.reset_state == "never" else asked.reset_state
    return (
        f"echospan.fit(model, x, y, batch_size={asked.batch_size}, shuffle=False, "
        f'reset_state="{reset}")'
    )
