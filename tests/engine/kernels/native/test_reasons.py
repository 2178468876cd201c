"""Each reason why the library cannot be used says what is the matter and what to do."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from echospan.engine.kernels.native import library, reasons


@pytest.fixture
def path(tmp_path):
    return tmp_path / library.NAME


def elf(machine: int) -> bytes:
    """The first bytes of a shared library for Linux."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + machine.to_bytes(2, "little")


MACH_O_ARM64 = b"\xcf\xfa\xed\xfe" + (0x0100000C).to_bytes(4, "little") + bytes(12)


def test_none_was_built(path):
    reason = reasons.missing(path)
    assert "no C++ compiler was at hand" in reason
    assert "--no-cache-dir" in reason


def test_one_with_the_name_of_an_older_echospan_is_named(path):
    older = "_recurrent.cpython-311-x86_64-linux-gnu.so"
    (path.parent / older).write_bytes(elf(62))
    assert reasons.missing(path).startswith(f"{older} is of an older echospan; install")
    with pytest.raises(library.CannotLoad, match="of an older echospan"):
        library.load(folder=path.parent)


def test_windows_has_none(path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "not for Windows" in reasons.missing(path)


@pytest.mark.parametrize(
    ("head", "found"),
    [(elf(183), "Linux on aarch64"), (MACH_O_ARM64, "Darwin on arm64"), (elf(9), "processor 9")],
)
def test_another_system_or_processor(path, head, found, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    path.write_bytes(head)
    with pytest.raises(library.CannotLoad) as refused:
        library.load(folder=path.parent)
    assert found in str(refused.value)
    assert "this Python is for Linux on x86_64" in str(refused.value)
    assert "install echospan again" in str(refused.value)


def test_a_processor_with_two_names_is_one(path, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    path.write_bytes(MACH_O_ARM64)
    assert "strange" in reasons.not_loaded(path, OSError("strange"))


@pytest.mark.parametrize("content", [b"", b"text", b"text that is long enough for a header"])
def test_what_is_no_library_is_damaged(path, content):
    path.write_bytes(content)
    with pytest.raises(library.CannotLoad, match=r"_recurrent\.so is damaged; install"):
        library.load(folder=path.parent)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("/lib/libc.so.6: version `GLIBC_2.99' not found (required by x)", "GLIBC 2.99 or newer"),
        ("libstdc++.so.6: version `GLIBCXX_3.4.99' not found", "GLIBCXX 3.4.99 or newer"),
        ("x.so: failed to map segment from shared object", "noexec"),
        ("something new", "something new"),
    ],
)
def test_what_the_system_says(path, said, expected, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    path.write_bytes(elf(62))
    assert expected in reasons.not_loaded(path, OSError(said))


XLA = (
    "INVALID_ARGUMENT: XLA FFI handler registration for echospan_dense on platform cpu (canonical "
    "host) failed because the handler's API version ({}) is incompatible with the framework's API "
    "version ({}). Minimum supported API version is (0.1)."
)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (
            RuntimeError(XLA.format("0.10", "0.3")),
            r"version 0\.10 .*older; install a newer JAX",
        ),
        (RuntimeError(XLA.format("0.3", "1.0")), r"no longer takes it; install a newer echospan"),
        (AttributeError("module 'jax' has no attribute 'ffi'"), "install JAX 0.10 or newer"),
        (ValueError("another"), "refuses them: another"),
    ],
)
def test_what_jax_says(problem, expected):
    reason = reasons.not_registered(problem)
    assert f"JAX {jax.__version__}" in reason
    assert re.search(expected, reason)


def test_a_refusal_by_xla_becomes_a_reason(monkeypatch):
    if library.status().library is None:
        pytest.skip("the compiled kernels were not built here")

    def refuse(*_, **__):
        raise RuntimeError(XLA.format("0.5", "0.3"))

    monkeypatch.setattr(jax.ffi, "register_ffi_target", refuse)
    with pytest.raises(library.CannotLoad, match="install a newer JAX"):
        library.load()


COMPILER = shutil.which("cc")


@pytest.mark.skipif(COMPILER is None, reason="no C compiler here")
@pytest.mark.parametrize("source", ["", "int echospan_interface(void) { return 1; }"])
def test_a_library_without_the_calls_is_of_other_sources(path, source):
    made = path.with_suffix(".c")
    made.write_text(source)
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", path, made], check=True)
    with pytest.raises(library.CannotLoad, match="from other sources than these; install"):
        library.load(folder=path.parent)


HEADERS = Path(__file__).parents[4] / "third_party" / "xla" / "ffi" / "api"


def interface(header: Path) -> tuple[int, int]:
    words = header.read_text("utf-8").split()
    major, minor = (
        int(words[words.index(f"XLA_FFI_API_{part}") + 1]) for part in ("MAJOR", "MINOR")
    )
    return major, minor


def test_the_headers_are_no_newer_than_those_of_the_jaxlib_in_use():
    import jaxlib

    own = Path(jaxlib.__file__).parent / "include" / "xla" / "ffi" / "api"
    assert interface(HEADERS / "c_api.h") <= interface(own / "c_api.h")
