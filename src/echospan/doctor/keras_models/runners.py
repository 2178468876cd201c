"""Forward and backward through a clone on each of Keras's backends.

Arrays go in and come out as lists: the model's inputs and outputs laid flat. State starts at zero
in each call and is carried from batch to batch within it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from echospan.doctor.keras_models.taps import Taps
from echospan.engine.carried import state_variables

if TYPE_CHECKING:
    import keras

Values = list[Any]
Call = Callable[[Values], Any]


class Runner(Protocol):
    """What the machine needs of a backend."""

    def replay(self, batches: Sequence[Values]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        """Outputs of each batch, and the vectors that the last one's symbols became."""
        ...

    def gradient(
        self, arrays: Values, mixtures: Values, added: Values
    ) -> tuple[list[np.ndarray | None], list[np.ndarray]]:
        """How the mixtures' total changes with each float input, and with what is added to symbols.

        Args:
            arrays: Inputs of one batch; those that are integers have no gradient.
            mixtures: What each output is multiplied with.
            added: Zeros, one for each place at which symbols become vectors.
        """
        ...


def runner(made: keras.Model, pack: Callable[[Values], Any], taps: Taps) -> Runner:
    """That of the backend in force.

    Args:
        made: A built clone.
        pack: Gives flat inputs the structure in which the model takes them.
        taps: Those of the clone.
    """
    import keras

    def call(arrays: Values, added: Values) -> tuple[Values, Values]:
        taps.start(added)
        outputs = keras.tree.flatten(made(pack(arrays), training=False))
        return outputs, list(taps.seen)

    kinds: dict[str, Any] = {"jax": _OnJax, "tensorflow": _OnTensorFlow, "torch": _OnTorch}
    found: Runner = kinds[keras.backend.backend()](made, call)
    return found


def _is_float(array: Any) -> bool:
    return bool(np.dtype(array.dtype).kind == "f")


def _joined(arrays: Values, floats: Values) -> Values:
    """The arrays with the floats among them replaced."""
    following = iter(floats)
    return [next(following) if array is None else array for array in arrays]


