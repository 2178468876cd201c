"""`echospan.diagnose`: where memory is lost, from the data to the trained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echospan.adapters.untouched import untouched
from echospan.arguments import flag, function, instance, validated, whole
from echospan.diagnosis.architecture import PROTOCOL, span_of
from echospan.diagnosis.gain import gains
from echospan.diagnosis.link import Evidence, Link, weakest
from echospan.diagnosis.reach import reached
from echospan.diagnosis.remedy import remedy_of
from echospan.diagnosis.series import Unknown, asked_of
from echospan.doctor.check import OF_CHECK, examine, prepare
from echospan.doctor.examination import Examination, Trainer
from echospan.doctor.fit_call import ResetState
from echospan.errors import ConfigError, DataError, MissingExtra
from echospan.foreign import one_line
from echospan.limits import asks_consent
from echospan.lookback.analyse import analyse
from echospan.observer import Halted, Observer
from echospan.report.kept import STORE, check_store, keep
from echospan.report.memory_objects import Diagnosis
from echospan.results.check_report import Finding
from echospan.results.diagnosis import NAMES, DiagnosisData, Measured
from echospan.results.needs import NeedsData
from echospan.results.uses import UsesData
from echospan.store import Store
from echospan.usage.constant import AllTheSame
from echospan.usage.running import CannotRun
from echospan.usage.score import AtChance
from echospan.usage.uses import measure, model_name

if TYPE_CHECKING:
    from echospan.framings.plan import Plan

INTERRUPTED = "interrupted before it was measured"

OF_DIAGNOSE = {
    **OF_CHECK,
    "span": flag,
    "seed": whole(0),
    "store": STORE,
    "observer": instance("an echospan.observer.Observer", "echospan.observer:Observer"),
    "stop": function,
}
"""What the arguments of `diagnose` may be."""


@validated(**OF_DIAGNOSE)
@asks_consent
def diagnose(
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
    span: bool = False,
    seed: int = 0,
    store: str | Path | Store | None = None,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
    **fit_arguments: Any,
) -> Diagnosis:
    """Find the weakest link between the past and a model's answers.

    Four numbers are measured, in the same unit: input steps that the answer must see, counted back
    from the newest one that is visible. How many the data need (as `echospan.needs`, on the series
    that the samples are cut from), how many reach the answer through samples, batches and state (as
    `echospan.check`), how many the architecture can remember (as `echospan.span`, on request), and
    how many the trained model uses (as `echospan.uses`). An earlier link decides before a later
    one. Where intervals overlap, no link is named.

    Args:
        model: As for `check`: a Keras model, a torch module, or a pair (init, apply) of JAX
            functions; trained, if there is a trained one.
        x: Inputs as for `check`: (samples, time, features), or integers (samples, time).
        y: Targets (samples, ...).
        loss: The loss ``loss(outputs, targets)``, or its name, such as "mse" or "cross_entropy" (of
            logits), for a model that is not compiled with one.
        batch_size: As for `check`.
        shuffle: As for `check`.
        reset_state: As for `check`.
        needs_lag: As for `check`. What the data need is measured all the same.
        stride: As for `check`.
        validation_data: (x, y). What the trained model uses is measured on these, if given.
        batch_first: As for `check`.
        validation_split: As for `check`.
        predict_batch_size: As for `check`.
        trainer: As for `check`.
        plan: As for `check`.
        epochs: As for `check`.
        optimizer: As for `check`.
        thorough: As for `check`.
        yes: Go on where the estimated memory is above a limit.
        span: Measure how far back the architecture can remember, too. That trains it many times,
            with protocol quick-1, which takes minutes.
        seed: Of all draws.
        store: Folder, or store, in which the report is kept, so that ``echospan runs`` shows it.
            Default: it is not kept.
        observer: Receives progress.
        stop: Asked between two pieces of work; what was found until then is kept.
        **fit_arguments: Further arguments of Keras's `fit`, as for `check`.

    Returns:
        The four numbers with intervals or the reason why there is none, the weakest link, what to
        change and what that should bring.

    Raises:
        ConfigError: An argument is wrong, or the model is of no known framework.
        DataError: The data can't be used.
        OutOfMemory: It is estimated to need more memory than is free.

    Example:
        >>> import numpy as np, torch
        >>> series = np.random.default_rng(0).normal(size=(1204, 1)).astype("float32")
        >>> x = np.stack([series[t : t + 4] for t in range(1200)])
        >>> class Lag3(torch.nn.Module):
        ...     def forward(self, x):
        ...         return x[:, -4]
        >>> found = echospan.diagnose(Lag3(), x, x[:, 0], loss=torch.nn.MSELoss())
        >>> found.needs, found.framing_reach, found.uses, found.weakest_link
        (4, 4, 4, 'none')
    """
    check_store(store)
    began = time.perf_counter()
    told, stopping = observer or Observer(), stop or (lambda: False)
    with untouched():
        examination = prepare(
            model, x, y, loss=loss, batch_size=batch_size, shuffle=shuffle,
            reset_state=reset_state, needs_lag=needs_lag, stride=stride,
            validation_data=validation_data, batch_first=batch_first,
            validation_split=validation_split, predict_batch_size=predict_batch_size,
            trainer=trainer, plan=plan, epochs=epochs, optimizer=optimizer, thorough=thorough,
            fit_arguments=fit_arguments,
        )  # fmt: skip
        lookback, needs = _needs(examination, seed, told, stopping)
        told.begin("check", 1)
        checked = examine(examination, time.perf_counter())
        reach = reached(examination)
        told.end()
    seen = Evidence(
        needs, lookback, reach, Measured(reason="not asked for"), Measured(), False, None,
        checked.findings,
    )  # fmt: skip
    architecture = _span(examination, seen, told, stopping) if span else seen.span
    usage, uses, at_chance = _uses(
        model, *_held_out(x, y, validation_data),
        loss=loss, stride=stride, batch_first=batch_first is not False, seed=seed,
        observer=told, stop=stopping,
    )  # fmt: skip
    seen = Evidence(
        needs, lookback, reach, architecture, uses, at_chance, gains(lookback, usage),
        checked.findings,
    )  # fmt: skip
    link = weakest(seen)
    data = _data(
        seen, link, usage,
        remedy=remedy_of(link, seen, examination.pairs.every[0]),
        model=model_name(model),
        framework=examination.facts.framework,
        window=examination.pairs.every[0].call.timesteps,
        samples=examination.data.samples,
        notes=_notes(examination, seen=usage is not None and validation_data is None),
        seed=seed,
        seconds=round(time.perf_counter() - began, 3),
        stopped=stopping(),
    )  # fmt: skip
    report = Diagnosis(**{field.name: getattr(data, field.name) for field in fields(data)})
    if store is not None:
        settings = {
            "loss": loss, "batch_size": batch_size, "shuffle": shuffle, "reset_state": reset_state,
            "needs_lag": needs_lag, "stride": stride, "validation_data": validation_data,
            "batch_first": batch_first, "trainer": trainer, "epochs": epochs, "span": span,
            "seed": seed,
        }  # fmt: skip
        keep(report, "diagnose", store, subject=report.model, settings=settings)
    return report


def _needs(
    examination: Examination, seed: int, observer: Observer, stop: Callable[[], bool]
) -> tuple[NeedsData | None, Measured]:
    """What the data need, from the model's own samples."""
    try:
        asked = asked_of(examination, seed)
        found = analyse(
            asked.series, data="x, y", horizon=asked.horizon, lookbacks=None, splits="blocks",
            seed=seed, observer=observer, stop=stop, longest=asked.longest,
        )  # fmt: skip
    except (Unknown, DataError, MissingExtra) as why:
        return None, Measured(reason=_reason(why))
    except Halted:
        return None, Measured(reason=INTERRUPTED)
    how = f"{asked.how} {found.values:,} steps as {found.kind}."
    if not found.any_past_helps:
        return found, Measured(0, (0, found.enough), detail=f"{how} No input is shown to help.")
    return found, Measured(found.needs, (found.at_least, found.enough), detail=how)


