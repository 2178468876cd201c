"""Run all checks of one model."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.attempt import Refusal, attempt
from echospan.conformance.checks.base import STEPS, ordinary
from echospan.conformance.checks.table import checks_for
from echospan.conformance.judge import Judge
from echospan.conformance.scale import measure
from echospan.errors import ConfigError
from echospan.observer import Halted, Observer, halt_if
from echospan.results.conform import ConformCheck, ConformData

ALLOWED = "You allowed it."


def examine(
    model: StatefulModel,
    *,
    names: tuple[str, ...] | None = None,
    allow: Collection[str] = (),
    strict: bool = False,
    own_weights: bool = False,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
) -> ConformData:
    """Run the checks and collect what they find.

    Args:
        model: The model.
        names: Checks to run; left out, all.
        allow: Checks whose faults are not counted.
        strict: Count everything, whatever the library promises.
        own_weights: Keep the model's weights, in place of enlarged ones.
        observer: Told of each check.
        stop: Asked between two checks.

    Raises:
        ConfigError: The model can't be checked: it gives no state, its outputs are not numbers,
            or the same call gives other answers each time.
    """
    began = time.monotonic()
    observer = observer or Observer()
    require_state(model)
    drawn = not own_weights and model.support("drawn").verdict != "refused"
    promises: Mapping[str, str] = {} if strict else model.promises
    if not strict:
        promises = {**promises, **dict.fromkeys(allow, ALLOWED)}
    checks = checks_for(model, names)
    rows: list[ConformCheck] = []
    stopped = False
    observer.begin("preparing", len(checks))
    with model.ready():
        with model.drawn(0) if drawn else nullcontext():
            _require_answers(model)
            judge = Judge(model, measure(model, lambda: _answers(model)), drawn, promises)
            try:
                for number, check in enumerate(checks, 1):
                    halt_if(stop)
                    observer.begin(check.name, len(checks), number - 1)
                    rows.append(judge.row(check))
                    _require_repeats(model, rows[-1])
                    observer.progress(number, {})
            except (Halted, KeyboardInterrupt):
                stopped = True
        if drawn and not stopped:
            rows = [judge.with_own_weights(row) for row in rows]
    observer.end()
    return ConformData(
        model.text,
        model.framework,
        model.precision,
        tuple(rows),
        dict(model.versions),
        time.monotonic() - began,
        _notes(model, judge, drawn),
        strict,
        stopped,
    )


def require_state(model: StatefulModel) -> None:
    """Look that a model has a state to check.

    Raises:
        ConfigError: It has none.
    """
    support = model.support("run")
    if support.verdict == "refused":
        raise ConfigError(
            "model", "a model that can go on from a state", model.text, support.reason
        )


def _answers(model: StatefulModel) -> np.ndarray:
    return model.whole(ordinary(model, 2, 8 if model.few_shapes else STEPS))


def _require_answers(model: StatefulModel) -> None:
    """Look at one call of each kind.

    Raises:
        ConfigError: It fails, or what it gives is no answer at every step.
    """
    x = ordinary(model, 2, 4)
    for call in (lambda: model.whole(x), lambda: model.run(x, None)[0]):
        found = attempt(call)
        if isinstance(found, Refusal):
            raise ConfigError(
                "model", "one that runs on inputs (batch, time, ...)", model.text,
                f"A call with inputs of shape {x.shape} failed: {found.reason}",
            )  # fmt: skip
        if found.ndim < 2 or found.shape[:2] != x.shape[:2]:
            raise ConfigError(
                "model", "one with an output at every step, (batch, time, ...)", model.text,
                f"Inputs of shape {x.shape} gave outputs of shape {found.shape}.",
            )  # fmt: skip
        if not np.isfinite(found.astype("float64")).all():
            raise ConfigError(
                "model", "one with finite outputs", model.text, "Its outputs hold NaN or infinity."
            )
        if float(np.std(found)) == 0:
            raise ConfigError(
                "model", "one whose outputs depend on its inputs", model.text,
                "All its outputs are the same number.",
            )  # fmt: skip


def _require_repeats(model: StatefulModel, row: ConformCheck) -> None:
    if row.name == "repeat" and row.verdict == "fault":
        raise ConfigError(
            "model", "one that gives the same answers to the same inputs", model.text,
            f"Two calls differ by {row.difference:.2g}. {row.cause}",
        )  # fmt: skip


def _notes(model: StatefulModel, judge: Judge, drawn: bool) -> tuple[str, ...]:
    notes = list(model.notes)
    if drawn:
        notes.append(
            "The checks ran with enlarged weights, so that a lost state shows; faults were run "
            "again with the model's own."
        )
    noise = judge.scale.noise
    notes.append(
        f"Answers spread by {judge.scale.spread:.2g}"
        + ("." if noise is None else f"; rounding moves them by {noise:.1g}.")
    )
    return tuple(notes)
