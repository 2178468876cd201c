"""Findings that a look at the data proves, value by value; no model is run."""

from __future__ import annotations

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.information import symbols_tell
from echospan.doctor.needs import Copy, Layout, overlap
from echospan.results.check_report import Finding


def data_findings(call: FitCall, layout: Layout) -> list[Finding]:
    """All of this module."""
    return [
        *target_offset(call, layout),
        *target_in_input(call, layout),
        *windows_scrambled(call, layout),
        *lags_as_features(call),
    ]


def target_offset(call: FitCall, layout: Layout) -> list[Finding]:
    """Targets copy the input at another lag than the declared one."""
    copy, declared = layout.copy, call.needs_lag
    if copy is None or declared is None or copy.lag == declared:
        return []
    shift = copy.lag - declared
    first, last = ("[:-{0}]", "[{0}:]") if shift > 0 else ("[{0}:]", "[:-{0}]")
    axis = ":, " if call.every else ""
    cut = [part.format(abs(shift)).replace("[", f"[{axis}") for part in (first, last)]
    return [
        find(
            "target-offset",
            f"{copy.agreed:,} of {copy.compared:,} targets examined equal the input at lag "
            f"{copy.lag}; lag {declared} was declared.",
            remedy=f"x, y = x{cut[0]}, y{cut[1]}",
            declared=declared,
            found=copy.lag,
            agreed=copy.agreed,
            compared=copy.compared,
        )
    ]


def target_in_input(call: FitCall, layout: Layout) -> list[Finding]:
    """The answer is one of the sample's own values."""
    copy = layout.copy
    if copy is None or not 0 <= copy.lag < call.timesteps:
        return []
    if call.every and copy.lag > 0:
        # An answer at every step about an earlier one is what a test of memory looks like.
        return []
    if call.every:
        return [_at_each_step(copy)]
    where = "the newest" if copy.lag == 0 else f"{copy.lag} before the newest"
    forecast = _meant_as_forecast(call, layout)
    if forecast:
        return [_not_behind(call, layout, copy, where)]
    return [
        find(
            "target-in-input",
            f"The input contains the target: {copy.agreed:,} of {copy.compared:,} targets "
            f"examined equal the sample's own time step {call.timesteps - 1 - copy.lag} ({where}). "
            "If that value is known at prediction time, this tests reading, not memory.",
            remedy=_without(call.timesteps - 1 - copy.lag),
            lag=copy.lag,
            time_step=call.timesteps - 1 - copy.lag,
            feature=copy.feature,
            agreed=copy.agreed,
            compared=copy.compared,
        )
    ]


