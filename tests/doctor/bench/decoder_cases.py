"""Cases of decoders and language models whose input is their target, not moved on by a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from doctor.bench.case import Case
from echospan.doctor import CheckReport

WORDS, STEPS = 10, 7


def pairs_of_texts(samples: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Texts and the same texts backwards."""
    source = np.random.default_rng(0).integers(1, WORDS, (samples, STEPS))
    return source, source[:, ::-1].copy()


def moved(target: np.ndarray) -> np.ndarray:
    """A decoder's input: a start symbol, then all but the last step."""
    return np.concatenate([np.zeros_like(target[:, :1]), target[:, :-1]], axis=1)


def look(model: Any, x: Any, y: Any) -> CheckReport:
    import echospan

    return echospan.check(model, x, y, batch_size=16)


def translator(*, steps_last: bool) -> Any:
    """forward(source, given), a GRU that reads and one that writes."""
    import torch

    class Translator(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vectors = torch.nn.Embedding(WORDS, 8)
            self.read = torch.nn.GRU(8, 16, batch_first=True)
            self.write = torch.nn.GRU(8, 16, batch_first=True)
            self.head = torch.nn.Linear(16, WORDS)

        def forward(self, source: Any, given: Any) -> Any:
            state = self.read(self.vectors(source))[1]
            scores = self.head(self.write(self.vectors(given), state)[0])
            return scores.transpose(1, 2) if steps_last else scores

    return Translator()


def transformer() -> Any:
    """forward(source, given) of torch.nn.Transformer with a causal mask."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vectors = torch.nn.Embedding(WORDS, 8)
            self.place = torch.nn.Parameter(torch.randn(STEPS, 8))
            self.body = torch.nn.Transformer(8, 2, 1, 1, 16, 0.0, batch_first=True)
            self.head = torch.nn.Linear(8, WORDS)

        def forward(self, source: Any, given: Any) -> Any:
            one, two = (self.vectors(each) + self.place for each in (source, given))
            later = torch.ones(STEPS, STEPS, dtype=torch.bool, device=given.device).triu(1)
            return self.head(self.body(one, two, tgt_mask=later))

    return Net()


def writer() -> Any:
    """A language model of symbols in torch."""
    import torch

    class Writer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vectors, self.head = torch.nn.Embedding(WORDS, 8), torch.nn.Linear(16, WORDS)
            self.layer = torch.nn.GRU(8, 16, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.head(self.layer(self.vectors(x))[0])

    return Writer()


def encoder_decoder(name: str, make: Any) -> Case:
    source, target = pairs_of_texts()
    return Case(
        "decoder-sees-target",
        name,
        lambda: look(make(), (source, target), target),
        lambda: look(make(), (source, moved(target)), target),
        source="Kyubyong/transformer 94",
    )


def language(name: str, make: Any) -> Case:
    texts = np.random.default_rng(1).integers(0, WORDS, (96, STEPS + 1))
    return Case(
        "decoder-sees-target",
        name,
        lambda: look(make(), texts[:, :-1], texts[:, :-1]),
        lambda: look(make(), texts[:, :-1], texts[:, 1:]),
    )


def keras_writer() -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(WORDS, 8),
            keras.layers.LSTM(8, return_sequences=True),
            keras.layers.Dense(WORDS, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def available() -> list[Case]:
    """All of them; those of torch only where it is installed."""
    from importlib.util import find_spec

    found = [language("Keras language model, targets not moved on", keras_writer)]
    if find_spec("torch") is None:
        return found
    return [
        *found,
        encoder_decoder("torch GRUs, scores per step", lambda: translator(steps_last=False)),
        encoder_decoder("torch GRUs, scores (batch, words, time)",
                        lambda: translator(steps_last=True)),
        encoder_decoder("torch.nn.Transformer with a causal mask", transformer),
        language("torch language model, targets not moved on", writer),
    ]  # fmt: skip


CASES = available()
