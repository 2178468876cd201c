"""What Keras's own `fit` does with a model's state: a clone is run, no version is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.facts import OwnFit
from echospan.adapters.keras.clone import build, clone
from echospan.adapters.signals import Structure
from echospan.engine.carried import state_variables

if TYPE_CHECKING:
    import keras


def own_fit(model: keras.Model, batch: list[np.ndarray], structure: Structure) -> OwnFit:
    """Run a clone's `predict` and `fit` on two batches and look at the state afterwards.

    Args:
        model: The user's.
        batch: One batch of each input, in flat order.
        structure: How the model takes them.

    Raises:
        NotCloneable: No clone can be made.
    """
    import keras

    made = clone(model)
    build(made, structure.pack(batch))
    rows = len(batch[0])
    twice = structure.pack([np.concatenate([part, part]) for part in batch])
    states = state_variables(made)
    _reset(states)
    outputs = made.predict(twice, batch_size=rows, verbose=0)
    predicted = _any(states)
    _reset(states)
    wanted = keras.tree.map_structure(lambda part: np.zeros(part.shape, "float32"), outputs)
    made.compile(optimizer="sgd", loss="mse")
    error, trained = "", False
    try:
        made.fit(twice, wanted, batch_size=rows, shuffle=False, verbose=0)
        trained = _any(states)
    except Exception as failure:
        error = " ".join(str(failure).split())[:160]
    backend, version = keras.backend.backend(), keras.version()
    return OwnFit("Keras", version, backend, trained, predicted, error)


def _reset(states: list[keras.Variable]) -> None:
    for state in states:
        state.assign(np.zeros(state.shape, "float32"))


def _any(states: list[Any]) -> bool:
    import keras

    return any(bool(np.asarray(keras.ops.convert_to_numpy(s.value)).any()) for s in states)
