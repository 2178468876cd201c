"""What echospan runs on here: versions, devices, kernels, caches."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from echospan.backend import cache_folder, keras_on_jax
from echospan.errors import BackendError, MissingExtra
from echospan.extras import is_installed
from echospan.program_cache import usable

PACKAGES = ("echospan", "jax", "jaxlib", "keras", "numpy", "scipy", "torch")


def environment() -> dict[str, Any]:
    """A description of JSON's types; what cannot be used says why instead of failing."""
    return {
        "versions": {"python": platform.python_version(), **_versions()},
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "backend": _backend(),
        "devices": _devices(),
        "kernels": _kernels(),
        "cache": _cache(),
    }


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return versions


def _backend() -> dict[str, Any]:
    try:
        keras = keras_on_jax()
    except (BackendError, MissingExtra) as problem:
        return {"keras": None, "problem": str(problem)}
    import jax

    return {"keras": keras.backend.backend(), "jax": jax.default_backend(), "problem": None}


def first_device() -> str:
    """Name of the device that JAX uses."""
    import jax

    return str(jax.devices()[0])


def _devices() -> list[dict[str, Any]]:
    if not is_installed("jax"):
        return []
    import jax

    devices: list[dict[str, Any]] = [
        {"platform": device.platform, "kind": device.device_kind} for device in jax.devices()
    ]
    for device in devices:
        if device["platform"] == "cpu":
            device["cores"] = (
                len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
            )
    return devices


def _kernels() -> dict[str, Any]:
    """Which implementation recurrent layers get, and why not the compiled one."""
    from echospan.engine.kernels.native.library import setting, status

    if not is_installed("jax"):
        return {
            "in_use": None,
            "setting": setting(),
            "instructions": None,
            "usable": [],
            "library": None,
            "reason": "JAX is not installed",
        }
    import jax

    setting_given, state = setting(), status()
    on_cpu = jax.default_backend() == "cpu"
    library = state.library if on_cpu else None
    reason = state.reason if on_cpu else "they are for the CPU"
    return {
        "in_use": "jax" if library is None else "compiled",
        "setting": setting_given,
        "instructions": library.instructions if library else None,
        "usable": list(library.usable) if library else [],
        "library": str(library.path) if library else None,
        "reason": reason or None,
    }


def _cache() -> dict[str, Any]:
    """The folder of compiled programs that is in force, which the user may have told JAX itself."""
    folder: Any = cache_folder()
    if is_installed("jax"):
        import jax

        folder = jax.config.values.get("jax_compilation_cache_dir") or folder
    # One that is a link or another user's is not in force.
    if folder is None or (isinstance(folder, Path) and folder.exists() and not usable(folder)):
        return {"folder": None, "files": 0, "bytes": 0}
    sizes = []
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append((Path(parent) / name).stat().st_size)
            except OSError:
                # Another process has just replaced it.
                continue
    return {"folder": str(folder), "files": len(sizes), "bytes": sum(sizes)}
