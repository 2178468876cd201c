"""The streaming contract: (inputs, state) -> (outputs, state)."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from typing import Any

import jax.numpy as jnp
import keras

State = list[Any]
"""Arrays with the rows of the batch first. All zeros is the start of a sequence."""


class Streaming(keras.layers.Layer):  # type: ignore[misc]
    """A causal layer whose memory of the past is a state that can be carried on.

    A subclass writes three methods, `build_weights`, `start` and `advance`, and `width` if its
    outputs are wider or narrower than its inputs. Each argument of its `__init__` is kept as an
    attribute of the same name, which makes it serialisable.

    It carries state the way Keras's recurrent layers do: with `stateful=True` row j of a batch goes
    on where row j of the batch before ended, and echospan's engine, `StreamingModel` and `carrying`
    treat both alike.

    Args:
        stateful: Carry the state from one batch to the next.

    Example:
        >>> class RunningSum(echospan.layers.Streaming):
        ...     def build_weights(self, features):
        ...         pass
        ...
        ...     def start(self, batch_size, features):
        ...         return [keras.ops.zeros((batch_size, features))]
        ...
        ...     def advance(self, x, state):
        ...         sums = keras.ops.cumsum(x, axis=1) + state[0][:, None]
        ...         return sums, [sums[:, -1]]
        >>> sums = RunningSum()(np.ones((1, 3, 4)))
        >>> np.asarray(sums[0, :, 0])
        array([1., 2., 3.], dtype=float32)
    """

    def __init__(self, *, stateful: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stateful = stateful
        self.states: Any = None

    @abstractmethod
    def build_weights(self, features: int) -> None:
        """Make the weights for inputs (batch, time, features)."""

    @abstractmethod
    def start(self, batch_size: Any, features: int) -> State:
        """The state before the first step: zeros."""

    @abstractmethod
    def advance(self, x: Any, state: State) -> tuple[Any, State]:
        """Process the next chunk, of any length.

        Args:
            x: Inputs (batch, time, features).
            state: What `start` or the call before gave.

        Returns:
            Outputs (batch, time, width), and the state after the last step.
        """

    def width(self, features: int) -> int:
        """Features of an output step; those of an input step unless a subclass says otherwise."""
        return features

    def whole(self, x: Any) -> Any:
        """Process a whole sequence from its start; equal to `advance` from `start`."""
        return self.advance(x, self.start(keras.ops.shape(x)[0], x.shape[-1]))[0]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights and, for a stateful layer, the variables that carry the state."""
        self._features = int(input_shape[-1] or 0)
        self.build_weights(self._features)
        if self.stateful:
            self._make_states(input_shape[0])

    def get_initial_state(self, batch_size: int) -> State:
        """`start`, by the name that Keras's recurrent layers have for it."""
        return self.start(batch_size, self._features)

    def call(self, inputs: Any) -> Any:
        """Inputs (batch, time, features) -> outputs (batch, time, width)."""
        if not self.stateful:
            return self.whole(inputs)
        before = [keras.ops.convert_to_tensor(variable) for variable in self.states]
        outputs, after = self.advance(inputs, before)
        for variable, value in zip(self.states, after, strict=True):
            variable.assign(value)
        return outputs

    def reset_state(self) -> None:
        """Go back to the start of a sequence."""
        for variable in self.states or []:
            variable.assign(keras.ops.zeros_like(variable.value))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, time, features) -> (batch, time, width)."""
        return (*input_shape[:-1], self.width(int(input_shape[-1] or 0)))

    def get_config(self) -> dict[str, Any]:
        """Every argument of `__init__`."""
        own = inspect.signature(type(self).__init__).parameters
        shared = inspect.signature(Streaming.__init__).parameters
        names = {*own, *shared} - {"self", "kwargs"}
        return {**super().get_config(), **{name: getattr(self, name) for name in sorted(names)}}

    def _make_states(self, batch_size: int | None) -> None:
        if batch_size is None:
            raise ValueError(
                f"Layer {self.name!r} carries state, so its input needs a batch size: "
                "keras.Input(batch_shape=(rows, None, features))."
            )
        states = [
            keras.Variable(value, trainable=False, dtype=self.variable_dtype, name="state")
            for value in self.get_initial_state(batch_size)
        ]
        # Past Keras's attribute tracking: they are no weights, and no part of a saved model.
        object.__setattr__(self, "states", states)


class Units(Streaming):
    """A streaming layer of `units`, whose state and outputs are a number for each of them."""

    units: int

    def width(self, features: int) -> int:
        """The units."""
        return self.units

    def start(self, batch_size: Any, features: int) -> State:
        """(batch, units)."""
        return [jnp.zeros((batch_size, self.units), self.compute_dtype)]