def _span(
    examination: Examination, seen: Evidence, observer: Observer, stop: Callable[[], bool]
) -> Measured:
    """What the architecture can remember, unless another link is at fault already."""
    if stop():
        return Measured(reason=INTERRUPTED)
    if weakest(seen).weakest in ("framing", "data"):
        return Measured(reason=f"left out: what limits here is another link; --span is {PROTOCOL}")
    return span_of(examination, observer=observer, stop=stop)


def _held_out(x: Any, y: Any, validation: Any) -> tuple[Any, Any]:
    """What the trained model is measured on: the data to validate on, if there are some."""
    if validation is None:
        return x, y
    if isinstance(validation, tuple | list) and len(validation) in (2, 3):
        return validation[0], validation[1]
    # What gives batches holds the targets, too.
    return validation, None


def _uses(
    model: Any,
    x: Any,
    y: Any,
    *,
    loss: Any,
    stride: int | None,
    batch_first: bool,
    seed: int,
    observer: Observer,
    stop: Callable[[], bool],
) -> tuple[UsesData | None, Measured, bool]:
    """What the trained model uses, and whether it is at chance."""
    if stop():
        return None, Measured(reason=INTERRUPTED), False
    try:
        found = measure(
            model, x, y, loss=loss, stride=stride, donors=8, windows=2048, seed=seed, window=None,
            margin=0.05, padding=None, classes=None, replace=False, batch_first=batch_first,
            observer=observer, stop=stop,
        )  # fmt: skip
    except AtChance as why:
        return None, Measured(reason=_reason(why)), True
    except (CannotRun, AllTheSame):
        # Then nothing that was found of the model and its data is worth a line.
        raise
    except (ConfigError, DataError, MissingExtra) as why:
        return None, Measured(reason=_reason(why)), False
    except Halted:
        return None, Measured(reason=INTERRUPTED), False
    if found.uses is None or found.uses_interval is None:
        return found, Measured(reason=INTERRUPTED), False
    how = f"{found.windows:,} samples, by {found.by}."
    return found, Measured(found.uses, found.uses_interval, detail=how), False


