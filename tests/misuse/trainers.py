"""Valid calls of the callbacks: of Keras's `fit`, of Lightning's trainer and of Hugging Face's."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import echospan
from echospan.doctor.training_check import Reports
from misuse.attempt import Call
from misuse.models import X, Y, keras_model, torch_module

OF_CHECK = (
    "plan", "batch_first", "validation_data", "validation_split", "predict_batch_size", "trainer",
    "thorough", "optimizer", "batch_size", "shuffle", "reset_state", "stride", "epochs", "nonsense",
)  # fmt: skip
"""Arguments that a callback hands on to the check."""


class Bare(Reports):
    """What the callbacks of all trainers share, where no trainer is installed."""


def callbacks() -> Iterator[tuple[str, type[Reports]]]:
    """The callbacks of the trainers that are installed, by name; what they share comes first."""
    yield "Reports", Bare
    for library in ("lightning", "transformers"):
        if find_spec(library) is not None:
            yield library, import_module(f"echospan.{library}").FramingCheck


def trained_with(kind: type[Reports], **settings: Any) -> None:
    """A training as a trainer tells its callback of it: it begins, makes an update, and ends."""
    checking = kind(**settings)
    module, optimizer = torch_module(), None
    if kind is Bare:
        checking._check.begin(module, [(X, Y)], optimizer, 1)
        checking._check.updated()
        checking._check.end()
    elif "lightning" in kind.__module__:
        trainer = SimpleNamespace(optimizers=[], train_dataloader=[(X, Y)], max_epochs=1)
        checking.on_train_start(trainer, module)  # type: ignore[attr-defined]
        checking.on_train_batch_end(trainer, module)  # type: ignore[attr-defined]
        checking.on_train_end(trainer, module)  # type: ignore[attr-defined]
    else:
        about = SimpleNamespace(num_train_epochs=1)
        given = {"model": module, "train_dataloader": [(X, Y)], "optimizer": optimizer}
        checking.on_train_begin(about, None, None, **given)  # type: ignore[attr-defined]
        checking.on_step_end(about, None, None)  # type: ignore[attr-defined]
        checking.on_train_end(about, None, None)  # type: ignore[attr-defined]
    assert checking.report is not None or checking._check.failed


def of_callbacks() -> Iterator[Call]:
    """Each callback: made, and in a training."""
    settings = {"needs_lag": 1, "loss": None, "stop": False, "show": False}
    # An error of the check is what `stop` is for, and no fault of the argument.
    stopped = dict.fromkeys((*settings, *OF_CHECK), ("callbacks",))
    for name, kind in callbacks():
        yield Call(f"{name}, made", functools.partial(lambda kind: (
            kind, dict(settings)), kind), more=OF_CHECK)  # fmt: skip
        yield Call(f"{name}, in a training", functools.partial(lambda kind: (
            functools.partial(trained_with, kind), dict(settings)), kind),
            more=OF_CHECK, called=stopped)  # fmt: skip
    yield Call("FramingCheck, in a training", lambda: (_fitted, {
        "needs_lag": 1, "reset_state": "epoch", "stop": False, "show": False}), called={
            "stop": ("callbacks",), "needs_lag": ("callbacks",)})  # fmt: skip


def _fitted(**settings: Any) -> None:
    echospan.fit(keras_model(), X, Y, verbose=0, callbacks=[echospan.FramingCheck(**settings)])
