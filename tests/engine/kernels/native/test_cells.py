"""The compiled cells against the pure JAX ones, with every instruction set of this processor."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echospan.engine.kernels.choice import COMPILED, PURE_JAX, choose
from echospan.engine.kernels.native import library
from echospan.engine.kernels.recurrence import recur
from echospan.engine.kernels.rows import Rows
from engine.kernels.cells import GATES, arguments, some_mask

FOUND = library.status().library
pytestmark = pytest.mark.skipif(FOUND is None, reason="the compiled kernels are not in use here")

CASES = [
    (1, 1, 1, False, True),
    (2, 3, 16, True, False),
    (7, 10, 45, True, True),
    (33, 2, 70, False, True),
]
"""Steps, batch, units, whether masked, whether all outputs are asked for. Less than a vector of
units, whole ones, with a rest, more than one tile; one and several chunks of steps."""


def inputs(cell, steps, batch, units):
    projected, weights, state = arguments(cell, steps, batch, units)
    # Recurrence of a size at which errors neither die out nor grow.
    return projected, (weights[0] / np.sqrt(units), *weights[1:]), state


@partial(jax.jit, static_argnums=(0, 3))
def run(implementation, args, mask, every):
    """Results and the gradients of all arguments, under gradients that differ everywhere."""

    def function(*args):
        return recur(implementation, every, *args, mask)

    results, pull = jax.vjp(function, *args)
    wanted = jax.tree.map(
        lambda a: jnp.cos(jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), results
    )
    return results, pull(wanted)


def assert_close(got, want):
    for one, other in zip(*map(jax.tree.leaves, (got, want)), strict=True):
        assert one.dtype == other.dtype
        scale = float(jnp.max(jnp.abs(other))) + 1e-3
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=5e-6 * scale)


@pytest.mark.parametrize("cell", COMPILED)
def test_values_and_gradients_equal_those_of_pure_jax(instructions, cell):
    for steps, batch, units, masked, every in CASES:
        args = inputs(cell, steps, batch, units)
        mask = some_mask(steps, batch) if masked else None
        got = run(COMPILED[cell], args, mask, every)
        assert_close(got, run(PURE_JAX[cell], args, mask, every))


@pytest.mark.parametrize(("cell", "biased"), [("lstm", True), ("gru", False), ("simple-rnn", True)])
@pytest.mark.slow
def test_rows_of_the_kernel_equal_their_projection(instructions, cell, biased):
    """Gradients of kernel and bias too, with symbols that come often and one that never does."""
    steps, batch, units, symbols = 7, 10, 45, 6
    _, weights, state = inputs(cell, steps, batch, units)
    draw = np.random.default_rng(0)
    width = GATES[cell] * units
    kernel = jnp.asarray(draw.normal(size=(symbols, width)), "float32")
    bias = jnp.asarray(draw.normal(size=width), "float32") if biased else None
    which = jnp.asarray(draw.integers(0, symbols - 1, (steps, batch)))
    mask = some_mask(steps, batch)
    arguments = (kernel, bias, which, weights, state, mask)
    assert_close(scored(cell, True, *arguments), scored(cell, False, *arguments))


# Once for all instruction sets: which one runs is chosen when it runs.
@partial(jax.jit, static_argnums=(0, 1))
def scored(cell, compiled, kernel, bias, which, weights, state, mask):
    """A scalar that depends on every output, and its gradients of kernel and bias."""

    def score(kernel, bias):
        rows = Rows(kernel, which, bias)
        implementation, heard = (
            (COMPILED[cell], rows) if compiled else (PURE_JAX[cell], rows.gathered())
        )
        outputs, _ = recur(implementation, True, heard, weights, state, mask)
        return jnp.sum(jnp.cos(jnp.arange(outputs.size)).reshape(outputs.shape) * outputs)

    return jax.value_and_grad(score, (0, 1))(kernel, bias)


@pytest.mark.parametrize("cell", COMPILED)
@pytest.mark.slow
def test_gradients_equal_finite_differences(cell):
    args = inputs(cell, 4, 3, 5)
    mask = some_mask(4, 3)

    @jax.jit
    def value(args):
        outputs, last = recur(COMPILED[cell], True, *args, mask)
        return jnp.sum(jnp.sin(outputs)) + sum(jnp.sum(part) for part in last)

    gradient = jax.grad(value)(args)
    leaves, tree = jax.tree.flatten(args)
    for position, leaf in enumerate(leaves):
        direction = np.sign(jax.tree.leaves(gradient)[position]).astype("float32")
        up, down = (
            value(jax.tree.unflatten(tree, [*leaves[:position], moved, *leaves[position + 1 :]]))
            for moved in (leaf + 5e-3 * direction, leaf - 5e-3 * direction)
        )
        along = float(jnp.sum(jax.tree.leaves(gradient)[position] * direction))
        assert along == pytest.approx(float(up - down) / 1e-2, rel=2e-3)


@pytest.mark.parametrize("cell", COMPILED)
def test_many_problems_at_once_are_the_same_as_one_after_another(cell):
    """Some arguments differ between the problems and some are shared."""
    several = [inputs(cell, 3, 2, 5) for _ in range(3)]
    projected = jnp.stack([args[0] * (i + 1) for i, args in enumerate(several)])
    _, weights, state = several[0]
    mask = some_mask(3, 2)

    def one(projected):
        return run(COMPILED[cell], (projected, weights, state), mask, True)

    together = jax.tree.leaves(jax.jit(jax.vmap(one))(projected))
    for index, alone in enumerate(projected):
        for got, want in zip(together, jax.tree.leaves(one(alone)), strict=True):
            np.testing.assert_array_equal(got[index], want)


def test_threads_do_not_disturb_each_other():
    args = inputs("lstm", 20, 10, 33)

    def program(args):
        return run(COMPILED["lstm"], args, None, True)

    want = program(args)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(program, [args] * 40):
            for one, other in zip(*map(jax.tree.leaves, (got, want)), strict=True):
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "exact"),
    [("tanh", np.tanh), ("sigmoid", lambda x: 1 / (1 + np.exp(-x)))],
)
def test_activations_are_right_to_a_few_units_in_the_last_place(instructions, name, exact):
    tiny = np.float32(10.0) ** -np.arange(1, 30)
    x = np.concatenate([np.linspace(-80, 80, 400_001), np.linspace(-2, 2, 400_001), tiny, -tiny])
    x = np.append(x, 0).astype("float32")
    got, want = apply(name, x), exact(x.astype("float64"))
    assert np.max(np.abs(got - want) / np.spacing(np.abs(want).astype("float32"))) < 4


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_activations_at_the_ends(instructions, name):
    low, high, neither = apply(name, np.array([-np.inf, np.inf, np.nan], "float32"))
    assert low == pytest.approx(-1 if name == "tanh" else 0, abs=1e-37)
    assert high == 1
    assert np.isnan(neither)


def apply(name, x):
    x = np.ascontiguousarray(x, "float32")
    out = np.empty_like(x)
    pointer = ctypes.POINTER(ctypes.c_float)
    getattr(FOUND.handle, f"echospan_{name}")(
        x.ctypes.data_as(pointer), out.ctypes.data_as(pointer), ctypes.c_int64(x.size)
    )
    return out


def test_who_is_chosen(monkeypatch):
    monkeypatch.setenv("ECHOSPAN_KERNELS", "auto")
    for cell, gates in GATES.items():
        projected = jnp.zeros((3, 2, gates * 4), "float32")
        assert choose(cell, projected, 4) is COMPILED.get(cell, PURE_JAX[cell])
    with jax.enable_x64(True):
        assert choose("lstm", jnp.zeros((3, 2, 16), "float64"), 4) is PURE_JAX["lstm"]
    assert choose("lstm", jnp.zeros((3, 0, 16), "float32"), 4) is PURE_JAX["lstm"]
    monkeypatch.setenv("ECHOSPAN_KERNELS", "jax")
    assert choose("lstm", jnp.zeros((3, 2, 16), "float32"), 4) is PURE_JAX["lstm"]
