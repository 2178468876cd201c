"""Any Keras model that can stream, as a pure function: (inputs, state) -> (outputs, state)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from echospan.backend import keras_on_jax
from echospan.engine.carried import carriers, carrying
from echospan.engine.stepwise import check_streams
from echospan.engine.update import forward
from echospan.engine.values import TrainState, variables

if TYPE_CHECKING:
    import keras


class StreamState(NamedTuple):
    """What a model keeps from one chunk to the next; a JAX pytree.

    Attributes:
        carried: The layers' states, rows of the batch first.
        seeds: The seeds of layers that draw at random in inference too.
    """

    carried: list[Any]
    seeds: list[Any]


class StreamingModel:
    """Processes a sequence chunk by chunk; chunks may have any length, down to one step.

    Pure: the model itself stays as it is, and the call goes through `jit`, `scan`, `vmap` and
    `grad`. It gives what the model gives for the whole sequence at once, and is compiled once for
    each length of a chunk.

    Args:
        model: A built Keras model whose every layer works step by step or carries state, as Keras's
            recurrent layers and `echospan.layers.Streaming` do. It need not be stateful.

    Raises:
        ConfigError: Names a layer that needs the whole sequence.
    """

    def __init__(self, model: keras.Model) -> None:
        keras_on_jax()
        check_streams(model)
        self.model = model
        known = {id(weight) for weight in model.non_trainable_weights}
        self._seeds = [id(v) not in known for v in variables(model).non_trainable]

    @property
    def state_size(self) -> int:
        """Numbers that one row carries from step to step."""
        return state_size(self.model)

    def initial(self, rows: int) -> StreamState:
        """The state before the first step of `rows` sequences."""
        import jax.numpy as jnp

        with carrying(self.model, rows, every_layer=True) as states:
            carried = [jnp.asarray(state.value) for state in states]
        own = zip(variables(self.model).non_trainable, self._seeds, strict=True)
        return StreamState(carried, [jnp.array(v.value) for v, is_seed in own if is_seed])

    def __call__(
        self, inputs: Any, state: StreamState, values: TrainState | None = None
    ) -> tuple[Any, StreamState]:
        """Process the next chunk.

        Args:
            inputs: (batch, time, features), or whatever the model takes.
            state: What `initial` or the call before gave.
            values: The values of the model's variables; left out, those that they have now.

        Returns:
            The model's outputs, and the state after the last step.
        """
        if values is None:
            values = TrainState(*([v.value for v in group] for group in variables(self.model)))
        outputs, after = self._program(inputs, state, values._replace(optimizer=[], metrics=[]))
        return outputs, after

    @cached_property
    def _program(self) -> Any:
        import jax

        return jax.jit(self._process)

    def _process(
        self, inputs: Any, state: StreamState, values: TrainState
    ) -> tuple[Any, StreamState]:
        import jax

        seeds = iter(state.seeds)
        mixed = [
            next(seeds) if is_seed else value
            for value, is_seed in zip(values.non_trainable, self._seeds, strict=True)
        ]
        rows = jax.tree.leaves(inputs)[0].shape[0]
        with carrying(self.model, rows, every_layer=True):
            outputs, after = forward(
                self.model,
                values._replace(non_trainable=mixed, states=state.carried),
                inputs,
            )
        drawn = [v for v, is_seed in zip(after.non_trainable, self._seeds, strict=True) if is_seed]
        return outputs, StreamState(after.states, drawn)


def state_size(model: keras.Model) -> int:
    """Numbers that one row of a built model carries from step to step."""
    import math

    import jax

    states = jax.eval_shape(lambda: [layer.get_initial_state(1) for layer in carriers(model)])
    return sum(math.prod(state.shape) for state in jax.tree.leaves(states))
