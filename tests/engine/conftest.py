from __future__ import annotations

import os
from pathlib import Path

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


def pytest_collection_modifyitems(items):
    """Let Keras 3.15.1 read its own variables with NumPy 2, which warns about `__array__`."""
    here = Path(__file__).parent
    keras_and_numpy = pytest.mark.filterwarnings(
        "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
    )
    for item in items:
        if here in item.path.parents:
            item.add_marker(keras_and_numpy)
