"""Keras on JAX, imported the one way that works for echospan."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from echospan import program_cache
from echospan._keras_backend import keras_json
from echospan.errors import BackendError
from echospan.extras import TRAINING, is_installed, needs


def keras_on_jax() -> ModuleType:
    """Import Keras with JAX below it.

    Raises:
        MissingExtra: JAX or Keras is not installed.
        BackendError: Keras is already imported on another backend; one process cannot have two.
            Or this process was forked from one in which JAX had run.
    """
    refuse_fork()
    needs("Training and measuring on JAX", *TRAINING)
    os.environ.setdefault("KERAS_BACKEND", "jax")
    # XLA's CPU client logs a line at start-up that means nothing to a user.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        if "keras" not in sys.modules:
            with _quick_imports():
                use_compilation_cache()
                import keras
        import keras
    except ModuleNotFoundError as error:
        chosen = os.environ["KERAS_BACKEND"]
        if error.name == "jax" or error.name != chosen:
            raise
        raise BackendError(
            f"The environment variable KERAS_BACKEND chooses {chosen} for Keras, which is not "
            "installed. Unset it, or set KERAS_BACKEND=jax."
        ) from error

    module: ModuleType = keras
    if keras.backend.backend() != "jax":
        raise BackendError(
            f"echospan trains Keras models on JAX, but Keras runs on {keras.backend.backend()} in "
            "this process, and a process cannot have two. Set the environment variable "
            "KERAS_BACKEND=jax before Keras is first imported, such as by "
            'os.environ["KERAS_BACKEND"] = "jax" in the first line, or write "backend": "jax" in '
            f"{keras_json()}."
        )
    return module


def refuse_fork() -> None:
    """Refuse to work in a process that was forked after JAX had run: the first program would hang.

    Raises:
        BackendError: It is one.
    """
    if _jax_was_forked or (_jax_has_run() and _without_threads()):
        raise BackendError(
            "JAX ran before this process was forked, and its threads were not copied: the first "
            "program would wait for them for ever. Start the process with "
            'multiprocessing.get_context("spawn"), or fork before JAX runs for the first time.'
        )


def _jax_has_run() -> bool:
    bridge = sys.modules.get("jax._src.xla_bridge")
    try:
        return bridge is not None and bool(bridge.backends_are_initialized())
    except AttributeError:
        return False


def _without_threads() -> bool:
    """Whether the threads are missing that JAX has once it has run.

    For processes that forked before echospan was imported. NumPy's library starts threads anew
    after a fork, one a core at most; JAX has more, and names some. False where the system can't
    say.
    """
    try:
        threads = os.listdir("/proc/self/task")
        names = [
            Path(f"/proc/self/task/{each}/comm").read_text("utf-8", "replace") for each in threads
        ]
        cores = len(os.sched_getaffinity(0))
    except (OSError, AttributeError):
        return False
    return len(threads) <= cores and not any("XLA" in name for name in names)


_jax_was_forked = False


def _note_fork() -> None:
    global _jax_was_forked
    _jax_was_forked = _jax_was_forked or _jax_has_run()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


LATE = (
    "matplotlib",
    "matplotlib.patches",
    "matplotlib.pyplot",
    "h5py",
    "pandas",
    "IPython",
    "requests",
    "jax.experimental.sparse.linalg",
)
"""What Keras 3.15 imports at once though hardly anything needs it."""

ASKED_FOR = {"pandas": ("Series", "DataFrame")}
"""Classes of those whose instances Keras looks for from the start."""


class _LateClass(type):
    """A class of a module that was not imported yet: until it is, nothing is an instance."""

    def __instancecheck__(cls, one: object) -> bool:
        module = sys.modules.get(cls.__module__)
        own = None if isinstance(module, _Late) else getattr(module, cls.__name__, None)
        return own is not None and isinstance(one, own)


class _Late(ModuleType):
    """Stands in for a module in the modules that import it now; the first use imports it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        # Or else `from package import module` would ask for it, which is a use.
        self.__path__: list[str] = []

        for kind in ASKED_FOR.get(name, ()):
            setattr(self, kind, _LateClass(kind, (), {"__module__": name}))

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _quick_imports() -> Iterator[None]:
    """Import without what is not needed, and without looking for garbage where none is made."""
    late = {
        name: _Late(name)
        for name in LATE
        # Keras does without matplotlib where there is none, and must see that there is none.
        if name not in sys.modules and is_installed(name.partition(".")[0])
    }
    for name, module in late.items():
        package, _, own = name.rpartition(".")
        if package in late:
            setattr(late[package], own, module)
    sys.modules.update(late)
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Who imports them from now on gets the modules themselves.
        for name, module in late.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        if collecting:
            gc.enable()


def cache_folder() -> Path | None:
    """Where compiled programs are kept; None where the user turned that off.

    `ECHOSPAN_CACHE` names the folder; set empty, nothing is kept. A folder that is a link, or
    another user's, is not used.
    """
    chosen = os.environ.get("ECHOSPAN_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # There is no home.
        return None
    return Path(base) / "echospan" / "xla"


def use_compilation_cache() -> None:
    """Keep compiled programs between processes, unless the user configured JAX's cache already."""
    import jax

    folder = cache_folder()
    if folder is None or jax.config.values.get("jax_compilation_cache_dir") is not None:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    # A folder that can only be read is still worth reading.
    if program_cache.usable(folder):
        program_cache.use(folder)
