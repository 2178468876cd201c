"""Why the compiled library cannot be used here: one sentence each, with what to do about it."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

AGAIN = "with pip's --force-reinstall --no-deps --no-cache-dir"
"""How to install again. Without the last, pip takes a wheel that it built without a compiler."""

_ELF = {3: "x86", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
_MACH_O = {0x01000007: "x86_64", 0x0100000C: "arm64"}
_SAME = {"amd64": "x86_64", "arm64": "aarch64"}

_NEEDS = re.compile(r"version [`'](GLIBC|GLIBCXX|CXXABI)_([\d.]+)' not found")
_VERSIONS = re.compile(
    r"handler's API version \((\d+)\.(\d+)\).*framework's API version \((\d+)\.(\d+)\)"
)


def missing(path: Path) -> str:
    """There is no library at `path`."""
    if sys.platform == "win32":
        return "they exist for Linux and macOS, not for Windows"
    older = sorted(found.name for found in path.parent.glob(f"{path.stem}.*{path.suffix}"))
    if older:
        return f"{older[0]} is of an older echospan; install this one again {AGAIN}"
    return (
        "they were not built, since no C++ compiler was at hand when echospan was installed; "
        f"install one, such as g++, and then echospan again, {AGAIN}"
    )


def not_loaded(path: Path, problem: OSError) -> str:
    """The system does not load the library."""
    found, here = built_for(path), (platform.system(), platform.machine())
    if found and not _alike(found, here):
        return (
            f"{path.name} is for {' on '.join(found)} and this Python is for {' on '.join(here)}; "
            f"install echospan again with this Python, {AGAIN}"
        )
    text = str(problem)
    if needs := _NEEDS.search(text):
        library, wanted = needs.groups()
        has = platform.libc_ver()[1] if library == "GLIBC" else ""
        return (
            f"{path.name} needs {library} {wanted} or newer"
            f"{f' and this system has {has}' if has else ', which this system lacks'}; "
            f"build echospan here, from its sources, {AGAIN}"
        )
    if "failed to map segment" in text:
        return (
            f"the system does not let {path.name} be mapped into memory, as where its file system "
            "is mounted noexec or memory is limited; install echospan elsewhere or raise the limit"
        )
    if found is None:
        return f"{path.name} is damaged; install echospan again {AGAIN}"
    return f"{path.name} could not be loaded: {text}"


def other_sources(path: Path) -> str:
    """The library lacks a call, or has it with other arguments."""
    return f"{path.name} was built from other sources than these; install echospan again {AGAIN}"


def not_registered(problem: Exception) -> str:
    """JAX or XLA does not take the library's calls."""
    jax = f"JAX {_version('jax')} with jaxlib {_version('jaxlib')}"
    if isinstance(problem, (AttributeError, TypeError)):
        return f"{jax} has no jax.ffi as echospan needs it; install JAX 0.10 or newer"
    if versions := _VERSIONS.search(str(problem)):
        handler, framework = versions.group(1, 2), versions.group(3, 4)
        older = tuple(map(int, handler)) > tuple(map(int, framework))
        return (
            f"they were built for version {'.'.join(handler)} of XLA's interface and {jax} has "
            f"{'.'.join(framework)}, {'which is older' if older else 'which no longer takes it'}; "
            f"install a newer {'JAX' if older else 'echospan'}"
        )
    return f"XLA of {jax} refuses them: {problem}"


def built_for(path: Path) -> tuple[str, str] | None:
    """The system and processor that a library is for, or None if it is no library.

    Args:
        path: A shared library, of any system.
    """
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except OSError:
        return None
    if len(head) < 20:
        return None
    if head[:4] == b"\x7fELF":
        order = "big" if head[5] == 2 else "little"
        machine = int.from_bytes(head[18:20], order)  # type: ignore[arg-type]
        return "Linux", _ELF.get(machine, f"processor {machine}")
    if head[:4] == b"\xcf\xfa\xed\xfe":
        kind = int.from_bytes(head[4:8], "little")
        return "Darwin", _MACH_O.get(kind, f"processor {kind}")
    return None


def _alike(found: tuple[str, str], here: tuple[str, str]) -> bool:
    return found[0] == here[0] and _plain(found[1]) == _plain(here[1])


def _plain(machine: str) -> str:
    return _SAME.get(machine.lower(), machine.lower())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"
