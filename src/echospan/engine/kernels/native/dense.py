"""A dense layer compiled from C++: float32 on the CPU.

Both calls pack the kernel for tiles that are summed in registers. JAX 0.10.2 hands these products
to libraries that are slow where one side is short, above all in the kernel's gradient.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


@jax.custom_vjp
def dense(x: jax.Array, kernel: jax.Array, bias: jax.Array | None) -> jax.Array:
    """`x @ kernel + bias`.

    Args:
        x: (rows, inputs).
        kernel: (inputs, outputs).
        bias: (outputs,), or None.

    Returns:
        (rows, outputs).
    """
    return _run(x, kernel, bias)


def _run(x: jax.Array, kernel: jax.Array, bias: jax.Array | None) -> jax.Array:
    call = jax.ffi.ffi_call(
        "echospan_dense",
        jax.ShapeDtypeStruct((x.shape[0], kernel.shape[1]), jnp.float32),
        vmap_method="broadcast_all",
    )
    y: jax.Array = call(x, kernel, jnp.zeros((0,), "float32") if bias is None else bias)
    return y


def _forward(x: jax.Array, kernel: jax.Array, bias: jax.Array | None) -> Any:
    return _run(x, kernel, bias), (x, kernel, bias is not None)


def _backward(kept: Any, d_y: jax.Array) -> Any:
    x, kernel, biased = kept
    call = jax.ffi.ffi_call(
        "echospan_dense_gradients",
        tuple(
            jax.ShapeDtypeStruct(shape, jnp.float32)
            for shape in (x.shape, kernel.shape, kernel.shape[1:])
        ),
        vmap_method="broadcast_all",
    )
    d_x, d_kernel, d_bias = call(x, kernel, d_y)
    return d_x, d_kernel, d_bias if biased else None


dense.defvjp(_forward, _backward)
