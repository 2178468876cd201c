"""Pairs of JAX functions, flax.nnx modules and built-in models that go on from a state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echospan.adapters.jax.stateful import stateful_of
from echospan.adapters.zoo import stateful_of as of_zoo
from echospan.conformance.conform import conform
from echospan.errors import ConfigError

ROOT = Path(__file__).parents[2]
FLAX = ROOT / "benchmarks" / ".envs" / "flax" / "bin" / "python"


def init(key):
    return {"into": jax.random.normal(key, (3, 4)), "keep": jnp.full((4,), 0.5)}


def apply(params, x, state=None):
    """A leaky sum."""
    state = jnp.zeros((len(x), 4), x.dtype) if state is None else state

    def step(h, u):
        h = params["keep"] * h + u
        return h, h

    after, y = jax.lax.scan(step, state, (x @ params["into"]).swapaxes(0, 1))
    return y.swapaxes(0, 1), after


def test_a_pair_is_run_in_chunks_with_the_width_that_it_takes():
    model = stateful_of((init, apply))
    x = model.inputs(2, 4, 0)
    assert x.shape == (2, 4, 3)
    whole = model.whole(x)
    first, state = model.run(x[:, :2], None)
    last, _ = model.run(x[:, 2:], state)
    np.testing.assert_allclose(np.concatenate([first, last], 1), whole, atol=1e-14)
    assert whole.dtype == "float64"


def test_a_pair_without_a_state_says_what_it_needs():
    with pytest.raises(ConfigError, match="takes no state"):
        stateful_of((init, lambda params, x: x @ params["into"]))
    with pytest.raises(ConfigError, match="returns no state"):
        stateful_of((init, lambda params, x, state=None: x @ params["into"]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "lru", "lmu", "mamba", "esn"])
def test_a_built_in_model_conforms(name):
    report = conform(name)
    assert not report.faults
    assert report.verdict == "conforms"


@pytest.mark.parametrize("name", ["no-such-model", "encoder-decoder"])
def test_a_name_that_can_not_be_run_is_refused(name):
    with pytest.raises(ConfigError):
        of_zoo(name)


@pytest.mark.slow
@pytest.mark.skipif(not FLAX.exists(), reason="needs the environment of flax's benchmarks")
def test_cells_of_flax_conform():
    done = subprocess.run(
        [str(FLAX), "-W", "ignore", str(Path(__file__).with_name("on_flax.py"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(
            [str(ROOT / "tests"), str(ROOT / "src"), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
