"""echospan: the laboratory for memory in sequence models.

`run` runs an experiment by name, `span` measures how far back a model remembers, `check` says why a
model can't learn, `conform` whether it carries its state correctly, `needs` how far back your data
need a model to look, `uses` how far back a trained model looks, `diagnose` which of these is the
weakest link, and `fit`, `evaluate` and `predict` work on your own Keras models and arrays.

Importing this package imports neither JAX nor Keras; using it does, where it needs them. Where
Keras would choose a backend that is not installed, it chooses JAX.
"""

import typing as _typing

from echospan._keras_backend import prefer_jax as _prefer_jax

if _typing.TYPE_CHECKING:
    from echospan import framings, layers, models, tasks, widgets
    from echospan.client import Client, ServerError
    from echospan.conformance.conform import conform
    from echospan.diagnosis.diagnose import diagnose
    from echospan.doctor.callback import FramingCheck
    from echospan.doctor.check import check, check_torch
    from echospan.doctor.explain import explain
    from echospan.doctor.watch import watch_torch
    from echospan.engine.evaluate import evaluate
    from echospan.engine.fit import fit
    from echospan.engine.predict import predict
    from echospan.errors import (
        BackendError,
        ConfigError,
        CorruptRun,
        DataError,
        EchospanError,
        MissingExtra,
        OutOfMemory,
        RunNotFound,
        StoreError,
    )
    from echospan.experiment import Experiment
    from echospan.lookback.api import needs
    from echospan.recipe import Recipe
    from echospan.report.memory_objects import Diagnosis, NeedsReport, UsesReport
    from echospan.report.objects import (
        CheckReport,
        Comparison,
        ConformReport,
        RunResult,
        Sheet,
    )
    from echospan.report.sweep_objects import SweepResult
    from echospan.runner.api import run
    from echospan.spans.api import span
    from echospan.spans.compare import compare
    from echospan.store import Store
    from echospan.sweeps.api import sweep
    from echospan.usage.callback import UsesLog
    from echospan.usage.uses import uses

    __version__: str

_HOMES = {
    "FramingCheck": "echospan.doctor.callback",
    "UsesLog": "echospan.usage.callback",
    "check": "echospan.doctor.check",
    "check_torch": "echospan.doctor.check",
    "compare": "echospan.spans.compare",
    "conform": "echospan.conformance.conform",
    "diagnose": "echospan.diagnosis.diagnose",
    "evaluate": "echospan.engine.evaluate",
    "explain": "echospan.doctor.explain",
    "fit": "echospan.engine.fit",
    "needs": "echospan.lookback.api",
    "predict": "echospan.engine.predict",
    "run": "echospan.runner.api",
    "span": "echospan.spans.api",
    "sweep": "echospan.sweeps.api",
    "uses": "echospan.usage.uses",
    "watch_torch": "echospan.doctor.watch",
    # What the verbs return.
    "CheckReport": "echospan.report.objects",
    "Comparison": "echospan.report.objects",
    "ConformReport": "echospan.report.objects",
    "Diagnosis": "echospan.report.memory_objects",
    "NeedsReport": "echospan.report.memory_objects",
    "RunResult": "echospan.report.objects",
    "Sheet": "echospan.report.objects",
    "SweepResult": "echospan.report.sweep_objects",
    "UsesReport": "echospan.report.memory_objects",
    # What is run and where it is kept.
    "Experiment": "echospan.experiment",
    "Recipe": "echospan.recipe",
    "Store": "echospan.store",
    # A server of trained runs.
    "Client": "echospan.client",
    "ServerError": "echospan.client",
    # Errors.
    "BackendError": "echospan.errors",
    "ConfigError": "echospan.errors",
    "CorruptRun": "echospan.errors",
    "DataError": "echospan.errors",
    "EchospanError": "echospan.errors",
    "MissingExtra": "echospan.errors",
    "OutOfMemory": "echospan.errors",
    "RunNotFound": "echospan.errors",
    "StoreError": "echospan.errors",
}
"""The module that each public name stands in; it is imported when the name is first used."""

_ROOMS = ("framings", "layers", "models", "tasks", "widgets")

__all__ = [
    "BackendError",
    "CheckReport",
    "Client",
    "Comparison",
    "ConfigError",
    "ConformReport",
    "CorruptRun",
    "DataError",
    "Diagnosis",
    "EchospanError",
    "Experiment",
    "FramingCheck",
    "MissingExtra",
    "NeedsReport",
    "OutOfMemory",
    "Recipe",
    "RunNotFound",
    "RunResult",
    "ServerError",
    "Sheet",
    "Store",
    "StoreError",
    "SweepResult",
    "UsesLog",
    "UsesReport",
    "__version__",
    "check",
    "check_torch",
    "compare",
    "conform",
    "diagnose",
    "evaluate",
    "explain",
    "fit",
    "framings",
    "layers",
    "models",
    "needs",
    "predict",
    "run",
    "span",
    "sweep",
    "tasks",
    "uses",
    "watch_torch",
    "widgets",
]

_prefer_jax()


def __getattr__(name: str) -> _typing.Any:
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("echospan")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return import_module(f"echospan.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
