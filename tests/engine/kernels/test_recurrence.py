"""Every implementation of every cell against its equations and finite differences, in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.engine.kernels.choice import PURE_JAX
from echospan.engine.kernels.recurrence import recur
from engine.kernels.cells import STEPS, arguments, reference, some_mask

SIZES = st.integers(1, 5)
IMPLEMENTATIONS = [pytest.param(cell, PURE_JAX[cell], id=f"{cell}-pure-jax") for cell in STEPS]


def score(result, every):
    """A scalar that depends on every number of a result, on each in another way."""
    outputs, state = result
    if not every:
        outputs = outputs[-1] if outputs is not None else state[0]
    return sum(
        jnp.sum(jnp.cos(jnp.arange(array.size) + 1.0).reshape(array.shape) * array)
        for array in (outputs, *state)
    )


@pytest.mark.parametrize(("masked", "every"), [(False, False), (True, True)])
@pytest.mark.parametrize(("cell", "implementation"), IMPLEMENTATIONS)
def test_results_and_gradients_are_those_of_the_equations(cell, implementation, masked, every):
    check(cell, implementation, 4, 3, 2, 0, masked, every)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "implementation"), IMPLEMENTATIONS)
@settings(max_examples=6, deadline=None)
@given(
    steps=SIZES,
    batch=SIZES,
    units=SIZES,
    seed=st.integers(0, 2**16),
    masked=st.booleans(),
    every=st.booleans(),
)
def test_any_size_and_any_mask(cell, implementation, steps, batch, units, seed, masked, every):
    check(cell, implementation, steps, batch, units, seed, masked, every)


def check(cell, implementation, steps, batch, units, seed, masked, every):
    with jax.enable_x64(True):
        args = arguments(cell, steps, batch, units, seed)
        mask = some_mask(steps, batch, seed) if masked else None

        @jax.jit
        def got(*args):
            return recur(implementation, every, *args, mask)

        @jax.jit
        def want(*args):
            return reference(cell, *args, mask)

        (outputs, last), (all_outputs, all_last) = got(*args), want(*args)
        assert (outputs is not None) == every
        if every:
            np.testing.assert_allclose(outputs, all_outputs, rtol=1e-12, atol=1e-12)
        for one, other in zip(last, all_last, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
        gradients, expected = (
            jax.jit(jax.grad(lambda *args, run=run: score(run(*args), every), (0, 1, 2)))(*args)
            for run in (got, want)
        )
        for one, other in zip(*map(jax.tree.leaves, (gradients, expected)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "implementation"), IMPLEMENTATIONS)
def test_gradients_equal_finite_differences(cell, implementation):
    with jax.enable_x64(True):
        args, mask = arguments(cell, 4, 3, 2), some_mask(4, 3)

        @jax.jit
        def value(args):
            return score(recur(implementation, True, *args, mask), True)

        gradient = jax.grad(value)(args)
        draw = np.random.default_rng(1)
        leaves, tree = jax.tree.flatten(args)
        for position, leaf in enumerate(leaves):
            direction = draw.normal(size=leaf.shape)
            moved = [
                jax.tree.unflatten(
                    tree, [*leaves[:position], leaf + step * direction, *leaves[position + 1 :]]
                )
                for step in (1e-6, -1e-6)
            ]
            slope = float(value(moved[0]) - value(moved[1])) / 2e-6
            along = float(jnp.sum(jax.tree.leaves(gradient)[position] * direction))
            assert along == pytest.approx(slope, rel=1e-7, abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "implementation"), IMPLEMENTATIONS)
def test_a_masked_input_has_no_influence_even_if_it_is_not_a_number(cell, implementation):
    projected, weights, state = arguments(cell, 4, 3, 2)
    mask = some_mask(4, 3)
    poisoned = jnp.where(mask[..., None], projected, jnp.nan)

    def run(projected):
        return score(recur(implementation, True, projected, weights, state, mask), True)

    want, expected = jax.value_and_grad(run)(projected)
    got, gradient = jax.value_and_grad(run)(poisoned)
    assert float(got) == float(want)
    assert not np.asarray(expected)[~np.asarray(mask)].any()
    np.testing.assert_array_equal(gradient, expected)
