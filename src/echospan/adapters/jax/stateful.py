"""A pair of JAX functions (init, apply) that carries a state, as a stateful model."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.adapters.jax.pair import MASKS, POSITIONS, Pair, states_of
from echospan.adapters.jax.pure import FEATURES, PureStateful
from echospan.adapters.stateful import StatefulPart
from echospan.adapters.support import SUPPORTED, Support
from echospan.errors import ConfigError

FORM = "a pair (init, apply) with init(key) -> params and apply(params, x, state) -> (y, state)"

WIDEST = 4096
"""The largest number of features that is tried."""


class PairStateful(PureStateful):
    """A pair ``init(key) -> params``, ``apply(params, x, state=None) -> (y, state)``.

    `apply` gets None for the state at the start; x is (batch, time, features), or symbols (batch,
    time). It may take `mask` or `positions`, each (batch, time) of the chunk.

    Example::

        model = PairStateful((init, apply), features=3)
        y, state = model.run(model.inputs(2, 4, 0), None)

    Args:
        pair: The two functions.
        text: What messages call it.
        features: Numbers in one step of the inputs; left out, tried by the sizes of the parameters.
        symbols: Size of the vocabulary of integer inputs.

    Raises:
        ConfigError: `apply` takes or returns no state, does not answer at every step, or no inputs
            were found that it takes.
    """

    def __init__(
        self,
        pair: Pair,
        *,
        text: str = "(init, apply)",
        features: int | None = None,
        symbols: int | None = None,
    ) -> None:
        super().__init__(text)
        self._pair = pair
        names = list(inspect.signature(pair[1]).parameters)[2:]
        self._mask = next((name for name in names if name in MASKS), "")
        self._positions = next((name for name in names if name in POSITIONS), "")
        free = states_of(pair[1])
        if not free:
            raise ConfigError("model", FORM, f"{text}, whose apply takes no state")
        self._state = free[0].name
        self._draw()
        self._find(features, symbols)

    def call(
        self, values: Sequence[Any], x: Any, state: Any, more: dict[str, Any]
    ) -> tuple[Any, Any]:
        """`apply` with a state."""
        import jax

        params = jax.tree.unflatten(self._tree, list(values))
        found = self._pair[1](params, x, **{self._state: state}, **more)
        if not isinstance(found, tuple) or len(found) != 2:
            raise ConfigError("model", FORM, f"{self.text}, whose apply returns no state")
        return found

    def keywords(self, mask: Any, positions: Any) -> dict[str, Any]:
        """Under the names that `apply` has for them."""
        super().keywords(mask, positions)
        given = {self._mask: mask, self._positions: positions}
        return {name: value for name, value in given.items() if name and value is not None}

    def support(self, part: StatefulPart) -> Support:
        """Whether it has an optional part."""
        if (part == "mask" and self._mask) or (part == "positions" and self._positions):
            return SUPPORTED
        return super().support(part)

    def _draw(self) -> None:
        """Call `init`."""
        import jax

        with self.ready():
            try:
                leaves, self._tree = jax.tree.flatten(self._pair[0](jax.random.key(0)))
                arrays = [np.asarray(leaf) for leaf in leaves]
            except Exception as error:
                raise ConfigError(
                    "model", FORM, f"{self.text}: init raised {_said(error)}"
                ) from error
        self._given = arrays
        self._as("float64")

    def _as(self, precision: str) -> None:
        self.precision = precision
        self.values = [v.astype(precision) if v.dtype.kind == "f" else v for v in self._given]

    def _find(self, features: int | None, symbols: int | None) -> None:
        """Find a type and a width of inputs that `apply` takes."""
        sizes = [size for value in self.values for size in value.shape if size <= WIDEST]
        kinds = max([shape[0] for v in self.values if len(shape := v.shape) == 2] or [FEATURES])
        widths = dict.fromkeys([features] if features else [*sizes, FEATURES, 1])
        tries = [(width or 0, 0) for width in widths] if symbols is None else []
        if features is None:
            tries.append((0, symbols or min(kinds, WIDEST)))
        first: Exception | None = None
        for precision in ("float64", "float32"):
            self._as(precision)
            for self.features, self.symbols in tries:
                try:
                    self._trace()
                except ConfigError:
                    raise
                except Exception as error:
                    first = first or error
                else:
                    return
        hint = "" if features or symbols else "Give features= or symbols=."
        assert first is not None
        raise ConfigError("model", FORM, f"{self.text}, which raises {_said(first)}", hint)

    def _trace(self) -> None:
        import jax

        x = self._typed(self.inputs(2, 3, 0))
        with self.ready():
            y, state = jax.eval_shape(self.call, self.values, x, None, {})
            jax.eval_shape(self.call, self.values, x, state, {})
        if getattr(y, "shape", ())[:2] != (2, 3):
            raise ValueError(f"inputs {x.shape} give outputs {getattr(y, 'shape', None)}")
        if not jax.tree.leaves(state):
            raise ConfigError("model", FORM, f"{self.text}, whose apply returns no state")


def stateful_of(
    pair: Pair,
    *,
    text: str = "(init, apply)",
    features: int | None = None,
    symbols: int | None = None,
) -> PairStateful:
    """A pair (init, apply) as a stateful model; see `PairStateful`."""
    return PairStateful(pair, text=text, features=features, symbols=symbols)


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
