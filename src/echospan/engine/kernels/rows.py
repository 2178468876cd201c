"""Products with one-hot vectors without the product: rows of a kernel, gathered."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Rows(NamedTuple):
    """The projection of symbols, not yet made: what each step gets is a row of the kernel.

    Attributes:
        kernel: (symbols, features).
        symbols: Integers from 0 to symbols - 1, (time, batch); None in a gradient.
        bias: (features,), or None.
    """

    kernel: jax.Array
    symbols: Any
    bias: jax.Array | None

    @property
    def dtype(self) -> Any:
        """That of the projection."""
        return self.kernel.dtype

    @property
    def size(self) -> int:
        """Numbers in the projection."""
        return int(self.symbols.size * self.kernel.shape[1])

    def gathered(self) -> jax.Array:
        """The projection itself, (time, batch, features)."""
        rows = gather_rows(self.kernel, self.symbols)
        return rows if self.bias is None else rows + self.bias


@jax.custom_vjp
def gather_rows(kernel: jax.Array, symbols: jax.Array) -> jax.Array:
    """The product of one-hot vectors and a kernel, by gathering the kernel's rows.

    Exact, since all other terms of the product are zero.

    Args:
        kernel: (symbols, features).
        symbols: Integers, any shape.

    Returns:
        (*shape, features), exactly what the product gives.
    """
    return jnp.take(kernel, symbols, axis=0)


def _gather_forward(kernel: jax.Array, symbols: jax.Array) -> Any:
    return gather_rows(kernel, symbols), (symbols, kernel)


def _gather_backward(kept: Any, gradient: jax.Array) -> Any:
    symbols, kernel = kept
    rows = gradient.reshape(-1, kernel.shape[1])
    return jnp.zeros_like(kernel).at[symbols.reshape(-1)].add(rows), None


gather_rows.defvjp(_gather_forward, _gather_backward)
