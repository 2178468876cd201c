"""Loss and accuracy over many classes are Keras's own."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from echospan.engine.kernels import fused, scores

CLASSES = scores.MANY


@pytest.fixture
def outputs():
    return np.random.default_rng(0).normal(size=(3, 4, CLASSES)).astype("float32") * 5


@pytest.fixture
def targets():
    found = np.random.default_rng(1).integers(CLASSES, size=(3, 4))
    # Out of range, on either side: Keras counts them as no loss.
    found[0, 0], found[1, 2] = -1, CLASSES
    return found


@pytest.fixture
def calls(monkeypatch):
    """Which of the two functions were used, and not refused."""
    used = []

    def noting(name):
        original = getattr(scores, name)

        def noted(*arguments, **named):
            found = original(*arguments, **named)
            used.append(name)
            return found

        return noted

    for name in ("argmax", "sparse_categorical_crossentropy"):
        monkeypatch.setattr(scores, name, noting(name))
    return used


@pytest.mark.slow
@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("column", [True, False], ids=["(..., 1)", "(...)"])
def test_the_loss_and_its_gradient_are_kerass(outputs, targets, calls, from_logits, column):
    x = jnp.asarray(outputs) if from_logits else jax.nn.softmax(outputs)
    y = targets[..., None] if column else targets

    def loss(x):
        return keras.ops.sparse_categorical_crossentropy(y, x, from_logits=from_logits)

    expected, slope = loss(x), jax.grad(lambda x: loss(x).sum())(x)
    assert not calls
    with fused():
        found, own = loss(x), jax.grad(lambda x: loss(x).sum())(x)
    assert calls == ["sparse_categorical_crossentropy"] * 2
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(own, slope, rtol=2e-5, atol=2e-6)
    assert found[0, 0] == found[1, 2] == 0


def test_scores_far_from_zero_stay_exact(calls):
    """`log(sum(exp(x)))` alone would be infinite here, and lose all digits after it."""
    x = np.full((1, CLASSES), 1e4, "float32")
    with fused():
        found = keras.ops.sparse_categorical_crossentropy(np.array([3]), x, from_logits=True)
    assert calls
    np.testing.assert_allclose(found, np.log(CLASSES), rtol=1e-6)


def test_the_first_of_the_largest(outputs, calls):
    outputs[0, 0, [7, 300]] = 99.0
    outputs[0, 1] = 0.0
    outputs[0, 2] = -np.inf
    with fused():
        found = keras.ops.argmax(outputs, axis=-1)
        kept = keras.ops.argmax(outputs, axis=2, keepdims=True)
    assert calls == ["argmax"] * 2
    np.testing.assert_array_equal(found, np.argmax(outputs, axis=-1))
    np.testing.assert_array_equal(kept[..., 0], found)
    assert list(found[0, :3]) == [7, 0, 0]


def test_a_row_with_no_numbers_names_a_class(calls):
    x = np.zeros((2, CLASSES), "float32")
    x[0, 5] = np.nan
    with fused():
        assert list(keras.ops.argmax(x, axis=-1)) == [0, 0]


@pytest.mark.parametrize(
    ("x", "axis"),
    [
        (np.zeros((2, CLASSES - 1), "float32"), -1),
        (np.zeros((CLASSES, 2), "float32"), 0),
        (np.zeros((2, CLASSES), "float32"), None),
        (np.zeros((2, CLASSES), "int32"), -1),
    ],
    ids=["few", "another axis", "flat", "integers"],
)
def test_what_is_not_covered_is_kerass(x, axis, calls):
    with fused():
        found = keras.ops.argmax(x, axis=axis)
    assert not calls
    np.testing.assert_array_equal(found, np.argmax(x, axis=axis))


def test_a_mistake_in_shapes_is_told_by_keras(calls):
    with fused(), pytest.raises(ValueError, match="must have the same shape"):
        keras.ops.sparse_categorical_crossentropy(
            np.zeros((3, 2), "int32"), np.zeros((2, CLASSES), "float32"), from_logits=True
        )
    assert not calls
