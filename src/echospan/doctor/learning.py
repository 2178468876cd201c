"""Learning rates and budgets of updates that may keep a sound model from learning.

Updates of a clone are made only where the settings leave the question open: a rate far from the
usual ones, or very few updates. What is found is about these updates, so that messages say may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.doctor.beginning import beginning
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.adapters.trial import Rate
    from echospan.doctor.examination import Examination

TRIED = 40
"""Updates that a rate is judged by."""

FEW = 120
"""Updates of a whole training up to which a clone makes all of them."""

LEFT = 0.95
"""Share of the first loss above which so few updates have done next to nothing."""

RISES = 3.0
"""The loss of the last updates over that of the first ones, from which on a rate is told."""

THROWN = 10.0
"""The largest loss over the first, from which on a rate is told if nothing is gained afterwards."""

MOVES = 0.02
"""Share of their size by which weights move in all of training, below which it is next to none."""

KNOWS = 0.25
"""Loss at the start over that of the best constant, below which a model was trained before."""

EPOCHS = 100
"""Epochs that are assumed where none are given."""

HIGH = {True: 0.05, False: 0.5}
"""Rates from which on a clone is tried, where the optimizer divides by a gradient's size or not."""

LOW = 1e-5
"""Rates up to which a clone is tried."""


def learning_findings(examination: Examination) -> list[Finding]:
    """Try the learning rate and the number of updates where they are unusual."""
    rate = examination.rate
    if rate is None or examination.pairs.every[:1] == []:
        return []
    found = _rate(examination, rate)
    return found or _budget(examination, rate)


def _rate(examination: Examination, rate: Rate) -> list[Finding]:
    high = rate.rate >= HIGH[rate.normalises] and rate.clip is None
    high = high or (rate.rate >= HIGH[True] and rate.normalises)
    low = 0 <= rate.rate <= LOW and not rate.scheduled
    if not (high or low or examination.thorough):
        return []
    losses = _losses(examination, TRIED, "whether the learning rate suits")
    if losses is None or not np.isfinite(losses[0]):
        return []
    if not np.isfinite(losses[-1]):
        return [_diverged(rate, losses)]
    if len(losses) < TRIED:
        return []
    quarter = TRIED // 4
    first, last = losses[0], float(np.mean(losses[-quarter:]))
    best = _constant(examination)
    # The first batch may be an easy one where it is small.
    floor = max(first, *losses[:3]) if best is None else max(first, best)
    thrown = max(losses) > THROWN * abs(floor) and last > 0.9 * min(first, best or first)
    if (last > RISES * abs(floor) or thrown) and floor > 0:
        return [_rises(rate, losses, last, best)]
    return _still(examination, rate, first, last) if low else []