class _OnJax:
    """Pure functions, compiled once for each shape."""

    def __init__(self, made: keras.Model, call: Callable[[Values, Values], Any]) -> None:
        import jax
        import keras

        self._variables = _all_variables(made)
        self._states = {id(v) for v in state_variables(made)}

        def run(values: Values, arrays: Values, added: Values) -> tuple[Values, Values, Values]:
            pairs = list(zip(self._variables, values, strict=True))
            with keras.StatelessScope(state_mapping=pairs) as scope:
                outputs, seen = call(arrays, added)
            found = [scope.get_current_value(v) for v in self._variables]
            kept = [v if f is None else f for f, v in zip(found, values, strict=True)]
            return outputs, kept, seen

        def mixed(floats: Values, added: Values, rest: Values, values: Values, by: Values) -> Any:
            outputs = run(values, _joined(rest, floats), added)[0]
            return sum((o * m).sum() for o, m in zip(outputs, by, strict=True) if m is not None)

        self._run: Callable[..., Any] = jax.jit(run)
        self._gradient: Callable[..., Any] = jax.jit(jax.grad(mixed, argnums=(0, 1)))

    def _start(self) -> Values:
        return [v.value * 0 if id(v) in self._states else v.value for v in self._variables]

    def replay(self, batches: Sequence[Values]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        values, found, seen = self._start(), [], []
        for batch in batches:
            outputs, values, seen = self._run(values, batch, [])
            found.append([np.asarray(output) for output in outputs])
        return found, [np.asarray(each) for each in seen]

    def gradient(
        self, arrays: Values, mixtures: Values, added: Values
    ) -> tuple[list[np.ndarray | None], list[np.ndarray]]:
        floats = [array for array in arrays if _is_float(array)]
        rest = [None if _is_float(array) else array for array in arrays]
        of_floats, of_added = self._gradient(floats, added, rest, self._start(), mixtures)
        return _spread(arrays, of_floats), [np.asarray(each) for each in of_added]


def _spread(arrays: Values, of_floats: Sequence[Any]) -> list[np.ndarray | None]:
    """Gradients of the floats at their places, None for integers."""
    following = iter(of_floats)
    return [np.asarray(next(following)) if _is_float(array) else None for array in arrays]


class _OnTensorFlow:
    """Graphs that TensorFlow traces once for each shape."""

    def __init__(self, made: keras.Model, call: Callable[[Values, Values], Any]) -> None:
        import tensorflow as tf

        self._states = state_variables(made)
        self._tf = tf

        def mixed(arrays: Values, mixtures: Values, added: Values) -> Any:
            floats = [array for array in arrays if array.dtype.is_floating]
            with tf.GradientTape() as tape:
                tape.watch([*floats, *added])
                outputs, _ = call(arrays, added)
                total = tf.add_n(
                    [tf.reduce_sum(o * m) for o, m in zip(outputs, mixtures, strict=True)]
                )
            return tape.gradient(total, [*floats, *added], unconnected_gradients="zero")

        self._run = tf.function(lambda arrays: call(arrays, []))
        self._gradient = tf.function(mixed)

    def _reset(self) -> None:
        for state in self._states:
            state.assign(state.value * 0)

    def _constants(self, arrays: Sequence[np.ndarray]) -> Values:
        return [self._tf.constant(array) for array in arrays]

    def replay(self, batches: Sequence[Values]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        self._reset()
        found, seen = [], []
        for batch in batches:
            outputs, seen = self._run(self._constants(batch))
            found.append([np.asarray(output) for output in outputs])
        return found, [np.asarray(each) for each in seen]

    def gradient(
        self, arrays: Values, mixtures: Values, added: Values
    ) -> tuple[list[np.ndarray | None], list[np.ndarray]]:
        self._reset()
        given = [self._constants(each) for each in (arrays, mixtures, added)]
        found = [np.asarray(each) for each in self._gradient(*given)]
        floats = len(found) - len(added)
        return _spread(arrays, found[:floats]), found[floats:]


class _OnTorch:
    """Plain calls."""

    def __init__(self, made: keras.Model, call: Callable[[Values, Values], Any]) -> None:
        self._call, self._states = call, state_variables(made)

    def _reset(self) -> None:
        import torch

        for state in self._states:
            with torch.no_grad():
                state.assign(np.zeros(state.shape))

    def replay(self, batches: Sequence[Values]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        import torch

        self._reset()
        found: list[list[np.ndarray]] = []
        seen: Values = []
        with torch.no_grad():
            for batch in batches:
                outputs, seen = self._call(_tensors(batch), [])
                found.append([output.detach().cpu().numpy() for output in outputs])
        return found, [each.detach().cpu().numpy() for each in seen]

    def gradient(
        self, arrays: Values, mixtures: Values, added: Values
    ) -> tuple[list[np.ndarray | None], list[np.ndarray]]:
        import keras
        import torch

        self._reset()
        given, zeros = _tensors(arrays), _tensors(added)
        wanted = [each.detach().requires_grad_(True) for each in zeros]
        floats = [each.requires_grad_(True) for each in given if each.is_floating_point()]
        # The scope keeps the new state out of the variables: torch forbids changing in place what
        # the gradient still needs, which is also why Keras's own fit fails here.
        with torch.enable_grad(), keras.StatelessScope():
            outputs, _ = self._call(given, wanted)
            by = _tensors(mixtures)
            total = sum((o * m).sum() for o, m in zip(outputs, by, strict=True))
            if not isinstance(total, torch.Tensor) or not total.requires_grad:
                found = [torch.zeros_like(each) for each in [*floats, *wanted]]
            else:
                found = [
                    torch.zeros_like(each) if gradient is None else gradient
                    for each, gradient in zip(
                        [*floats, *wanted],
                        torch.autograd.grad(total, [*floats, *wanted], allow_unused=True),
                        strict=True,
                    )
                ]
        arrived = [each.cpu().numpy() for each in found]
        return _spread(arrays, arrived[: len(floats)]), arrived[len(floats) :]


def _tensors(arrays: Sequence[np.ndarray]) -> Values:
    import keras

    return [keras.ops.convert_to_tensor(array).detach() for array in arrays]


def _all_variables(made: keras.Model) -> list[keras.Variable]:
    found = {id(v): v for v in [*made.variables, *state_variables(made)]}
    return list(found.values())
