"""What a case of the bench is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from echospan.doctor import CheckReport

Backend = Literal["jax", "tensorflow", "torch"]


@dataclass(frozen=True)
class Case:
    """One fault, with a twin that differs only in not having it.

    Attributes:
        code: The finding that the faulty one must give and the clean one must not.
        name: What it is made of.
        faulty: Checks the faulty framing.
        clean: Checks the corrected one, which must have no error at all.
        backend: Keras's backend to run it on; torch modules run with "torch".
        heuristic: Whether the finding is by statistics, so that misses are no defect.
        source: Threads in which people met it: keras, tensorflow, pytorch and others name issues on
            GitHub by number. Each was read, and says what the case is made of.
        allowed: Errors that the clean twin has by right, for the backend's sake.
    """

    code: str
    name: str
    faulty: Callable[[], CheckReport]
    clean: Callable[[], CheckReport]
    backend: Backend = "torch"
    heuristic: bool = False
    source: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one case.

    Attributes:
        code: Its code.
        name: Its name.
        backend: Where it ran.
        detected: Whether the fault was named.
        cried: Codes of errors that the clean twin was given, and its own code if that came up.
        heuristic: As the case.
        source: As the case.
        seconds: Of both checks.
    """

    code: str
    name: str
    backend: str
    detected: bool
    cried: tuple[str, ...]
    heuristic: bool
    source: str
    seconds: float
