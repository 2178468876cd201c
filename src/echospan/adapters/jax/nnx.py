"""A flax.nnx module that hands on a carry, as a stateful model."""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from echospan.adapters.jax.pure import FEATURES, PureStateful
from echospan.errors import ConfigError

FORM = (
    "a flax.nnx cell with initialize_carry, an nnx.RNN, or a module whose call takes "
    "initial_carry and return_carry"
)


class NnxStateful(PureStateful):
    """A copy in float64 of a cell, of an ``nnx.RNN``, or of a module that is called like one.

    Example::

        cell = nnx.LSTMCell(3, 8, rngs=nnx.Rngs(0))
        model = NnxStateful(nnx.RNN(cell))
        y, carry = model.run(model.inputs(2, 4, 0), None)

    Args:
        module: Is only read.
        text: What messages call it.
        features: Numbers in one step; left out, its `in_features`.
        symbols: Size of the vocabulary of integer inputs.

    Raises:
        ConfigError: It hands on no carry, or fails on such inputs.
    """

    framework = "flax"

    def __init__(
        self,
        module: Any,
        *,
        text: str = "",
        features: int | None = None,
        symbols: int | None = None,
    ) -> None:
        import jax
        from flax import nnx

        super().__init__(text or type(module).__name__)
        self.versions = {"flax": importlib.metadata.version("flax"), **self.versions}
        names = inspect.signature(type(module).__call__).parameters
        if hasattr(module, "initialize_carry") and "initial_carry" not in names:
            module = nnx.RNN(module)
            names = inspect.signature(type(module).__call__).parameters
        if not {"initial_carry", "return_carry"} <= set(names):
            raise ConfigError("model", FORM, self.text)
        self.symbols = symbols or 0
        self.features = 0 if symbols else features or _width(module)
        with self.ready():
            made = nnx.clone(module)
            for part in _modules(made):
                for name in ("param_dtype", "dtype"):
                    if _is_single(getattr(part, name, None)):
                        setattr(part, name, np.dtype("float64"))
            self._graph, state = nnx.split(made)
            leaves, self._tree = jax.tree.flatten(state)
            self._keys = {n for n, leaf in enumerate(leaves) if _is_key(leaf)}
            self._kept = [leaf if n in self._keys else None for n, leaf in enumerate(leaves)]
            arrays = [np.asarray(leaf) for n, leaf in enumerate(leaves) if n not in self._keys]
            self.values = [v.astype("float64") if v.dtype.kind == "f" else v for v in arrays]
            x = self.inputs(2, 3, 0)
            try:
                y, carry = jax.eval_shape(self.call, self.values, x, None, {})
                jax.eval_shape(self.call, self.values, x, carry, {})
            except Exception as error:
                told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                raise ConfigError(
                    "model", f"one that takes (batch, time, features) = {x.shape}",
                    f"{self.text}, which raises {told}", "Give features= or symbols=.",
                ) from error  # fmt: skip
        if y.shape[:2] != x.shape[:2]:
            raise ConfigError(
                "model", "one that answers at every time step", f"{y.shape} for {x.shape}"
            )

    def call(
        self, values: Sequence[Any], x: Any, state: Any, more: dict[str, Any]
    ) -> tuple[Any, Any]:
        """The module with a carry."""
        carry, y = self._made(values)(x, initial_carry=state, return_carry=True)
        return y, carry

    def call_whole(self, values: Sequence[Any], x: Any, more: dict[str, Any]) -> Any:
        """The module without a carry."""
        found = self._made(values)(x)
        return found[1] if isinstance(found, tuple) else found

    def _made(self, values: Sequence[Any]) -> Any:
        import jax
        from flax import nnx

        following = iter(values)
        leaves = [kept if n in self._keys else next(following) for n, kept in enumerate(self._kept)]
        return nnx.merge(self._graph, jax.tree.unflatten(self._tree, leaves))


def stateful_of(
    module: Any, *, text: str = "", features: int | None = None, symbols: int | None = None
) -> NnxStateful:
    """A flax.nnx module as a stateful model; see `NnxStateful`."""
    return NnxStateful(module, text=text, features=features, symbols=symbols)


def _modules(module: Any) -> Iterator[Any]:
    from flax import nnx

    for _, part in nnx.iter_modules(module):
        yield part


def _width(module: Any) -> int:
    found = [getattr(part, "in_features", None) for part in _modules(module)]
    # The innermost parts come first; the outermost cell reads the input.
    return next((each for each in reversed(found) if isinstance(each, int)), FEATURES)


def _is_single(dtype: Any) -> bool:
    import jax.numpy as jnp

    return dtype is not None and bool(jnp.issubdtype(dtype, jnp.floating))


def _is_key(leaf: Any) -> bool:
    import jax

    kind = getattr(leaf, "dtype", None)
    return kind is not None and bool(jax.numpy.issubdtype(kind, jax.dtypes.prng_key))
