"""The zoo streams: whole, in chunks, step by step, at another batch size, saved and loaded."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.models import MODELS, Signature
from echospan.models.init import Init
from echospan.testing import check_receptive_field, check_streaming

SIGNATURE = Signature(symbols=5, timesteps=10, outputs="every", target_steps=10, batch_size=3)
SMALL = {
    "lstm": {"units": 6},
    "gru": {"units": 6, "layers": 2},
    "simple-rnn": {"units": 6},
    "ind-rnn": {"units": 6},
    "min-gru": {"units": 6, "layers": 1},
    "min-lstm": {"units": 6, "layers": 1},
    "lru": {"units": 6, "layers": 1},
    "s4d": {"units": 6, "layers": 1, "order": 4},
    "mamba": {"units": 6, "layers": 1, "order": 4},
    "lmu": {"units": 6, "order": 4, "memories": 2},
    "transformer": {"units": 8, "heads": 2, "layers": 2, "context": 3},
    "tcn": {"units": 6, "layers": 2, "kernel_size": 2},
    "mlp": {"units": 6, "window": 3},
    "esn": {"units": 6},
    "es2n": {"units": 6},
    "delay-line": {"taps": 3},
    "last-value": {},
}
QUICK = ("lstm", "delay-line", "mlp", "last-value")
FIELDS = {"transformer": 5, "tcn": 7, "mlp": 3, "delay-line": 4, "last-value": 1}


def build(kind):
    keras_on_jax()
    return MODELS[kind](**SMALL[kind]).build(SIGNATURE, Init(0))


def inputs():
    return np.eye(5, dtype="float32")[np.random.default_rng(0).integers(0, 5, (3, 10))]


def test_every_model_that_can_stream_is_checked():
    # Chance draws at random; an encoder-decoder reads its whole input before it writes.
    assert set(SMALL) == set(MODELS) - {"chance", "encoder-decoder"}


@pytest.mark.parametrize(
    "kind",
    [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in SMALL],
)
def test_streaming(kind):
    check_streaming(build(kind), inputs())


@pytest.mark.parametrize(("kind", "field"), FIELDS.items())
def test_an_answer_depends_on_the_field_and_its_edge(kind, field):
    assert MODELS[kind](**SMALL[kind]).receptive_field_for(SIGNATURE) == field
    check_receptive_field(build(kind), inputs(), field)


@pytest.mark.parametrize("kind", ["lstm", "lru", "esn"])
def test_where_there_is_no_field_the_first_step_still_matters(kind):
    assert MODELS[kind](**SMALL[kind]).receptive_field_for(SIGNATURE) is None
    check_receptive_field(build(kind), inputs(), None)
