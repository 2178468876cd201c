"""Forward and backward through a clone on each of Keras's backends.

Arrays go in and come out as lists: the model's inputs and outputs in flat order. States are those
of the layers that can carry one, as lists too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.embedding_hooks import EmbeddingHooks
from echospan.engine.carried import carrying, state_variables

if TYPE_CHECKING:
    import keras

Values = list[Any]
Keywords = dict[str, Any]
Call = Callable[[Values, Values, Keywords], tuple[Values, Values]]
"""(inputs, what is added to embedded symbols, more arguments) -> (outputs, embedded symbols)."""

Score = Callable[[Values, Values], Any]
"""(outputs, what they are compared or multiplied with) -> one number, on the backend's tensors."""


@dataclass(frozen=True, eq=False)
class Derivative:
    """What is to be differentiated.

    Attributes:
        chunks: Inputs of each chunk.
        score: Makes one number of the outputs of the last chunk. The same object for the same
            computation, so that it is compiled once.
        by: What the outputs are compared or multiplied with.
        added: For each chunk zeros, one array for each place at which symbols become vectors.
        states: Initial states, where the chunks go on from each other; None for a single one.
        parameters: Whether the gradient of the trainable weights is wanted.
        detached: Whether states are detached between chunks.
    """

    chunks: Sequence[Values]
    score: Score
    by: Values
    added: Sequence[Values]
    states: Values | None = None
    parameters: bool = False
    detached: bool = False


@dataclass(frozen=True, eq=False)
class Slopes:
    """Gradients: of inputs and of embedded symbols for each chunk, of weights, and the number."""

    inputs: list[list[np.ndarray | None]]
    added: list[list[np.ndarray]]
    parameters: list[np.ndarray] = field(default_factory=list)
    value: float = float("nan")


