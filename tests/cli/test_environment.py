"""`doctor-env` tells what is in use, and why not something better."""

from __future__ import annotations

import json

import jax

from echospan.engine.kernels.native import library


def test_it_names_backend_devices_kernels_and_caches(shell, tmp_path):
    (tmp_path / "one").write_bytes(b"x" * 100)
    before = jax.config.values["jax_compilation_cache_dir"]
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    try:
        said = shell("doctor-env", "--json")
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
    assert said.code == 0
    found = json.loads(said.out)
    assert found["backend"] == {"keras": "jax", "jax": "cpu", "problem": None}
    assert found["versions"]["jax"] == jax.__version__
    assert found["devices"][0]["platform"] == "cpu"
    assert found["cache"] == {"folder": str(tmp_path), "files": 1, "bytes": 100}
    built = library.status().library
    if built is not None:
        assert found["kernels"]["in_use"] == "compiled"
        assert found["kernels"]["instructions"] == built.instructions


def test_it_says_why_the_compiled_kernels_are_not_in_use(shell, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_KERNELS", "jax")
    kernels = json.loads(shell("doctor-env", "--json").out)["kernels"]
    assert kernels["in_use"] == "jax"
    assert "ECHOSPAN_KERNELS=jax" in kernels["reason"]
    assert "ECHOSPAN_KERNELS=jax" in shell("doctor-env").out


def test_an_unknown_setting_is_bad_input(shell, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_KERNELS", "gpu")
    said = shell("doctor-env")
    assert said.code == 2
    assert "ECHOSPAN_KERNELS must be one of auto, jax" in said.err
