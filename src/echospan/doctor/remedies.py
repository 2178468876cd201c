"""Lines to paste that mend the order of samples."""

from __future__ import annotations

from echospan.doctor.asked import Asked
from echospan.doctor.needs import Layout


def aligning(batch_size: int) -> str:
    """Lines that lay samples in order of time out as one stream a row."""
    return (
        f"order = np.arange(len(x) // {batch_size} * {batch_size})"
        f".reshape({batch_size}, -1).T.ravel()  # one stream a row\n"
        "x, y = x[order], y[order]"
    )


def widening(asked: Asked, layout: Layout, lag: int) -> str:
    """Lines that make windows long enough for a lag, where the samples allow it."""
    steps, width = asked.timesteps, lag + 1
    axes = "" if asked.integers else ".swapaxes(1, 2)"
    if asked.every:
        return f"# cut longer samples: at least {width} time steps, the first {lag} not scored"
    if layout.stride == 1 and steps > 1:
        series = "series = np.concatenate([x[0], x[1:, -1]])  # the series behind the windows"
    elif steps == 1:
        series = "series = x[:, 0]  # one step a sample"
    else:
        return f"# cut windows of at least {width} time steps from the series"
    if asked.x.ndim > 3:
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


def lengthening(asked: Asked, layout: Layout, lag: int) -> str:
    """Lines that put more steps into each sample."""
    rows, steps = asked.batch_size, asked.timesteps
    wanted = next((k for k in range(lag + 1, 4 * (lag + 1)) if _divides(asked, layout, k)), lag + 1)
    answers = "with return_sequences=True and an answer for each step"
    if layout.timeline.kind == "aligned":
        return (
            f"# {wanted} steps a sample, {answers}\n"
            f"x = x.reshape(-1, {wanted}, {rows}, *x.shape[1:]).swapaxes(1, 2)"
            f".reshape(-1, {wanted * steps}, *x.shape[2:])\n"
            f"y = y.reshape(-1, {wanted}, {rows}, *y.shape[1:]).swapaxes(1, 2)"
            f".reshape(-1, {wanted * steps}, *y.shape[{2 if asked.every else 1}:])"
        )
    return (
        f"# {wanted} steps a sample, {answers}\n"
        f"x = x.reshape(-1, {wanted * steps}, *x.shape[2:])\n"
        f"y = y.reshape(-1, {wanted * steps}, *y.shape[{2 if asked.every else 1}:])"
    )


def _divides(asked: Asked, layout: Layout, steps: int) -> bool:
    rows = asked.batch_size if layout.timeline.kind == "aligned" else 1
    return asked.samples % (steps * rows) == 0