def _meant_as_forecast(call: FitCall, layout: Layout) -> bool:
    """Whether windows of a series that can be foretold end with, or hold, their only target.

    Of a series without structure the same layout is a test of memory.
    """
    timeline, copy = layout.timeline, layout.copy
    if copy is None or call.place.kind != "within" or timeline.kind != "windows":
        return False
    if timeline.stride >= call.timesteps or layout.streams.targets.shape[1:] != (1, 1):
        return False
    # Without windows that hold the same steps again.
    apart = -(-call.timesteps // timeline.stride)
    values = layout.streams.inputs[::apart, :, copy.feature]
    return bool(np.isfinite(values).all()) and _structured(values, layout.streams.symbols)


def _structured(values: np.ndarray, symbols: bool) -> bool:
    """Whether a value tells of the next one, in windows (samples, time)."""
    before, after = values[:, :-1].ravel(), values[:, 1:].ravel()
    if symbols:
        return symbols_tell(before, after)
    spread = values.var()
    return bool(spread > 0 and np.square(after - before).mean() < spread)


def _not_behind(call: FitCall, layout: Layout, copy: Copy, where: str) -> Finding:
    step = call.timesteps - 1 - copy.lag
    moved, rest = divmod(copy.lag + 1, layout.timeline.stride)
    return find(
        "target-in-input",
        f"The target is no forecast: {copy.agreed:,} of {copy.compared:,} targets examined equal "
        f"the window's own time step {step} ({where}), so that the model only has to read it. "
        f"The first value behind the window comes {copy.lag + 1} step"
        f"{'' if copy.lag == 0 else 's'} later.",
        severity="warning",
        remedy=_without(step) if rest else f"x, y = x[:-{moved}], y[{moved}:]  # the value behind",
        lag=copy.lag,
        time_step=step,
        feature=copy.feature,
        agreed=copy.agreed,
        compared=copy.compared,
    )


def _without(step: int) -> str:
    """A line that leaves a time step out, and what is newer."""
    if step == 0:
        return "x = x[:, 1:]  # leaves it out, if it is not known at prediction time"
    return f"x = x[:, :{step}]  # if it is not known at prediction time"


def _at_each_step(copy: Copy) -> Finding:
    return find(
        "target-in-input",
        f"The input at each time step contains the target of that step: {copy.agreed:,} of "
        f"{copy.compared:,} examined are equal. Is it known at prediction time? A decoder under "
        "teacher forcing gets the target one step later.",
        remedy="x = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)  # one step late",
        lag=0,
        feature=copy.feature,
        agreed=copy.agreed,
        compared=copy.compared,
    )


def windows_scrambled(call: FitCall, layout: Layout) -> list[Finding]:
    """Windows that should overlap do not; a reshape undone brings the overlap back."""
    if layout.timeline.kind == "windows" or call.timesteps < 3:
        return []
    undone = _undone(call)
    if undone is None and call.stride is None:
        return []
    message = (
        f"Neighbouring samples do not share the {call.timesteps - (call.stride or 1)} steps that "
        f"windows with stride {call.stride or 1} share"
    )
    if undone is None:
        return [
            find(
                "windows-scrambled",
                f"{message}.",
                remedy="x = np.lib.stride_tricks.sliding_window_view"
                f"(series, {call.timesteps}, axis=0)[::{call.stride}].swapaxes(1, 2)",
                stride=call.stride,
            )
        ]
    return [
        find(
            "windows-scrambled",
            f"{message}, but they do after undoing a reshape: the reshape mixed time and samples. "
            "Use a transpose instead.",
            remedy=undone,
            stride=call.stride or 1,
        )
    ]


def _undone(call: FitCall) -> str | None:
    x = np.asarray(call.x, "float64")
    if len(x) != call.samples or x.ndim != 3:
        # The mix-up goes over all samples: without all of them it cannot be undone.
        return None
    samples, steps, features = x.shape
    # One array of numbers was read in another order of its axes.
    whole = overlap(x.reshape(steps, samples, features).swapaxes(0, 1), call.stride or 1)
    if whole is not None:
        return f"x = x.reshape({steps}, {samples}, {features}).swapaxes(0, 1)"
    # The other way round: windows were read as if time stood first.
    if overlap(x.swapaxes(0, 1).reshape(x.shape), call.stride or 1) is not None:
        return f"x = x.swapaxes(0, 1).reshape({samples}, {steps}, {features})"
    return None


def lags_as_features(call: FitCall) -> list[Finding]:
    """One time step whose features are the last values of one series."""
    x = np.asarray(call.x)
    if not call.recurrent or x.ndim != 3 or x.shape[1] != 1 or x.shape[2] < 3 or len(x) < 8:
        return []
    for newest_first in (False, True):
        lags = (x[:, :, ::-1] if newest_first else x).swapaxes(1, 2).astype("float64")
        if len(np.unique(lags[:64])) < 4:
            continue
        if overlap(lags, 1) is not None:
            turned = "[:, :, ::-1]" if newest_first else ""
            return [
                find(
                    "lags-as-features",
                    f"Each sample is one time step with {x.shape[2]} features, and neighbouring "
                    "samples have the same values shifted by one. The features are time steps, so "
                    "the recurrent layer takes a single step.",
                    exact=False,
                    remedy=f"x = x{turned}.swapaxes(1, 2)  # and a model for inputs (None, 1)",
                    features=int(x.shape[2]),
                )
            ]
    return []