def _budget(examination: Examination, rate: Rate) -> list[Finding]:
    epochs, data = examination.epochs, examination.data
    if epochs is None:
        return []
    each = max(-(-data.samples // examination.batch_size), 1)
    updates = epochs * each
    if updates > FEW or rate.scheduled:
        return []
    if rate.normalises and rate.rate * updates > 0.1:
        # Weights may have moved by as much as they are large.
        return []
    losses = _losses(examination, updates, "whether so few updates suffice")
    if losses is None or len(losses) < min(updates, 2) or not np.isfinite(losses).all():
        return []
    begin = beginning(examination)
    start, best = begin.start_loss, begin.baseline.get("loss")
    first = float(np.mean(losses[:each]))
    last = float(np.mean(losses[-each:]))
    if start is not None and best is not None and start < KNOWS * best:
        # It knows something already: these updates go on from an earlier training.
        return []
    if first <= 0 or last < LEFT * first:
        return []
    told = "" if best is None else f"; the best constant answer gets {best:.4g}"
    wanted = max(int(2_000 / each), 10 * epochs)
    return [
        find(
            "too-few-updates",
            f"{epochs:,} epoch{'s' if epochs > 1 else ''} of {each:,} batch"
            f"{'es' if each > 1 else ''} make {updates:,} updates with {rate.kind} at "
            f"{rate.rate:g}. A clone that made them got from a loss of {first:.4g} to "
            f"{last:.4g}{told}. That may be far too few to judge the model by.",
            exact=False,
            remedy=f"epochs = {wanted}  # about {wanted * each:,} updates",
            updates=updates,
            first=first,
            last=last,
            best_constant=best,
        )
    ]


def _losses(examination: Examination, updates: int, what: str) -> list[float] | None:
    if not examination.affords(updates):
        examination.leave_for_thorough(what)
        return None
    try:
        course = examination.course
        losses = None if course is None else course.made(updates)
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        examination.skip(f"{what}: updates of a clone failed with {told}")
        return None
    if losses:
        examination.looked.append(f"{len(losses)} updates of a clone with the own optimizer")
    return losses


def _constant(examination: Examination) -> float | None:
    try:
        best = beginning(examination).baseline.get("loss")
    except Exception:
        # Without it the first losses are what there is to compare with.
        return None
    return None if best is None else float(best)


def _diverged(rate: Rate, losses: list[float]) -> Finding:
    becomes = "NaN" if np.isnan(losses[-1]) else "infinite"
    return find(
        "learning-rate",
        f"{rate.kind} at {rate.rate:g} makes the loss {becomes} "
        f"after {len(losses) - 1} updates of a clone, from {losses[0]:.4g} at the start.",
        severity="error",
        remedy=_slower(rate),
        rate=rate.rate,
        optimizer=rate.kind,
        losses=losses[:1],
        updates=len(losses) - 1,
    )


def _rises(rate: Rate, losses: list[float], last: float, best: float | None) -> Finding:
    told = "" if best is None else f"; the best constant answer gets {best:.4g}"
    return find(
        "learning-rate",
        f"{rate.kind} at {rate.rate:g} may be too fast: in {TRIED} updates of a clone the loss "
        f"went from {losses[0]:.4g} up to {max(losses):.4g}, and was {last:.4g} in the end{told}.",
        exact=False,
        remedy=_slower(rate),
        rate=rate.rate,
        optimizer=rate.kind,
        first=losses[0],
        highest=max(losses),
        last=last,
    )


def _still(examination: Examination, rate: Rate, first: float, last: float) -> list[Finding]:
    """Weights that move by next to nothing in all of training."""
    course = examination.course
    assert course is not None
    moved = course.moved()
    shares = [
        size / float(np.abs(course.start[name]).mean())
        for name, size in moved.items()
        if course.start[name].ndim >= 2 and course.start[name].any()
    ]
    if not shares:
        return []
    each = max(-(-examination.data.samples // examination.batch_size), 1)
    updates = each * (examination.epochs or EPOCHS)
    share = float(max(shares)) / TRIED * updates
    begin = beginning(examination)
    start, best = begin.start_loss, begin.baseline.get("loss")
    if share > MOVES or (start is not None and best is not None and start < KNOWS * best):
        return []
    return [
        find(
            "learning-rate",
            f"{rate.kind} at {rate.rate:g} may be too slow: in {TRIED} updates of a clone no "
            f"weight moved by more than {max(moved.values()):.2g}, and the loss went from "
            f"{first:.6g} to {last:.6g}. In all {updates:,} updates of "
            f"{examination.epochs or EPOCHS} epochs that makes less than "
            f"{max(share, 1e-4):.1%} of the weights' size.",
            exact=False,
            remedy=_setting(0.001 if rate.normalises else 0.01, rate),
            rate=rate.rate,
            optimizer=rate.kind,
            moved=float(max(moved.values())),
        )
    ]


def _slower(rate: Rate) -> str:
    usual = 0.001 if rate.normalises else 0.01
    return _setting(min(usual, rate.rate / 100), rate)


def _setting(value: float, rate: Rate) -> str:
    if rate.groups:
        return f'for group in optimizer.param_groups:\n    group["lr"] = {value:g}'
    return f"model.optimizer.learning_rate = {value:g}"
