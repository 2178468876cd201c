"""Cases about masks, padding, splits and what statistics tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.parts import WIDTH, echo, hot, noise, padded, recurrent, stack, symbols, windows
from doctor.bench.shape_cases import mlp
from doctor.bench.state_cases import look
from echospan.doctor import CheckReport


def masked(kind: str, mask: float | None, *between: Any, features: int = 1, **more: Any) -> Any:
    """A mask (or none), perhaps something between, a recurrent layer."""
    import keras

    front = [] if mask is None else [keras.layers.Masking(mask)]
    return stack(
        (None, features),
        *front,
        *between,
        getattr(keras.layers, kind)(WIDTH, **more),
        keras.layers.Dense(1),
    )


def padding(code: str, name: str, front: bool, wrong: Any, right: Any, value: float = 0.0) -> Case:
    return Case(
        code,
        name,
        lambda: look(wrong(), *padded(front=front, value=value), batch_size=16),
        lambda: look(right(), *padded(front=front, value=value), batch_size=16),
    )


def embedded(*, mask: bool, size: int = 14) -> Any:
    import keras

    return stack(
        (),
        keras.layers.Embedding(size, WIDTH, mask_zero=mask),
        keras.layers.GRU(WIDTH),
        keras.layers.Dense(size, activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )


def with_embedding(*, mask: bool) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(14, WIDTH, mask_zero=mask),
            keras.layers.GRU(WIDTH),
            keras.layers.Dense(14, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def padded_symbols() -> tuple[np.ndarray, np.ndarray]:
    """Symbols 1 to 12, zeros behind the end; the answer is the first one."""
    x = symbols(48, 8) + 1
    y = x[:, 0].copy()
    for row, length in enumerate(np.random.default_rng(1).integers(3, 8, 48)):
        x[row, length:] = 0
    return x, y


def partly_masked() -> Case:
    """Two features, of which only one was marked as missing."""
    x = noise(48, 8, 2)
    whole = x.copy()
    for row, start in enumerate(np.random.default_rng(1).integers(1, 5, 48)):
        x[row, :start, 0] = -9.0
        whole[row, :start] = -9.0
    y = noise(48, 1, seed=3)
    return Case(
        "mask-never-matches",
        "LSTM, one of two features has the mask's value",
        lambda: look(masked("LSTM", -9.0, features=2), x, y, batch_size=16),
        lambda: look(masked("LSTM", -9.0, features=2), whole, y, batch_size=16),
    )


def real_zeros() -> Case:
    """Counts with many real zeros under Masking(0)."""
    x = np.random.default_rng(0).poisson(1.0, (64, 8, 1)).astype("float64")
    y = x.sum(1)
    return Case(
        "mask-value-in-data",
        "GRU, counts with zeros under Masking(0)",
        lambda: look(masked("GRU", 0.0), x, y, batch_size=16),
        lambda: look(masked("GRU", -1.0), x, y, batch_size=16),
        source="Data Science Stack Exchange 67599",
    )


def wholly_masked(backend: Backend) -> Case:
    x, y = padded(front=False)
    empty = x.copy()
    empty[5] = 0.0
    return Case(
        "gpu-mask-unsupported",
        f"GRU on {backend}, a sample without any real step",
        lambda: look(masked("GRU", 0.0), empty, y, batch_size=16),
        lambda: look(masked("GRU", 0.0), x, y, batch_size=16),
        backend=backend,
        source="tensorflow 36139, 43103",
    )


def left_padded(backend: Backend) -> Case:
    return Case(
        "gpu-mask-unsupported",
        f"LSTM on {backend}, padding in front",
        lambda: look(masked("LSTM", 0.0), *padded(front=True), batch_size=16),
        lambda: look(masked("LSTM", 0.0), *padded(front=False), batch_size=16),
        backend=backend,
        source="tensorflow 30745",
    )


def overlap(name: str, build: Any) -> Case:
    """Windows divided at random, or the series divided by time."""
    series = noise(240)
    cut = windows(series, 6)
    mixed = cut[np.random.default_rng(0).permutation(len(cut))]
    apart = windows(series[:160], 6), windows(series[160:], 6)

    def run(train: np.ndarray, test: np.ndarray) -> CheckReport:
        return look(
            build(),
            train[:, :5],
            train[:, 5],
            batch_size=16,
            validation_data=(test[:, :5], test[:, 5]),
        )

    return Case(
        "split-overlap",
        f"{name}, windows divided at random",
        lambda: run(mixed[:160], mixed[160:]),
        lambda: run(*apart),
        source="Y-debug-sys/Diffusion-TS 67; HelenGuohx/logbert 57",
    )


def copying() -> Case:
    """A linear model set to what training on a random walk would give."""
    import numpy as np

    walk = np.cumsum(noise(300))
    x, y = windows(walk, 4)[:-1], walk[4:, None]

    def model(weights: list[float]) -> Any:
        import keras

        made = stack((4, 1), keras.layers.Flatten(), keras.layers.Dense(1))
        made.set_weights([np.array(weights)[:, None], np.zeros(1)])
        return made

    return Case(
        "copies-last-value",
        "linear model of a random walk; the twin extrapolates a wave",
        lambda: look(model([0, 0, 0, 1]), x, y, batch_size=16),
        lambda: look(model([0, 0, -1, 2 * np.cos(0.7)]), *wave(), batch_size=16),
        heuristic=True,
    )


def wave() -> tuple[np.ndarray, np.ndarray]:
    """A wave, which the two last values foretell."""
    series = np.sin(0.7 * np.arange(300)) + 0.01 * noise(300)
    return windows(series, 4)[:-1], series[4:, None]


def nothing(name: str, build: Any) -> Case:
    """Targets in another order than their inputs."""
    x, y = echo(5, 2, length=400)
    order = np.random.default_rng(0).permutation(len(y))
    return Case(
        "no-signal",
        f"{name}, targets shuffled without their inputs",
        lambda: look(build(), x, y[order], batch_size=16),
        lambda: look(build(), x, y + 0.2 * noise(*y.shape, seed=2), batch_size=16),
        heuristic=True,
    )


def inside(name: str, build: Any, hide: int) -> Case:
    """The value asked for is a step of the sample; the twin ends before it."""
    x, y = echo(6, 1)
    return Case(
        "target-in-input",
        name,
        lambda: look(build(6), x, y, batch_size=16),
        lambda: look(build(6 - hide), x[:, :-hide], y, batch_size=16),
    )


def leaking_column() -> Case:
    x = noise(64, 5, 3)
    y = x[:, -1, 2:].copy()
    clean = x[:, :, :2].copy()
    return Case(
        "target-in-input",
        "LSTM, the target is also a column of the input",
        lambda: look(recurrent("LSTM", 3), x, y, batch_size=16),
        lambda: look(recurrent("LSTM", 2), clean, y, batch_size=16),
    )


def loses_mask() -> Any:
    import keras

    return masked("LSTM", 0.0, keras.layers.Conv1D(WIDTH, 2, padding="causal"))


CASES = [
    padding(
        "padding-after-end",
        "LSTM, zeros behind the end",
        False,
        lambda: masked("LSTM", None),
        lambda: masked("LSTM", 0.0),
    ),
    padding(
        "padding-after-end",
        "SimpleRNN, -1 behind the end",
        False,
        lambda: masked("SimpleRNN", None),
        lambda: masked("SimpleRNN", -1.0),
        -1.0,
    ),
    Case(
        "padding-after-end",
        "embedding and GRU, zeros behind the end",
        lambda: look(with_embedding(mask=False), *padded_symbols(), batch_size=16),
        lambda: look(with_embedding(mask=True), *padded_symbols(), batch_size=16),
    ),
    padding(
        "padding-changes-output",
        "GRU, zeros in front, no mask",
        True,
        lambda: masked("GRU", None),
        lambda: masked("GRU", 0.0),
    ),
    padding(
        "padding-changes-output",
        "LSTM, a convolution loses the mask",
        True,
        loses_mask,
        lambda: masked("LSTM", 0.0),
    ),
    padding(
        "mask-never-matches",
        "LSTM, padding 0 and Masking(-1)",
        True,
        lambda: masked("LSTM", -1.0),
        lambda: masked("LSTM", 0.0),
    ),
    partly_masked(),
    real_zeros(),
    Case(
        "mask-value-in-data",
        "embedding with mask_zero and a real symbol 0",
        lambda: look(with_embedding(mask=True), symbols(64, 8), symbols(64), batch_size=16),
        lambda: look(with_embedding(mask=True), symbols(64, 8) + 1, symbols(64), batch_size=16),
    ),
    left_padded("tensorflow"),
    left_padded("torch"),
    wholly_masked("torch"),
    overlap("LSTM", lambda: recurrent("LSTM", 1)),
    overlap("MLP", lambda: mlp(5)),
    copying(),
    nothing("GRU", lambda: recurrent("GRU", 1)),
    nothing("MLP", lambda: mlp(5)),
    inside("LSTM, window of 6 steps", lambda steps: recurrent("LSTM", 1), 2),
    inside("MLP, window of 6 steps", mlp, 2),
    leaking_column(),
    Case(
        "target-in-input",
        "SimpleRNN on one-hot symbols, lag 0",
        lambda: look(
            recurrent("SimpleRNN", 12, classes=12), hot(symbols(64, 4)), symbols(64, 4)[:, -1],
            batch_size=16,
        ),
        lambda: look(
            recurrent("SimpleRNN", 12, classes=12), hot(symbols(64, 4)), symbols(64, seed=5),
            batch_size=16,
        ),
    ),
]  # fmt: skip
