"""A program: checks a stateful model on the backend in force and exits with what it changed."""

from __future__ import annotations

import random
import sys
from typing import Any

import keras
import numpy as np

import echospan
from doctor.cases import mistake, stateful_lstm
from echospan.engine.carried import state_variables


def values(model: Any) -> list[np.ndarray]:
    """Weights, state, optimizer."""
    variables = [*model.variables, *model.optimizer.variables, *state_variables(model)]
    return [np.array(keras.ops.convert_to_numpy(variable.value)) for variable in variables]


def draws() -> list[Any]:
    """The next numbers of every generator."""
    found: list[Any] = [random.random(), np.random.random()]  # noqa: NPY002
    found.append(float(keras.random.normal(())))
    if keras.backend.backend() == "torch":
        import torch

        found.append(float(torch.rand(())))
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        found.append(float(tf.random.normal(())))
    return found


x, y = mistake(5)
model = stateful_lstm(keras, 6, 1, 5)
model.predict(x, batch_size=6, verbose=0)
keras.utils.set_random_seed(3)
expected = draws()
keras.utils.set_random_seed(3)
before = values(model)
carried = any(state.any() for state in before[-2:])
report = echospan.check(model, x, y, batch_size=6, shuffle=False, validation_data=(x, y))
same = all((a == b).all() for a, b in zip(before, values(model), strict=True))
if report.skipped or not (carried and same and draws() == expected):
    sys.exit(f"skipped {report.skipped}, carried {carried}, same values {same}")
