"""A pure JAX function (values, x, state) -> (y, state) as a stateful model.

One program for each shape; XLA leaves out its optimizations, since each program runs a few times on
little data, and compiling it takes longest.
"""

from __future__ import annotations

import importlib.metadata
import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from echospan.adapters.forgetting import generator
from echospan.adapters.state import batch_axes
from echospan.adapters.stateful import StatefulModel, StatefulPart
from echospan.adapters.support import SUPPORTED, Support

QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}

FEATURES = 4
"""Numbers in a step, where nothing else is known."""


class PureStateful(StatefulModel):
    """What pairs, flax.nnx modules and echospan's own models have in common.

    States are trees of NumPy arrays.

    Attributes:
        values: Weights, as NumPy arrays in flat order.
        features: Numbers in one step of the inputs; 0 where they are symbols.
        symbols: Size of the vocabulary; 0 where inputs are numbers.
    """

    framework = "jax"
    few_shapes = True
    values: list[np.ndarray]
    features: int = 0
    symbols: int = 0

    def __init__(self, text: str) -> None:
        self.text, self.promises = text, {}
        self.versions = {"jax": importlib.metadata.version("jax")}

    @abstractmethod
    def call(
        self, values: Sequence[Any], x: Any, state: Any, more: dict[str, Any]
    ) -> tuple[Any, Any]:
        """Outputs and state of a chunk; traced. The state is None at the start."""

    def call_whole(self, values: Sequence[Any], x: Any, more: dict[str, Any]) -> Any:
        """Outputs from the start; traced."""
        return self.call(values, x, None, more)[0]

    def start(self, rows: int) -> Any:
        """The state before the first step, where the model does not make it of None."""
        return None

    def keywords(self, mask: Any, positions: Any) -> dict[str, Any]:
        """Mask and positions under the names that the model has for them."""
        for part, value in (("mask", mask), ("positions", positions)):
            if value is not None:
                self.require(part)  # type: ignore[arg-type]
        return {}

    def support(self, part: StatefulPart) -> Support:
        """Whether it has an optional part."""
        refused = {
            "mask": "it takes no mask",
            "positions": "it takes no positions",
            "rows": "" if self._axes is not None else "the batch's axis in its state is not known",
            "reset": "its state is a value: None is the start",
            "crop": "which axis of its state is time is not known",
            "packed": "it has no means to pack documents",
            "gradient": ""
            if self._typed(self.inputs(1, 1, 0)).dtype.kind == "f"
            else "its inputs are symbols",
        }
        return Support("refused", refused[part]) if refused.get(part) else SUPPORTED

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """See `echospan.adapters.stateful.StatefulModel.inputs`."""
        if not self.symbols:
            return np.random.default_rng(seed).normal(size=(batch, time, self.features))
        base = np.random.default_rng(0).integers(self.symbols, size=(batch, time))
        return (base + seed) % self.symbols

    def whole(
        self, x: np.ndarray, mask: np.ndarray | None = None, positions: np.ndarray | None = None
    ) -> np.ndarray:
        """See `echospan.adapters.stateful.StatefulModel.whole`."""
        with self.ready():
            more = self.keywords(mask, positions)
            return np.array(self._whole(self.values, self._typed(x), more))

    def run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """See `echospan.adapters.stateful.StatefulModel.run`; `state` is not changed."""
        import jax

        with self.ready():
            more = self.keywords(None if mask is None else mask[:, -x.shape[1] :], positions)
            state = self.start(len(x)) if state is None else state
            y, after = self._run(self.values, self._typed(x), state, more)
            return np.array(y), jax.tree.map(np.array, after)

    def leaves(self, state: Any) -> dict[str, np.ndarray]:
        """The arrays of a state by their paths."""
        import jax

        found = jax.tree_util.tree_leaves_with_path(state)
        return {f"state{jax.tree_util.keystr(path)}": np.array(leaf) for path, leaf in found}

    def copy(self, state: Any) -> Any:
        """The same state in memory of its own."""
        import jax

        return jax.tree.map(np.array, state)

    def save(self, state: Any) -> Any:
        """Each array as bytes, and read back."""
        import jax

        return jax.tree.map(
            lambda leaf: np.frombuffer(leaf.tobytes(), leaf.dtype).reshape(leaf.shape).copy(), state
        )

    def rows(self, state: Any, index: Sequence[int]) -> Any:
        """Rows of the batch in the order given."""
        import jax

        self.require("rows")
        leaves, structure = jax.tree.flatten(state)
        chosen = [
            leaf if axis is None else np.asarray(leaf).take(index, axis)
            for leaf, axis in zip(leaves, self._axes or (), strict=True)
        ]
        return jax.tree.unflatten(structure, chosen)

    def gradient(self, chunks: Sequence[np.ndarray], mixture: np.ndarray) -> np.ndarray:
        """See `echospan.adapters.stateful.StatefulModel.gradient`."""
        self.require("gradient")
        with self.ready():
            first, *rest = [self._typed(chunk) for chunk in chunks]
            state = self.start(len(first))
            return np.array(self._slope(first, rest, self.values, state, mixture))

    @contextmanager
    def moved(self, seed: int) -> Iterator[None]:
        """Run with each weight moved by one unit in the last place."""
        rng = np.random.default_rng(seed)

        def move(value: np.ndarray) -> np.ndarray:
            ways = np.where(rng.random(value.shape) < 0.5, -np.inf, np.inf).astype(value.dtype)
            moved: np.ndarray = np.nextafter(value, ways)
            return moved

        with self._other([move(v) if v.dtype.kind == "f" else v for v in self.values]):
            yield

    @contextmanager
    def drawn(self, seed: int) -> Iterator[None]:
        """Run with weights drawn anew; which of them are gates is not known."""
        rng = generator(seed)
        with self._other([redrawn(v, rng) if v.dtype.kind == "f" else v for v in self.values]):
            yield

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Hold double precision, where the model takes it."""
        import jax

        with jax.enable_x64(self.precision == "float64"):
            yield

    @contextmanager
    def _other(self, values: list[np.ndarray]) -> Iterator[None]:
        before, self.values = self.values, values
        try:
            yield
        finally:
            self.values = before

    def _typed(self, x: np.ndarray) -> np.ndarray:
        return x.astype(self.precision) if x.dtype.kind == "f" else x.astype("int32")

    @cached_property
    def _run(self) -> Callable[..., Any]:
        import jax

        return jax.jit(self.call, compiler_options=QUICKLY)

    @cached_property
    def _whole(self) -> Callable[..., Any]:
        import jax

        return jax.jit(self.call_whole, compiler_options=QUICKLY)

    @cached_property
    def _slope(self) -> Callable[..., Any]:
        import jax

        def total(first: Any, rest: Any, values: Any, state: Any, mixture: Any) -> Any:
            y = None
            for chunk in (first, *rest):
                y, state = self.call(values, chunk, state, {})
            return (y * mixture).sum()

        return jax.jit(jax.grad(total), compiler_options=QUICKLY)

    @cached_property
    def _axes(self) -> list[int | None] | None:
        import jax

        def shapes(rows: int) -> dict[str, Any]:
            x = self._typed(self.inputs(rows, 3, 0))
            with self.ready():
                after = jax.eval_shape(self.call, self.values, x, self.start(rows), {})[1]
            return dict(enumerate(jax.tree.leaves(after)))  # type: ignore[arg-type]

        two = shapes(2)
        axes = batch_axes(two, shapes(3))
        return [axes[place] for place in two] if len(axes) == len(two) else None


def redrawn(value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers of a size at which signals neither die out nor grow."""
    scale = 0.1 if value.ndim < 2 else 1 / math.sqrt(max(math.prod(value.shape[:-1]), 1))
    return (scale * rng.normal(size=value.shape)).astype(value.dtype)
