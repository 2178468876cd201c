"""The hidden state of a recurrent model at each step of one sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from echospan.engine.carried import carriers, carrying, recurrent_layers
from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.update import forward
from echospan.engine.values import TrainState


def hidden_state(
    compiled: CompiledExperiment, values: TrainState, sequence: np.ndarray
) -> dict[str, np.ndarray]:
    """Feed the sequence one value at a time and record the first layer's output state.

    Args:
        compiled: The experiment with its model.
        values: The model's weights and states.
        sequence: Integers (time,).

    Returns:
        `symbols` (time,) and `state` (time, units); empty for a model without Keras's recurrent
        layers, or one that doesn't process its input step by step.
    """
    import jax.numpy as jnp

    layers = recurrent_layers(compiled.model)
    only = bool(layers) and len(layers) == len(carriers(compiled.model))
    if not only or any(layer.go_backwards for layer in layers):
        return {}
    with carrying(compiled.model, 1, every_layer=True) as states:
        fresh = values._replace(
            optimizer=[], metrics=[], states=[jnp.asarray(state.value) for state in states]
        )
        _, state = _program(compiled)(fresh, jnp.asarray(sequence))
    return {"symbols": np.asarray(sequence, "int32"), "state": np.asarray(state, "float32")}


def _program(compiled: CompiledExperiment) -> Callable[..., Any]:
    """Compiled once for an experiment, as its other programs are."""
    if "hidden" not in compiled.programs:
        import jax
        import jax.numpy as jnp

        width, encode = compiled.experiment.task.width, compiled.inputs.encode

        def step(values: TrainState, symbol: jax.Array) -> tuple[TrainState, jax.Array]:
            _, values = forward(compiled.model, values, encode(symbol[None, None], width, jnp))
            return values, values.states[0][0]

        compiled.programs["hidden"] = jax.jit(lambda v, s: jax.lax.scan(step, v, s))
    program: Callable[..., Any] = compiled.programs["hidden"]
    return program
