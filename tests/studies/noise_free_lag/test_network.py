from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from echospan.tasks import NoiseFreeLag
from studies.noise_free_lag.network import both, build, source
from studies.noise_free_lag.protocol import FIRST, PLAIN, SOURCE


@pytest.mark.parametrize(
    ("protocol", "weights"),
    [(SOURCE, [1, 1, 100]), (FIRST, [1, 1, 1]), (PLAIN, [0, 0, 1])],
)
def test_what_a_step_weighs(protocol, weights):
    drawn = source(replace(protocol, lag=3))
    batch = drawn.batch((jnp.array([[2, 0, 1]]), jnp.array([[0, 1, 2]])))
    assert batch.weight.tolist() == [weights]
    assert batch.y.tolist() == [[0, 1, 2]]


def test_both_sequences_are_those_of_the_task():
    batch = both(replace(PLAIN, lag=4))
    heard = batch.x.argmax(axis=-1)
    assert heard.tolist() == [[3, 0, 1, 2], [4, 0, 1, 2]]
    assert (NoiseFreeLag(lag=4, scored="all").targets(heard)[:, -1] == batch.y[:, -1]).all()
    assert batch.y[:, -1].tolist() == [3, 4]
    assert batch.weight.tolist() == [[0, 0, 0, 1]] * 2


@pytest.mark.slow
def test_weights_at_the_start():
    small = replace(PLAIN, lag=5)
    kernel, recurrent, bias, *readout = build(small, 0, 0.01).get_weights()
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(8), atol=1e-5)
    assert not bias.any()
    kernel, recurrent, bias, *readout = build(replace(small, start="small"), 0, 0.01).get_weights()
    assert max(np.abs(each).max() for each in (kernel, recurrent, readout[0])) <= 0.1
    kernel, recurrent, bias, *readout = build(replace(SOURCE, lag=5), 0, 0.01).get_weights()
    for gate in np.split(recurrent, 4, axis=1):
        np.testing.assert_allclose(gate @ gate.T, np.eye(16) / 4, atol=1e-5)
    assert bias.reshape(4, 16).tolist() == [[0] * 16, [5] * 16, [0] * 16, [0] * 16]
    assert np.std(kernel) == pytest.approx(0.1, rel=0.2)
