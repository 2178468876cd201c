"""The ways in which a Keras model or layer goes on from a state.

Stateful layers keep it in variables; a layer with `initial_state` takes and returns it; a
functional model has inputs and outputs for it. A state is a tree of the backend's tensors here.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine import keras_internals as internals
from echospan.engine.carried import carriers, carrying, is_stateful, state_variables
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

STATES = ("initial_state", "initial_states", "state", "states")
"""Names under which a call may take the state."""

ADVICE = (
    "Build recurrent layers with stateful=True, or with return_state=True and pass their states "
    "as initial_state."
)


class Way(ABC):
    """How one model goes on.

    Attributes:
        differentiable: Whether a gradient can flow from one call to the next.
        resets: Whether the model has means of its own to go back to the start.
        whole: Outputs from the start, where that is another call than the one with the state.
        closed: Names of inputs that have no time axis.
    """

    differentiable = True
    resets = False
    closed: tuple[str, ...] = ()

    def __init__(self, made: keras.Layer) -> None:
        self.made = made

    @abstractmethod
    def call(self, x: Any, state: Any, keywords: dict[str, Any]) -> tuple[Any, Any]:
        """Outputs and the state after them; the state is None at the start."""

    whole: Callable[[Any, dict[str, Any]], Any] | None = None

    def start(self, rows: int) -> Any:
        """The state before the first step, where it is passed; None where the model makes it."""
        return None

    @contextmanager
    def rows(self, rows: int) -> Iterator[None]:
        """Hold what calls with so many rows need."""
        yield

    def names(self, state: Any) -> list[str]:
        """Names of the arrays of a state, in flat order."""
        import keras

        return [f"state.{number}" for number, _ in enumerate(keras.tree.flatten(state))]


class InVariables(Way):
    """Layers with ``stateful=True``, whose state variables are read out and put in."""

    # Keras's own loops run each batch for itself, and on torch a variable is changed in place.
    differentiable = False
    resets = True

    def call(self, x: Any, state: Any, keywords: dict[str, Any]) -> tuple[Any, Any]:
        """Call the model between putting the state in and reading it out; within `rows`."""
        import keras

        variables = self._put(state)
        y = self.made(x, **keywords)
        return first(y), [keras.ops.copy(variable.value) for variable in variables]

    @contextmanager
    def rows(self, rows: int) -> Iterator[None]:
        """Let the stateful layers have state variables of so many rows, at the start."""
        with carrying(self.made, rows):
            yield

    def reset(self, state: Sequence[Any]) -> list[Any]:
        """What each layer's own `reset_state` leaves of a state; within `rows`."""
        import keras

        variables = self._put(state)
        for layer in carriers(self.made):
            if layer.stateful:
                layer.reset_state()
        return [keras.ops.copy(variable.value) for variable in variables]

    def start(self, rows: int) -> list[Any]:
        """What the layers' `get_initial_state` gives."""
        import keras

        with self.rows(rows):
            return [keras.ops.copy(variable.value) for variable in state_variables(self.made)]

    def _put(self, state: Sequence[Any]) -> list[keras.Variable]:
        variables = state_variables(self.made)
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)
        return variables

    def names(self, state: Any) -> list[str]:
        """The layers' names, numbered within each layer."""
        import keras

        return [
            f"{layer.name}.{number}"
            for layer in carriers(self.made)
            if layer.stateful
            for number, _ in enumerate(keras.tree.flatten(layer.get_initial_state(1)))
        ]


