"""Cases of models with several inputs or outputs, and of inputs that are symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.parts import WIDTH, align, noise, symbols
from doctor.bench.state_cases import EPOCH, look
from echospan.doctor import CheckReport

SAMPLES = 80
FURTHEST = 10
SYMBOLS = 9
Made = Callable[[], Any]


def moved(series: np.ndarray, steps: int) -> np.ndarray:
    """Windows (samples, steps) of which the last ends at the series' last step."""
    found = np.lib.stride_tricks.sliding_window_view(series, steps)
    return found[len(found) - SAMPLES :].copy()


def melody(steps: int, lag: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A series of numbers, one of symbols and a place; the answer is an earlier number."""
    heights, names = noise(SAMPLES + FURTHEST), symbols(SAMPLES + FURTHEST, number=SYMBOLS, seed=4)
    x = {
        "height": moved(heights, steps)[:, :, None],
        "name": moved(names, steps),
        "place": noise(SAMPLES, 3, seed=5),
    }
    return x, heights[FURTHEST - lag : FURTHEST - lag + SAMPLES, None]


def player(steps: int, *, hears: bool = True, mixes: bool = False) -> Any:
    """Numbers, symbols and a place beside each other through an LSTM."""
    import keras

    height = keras.Input((steps, 1), name="height")
    name = keras.Input((steps,), dtype="int32", name="name")
    place = keras.Input((3,), name="place")
    embedded = keras.layers.Embedding(SYMBOLS, WIDTH)(name)
    if mixes:
        embedded = embedded - keras.ops.mean(embedded, axis=0, keepdims=True)
    both = keras.layers.Concatenate()([height, embedded]) if hears else embedded
    state = keras.layers.Concatenate()([keras.layers.LSTM(WIDTH)(both), place])
    model = keras.Model(
        {"height": height, "name": name, "place": place}, keras.layers.Dense(1)(state)
    )
    model.compile(loss="mse")
    return model


def with_melody(code: str, name: str, wrong: Made, right: Made, backend: Backend = "torch") -> Case:
    x, y = melody(5, 2)
    return Case(
        code,
        f"three inputs by name, {name}",
        lambda: look(wrong(), x, y, batch_size=8),
        lambda: look(right(), x, y, batch_size=8),
        backend=backend,
    )


def too_far() -> Case:
    return Case(
        "lag-outside-window",
        "three inputs by name, 5 steps, lag 7 in one of them",
        lambda: look(player(5), *melody(5, 7), batch_size=8),
        lambda: look(player(8), *melody(8, 7), batch_size=8),
        backend="jax",
    )


def streams_of_two() -> Case:
    """Two stateful streams in order of time; the cure is the remedy as it is printed."""
    rows = 4
    numbers, names = noise(rows * 12 + 1), symbols(rows * 12 + 1, number=SYMBOLS)
    x, y = [numbers[1:, None, None], names[1:, None]], [names[:-1], numbers[:-1, None]]

    def model() -> Any:
        import keras

        height = keras.Input(batch_shape=(rows, 1, 1))
        name = keras.Input(batch_shape=(rows, 1), dtype="int32")
        both = keras.layers.Concatenate()([height, keras.layers.Embedding(SYMBOLS, WIDTH)(name)])
        state = keras.layers.GRU(WIDTH, stateful=True)(both)
        symbol = keras.layers.Dense(SYMBOLS, activation="softmax")(state)
        made = keras.Model([height, name], [symbol, keras.layers.Dense(1)(state)])
        made.compile(loss=["sparse_categorical_crossentropy", "mse"])
        return made

    def wrong() -> CheckReport:
        return look(model(), x, y, batch_size=rows, **EPOCH)

    def right() -> CheckReport:
        found = next(f for f in wrong().findings if f.code == "state-row-mismatch")
        names: dict[str, Any] = {"x": list(x), "y": list(y), "np": np}
        exec(found.remedy, names)
        return look(model(), names["x"], names["y"], batch_size=rows, **EPOCH)

    return Case("state-row-mismatch", "two inputs, two outputs, batch of 4, lag 1", wrong, right)


def translator(*, reads_ahead: bool) -> Any:
    """An encoder, and a decoder that is given the targets one step late."""
    import keras

    heard = keras.Input((8, 3), name="heard")
    said = keras.Input((8,), dtype="int32", name="said")
    _, *state = keras.layers.LSTM(WIDTH, return_state=True)(heard)
    embedded = keras.layers.Embedding(SYMBOLS, WIDTH)(said)
    if reads_ahead:
        embedded = keras.layers.Conv1D(WIDTH, 3, padding="same")(embedded)
    spoken = keras.layers.LSTM(WIDTH, return_sequences=True)(embedded, initial_state=state)
    answers = keras.layers.Dense(SYMBOLS, activation="softmax")(spoken)
    model = keras.Model([heard, said], answers)
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def teacher_forcing() -> Case:
    told = symbols(48, 9, number=SYMBOLS)
    x, y = [noise(48, 8, 3), told[:, :-1]], told[:, 1:]
    return Case(
        "future-visible",
        "encoder and decoder with teacher forcing, a convolution reads ahead",
        lambda: look(translator(reads_ahead=True), x, y, batch_size=8),
        lambda: look(translator(reads_ahead=False), x, y, batch_size=8),
    )


def padded_beside() -> Case:
    """Symbols with zeros behind their end, beside numbers that are never padded."""
    names = symbols(48, 8, number=SYMBOLS - 1) + 1
    for row, length in enumerate(np.random.default_rng(1).integers(3, 8, 48)):
        names[row, length:] = 0
    x, y = {"height": noise(48, 6, 1), "name": names}, noise(48, 1, seed=3)

    def model(*, mask: bool) -> Any:
        import keras

        height, name = keras.Input((None, 1), name="height"), keras.Input((None,), name="name")
        embedded = keras.layers.Embedding(SYMBOLS, WIDTH, mask_zero=mask)(name)
        ends = [keras.layers.GRU(WIDTH)(embedded), keras.layers.LSTM(WIDTH)(height)]
        made = keras.Model([height, name], keras.layers.Dense(1)(keras.layers.Concatenate()(ends)))
        made.compile(loss="mse")
        return made

    return Case(
        "padding-after-end",
        "two inputs, of which one is padded",
        lambda: look(model(mask=False), x, y, batch_size=8),
        lambda: look(model(mask=True), x, y, batch_size=8),
    )


def encoded(kind: str, *, stop: bool) -> Any:
    """Symbols as vectors through a recurrent layer; `stop` lets no gradient through to the past."""
    import keras

    def past(x: Any) -> Any:
        return keras.ops.concatenate([keras.ops.stop_gradient(x[:, :-1]), x[:, -1:]], axis=1)

    name = keras.Input((5,), dtype="int32")
    if kind == "Embedding":
        vectors = keras.layers.Embedding(SYMBOLS, WIDTH)(name)
    elif kind == "CategoryEncoding":
        vectors = keras.layers.CategoryEncoding(SYMBOLS, output_mode="one_hot")(name)
    else:
        vectors = keras.ops.one_hot(name, SYMBOLS)
    state = keras.layers.LSTM(WIDTH)(past(vectors) if stop else vectors)
    model = keras.Model(name, keras.layers.Dense(SYMBOLS, activation="softmax")(state))
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def cut_symbols(kind: str, backend: Backend) -> Case:
    names = symbols(SAMPLES + FURTHEST, number=SYMBOLS)
    x, y = moved(names, 5), moved(names, 3)[:, 0]
    return Case(
        "state-detached-inside",
        f"symbols by {kind}, the gradient to the past is stopped",
        lambda: look(encoded(kind, stop=True), x, y, batch_size=8),
        lambda: look(encoded(kind, stop=False), x, y, batch_size=8),
        backend=backend,
    )


def embedded_streams(kind: str, steps: int | None = 1, **more: Any) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input(batch_shape=(4, steps), dtype="int32"),
            keras.layers.Embedding(SYMBOLS, WIDTH),
            getattr(keras.layers, kind)(WIDTH, stateful=True, **more),
            keras.layers.Dense(SYMBOLS, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def mismatched_symbols() -> Case:
    names = symbols(4 * 12 + 1, number=SYMBOLS)
    x, y = names[1:, None], names[:-1]
    return Case(
        "state-row-mismatch",
        "embedding and LSTM, one symbol a sample, batch of 4, lag 1",
        lambda: look(embedded_streams("LSTM"), x, y, batch_size=4, **EPOCH),
        lambda: look(embedded_streams("LSTM"), *align(x, y, 4), batch_size=4, **EPOCH),
    )


def cut_streams() -> Case:
    names = symbols(4, 25, number=SYMBOLS)
    x, y = names[:, 1:].T.reshape(-1, 1), names[:, :-1].T.reshape(-1)
    longer = [part.reshape(4, 6, 4).swapaxes(0, 1).reshape(-1, 4) for part in
              (names[:, 1:], names[:, :-1])]  # fmt: skip
    return Case(
        "gradient-cut",
        "embedding and GRU, one symbol an update, lag 1",
        lambda: look(embedded_streams("GRU"), x, y, batch_size=4, **EPOCH),
        lambda: look(
            embedded_streams("GRU", None, return_sequences=True), *longer, batch_size=4, **EPOCH
        ),
    )


def duet(
    *, cut: bool = False, hot: bool = False, hears: bool = True, hands_on: bool = False
) -> Any:
    """A torch module of two arguments, and perhaps a state."""
    import torch

    class Duet(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = torch.nn.Embedding(SYMBOLS, WIDTH)
            width = (SYMBOLS if hot else WIDTH) + 1
            self.layer = torch.nn.LSTM(width, WIDTH, batch_first=True)
            self.head = torch.nn.Linear(WIDTH, 1)

        def vectors(self, name: Any) -> Any:
            one_hot = torch.nn.functional.one_hot
            made = one_hot(name, SYMBOLS).float() if hot else self.embed(name)
            return made.detach() if cut else made

        def both(self, height: Any, name: Any) -> Any:
            return torch.cat([height if hears else height * 0, self.vectors(name)], -1)

        def forward(self, height: Any, name: Any) -> Any:
            zeros = torch.zeros(1, len(height), WIDTH)
            return self.head(self.layer(self.both(height, name), (zeros, zeros))[0][:, -1])

    class Carrying(Duet):
        def forward(self, height: Any, name: Any, state: Any = None) -> Any:
            outputs, state = self.layer(self.both(height, name), state)
            return self.head(outputs[:, -1]), state

    return Carrying() if hands_on else Duet()


def pair(steps: int, lag: int, *, of_names: bool = False) -> tuple[Any, np.ndarray]:
    """Two inputs as a tuple; the answer is an earlier number, or an earlier symbol's number."""
    x, y = melody(steps, lag)
    if of_names:
        y = moved(symbols(SAMPLES + FURTHEST, number=SYMBOLS, seed=4), lag + 1)[:, :1] * 1.0
    return (x["height"].astype("float32"), x["name"]), y.astype("float32")


def listen(model: Any, x: Any, y: Any = None, **settings: Any) -> CheckReport:
    import echospan

    return echospan.check_torch(model, x, y, **settings)


def loader(*, shuffle: bool) -> Any:
    """Batches that are dictionaries; four streams laid out row by row."""
    import torch

    numbers, names = noise(4, 21).astype("float32"), symbols(4, 21, number=SYMBOLS)
    height, name, y = numbers[:, 1:].T.ravel(), names[:, 1:].T.ravel(), numbers[:, :-1].T.ravel()
    data = [
        {
            "height": torch.tensor([[height[place]]]),
            "name": torch.tensor([name[place]]),
            "y": torch.tensor([y[place]]),
        }
        for place in range(len(height))
    ]
    return torch.utils.data.DataLoader(data, batch_size=4, shuffle=shuffle)


def of_torch() -> list[Case]:
    """All of them; none where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return []
    of_names = pair(5, 2, of_names=True)
    return [
        Case(
            "lag-outside-window",
            "torch module of two arguments, 5 steps, lag 7 in one of them",
            lambda: listen(duet(), *pair(5, 7), batch_size=8),
            lambda: listen(duet(), *pair(8, 7), batch_size=8),
        ),
        Case(
            "output-constant",
            "torch module of two arguments that drops one",
            lambda: listen(duet(hears=False), *of_names, batch_size=8),
            lambda: listen(duet(), *of_names, batch_size=8),
        ),
        Case(
            "state-detached-inside",
            "torch.nn.Embedding beside numbers, detached",
            lambda: listen(duet(cut=True), *of_names, batch_size=8),
            lambda: listen(duet(), *of_names, batch_size=8),
        ),
        Case(
            "state-detached-inside",
            "torch one_hot beside numbers, detached",
            lambda: listen(duet(cut=True, hot=True), *of_names, batch_size=8),
            lambda: listen(duet(hot=True), *of_names, batch_size=8),
        ),
        Case(
            "shuffled-state",
            "torch DataLoader(shuffle=True) of dictionaries, state carried by the loop",
            lambda: listen(duet(hands_on=True), loader(shuffle=True), reset_state="epoch"),
            lambda: listen(duet(hands_on=True), loader(shuffle=False), reset_state="epoch"),
        ),
    ]


CASES = [
    too_far(),
    with_melody(
        "output-constant", "one is dropped", lambda: player(5, hears=False), lambda: player(5)
    ),
    with_melody(
        "rows-mixed", "one less its mean over the batch", lambda: player(5, mixes=True),
        lambda: player(5),
    ),
    streams_of_two(),
    teacher_forcing(),
    padded_beside(),
    cut_symbols("Embedding", "torch"),
    cut_symbols("CategoryEncoding", "jax"),
    cut_symbols("one_hot", "tensorflow"),
    mismatched_symbols(),
    cut_streams(),
    *of_torch(),
]  # fmt: skip
