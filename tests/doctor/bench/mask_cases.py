"""Cases about masks that end on the way, and about padding that is scored."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import WIDTH
from doctor.bench.state_cases import look
from doctor.bench.torch_cases import look as torch_look

STEPS, WORDS = 8, 12


def sentences(samples: int = 96, *, front: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Words (samples, time) of 2 to 7 steps with zeros beside them, and the last one's class."""
    rng = np.random.default_rng(0)
    x = np.zeros((samples, STEPS), "int32")
    lengths = rng.integers(2, STEPS, samples)
    for row, length in enumerate(lengths):
        words = rng.integers(1, WORDS, length)
        x[row, STEPS - length :] = words if front else 0
        if not front:
            x[row, :length] = words
    last = x[:, -1] if front else x[np.arange(samples), lengths - 1]
    return x, (last > WORDS // 2).astype("float32")[:, None]


def reader(*between: Any, end: Any = None, mask: bool = True) -> Any:
    """Words with a mask, some layers, and what reads them."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((STEPS,), dtype="int32"),
            keras.layers.Embedding(WORDS, WIDTH, mask_zero=mask),
            *between,
            end or keras.layers.LSTM(WIDTH),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.02))
    return model


def placed(*, operator: bool) -> Any:
    """Words and their places added up, by an operator or by a layer."""
    import keras

    inputs = keras.Input((STEPS,), dtype="int32")
    words = keras.layers.Embedding(WORDS, WIDTH, mask_zero=True)(inputs)
    places = keras.layers.Embedding(STEPS, WIDTH)(keras.ops.arange(STEPS)[None])
    if operator:
        h = words + places
    else:
        h = keras.layers.Lambda(lambda h: h + places, mask=lambda _, mask: mask)(words)
    h = keras.layers.GlobalAveragePooling1D()(keras.layers.Dense(WIDTH, "tanh")(h))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(h))
    model.compile(loss="binary_crossentropy")
    return model


def lost(name: str, faulty: Any, clean: Any, source: str = "") -> Case:
    return Case(
        "mask-lost",
        name,
        lambda: look(faulty(), *sentences(), batch_size=32),
        lambda: look(clean(), *sentences(), batch_size=32),
        source=source,
    )


def tags(samples: int = 96, blank: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Words (samples, time) in front of zeros, and at each step a class of word and word before."""
    x, _ = sentences(samples)
    y = 1 + (x + np.roll(x, 1, axis=1)) % 3
    return x.astype("int64"), np.where(x == 0, blank, y).astype("int64")


def torch_tagger(*, channels: bool = False, words: int = WORDS, classes: int = 4) -> Any:
    """A tagger of torch: scores (batch, time, classes), or (batch, classes, time)."""
    import torch

    class Tagger(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(words, 8)
            self.layer = torch.nn.GRU(8, 16, batch_first=True)
            self.head = torch.nn.Linear(16, classes)

        def forward(self, x: Any) -> Any:
            scores = self.head(self.layer(self.table(x))[0])
            return scores.transpose(1, 2) if channels else scores

    return Tagger()


def entropy(**settings: Any) -> Any:
    """Cross-entropy of scores (batch, time, classes)."""
    import torch

    own = torch.nn.CrossEntropyLoss(**settings)
    return lambda scores, y: own(scores.transpose(1, 2), y)


def scored(name: str, faulty: dict[str, Any], clean: dict[str, Any], **model: Any) -> Case:
    return Case(
        "padding-scored",
        name,
        lambda: torch_look(torch_tagger(**model), **faulty, batch_size=16),
        lambda: torch_look(torch_tagger(**model), **clean, batch_size=16),
    )


def keras_tagger(*, mask: bool) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((STEPS,), dtype="int32"),
            keras.layers.Embedding(WORDS, WIDTH, mask_zero=mask),
            keras.layers.LSTM(WIDTH, return_sequences=True),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def attention(
    *, keys: str = "real", average: str = "real", given: bool = False, change: Any = None
) -> Any:
    """A torch model of words with positions, attention and an average.

    Args:
        keys: What attention leaves out: padding ("real" is kept), "queries" of padding, the words
            ("inverted"), or "none".
        average: Over "real" steps or "all".
        given: Whether the mask is an input of its own.
        change: Is given (scores or average, values), and returns what takes its place.
    """
    import torch

    class Attention(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(WORDS, 8)
            self.place = torch.nn.Parameter(torch.randn(1, STEPS, 8))
            self.mix = torch.nn.Linear(8, 24)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, x: Any, mask: Any = None) -> Any:
            real = mask.bool() if given else x != 0
            h = self.table(x) + self.place
            q, k, v = (
                part.view(len(x), STEPS, 2, 4).transpose(1, 2) for part in self.mix(h).chunk(3, -1)
            )
            scores = q @ k.transpose(-1, -2) / 2
            if change is not None:
                scores = change("scores", {"scores": scores, "real": real})
            elif keys == "queries":
                scores = scores.masked_fill(~real[:, None, :, None], -1e4)
            elif keys != "none":
                kept = ~real if keys == "inverted" else real
                scores = scores.masked_fill(~kept[:, None, None, :], -1e4)
            read = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(len(x), STEPS, 8)
            h = read if keys == "inverted" else h + read
            if change is not None:
                return self.head(change("h", {"h": h, "real": real}))
            if average == "all":
                return self.head(h.mean(1))
            weight = real[..., None].to(h.dtype)
            return self.head((h * weight).sum(1) / weight.sum(1))

    return Attention()


def unheard(name: str, faulty: dict[str, Any], source: str = "", *, given: bool = False) -> Case:
    """Padding that is read in spite of a mask; the twin masks keys and average."""

    def data() -> tuple[Any, Any]:
        x, y = sentences()
        x = x.astype("int64")
        return ((x, (x != 0).astype("int64")) if given else x), y

    return Case(
        "mask-lost",
        name,
        lambda: torch_look(attention(**faulty, given=given), *data(), batch_size=16),
        lambda: torch_look(attention(given=given), *data(), batch_size=16),
        source=source,
    )


def packing(*, order: str = "torch") -> Any:
    """A torch reader of words and lengths, packed.

    Args:
        order: Who sorts by length: "torch" itself, or the module, which puts the answers "back" or
            leaves them "sorted".
    """
    import torch

    class Packing(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(WORDS, 8)
            self.layer = torch.nn.GRU(8, 8, batch_first=True)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, x: Any, lengths: Any) -> Any:
            pack = torch.nn.utils.rnn.pack_padded_sequence
            if order == "torch":
                packed = pack(self.table(x), lengths, batch_first=True, enforce_sorted=False)
                return self.head(self.layer(packed)[1][-1])
            lengths, place = lengths.sort(descending=True)
            packed = pack(self.table(x[place]), lengths, batch_first=True)
            out = self.head(self.layer(packed)[1][-1])
            return out[torch.argsort(place)] if order == "back" else out

    return Packing()


def worded() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words, their lengths, and the last word's class."""
    x, y = sentences()
    return x.astype("int64"), (x != 0).sum(1), y


def measured(name: str, wrong: Any) -> Case:
    """Lengths that are not those of the samples."""
    x, lengths, y = worded()
    return Case(
        "lengths-wrong",
        name,
        lambda: torch_look(packing(), (x, wrong(lengths)), y, batch_size=16),
        lambda: torch_look(packing(), (x, lengths), y, batch_size=16),
    )


def _sorted_case() -> Case:
    x, lengths, y = worded()
    return Case(
        "place-in-batch",
        "torch, samples sorted by length and not put back",
        lambda: torch_look(packing(order="sorted"), (x, lengths), y, batch_size=16),
        lambda: torch_look(packing(order="back"), (x, lengths), y, batch_size=16),
    )


def _given(y_blank: int = 0, loss: Any = None) -> dict[str, Any]:
    x, y = tags(blank=y_blank)
    return {"x": x, "y": y, "loss": loss or entropy()}


def _channels(**settings: Any) -> Any:
    import torch

    return torch.nn.CrossEntropyLoss(**settings)


def _layers() -> Any:
    import keras

    return keras.layers


CASES = [
    lost("Reshape in front of an LSTM", lambda: reader(_layers().Reshape((STEPS, WIDTH))), reader,
         "keras 15194"),
    lost("words and places added by an operator, then averaged", lambda: placed(operator=True),
         lambda: placed(operator=False)),
    lost("words laid flat", lambda: reader(end=_layers().Flatten()),
         lambda: reader(end=_layers().GlobalAveragePooling1D())),
    lost("convolution in front of a GRU",
         lambda: reader(_layers().Conv1D(WIDTH, 2, padding="causal"), end=_layers().GRU(WIDTH)),
         lambda: reader(_layers().LayerNormalization(), end=_layers().GRU(WIDTH)),
         "keras 411"),
    Case("padding-scored", "Keras tagger, no mask",
         lambda: look(keras_tagger(mask=False), *tags(), batch_size=16),
         lambda: look(keras_tagger(mask=True), *tags(), batch_size=16),
         source="aneesh-joshi/LSTM_POS_Tagger 8"),
    *([
        scored("torch tagger, loss over all steps", _given(), _given(loss=entropy(ignore_index=0))),
        scored("torch tagger, scores (batch, classes, time)", _given(loss=_channels()),
               _given(-100, _channels()), channels=True),
        unheard("torch, queries masked instead of keys", {"keys": "queries"},
                "hyunwoongko/transformer 40"),
        unheard("torch, a given mask with the wrong sign", {"keys": "inverted"},
                "InseeFrLab/torchTextClassifiers 92", given=True),
        unheard("torch, keys masked, all steps averaged", {"average": "all"}),
        measured("torch, lengths sorted without the samples", lambda n: np.sort(n)[::-1].copy()),
        measured("torch, the length of the padded samples", lambda n: np.full_like(n, STEPS)),
        measured("torch, a step too short", lambda n: n - 1),
        _sorted_case(),
    ] if find_spec("torch") else []),
]  # fmt: skip
