"""The compiled cells as implementations: float32 on the CPU.

What is kept for the backward pass is the library's own affair: a few numbers a unit, its units
padded to whole vectors. Under `jax.vmap` the library loops over the problems itself.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from echospan.engine.kernels.recurrence import Arrays, Implementation, Projected
from echospan.engine.kernels.rows import Rows

PADDING = 16
"""As in `table.h`."""


class _Cell(NamedTuple):
    name: str
    gates: int
    kept: int
    """Numbers kept for a unit, as in `cells.h`."""
    has_cell: bool = False
    has_candidate_bias: bool = False


_LSTM = _Cell("lstm", gates=4, kept=6, has_cell=True)
_GRU = _Cell("gru", gates=3, kept=5, has_candidate_bias=True)
_SIMPLE = _Cell("simple", gates=1, kept=1)


def _run(
    cell: _Cell,
    keep: bool,
    projected: Projected,
    weights: Arrays,
    state: Arrays,
    mask: jax.Array | None,
) -> tuple[jax.Array, Arrays, jax.Array]:
    rows = projected if isinstance(projected, Rows) else None
    steps, batch = (projected.symbols if isinstance(projected, Rows) else projected).shape[:2]
    units = state[0].shape[-1]
    padded = -(-units // PADDING) * PADDING
    call = jax.ffi.ffi_call(
        f"echospan_{cell.name}_forward",
        (
            _floats(steps, batch, units),
            _floats(batch, units) if cell.has_cell else _floats(0),
            _floats(steps, batch, cell.kept, padded) if keep else _floats(0),
        ),
        vmap_method="broadcast_all",
    )
    outputs, last_cell, kept = call(
        projected if rows is None else rows.kernel,
        _symbols(rows),
        _no("float32") if rows is None or rows.bias is None else rows.bias,
        weights[1] if cell.has_candidate_bias else _no("float32"),
        weights[0],
        state[0],
        state[1] if cell.has_cell else _no("float32"),
        _no("bool") if mask is None else mask,
    )
    return outputs, (outputs[-1], last_cell) if cell.has_cell else (outputs[-1],), kept


def _infer(cell: _Cell, *arguments: Any) -> tuple[jax.Array, Arrays]:
    outputs, last, _ = _run(cell, False, *arguments)
    return outputs, last


def _forward(
    cell: _Cell, projected: Projected, weights: Arrays, state: Arrays, mask: jax.Array | None
) -> tuple[jax.Array, Arrays, Any]:
    outputs, last, kept = _run(cell, True, projected, weights, state, mask)
    rows = projected if isinstance(projected, Rows) else None
    return outputs, last, (rows, weights, state, mask, outputs, kept)


def _backward(
    cell: _Cell, residuals: Any, d_outputs: jax.Array | None, d_last: Arrays
) -> tuple[Any, Arrays, Arrays]:
    rows, weights, state, mask, outputs, kept = residuals
    steps, batch, units = outputs.shape
    width = cell.gates * units
    biased = rows is not None and rows.bias is not None
    call = jax.ffi.ffi_call(
        f"echospan_{cell.name}_backward",
        (
            _floats(steps, batch, width) if rows is None else _floats(*rows.kernel.shape),
            _floats(width) if biased else _floats(0),
            _floats(units) if cell.has_candidate_bias else _floats(0),
            _floats(units, width),
            _floats(batch, units),
            _floats(batch, units) if cell.has_cell else _floats(0),
        ),
        vmap_method="broadcast_all",
    )
    d_input, d_bias, d_candidate, d_recurrent, d_h, d_c = call(
        _no("float32") if d_outputs is None else d_outputs,
        d_last[0],
        d_last[1] if cell.has_cell else _no("float32"),
        kept,
        outputs,
        weights[0],
        state[0],
        _symbols(rows),
        _no("bool") if mask is None else mask,
    )
    d_projected = d_input if rows is None else Rows(d_input, None, d_bias if biased else None)
    d_weights = (d_recurrent, d_candidate) if cell.has_candidate_bias else (d_recurrent,)
    return d_projected, d_weights, (d_h, d_c) if cell.has_cell else (d_h,)


def _floats(*shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def _symbols(rows: Rows | None) -> jax.Array:
    return _no("int32") if rows is None else rows.symbols.astype("int32")


def _no(dtype: str) -> jax.Array:
    """What stands for an array that is absent."""
    return jnp.zeros((0,), dtype)


def _implementation(cell: _Cell) -> Implementation:
    return Implementation(
        partial(_infer, cell), partial(_forward, cell), partial(_backward, cell), True
    )


LSTM = _implementation(_LSTM)
GRU = _implementation(_GRU)
SIMPLE_RNN = _implementation(_SIMPLE)
