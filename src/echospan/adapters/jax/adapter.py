"""A pair of JAX functions (init, apply) as an adapter."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from echospan.adapters.base import Adapter, Arrays, Precision
from echospan.adapters.facts import Facts, Gradient
from echospan.adapters.forgetting import generator
from echospan.adapters.jax.pair import MASKS, POSITIONS, Pair
from echospan.adapters.signals import Structure
from echospan.adapters.state import State, batch_axes
from echospan.adapters.support import SUPPORTED, NotCloneable, NotSupported, Part, Support


class JaxAdapter(Adapter):
    """Parameters of a pair (init, apply), and its calls, compiled once for each shape.

    Args:
        pair: The two functions.
        example: One batch of inputs in flat order; `apply` is traced with it once.
        structure: How `apply` takes several inputs: a tuple, list or dictionary in place of `x`.
        precision: ``float64``, where constants and casts inside `apply` may stay single; or as
            `init` makes its parameters.
        seed: Of the key that `init` gets.
        leaves: Parameters in flat order, in place of those that `init` makes.

    Raises:
        NotCloneable: One of the functions fails.
    """

    framework = "jax"

    def __init__(
        self,
        pair: Pair,
        example: Sequence[np.ndarray],
        structure: Structure,
        *,
        precision: Precision = "given",
        seed: int = 0,
        leaves: Sequence[np.ndarray] | None = None,
    ) -> None:
        import jax

        init, apply = pair
        self.model, self.training, self._structure = pair, False, structure
        self._double = precision == "float64"
        places = list(inspect.signature(apply).parameters)[2:]
        self._mask = next((name for name in places if name in MASKS), "")
        self._positions = next((name for name in places if name in POSITIONS), "")
        free = [name for name in places if name not in (*MASKS, *POSITIONS)]
        self._state_name = free[0] if free else ""
        with self._scope():
            try:
                made = init(jax.random.key(seed))
                drawn, self._tree = jax.tree.flatten(made)
                leaves = drawn if leaves is None else list(leaves)
                names = jax.tree_util.tree_leaves_with_path(made)
                self._names = [jax.tree_util.keystr(path).strip(".[]'") for path, _ in names]
                self._leaves = [self._in_precision(np.asarray(leaf)) for leaf in leaves]
                self.precision = self._float_type()
                self._example = self._typed(example)
                self._run: Callable[..., Any] = jax.jit(self._call)
                self._gradients: dict[Any, Callable[..., Any]] = {}
                jax.eval_shape(self._call, self._leaves, self._example, None, {})
            except Exception as error:
                told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                raise NotCloneable(told) from error

    @cached_property
    def facts(self) -> Facts:
        """What is known of it."""
        state = self._shapes(1)
        numbers = size = None
        if state is not None:
            numbers = sum(int(np.prod(leaf.shape)) for leaf in state.values())
            size = sum(int(np.prod(s.shape)) * s.dtype.itemsize for s in state.values())
        return replace(
            facts(self.model), parameters=sum(leaf.size for leaf in self._leaves),
            precision=self.precision, state_numbers=numbers, state_bytes=size,
        )  # fmt: skip

    def support(self, part: Part) -> Support:
        """Whether it has an optional part."""
        if part in ("chunks", "chunk_gradient", "state_rows", "state_bytes"):
            if self._state_name and self._shapes(2):
                return SUPPORTED
            return Support("refused", "apply takes no state, or returns none")
        if part == "train":
            return self._trains()
        refused = {
            "mask": "" if self._mask else "apply takes no mask",
            "positions": "" if self._positions else "apply takes no positions",
            "state_crop": "which axis of its state is time is not known",
            "symbol_gradient": "plain functions do not show what turns symbols into vectors",
            "training_mode": "apply takes no training mode",
        }
        if refused.get(part):
            return Support("refused", refused[part])
        unknown = {
            "float64": "constants and casts inside apply may stay in single precision",
            "loss": "a pair has none of its own; give one",
            "other_lengths": "apply says what it takes when it is called",
        }
        return Support("unknown", unknown[part]) if part in unknown else SUPPORTED

    def replay(
        self,
        batches: Sequence[Sequence[np.ndarray]],
        *,
        carried: bool = True,
        masks: Sequence[np.ndarray | None] = (),
        positions: Sequence[np.ndarray | None] = (),
    ) -> list[Arrays]:
        """See `echospan.adapters.Adapter.replay`."""
        found, state = [], None
        with self._scope():
            for number, batch in enumerate(batches):
                more = self._keywords(masks[number : number + 1], positions[number : number + 1])
                outputs, after = self._safely(self._typed(batch), state, more)
                state = after if carried else None
                found.append([np.asarray(output) for output in outputs])
        return found

    def initial_state(self, rows: int) -> State:
        """No state: `apply` is given None and makes it."""
        self.require("chunks")
        return State({})

    def chunk(
        self,
        inputs: Sequence[np.ndarray],
        state: State,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[Arrays, State]:
        """Process a chunk from the state that `apply` returned before."""
        import jax

        self.require("chunks")
        with self._scope():
            before = None
            if state.leaves:
                before = jax.tree.unflatten(self._state_tree(), list(state.leaves.values()))
            more = self._keywords([mask], [positions])
            outputs, after = self._safely(self._typed(inputs), before, more)
            leaves = {
                name: np.array(leaf)
                for name, leaf in zip(self._shapes(2) or (), jax.tree.leaves(after), strict=True)
            }
        return [np.asarray(output) for output in outputs], State(leaves, None, self._axes)

    def loss(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> float:
        """A loss function of (outputs, targets), of several of lists, on outputs that are there."""
        with self._scope():
            return float(self._loss(list(outputs), list(targets), loss))

    def gradient(
        self,
        chunks: Sequence[Sequence[np.ndarray]],
        mixtures: Sequence[np.ndarray | None] = (),
        *,
        targets: Sequence[np.ndarray] | None = None,
        loss: Any = None,
        wanted: Collection[int] | None = None,
        parameters: bool = False,
        detached: bool = False,
    ) -> Gradient:
        """See `echospan.adapters.Adapter.gradient`; symbols have no gradient here."""
        if len(chunks) > 1:
            self.require("chunk_gradient")
        given = [self._typed(chunk) for chunk in chunks]
        floats = [[a for a in chunk if a.dtype.kind == "f"] for chunk in given]
        rest = [[None if a.dtype.kind == "f" else a for a in chunk] for chunk in given]
        by = list(targets) if targets is not None else [
            None if m is None else np.asarray(m, self.precision) for m in mixtures
        ]  # fmt: skip
        trained = [leaf for leaf in self._leaves if leaf.dtype.kind == "f"] if parameters else []
        with self._scope():
            program = self._differentiate(targets is not None, loss, detached)
            value, (of_floats, of_trained) = program(floats, trained, rest, self._leaves, by)
        inputs: list[list[np.ndarray | None]] = []
        for chunk, own in zip(given, of_floats, strict=True):
            following = iter(own)
            inputs.append(
                [np.asarray(next(following)) if a.dtype.kind == "f" else None for a in chunk]
            )
        names = [n for n, a in zip(self._names, self._leaves, strict=True) if a.dtype.kind == "f"]
        of_names = dict(zip(names, [np.asarray(each) for each in of_trained], strict=False))
        return Gradient(inputs, of_names, float(value))

    def parameters(self) -> dict[str, np.ndarray]:
        """A copy of all float parameters by their path."""
        pairs = zip(self._names, self._leaves, strict=True)
        return {name: leaf.copy() for name, leaf in pairs if leaf.dtype.kind == "f"}

    def set_parameters(self, values: Mapping[str, np.ndarray]) -> None:
        """Set parameters by their path."""
        self._leaves = [
            np.asarray(values[name], leaf.dtype) if name in values else leaf
            for name, leaf in zip(self._names, self._leaves, strict=True)
        ]

    def redraw(self, seed: int) -> None:
        """Draw all parameters anew; which of them are gates is not known."""
        rng = generator(seed)
        drawn = {}
        for name, leaf in self.parameters().items():
            scale = 0.1 if leaf.ndim < 2 else 1 / math.sqrt(max(math.prod(leaf.shape[:-1]), 1))
            drawn[name] = scale * rng.normal(size=leaf.shape)
        self.set_parameters(drawn)

    def fresh(self, seed: int) -> Pair:
        """The pair: its `init` draws."""
        pair: Pair = self.model
        return pair

    def _trains(self) -> Support:
        """Whether the trainer of Keras models takes it."""
        keras = sys.modules.get("keras")
        if keras is not None and keras.backend.backend() != "jax":
            why = "it is trained as a Keras model on JAX; Keras runs on"
            return Support("refused", f"{why} {keras.backend.backend()}")
        if self._structure.kind != "array":
            return Support("refused", "a memory task has one input and one output")
        return SUPPORTED

    # Calls.

    def _scope(self) -> AbstractContextManager[Any]:
        import jax

        scope: AbstractContextManager[Any] = jax.enable_x64(True)
        return scope if self._double else nullcontext()

    def _call(
        self, leaves: Sequence[Any], arrays: Sequence[Any], state: Any, more: Mapping[str, Any]
    ) -> tuple[list[Any], Any]:
        import jax

        named = dict(more)
        if self._state_name:
            named[self._state_name] = state
        params = jax.tree.unflatten(self._tree, list(leaves))
        answer = self.model[1](params, self._structure.pack(list(arrays)), **named)
        after = None
        if self._state_name and isinstance(answer, tuple) and len(answer) == 2:
            answer, after = answer
        return jax.tree.leaves(answer), after

    def _safely(self, arrays: Sequence[Any], state: Any, more: Any) -> tuple[list[Any], Any]:
        try:
            outputs, after = self._run(self._leaves, list(arrays), state, more)
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise NotCloneable(told) from error
        return outputs, after

    def _differentiate(self, of_loss: bool, loss: Any, detached: bool) -> Callable[..., Any]:
        import jax

        key = (of_loss, id(loss), detached)
        if key in self._gradients:
            return self._gradients[key]

        def total(floats: Any, trained: Any, rest: Any, leaves: Any, by: Any) -> Any:
            following = iter(trained)
            if trained:
                leaves = [next(following) if leaf.dtype.kind == "f" else leaf for leaf in leaves]
            outputs: list[Any] = []
            state = None
            for own, others in zip(floats, rest, strict=True):
                each = iter(own)
                arrays = [next(each) if other is None else other for other in others]
                outputs, state = self._call(leaves, arrays, state, {})
                if detached:
                    state = jax.lax.stop_gradient(state)
            if of_loss:
                return self._loss(outputs, by, loss)
            pairs = zip(outputs, by, strict=False)
            return sum((output * m).sum() for output, m in pairs if m is not None)

        found: Callable[..., Any] = jax.jit(jax.value_and_grad(total, argnums=(0, 1)))
        self._gradients[key] = found
        return found

    def _loss(self, outputs: Sequence[Any], targets: Sequence[Any], loss: Any) -> Any:
        if loss is None:
            raise NotSupported("loss", "a pair (init, apply) has no loss of its own; give loss=")
        if len(targets) == 1:
            return loss(outputs[0], targets[0]).mean()
        return loss(list(outputs), list(targets)).mean()

    # State.

    def _traced(self, rows: int) -> Any:
        """The state after the example, traced with another number of rows."""
        import jax

        arrays = [each[np.arange(rows) % len(each)] for each in self._example]
        with self._scope():
            return jax.eval_shape(self._call, self._leaves, arrays, None, {})[1]

    def _shapes(self, rows: int) -> dict[str, Any] | None:
        """Shapes of the leaves of the state by name; None where there is no state."""
        import jax

        try:
            found = jax.tree_util.tree_leaves_with_path(self._traced(rows))
        except Exception:
            # A pair that takes no other number of rows.
            return None
        return {f"state{jax.tree_util.keystr(path)}": leaf for path, leaf in found} or None

    def _state_tree(self) -> Any:
        import jax

        return jax.tree.structure(self._traced(2))

    @cached_property
    def _axes(self) -> dict[str, int | None]:
        return batch_axes(self._shapes(2) or {}, self._shapes(3) or {})

    # Arrays.

    def _in_precision(self, leaf: np.ndarray) -> np.ndarray:
        return leaf.astype("float64") if self._double and leaf.dtype.kind == "f" else leaf

    def _float_type(self) -> str:
        kinds = [leaf.dtype.name for leaf in self._leaves if leaf.dtype.kind == "f"]
        return kinds[0] if kinds else "float64" if self._double else "float32"

    def _typed(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        kinds = {"f": self.precision, "i": "int32", "u": "int32", "b": "bool"}
        return [np.asarray(a).astype(kinds[np.asarray(a).dtype.kind]) for a in arrays]

    def _keywords(
        self, masks: Sequence[np.ndarray | None], positions: Sequence[np.ndarray | None]
    ) -> dict[str, Any]:
        found = {}
        given: list[tuple[Part, str, Any, str]] = [
            ("mask", self._mask, masks, "bool"),
            ("positions", self._positions, positions, "int32"),
        ]
        for part, name, values, kind in given:
            for value in values:
                if value is not None:
                    self.require(part)
                    found[name] = np.asarray(value).astype(kind)
        return found


def facts(pair: Pair) -> Facts:
    """What a pair says about itself before `init` is called: nothing but its form."""
    free = [
        name
        for name in list(inspect.signature(pair[1]).parameters)[2:]
        if name not in (*MASKS, *POSITIONS)
    ]
    return Facts(framework="jax", backend="jax", recurrent=("apply",) if free else ())
