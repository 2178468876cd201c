"""From a prepared series to a report: the curve, its refinement, and what follows from it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from echospan.errors import DataError
from echospan.lookback.bootstrap import DRAWS, LEVEL, PairedLosses, block_of
from echospan.lookback.curve import fold_of_rows
from echospan.lookback.detect import detectable
from echospan.lookback.folds import FloatArray, FoldRows, Splits, eligible_rows, folds
from echospan.lookback.ladder import (
    MOST_INPUTS,
    SHORTEST,
    around,
    between,
    ladder,
    longest_lookback,
)
from echospan.lookback.models import Models, models_for
from echospan.lookback.permutation import COPIES, SHORT, permutation, strongest
from echospan.lookback.seen import Seen
from echospan.lookback.series import Observed
from echospan.lookback.statements import Statements, state
from echospan.observer import Halted, Observer
from echospan.results.needs import NeedsData, NeedsPoint, OtherSplits

ROUNDS = 3
"""Refinements between the rungs that decide."""

CERTAIN = 0.1
"""Share of the error rate of a test that stands beside another one, which has the rest."""

LEAST_ROWS = 30
"""Targets below which nothing is said."""

CHECKED = 5_000
"""Values up to which the other kind of splits is tried, too."""

BEYOND = 2
"""Times the answer, up to which the other kind tries every rung; all, if it needs more."""


@dataclass
class Work:
    """One analysis under way.

    Attributes:
        series: What is analysed.
        models: What predicts it.
        horizon: Steps between the newest visible value and the target.
        splits: How rows are cut.
        seed: Of everything that is drawn.
        block: Rows of a block of the bootstrap.
        observer: Told of each lookback.
        stop: Asked between two pieces of work.
    """

    series: Observed
    models: Models
    horizon: int
    splits: Splits
    seed: int
    block: int
    observer: Observer
    stop: Callable[[], bool]
    done: int = 0

    def losses(
        self, cut: Sequence[FoldRows], lookbacks: Sequence[int], found: dict[int, FloatArray]
    ) -> bool:
        """Add the losses at these lookbacks to those found; whether all could be."""
        for group in self.models.groups(lookbacks):
            if self.stop():
                return False
            parts = _on_cores(self.models, cut, group)
            for lookback in group:
                found[lookback] = np.concatenate([part[lookback] for part in parts])
            self.done += len(group)
            self.observer.progress(self.done, {"lookback": group[-1]})
        return True

    def paired(self, cut: Sequence[FoldRows], found: dict[int, FloatArray]) -> PairedLosses:
        """The losses found so far, with their uncertainty."""
        return PairedLosses(found, fold_of_rows(cut), self.block, self.seed)


def _on_cores(
    models: Models, cut: Sequence[FoldRows], lookbacks: Sequence[int]
) -> list[dict[int, FloatArray]]:
    """The losses of each fold. Models let other threads run while they are fitted."""
    workers = min(os.cpu_count() or 1, 4, len(cut))
    if workers == 1 or not models.threads:
        return [models.losses(fold, lookbacks) for fold in cut]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda fold: models.losses(fold, lookbacks), cut))


def analyse(
    series: Observed,
    *,
    data: str,
    horizon: int,
    lookbacks: Sequence[int] | None,
    splits: Splits,
    seed: int,
    observer: Observer,
    stop: Callable[[], bool],
    longest: int | None = None,
) -> NeedsData:
    """Find out how far back a series needs a model to look.

    Args:
        series: It.
        data: What the report calls it.
        horizon: Steps between the newest visible value and the target.
        lookbacks: Which to try; None to choose.
        splits: How rows are cut.
        seed: Of everything that is drawn.
        observer: Told of each lookback.
        stop: Asked between two pieces of work.
        longest: The longest to try, where `lookbacks` is left out; None to choose.

    Raises:
        DataError: The series is too short for the horizon or the lookbacks.
        Halted: The user stopped it before anything was known.
    """
    began = time.perf_counter()
    tried = _tried(series, horizon, lookbacks, longest)
    rows = _rows(series, tried[-1], horizon)
    cut = list(folds(rows, series.clock, splits, tried[-1] + horizon - 1))
    block = block_of(len(rows), len(np.unique(series.clock[rows])), horizon)
    work = Work(
        series,
        models_for(series, rows, horizon, block, seed),
        horizon,
        splits,
        seed,
        block,
        observer,
        stop,
    )
    observer.begin("lookbacks", len(tried))
    found: dict[int, FloatArray] = {}
    whole = work.losses(cut, tried, found)
    if 0 not in found or len(found) < 2:
        raise Halted("Stopped before two lookbacks were measured; nothing is known yet.")
    last = work.models.last_value(cut)
    whole = whole and _refined(work, cut, found, last, fixed=lookbacks is not None)
    observer.end()
    paired = work.paired(cut, found)
    said = state(paired, last)
    p_value, critical = _any_past(work, cut, paired) if whole else (_bootstrap_p(paired), None)
    helps = p_value <= LEVEL
    said = _consistent(said, helps)
    unit = work.models.unit
    notes = list(series.notes)
    lags, told = work.models.lags(cut, said.needs, stop) if helps and whole else ((), None)
    if told:
        notes.append(told)
    other = _other(work, rows, tried, said, helps) if whole else None
    missed = None if helps or not whole else _missed(work, cut, paired.lookbacks, critical)
    return NeedsData(
        data=data,
        target=series.names[0],
        kind=series.kind,
        symbols=series.symbols,
        values=len(series.first),
        total=series.total,
        horizon=horizon,
        splits=splits,
        any_past_helps=helps,
        p_value=p_value,
        detectable_gain=missed,
        at_least=said.at_least,
        needs=said.needs,
        enough=said.enough,
        still_helps=said.still_helps,
        gain_98=said.gain_98,
        margin=said.margin * unit,
        curve=tuple(
            NeedsPoint(
                one,
                paired.mean(one) * unit,
                (paired.interval(one)[0] * unit, paired.interval(one)[1] * unit),
            )
            for one in paired.lookbacks
        ),
        lags=lags,
        paste=f"window={said.needs}" if helps else None,
        other=other,
        notes=tuple(notes),
        seconds=time.perf_counter() - began,
        seed=seed,
        stopped=not whole or stop(),
    )


def require_room(series: Observed, horizon: int, lookbacks: Sequence[int] | None) -> None:
    """Look that a series is long enough, without analysing it; arguments as for `analyse`.

    Raises:
        DataError: It is too short for the horizon or the lookbacks.
    """
    _rows(series, _tried(series, horizon, lookbacks, None)[-1], horizon)


def _tried(
    series: Observed, horizon: int, lookbacks: Sequence[int] | None, longest: int | None
) -> list[int]:
    """The lookbacks of the first pass; 0 is always among them."""
    count = len(series.first)
    if lookbacks is not None:
        return sorted({0, *lookbacks})
    columns = 1 if series.kind == "symbols" else series.values.shape[1]
    if longest is None:
        longest = longest_lookback(count, max(series.typical_stretch - horizon, 2), columns)
    longest = min(longest, MOST_INPUTS // columns)
    while longest > 1 and len(_eligible(series, longest, horizon)) < 2 * LEAST_ROWS:
        longest -= 1
    return ladder(longest)


def _eligible(series: Observed, longest: int, horizon: int) -> np.ndarray:
    return eligible_rows(series.first, series.known, longest, horizon)


def _rows(series: Observed, longest: int, horizon: int) -> np.ndarray:
    rows = _eligible(series, longest, horizon)
    if len(rows) < LEAST_ROWS:
        count = len(series.first)
        raise DataError(
            f"{series.names[0]} has {count:,} values"
            + (f" in stretches of {series.typical_stretch:,}" if series.first[-1] else "")
            + f"; with horizon {horizon} and a lookback of {longest} they leave {len(rows)} "
            f"targets, and at least {LEAST_ROWS} are needed."
        )
    return rows


def _refined(
    work: Work,
    cut: Sequence[FoldRows],
    found: dict[int, FloatArray],
    last: float | None,
    *,
    fixed: bool,
) -> bool:
    """Try the lookbacks between the rungs that decide; whether none was left out."""
    if fixed:
        return True
    for _ in range(ROUNDS):
        said = state(work.paired(cut, found), last)
        tried = sorted(found)
        new = sorted({*around(tried, said.needs), *between(tried, said.at_least)})
        if not new:
            return True
        work.observer.begin("lookbacks between", work.done + len(new), work.done)
        if not work.losses(cut, new, found):
            return False
    return True


def _any_past(
    work: Work, cut: Sequence[FoldRows], paired: PairedLosses
) -> tuple[float, float | None]:
    """The p-value of "no past helps", and the t that would have been seen."""
    boot = _bootstrap_p(paired)
    if len(work.series.first) >= SHORT:
        return boot, None
    work.observer.begin("shuffled copies", COPIES)
    p_value, critical = permutation(
        lambda seen: work.models.quick(seen, cut, paired.lookbacks),
        work.series.seen, COPIES, work.seed, work.stop,
    )  # fmt: skip
    # Shuffled copies are predicted by few families. What only others see, the bootstrap tells.
    return min(p_value / (1 - CERTAIN), boot / CERTAIN, 1.0), critical


def _missed(
    work: Work, cut: Sequence[FoldRows], lookbacks: Sequence[int], critical: float | None
) -> float | None:
    """The gain that the same test would have seen."""
    work.observer.begin("the gain that would be seen", 1)

    def seen(copy: Seen) -> bool:
        losses = work.models.quick(copy, cut, lookbacks)
        if critical is not None and strongest(losses) > critical:
            return True
        level = LEVEL if critical is None else LEVEL * CERTAIN
        return _bootstrap_p(work.paired(cut, losses)) <= level

    return detectable(seen, work.models.copy, work.seed, work.stop)


def _bootstrap_p(paired: PairedLosses) -> float:
    longer = paired.lookbacks[1:]
    in_each = paired.lower_in_each_fold(0, longer)
    p_value = min(paired.beaten_by(0, longer, 0.0) / (1 - CERTAIN), in_each / CERTAIN, 1.0)
    # Five folds and a thousand draws can't tell smaller ones.
    return max(p_value, 1 / (1 + DRAWS))


def _consistent(said: Statements, helps: bool) -> Statements:
    """No past helps: 0 is the answer. Some does: at least 1."""
    if not helps:
        return replace(
            said, at_least=0, needs=0, gain_98=0, still_helps=False,
            enough=said.enough if said.enough == 0 else None,
        )  # fmt: skip
    least = max(said.at_least, 1)
    return replace(
        said,
        at_least=least,
        needs=max(said.needs, least),
        gain_98=max(said.gain_98, 1),
        enough=max(said.enough, least) if said.enough is not None else None,
    )


def _near(tried: list[int], said: Statements) -> list[int]:
    """The rungs up to beyond the answer, the longest one, and what lies just below the answer."""
    rungs = [one for one in tried if one <= max(BEYOND * said.needs, SHORTEST)]
    return sorted({*rungs, said.needs, said.at_least, max(said.needs - 1, 0), tried[-1]})


def _other(
    work: Work, rows: np.ndarray, tried: list[int], said: Statements, helps: bool
) -> OtherSplits | None:
    """The answers with the other kind of splits, on the rungs around the answer.

    The widest windows cost most, and between twice the answer and the longest one they tell
    nothing where both kinds agree.
    """
    if len(work.series.first) > CHECKED or not helps or work.stop():
        return None
    splits: Splits = "forward" if work.splits == "blocks" else "blocks"
    cut = list(folds(rows, work.series.clock, splits, tried[-1] + work.horizon - 1))
    near = _near(tried, said)
    found: dict[int, FloatArray] = {}
    for new in (near, sorted(set(tried) - set(near))):
        work.observer.begin(f"{splits} splits", work.done + len(new), work.done)
        if not work.losses(cut, new, found):
            return None
        other = state(work.paired(cut, found), work.models.last_value(cut))
        if other.needs <= BEYOND * said.needs or set(tried) <= set(found):
            break
    # The rungs are coarse: what lies between two neighbouring ones agrees.
    low, high = sorted((said.needs, other.needs))
    agrees = high <= max(1.5 * low, low + 1)
    return OtherSplits(splits, other.at_least, other.needs, agrees)
