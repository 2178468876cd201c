"""`echospan.check`: find out before training what would prevent a model from learning."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from echospan.adapters.adapt import (
    facts_of,
    framework_of,
    read_array,
    read_data,
    read_validation,
    with_own_loss,
)
from echospan.adapters.data import Data, validation_inputs
from echospan.adapters.facts import Facts
from echospan.adapters.loading import said
from echospan.adapters.loss_names import named_loss
from echospan.adapters.untouched import untouched
from echospan.arguments import flag, instance, number, one_of, readable, same_as, validated, whole
from echospan.doctor.beginning import beginning
from echospan.doctor.catalogue import Probe, register_plugins, registered_probes
from echospan.doctor.examination import Examination, Trainer
from echospan.doctor.finding import in_order
from echospan.doctor.fit_call import ResetState, check_numbers
from echospan.doctor.probes import PROBES
from echospan.doctor.remedies import in_words_of
from echospan.doctor.room import require_room
from echospan.doctor.versions import versions
from echospan.errors import ConfigError, DataError
from echospan.limits import asks_consent
from echospan.report.objects import CheckReport
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.framings.plan import Plan

NAMES = {"keras": "a Keras model", "torch": "a torch module", "jax": "a pair of JAX functions"}

OF_FIT = ("verbose", "callbacks", "class_weight", "sample_weight", "initial_epoch",
          "steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq",
          "seed")  # fmt: skip
"""Arguments of Keras's `fit` that a check has no use for."""


OF_CHECK = {
    "model": readable,
    "x": readable,
    "y": readable,
    "loss": readable,
    "validation_data": readable,
    "optimizer": readable,
    "batch_size": whole(1),
    "shuffle": flag,
    "reset_state": one_of("epoch", "batch", "never"),
    "needs_lag": whole(0),
    "stride": whole(1),
    "batch_first": flag,
    "validation_split": number(least=0, below=1, allowed="a share from 0 to 1"),
    "predict_batch_size": whole(1),
    "trainer": one_of("keras", "echospan"),
    "plan": instance("an echospan.framings.Plan", "echospan.framings.plan:Plan"),
    "epochs": whole(1),
    "thorough": flag,
    "yes": flag,
}
"""What the arguments of `check` may be that no framework decides about."""