class Runner(ABC):
    """A built clone on one backend.

    Args:
        made: The clone.
        call: Calls it.
    """

    def __init__(self, made: keras.Model, call: Call) -> None:
        self.made, self.call = made, call

    @abstractmethod
    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        """Outputs of each batch, and the vectors that the last one's symbols became.

        State starts at zero and is carried from batch to batch by stateful layers.
        """

    @abstractmethod
    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Outputs and states of a chunk that goes on from states, in whatever layer can."""

    @abstractmethod
    def gradient(self, wanted: Derivative) -> Slopes:
        """Differentiate; inputs that are integers have no gradient."""

    def states(self, rows: int) -> list[np.ndarray]:
        """The states of all layers that can carry one, before the first step."""
        import keras

        with carrying(self.made, rows, every_layer=True) as own:
            return [np.array(keras.ops.convert_to_numpy(v.value)) for v in own]

    def go_on(
        self,
        arrays: Values,
        states: Values,
        added: Values,
        keywords: Keywords,
        mapped: Sequence[tuple[keras.Variable, Any]] = (),
    ) -> tuple[Values, Values, Values]:
        """A chunk as a pure function: outputs, states, and what symbols became."""
        import keras

        rows = int(arrays[0].shape[0])
        with carrying(self.made, rows, every_layer=True) as own:
            pairs = [*mapped, *zip(own, states, strict=True)]
            with keras.StatelessScope(state_mapping=pairs) as scope:
                outputs, seen = self.call(arrays, added, keywords)
            found = [scope.get_current_value(variable) for variable in own]
        after = [old if new is None else new for new, old in zip(found, states, strict=True)]
        return outputs, after, seen


def runner(
    made: keras.Model,
    pack: Callable[[Values], Any],
    hooks: EmbeddingHooks,
    *,
    training: bool = False,
) -> Runner:
    """The runner of the backend in force.

    Args:
        made: A built clone.
        pack: Gives flat inputs the structure in which the model takes them.
        hooks: Those of the clone.
        training: Whether it is called in training mode.
    """
    import keras

    def call(arrays: Values, added: Values, keywords: Keywords) -> tuple[Values, Values]:
        hooks.start(added)
        outputs = keras.tree.flatten(made(pack(arrays), training=training, **keywords))
        return outputs, list(hooks.seen)

    kinds: dict[str, Any] = {"jax": _OnJax, "tensorflow": _OnTensorFlow, "torch": _OnTorch}
    found: Runner = kinds[keras.backend.backend()](made, call)
    return found


def mix(outputs: Values, mixtures: Values) -> Any:
    """The sum of all outputs, each multiplied with its mixture."""
    import keras

    pairs = zip(outputs, mixtures, strict=False)
    return sum(keras.ops.sum(out * by) for out, by in pairs if by is not None)


def _is_float(array: Any) -> bool:
    return bool(np.dtype(array.dtype).kind == "f")


def _floats(arrays: Values) -> Values:
    return [array for array in arrays if _is_float(array)]


def _spread(arrays: Values, of_floats: Sequence[Any]) -> list[np.ndarray | None]:
    """Gradients of the floats at their places, None for integers."""
    following = iter(of_floats)
    return [np.asarray(next(following)) if _is_float(array) else None for array in arrays]


def _each(values: Sequence[Any]) -> list[np.ndarray]:
    return [np.asarray(value) for value in values]


def _keywords(batches: Sequence[Any], given: Sequence[Keywords]) -> Sequence[Keywords]:
    return given or [{} for _ in batches]


class _OnJax(Runner):
    """Pure functions, compiled once for each shape."""

    def __init__(self, made: keras.Model, call: Call) -> None:
        import jax
        import keras

        super().__init__(made, call)
        found = {id(v): v for v in [*made.variables, *state_variables(made)]}
        self._variables = list(found.values())
        self._states = {id(v) for v in state_variables(made)}
        places = {id(variable): place for place, variable in enumerate(self._variables)}
        self._trained = [places[id(v)] for v in made.trainable_variables]

        def run(
            values: Values, arrays: Values, added: Values, keywords: Keywords
        ) -> tuple[Values, Values, Values]:
            pairs = list(zip(self._variables, values, strict=True))
            with keras.StatelessScope(state_mapping=pairs) as scope:
                outputs, seen = call(arrays, added, keywords)
            found = [scope.get_current_value(v) for v in self._variables]
            kept = [v if f is None else f for f, v in zip(found, values, strict=True)]
            return outputs, kept, seen

        def chunk(values: Values, arrays: Values, states: Values, keywords: Keywords) -> Any:
            return self._chunk(values, arrays, states, [], keywords)[:2]

        self._pure = run
        self._run: Callable[..., Any] = jax.jit(run)
        self._run_chunk: Callable[..., Any] = jax.jit(chunk)
        self._gradients: dict[Any, Callable[..., Any]] = {}

    def _start(self) -> Values:
        return [v.value * 0 if id(v) in self._states else v.value for v in self._variables]

    def _chunk(
        self, values: Values, arrays: Values, states: Values, added: Values, keywords: Keywords
    ) -> tuple[Values, Values, Values]:
        mapped = list(zip(self._variables, values, strict=True))
        return self.go_on(arrays, states, added, keywords, mapped)

    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        values, found, seen = self._start(), [], []
        for batch, more in zip(batches, _keywords(batches, keywords), strict=True):
            outputs, values, seen = self._run(values, batch, [], more)
            found.append(_each(outputs))
        return found, _each(seen)

    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        outputs, after = self._run_chunk(self._start(), arrays, states, keywords)
        return _each(outputs), _each(after)

    def gradient(self, wanted: Derivative) -> Slopes:
        floats = [_floats(chunk) for chunk in wanted.chunks]
        rest = [[None if _is_float(a) else a for a in chunk] for chunk in wanted.chunks]
        values = self._start()
        trained = [values[place] for place in self._trained] if wanted.parameters else []
        value, (of_floats, of_added, of_trained) = self._differentiate(wanted)(
            floats, list(wanted.added), trained, rest, values, wanted.by, wanted.states
        )
        return Slopes(
            [_spread(chunk, each) for chunk, each in zip(wanted.chunks, of_floats, strict=True)],
            [_each(each) for each in of_added],
            _each(of_trained),
            float(value),
        )

    def _differentiate(self, wanted: Derivative) -> Callable[..., Any]:
        import jax

        score, detached = wanted.score, wanted.detached
        key = (score, wanted.parameters, detached, wanted.states is None)
        if key in self._gradients:
            return self._gradients[key]

        def total(
            floats: Sequence[Values],
            added: Sequence[Values],
            trained: Values,
            rest: Sequence[Values],
            values: Values,
            by: Values,
            states: Values | None,
        ) -> Any:
            for place, value in zip(self._trained, trained, strict=False):
                values = [*values[:place], value, *values[place + 1 :]]
            outputs: Values = []
            for own, others, more in zip(floats, rest, added, strict=True):
                following = iter(own)
                arrays = [next(following) if other is None else other for other in others]
                if states is None:
                    outputs, values, _ = self._pure(values, arrays, more, {})
                    continue
                outputs, states, _ = self._chunk(values, arrays, states, more, {})
                if detached:
                    states = [jax.lax.stop_gradient(state) for state in states]
            return score(outputs, by)

        found: Callable[..., Any] = jax.jit(jax.value_and_grad(total, argnums=(0, 1, 2)))
        self._gradients[key] = found
        return found


class _OnTensorFlow(Runner):
    """Graphs that TensorFlow traces once for each shape; chunks run without one."""

    def __init__(self, made: keras.Model, call: Call) -> None:
        import tensorflow as tf

        super().__init__(made, call)
        self._states = state_variables(made)
        self._tf = tf
        self._run = tf.function(lambda arrays, keywords: call(arrays, [], keywords))
        self._traced: dict[Any, Any] = {}

    def _reset(self) -> None:
        for state in self._states:
            state.assign(state.value * 0)

    def _constants(self, arrays: Sequence[Any]) -> Values:
        return [None if array is None else self._tf.constant(array) for array in arrays]

    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        self._reset()
        found, seen = [], []
        for batch, more in zip(batches, _keywords(batches, keywords), strict=True):
            outputs, seen = self._run(self._constants(batch), more)
            found.append(_each(outputs))
        return found, _each(seen)

    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        given, before = self._constants(arrays), self._constants(states)
        outputs, after, _ = self.go_on(given, before, [], keywords)
        return _each(outputs), _each(after)

    def gradient(self, wanted: Derivative) -> Slopes:
        self._reset()
        chunks, added = ([self._constants(part) for part in each]
                         for each in (wanted.chunks, wanted.added))  # fmt: skip
        by = self._constants(wanted.by)
        if wanted.states is None and not wanted.parameters:
            if wanted.score not in self._traced:
                self._traced[wanted.score] = self._tf.function(
                    lambda *given: self._differentiate(wanted.score, *given)
                )
            value, found = self._traced[wanted.score](chunks, added, by)
        else:
            states = None if wanted.states is None else self._constants(wanted.states)
            value, found = self._differentiate(
                wanted.score, chunks, added, by, states, wanted.detached, wanted.parameters
            )
        following = iter(_each(found))
        inputs = [
            _spread(chunk, [next(following) for _ in _floats(chunk)]) for chunk in wanted.chunks
        ]
        vectors = [[next(following) for _ in part] for part in added]
        return Slopes(inputs, vectors, list(following), float(np.asarray(value)))

    def _differentiate(
        self,
        score: Score,
        chunks: Sequence[Values],
        added: Sequence[Values],
        by: Values,
        states: Values | None = None,
        detached: bool = False,
        parameters: bool = False,
    ) -> tuple[Any, Values]:
        floats = [array for chunk in chunks for array in chunk if array.dtype.is_floating]
        floats += [array for part in added for array in part]
        if parameters:
            floats += [variable.value for variable in self.made.trainable_variables]
        outputs: Values = []
        with self._tf.GradientTape() as tape:
            tape.watch(floats)
            for arrays, more in zip(chunks, added, strict=True):
                if states is None:
                    outputs, _ = self.call(arrays, more, {})
                    continue
                outputs, states, _ = self.go_on(arrays, states, more, {})
                if detached:
                    states = [self._tf.stop_gradient(state) for state in states]
            total = score(outputs, by)
        return total, tape.gradient(total, floats, unconnected_gradients="zero")


class _OnTorch(Runner):
    """Plain calls."""

    def _reset(self) -> None:
        import torch

        for state in state_variables(self.made):
            with torch.no_grad():
                state.assign(np.zeros(state.shape))

    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        import torch

        self._reset()
        found: list[list[np.ndarray]] = []
        seen: Values = []
        with torch.no_grad():
            for batch, more in zip(batches, _keywords(batches, keywords), strict=True):
                outputs, seen = self.call(_tensors(batch), [], more)
                found.append([_numpy(output) for output in outputs])
        return found, [_numpy(each) for each in seen]

    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        import torch

        with torch.no_grad():
            outputs, after, _ = self.go_on(_tensors(arrays), _tensors(states), [], keywords)
        return [_numpy(output) for output in outputs], [_numpy(state) for state in after]

    def gradient(self, wanted: Derivative) -> Slopes:
        import torch

        self._reset()
        chunks = [_tensors(chunk) for chunk in wanted.chunks]
        added = [[each.requires_grad_(True) for each in _tensors(a)] for a in wanted.added]
        floats = [
            [each.requires_grad_(True) for each in chunk if each.is_floating_point()]
            for chunk in chunks
        ]
        leaves = [each for group in [*floats, *added] for each in group]
        if wanted.parameters:
            leaves += [variable.value for variable in self.made.trainable_variables]
        with torch.enable_grad():
            total = wanted.score(self._outputs(wanted, chunks, added), _by(wanted.by))
            found = _torch_gradient(total, leaves)
        following = iter([_numpy(each) for each in found])
        inputs = [
            _spread(chunk, [next(following) for _ in own])
            for chunk, own in zip(wanted.chunks, floats, strict=True)
        ]
        vectors = [[next(following) for _ in part] for part in added]
        value = float(total.detach() if torch.is_tensor(total) else total)
        return Slopes(inputs, vectors, list(following), value)

    def _outputs(
        self, wanted: Derivative, chunks: Sequence[Values], added: Sequence[Values]
    ) -> Values:
        import keras

        outputs: Values = []
        if wanted.states is None:
            # The scope keeps the new state out of the variables: torch forbids changing in place
            # what the gradient still needs, which is also why Keras's own fit fails here.
            with keras.StatelessScope():
                for arrays, more in zip(chunks, added, strict=True):
                    outputs, _ = self.call(arrays, more, {})
            return outputs
        states = _tensors(wanted.states)
        for arrays, more in zip(chunks, added, strict=True):
            outputs, states, _ = self.go_on(arrays, states, more, {})
            if wanted.detached:
                states = [state.detach() for state in states]
        return outputs


def _torch_gradient(total: Any, leaves: Values) -> Values:
    import torch

    if not isinstance(total, torch.Tensor) or not total.requires_grad:
        return [torch.zeros_like(each) for each in leaves]
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [
        torch.zeros_like(each) if gradient is None else gradient
        for each, gradient in zip(leaves, found, strict=True)
    ]


def _tensors(arrays: Sequence[np.ndarray]) -> Values:
    import keras

    return [keras.ops.convert_to_tensor(array).detach() for array in arrays]


def _by(arrays: Values) -> Values:
    import keras

    return [None if array is None else keras.ops.convert_to_tensor(array) for array in arrays]


def _numpy(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy())
