"""Gathered rows against the product with one-hot vectors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.engine.kernels.rows import gather_rows


@given(
    symbols=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    features=st.integers(1, 5),
    seed=st.integers(0, 99),
)
@settings(max_examples=5, deadline=None)
def test_gathering_is_exactly_the_one_hot_product(symbols, features, seed):
    kernel = jnp.asarray(np.random.default_rng(seed).normal(size=(7, features)), "float32")
    one_hot = jax.nn.one_hot(jnp.asarray(symbols), 7)
    np.testing.assert_array_equal(gather_rows(kernel, jnp.asarray(symbols)), one_hot @ kernel)

    def through(product):
        return jax.jit(jax.grad(lambda kernel: jnp.sum(product(kernel) ** 2)))(kernel)

    np.testing.assert_allclose(
        through(lambda k: gather_rows(k, jnp.asarray(symbols))),
        through(lambda k: one_hot @ k),
        rtol=1e-5,
        atol=1e-6,
    )
