from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

import echospan


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


def test_importing_the_package_imports_no_framework():
    code = "import sys, echospan; print([m for m in ('jax', 'keras', 'numpy') if m in sys.modules])"
    assert run(code).stdout.strip() == "[]"


def test_names():
    assert echospan.__version__ == metadata.version("echospan")
    assert set(echospan.__all__) <= set(dir(echospan))
    assert callable(echospan.fit)
    with pytest.raises(AttributeError, match="no attribute 'fti'"):
        _ = echospan.fti


def test_keras_on_another_backend_is_named():
    code = """
import sys, types
keras = types.ModuleType("keras")
keras.backend = types.SimpleNamespace(backend=lambda: "torch")
sys.modules["keras"] = keras
import echospan
for call in (echospan.fit, echospan.evaluate, echospan.predict):
    try:
        call(None, None)
    except echospan.errors.BackendError as error:
        print(error)
"""
    got = run(code.replace("import echospan\n", "import echospan, echospan.errors\n"))
    assert got.stdout.count("Keras runs on torch") == 3, got.stderr
