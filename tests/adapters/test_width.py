"""A wanted number of parameters reaches a model of one's own whose function takes a width."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from echospan.adapters.loading import width_of
from echospan.adapters.resolve import has_width, resolve_model
from echospan.errors import ConfigError
from echospan.memory_tasks.echo import EchoTask


def with_units(symbols: int, units: int = 3) -> Any:
    return keras.Sequential(
        [
            keras.Input((None, symbols)),
            layers.SimpleRNN(units, recurrent_initializer="zeros", return_sequences=True),
            layers.Dense(symbols),
        ]
    )


def without(symbols: int, depth: int = 1) -> Any:
    return with_units(symbols, 3 * depth)


def parameters(units: int, symbols: int = 4) -> int:
    return units * (symbols + units + 1) + symbols * (units + 1)


def test_the_nearest_width_is_chosen() -> None:
    assert resolve_model(with_units, EchoTask(4)).parameters == parameters(3)
    model = resolve_model(with_units, EchoTask(4), params=600)
    assert (model.parameters, model.wanted_parameters) == (parameters(20), None)
    assert resolve_model(with_units, EchoTask(4), units=7).parameters == parameters(7)


def test_a_width_has_one_of_the_usual_names() -> None:
    assert (width_of(with_units), width_of(without)) == ("units", None)
    assert width_of(lambda symbols, *, hidden_size=8: None) == "hidden_size"
    assert has_width(with_units)
    assert has_width("gru")
    assert not has_width(without)
    assert not has_width("last-value")


def test_without_a_width_the_model_stays_and_says_so() -> None:
    model = resolve_model(without, EchoTask(4), params=600)
    assert (model.parameters, model.wanted_parameters) == (parameters(3), 600)
    with pytest.raises(ConfigError, match="units must be left out"):
        resolve_model(without, EchoTask(4), units=7)


def test_a_number_that_no_width_comes_near_is_refused() -> None:
    with pytest.raises(ConfigError, match="params must be a number that with_units can come near"):
        resolve_model(with_units, EchoTask(4), params=2)
