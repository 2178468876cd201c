"""Cases about masks that end on the way, and about padding that is scored."""

from __future__ import annotations

from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import WIDTH
from doctor.bench.state_cases import look

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
]  # fmt: skip
