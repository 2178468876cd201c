"""`echospan.check`: what stands in the way of a Keras model, before it is trained."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.asked import ResetState, check_numbers
from echospan.doctor.keras_models import arguments
from echospan.doctor.keras_models.datasets import read
from echospan.doctor.keras_models.examination import Examination, Trainer
from echospan.doctor.keras_models.facts import facts
from echospan.doctor.keras_models.guard import untouched
from echospan.doctor.ports import Port, as_many, parts
from echospan.errors import ConfigError
from echospan.report.objects import CheckReport

if TYPE_CHECKING:
    import keras

    from echospan.framings.plan import Plan


def check(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    shuffle: bool = True,
    reset_state: ResetState = "never",
    needs_lag: int | None = None,
    stride: int | None = None,
    validation_data: tuple[Any, ...] | None = None,
    validation_split: float = 0.0,
    predict_batch_size: int | None = None,
    trainer: Trainer = "keras",
    epochs: int = 1,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
    callbacks: Any = None,
    verbose: Any = "auto",
    plan: Plan | None = None,
    **unused: Any,
) -> CheckReport:
    """Say why a Keras model cannot learn what it is asked, where that can be known beforehand.

    It stands in the place of ``model.fit``: same model, same arrays, same settings. The model is
    not trained and not run; probes run on a clone with weights of its own. Random generators are
    left as they were.

    Args:
        model: A Keras 3 model on any backend, built or not, compiled or not.
        x: Inputs (samples, time, features), or integers (samples, time) for an embedding. For a
            model with several inputs a list or dictionary of such, as `fit` takes it; those without
            a time axis, (samples, features), are held fixed. Or a `keras.utils.PyDataset`, whose
            first batches are read; then neither y nor batch_size.
        y: Targets (samples, ...), for several outputs a list or dictionary.
        batch_size: Samples in one update; left out, what stateful layers are built for, or 32.
        shuffle: As `fit`: whether samples come in random order.
        reset_state: When carried state returns to zero: before each "epoch" or "batch", or "never",
            which is what `fit` does by itself.
        needs_lag: Steps between a value and the answer that needs it. Left out, it is looked for in
            the data.
        stride: Steps by which each sample is moved on from the one before, if samples are windows.
        validation_data: (x, y) as `fit` takes it.
        validation_split: As `fit`: share of the samples at the end that validate.
        predict_batch_size: The batch size that predictions will be made with, if another.
        trainer: Who trains: Keras's own `fit`, or "echospan" for `echospan.fit`.
        epochs: Taken for the sake of `fit`'s signature; not used, like the rest.
        sample_weight: Not used.
        class_weight: Not used.
        callbacks: Not used.
        verbose: Not used.
        plan: The layout of an epoch, where a framing of echospan's made the samples; the order then
            need not be found in the data.
        **unused: Further arguments of `fit`.

    Returns:
        The report: findings in the order in which they matter, the reach map, what was looked at.

    Raises:
        ConfigError: A setting cannot be used, or it is no Keras model.
        DataError: The arrays cannot be used: shapes, types, NaN.
    """
    import keras

    started = time.perf_counter()
    arguments.check_model(model)
    _check_settings(batch_size, reset_state, needs_lag, stride, trainer, unused)
    known = facts(model)
    in_all = None
    if isinstance(x, keras.utils.PyDataset):
        with untouched():
            x, y, in_all, batch_size = read(x, y, batch_size)
    inputs = arguments.inputs(model, known, x)
    samples = arguments.samples(x)
    inputs, targets = as_many(inputs, arguments.targets(model, samples, y))
    with untouched():
        examined = Examination(
            model=model,
            known=known,
            sources=inputs,
            targets=targets,
            pack=arguments.packer(x),
            samples=in_all or samples,
            batch_size=int(batch_size or known.batch_size or 32),
            shuffle=bool(shuffle),
            reset_state=reset_state,
            needs_lag=needs_lag,
            stride=stride,
            validation=_validation(validation_data, inputs),
            validation_split=float(validation_split),
            predict_batch_size=predict_batch_size,
            trainer=trainer,
            plan=plan,
        )
        examined.run()
    return examined.report(time.perf_counter() - started)


_OF_FIT = ("initial_epoch", "steps_per_epoch", "validation_steps", "validation_batch_size",
           "validation_freq", "seed")  # fmt: skip


def _check_settings(
    batch_size: Any, reset_state: Any, needs_lag: Any, stride: Any, trainer: Any, unused: Any
) -> None:
    check_numbers(batch_size, reset_state, needs_lag, stride)
    if trainer not in ("keras", "echospan"):
        raise ConfigError("trainer", "'keras' or 'echospan'", trainer)
    for name, value in unused.items():
        if name not in _OF_FIT:
            raise ConfigError(name, "left out: neither check nor fit has such an argument", value)


def _validation(given: Any, sources: list[Port]) -> list[np.ndarray] | None:
    """The inputs to validate on, in the order of those to train on."""
    if given is None:
        return None
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise ConfigError("validation_data", "(x, y) or (x, y, sample_weight)", type(given))
    named = parts("validation_data[0]", given[0]) or [("", "validation_data", given[0])]
    if len(named) != len(sources):
        raise ConfigError(
            "validation_data", f"as many inputs as x, {len(sources)}", f"{len(named)} inputs"
        )
    return [arguments.array(place, value) for _, place, value in named]
