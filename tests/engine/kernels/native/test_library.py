"""What happens where the library cannot be used: one warning, and the JAX path."""

from __future__ import annotations

import warnings

import jax.numpy as jnp
import pytest

from echospan.engine.kernels.choice import PURE_JAX, choose
from echospan.engine.kernels.native import library
from echospan.errors import ConfigError


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("ECHOSPAN_KERNELS", raising=False)
    monkeypatch.setattr(library, "_status", None)
    library._warn_once.cache_clear()
    yield
    library._warn_once.cache_clear()


def only_warning(caught):
    (warning,) = caught
    assert warning.category is RuntimeWarning
    return str(warning.message)


def test_a_library_that_was_not_built_is_one_warning_and_the_jax_path(monkeypatch, tmp_path):
    load = library.load
    monkeypatch.setattr(library, "load", lambda wanted: load(wanted, tmp_path))
    projected = jnp.zeros((3, 2, 16), "float32")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert choose("lstm", projected, 4) is PURE_JAX["lstm"]
        assert choose("lstm", projected, 4) is PURE_JAX["lstm"]
    message = only_warning(caught)
    assert "not built" in message
    assert "install one, such as g++" in message
    assert "JAX" in message


def test_a_library_of_other_sources_is_refused(monkeypatch):
    if library.status().library is None:
        pytest.skip("the compiled kernels were not built here")
    monkeypatch.setattr(library, "INTERFACE", library.INTERFACE + 1)
    with pytest.raises(library.CannotLoad, match="install echospan again"):
        library.load()


def test_an_instruction_set_that_the_processor_lacks_is_refused():
    found = library.status().library
    if found is None:
        pytest.skip("the compiled kernels were not built here")
    with pytest.raises(library.CannotLoad, match=r"offers .*baseline.*, not avx9000"):
        found.choose("avx9000")


def test_the_environment_turns_it_off_without_a_warning(monkeypatch):
    monkeypatch.setenv("ECHOSPAN_KERNELS", "jax")
    assert library.library() is None
    assert "ECHOSPAN_KERNELS" in library.status().reason


def test_an_unknown_setting_is_an_error(monkeypatch):
    monkeypatch.setenv("ECHOSPAN_KERNELS", "cuda")
    with pytest.raises(ConfigError, match="ECHOSPAN_KERNELS must be one of auto, jax, avx512"):
        library.status()
