"""The compiled cross-entropy against Keras's own, its argmax too."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echospan.engine.kernels.native import library
from echospan.engine.kernels.native.losses import cross_entropy

pytestmark = pytest.mark.skipif(
    library.status().library is None, reason="the compiled kernels are not in use here"
)

SPECIAL = [0.0, -0.0, 1.0, -3.0, 88.5, -200.0, 1e30, -np.inf, np.inf, np.nan]
INFINITE = SPECIAL[-3:]


@partial(jax.value_and_grad, has_aux=True)
def ours(scores, targets, weights):
    losses, places = cross_entropy(scores, targets)
    return jnp.sum(losses * weights), (losses, places)


@partial(jax.value_and_grad, has_aux=True)
def kerass(scores, targets, weights):
    losses = keras.ops.sparse_categorical_crossentropy(targets, scores, from_logits=True)
    return jnp.sum(losses * weights), (losses, keras.ops.argmax(scores, axis=-1))


EAGER = [ours, kerass]
COMPILED = [jax.jit(one) for one in EAGER]
"""One program for a shape, not one an operation. XLA's own, of Keras's, differs at infinities."""


def check(scores, targets, weights, both=COMPILED):
    """Losses, places and gradients: ours are Keras's."""
    arrays = [jnp.asarray(each) for each in (scores, targets, weights)]
    ((_, (losses, places)), slopes), ((_, (other, largest)), gradients) = (
        one(*arrays) for one in both
    )
    np.testing.assert_array_equal(places, largest)
    np.testing.assert_allclose(losses, other, rtol=3e-6, atol=3e-6)
    np.testing.assert_allclose(slopes, gradients, rtol=1e-5, atol=1e-6)
    return losses


def some(rows, classes, seed=0):
    draw = np.random.default_rng(seed)
    scores = (draw.normal(size=(rows, classes)) * 4).astype("float32")
    # Out of range on either side, and rows that weigh nothing, are among them.
    targets = draw.integers(-1, classes + 1, rows).astype("int32")
    return scores, targets, (draw.integers(0, 3, rows) / 2).astype("float32")


def test_losses_gradients_and_places_are_kerass(instructions):
    for rows, classes in [(1, 1), (33, 2), (50, 10), (7, 32), (7, 33), (9, 100), (2, 1000)]:
        scores, targets, weights = some(rows, classes)
        losses = check(scores, targets, weights)
        outside = (targets < 0) | (targets >= classes)
        assert not np.asarray(losses)[outside].any()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 40), st.integers(1, 70), st.integers(0, 1000))
@pytest.mark.slow
def test_any_size(rows, classes, seed):
    check(*some(rows, classes, seed))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from([3, 40]))
def test_scores_that_are_hard_to_compare(data, classes):
    """Few shapes, so that little is compiled; a vector of rows at a time, and row by row."""
    shape = st.lists(st.sampled_from(SPECIAL), min_size=classes, max_size=classes)
    scores = np.asarray(data.draw(st.lists(shape, min_size=4, max_size=4)), "float32")
    targets = data.draw(st.lists(st.integers(-1, classes), min_size=4, max_size=4))
    check(scores, np.asarray(targets, "int32"), np.ones(4, "float32"), EAGER)


@pytest.mark.parametrize("special", INFINITE)
@pytest.mark.slow
def test_one_infinite_score(instructions, special):
    """At the target and elsewhere: a loss without end, or no number at all."""
    for classes in (5, 50):
        scores, _, weights = some(4, classes)
        scores[1, 2] = scores[3, 4] = special
        check(scores, np.asarray([0, 2, 1, 1], "int32"), weights + 1, EAGER)


def test_equal_scores_give_the_first_and_the_logarithm_of_their_number(instructions):
    scores = np.full((18, 10), 7.5, "float32")
    losses, places = cross_entropy(jnp.asarray(scores), jnp.arange(18, dtype="int32") % 10)
    np.testing.assert_allclose(losses, np.log(10), rtol=1e-6)
    assert not np.asarray(places).any()


def test_the_gradient_is_that_of_finite_differences():
    scores, targets, weights = some(6, 10)

    def value(scores):
        return float(jnp.sum(cross_entropy(jnp.asarray(scores), targets)[0] * weights))

    slopes = jax.grad(lambda s: jnp.sum(cross_entropy(s, targets)[0] * weights))(scores)
    for row in range(6):
        direction = np.sign(np.asarray(slopes)) * (np.arange(6) == row)[:, None]
        step = (5e-3 * direction).astype("float32")
        along = float(np.sum(np.asarray(slopes) * direction))
        assert along == pytest.approx(
            (value(scores + step) - value(scores - step)) / 1e-2, rel=5e-3, abs=2e-3
        )


def test_many_problems_at_once_are_the_same_as_one_after_another():
    for classes in (10, 50):
        several = [some(5, classes, seed) for seed in range(3)]
        scores, targets, _ = (jnp.stack(each) for each in zip(*several, strict=True))

        def run(scores, targets):
            (losses, places), pull = jax.vjp(lambda s: cross_entropy(s, targets), scores)
            zero = np.zeros(places.shape, jax.dtypes.float0)
            return losses, places, *pull((jnp.ones_like(losses), zero))

        together = jax.vmap(run)(scores, targets)
        for index in range(3):
            alone = run(scores[index], targets[index])
            for got, want in zip(together, alone, strict=True):
                np.testing.assert_array_equal(got[index], want)
