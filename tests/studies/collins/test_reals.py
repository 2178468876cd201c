from __future__ import annotations

import numpy as np
import pytest

from studies.collins.reals import LAGS, capacity, signals


def test_targets_are_the_last_numbers():
    data = signals(0)
    for step in (LAGS, LAGS + 5):
        assert (data.y[:, step] == data.x[:, step - LAGS : step, 0][:, ::-1]).all()
    assert not data.weight[:, :LAGS].any()
    assert data.weight[:, LAGS:].all()
    assert not (signals(1).x == data.x).any()


def test_capacity_of_null_and_oracle():
    data = signals(0)
    assert capacity(data.y, data) == pytest.approx(LAGS)
    taps = data.y.copy()
    taps[..., 8:] = 0
    assert capacity(taps, data) == pytest.approx(8, abs=0.01)
    noise = np.random.default_rng(0).normal(size=data.y.shape)
    assert abs(capacity(noise, data)) < 0.01
