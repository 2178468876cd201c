"""One way into a model: what the span trains is an adapter again, with the weights it learned."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from adapters.models import X, jax_leaky, keras_leaky, leaky, torch_leaky
from echospan.adapters import NotSupported, adapt
from echospan.adapters.resolve import resolve_model, trainable_of
from echospan.errors import CorruptRun
from echospan.memory_tasks.base import TrainingSpec
from echospan.memory_tasks.choose import memory_task_of

K = 4
SPEC = TrainingSpec(1, 8, 16)
USERS = Path(__file__).parents[1] / "spans" / "user_models.py"
NO_TORCH = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="no torch")


def keras_gru():
    import keras

    return keras.Sequential(
        [
            keras.Input((None, K)),
            keras.layers.GRU(5, return_sequences=True),
            keras.layers.Dense(K),
        ]
    )


def torch_gru():
    import torch

    class Answering(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.memory = torch.nn.GRU(K, 5, batch_first=True)
            self.answer = torch.nn.Linear(5, K)

        def forward(self, x, state=None):
            hidden, state = self.memory(x, state)
            return self.answer(hidden), state

    return Answering()


def jax_leaks():
    """A leaky sum of each symbol, whose state has no default, with a count that is not trained."""
    import jax
    import jax.numpy as jnp

    def init(key):
        return {"decay": jax.random.uniform(key, (K,)), "one": jnp.ones((), "int32")}

    def apply(params, x, state):
        def step(carry, now):
            carry = now + params["decay"] * carry
            return carry, carry * params["one"]

        start = jnp.zeros((x.shape[0], K), x.dtype) if state is None else state
        end, found = jax.lax.scan(step, start, x.swapaxes(0, 1))
        return found.swapaxes(0, 1), end

    return init, apply


MODELS = {"keras": keras_gru, "torch": torch_gru, "jax": jax_leaks}
KINDS = [pytest.param(kind, marks=NO_TORCH if kind == "torch" else ()) for kind in MODELS]


@pytest.fixture(params=KINDS, scope="module")
def trained(request):
    """A model trained for ten updates: (kind, adapter of the user's, trainable model, weights)."""
    given = adapt(MODELS[request.param](), np.zeros((2, 8, K), "float32"))
    trainable = trainable_of(given, memory_task_of("echo", symbols=K))
    weights, _ = trainable.train(trainable.start(3, 0.01), SPEC, 0, 0, 10)
    return request.param, given, trainable, weights


@pytest.fixture
def symbols(trained):
    return trained[2].task.random_inputs(12, 0, "check", 3)


@pytest.mark.slow
def test_what_was_trained_gives_the_same_answers_as_an_adapter(trained, symbols):
    kind, _, trainable, weights = trained
    adapter = trainable.adapter(weights)
    assert adapter.facts.framework == kind
    answers = adapter.whole([trainable.encode(symbols)])[0]
    np.testing.assert_allclose(answers, trainable.scores(weights, symbols), atol=1e-6)
    # Ten updates moved the weights, and the adapter has these, not those of the start.
    start = trainable.adapter(trainable.start(3, 0.01)).parameters()
    moved = adapter.parameters()
    assert any(not np.array_equal(moved[name], start[name]) for name in start)


@pytest.mark.slow
def test_inspection_by_steps_by_rows_and_by_cause_gives_the_numbers_of_the_span(trained, symbols):
    _, _, trainable, weights = trained
    adapter, x = trainable.adapter(weights), trainable.encode(symbols)
    state, steps = adapter.initial_state(3), []
    for step in range(12):
        outputs, state = adapter.step([x[:, step]], state)
        steps.append(outputs[0])
    streamed = trainable.stream(weights, symbols)
    # A pair is trained as a Keras model, which shows no state; the adapter of the pair does.
    wanted = trainable.scores(weights, symbols) if streamed is None else streamed.scores
    np.testing.assert_allclose(np.stack(steps, 1), wanted, atol=1e-6)
    changed = symbols.copy()
    changed[:2] = trainable.task.changed(changed[:2])
    changed[:, 6] = trainable.task.changed(changed[:, 6])
    found = adapter.whole([trainable.encode(changed)])[0]
    np.testing.assert_allclose(found, trainable.scores(weights, changed), atol=1e-6)
    # Causal: earlier answers of the row that is otherwise left alone stay.
    np.testing.assert_allclose(found[2, :6], wanted[2, :6], atol=1e-6)


def test_stored_weights_go_on_as_those_that_were_never_stored(trained, symbols):
    _, _, trainable, weights = trained
    arrays = trainable.to_arrays(weights)
    again = trainable.from_arrays(arrays, seed=3, rate=0.01)
    one, curve = trainable.train(trainable.keep(weights), SPEC, 0, 10, 10)
    other, same = trainable.train(again, SPEC, 0, 10, 10)
    np.testing.assert_array_equal(curve.loss, same.loss)
    np.testing.assert_array_equal(trainable.scores(one, symbols), trainable.scores(other, symbols))
    halved = trainable.to_arrays(trainable.at_rate(trainable.keep(weights), 0.5))
    back = trainable.to_arrays(trainable.from_arrays(halved, seed=3, rate=0.01))
    assert all(np.array_equal(value, back[name]) for name, value in halved.items())
    name = next(name for name in arrays if arrays[name].size > 1)
    with pytest.raises(CorruptRun, match="The stored array"):
        trainable.from_arrays({**arrays, name: arrays[name].ravel()[:1]}, 3, 0.01)


def test_training_is_no_change_to_adapters_made_before(trained, symbols):
    _, given, trainable, weights = trained
    own, before = given.parameters(), trainable.adapter(trainable.keep(weights))
    answers = before.whole([trainable.encode(symbols)])[0]
    trainable.train(trainable.keep(weights), SPEC, 0, 10, 10)
    np.testing.assert_array_equal(before.whole([trainable.encode(symbols)])[0], answers)
    for name, value in given.parameters().items():
        np.testing.assert_array_equal(value, own[name])


@pytest.mark.slow
def test_an_adapter_of_trained_weights_can_be_trained_again(trained):
    _, _, trainable, weights = trained
    again = trainable_of(trainable.adapter(weights), trainable.task)
    assert again.parameters == trainable.parameters
    fresh, first = (each.adapter(each.start(1, 0.01)).parameters() for each in (again, trainable))
    for one, other in zip(fresh.values(), first.values(), strict=True):
        np.testing.assert_array_equal(one, other)
    of_other_seed = again.adapter(again.start(2, 0.01)).parameters()
    assert any(not np.array_equal(fresh[name], of_other_seed[name]) for name in fresh)


@pytest.mark.slow
@pytest.mark.parametrize("function", ["with_table", "window", "stateful_single_steps"])
def test_models_that_take_no_whole_one_hot_sequences(function):
    trainable = resolve_model(f"{USERS}:{function}", memory_task_of("echo", symbols=K))
    weights = trainable.start(1, 0.01)
    rows = trainable.model.inputs[0].shape[0] or 3
    symbols = trainable.task.random_inputs(6, 0, "check", rows)
    adapter, x = trainable.adapter(weights), trainable.encode(symbols)
    if function == "stateful_single_steps":
        batches = [[x[:, step : step + 1]] for step in range(6)]
        answers = np.stack([batch[0].reshape(rows, K) for batch in adapter.replay(batches)], 1)
    else:
        answers = adapter.whole([x])[0].reshape(rows, 6, K)
    np.testing.assert_allclose(answers, trainable.scores(weights, symbols), atol=1e-6)


def test_a_model_of_the_zoo_is_an_adapter_too():
    trainable = resolve_model("lstm", memory_task_of("echo", symbols=K), units=4)
    weights = trainable.start(0, 0.01)
    symbols = trainable.task.random_inputs(6, 0, "check", 3)
    adapter = trainable.adapter(weights)
    answers = adapter.whole([trainable.encode(symbols)])[0]
    np.testing.assert_allclose(answers, trainable.scores(weights, symbols), atol=1e-6)
    assert adapter.support("train").verdict == "supported"


@NO_TORCH
def test_weights_that_torch_does_not_draw_stay_as_given():
    adapter = leaky("torch")
    assert adapter.support("train").verdict == "unknown"
    assert "decay is not drawn" in adapter.support("train").reason
    trainable = trainable_of(adapter, memory_task_of("continuous-echo"))
    (decay,) = trainable.adapter(trainable.start(5, 0.01)).parameters().values()
    assert decay == pytest.approx(0.5)


@NO_TORCH
def test_frozen_weights_stay_frozen():
    module = torch_gru()
    module.memory.requires_grad_(False)
    adapter = adapt(module, np.zeros((2, 8, K), "float32"))
    assert trainable_of(adapter, memory_task_of("echo", symbols=K)).parameters == 5 * K + K


@NO_TORCH
def test_what_a_call_leaves_in_a_module_makes_training_unknown():
    module = torch_gru()
    module.register_forward_hook(lambda own, x, y: setattr(own, "seen", y[0]))
    support = adapt(module, np.zeros((2, 8, K), "float32")).support("train")
    assert support.verdict == "unknown"
    assert "seen is changed" in support.reason


def test_verdicts():
    verdicts = {kind: leaky(kind).support("train").verdict for kind in ("keras", "jax")}
    assert verdicts == {"keras": "supported", "jax": "supported"}
    two = adapt(jax_leaky_of_two(), {"a": X, "b": X})
    with pytest.raises(NotSupported, match="one input"):
        trainable_of(two, memory_task_of("continuous-echo"))


def jax_leaky_of_two():
    init, apply = jax_leaky()
    return init, lambda params, x: apply(params, x["a"] + x["b"])[0]


@NO_TORCH
def test_a_module_that_takes_time_first_is_refused():
    adapter = adapt(torch_leaky(time_first=True), X, batch_first=False)
    assert adapter.support("train").verdict == "refused"
    with pytest.raises(NotSupported, match=r"train.*\(batch, time"):
        trainable_of(adapter, memory_task_of("continuous-echo"))
    x = np.zeros((2, 8, K), "float32")
    assert adapt(torch_gru(), x, axes=["time"]).support("train").verdict == "supported"


def test_a_model_in_double_precision_is_trained_in_its_own():
    adapter = adapt(keras_leaky(), X, precision="float64")
    trainable = trainable_of(adapter, memory_task_of("continuous-echo"))
    assert {str(weight.dtype) for weight in trainable.model.weights} == {"float32"}