@validated(**OF_CHECK)
@asks_consent
def check(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Any = None,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    reset_state: ResetState | None = None,
    needs_lag: int | None = None,
    stride: int | None = None,
    validation_data: tuple[Any, ...] | None = None,
    batch_first: bool | None = None,
    validation_split: float | None = None,
    predict_batch_size: int | None = None,
    trainer: Trainer | None = None,
    plan: Plan | None = None,
    epochs: int | None = None,
    optimizer: Any = None,
    thorough: bool = False,
    yes: bool = False,
    **fit_arguments: Any,
) -> CheckReport:
    """Find what would prevent a model from learning, before training it.

    Call it with the arguments that you would give `fit`. The model is neither trained nor changed:
    probes run on clones, with random weights or its own. A few findings are confirmed by some
    updates of a clone. A torch module itself is called once, in evaluation mode and without
    gradients, to compare its copy with it, and put back as it was. Random generators keep their
    state. For a hand-written torch loop, use `watch_torch`.

    Args:
        model: A Keras 3 model on any backend, built or not, compiled or not; a torch module whose
            ``forward(x)`` gives outputs, whose ``forward(x, state)`` gives (outputs, state), or
            that takes its inputs by name and answers with ``.logits``, as Hugging Face's do; or a
            pair (init, apply) of JAX functions, ``init(key) -> params`` and ``apply(params, x) ->
            outputs`` or ``apply(params, x, state) -> (outputs, state)``.
        x: Inputs (samples, time, features), or integers (samples, time) for an embedding. Several
            inputs are a tuple or dictionary, for Keras also a list; those without a time axis,
            (samples, features), are kept constant. Or what gives batches, of which the first are
            read, and then no y: a `keras.utils.PyDataset`, a `tf.data.Dataset`, a torch data loader
            or data set, a function that makes a generator, or a generator, which is used up by as
            much. For torch also a list of samples of different lengths.
        y: Targets (samples, ...), for several outputs a tuple or dictionary.
        loss: The loss function ``loss(outputs, targets)``, or its name, such as "mse" or
            "cross_entropy" (of logits), for a model that is not compiled with one, if its shapes
            are to be checked.
        batch_size: Samples per batch. By default that of a loader or of stateful layers, or 32.
        shuffle: Whether samples come in random order. Left out: what `fit` does (it shuffles), what
            a loader does, or not at all in your own loop.
        reset_state: When carried state returns to zero: before each "epoch", before each "batch",
            or "never". Left out: what the trainer does. Keras's `fit` never resets it,
            `echospan.fit` before each epoch, and a loop that passes no state with each batch.
        needs_lag: Steps between a value and the answer that needs it. Left out: it is looked for in
            the data.
        stride: Steps by which each sample is moved on from the one before, if samples are windows.
        validation_data: (x, y) as `fit` takes it, or what gives batches, to look for windows that
            share steps with training.
        batch_first: Whether a torch module is given (batch, time, ...), which is the default, or
            (time, batch, ...). Only for torch.
        validation_split: As `fit`: share of the samples at the end that validate. Only for Keras.
        predict_batch_size: The batch size of predictions, if another. Only for Keras.
        trainer: Who trains a Keras model: its own `fit` ("keras"), or "echospan" for
            `echospan.fit`.
        plan: The layout of an epoch, where a framing of echospan's made the samples.
        epochs: How often training will go through the data, to judge whether that is enough. Not
            for JAX functions.
        optimizer: The optimizer, made for the parameters of a torch module, to judge its learning
            rate; it is only read. A Keras model is compiled with one.
        thorough: Also look at what takes longer, such as training a clone for some updates. What is
            left out without it stands in the report.
        yes: Go on where the estimated memory is above a limit.
        **fit_arguments: Further arguments of Keras's `fit`, so that `check` can stand in its place;
            the report lists them as unused.

    Returns:
        The report: findings in the order in which they matter, the reach map, what was looked at.

    Raises:
        ConfigError: A setting cannot be used, belongs to another framework or is unknown, or the
            model is of no known framework.
        DataError: The data cannot be used: shapes, types, values that are not finite.
        OutOfMemory: It is estimated to need more memory than is free.

    Example:
        >>> import numpy as np
        >>> values = np.random.default_rng(0).integers(0, 10, 97)
        >>> x, y = np.eye(10)[values[1:], None], values[:-1]  # one step a sample, lag 1
        >>> import keras
        >>> model = keras.Sequential(
        ...     [
        ...         keras.Input(batch_shape=(6, 1, 10)),
        ...         keras.layers.LSTM(8, stateful=True),
        ...         keras.layers.Dense(10, activation="softmax"),
        ...     ]
        ... )
        >>> model.compile("adam", "sparse_categorical_crossentropy")
        >>> report = echospan.check(model, x, y, batch_size=6, shuffle=False, needs_lag=1)
        >>> report.codes[0]
        'state-row-mismatch'
        >>> report.ok
        False
    """
    started = time.perf_counter()
    examination = prepare(
        model, x, y, loss=loss, batch_size=batch_size, shuffle=shuffle, reset_state=reset_state,
        needs_lag=needs_lag, stride=stride, validation_data=validation_data,
        batch_first=batch_first, validation_split=validation_split,
        predict_batch_size=predict_batch_size, trainer=trainer, plan=plan, epochs=epochs,
        optimizer=optimizer, thorough=thorough, fit_arguments=fit_arguments,
    )  # fmt: skip
    with untouched():
        return examine(examination, started, tuple(sorted(fit_arguments)))


