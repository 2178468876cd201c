"""Remedies: lines to paste, written for the user's own arrays and framework."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from echospan.adapters.signals import Signal
from echospan.doctor.catalogue import entry
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.results.check_report import Finding


def aligning(batch_size: int) -> str:
    """Lines that lay samples in order of time out as one stream per row."""
    return (
        f"order = np.arange(len(x) // {batch_size} * {batch_size})"
        f".reshape({batch_size}, -1).T.ravel()  # one stream per row\n"
        "x, y = x[order], y[order]"
    )


def widening(call: FitCall, layout: Layout, lag: int) -> str:
    """Lines that make windows long enough for a lag, where the samples allow it."""
    steps, width = call.timesteps, lag + 1
    axes = "" if call.integers else ".swapaxes(1, 2)"
    if call.every:
        return f"# cut longer samples: at least {width} time steps, the first {lag} not scored"
    if layout.stride == 1 and steps > 1:
        series = "series = np.concatenate([x[0], x[1:, -1]])  # undo the windows"
    elif steps == 1:
        series = "series = x[:, 0]  # one step per sample"
    else:
        return f"# cut windows of at least {width} time steps from the series"
    if call.x.ndim > 3:
        return (
            f"{series}\n"
            f"x = np.lib.stride_tricks.sliding_window_view(series, {width}, axis=0)\n"
            "x = np.moveaxis(x, -1, 1)\n"
            f"y = y[{width - steps}:]  # and a model for {width} time steps"
        )
    return (
        f"{series}\n"
        f"x = np.lib.stride_tricks.sliding_window_view(series, {width}, axis=0){axes}\n"
        f"y = y[{width - steps}:]  # and a model for {width} time steps"
    )


def lengthening(call: FitCall, layout: Layout, lag: int) -> str:
    """Lines that put more steps into each sample."""
    rows, steps = call.batch_size, call.timesteps
    wanted = next((k for k in range(lag + 1, 4 * (lag + 1)) if _divides(call, layout, k)), lag + 1)
    answers = "with return_sequences=True and a target at each step"
    if layout.timeline.kind == "aligned":
        return (
            f"# {wanted} steps per sample, {answers}\n"
            f"x = x.reshape(-1, {wanted}, {rows}, *x.shape[1:]).swapaxes(1, 2)"
            f".reshape(-1, {wanted * steps}, *x.shape[2:])\n"
            f"y = y.reshape(-1, {wanted}, {rows}, *y.shape[1:]).swapaxes(1, 2)"
            f".reshape(-1, {wanted * steps}, *y.shape[{2 if call.every else 1}:])"
        )
    return (
        f"# {wanted} steps per sample, {answers}\n"
        f"x = x.reshape(-1, {wanted * steps}, *x.shape[2:])\n"
        f"y = y.reshape(-1, {wanted * steps}, *y.shape[{2 if call.every else 1}:])"
    )


def _divides(call: FitCall, layout: Layout, steps: int) -> bool:
    rows = call.batch_size if layout.timeline.kind == "aligned" else 1
    return call.samples % (steps * rows) == 0


def in_words_of(framework: str, finding: Finding) -> Finding:
    """The finding with the remedy that its entry has for a framework, if it has one."""
    texts = entry(finding.code).remedy
    if framework not in texts or ("keras" in texts and finding.remedy != texts["keras"]):
        return finding
    return replace(finding, remedy=texts[framework])


def localise_remedy(
    code: str,
    remedy: str,
    own: tuple[Signal, Signal],
    sources: Sequence[Signal],
    targets: Sequence[Signal],
) -> str:
    """A remedy for ``x`` and ``y``, written for the user's own lists or dictionaries.

    Args:
        code: Of the finding.
        remedy: Its lines.
        own: The input and the output that it is about.
        sources: All inputs.
        targets: All outputs.
    """
    changes = entry(code).remedy_for
    if changes == "model":
        return remedy
    names = [("x", own[0], sources), ("y", own[1], targets)]
    lines = remedy.splitlines()
    shorter = re.search(r"^y = (y\[\d+:\])", remedy, re.MULTILINE)
    written = []
    for line in lines:
        for variable, signal, _ in names:
            line = _renamed(line, variable, signal.place)
        written.append(line)
    for variable, signal, signals in names:
        others = [other for other in signals if other.place != signal.place]
        if changes == "all":
            told = [line for line in (_alone(line, variable) for line in lines) if line]
        elif shorter is not None:
            # Windows got longer, so that there are fewer of them.
            told = [f"{variable} = {shorter[1].replace('y', variable)}"]
        else:
            told = []
        written += [_renamed(line, variable, other.place) for other in others for line in told]
    if written != lines:
        written = [*_open(names, written), *written]
    return "\n".join(written)


def _open(names: Iterable[tuple[str, Signal, Sequence[Signal]]], lines: list[str]) -> list[str]:
    """Lines that make lists of tuples whose parts are set."""
    return [
        f"{variable} = list({variable})"
        for variable, signal, _ in names
        if signal.fixed and any(line.startswith(f"{variable}[") and " = " in line for line in lines)
    ]


def _alone(line: str, variable: str) -> str:
    """The part of a line that sets x (or y), nothing else; empty where it sets something else."""
    code, _, _ = line.partition("  #")
    both = re.fullmatch(r"x, y = (x.*), (y.*)", code)
    if both:
        return f"{variable} = {both[1 if variable == 'x' else 2]}"
    return code if code.startswith(f"{variable} = ") else ""


def _renamed(line: str, variable: str, place: str) -> str:
    return re.sub(rf"(?<![\w.'\"]){variable}(?![\w'\"(])", lambda _: place, line)
