from __future__ import annotations

import pytest

from echospan.adapters import NotSupported, Support, framework_of
from echospan.errors import ConfigError


def test_a_verdict_has_no_truth_value():
    with pytest.raises(TypeError, match="verdict"):
        bool(Support("unknown", "nobody tried"))


def test_a_part_that_is_missing_says_why():
    error = NotSupported("mask", "forward takes none")
    assert str(error) == "mask is not supported: forward takes none"
    assert error.part == "mask"


def test_frameworks_are_told_apart():
    assert framework_of((lambda key: {}, lambda params, x: x)) == "jax"
    with pytest.raises(ConfigError, match=r"a Keras 3 model, a torch\.nn\.Module"):
        framework_of("lstm")
