"""The check of a small framing, in a process of its own: knobs in, findings out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNITS = 8
SERIES = 32
"""Series that are drawn where rows are aligned; at least as many as a batch has rows."""


def findings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `echospan.check` finds for a stateful LSTM on the framing that the knobs describe.

    Args:
        settings: Those of the picture "rows".

    Returns:
        ``findings``: each with ``code``, ``severity`` and ``message``; ``error``: a sentence where
        no check is possible.
    """
    from echospan.errors import EchospanError

    try:
        return {"findings": _findings(settings), "error": ""}
    except EchospanError as error:
        return {"findings": [], "error": str(error)}


def _findings(settings: Mapping[str, Any]) -> list[dict[str, str]]:
    import keras
    import numpy as np

    import echospan

    x, y = arrays(settings)
    batch, window = int(settings["batch_size"]), int(settings["window"])
    model = keras.Sequential(
        [
            keras.Input((window, 1), batch_size=batch),
            keras.layers.LSTM(UNITS, stateful=settings["reset"] != "batch"),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    report = echospan.check(
        model,
        np.asarray(x, "float32"),
        np.asarray(y, "float32"),
        batch_size=batch,
        shuffle=bool(settings["shuffle"]),
        reset_state={"batch": None, "epoch": "epoch", "never": "never"}[settings["reset"]],
        needs_lag=int(settings["lag"]),
        trainer="echospan",
    )
    return [
        {"code": one.code, "severity": one.severity, "message": one.message}
        for one in report.findings
    ]


def arrays(settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Inputs (samples, window, 1) and targets (samples, 1) in the order in which they are fed.

    Consecutive: the windows of one long series. Aligned: row j of each batch goes on with series j.
    """
    import numpy as np

    batch, window = int(settings["batch_size"]), int(settings["window"])
    lag, length = int(settings["lag"]), int(settings["length"])
    stride = 1 if window == 1 or settings["rows"] == "consecutive" else window
    # As long as the picture's series, but so many batches that the check can tell an order.
    steps = max(length, window + lag + stride * 24)
    rng = np.random.default_rng(0)
    if settings["rows"] == "consecutive":
        series = rng.random(steps * batch)
        ends = np.arange(max(window - 1, lag), len(series), stride)
        ends = ends[: len(ends) // batch * batch]
        x = np.stack([series[end - window + 1 : end + 1] for end in ends])
        return x[..., None], series[ends - lag][:, None]
    series = rng.random((batch, steps))
    ends = np.arange(max(window - 1, lag), steps, stride)
    x = np.stack([series[:, end - window + 1 : end + 1] for end in ends])
    y = series[:, ends - lag].T
    return x.reshape(-1, window)[..., None], y.reshape(-1, 1)
