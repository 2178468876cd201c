from __future__ import annotations

import os

import pytest

# Before anything imports Keras.
os.environ["KERAS_BACKEND"] = "jax"


@pytest.fixture
def keras():
    from echospan.backend import keras_on_jax

    return keras_on_jax()


@pytest.fixture
def policy(keras):
    """Sets Keras's dtype policy for the length of a test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)