def _reason(why: Exception) -> str:
    return one_line(str(why))[:300].rstrip(".")


def _notes(examination: Examination, *, seen: bool) -> tuple[str, ...]:
    """What else there is to say; `seen` where the samples measured may be those trained on."""
    data, found = examination.data, []
    if data.looked_at < data.samples:
        found.append(
            f"needs and framing are about the first {data.looked_at:,} of {data.samples:,} samples."
        )
    if seen:
        found.append(
            "The trained model was measured on the samples given; validation_data would show what "
            "it uses on samples that it has not seen."
        )
    return tuple(found)


def _data(seen: Evidence, link: Link, usage: UsesData | None, **more: Any) -> DiagnosisData:
    measured: Mapping[str, Measured] = dict(
        zip(NAMES, (seen.needs, seen.reach.measured, seen.span, seen.uses), strict=True)
    )
    return DiagnosisData(
        **{name: each.steps for name, each in measured.items()},  # type: ignore[arg-type]
        weakest_link=link.weakest,
        findings=tuple[Finding, ...](seen.findings),
        intervals={n: each.interval for n, each in measured.items() if each.interval is not None},
        reasons={name: each.reason for name, each in measured.items() if each.steps is None},
        details={name: each.detail for name, each in measured.items() if each.detail},
        explanation=link.why,
        lookback=seen.lookback,
        usage=usage,
        **more,
    )
