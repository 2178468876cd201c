from __future__ import annotations

import numpy as np
import pytest

from doctor.bench.parts import padded
from echospan.doctor.fit_call import FitCall
from echospan.doctor.padding import Mask, mask_findings
from echospan.doctor.splits import split_findings
from echospan.doctor.statistics import copies_last
from echospan.doctor.streams import absent_steps, one_hot


def codes(x, mask, **more):
    question = FitCall(
        **{
            "x": x,
            "y": x[:, 0],
            "samples": len(x),
            "batch_size": 4,
            "shuffle": True,
            "reset_state": "never",
            "stateful": False,
            "recurrent": True,
            "every": False,
            **more,
        }
    )
    return [finding.code for finding in mask_findings(question, mask)]


@pytest.mark.parametrize("front", [True, False])
@pytest.mark.parametrize("value", [0.0, -1.0, 99.0])
def test_padding_is_found_at_either_end(front, value):
    x, _ = padded(front=front, value=value)
    absent, found = absent_steps(x)
    assert found == value
    assert (absent == (x[..., 0] == value)).all()


def test_numbers_without_padding_have_none():
    rng = np.random.default_rng(0)
    assert absent_steps(rng.normal(size=(50, 8, 2)))[1] is None
    assert absent_steps(rng.poisson(1.0, (50, 8, 1)))[1] is None
    assert absent_steps(rng.integers(0, 3, (50, 8)))[1] is None


def test_masks_against_data():
    behind, front = padded(front=False)[0], padded(front=True)[0]
    assert codes(behind, None) == ["padding-after-end"]
    assert codes(behind, None, every=True) == []
    assert codes(front, None) == []
    assert codes(front, Mask(-1.0)) == ["mask-never-matches"]
    assert codes(front, Mask(0.0)) == []
    assert codes(front, Mask(0.0, fast_kernel=True)) == ["gpu-mask-unsupported"]
    assert codes(behind, Mask(0.0, fast_kernel=True)) == []
    counts = np.random.default_rng(0).poisson(1.0, (50, 8, 1))
    assert codes(counts, Mask(0.0)) == ["mask-value-in-data"]
    assert codes(np.random.default_rng(0).normal(size=(50, 8, 1)), Mask(0.0)) == []


def test_one_hot_vectors_are_told_from_others():
    vectors = np.eye(4)[[0, 2, 3]]
    assert one_hot(vectors).tolist() == [0, 2, 3]
    assert np.isnan(one_hot(np.concatenate([vectors, np.full((1, 4), -1.0)]))[3])
    assert one_hot(2 * vectors) is None
    assert one_hot(np.zeros((3, 4))) is None


def test_shared_windows():
    series = np.random.default_rng(0).normal(size=200)
    windows = np.lib.stride_tricks.sliding_window_view(series, 5)[:, :, None]
    mixed = windows[np.random.default_rng(1).permutation(len(windows))]
    assert [f.code for f in split_findings(mixed[:150], mixed[150:])] == ["split-overlap"]
    assert split_findings(windows[:100], windows[104:]) == []
    # Stretches that repeat by the nature of the data are no overlap.
    coins = np.random.default_rng(0).integers(0, 2, (200, 5, 1))
    assert split_findings(coins[:100], coins[100:]) == []


def test_copying_the_last_value_is_told_from_foretelling():
    walk = np.cumsum(np.random.default_rng(0).normal(size=200))
    last, wanted = walk[:-1], walk[1:]
    assert [f.code for f in copies_last(last + 0.01, last, wanted)] == ["copies-last-value"]
    assert copies_last(wanted + 0.1, last, wanted) == []
    assert copies_last(np.zeros_like(last), last, wanted) == []
    # Targets that the last value says nothing about: nothing has led there, as before training.
    other = 3 + np.random.default_rng(1).normal(size=len(last))
    assert copies_last(last + 0.01, last, other) == []
