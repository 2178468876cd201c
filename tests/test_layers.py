from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.application.use_cases import lint_imports

ROOT = Path(__file__).parents[1]


def test_every_module_imports_only_what_lies_below_it(capsys):
    configuration = read_configuration(str(ROOT / ".importlinter"))
    written = (ROOT / ".importlinter").read_text("utf-8").count("[importlinter:contract:")
    assert len(configuration["contracts_options"]) == written > 0
    kept = lint_imports(config_filename=str(ROOT / ".importlinter"), cache_dir=None, verbose=True)
    assert kept, capsys.readouterr().out


@pytest.mark.parametrize(
    "module", ["echospan", "echospan.recipe", "echospan.store", "echospan.report"]
)
def test_importing_leaves_jax_and_keras_alone(module):
    program = f"import sys, {module}; print(*{{'jax', 'keras'}} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout.strip(), found.stderr) == (0, "", "")


def test_the_check_can_fail():
    program = "import sys, jax; print(*{'jax', 'keras'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "jax"
