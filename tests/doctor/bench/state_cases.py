"""Cases about the order of samples, carried state and the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.parts import align, hot, in_order, recurrent, steps_of, symbols, windows
from echospan.doctor import CheckReport

EPOCH = {"shuffle": False, "reset_state": "epoch", "trainer": "echospan"}


def look(model: Any, x: Any, y: Any, **settings: Any) -> CheckReport:
    import echospan

    return echospan.check(model, x, y, **settings)


def carrying(kind: str, rows: int, *, number: int = 12, depth: int = 1, **more: Any) -> Any:
    return recurrent(kind, number, classes=number, stateful=True, rows=rows, depth=depth, **more)


def mismatch(kind: str, rows: int, lag: int, *, depth: int = 1) -> Case:
    """One step a sample in order of time; the cure lays the same samples out row by row."""
    x, y = in_order(rows * 12, lag)
    return Case(
        "state-row-mismatch",
        f"{kind} x {depth}, one step a sample, batch of {rows}, lag {lag}",
        lambda: look(carrying(kind, rows, depth=depth, steps=1), x, y, batch_size=rows, **EPOCH),
        lambda: look(
            carrying(kind, rows, depth=depth, steps=1), *align(x, y, rows), batch_size=rows, **EPOCH
        ),
        source="keras 1820, 1870, 7212",
    )


def mismatched_pieces() -> Case:
    """Pieces of one series as samples, an answer at every step; streams are the cure."""
    rows, steps, lag = 4, 3, 4
    values = symbols(rows * 10 * steps + lag)
    x = hot(values[lag:]).reshape(-1, steps, 12)
    y = values[:-lag].reshape(-1, steps)

    def model() -> Any:
        return carrying("GRU", rows, every=True, steps=steps)

    return Case(
        "state-row-mismatch",
        "GRU, pieces of 3 steps, an answer at every step, lag 4",
        lambda: look(model(), x, y, batch_size=rows, **EPOCH),
        lambda: look(model(), *align(x, y, rows), batch_size=rows, **EPOCH),
    )


def mismatched_windows() -> Case:
    """Overlapping windows through a stateful layer, the lag beyond them."""
    rows, lag = 8, 5
    series = np.random.default_rng(0).normal(size=120)
    x, y = windows(series, 3)[lag:], series[2:-lag, None]
    x, y = x[: len(x) // rows * rows], y[: len(x) // rows * rows]

    def model() -> Any:
        return recurrent("LSTM", 1, stateful=True, rows=rows, steps=3)

    return Case(
        "state-row-mismatch",
        "LSTM, windows of 3 steps, batch of 8, lag 5",
        lambda: look(model(), x, y, batch_size=rows, **EPOCH),
        lambda: look(model(), *align(x, y, rows), batch_size=rows, **EPOCH),
    )


def shuffled(kind: str, depth: int) -> Case:
    x, y = steps_of(4, 20, 1)
    calm = {**EPOCH}
    wild = {**EPOCH, "shuffle": True}
    return Case(
        "shuffled-state",
        f"{kind} x {depth}, streams laid out row by row",
        lambda: look(carrying(kind, 4, depth=depth), x, y, batch_size=4, **wild),
        lambda: look(carrying(kind, 4, depth=depth), x, y, batch_size=4, **calm),
        source="keras 1820; tensorflow 40067; StackOverflow 47241622",
    )


def reset_often(kind: str) -> Case:
    x, y = steps_of(4, 20, 2)
    return Case(
        "state-reset-often",
        f"{kind}, a fresh state for each batch",
        lambda: look(carrying(kind, 4), x, y, batch_size=4, **{**EPOCH, "reset_state": "batch"}),
        lambda: look(carrying(kind, 4), x, y, batch_size=4, **EPOCH),
        source="StackOverflow 43882796",
    )


def not_carried(kind: str, backend: Backend) -> Case:
    """The same code; the clean twin trains with echospan's own fit."""
    x, y = steps_of(4, 20, 1)
    keras = {**EPOCH, "trainer": "keras"}
    return Case(
        "state-not-carried",
        f"{kind}, Keras's fit on {backend}",
        lambda: look(carrying(kind, 4), x, y, batch_size=4, **keras),
        lambda: look(carrying(kind, 4), x, y, batch_size=4, **EPOCH),
        backend=backend,
    )


def cut(kind: str, lag: int, longer: int) -> Case:
    """Streams row by row, one step an update; the cure takes `longer` steps."""
    rows = 4
    x, y = steps_of(rows, 24, lag)
    whole = hot(symbols(rows, 24 + lag))[:, lag:].reshape(rows, -1, longer, 12)
    wanted = symbols(rows, 24 + lag)[:, :24].reshape(rows, -1, longer)
    return Case(
        "gradient-cut",
        f"{kind}, one step an update, lag {lag}",
        lambda: look(carrying(kind, rows), x, y, batch_size=rows, **EPOCH),
        lambda: look(
            carrying(kind, rows, every=True),
            whole.swapaxes(0, 1).reshape(-1, longer, 12),
            wanted.swapaxes(0, 1).reshape(-1, longer),
            batch_size=rows,
            **EPOCH,
        ),
        source="keras 3669, 7212, 8945",
    )


def not_reset(kind: str, backend: Backend, code: str) -> Case:
    """What a reset before each epoch mends."""
    x, y = steps_of(4, 20, 1)
    more: dict[str, Any] = {"validation_data": (x, y)} if code.startswith("valid") else {}
    base = {"batch_size": 4, "shuffle": False, **more}
    return Case(
        code,
        f"{kind}, Keras's fit on {backend}",
        lambda: look(carrying(kind, 4), x, y, **base),
        lambda: look(carrying(kind, 4), x, y, reset_state="epoch", **base),
        backend=backend,
        allowed=("state-not-carried",) if backend == "torch" else (),
        source="keras 4185" if code.startswith("valid") else "keras 2849, 6216, 10231",
    )


def wrong_batch(name: str, wrong: dict[str, Any], samples: int, source: str) -> Case:
    x, y = steps_of(4, 20, 1)
    return Case(
        "batch-size-mismatch",
        f"stateful LSTM built for 4 rows, {name}",
        lambda: look(
            carrying("LSTM", 4), x[:samples], y[:samples], **{"batch_size": 4, **EPOCH, **wrong}
        ),
        lambda: look(carrying("LSTM", 4), x, y, batch_size=4, **EPOCH),
        source=source,
    )


CASES = [
    mismatch("LSTM", 6, 1),
    mismatch("GRU", 4, 1),
    mismatch("SimpleRNN", 8, 3),
    mismatch("LSTM", 4, 2, depth=2),
    mismatched_pieces(),
    mismatched_windows(),
    shuffled("LSTM", 1),
    shuffled("GRU", 2),
    reset_often("LSTM"),
    reset_often("SimpleRNN"),
    not_carried("LSTM", "jax"),
    not_carried("GRU", "jax"),
    not_carried("LSTM", "torch"),
    cut("LSTM", 1, 4),
    cut("GRU", 3, 8),
    not_reset("LSTM", "tensorflow", "state-not-reset"),
    not_reset("GRU", "torch", "state-not-reset"),
    not_reset("LSTM", "tensorflow", "validation-disturbs-state"),
    not_reset("SimpleRNN", "torch", "validation-disturbs-state"),
    wrong_batch("a remainder", {}, 78, "keras 1561, 2030"),
    wrong_batch("batches of 8", {"batch_size": 8}, 80, "keras 20327"),
    wrong_batch("predictions one by one", {"predict_batch_size": 1}, 80, "StackOverflow 48491737"),
]
