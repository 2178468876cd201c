"""`echospan.evaluate`: loss and metrics of a user's own Keras model, state carried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echospan.arguments import flag, one_of, readable, validated, whole
from echospan.backend import keras_on_jax
from echospan.engine import keras_internals as internals
from echospan.engine.building import build
from echospan.engine.callbacks import plain
from echospan.engine.checks import (
    check_model,
    check_reset_state,
    check_start,
    check_targets,
    choose_batch_size,
)
from echospan.engine.room import require_room
from echospan.engine.samples import count, samples
from echospan.engine.scorer import Scorer, keep_states, start_states
from echospan.engine.source import Arrays
from echospan.engine.values import read, variables
from echospan.experiment import ResetState
from echospan.limits import asks_consent

if TYPE_CHECKING:
    import keras


@validated(
    model=readable,
    x=readable,
    y=readable,
    sample_weight=readable,
    batch_size=whole(1),
    reset_state=one_of("batch", "epoch", "never"),
    return_dict=flag,
    yes=flag,
)
@asks_consent
def evaluate(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    sample_weight: Any = None,
    reset_state: ResetState | None = None,
    return_dict: bool = True,
    yes: bool = False,
) -> Any:
    """Return loss and metrics of a compiled Keras model on arrays, like Keras's `evaluate`.

    Stateful layers carry their state from batch to batch, in the order of the samples, at any
    batch size. What they hold at the end is written back to them if they are built for this batch
    size, as Keras documents; at another one they keep what they hold.

    Args:
        model: A compiled Keras model.
        x: Inputs (samples, ...), or a list, tuple or dictionary of such.
        y: Targets (samples, ...), or a list, tuple or dictionary of such.
        batch_size: Samples per batch; by default that of stateful layers, or 32.
        sample_weight: Weights (samples,) or (samples, timesteps).
        reset_state: "epoch" starts from zero and carries state through; "batch" starts every
            batch from zero; "never" starts from the state in the layers. The default is "epoch".
        return_dict: Results by name; otherwise a list in Keras's order, or one number.
        yes: Go on where the estimated memory is above a limit.

    Raises:
        ConfigError: A setting cannot be used with this model.
        DataError: The arrays cannot be used.
        OutOfMemory: It is estimated to need more memory than is free.
        BackendError: Keras runs on another backend than JAX.
        MissingExtra: JAX is not installed.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(64, 5, 1))
        >>> model = keras.Sequential([keras.layers.LSTM(4), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> list(echospan.evaluate(model, x, x[:, 0]))
        ['loss']
    """
    keras_on_jax()
    check_model(model, "test_step")
    reset = check_reset_state(reset_state)
    data = samples(x, y, sample_weight)
    rows = choose_batch_size(model, count(data), batch_size)
    require_room(model, data, rows, "Evaluating this model on these arrays", "score")
    check_targets(model, data)
    build(model, data, rows)
    check_start(model, rows, reset)
    values = read(model)._replace(states=start_states(model, rows, reset))
    report, after = Scorer(model, Arrays(data, rows, shuffle=False), reset).run(values)
    own = variables(model)
    for group, new in (
        (own.metrics, after.metrics),
        (own.non_trainable, after.non_trainable),
    ):
        for variable, value in zip(group, new, strict=True):
            variable.assign(value)
    keep_states(model, after.states)
    logs = {name: plain(value) for name, value in report.items()}
    return logs if return_dict else internals.metrics_in_order(model, logs)
