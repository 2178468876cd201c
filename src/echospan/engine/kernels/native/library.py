"""The compiled library: found, loaded and registered when it is first asked for.

`ECHOSPAN_KERNELS` decides: "auto" (or unset) takes the best instruction set of the processor, "jax"
leaves the library alone, and the name of an instruction set ("avx512", "avx2", "baseline") takes
that one.
"""

from __future__ import annotations

import ctypes
import os
import threading
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from echospan.engine.kernels.native import reasons
from echospan.errors import ConfigError

INTERFACE = 2
"""The version of the calls that `cells` makes, as `ffi.cpp` has it."""

FOLDER = Path(__file__).parent
NAME = "_recurrent.so"
"""The same for every Python and every system; setup.py writes it."""

INSTRUCTION_SETS = ("avx512", "avx2", "baseline")
SETTINGS = ("auto", "jax", *INSTRUCTION_SETS)
TARGETS = [
    *(
        f"echospan_{cell}_{direction}"
        for cell in ("lstm", "gru", "simple")
        for direction in ("forward", "backward")
    ),
    "echospan_dense",
    "echospan_dense_gradients",
    "echospan_loss",
    "echospan_loss_gradient",
]


class CannotLoad(Exception):
    """Why the library is not in use."""


@dataclass(frozen=True)
class Library:
    """The loaded library."""

    path: Path
    handle: ctypes.CDLL = field(repr=False)

    @property
    def instructions(self) -> str:
        """The instruction set in use."""
        name: bytes = self.handle.echospan_instructions()
        return name.decode()

    @property
    def usable(self) -> tuple[str, ...]:
        """The instruction sets that this processor has, best first."""
        names: list[str] = []
        while name := self.handle.echospan_usable(len(names)):
            names.append(name.decode())
        return tuple(names)

    def choose(self, instructions: str) -> None:
        """Take another instruction set, for all programs from now on.

        Raises:
            CannotLoad: The library or the processor does not have it.
        """
        if not self.handle.echospan_choose(instructions.encode()):
            raise CannotLoad(
                f"this processor offers {', '.join(self.usable)}, not {instructions}, which "
                "ECHOSPAN_KERNELS asks for"
            )


@dataclass(frozen=True)
class Status:
    """The library, or why there is none."""

    library: Library | None
    reason: str = ""


_lock = threading.Lock()
_status: Status | None = None


def setting() -> str:
    """What `ECHOSPAN_KERNELS` says.

    Raises:
        ConfigError: It says something else than it may.
    """
    value = os.environ.get("ECHOSPAN_KERNELS") or "auto"
    if value not in SETTINGS:
        raise ConfigError("ECHOSPAN_KERNELS", f"one of {', '.join(SETTINGS)}", value)
    return value


def status() -> Status:
    """The library's state. It is loaded, with the instruction set asked for, at the first call."""
    global _status
    wanted = setting()
    if wanted == "jax":
        return Status(None, "ECHOSPAN_KERNELS=jax turns them off")
    with _lock:
        if _status is None:
            try:
                _status = Status(load(wanted))
            except CannotLoad as problem:
                _status = Status(None, str(problem))
        return _status


def library() -> Library | None:
    """The library where it is in use; one warning where it should be and cannot."""
    state = status()
    if state.library is None and setting() != "jax":
        _warn_once(state.reason)
    return state.library


def load(wanted: str = "auto", folder: Path = FOLDER) -> Library:
    """Load the library from a folder and register its calls with JAX.

    Raises:
        CannotLoad: It is not there, or cannot be used.
    """
    import jax

    path = folder / NAME
    if not path.exists():
        raise CannotLoad(reasons.missing(path))
    try:
        handle = ctypes.CDLL(str(path))
    except OSError as problem:
        raise CannotLoad(reasons.not_loaded(path, problem)) from problem
    try:
        version = handle.echospan_interface()
        handlers = {name: getattr(handle, name) for name in TARGETS}
    except AttributeError as problem:
        raise CannotLoad(reasons.other_sources(path)) from problem
    if version != INTERFACE:
        raise CannotLoad(reasons.other_sources(path))
    # Until its backends have started JAX only notes the calls; a refusal would come when they do.
    jax.default_backend()
    try:
        for name, handler in handlers.items():
            jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(handler), platform="cpu")
    except (AttributeError, RuntimeError, TypeError, ValueError) as problem:
        raise CannotLoad(reasons.not_registered(problem)) from problem
    handle.echospan_instructions.restype = ctypes.c_char_p
    handle.echospan_usable.restype = ctypes.c_char_p
    handle.echospan_choose.restype = ctypes.c_bool
    handle.echospan_choose.argtypes = [ctypes.c_char_p]
    loaded = Library(path, handle)
    if wanted != "auto":
        loaded.choose(wanted)
    return loaded


@cache
def _warn_once(reason: str) -> None:
    warnings.warn(
        f"echospan's compiled kernels are not in use: {reason}. Recurrent layers run on JAX's own "
        "compiler, with the same results but slower. ECHOSPAN_KERNELS=jax silences this.",
        RuntimeWarning,
        stacklevel=3,
    )
