"""Parts that several of the Keras set-ups are made of."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


def compiled(model: keras.Model, loss: Any = "mse", rate: float = 0.01) -> keras.Model:
    """The model, compiled with Adam."""
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    return model


def stack(*parts: Any, loss: Any = "mse", rate: float = 0.01) -> keras.Model:
    """A compiled sequential model."""
    return compiled(keras.Sequential(list(parts)), loss, rate)


class Positions(layers.Layer):
    """Word vectors plus a learned vector for each place."""

    def __init__(self, steps: int, words: int, width: int, *, mask: bool = False, **settings: Any):
        super().__init__(**settings)
        self.words = layers.Embedding(words, width, mask_zero=mask)
        self.places = layers.Embedding(steps, width)
        self.mask = mask

    def call(self, x: Any) -> Any:
        return self.words(x) + self.places(ops.arange(ops.shape(x)[-1]))

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return self.words.compute_mask(x) if self.mask else None


class Block(layers.Layer):
    """Attention and a small network, each with a shortcut and a norm."""

    def __init__(self, width: int, *, heads: int = 2, causal: bool = False, drop: float = 0.1):
        super().__init__()
        self.supports_masking = True
        self.attend = layers.MultiHeadAttention(heads, width // heads)
        self.first, self.second = layers.LayerNormalization(), layers.LayerNormalization()
        self.wide, self.back = layers.Dense(2 * width, activation="relu"), layers.Dense(width)
        self.drop = layers.Dropout(drop)
        self.causal = causal

    def call(self, x: Any, training: bool = False) -> Any:
        seen = self.attend(x, x, use_causal_mask=self.causal)
        x = self.first(x + self.drop(seen, training=training))
        return self.second(x + self.drop(self.back(self.wide(x)), training=training))


def masked_classes(targets: Any, outputs: Any) -> Any:
    """Cross-entropy of the steps whose tag is above 0."""
    each = keras.losses.sparse_categorical_crossentropy(targets, outputs)
    there = ops.cast(targets > 0, each.dtype)
    return ops.sum(each * there) / ops.sum(there)