class InArguments(Way):
    """A layer or model whose call takes the state and returns it after the outputs."""

    def __init__(self, made: keras.Layer) -> None:
        super().__init__(made)
        self._name = state_argument(made)
        self._asked = "return_state" in inspect.signature(made.call).parameters
        if self._asked:
            self.whole = self._whole

    def call(self, x: Any, state: Any, keywords: dict[str, Any]) -> tuple[Any, Any]:
        """Pass the state by name; ``y, *states`` and ``y, states`` are both read."""
        more = dict(keywords)
        if state is not None:
            more[self._name] = state
        if self._asked:
            more["return_state"] = True
        found = self.made(x, **more)
        if not isinstance(found, tuple | list) or len(found) < 2:
            raise ConfigError(
                "model", "a model that returns its state after its outputs", shape(found), ADVICE
            )
        if self._name == "initial_state" or len(found) > 2:
            return found[0], list(found[1:])
        return found[0], found[1]

    def _whole(self, x: Any, keywords: dict[str, Any]) -> Any:
        return first(self.made(x, **keywords))


class InInputs(Way):
    """A functional model: inputs ``[x, *states]``, outputs ``[y, *states]`` in the same order."""

    def __init__(self, made: keras.Model) -> None:
        super().__init__(made)
        _, *states = made.inputs
        self.sizes = [tuple(tensor.shape[1:]) for tensor in states]
        self._types = [tensor.dtype for tensor in states]
        self.closed = tuple(internals.source_of(tensor).name for tensor in states)

    def call(self, x: Any, state: Any, keywords: dict[str, Any]) -> tuple[Any, Any]:
        """Pass the state as further inputs."""
        import keras

        more = dict(keywords)
        if more.get("mask") is not None:
            more["mask"] = [more["mask"], *[None] * len(self.sizes)]
        y, *after = keras.tree.flatten(self.made([x, *state], **more))
        return y, after

    def start(self, rows: int) -> list[np.ndarray]:
        """Zeros."""
        pairs = zip(self.sizes, self._types, strict=True)
        return [np.zeros((rows, *size), dtype) for size, dtype in pairs]


def way_of(made: keras.Layer) -> Way:
    """The way in which a model goes on.

    Raises:
        ConfigError: It has none; says what to build it with.
    """
    import keras

    if is_stateful(made):
        if len(getattr(made, "inputs", None) or "1") > 1:
            raise ConfigError("model", "a model with one input", f"{len(made.inputs)} inputs")
        return InVariables(made)
    recurrent = isinstance(made, keras.layers.RNN | keras.layers.Bidirectional)
    if recurrent or (state_argument(made) and not isinstance(made, keras.Sequential)):
        if recurrent and not made.return_state:
            raise ConfigError(
                "model", "a layer that hands its state on", f"{made.name!r} without it", ADVICE
            )
        return InArguments(made)
    inputs, outputs = (getattr(made, name, None) or [] for name in ("inputs", "outputs"))
    if len(inputs) > 1:
        sizes = [[tuple(tensor.shape[1:]) for tensor in each[1:]] for each in (inputs, outputs)]
        if sizes[0] != sizes[1]:
            raise ConfigError(
                "model",
                "a functional model with inputs [x, *states] and outputs [y, *states] of the same "
                "shapes in the same order",
                f"states of {sizes[0]} in and {sizes[1]} out",
            )
        return InInputs(made)
    raise ConfigError("model", "a model that can go on from a state", _shown(made), ADVICE)


def state_argument(made: keras.Layer) -> str:
    """The name under which a layer's call takes the state; empty where it takes none."""
    names = inspect.signature(made.call).parameters
    return next((name for name in STATES if name in names), "")


def first(found: Any) -> Any:
    """The outputs, where states or other outputs may follow."""
    return found[0] if isinstance(found, tuple | list) else found


def shape(found: Any) -> str:
    """Shapes of what a call returned, for a message."""
    import keras

    return ", ".join(str(tuple(each.shape)) for each in keras.tree.flatten(found))


def _shown(made: keras.Layer) -> str:
    import keras

    for layer in internals.layers(made):
        if isinstance(layer, keras.layers.RNN):
            return f"{made.name!r}, whose layer {layer.name!r} starts anew in each call"
    return f"{made.name!r}, which has no recurrent layer"
