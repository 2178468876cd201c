"""Every framework's adapter, on models whose numbers are known by hand."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from adapters.models import DECAY, KINDS, X, Y, keras_leaky, leaky
from echospan.adapters import NotSupported, State, adapt
from echospan.testing import check_adapter

NO_TORCH = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="no torch")
PARAMS = [pytest.param(kind, marks=NO_TORCH if "torch" in kind else ()) for kind in KINDS]


@pytest.fixture(params=PARAMS, scope="module")
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def adapter(kind):
    return leaky(kind, precision="float64")


def test_whole_sequences_chunks_and_steps_give_the_known_answers(adapter):
    np.testing.assert_allclose(adapter.whole([X])[0], Y)
    state, found = adapter.initial_state(3), []
    for chunk in np.split(X, [1, 3], axis=1):
        outputs, state = adapter.chunk([chunk], state)
        found.append(outputs[0])
    np.testing.assert_allclose(np.concatenate(found, 1), Y)
    (leaf,) = state.leaves.values()
    np.testing.assert_allclose(leaf.ravel(), Y[:, -1, 0])
    step, after = adapter.step([np.ones((3, 1))], state)
    np.testing.assert_allclose(step[0], 1 + DECAY * Y[:, -1])
    assert after.numbers == 3


def test_a_state_is_saved_and_its_rows_are_selected(adapter):
    _, state = adapter.chunk([X[:, :2]], adapter.initial_state(3))
    kept = State.from_bytes(state.to_bytes()).rows([2, 1])
    outputs, _ = adapter.chunk([X[[2, 1], 2:]], kept)
    np.testing.assert_allclose(outputs[0], Y[[2, 1], 2:])
    zero, _ = adapter.chunk([X], adapter.initial_state(3))
    np.testing.assert_allclose(zero[0], Y)


def test_the_gradient_reaches_every_earlier_input(adapter):
    last = np.zeros_like(Y)
    last[1, 3] = 1
    found = adapter.gradient([[X]], [last], parameters=True)
    assert found.value == pytest.approx(Y[1, 3, 0])
    wanted = np.zeros_like(X)
    wanted[1, :, 0] = [0.125, 0.25, 0.5, 1]
    np.testing.assert_allclose(found.inputs[0][0], wanted)
    # y(3) = x(3) + a x(2) + a^2 x(1) + a^3 x(0), of which x(1) = 4 alone is other than zero.
    slopes = [value for value in found.parameters.values() if value.shape == (1, 1)]
    assert any(slope[0, 0] == pytest.approx(2 * DECAY * 4) for slope in slopes)


def test_the_gradient_crosses_the_border_between_chunks_unless_it_is_detached(adapter):
    chunks = [[X[:, :1]], [X[:, 1:2]], [X[:, 2:]]]
    last = np.zeros((3, 2, 1))
    last[0, 1] = 1
    found = [part[0][0, :, 0] for part in adapter.gradient(chunks, [last]).inputs]
    np.testing.assert_allclose(np.concatenate(found), [0.125, 0.25, 0.5, 1])
    cut = adapter.gradient(chunks, [last], detached=True)
    np.testing.assert_allclose(cut.inputs[2][0][0, :, 0], [0.5, 1])
    assert not cut.inputs[0][0].any()
    assert not cut.inputs[1][0].any()


def half_squared(outputs, targets):
    return ((outputs - targets) ** 2).mean() / 2


def test_the_loss_of_each_sample_and_its_gradient(adapter, kind):
    loss = None if kind == "keras" else half_squared
    scale = 1 if kind == "keras" else 0.5
    targets = np.zeros_like(Y)
    found = adapter.loss_per_sample([X], [targets], loss)
    np.testing.assert_allclose(found, scale * (Y**2).mean((1, 2)), rtol=1e-6)
    slope = adapter.gradient([[X]], targets=[targets], loss=loss)
    assert slope.value == pytest.approx(scale * (Y**2).mean(), rel=1e-6)
    of_last = slope.inputs[0][0][:, 3, 0]
    np.testing.assert_allclose(of_last, scale * 2 * Y[:, 3, 0] / Y.size, rtol=1e-6)


def test_batches_are_replayed_with_and_without_their_state(adapter, kind):
    batches = [[X[:, :2]], [X[:, 2:]]]
    apart = adapter.replay(batches, carried=False)
    np.testing.assert_allclose(apart[1][0][:, 1], X[:, 3] + DECAY * X[:, 2])
    if kind != "keras":  # A Keras model carries state only in stateful layers.
        np.testing.assert_allclose(adapter.replay(batches)[1][0], Y[:, 2:])


def test_weights_are_scaled_and_put_back(adapter):
    with adapter.scaled(0.0):
        assert not np.allclose(adapter.whole([X])[0], Y)
    np.testing.assert_allclose(adapter.whole([X])[0], Y)


def test_facts(adapter, kind):
    facts = adapter.facts
    assert facts.framework == kind.split()[0]
    assert facts.state_numbers == 1
    assert facts.state_bytes == 8
    assert facts.precision == "float64"
    assert facts.parameters == (2 if kind == "keras" else 1)


def test_the_contract(adapter):
    check_adapter(adapter, [X])


def test_a_part_that_is_missing_raises(adapter, kind):
    assert adapter.support("positions").verdict == "refused"
    with pytest.raises(NotSupported, match="positions"):
        adapter.whole([X], positions=np.zeros((3, 4), int))
    if kind != "keras":
        with pytest.raises(NotSupported, match="loss"):
            adapter.loss_per_sample([X], [Y])


def test_a_stateful_keras_model_replays_as_fit_would_see_it():
    import keras

    model = keras.Sequential(
        [
            keras.Input(batch_shape=(3, 2, 1)),
            keras.layers.SimpleRNN(
                1, activation="linear", use_bias=False, return_sequences=True, stateful=True
            ),
        ]
    )
    model.set_weights(keras_leaky().get_weights())
    adapter = adapt(model, X[:, :2])
    assert adapter.facts.batch_size == 3
    found = adapter.replay([[X[:, :2]], [X[:, 2:]]])
    np.testing.assert_allclose(np.concatenate([each[0] for each in found], 1), Y)
    # The user's own state is not touched.
    assert not np.asarray(model.layers[0].states[0].value).any()


def test_a_keras_mask_leaves_steps_out():
    mask = np.array([[1, 1, 1, 0], [1, 0, 1, 1], [0, 1, 1, 1]], bool)
    found = leaky("keras").whole([X], mask=mask)[0]
    np.testing.assert_allclose(found[2, 1:, 0], [0, 0, 1])
    np.testing.assert_allclose(found[1, 2:, 0], [0, 0])


def test_a_layer_that_needs_all_steps_refuses_chunks():
    import keras

    inner = keras.layers.LSTM(1, return_sequences=True)
    model = keras.Sequential([keras.Input((4, 1)), keras.layers.Bidirectional(inner)])
    adapter = adapt(model, X)
    assert adapter.support("chunks").verdict == "refused"
    assert adapter.facts.state_numbers is None
    with pytest.raises(NotSupported, match="the whole sequence"):
        adapter.initial_state(3)


def test_the_receptive_field_is_measured(adapter):
    assert adapter.receptive_field([X]) is None
    import keras

    conv = keras.layers.Conv1D(2, 2, padding="causal", dilation_rate=2)
    model = keras.Sequential([keras.Input((8, 1)), conv])
    x = np.random.default_rng(0).normal(size=(2, 8, 1))
    assert adapt(model, x).receptive_field([x]) == 3


def test_a_keras_embedding_shows_where_the_gradient_reaches():
    import keras

    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Embedding(5, 2),
            keras.layers.Lambda(lambda x: x[:, :2]),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    symbols = np.array([[1, 2, 3], [4, 0, 2]])
    adapter = adapt(model, symbols)
    assert adapter.support("symbol_gradient").verdict == "supported"
    sizes = adapter.gradient([[symbols]], [np.ones((2, 1))]).inputs[0][0]
    assert sizes.shape == (2, 3, 2)
    assert (sizes[:, :2].max(-1) > 0).all()
    assert not sizes[:, 2].any()


def test_a_keras_loss_before_its_mean():
    import keras

    model = keras_leaky()
    model.compile(loss=keras.losses.MeanSquaredError())
    adapter = adapt(model, X)
    spread = adapter.loss_values(0, np.zeros((3, 1)), np.zeros(3))
    assert spread.size > 1
    # Of a loss that is named Keras makes the shapes equal first: nothing is spread.
    assert leaky("keras").loss_values(0, np.zeros((3, 1)), np.zeros(3)).shape == (3,)
    alone = adapt(keras.Sequential([keras.Input((None, 1)), keras.layers.SimpleRNN(1)]), X)
    assert alone.loss_values(0, np.zeros((3, 1)), np.zeros(3)) is None


@NO_TORCH
def test_torch_keeps_what_a_module_keeps_to_itself():
    import torch

    class Delay(torch.nn.Module):
        """Answers the input of the step before, which it keeps in an attribute."""

        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))
            self.last = None

        def forward(self, x):
            last = torch.zeros_like(x[:, :1]) if self.last is None else self.last
            self.last = x[:, -1:]
            return self.scale * torch.cat([last, x[:, :-1]], 1)

    model = Delay()
    adapter = adapt(model, X, precision="float64")
    assert model.last is None
    delayed = np.concatenate([np.zeros((3, 1, 1)), X[:, :-1]], 1)
    np.testing.assert_allclose(adapter.whole([X])[0], delayed)
    state = adapter.initial_state(3)
    first, state = adapter.chunk([X[:, :3]], state)
    other, _ = adapter.chunk([9 * X], adapter.initial_state(3))
    second, _ = adapter.chunk([X[:, 3:]], state)
    np.testing.assert_allclose(np.concatenate([first[0], second[0]], 1), delayed)
    np.testing.assert_allclose(other[0], 9 * delayed)
    assert list(state.leaves) == ["kept.last"]
    check_adapter(adapter, [X])


@NO_TORCH
def test_torch_states_have_their_rows_on_the_second_axis():
    import torch

    adapter = adapt(torch.nn.LSTM(1, 2, num_layers=2, batch_first=True), X)
    assert adapter.facts.state_numbers == 8
    _, state = adapter.chunk([X], adapter.initial_state(3))
    assert list(state.batch_axes.values()) == [1, 1]
    assert state.rows([0]).leaves["returned.0"].shape == (2, 1, 2)
    check_adapter(adapter, [X])


@NO_TORCH
def test_torch_without_a_state_refuses_chunks():
    import torch

    adapter = adapt(torch.nn.Conv1d(4, 4, 1), X)
    assert adapter.support("chunks").verdict == "refused"
    with pytest.raises(NotSupported, match="takes"):
        adapter.initial_state(3)


@pytest.mark.slow
@NO_TORCH
def test_keras_on_torch_keeps_the_contract():
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "adapters.on_torch"],
        env={
            **os.environ,
            "KERAS_BACKEND": "torch",
            "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root / "tests")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-800:]


@NO_TORCH
def test_lengths_and_masks_have_no_gradient_in_torch():
    import torch

    class Masked(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.readout = torch.nn.Linear(1, 1)

        def forward(self, x, seen):
            return (self.readout(x) * (seen[..., None] > 0)).sum(1)

    seen = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]])
    adapter = adapt(Masked(), (X, seen))
    assert adapter.gradient([[X, seen]], [np.ones((3, 1))], wanted=[1]).inputs == [[None, None]]
    both = adapter.gradient([[X, seen]], [np.ones((3, 1))]).inputs[0]
    assert both[1] is None
    np.testing.assert_array_equal(both[0][..., 0] != 0, seen > 0)
