"""Cases about samples and time steps that change places."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import noise, symbols
from doctor.bench.state_cases import look as keras_look
from doctor.bench.torch_cases import look

STEPS, UNITS = 8, 8


def difference(samples: int = 320) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (samples, time, 1), and the first less the last."""
    x = noise(samples, STEPS, 1).astype("float32")
    return x, x[:, 0] - x[:, -1]


def first_word(samples: int = 320) -> tuple[np.ndarray, np.ndarray]:
    """Words (samples, time), and whether the first is one of the later half of the table."""
    x = symbols(samples, STEPS, number=11) + 1
    return x, (x[:, 0] > 6).astype("int64")


def word_before(samples: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Words (samples, time), and at each step the class of the word before."""
    x = symbols(samples, STEPS, number=11) + 1
    return x, np.roll(x, 1, axis=1) % 3


def reader(
    *, place: str, words: int = 0, mix: str = "attention", read: str = "mean", classes: int = 1
) -> Any:
    """A torch model that mixes steps like a set, and where it has positions.

    Args:
        place: "steps", "rows" (along the batch), "start" (a first state for each row) or "none".
        words: Size of the table; 0 for numbers.
        mix: "attention", "each" (every step by itself) or "recurrent".
        read: "mean", "most", "last" or "every".
        classes: Outputs.
    """
    import torch

    class Reader(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.into = torch.nn.Embedding(words, UNITS) if words else torch.nn.Linear(1, UNITS)
            if place in ("steps", "rows"):
                sizes = (1, STEPS) if place == "steps" else (64, 1)
                table = torch.randn(*sizes, UNITS, generator=torch.Generator().manual_seed(0))
                self.place = torch.nn.Parameter(table)
            if mix == "attention":
                self.look = torch.nn.MultiheadAttention(UNITS, 2, batch_first=True)
            elif mix == "recurrent":
                self.look = torch.nn.GRU(UNITS, UNITS, batch_first=True)
                rows = 64 if place == "start" else 1
                self.start = torch.nn.Parameter(torch.randn(1, rows, UNITS))
            self.head = torch.nn.Sequential(
                torch.nn.Linear(UNITS, 16), torch.nn.ReLU(), torch.nn.Linear(16, classes)
            )

        def forward(self, x: Any) -> Any:
            h = self.into(x)
            if place in ("steps", "rows"):
                h = h + self.place[: len(h)]
            if mix == "attention":
                h = h + self.look(h, h, h, need_weights=False)[0]
            elif mix == "recurrent":
                start = self.start[:, : len(h)].expand(1, len(h), UNITS).contiguous()
                h = self.look(h, start)[0]
            else:
                h = torch.relu(h)
            if read == "every":
                return self.head(h)
            if read == "last":
                return self.head(h[:, -1])
            return self.head(h.mean(1) if read == "mean" else h.max(1).values)

    return Reader()


def pooled(*, order: bool) -> Any:
    """Keras: convolutions of one step or of three under a pooling over time."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((STEPS, 1)),
            keras.layers.Conv1D(UNITS, 3 if order else 1, activation="relu"),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse")
    return model


def turned(samples: int = 320) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, and the largest rise from one step to the next."""
    x = noise(samples, STEPS, 1)
    return x, np.diff(x, axis=1).max(1)


def blind(name: str, data: Any, faulty: dict[str, Any], clean: dict[str, Any]) -> Case:
    return Case(
        "order-blind",
        name,
        lambda: look(reader(**faulty), *data(), batch_size=32),
        lambda: look(reader(**clean), *data(), batch_size=32),
    )


def placed(name: str, data: Any, faulty: dict[str, Any], clean: dict[str, Any]) -> Case:
    return Case(
        "place-in-batch",
        name,
        lambda: look(reader(**faulty), *data(), batch_size=32, shuffle=True),
        lambda: look(reader(**clean), *data(), batch_size=32, shuffle=True),
        source="AkiRusProd/numpy-transformer 1" if "encoding" in name else "",
    )


CASES = [
    blind("torch attention without positions, mean", difference, {"place": "none"},
          {"place": "steps"}),
    blind("torch, every step by itself, maximum", difference,
          {"place": "none", "mix": "each", "read": "most"},
          {"place": "none", "mix": "recurrent", "read": "last"}),
    blind("torch attention over words, the newest asks", first_word,
          {"place": "none", "words": 12, "read": "last", "classes": 2},
          {"place": "steps", "words": 12, "read": "last", "classes": 2}),
    blind("torch tagger with attention", word_before,
          {"place": "none", "words": 12, "read": "every", "classes": 3},
          {"place": "steps", "words": 12, "read": "every", "classes": 3}),
    Case("order-blind", "convolution of one step, maximum over time",
         lambda: keras_look(pooled(order=False), *turned(), batch_size=32),
         lambda: keras_look(pooled(order=True), *turned(), batch_size=32)),
    placed("torch, encoding along the batch", difference,
           {"place": "rows", "mix": "recurrent", "read": "last"},
           {"place": "steps", "mix": "recurrent", "read": "last"}),
    placed("torch, encoding along the batch under attention over words", first_word,
           {"place": "rows", "words": 12, "classes": 2},
           {"place": "steps", "words": 12, "classes": 2}),
    placed("torch, a start state for each row", difference,
           {"place": "start", "mix": "recurrent", "read": "last"},
           {"place": "none", "mix": "recurrent", "read": "last"}),
] if find_spec("torch") else []  # fmt: skip
