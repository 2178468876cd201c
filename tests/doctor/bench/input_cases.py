"""Cases about what a model is given: numbers for an embedding, scales, constant features."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.state_cases import look

STEPS = 8


def words(number: int = 20, *, least: int = 0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random symbols (samples, time), and whether the fourth is a large one."""
    x = np.random.default_rng(seed).integers(least, number + least, (160, STEPS))
    return x, (x[:, 3] >= least + number // 2).astype("int64")


def short_texts(*, shifted: bool) -> tuple[np.ndarray, np.ndarray]:
    """Texts of 2 to 8 words filled up with zeros; a word is called 0, too, unless shifted."""
    rng = np.random.default_rng(1)
    x, y = words()
    x = x + int(shifted)
    x[np.arange(STEPS) >= rng.integers(2, STEPS + 1, len(x))[:, None]] = 0
    return x, (x[:, 0] > 10).astype("int64") + 0 * y


def classifier(rows: int, **settings: Any) -> Any:
    """An embedding, an LSTM and two classes."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((STEPS,)),
            keras.layers.Embedding(rows, 4, **settings),
            keras.layers.LSTM(4),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def two_inputs(values: np.ndarray) -> Any:
    """Words beside measured values; the values belong to the second input."""
    import keras

    text, side = keras.Input((STEPS,), name="text"), keras.Input((STEPS, 1), name="side")
    joined = keras.layers.Concatenate()([keras.layers.Embedding(20, 4)(text), side])
    model = keras.Model([text, side], keras.layers.Dense(1)(keras.layers.GRU(4)(joined)))
    model.compile(loss="mse")
    x, y = words()
    rng = np.random.default_rng(3)
    side_values = rng.normal(size=(len(x), STEPS, 1))
    given = {"text": values if values is not None else x, "side": side_values}
    return look(model, given, y[:, None].astype("float32"), batch_size=32)


def keras_embedding(name: str, faulty: Callable[[], Any], clean: Callable[[], Any]) -> Case:
    return Case("embedding-input", name, faulty, clean, backend="jax" if "JAX" in name else "torch")


def run(model: Any, data: tuple[np.ndarray, np.ndarray]) -> Any:
    return look(model, *data, batch_size=32)


def scaled(x: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 1."""
    return ((x + 0.5) / 20).astype("float32")


CASES = [
    keras_embedding(
        "symbols divided by their number",
        lambda: run(classifier(20), (scaled(words()[0]), words()[1])),
        lambda: run(classifier(20), words()),
    ),
    keras_embedding(
        "as many rows as the largest index, on JAX",
        lambda: run(classifier(20), words(least=1)),
        lambda: run(classifier(21), words(least=1)),
    ),
    keras_embedding(
        "symbols from -1, on JAX",
        lambda: run(classifier(20), words(least=-1)),
        lambda: run(classifier(20), words()),
    ),
    keras_embedding(
        "0 is a word and fills up short texts",
        lambda: run(classifier(21), short_texts(shifted=False)),
        lambda: run(classifier(21), short_texts(shifted=True)),
    ),
    keras_embedding(
        "measured values for the first of two inputs",
        lambda: two_inputs(np.random.default_rng(5).uniform(0, 19, (160, STEPS))),
        lambda: two_inputs(words()[0]),
    ),
]


def torch_text(*, rows: int = 21, cast: bool = False, padding: int | None = None) -> Any:
    """An embedding, an LSTM and two classes in torch; with a cast to integers in forward."""
    import torch

    class Text(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = torch.nn.Embedding(rows, 4, padding_idx=padding)
            self.body = torch.nn.LSTM(4, 4, batch_first=True)
            self.head = torch.nn.Linear(4, 2)

        def forward(self, x: Any) -> Any:
            if cast:
                x = x.squeeze(-1).long()
            return self.head(self.body(self.embed(x))[0][:, -1])

    return Text()


def torch_run(model: Any, data: tuple[np.ndarray, np.ndarray]) -> Any:
    import torch

    import echospan

    return echospan.check_torch(model, *data, loss=torch.nn.CrossEntropyLoss(), batch_size=32)


if find_spec("torch") is not None:
    CASES += [
        Case(
            "embedding-input",
            "floats cut by .long() in forward",
            lambda: torch_run(torch_text(cast=True), (scaled(words()[0])[..., None], words()[1])),
            lambda: torch_run(torch_text(), words()),
        ),
        Case(
            "embedding-input",
            "index outside nn.Embedding",
            lambda: torch_run(torch_text(rows=20), words(least=1)),
            lambda: torch_run(torch_text(rows=21), words(least=1)),
        ),
        Case(
            "embedding-input",
            "padding_idx=0 and a word that is 0",
            lambda: torch_run(torch_text(padding=0), short_texts(shifted=False)),
            lambda: torch_run(torch_text(padding=0), short_texts(shifted=True)),
        ),
    ]


def prices(*, x: bool, y: bool, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Windows of prices around 100,000 and the next one, each raw or scaled."""
    rng = np.random.default_rng(seed)
    series = np.sin(np.arange(250) / 5) + 0.05 * rng.normal(size=250)
    raw = 1e5 + 1e4 * series
    inputs = np.lib.stride_tricks.sliding_window_view(raw if x else series, 10)[:-1, :, None]
    return inputs.astype("float32"), (raw if y else series)[10:, None].astype("float32")


def forecaster(kind: str = "LSTM", *, scaled_inside: bool = False, wrapped: bool = False) -> Any:
    """A recurrent layer and a linear unit."""
    import keras

    layer = getattr(keras.layers, kind)(6)
    model = keras.Sequential(
        [
            keras.Input((10, 1)),
            *([keras.layers.Rescaling(1e-4, -10.0)] if scaled_inside else []),
            keras.layers.Bidirectional(layer) if wrapped else layer,
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    return model


def scale_case(name: str, faulty: Callable[[], Any], clean: Callable[[], Any]) -> Case:
    return Case("input-scale", name, faulty, clean)


def stored(*, integers: bool) -> Any:
    """Numbers from 0 to 1, as integers all 0."""
    x, y = prices(x=False, y=False)
    x = (x + 2) / 4
    return run(forecaster(), (x.astype("int32").astype("float32") if integers else x, y))


def torch_forecaster(kind: str, data: tuple[np.ndarray, np.ndarray], rate: float = 0.0) -> Any:
    """The check of a recurrent module, with Adam at a rate if one is given."""
    import torch

    import echospan

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = getattr(torch.nn, kind)(1, 6, batch_first=True)
            self.head = torch.nn.Linear(6, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.body(x)[0][:, -1])

    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), rate) if rate else None
    return echospan.check_torch(
        net, *data, loss=torch.nn.MSELoss(), batch_size=32, optimizer=optimizer
    )


CASES += [
    scale_case(
        "raw prices into an LSTM",
        lambda: run(forecaster(), prices(x=True, y=False)),
        lambda: run(forecaster(), prices(x=False, y=False)),
    ),
    scale_case(
        "raw prices into a bidirectional GRU, scaled inside in the twin",
        lambda: run(forecaster("GRU", wrapped=True), prices(x=True, y=False)),
        lambda: run(forecaster("GRU", wrapped=True, scaled_inside=True), prices(x=True, y=False)),
    ),
    scale_case(
        "raw prices as targets, Adam at its default rate",
        lambda: run(forecaster(), prices(x=False, y=True)),
        lambda: run(forecaster(), prices(x=False, y=False)),
    ),
    scale_case(
        "numbers from 0 to 1 stored as integers",
        lambda: stored(integers=True),
        lambda: stored(integers=False),
    ),
]


def normed(*, guarded: bool) -> Any:
    """Each sample divided by its own deviation, which is 0 for one."""
    import keras

    x, y = prices(x=False, y=False)
    x = x.copy()
    x[7] = 1.0
    inputs = keras.Input((10, 1))
    deviation = keras.ops.std(inputs, axis=1, keepdims=True)
    scaled = (inputs - keras.ops.mean(inputs, axis=1, keepdims=True)) / (
        deviation + (1e-6 if guarded else 0.0)
    )
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GRU(4)(scaled)))
    model.compile("adam", "mse")
    return run(model, (x, y))


CASES.append(
    Case(
        "nan-inside",
        "samples divided by their deviation",
        lambda: normed(guarded=False),
        lambda: normed(guarded=True),
    )
)

if find_spec("torch") is not None:
    import torch

    class Rooted(torch.nn.Module):
        """The root, or the logarithm, of a feature."""

        def __init__(self, function: Any) -> None:
            super().__init__()
            self.function = function
            self.body = torch.nn.GRU(1, 4, batch_first=True)
            self.head = torch.nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.body(self.function(x))[0][:, -1])

    class Masked(torch.nn.Module):
        """Attention in which a sample of padding alone has no key."""

        def __init__(self, *, guarded: bool) -> None:
            super().__init__()
            self.guarded = guarded
            self.attend = torch.nn.MultiheadAttention(4, 1, batch_first=True)
            self.first, self.head = torch.nn.Linear(1, 4), torch.nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            absent = (x == 0).all(-1)
            if self.guarded:
                absent = absent & ~absent.all(1, keepdim=True)
            states = self.first(x)
            found, _ = self.attend(states, states, states, key_padding_mask=absent)
            return self.head(found.mean(1))

    def nan_case(module: Any, *, empty: bool = False) -> Any:
        import echospan

        x, y = prices(x=False, y=False)
        x = x.copy()
        if empty:
            x[5] = 0
        torch.manual_seed(0)
        return echospan.check_torch(module, x, y, loss=torch.nn.MSELoss(), batch_size=32)

    CASES += [
        scale_case(
            "raw prices into torch.nn.LSTM",
            lambda: torch_forecaster("LSTM", prices(x=True, y=False)),
            lambda: torch_forecaster("LSTM", prices(x=False, y=False)),
        ),
        scale_case(
            "raw prices as targets of a torch module, Adam at 0.001",
            lambda: torch_forecaster("GRU", prices(x=False, y=True), 0.001),
            lambda: torch_forecaster("GRU", prices(x=False, y=False), 0.001),
        ),
        Case(
            "nan-inside",
            "root of negative numbers",
            lambda: nan_case(Rooted(torch.sqrt)),
            lambda: nan_case(Rooted(lambda x: torch.sqrt(x.clamp_min(1e-6)))),
        ),
        Case(
            "nan-inside",
            "attention over a sample of padding alone",
            lambda: nan_case(Masked(guarded=False), empty=True),
            lambda: nan_case(Masked(guarded=True), empty=True),
        ),
    ]
