"""What a run ran on: versions, machine, git commit. Imports none of the packages it names."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("echospan", "keras", "jax", "jaxlib", "numpy")
VARIABLES = ("KERAS_BACKEND", "JAX_PLATFORMS", "XLA_FLAGS")
_GIT_SECONDS = 2.0

VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2"}
"""Vector instructions by the kernel's name for them, widest first."""


def describe_environment(*, device: str | None = None) -> dict[str, Any]:
    """What a run ran on, as a JSON object. Never fails; what cannot be found out is None.

    Args:
        device: Name of the device that computed. Only the caller knows it: asking JAX would
            import it.

    Returns:
        ``python``, ``implementation``, ``platform``, ``machine``, ``cpu`` (`processor`),
        ``cores`` (that this process may use), ``device``, ``versions`` (package to version),
        ``variables`` (the set ones among KERAS_BACKEND, JAX_PLATFORMS, XLA_FLAGS),
        ``git_commit`` and ``git_dirty`` (of the current folder's repository).
    """
    commit = _git("rev-parse", "--verify", "HEAD")
    changes = _git("status", "--porcelain", "--untracked-files=no") if commit else None
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": processor(),
        "cores": _cores(),
        "device": device,
        "versions": {name: _version(name) for name in PACKAGES},
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "git_commit": commit,
        "git_dirty": None if changes is None else changes != "",
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, OSError, ValueError, KeyError):
        return None


def processor() -> str | None:
    """What computes here, as "AMD EPYC, family 26, AVX-512"; None where nobody says."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        text = ""
    return _named(text) or platform.processor() or None


def _named(cpuinfo: str) -> str | None:
    """Of its first core. Makers sell unlike generations under one name: family and vectors tell."""
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    name = fields.get("model name") or fields.get("Model")
    if not name:
        return None
    family = fields.get("cpu family")
    flags = fields.get("flags", "").split()
    vectors = next((word for flag, word in VECTORS.items() if flag in flags), None)
    return ", ".join(part for part in (name, family and f"family {family}", vectors) if part)


def _cores() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _git(*arguments: str) -> str | None:
    # core.fsmonitor names a program that git would run; optional locks would write to .git.
    command = ["git", "-c", "core.fsmonitor=false", "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode != 0:
        return None
    return done.stdout.decode("utf-8", errors="replace").strip()