def prepare(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Any = None,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    reset_state: ResetState | None = None,
    needs_lag: int | None = None,
    stride: int | None = None,
    validation_data: tuple[Any, ...] | None = None,
    batch_first: bool | None = None,
    validation_split: float | None = None,
    predict_batch_size: int | None = None,
    trainer: Trainer | None = None,
    plan: Plan | None = None,
    epochs: int | None = None,
    optimizer: Any = None,
    thorough: bool = False,
    fit_arguments: Mapping[str, Any],
) -> Examination:
    """Read model and data for a check; arguments and errors are those of `check`."""
    known = facts_of(model)
    _check_settings(
        model,
        known,
        {
            "batch_first": batch_first,
            "validation_split": validation_split,
            "predict_batch_size": predict_batch_size,
            "trainer": trainer,
            "loss": loss,
            "epochs": epochs,
            "optimizer": optimizer,
        },
        fit_arguments,
    )
    loss = named_loss(loss, known.framework)
    first = batch_first is not False
    who: Trainer = trainer or "keras"
    reset = reset_state or _usual_reset(known, who)
    check_numbers(batch_size, reset, needs_lag, stride, epochs)
    data = read_data(model, known, x, y, batch_size=batch_size, batch_first=first)
    if loss is None:
        data, loss = with_own_loss(model, known, data)
    with _naming_validation_data():
        validation, unread = read_validation(model, known, validation_data, batch_first=first)
        validating = validation_inputs(
            validation,
            data.sources,
            partial(read_array, known),
            lists=known.framework == "keras",
        )
    size = int(batch_size or data.batch_size or known.batch_size or 32)
    examination = Examination(
        model=model,
        facts=known,
        data=data,
        batch_size=size if known.framework == "keras" else min(size, data.samples),
        shuffle=_usual_shuffle(known, data) if shuffle is None else bool(shuffle),
        reset_state=reset,
        needs_lag=needs_lag,
        stride=stride,
        loss=loss,
        validation=validating,
        validation_split=float(validation_split or 0.0),
        predict_batch_size=predict_batch_size,
        trainer=who,
        batch_first=first,
        plan=plan,
        weighted=fit_arguments.get("sample_weight") is not None,
        skipped=[unread] if unread else [],
        optimizer=optimizer,
        epochs=epochs,
        thorough=bool(thorough),
    )
    require_room(examination)
    return examination


@validated(model=readable, x=readable, y=readable, settings=same_as(check))
def check_torch(model: Any, x: Any, y: Any = None, **settings: Any) -> CheckReport:
    """`check` for a torch module, under its earlier name.

    Args:
        model: A torch module.
        x: Inputs (samples, time, features), or a data loader.
        y: Targets (samples, ...); left out with a loader.
        **settings: Those of `check`.

    Returns:
        The report of `check`.

    Raises:
        ConfigError: It is not a torch module, or a setting cannot be used.
        DataError: The data cannot be used.

    Example:
        >>> import torch
        >>> class Last(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.memory = torch.nn.GRU(1, 4, batch_first=True)
        ...         self.readout = torch.nn.Linear(4, 1)
        ...
        ...     def forward(self, x):
        ...         return self.readout(self.memory(x)[0][:, -1])
        >>> x = torch.randn(64, 5, 1)
        >>> report = echospan.check_torch(Last(), x, x[:, 0] ** 2)
        >>> report.ok
        True
    """
    try:
        framework = framework_of(model)
    except ConfigError:
        framework = "jax"
    if framework != "torch":
        raise ConfigError("model", "a torch.nn.Module", type(model).__name__)
    return check(model, x, y, **settings)


@contextmanager
def _naming_validation_data() -> Iterator[None]:
    """Errors of reading name x and y; here they are those of `validation_data`."""
    try:
        yield
    except (ConfigError, DataError) as error:
        if "validation_data" in str(error):
            raise
        raise DataError(f"validation_data cannot be used: {error}") from None


def examine(examination: Examination, started: float, unused: tuple[str, ...] = ()) -> CheckReport:
    """Run all probes and report what they find.

    Args:
        examination: The model, its data and settings.
        started: When the check began, by `time.perf_counter`.
        unused: Arguments that were given and that a check has no use for.
    """
    framework, pairs = examination.facts.framework, examination.pairs
    examination.looked += _what_is_looked_at(examination)
    before = len(examination.looked)
    findings = [finding for probe in PROBES for finding in _found(probe, examination)]
    if examination.given is not None:
        own = (
            f"the model's own outputs on {len(examination.given.samples)} samples: their range and "
            "shapes, and what the loss makes of them"
        )
        examination.looked.insert(before, own)
    findings += _findings_of_others(examination)
    findings = [in_words_of(framework, finding) for finding in findings]
    settings: dict[str, Any] = {
        "framework": framework,
        "batch_size": examination.batch_size,
        "shuffle": examination.shuffle,
        "reset_state": examination.reset_state,
    }
    if framework == "keras":
        settings["trainer"] = examination.trainer
    start = beginning(examination)
    return CheckReport(
        findings=in_order(findings),
        baseline=start.baseline,
        start_loss=start.start_loss,
        scales=start.scales,
        reach=pairs.lags(),
        needs_lag=pairs.needs(),
        rows=pairs.sentences(),
        looked=tuple(examination.looked),
        skipped=tuple(examination.skipped),
        versions={**versions(), "backend": examination.facts.backend},
        seconds=round(time.perf_counter() - started, 3),
        call=settings,
        unused=unused,
    )


