from __future__ import annotations

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import echospan


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


def test_importing_the_package_imports_no_framework():
    code = "import sys, echospan; print([m for m in ('jax', 'keras', 'numpy') if m in sys.modules])"
    assert run(code).stdout.strip() == "[]"


PUBLIC = [
    "BackendError",
    "CheckReport",
    "Client",
    "Comparison",
    "ConfigError",
    "ConformReport",
    "CorruptRun",
    "DataError",
    "Diagnosis",
    "EchospanError",
    "Experiment",
    "FramingCheck",
    "MissingExtra",
    "NeedsReport",
    "OutOfMemory",
    "Recipe",
    "RunNotFound",
    "RunResult",
    "ServerError",
    "Sheet",
    "Store",
    "StoreError",
    "SweepResult",
    "UsesLog",
    "UsesReport",
    "__version__",
    "check",
    "check_torch",
    "compare",
    "conform",
    "diagnose",
    "evaluate",
    "explain",
    "fit",
    "framings",
    "layers",
    "models",
    "needs",
    "predict",
    "run",
    "span",
    "sweep",
    "tasks",
    "uses",
    "watch_torch",
    "widgets",
]
"""What a user may hold. A name is added here, to the API reference and to the changelog."""


def test_the_public_names():
    assert sorted(echospan.__all__) == sorted(PUBLIC)
    assert dir(echospan) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(echospan, name) is not None
    assert echospan.__version__ == metadata.version("echospan")
    with pytest.raises(AttributeError, match="no attribute 'fti'"):
        _ = echospan.fti


def test_what_is_exported_is_typed():
    """What type checkers see is what there is, and the text of the package shows nothing else."""
    tree = ast.parse(Path(echospan.__file__).read_text("utf-8"))
    typed = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    hidden = {"import_module", "metadata"}
    assert {n for n in typed if not n.startswith("_")} - hidden == set(PUBLIC) - {"__version__"}


def test_rooms_show_their_public_names():
    rooms = (echospan.framings, echospan.layers, echospan.models, echospan.tasks, echospan.widgets)
    for room in rooms:
        assert dir(room) == sorted(room.__all__)
        for name in dir(room):
            assert getattr(room, name) is not None
        assert not {"annotations", "Any", "Registry", "TYPE_CHECKING"} & set(dir(room))


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
