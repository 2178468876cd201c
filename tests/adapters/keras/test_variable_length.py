from __future__ import annotations

import keras
import numpy as np
import pytest

from echospan.adapters.keras.variable_length import (
    fixed_length,
    supports_variable_length,
    variable_length,
)
from spans import user_models
from spans.test_user_models import measure


@pytest.mark.parametrize(
    ("function", "steps"),
    [
        ("five_steps", 5),
        ("five_places", 5),
        ("gru", None),
        ("window", None),  # one answer for three steps
        ("single_steps", None),
        ("stateful_single_steps", None),
        ("subclassed", None),  # says nothing of its shapes before it is called
    ],
)
def test_the_length_that_a_model_is_fixed_to(function: str, steps: int | None) -> None:
    assert fixed_length(getattr(user_models, function)(4)) == steps


def test_an_opened_model_is_the_same_at_its_own_length_and_answers_others() -> None:
    model = user_models.five_steps(4)
    model.echospan_input = "one-hot"
    assert supports_variable_length(model)
    again = variable_length(model)
    assert again.input_shape == (None, None, 4)
    assert again.echospan_input == "one-hot"
    heard = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(0, 4, (2, 9))]
    np.testing.assert_allclose(again(heard[:, :5]), model(heard[:, :5]), rtol=1e-5, atol=1e-6)
    assert again(heard).shape == (2, 9, 4)


def test_a_model_of_integers_keeps_their_type() -> None:
    tokens = keras.Input((5,), dtype="int32")
    answers = keras.layers.Dense(4)(keras.layers.Embedding(4, 3)(tokens))
    model = keras.Model(tokens, answers)
    assert supports_variable_length(model)
    assert variable_length(model).inputs[0].dtype == "int32"


def test_what_is_made_for_one_length_cannot_be_opened() -> None:
    assert not supports_variable_length(user_models.five_places(4))


@pytest.mark.slow
def test_a_model_for_five_steps_is_measured_beyond_them() -> None:
    sheet = measure("five_steps", lags=[3, 4])
    assert sheet.span == 3
    assert sheet.first_failed == 4
    assert any("fixed at 5" in note for note in sheet.notes)
