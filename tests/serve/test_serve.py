"""A trained run in use, from Python."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError, CorruptRun, DataError, EchospanError
from echospan.serve import Stepper, answers, load
from echospan.store import Store


@pytest.fixture(scope="module")
def store(trained):
    with Store(trained) as opened:
        yield opened


@pytest.fixture(scope="module")
def stream(store):
    return load(store.get("latest:stream"))


@pytest.fixture(scope="module")
def window(store):
    return load(store.get("latest:window"))


@pytest.mark.slow
def test_the_loaded_model_answers_as_it_was_measured(store, stream, window):
    for loaded, recipe in ((stream, "stream"), (window, "window")):
        result = store.get(f"latest:{recipe}").load_result()
        said = loaded.predict([str(symbol) for symbol in result["inputs"]]).predicted
        measured = {
            step: str(symbol)
            for step, symbol in enumerate(result["predicted"])
            if symbol is not None
        }
        assert len(measured) >= 4
        assert {step: said[step] for step in measured} == measured


def test_rows_are_heard_abreast_and_apart(stream):
    sequences = np.random.default_rng(2).integers(0, 5, (3, 40), dtype="int32")
    with Stepper(stream, rows=3) as stepper:
        together = [stepper.step(symbols) for symbols in sequences.T]
    assert together[0] is None
    for row, sequence in enumerate(sequences):
        alone = list(answers(stream, sequence))
        assert alone == [None if found is None else int(found[row]) for found in together]
        # Far beyond the 8 steps that it was trained on, it still echoes.
        assert np.mean(np.array(alone[1:]) == sequence[:-1]) > 0.95


def test_each_stepper_begins_with_an_empty_state(stream):
    sequence = np.array([1, 2, 3, 4], "int32")
    assert list(answers(stream, sequence)) == list(answers(stream, sequence))


def test_the_state_is_carried_not_recomputed(stream):
    compiled = []
    with Stepper(stream) as stepper:
        for symbol in (1, 2, 3):
            stepper.step(np.array([symbol], "int32"))
            compiled.append(stepper._one_step._program._cache_size())
    assert compiled == [1, 1, 1]


def test_wrong_numbers(stream):
    with pytest.raises(DataError, match="at least one"):
        stream.predict([])
    with pytest.raises(DataError, match="0 to 4"):
        stream.predict(["1", "7"])


def test_only_a_finished_run_can_be_asked(tmp_path, stream):
    with Store(tmp_path / "runs") as own:
        run = own.create(
            recipe="stream", config=stream.experiment.to_dict(), fingerprint="", seed=0
        )
        with pytest.raises(EchospanError, match="is running"):
            load(run)
        run.interrupt()
        with pytest.raises(EchospanError, match=f"--resume {run.id}"):
            load(run)


def test_settings_that_ask_for_too_much_are_refused_before_anything_is_built(tmp_path, stream):
    config = stream.experiment.to_dict()
    config["model"]["units"] = 100_000
    with Store(tmp_path / "runs") as own:
        run = own.create(recipe="stream", config=config, fingerprint="", seed=0)
        run.save_json("signature", stream.signature.to_dict())
        run.finish({})
        with pytest.raises(CorruptRun, match="parameters"):
            load(run)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["prefix", "encoder-decoder"])
def test_models_that_want_whole_sequences(tmp_path, recipe):
    from runner.helpers import run

    small = {"model.units": 4, "training.epochs": 1}
    if recipe == "prefix":
        small |= {"task.symbols": 5, "task.length": 6, "training.batch_size": 6}
    with Store(tmp_path / "runs") as own:
        result = run(own, recipe, small, variants=False)
        loaded = load(own.get(result["run_id"]))
    with pytest.raises(ConfigError, match="predict"):
        Stepper(loaded)
    numbers = [str(symbol) for symbol in result["inputs"]]
    said = loaded.predict(numbers)
    shown = [None if symbol is None else str(symbol) for symbol in result["predicted"]]
    assert said.predicted == shown
    with pytest.raises(DataError, match="numbers; got"):
        loaded.predict([*numbers, "0"])


def test_the_model_as_a_file_of_keras_predicts_the_same(stream, tmp_path):
    import keras

    path = stream.export(tmp_path / "echo.keras")
    model = keras.models.load_model(path)
    for ours, theirs in zip(stream.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_forecast_goes_on_from_what_is_given(stream):
    found = stream.forecast(3, ["1", "4"])
    assert found.context == ["1", "4"]
    assert len(found.forecast) == 3
    with stream.stepper() as stepper:
        for symbol in (1, 4):
            first = stepper.step(np.array([symbol], "int32"))
    assert found.forecast[0] == stream.show(int(first[0]))
