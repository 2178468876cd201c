from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from echospan.store import describe_environment, environment
from echospan.store.files import to_json

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_it_says_what_ran() -> None:
    found = describe_environment(device="cpu:0")
    assert found["python"] == platform.python_version()
    assert found["versions"]["numpy"] == np.__version__
    assert set(found["versions"]) == {"echospan", "keras", "jax", "jaxlib", "numpy"}
    assert found["cores"] >= 1
    assert found["device"] == "cpu:0"
    assert json.loads(to_json(found, "environment")) == found


@pytest.mark.parametrize(
    ("cpuinfo", "said"),
    [
        (
            "cpu family\t: 26\nmodel name\t: AMD EPYC\nflags\t: fpu avx avx2 avx512f\n\n"
            "processor\t: 1\ncpu family\t: 0\nmodel name\t: other\n",
            "AMD EPYC, family 26, AVX-512",
        ),
        (
            "cpu family\t: 25\nmodel name\t: AMD EPYC\nflags\t: avx avx2\n",
            "AMD EPYC, family 25, AVX2",
        ),
        ("processor\t: 0\nFeatures\t: fp\n\nModel\t\t: Some Board Rev 1.4\n", "Some Board Rev 1.4"),
        ("", None),
    ],
)
def test_a_processor_is_told_from_others_of_its_name(cpuinfo: str, said: str | None) -> None:
    assert environment._named(cpuinfo) == said


def test_a_package_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PACKAGES", ("numpy", "no-such-package"))
    assert describe_environment()["versions"]["no-such-package"] is None


def test_the_store_imports_neither_jax_nor_keras() -> None:
    script = (
        "import sys, echospan.store as s; s.describe_environment()\n"
        "print([n for n in ('jax', 'jaxlib', 'keras', 'tensorflow', 'torch') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def git(*arguments: str) -> str:
    given = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", *given, *arguments], check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout.strip()


@needs_git
def test_the_commit_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "_GIT_SECONDS", 60.0)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert describe_environment()["git_commit"] is None
    git("init", "-q")
    assert describe_environment()["git_commit"] is None  # no commit yet
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "first")
    found = describe_environment()
    assert found["git_commit"] == git("rev-parse", "HEAD")
    assert found["git_dirty"] is False
    (tmp_path / "a").write_text("2")
    assert describe_environment()["git_dirty"] is True


@needs_git
def test_a_repository_runs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "_GIT_SECONDS", 60.0)
    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "first")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    program.chmod(0o755)
    git("config", "core.fsmonitor", str(program))
    assert describe_environment()["git_commit"]
    assert not (tmp_path / "ran").exists()


def test_a_git_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(environment, "_GIT_SECONDS", 0.1)
    assert describe_environment()["git_commit"] is None


def test_no_git_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert describe_environment()["git_commit"] is None