def _found(probe: Probe, examination: Examination) -> list[Finding]:
    """Run a built-in probe; what a layer of the user's raises in it leaves the others to run."""
    try:
        return probe(examination)
    except (ConfigError, DataError):
        raise
    except Exception as error:
        name = probe.__name__.removesuffix("_findings").replace("_", " ")
        examination.skip(f"{name}: the clone failed with {said(error)}")
        return []


def _findings_of_others(examination: Examination) -> list[Finding]:
    """Run the probes of other packages; report one that fails, and go on."""
    for problem in register_plugins():
        examination.skip(f"a package's own probe: {problem}")
    findings: list[Finding] = []
    for probe in registered_probes():
        try:
            findings += probe(examination)
        except Exception as error:
            place = f"{probe.__module__}.{getattr(probe, '__qualname__', probe)}"
            examination.skip(f"the probe {place}: it raised {said(error)}")
    return findings


def _what_is_looked_at(examination: Examination) -> list[str]:
    data = examination.data
    share = "all" if data.looked_at == data.samples else f"the first {data.looked_at:,} of"
    if data.more:
        share = "the first"
    origin = f" of {data.origin}" if data.origin else ""
    updates = examination.pairs.every[0].rows.plan.updates
    told = [
        f"{share} {data.samples:,} samples{origin}, the order of the first {updates} batches of "
        f"{examination.batch_size}"
    ]
    told += data.notes
    return told + [
        f"input {source.name!r} has no time axis and is kept constant"
        for source in data.sources
        if not source.sequence
    ]


def _usual_reset(known: Facts, trainer: Trainer) -> ResetState:
    if known.framework != "keras":
        return "batch"
    return "epoch" if trainer == "echospan" else "never"


def _usual_shuffle(known: Facts, data: Data) -> bool:
    return known.framework == "keras" if data.shuffle is None else data.shuffle


def _check_settings(
    model: Any, known: Facts, of_one: Mapping[str, Any], fit_arguments: Mapping[str, Any]
) -> None:
    """Refuse arguments that belong to another framework, and those that nobody knows.

    Raises:
        ConfigError: Names the argument.
    """
    name = NAMES[known.framework]
    for_keras = ("validation_split", "predict_batch_size", "trainer")
    for argument, value in of_one.items():
        if argument in ("epochs", "optimizer"):
            continue
        wrong = argument in for_keras if known.framework != "keras" else argument == "batch_first"
        if value is not None and (
            wrong or (argument == "batch_first" and known.framework == "jax")
        ):
            raise ConfigError(argument, f"left out for {name}, which has no use for it", value)
    if of_one["trainer"] not in (None, "keras", "echospan"):
        raise ConfigError("trainer", "'keras' or 'echospan'", of_one["trainer"])
    if of_one["loss"] is not None and getattr(model, "loss", None) is not None:
        raise ConfigError("loss", "left out for a model that is compiled with one", of_one["loss"])
    if of_one["epochs"] is not None and known.framework == "jax":
        raise ConfigError(
            "epochs", f"left out for {name}: it belongs to Keras's fit", of_one["epochs"]
        )
    if of_one["optimizer"] is not None:
        _check_optimizer(known, of_one["optimizer"])
    for argument, value in fit_arguments.items():
        if argument not in OF_FIT:
            raise ConfigError(
                argument, "left out: neither check nor fit has such an argument", value
            )
        if known.framework != "keras":
            raise ConfigError(argument, f"left out for {name}: it belongs to Keras's fit", value)


def _check_optimizer(known: Facts, optimizer: Any) -> None:
    if known.framework != "torch":
        kept = "compile the model with it" if known.framework == "keras" else "it is not used"
        raise ConfigError("optimizer", f"left out for {NAMES[known.framework]}: {kept}", optimizer)
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list) or not groups:
        raise ConfigError(
            "optimizer", "an optimizer made for the module's parameters", optimizer,
            "For example torch.optim.Adam(model.parameters()).",
        )  # fmt: skip
