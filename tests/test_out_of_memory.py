"""Whoever runs out of memory, the user reads which settings to lower."""

from __future__ import annotations

import pickle

import jax.numpy as jnp
import numpy as np
import pytest

from echospan.errors import EchospanError, OutOfMemory, naming_what_to_lower

TOO_MUCH = (2**50,)


@pytest.mark.parametrize("library", [jnp, np], ids=["jax", "numpy"])
def test_running_out_names_the_settings_to_lower(library):
    message = r"Lower batch_size, length, units .* fewer seeds"
    with pytest.raises(EchospanError, match=message), naming_what_to_lower():
        library.ones(TOO_MUCH, "uint8")


def test_other_errors_pass_unchanged():
    with pytest.raises(RuntimeError, match=r"^something else$"), naming_what_to_lower():
        raise RuntimeError("something else")


def test_it_is_said_once_and_survives_the_way_from_another_process():
    @naming_what_to_lower()
    def outer():
        with naming_what_to_lower():
            jnp.ones(TOO_MUCH, "uint8")

    with pytest.raises(OutOfMemory) as caught:
        outer()
    assert str(caught.value).count("Lower") == 1
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
