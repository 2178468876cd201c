from __future__ import annotations

import numpy as np
import pytest

from echospan.measure import window_predicts


def cut(series, steps):
    return np.lib.stride_tricks.sliding_window_view(series[:-1], steps)[..., None], series[
        steps:, None
    ]


def of_windows(series, steps):
    return window_predicts(*cut(series, steps), together=steps)


def logistic(count):
    values = [0.3]
    for _ in range(count):
        values.append(3.9 * values[-1] * (1 - values[-1]))
    return np.array(values)


@pytest.mark.parametrize(
    ("series", "steps"),
    [
        (np.sin(np.arange(300) / 3), 23),
        # The window is two seasons long: pieces of one length would keep the season.
        (np.sin(np.arange(300) * 2 * np.pi / 7), 14),
        (np.cumsum(np.random.default_rng(0).normal(size=500)), 10),
        (logistic(300), 5),
    ],
)
def test_what_a_series_says_of_itself_is_found(series, steps):
    found = of_windows(series, steps)
    assert found is not None
    assert found.predicts
    assert found.skill > 0.9


def test_noise_predicts_nothing_and_the_answer_is_the_same_each_time():
    series = np.random.default_rng(0).normal(size=400)
    found = of_windows(series, 10)
    assert found is not None
    assert not found.predicts
    assert found == of_windows(series, 10)


def test_a_class_by_frequency_at_a_random_phase_is_found():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 2, 300)
    angles = np.arange(32) * (0.4 + 0.4 * classes)[:, None] + rng.uniform(0, 7, 300)[:, None]
    windows = (np.sin(angles) + 0.3 * rng.normal(size=angles.shape))[..., None]
    found = window_predicts(windows, classes[:, None].astype(float), classes=True)
    assert found is not None
    assert found.predicts


def test_a_word_anywhere_in_a_text_is_found():
    rng = np.random.default_rng(0)
    texts = rng.integers(1, 30, (300, 12)).astype(float)
    classes = (texts == 7).any(1).astype(float)[:, None]
    found = window_predicts(texts[..., None], classes, symbols=True, classes=True)
    assert found is not None
    assert found.predicts


def test_nothing_is_said_of_few_windows_or_of_targets_that_are_all_the_same():
    windows = np.random.default_rng(0).normal(size=(100, 5, 1))
    assert window_predicts(windows[:39], windows[:39, 0]) is None
    assert window_predicts(windows, np.ones((100, 1))) is None
