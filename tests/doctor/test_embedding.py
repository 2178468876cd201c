from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.input_cases import classifier, run, scaled, short_texts, words

CODE = "embedding-input"


def finding(report):
    (found,) = [f for f in report.findings if f.code == CODE]
    return found


@pytest.mark.slow
def test_measured_values_are_counted_and_the_remedy_lets_the_model_learn():
    x, y = scaled(words()[0]), words()[1]
    model = classifier(20)
    found = finding(run(model, (x, y)))
    assert found.severity == "error"
    assert (found.evidence["share"], found.evidence["left"]) == (1.0, 1)
    assert "0.425 becomes 0" in found.message or "become" in found.message
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    flat = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert flat[-1] > 0.65
    names = {"x": x}
    exec(found.remedy, names)
    mended = keras.Sequential(
        [
            keras.Input((8, 1)),
            keras.layers.LSTM(8),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    mended.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
    assert CODE not in run(mended, (names["x"], y)).codes
    assert mended.fit(names["x"], y, epochs=40, verbose=0).history["loss"][-1] < 0.4


@pytest.mark.slow
def test_negative_symbols_are_moved_into_the_table():
    x, y = words(least=-1)
    names = {"x": x}
    found = finding(run(classifier(20), (x, y)))
    assert found.evidence["low"] == -1
    exec(found.remedy, names)
    assert CODE not in run(classifier(20), (names["x"], y)).codes


@pytest.mark.slow
def test_the_remedy_parts_padding_from_the_word():
    x, y = short_texts(shifted=False)
    found = finding(run(classifier(20), (x, y)))
    assert (found.severity, found.evidence["exact"]) == ("warning", False)
    assert "at the end" in found.message
    # The remedy stands before the filling.
    names = {"x": words()[0]}
    exec(found.remedy, names)
    moved, y = short_texts(shifted=True)
    real = moved > 0
    assert (names["x"][real] == moved[real]).all()
    assert CODE not in run(classifier(21), (moved, y)).codes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("whole floats", words()[0].astype("float32")),
        ("as many zeros as others", words(3, seed=4)[0]),
        ("an event now and then", (np.random.default_rng(0).random((160, 8)) < 0.2) * 3),
        ("short texts without the word", short_texts(shifted=True)[0]),
        ("unused rows", words(5)[0]),
    ],
)
def test_symbols_that_are_right(name, x):
    assert CODE not in run(classifier(21), (x, words()[1])).codes


def test_a_torch_module_that_would_fail_is_told_why():
    torch = pytest.importorskip("torch")
    from doctor.bench.input_cases import torch_run, torch_text

    found = finding(torch_run(torch_text(rows=20), words(least=1)))
    assert (found.severity, found.evidence["high"]) == ("error", 20)
    assert "'embed' has 20 rows" in found.message
    with pytest.raises(IndexError):
        torch_text(rows=20)(torch.as_tensor(words(least=1)[0]))


def test_a_layer_of_the_user_s_own_before_the_embedding_is_left_open():
    class Bins(keras.layers.Layer):
        def call(self, x):
            return keras.ops.floor(x * 19)

    model = keras.Sequential(
        [keras.Input((8,)), Bins(), keras.layers.Embedding(20, 4), keras.layers.GRU(4),
         keras.layers.Dense(1)]
    )  # fmt: skip
    model.compile("adam", "mse")
    x, y = scaled(words()[0]), words()[1][:, None].astype("float32")
    assert CODE not in echospan.check(model, x, y, batch_size=32).codes
