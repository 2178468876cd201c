"""The wheel: its name, what is in it, and whether its kernels run where nothing could be built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tools import build_wheel

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "_echospan_pytestplugin.py"
"""What pytest loads by itself."""

KERNELS = "echospan/engine/kernels/native/_recurrent.so"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if shutil.which("c++") is None:
        pytest.skip("no C++ compiler here")
    return build_wheel.make(tmp_path_factory.mktemp("dist"), isolated=False)


def metadata(wheel, name):
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (each for each in archive.namelist() if each.endswith(f".dist-info/{name}"))
        return Parser().parsestr(archive.read(path).decode())


@pytest.mark.skipif(sys.platform != "linux", reason="auditwheel is for Linux")
def test_the_tag_is_any_python_and_the_platform_that_auditwheel_finds(wheel):
    tag = build_wheel.audited(wheel)["overall_tag"]
    assert wheel.name.endswith(f"-py3-none-{tag}.whl")
    assert metadata(wheel, "WHEEL")["Tag"] == f"py3-none-{tag}"
    assert metadata(wheel, "WHEEL")["Root-Is-Purelib"] == "false"


def test_it_holds_the_package_its_kernels_and_both_licences(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"echospan", PLUGIN}
    assert [name for name in names if name.endswith(".so")] == [KERNELS]
    licences = {name.partition("/licenses/")[2] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "third_party/xla/LICENSE"}
    package = ROOT / "src" / "echospan"
    modules = {str(path.relative_to(package.parent)) for path in package.rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == {*modules, PLUGIN}


def test_its_kernels_run_in_an_empty_environment_without_a_compiler(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ECHOSPAN_KERNELS")}
    bare = {**kept, "PATH": str(python.parent), "CC": "no-compiler", "CXX": "no-compiler"}

    def called(*command):
        done = subprocess.run(
            [python, *command], env=bare, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    constraints = ROOT / "constraints.txt"
    called(
        "-m", "pip", "install", "--quiet", "--only-binary=:all:", "-c", constraints, f"{wheel}[jax]"
    )
    said = called(ROOT / "tools" / "train_on_kernels.py")
    assert said.startswith("in use (")


def test_without_a_compiler_the_wheel_is_for_any_platform_and_says_why(tmp_path):
    """What `pip install` makes of the sources; `make wheel` refuses it."""
    source = tmp_path / "source"
    build_wheel.copied(source)
    # One that an earlier build left there is not of these sources.
    (source / "src" / KERNELS).write_bytes(b"an older library")
    broken = {**os.environ, "CC": "no-compiler", "CXX": "no-compiler"}
    wheels = tmp_path / "wheels"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", wheels, source], env=broken, check=True)
    (wheel,) = wheels.iterdir()
    assert wheel.name.endswith("-py3-none-any.whl")
    assert metadata(wheel, "WHEEL")["Root-Is-Purelib"] == "true"
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".so")]
