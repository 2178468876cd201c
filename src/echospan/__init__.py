"""echospan: the laboratory for memory in sequence models.

`run` runs an experiment by name; `span` measures how far back a model remembers; `fit`, `evaluate`
and `predict` work on the user's own Keras models and arrays. Importing this package imports neither
JAX nor Keras; using one of these does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echospan.doctor.callback import FramingCheck
    from echospan.doctor.check import check, check_torch
    from echospan.doctor.explain import explain
    from echospan.doctor.watch import watch_torch
    from echospan.engine.evaluate import evaluate
    from echospan.engine.fit import fit
    from echospan.engine.predict import predict
    from echospan.runner.api import run
    from echospan.spans.api import span
    from echospan.spans.compare import compare

    __version__: str

__all__ = [
    "FramingCheck",
    "__version__",
    "check",
    "check_torch",
    "compare",
    "evaluate",
    "explain",
    "fit",
    "predict",
    "run",
    "span",
    "watch_torch",
]

_HOMES = {
    "FramingCheck": "echospan.doctor.callback",
    "run": "echospan.runner.api",
    "explain": "echospan.doctor.explain",
    "check": "echospan.doctor.check",
    "span": "echospan.spans.api",
    "check_torch": "echospan.doctor.check",
    "compare": "echospan.spans.compare",
    "watch_torch": "echospan.doctor.watch",
}
"""Modules of the names that do not stand in a module of the engine called like them."""


def __getattr__(name: str) -> Any:
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("echospan")
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, f"echospan.engine.{name}")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
