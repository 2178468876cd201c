"""The recurrent state over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.errors import DataError
from echospan.report.figures import style
from echospan.report.values import symbols as as_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_UNITS = 64
MOST_STEPS = 200
MAP = "RdBu_r"


def hidden_state(symbols: Sequence[Any], state: Any) -> Figure:
    """The state of each unit at each step, with the symbols written above.

    White is 0, red positive, blue negative; the scale is symmetric. With more than `MOST_UNITS`
    units those whose value varies most are shown, in their own order; with more than `MOST_STEPS`
    steps the first ones.

    Args:
        symbols: (time,) input symbols; None or -1 where the value is missing.
        state: (time, units) finite numbers.

    Raises:
        DataError: The shapes do not fit each other, or the state is not finite.
    """
    values = np.asarray(state, dtype=np.float64)
    texts = as_text(symbols)
    if values.ndim != 2 or 0 in values.shape or len(texts) != values.shape[0]:
        raise DataError(
            "state must have shape (time, units) with one row per symbol; "
            f"got {values.shape} for {len(texts)} symbols."
        )
    if not np.isfinite(values).all():
        raise DataError("state must hold finite numbers; got NaN or infinity.")
    total_steps, total_units = values.shape
    chosen = np.arange(total_units)
    if total_units > MOST_UNITS:
        chosen = np.sort(np.argsort(-values.std(axis=0), kind="stable")[:MOST_UNITS])
    values, texts = values[:MOST_STEPS, chosen], texts[:MOST_STEPS]
    steps, units = values.shape
    extent = float(np.abs(values).max()) or 1.0
    with style.styled():
        figure = style.canvas(1.35 + min(3.4, max(0.8, units * 0.075)))
        axes = figure.subplots()
        image = axes.imshow(
            values.T, aspect="auto", interpolation="none", cmap=MAP, vmin=-extent, vmax=extent
        )
        style.unboxed(axes)
        axes.tick_params(pad=5)
        every = -(-steps // (12 if style.narrow() else 25))
        marked = range(0, steps, every)
        axes.set_xticks(list(marked), [str(step) for step in marked])
        axes.set_xlabel("step")
        axes.set_ylabel("unit" if units == total_units else f"unit ({units} of {total_units})")
        ticks = sorted({0, units // 2, units - 1})
        axes.set_yticks(ticks, [str(chosen[tick]) for tick in ticks])
        wide = max(len(text) for text in texts)
        every_text = max(1, -(-steps * max(wide, 2) // (24 if style.narrow() else 62)))
        written = range(0, steps, every_text)
        above = axes.secondary_xaxis("top")
        above.set_xticks(list(written), [texts[step] or "–" for step in written])
        above.tick_params(length=0, labelsize=8, colors=style.INK, pad=3)
        above.spines["top"].set_visible(False)
        for label in above.get_xticklabels():
            label.set_fontweight("bold")
        title = "Hidden state, with the input symbol above each step"
        if steps < total_steps:
            title += f" (first {steps} of {total_steps:,} steps)"
        style.title(axes, title)
        bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.015, aspect=26)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, labelsize=7.5, colors=style.MUTED)
        bar.set_label("state", color=style.MUTED, fontsize=style.SMALL, labelpad=-4)
        bar.set_ticks([-extent, 0.0, extent], labels=[f"−{extent:.2g}", "0", f"+{extent:.2g}"])
    return figure
