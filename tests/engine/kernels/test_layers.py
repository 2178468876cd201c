"""Keras's layers with the kernels against Keras's own path: outputs, states and gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from echospan.engine.kernels import fused, layers, mark_one_hot

BATCH, STEPS, FEATURES, UNITS = 3, 5, 4, 2
X = np.random.default_rng(0).normal(size=(BATCH, STEPS, FEATURES)).astype("float32")
MASK = np.array(
    [[True, True, False, True, True], [False, False, True, False, False], [False] * STEPS]
)
LSTM, GRU, SIMPLE = keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN
EVERY = pytest.mark.parametrize("kind", [LSTM, GRU, SIMPLE])


@pytest.fixture
def ran(monkeypatch):
    """The cells that a kernel has run; a refusal adds none."""
    done = []
    original = layers.recur

    def counted(*args):
        result = original(*args)
        done.append(args[0])
        return result

    monkeypatch.setattr(layers, "recur", counted)
    return done


def start(kind):
    draw = np.random.default_rng(1)
    states = [draw.normal(size=(BATCH, UNITS)).astype("float32") for _ in range(2)]
    return states if kind is LSTM else states[:1]


def build(kind, **settings):
    """A layer whose weights, the biases too, all differ."""
    layer = kind(UNITS, **settings)
    layer.build(X.shape)
    draw = np.random.default_rng(2)
    layer.set_weights([draw.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def both(layer, ran, *, runs, x=X, **call):
    """Asserts that a layer gives the same with and without kernels, and its gradients too."""

    def everything(trainable, x):
        mapping = list(zip(layer.trainable_variables, trainable, strict=True))
        with keras.StatelessScope(mapping):
            result = jax.tree.leaves(layer(x, **call))
        score = sum(jnp.sum(jnp.cos(jnp.arange(r.size) + 1.0).reshape(r.shape) * r) for r in result)
        return score, result

    trainable = [variable.value for variable in layer.trainable_variables]

    def run():
        compiled = jax.jit(jax.value_and_grad(lambda *a: everything(*a), (0, 1), has_aux=True))
        return compiled(trainable, jnp.asarray(x))

    want = run()
    assert not ran
    with fused():
        got = run()
    assert len(ran) == runs
    for one, other in zip(*map(jax.tree.leaves, (got, want)), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


@EVERY
@pytest.mark.parametrize(
    "settings",
    [
        {"unroll": True},
        {
            "return_sequences": True,
            "return_state": True,
            "go_backwards": True,
            "use_bias": False,
        },
    ],
    ids=str,
)
@pytest.mark.slow
def test_a_layer_gives_the_same(ran, kind, settings):
    both(build(kind, **settings), ran, runs=1, initial_state=start(kind))


@EVERY
@pytest.mark.parametrize(
    "settings",
    [
        {"return_sequences": True, "return_state": True},
        {"zero_output_for_mask": True, "return_sequences": True, "go_backwards": True},
        {"zero_output_for_mask": True},
    ],
    ids=str,
)
@pytest.mark.slow
def test_a_masked_layer_gives_the_same(ran, kind, settings):
    both(build(kind, **settings), ran, runs=1, mask=MASK, initial_state=start(kind))


@pytest.mark.slow
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
def test_a_gru_that_resets_before_the_product(ran, use_bias, mask):
    both(build(GRU, reset_after=False, use_bias=use_bias), ran, runs=1, mask=mask)


@pytest.mark.slow
@EVERY
def test_state_is_carried_from_batch_to_batch(ran, kind):
    layer = build(kind, stateful=True)
    halves = X[:, :2], X[:, 2:]
    want = [np.asarray(layer(half)) for half in halves]
    states = [np.asarray(state) for state in layer.states]
    layer.reset_state()
    with fused():
        got = [np.asarray(layer(half)) for half in halves]
    assert len(ran) == 2
    for one, other in zip([*got, *layer.states], [*want, *states], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@EVERY
@pytest.mark.slow
def test_dropout_of_the_inputs_draws_the_same(ran, kind):
    layer = build(kind, dropout=0.4, seed=3)
    seed = layer.cell.seed_generator.state
    before = np.asarray(seed)
    want = layer(X, training=True)
    seed.assign(before)
    with fused():
        got = layer(X, training=True)
    assert len(ran) == 1
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "first"), [(LSTM, []), (GRU, [keras.layers.Masking(0.0)])])
def test_both_directions_one_above_the_other(ran, kind, first):
    model = keras.Sequential(
        [
            *first,
            keras.layers.Bidirectional(kind(2, return_sequences=True)),
            keras.layers.Bidirectional(kind(3), merge_mode="sum"),
        ]
    )
    model.build(X.shape)
    both(model, ran, runs=4, x=X * MASK[..., None])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (LSTM, {"activation": "relu"}),
        (LSTM, {"recurrent_activation": "hard_sigmoid"}),
        (GRU, {"activation": "relu"}),
        (GRU, {"recurrent_activation": "hard_sigmoid"}),
        (SIMPLE, {"activation": "relu"}),
        (SIMPLE, {"activation": None}),
        (LSTM, {"recurrent_dropout": 0.3}),
        (GRU, {"recurrent_dropout": 0.3}),
        (SIMPLE, {"recurrent_dropout": 0.3}),
        (LSTM, {"use_cudnn": False}),
        (GRU, {"dtype": "mixed_bfloat16"}),
        (SIMPLE, {"dtype": "mixed_float16"}),
    ],
    ids=str,
)
def test_what_no_kernel_covers_takes_kerass_path(ran, kind, settings):
    layer = build(kind, return_sequences=True, **settings)
    want = np.asarray(layer(X), "float32")
    with fused():
        got = np.asarray(layer(X), "float32")
    assert not ran
    np.testing.assert_array_equal(got, want)


@pytest.mark.slow
@EVERY
def test_a_mask_on_an_unrolled_loop_takes_kerass_path(ran, kind):
    both(build(kind, unroll=True), ran, runs=0, mask=MASK, initial_state=start(kind))


class OwnCell(keras.layers.SimpleRNNCell):
    def call(self, sequence, states, training=False):
        output, states = super().call(sequence, states, training=training)
        return 2 * output, states


class OwnLayer(SIMPLE):
    def __init__(self, units):
        super().__init__(units)
        self.cell = OwnCell(units)


def test_a_subclass_with_a_cell_of_its_own_takes_kerass_path(ran):
    layer = OwnLayer(UNITS)
    want = layer(X)
    with fused():
        got = layer(X)
    assert not ran
    np.testing.assert_array_equal(got, want)


def test_marked_one_hot_vectors_are_gathered_and_unmarked_ones_multiplied():
    layer = keras.layers.LSTM(4)
    symbols = jnp.asarray([[0, 3, 1], [2, 2, 4]])
    want = layer(jax.nn.one_hot(symbols, 5))

    def products(function, x):
        return str(jax.make_jaxpr(function)(x)).count("dot_general")

    def marked(symbols):
        with fused():
            return layer(mark_one_hot(jax.nn.one_hot(symbols, 5), symbols))

    def unmarked(symbols):
        with fused():
            return layer(jax.nn.one_hot(symbols, 5))

    np.testing.assert_allclose(marked(symbols), want, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(unmarked(symbols), want, rtol=1e-5, atol=1e-6)
    assert products(marked, symbols) == products(unmarked, symbols) - 1
