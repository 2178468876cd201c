"""Cases about windows, targets, axes and outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.parts import WIDTH, echo, hot, noise, recurrent, stack, symbols, windows
from doctor.bench.state_cases import look
from echospan.doctor import CheckReport


def attention(features: int, *, causal: bool, classes: int) -> Any:
    """A small causal or open transformer block, with positions."""
    import keras

    inputs = keras.Input((8, features))
    place = keras.layers.Embedding(8, WIDTH)(keras.ops.arange(8))
    x = keras.layers.Dense(WIDTH)(inputs) + place
    x = x + keras.layers.MultiHeadAttention(2, WIDTH)(x, x, use_causal_mask=causal)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def mlp(steps: int) -> Any:
    import keras

    return stack(
        (steps, 1),
        keras.layers.Flatten(),
        keras.layers.Dense(8, activation="relu"),
        keras.layers.Dense(1),
    )


def tcn(steps: int, dilations: tuple[int, ...]) -> Any:
    """Causal convolutions; reads 1 + 2 * sum(dilations) steps."""
    import keras

    body = [
        keras.layers.Conv1D(
            WIDTH, 3, padding="causal", dilation_rate=rate, activation="relu" if n else None
        )
        for n, rate in enumerate(dilations)
    ]
    last = keras.layers.Cropping1D((steps - 1, 0))
    return stack((steps, 1), *body, last, keras.layers.Flatten(), keras.layers.Dense(1))


def too_short(name: str, build: Any, lag: int, steps: int, backend: Backend = "torch") -> Case:
    """Windows of `steps`; the cure makes them one longer than the lag."""
    return Case(
        "lag-outside-window",
        f"{name}, {steps} steps, lag {lag}",
        lambda: look(build(steps), *echo(steps, lag), batch_size=16),
        lambda: look(build(lag + 1), *echo(lag + 1, lag), batch_size=16),
        backend=backend,
        source="keras 415",
    )


def small_field() -> Case:
    x, y = echo(12, 8)
    return Case(
        "lag-outside-window",
        "TCN that looks back 6 of 12 steps, lag 8",
        lambda: look(tcn(12, (1, 2)), x, y, batch_size=16),
        lambda: look(tcn(12, (1, 2, 4)), x, y, batch_size=16),
    )


def offset(every: bool) -> Case:
    """Targets one step further back than declared."""
    if every:
        values = symbols(40, 10)
        x = hot(values)
        wrong, right = np.roll(values, 3, 1), np.roll(values, 2, 1)
        model = lambda: recurrent("GRU", 12, classes=12, every=True)  # noqa: E731
        args = [(x[:, 3:], y[:, 3:]) for y in (wrong, right)]
    else:
        args = [echo(5, 3)[:2], echo(5, 2)[:2]]
        model = lambda: recurrent("LSTM", 1)  # noqa: E731
    return Case(
        "target-offset",
        "GRU, an answer at every step" if every else "LSTM, windows of 5 steps",
        lambda: look(model(), *args[0], batch_size=8, needs_lag=2),
        lambda: look(model(), *args[1], batch_size=8, needs_lag=2),
    )


def scrambled(name: str, build: Any, steps: int) -> Case:
    series = noise(100 + steps)
    lagged = np.array([series[k : k + 100] for k in range(steps)])
    y = series[steps : steps + 100, None]
    return Case(
        "windows-scrambled",
        f"{name}, a reshape instead of a transpose",
        lambda: look(build(steps), lagged.reshape(100, steps, 1), y, batch_size=16),
        lambda: look(build(steps), lagged.T[:, :, None].copy(), y, batch_size=16),
    )


def no_windows() -> Case:
    x, y = echo(6, 2)
    order = np.random.default_rng(0).permutation(len(x))
    return Case(
        "windows-scrambled",
        "LSTM, windows declared with stride 1 and out of order",
        lambda: look(recurrent("LSTM", 1), x[order], y[order], batch_size=16, stride=1),
        lambda: look(recurrent("LSTM", 1), x, y, batch_size=16, stride=1),
    )


def mixed(name: str, wrong: Any, right: Any) -> Case:
    """A model whose rows depend on each other."""
    x = noise(32, 6, 2)

    def model(body: Any) -> Any:
        import keras

        inputs = keras.Input(batch_shape=(6, 6, 2))
        made = keras.Model(inputs, keras.layers.Dense(1)(body(keras, inputs)))
        made.compile(loss="mse")
        return made

    x, y = x[:30], x[:30, -1, :1]
    return Case(
        "rows-mixed",
        name,
        lambda: look(model(wrong), x, y, batch_size=6),
        lambda: look(model(right), x, y, batch_size=6),
    )


def lstm_over(axes: tuple[int, int, int]) -> Any:
    return lambda keras, x: keras.layers.LSTM(WIDTH)(keras.ops.transpose(x, axes))


def pairs_of_rows(*, wrong: bool) -> CheckReport:
    """A loss of the user's own that subtracts (N,) from (N, 1)."""
    import keras

    class Squared(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return keras.ops.square(y_pred - y_true)

    x, y = echo(5, 1)
    model = recurrent("LSTM", 1)
    model.compile(loss=Squared())
    return look(model, x, y[:, 0] if wrong else y, batch_size=16)


def single(name: str, body: Any) -> Case:
    """One unit under a softmax, or a sigmoid."""

    def model(activation: str) -> Any:
        import keras

        return stack(
            (5, 1), *body(keras), keras.layers.Dense(1, activation=activation),
            loss="binary_crossentropy",
        )  # fmt: skip

    x = noise(64, 5, 1)
    y = (x[:, -1] > 0).astype("float32")
    return Case(
        "output-constant",
        f"{name}, softmax over one unit",
        lambda: look(model("softmax"), x, y, batch_size=16),
        lambda: look(model("sigmoid"), x, y, batch_size=16),
        source="StackOverflow 46620813, 47241622",
    )


def as_features(*, newest_first: bool) -> Case:
    series = noise(120)
    x = windows(series, 5)[:-1].swapaxes(1, 2)
    x = x[:, :, ::-1].copy() if newest_first else x
    truly = noise(len(x), 1, 5)
    y = series[5:, None]
    kind = "GRU" if newest_first else "LSTM"
    return Case(
        "lags-as-features",
        f"{kind}, lags {'newest' if newest_first else 'oldest'} first; the twin has 5 variables",
        lambda: look(recurrent(kind, 5), x, y, batch_size=16),
        lambda: look(recurrent(kind, 5), truly, y, batch_size=16),
        heuristic=True,
        source="StackOverflow 38714959",
    )


def future(name: str, wrong: Any, right: Any) -> Case:
    """The next value is asked for at every step."""
    values = symbols(40, 9)
    x, y = hot(values[:, :-1]), values[:, 1:]
    return Case(
        "future-visible",
        name,
        lambda: look(wrong(), x, y, batch_size=8),
        lambda: look(right(), x, y, batch_size=8),
    )


def bidirectional() -> Any:
    import keras

    layer = keras.layers.LSTM(WIDTH, return_sequences=True)
    return stack(
        (8, 12),
        keras.layers.Bidirectional(layer),
        keras.layers.Dense(12, activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )


def convolution(padding: str) -> Any:
    import keras

    return stack(
        (8, 12),
        keras.layers.Conv1D(WIDTH, 3, padding=padding),
        keras.layers.Dense(12, activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )


def stopped(*, stop: bool) -> CheckReport:
    """A recurrent cell that stops the gradient at each step."""
    import keras

    class Cell(keras.layers.SimpleRNNCell):
        def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
            if stop:
                states = [keras.ops.stop_gradient(state) for state in states]
            return super().call(inputs, states, training=training)

    model = stack((5, 1), keras.layers.RNN(Cell(WIDTH)), keras.layers.Dense(1))
    return look(model, *echo(5, 2), batch_size=16)


CASES = [
    too_short("LSTM", lambda steps: recurrent("LSTM", 1), 5, 3),
    too_short("GRU", lambda steps: recurrent("GRU", 1), 4, 4, "jax"),
    too_short("two SimpleRNNs", lambda steps: recurrent("SimpleRNN", 1, depth=2), 7, 2),
    too_short("MLP", mlp, 6, 4),
    small_field(),
    offset(every=False),
    offset(every=True),
    scrambled("LSTM", lambda steps: recurrent("LSTM", 1), 5),
    scrambled("MLP", mlp, 4),
    no_windows(),
    mixed("LSTM, batch and time swapped", lstm_over((1, 0, 2)), lstm_over((0, 1, 2))),
    mixed(
        "GRU, a reshape where a transpose back was meant",
        lambda keras, x: keras.layers.GRU(WIDTH)(
            keras.ops.reshape(keras.ops.transpose(x, (1, 0, 2)), (6, 6, 2))
        ),
        lambda keras, x: keras.layers.GRU(WIDTH)(x),
    ),
    mixed(
        "MLP, less the mean over the batch",
        lambda keras, x: keras.layers.Flatten()(x - keras.ops.mean(x, axis=0, keepdims=True)),
        lambda keras, x: keras.layers.Flatten()(x - keras.ops.mean(x, axis=1, keepdims=True)),
    ),
    single("LSTM", lambda keras: [keras.layers.LSTM(WIDTH)]),
    single("MLP", lambda keras: [keras.layers.Flatten()]),
    Case(
        "loss-broadcast",
        "LSTM, a loss of (N, 1) less (N,)",
        lambda: pairs_of_rows(wrong=True),
        lambda: pairs_of_rows(wrong=False),
        source="HIPS/Kayak 14",
    ),
    as_features(newest_first=False),
    as_features(newest_first=True),
    future(
        "bidirectional LSTM",
        bidirectional,
        lambda: recurrent("LSTM", 12, classes=12, every=True),
    ),
    future("Conv1D", lambda: convolution("same"), lambda: convolution("causal")),
    future(
        "transformer",
        lambda: attention(12, causal=False, classes=12),
        lambda: attention(12, causal=True, classes=12),
    ),
    Case(
        "state-detached-inside",
        "a cell of the user's own with stop_gradient",
        lambda: stopped(stop=True),
        lambda: stopped(stop=False),
        backend="jax",
    ),
]
