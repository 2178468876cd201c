"""Known answers: what the recipes must and must not learn."""

from __future__ import annotations

import pytest

from echospan.measure import wilson
from echospan.recipe import find
from echospan.runner import Session, run_recipe
from runner.helpers import run

QUICK = {
    "echo": {"task.symbols": 10, "training.epochs": 150},
    "window": {
        "task.symbols": 10,
        "training.epochs": 400,
        "training.learning_rate": 0.01,
    },
    "stream": {"task.symbols": 10, "training.epochs": 200},
}


@pytest.mark.parametrize(
    "name",
    ["window", *(pytest.param(name, marks=pytest.mark.slow) for name in ("echo", "stream"))],
)
def test_small_versions_are_solved(store, name):
    result = run(store, name, QUICK[name])
    assert result["accuracy"] >= 0.99
    assert result["chance"] == 0.1
    low, high = result["accuracy_interval"]
    assert low <= result["accuracy"] <= high


@pytest.mark.slow
def test_the_result_is_what_its_own_answers_say(store):
    result = run(store, "stream", {**QUICK["stream"], "training.epochs": 30})
    inputs, expected = result["inputs"], result["expected"]
    assert len(inputs) == 25
    assert expected == [None, *inputs[:-1]]
    assert [p is None for p in result["predicted"]] == [e is None for e in expected]
    assert result["scored"] == 200 * 24
    assert result["updates"] == result["epochs"] == 30
    positions = result["accuracy_by_position"]
    assert positions["position"] == list(range(1, 25))
    mean = sum(positions["accuracy"]) / 24
    assert mean == pytest.approx(result["accuracy"])
    # LSTM: 4 (units (units + inputs) + units); readout: units symbols + symbols.
    assert result["parameters"] == 4 * (50 * 60 + 50) + 50 * 10 + 10


@pytest.mark.slow
def test_an_lstm_at_lag_beyond_the_window_stays_at_chance(store):
    settings = {
        **QUICK["window"],
        "task.lag": 5,
        "framing.force": True,
        "model.stateful": False,
    }
    recipe = find("window")
    bare = recipe.replace(experiment=_without(recipe.experiment, "training", "reset_state"))
    result = run_recipe(Session(store), bare, settings)[0]
    wide = wilson(round(result["accuracy"] * result["scored"]), result["scored"], 0.999)
    assert wide.low <= 0.1 <= wide.high


@pytest.mark.slow
def test_baselines_know_nothing(store):
    result = run(store, "stream", {"training.epochs": 1})
    chance, last = result["baselines"]["chance"], result["baselines"]["last-value"]
    for found in (chance, last):
        wide = wilson(round(found["accuracy"] * result["scored"]), result["scored"], 0.999)
        assert wide.low <= 0.01 <= wide.high
        assert found["interval"][0] <= found["accuracy"] <= found["interval"][1]


@pytest.mark.slow
def test_the_last_value_is_exactly_right_at_lag_zero(store):
    result = run(store, "echo", {"training.epochs": 1})
    assert result["baselines"]["last-value"]["accuracy"] == 1.0
    assert result["baselines"]["chance"]["accuracy"] < 0.05


def test_encode_is_exact_without_training(store):
    result = run(store, "encode", {})
    assert result["accuracy"] == 1.0
    assert result["epochs"] == result["updates"] == result["parameters"] == 0
    assert result["expected"] == result["predicted"] == result["inputs"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["echo", "window", "stream"])
def test_default_settings_solve_it_on_every_seed(store, name):
    results = run_recipe(Session(store), find(name), {}, seeds=5)
    assert [result["seed"] for result in results] == [0, 1, 2, 3, 4]
    assert all(result["accuracy"] >= 0.99 for result in results), [r["accuracy"] for r in results]
    assert all(result["chance"] == 0.01 for result in results)


@pytest.mark.slow
def test_the_mistake_explains_itself(store):
    result = run(store, "mistake", {})
    low, high = result["accuracy_interval"]
    assert low <= 0.01 <= high
    variants = {variant["name"]: variant for variant in result["variants"]}
    assert result["grid"]["cells"] == [
        ["tutorial-step", "tutorial-sequence"],
        ["aligned-step", "aligned-sequence"],
    ]
    assert variants["aligned-sequence"]["accuracy"] >= 0.99
    # Three seeds that all succeed do not exclude one in ten that fails.
    assert 0.4 < variants["aligned-sequence"]["interval"][0] < 1
    for name in ("tutorial-step", "tutorial-sequence"):
        assert len(variants[name]["accuracies"]) == variants[name]["seeds"] == 3
        # Three seeds of 200 sequences with 24 answers each; the share of 14,400 is near 1/100.
        hits = round(variants[name]["accuracy"] * 3 * result["scored"])
        wide = wilson(hits, 3 * result["scored"], 0.999)
        assert wide.low <= 0.01 <= wide.high, name


def _without(experiment, section, name):
    parts = {key: dict(value) for key, value in experiment.items() if isinstance(value, dict)}
    del parts[section][name]
    return parts
