"""What an implementation of a recurrent cell is, and how it gets its own backward pass.

An implementation is three pure functions of arrays. All arrays are time-major and of one float
type; `units` is the size of the state.

    projected  (time, batch, gates * units)  inputs times kernel plus bias; for an implementation
               with `takes_rows` perhaps `Rows`, from which it makes that itself
    weights    a tuple of arrays, given by the cell: the recurrent kernel (units, gates * units)
               first
    state      a tuple of (batch, units): (h,) or (h, c)
    mask       booleans (time, batch), or None: every step counts

A masked step keeps the whole state, and its output is the output before, which is the state h it
kept. So `outputs` (time, batch, units) is at every step the h after it, masked or not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax

from echospan.engine.kernels.rows import Rows

Arrays = tuple[jax.Array, ...]
Projected = jax.Array | Rows


class Implementation(NamedTuple):
    """One way to run one cell. Its functions must be module-level: they are compared by identity.

    Attributes:
        infer: `(projected, weights, state, mask) -> (outputs, last)` where nothing is
            differentiated; `last` is the state after the last step.
        forward: The same arguments `-> (outputs, last, residuals)`. The residuals are any tree of
            arrays: all that `backward` needs, the weights and the mask among them.
        backward: `(residuals, d_outputs, d_last) -> (d_projected, d_weights, d_state)`.
            `d_outputs` is None where only the last state was asked for. `d_projected` is zero at
            masked steps; of `Rows` it has the gradients, None for the symbols.
        takes_rows: Whether `projected` may be `Rows`.
    """

    infer: Callable[[Any, Arrays, Arrays, Any], tuple[jax.Array, Arrays]]
    forward: Callable[[Any, Arrays, Arrays, Any], tuple[jax.Array, Arrays, Any]]
    backward: Callable[[Any, Any, Arrays], tuple[Any, Arrays, Arrays]]
    takes_rows: bool = False


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def recur(
    implementation: Implementation,
    every: bool,
    projected: Projected,
    weights: Arrays,
    state: Arrays,
    mask: jax.Array | None,
) -> tuple[jax.Array | None, Arrays]:
    """Run a cell over all steps, with the implementation's own backward pass.

    Args:
        implementation: What runs it.
        every: Whether the outputs of all steps are asked for.
        projected: (time, batch, gates * units), or `Rows` where the implementation takes them.
        weights: The cell's.
        state: Where it starts.
        mask: Booleans (time, batch), False where a step is skipped; or None.

    Returns:
        The outputs (time, batch, units), None if not asked for, and the state after the last step.
    """
    outputs, last = implementation.infer(projected, weights, state, mask)
    return (outputs if every else None), last


def _forward(
    implementation: Implementation,
    every: bool,
    projected: Projected,
    weights: Arrays,
    state: Arrays,
    mask: jax.Array | None,
) -> Any:
    outputs, last, residuals = implementation.forward(projected, weights, state, mask)
    return ((outputs if every else None), last), residuals


def _backward(implementation: Implementation, every: bool, residuals: Any, gradients: Any) -> Any:
    return *implementation.backward(residuals, *gradients), None


recur.defvjp(_forward, _backward)
