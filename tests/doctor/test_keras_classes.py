"""Models, layers and data sets as users write them: without configurations, in batches."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.parts import echo, recurrent, windows
from doctor.bench.reviewed_cases import batches, of_the_users_own
from echospan.adapters.keras.clone import constructor, remade
from echospan.errors import ConfigError, DataError


class Narrow(keras.layers.Layer):
    def __init__(self, width, *, scale=2.0):
        super().__init__()
        self.width, self.scale = width, scale


class Wide(keras.layers.Layer):
    def __init__(self, width, **more):
        super().__init__(**more)
        self.width = width

    def get_config(self):
        return {**super().get_config(), "width": self.width}


def test_a_class_is_given_what_its_constructor_takes():
    assert constructor(Narrow) == (["width", "scale"], False)
    made = remade(Narrow).from_config(Narrow(3, scale=5.0).get_config())
    assert isinstance(made, Narrow)
    assert (made.width, made.scale) == (3, 5.0)
    assert remade(Wide) is Wide
    assert remade(keras.layers.Dense) is keras.layers.Dense


@pytest.mark.slow
def test_a_model_without_a_configuration_is_probed_and_left_alone():
    x, y = echo(4, 2)
    model = of_the_users_own(swaps=False)
    before = keras.config.dtype_policy()
    report = echospan.check(model, x, y, batch_size=8)
    assert report.skipped == ()
    assert [lag.forward for lag in report.reach[:5]] == [True] * 4 + [False]
    assert keras.config.dtype_policy() is before
    assert not model.built


class Sized(keras.Model):
    def __init__(self, units=3):
        super().__init__()
        self.body, self.head = keras.layers.SimpleRNN(units), keras.layers.Dense(1)

    def call(self, x):
        return self.head(self.body(x))


@pytest.mark.slow
def test_what_a_constructor_was_given_is_not_guessed():
    x, y = echo(4, 2)
    skipped = echospan.check(Sized(5), x, y, batch_size=8).skipped[0]
    assert "call it on a batch first" in skipped
    model = Sized(5)
    model(x[:2])
    # Keras knows the default only, which makes another model.
    assert "other weights" in echospan.check(model, x, y, batch_size=8).skipped[0]
    model = Sized()
    model(x[:2])
    assert echospan.check(model, x, y, batch_size=8).skipped == ()


@pytest.mark.slow
def test_a_data_set_is_read_in_its_own_order():
    report = echospan.check(recurrent("SimpleRNN", 1), batches(3, 5))
    assert report.codes == ("lag-outside-window",)
    assert "all 144 samples" in report.looked[0]
    assert "batches of 16" in report.looked[0]
    names = {"np": np, "x": echo(3, 5)[0], "y": echo(3, 5)[1]}
    exec(report.findings[0].remedy, names)
    assert names["x"].shape[1:] == (6, 1)
    with pytest.raises(ConfigError, match="left out if x is a data set"):
        echospan.check(recurrent("SimpleRNN", 1), batches(3, 5), batch_size=4)


def test_a_data_set_of_something_else_is_refused():
    class Empty(keras.utils.PyDataset):
        size = 0

        def __len__(self):
            return self.size

        def __getitem__(self, place):
            return np.zeros((4, 3, 1))

    data = Empty()
    with pytest.raises(DataError, match="empty"):
        echospan.check(recurrent("SimpleRNN", 1), data)
    data.size = 2
    with pytest.raises(DataError, match="must be"):
        echospan.check(recurrent("SimpleRNN", 1), data)


@pytest.mark.slow
def test_what_is_not_looked_at_is_not_read(tmp_path):
    """A file of which only the beginning holds numbers."""
    x = np.lib.format.open_memmap(
        tmp_path / "x.npy", mode="w+", dtype="float32", shape=(200_000, 3, 1)
    )
    y = np.lib.format.open_memmap(
        tmp_path / "y.npy", mode="w+", dtype="float32", shape=(200_000, 1)
    )
    series = np.random.default_rng(0).normal(size=4_110)
    x[:4_100], y[:4_100] = windows(series, 3)[5:4_105], series[2:4_102, None]
    x[4_100:], y[4_100:] = np.nan, np.nan
    report = echospan.check(recurrent("SimpleRNN", 1), x, y, batch_size=16)
    assert report.codes == ("lag-outside-window",)
    assert "the first 4,096 of 200,000 samples" in report.looked[0]


@pytest.mark.slow
def test_pictures_are_features_of_a_step():
    film = np.random.default_rng(0).normal(size=(40, 3, 3, 1))
    x = np.stack([film[start : start + 2] for start in range(3, 38)])
    report = echospan.check(
        keras.Sequential([keras.Input((2, 3, 3, 1)), keras.layers.ConvLSTM2D(1, 1)]),
        x,
        film[:35],
        batch_size=5,
    )
    assert report.needs_lag.lag == 4
    assert "lag-outside-window" in report.codes
    names = {"np": np, "x": x, "y": film[:35]}
    exec(next(f.remedy for f in report.findings if f.code == "lag-outside-window"), names)
    assert names["x"].shape[1:] == (5, 3, 3, 1)
    assert len(names["x"]) == len(names["y"])
    np.testing.assert_array_equal(names["x"][:, 0], names["y"])
