"""Data as people have them: loaders, data sets, generators, lists of samples."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError, DataError

SERIES = np.random.default_rng(0).normal(size=136).astype("float32")
X = np.lib.stride_tricks.sliding_window_view(SERIES, 6)[:, :, None].copy()[:128]
Y = X[:, 2] ** 2


def model():
    made = keras.Sequential([keras.Input((6, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def batches(size=16):
    for start in range(0, len(X), size):
        yield X[start : start + size], Y[start : start + size]


class Tensor:
    """A tensor of another framework, known by its method numpy()."""

    def __init__(self, values):
        self._values = values

    def numpy(self):
        return self._values


class Ragged(Tensor):
    """Rows of different lengths, as a tf.RaggedTensor holds them."""

    row_splits = ()

    def to_tensor(self):
        return Tensor(self._values)


class TfData:
    """The interface of a tf.data.Dataset."""

    element_spec = ()

    def __init__(self, size=16, number=8, shuffles=False, kind=Tensor):
        self.size, self.number, self.shuffles, self.kind = size, number, shuffles, kind
        self.readings = 0

    def cardinality(self):
        return self.number

    def __iter__(self):
        self.readings += 1
        rng = np.random.default_rng(self.readings)
        order = rng.permutation(len(X)) if self.shuffles else np.arange(len(X))
        for start in range(0, len(X), self.size or 1):
            rows = order[start : start + self.size] if self.size else start
            yield self.kind(X[rows]), self.kind(Y[rows])


@pytest.mark.slow
def test_a_tf_data_set_is_known_by_its_interface():
    arrays = echospan.check(model(), X, Y, batch_size=16, shuffle=False)
    report = echospan.check(model(), TfData())
    assert report.codes == arrays.codes
    assert report.call["shuffle"] is False
    assert report.call["batch_size"] == 16
    assert "all 128 samples of a tf.data.Dataset" in report.looked[0]
    assert echospan.check(model(), TfData(kind=Ragged)).codes == arrays.codes


def test_a_tf_data_set_that_begins_otherwise_when_it_is_read_again_shuffles():
    assert echospan.check(model(), TfData(shuffles=True)).call["shuffle"] is True


@pytest.mark.slow
def test_of_an_endless_data_set_it_is_said_that_there_is_more():
    report = echospan.check(model(), TfData(number=-1))
    assert "all 128 samples" in report.looked[0]  # It ended before enough were read.

    def endless():
        while True:
            yield X, Y

    report = echospan.check(model(), endless)
    assert "the first 4,096 samples of a generator" in report.looked[0]


def test_single_samples_are_refused_with_what_to_do():
    with pytest.raises(DataError, match=r"data\.batch\(32\)"):
        echospan.check(model(), TfData(size=0))
    with pytest.raises(DataError, match=r"it is a dictionary with x, y\. Map it to \(x, y\)"):
        echospan.check(model(), lambda: iter([{"x": X, "y": Y}]))
    with pytest.raises(DataError, match="gives no batch"):
        echospan.check(model(), lambda: iter([]))
    with pytest.raises(ConfigError, match="y must be left out"):
        echospan.check(model(), batches(), Y)


def test_a_generator_is_used_up_by_what_was_read_and_a_function_is_not():
    given = batches()
    report = echospan.check(model(), given)
    assert next(given, None) is None
    assert any("used up" in told for told in report.looked)
    again = echospan.check(model(), batches)
    assert not any("used up" in told for told in again.looked)
    assert again.codes == report.codes
    with pytest.raises(ConfigError, match="a function of size"):
        echospan.check(model(), lambda size: batches(size))


def test_keras_is_told_how_to_make_one_array_of_arrays_of_different_lengths():
    samples = [X[0], X[1][:4], X[2][:3]]
    with pytest.raises(DataError, match=r"3 to 6 steps.*keras\.utils\.pad_sequences"):
        echospan.check(model(), samples, Y[:3])


def test_the_callback_leaves_a_generator_alone_and_training_is_the_same(capsys):
    one, other = model(), model()
    other.set_weights(one.get_weights())
    checking = echospan.FramingCheck()
    one.fit(batches(), steps_per_epoch=5, shuffle=False, verbose=0, callbacks=[checking])
    other.fit(batches(), steps_per_epoch=5, shuffle=False, verbose=0)
    assert checking.report is None
    assert "echospan.check(model, make)" in capsys.readouterr().out
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        assert (mine == theirs).all()


def test_validation_data_may_come_in_batches_and_a_generator_is_left_alone():
    report = echospan.check(model(), X, Y, validation_data=lambda: batches(32))
    assert "split-overlap" in report.codes
    given = batches()
    report = echospan.check(model(), X, Y, validation_data=given)
    assert next(given) is not None
    assert any(told.startswith("validation data") for told in report.skipped)
