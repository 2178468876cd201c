"""The compiled dense layer against products in double precision."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echospan.engine.kernels.native import library
from echospan.engine.kernels.native.dense import dense

pytestmark = pytest.mark.skipif(
    library.status().library is None, reason="the compiled kernels are not in use here"
)

SIZES = [(1, 1, 1), (5, 3, 100), (61, 44, 10), (130, 70, 65), (20, 1100, 33), (3, 40, 1200)]
"""Rows, inputs, outputs. Less than a vector, whole ones, one with a rest; tiles of every width and
number of rows; a kernel that is packed at once and one in pieces, along either side."""


def numbers(rows, inputs, outputs, seed=0):
    draw = np.random.default_rng(seed)
    shapes = [(rows, inputs), (inputs, outputs), (outputs,), (rows, outputs)]
    return [draw.normal(size=shape).astype("float32") for shape in shapes]


def check(rows, inputs, outputs, biased):
    x, kernel, bias, d_y = numbers(rows, inputs, outputs)
    given_bias = jnp.asarray(bias) if biased else None
    y, pull = jax.vjp(dense, jnp.asarray(x), jnp.asarray(kernel), given_bias)
    got = (y, *pull(jnp.asarray(d_y)))
    x, kernel, bias, d_y = (each.astype("float64") for each in (x, kernel, bias, d_y))
    want = (x @ kernel + (bias if biased else 0), d_y @ kernel.T, x.T @ d_y, d_y.sum(0))
    for one, other, depth in zip(got, want, (inputs, outputs, rows, rows), strict=True):
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6 * np.sqrt(depth))
    assert (got[3] is None) != biased


@pytest.mark.parametrize("biased", [True, False])
def test_values_and_gradients_are_those_of_the_products(instructions, biased):
    for sizes in SIZES:
        check(*sizes, biased)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 60), st.integers(1, 80), st.integers(1, 80), st.booleans())
def test_any_size(rows, inputs, outputs, biased):
    check(rows, inputs, outputs, biased)


def test_what_is_no_number_stays_in_its_row():
    x, kernel, bias, _ = numbers(7, 5, 20)
    x[3, 2] = np.nan
    y = dense(x, kernel, bias)
    assert list(np.isnan(np.asarray(y)).all(1)) == [row == 3 for row in range(7)]
    assert np.isfinite(np.asarray(y)[[0, 1, 2, 4, 5, 6]]).all()


def test_many_problems_at_once_are_the_same_as_one_after_another():
    """The kernel shared by all, or one for each."""
    several = [numbers(9, 5, 20, seed) for seed in range(3)]
    xs, kernels, biases, d_ys = (jnp.stack(each) for each in zip(*several, strict=True))

    def run(x, kernel, bias, d_y):
        y, pull = jax.vjp(dense, x, kernel, bias)
        return y, *pull(d_y)

    own = jax.vmap(run)(xs, kernels, biases, d_ys)
    shared = jax.vmap(run, (0, None, None, 0))(xs, kernels[0], biases[0], d_ys)
    for index in range(3):
        alone = run(xs[index], kernels[index], biases[index], d_ys[index])
        with_first = run(xs[index], kernels[0], biases[0], d_ys[index])
        for got, want in zip((*own, *shared), (*alone, *with_first), strict=True):
            np.testing.assert_array_equal(got[index], want)


def digest():
    """Of results large enough to be divided among threads, in bits."""
    from echospan.engine.kernels.native.losses import cross_entropy

    x, kernel, bias, _ = numbers(1500, 70, 700)
    targets = jnp.arange(1500, dtype="int32") % 700

    def scored(x, kernel, bias):
        losses, places = cross_entropy(dense(x, kernel, bias), targets)
        return losses.sum(), (losses, places)

    results = jax.jit(jax.value_and_grad(scored, (0, 1, 2), has_aux=True))(x, kernel, bias)
    whole = b"".join(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(results))
    return hashlib.sha256(whole).hexdigest()


def test_results_are_the_same_in_every_run_and_among_others():
    want = digest()
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(lambda _: digest(), range(6))) == {want}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_results_do_not_depend_on_the_number_of_threads():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from echospan.engine.kernels.native import library; library.library()\n"
        "from engine.kernels.native.test_dense import digest; print(digest())"
    )
    path = os.pathsep.join([*sys.path])
    alone = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert alone.stdout.split()[-1] == digest()
