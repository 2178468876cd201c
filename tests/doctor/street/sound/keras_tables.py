"""Tables and behaviour with Keras: many columns, many named inputs, sequences beside columns."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from doctor.street.sound.case import sound
from doctor.street.sound.keras_parts import Positions, compiled, stack

BINARY = "binary_crossentropy"


@sound(epochs=30)
def housing() -> dict:
    """tensorflow.org tutorials/keras/regression kind: 13 columns, some say nothing, one number."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 13)).astype("float32")
    y = (x[:, :1] + np.abs(x[:, 1:2]) - x[:, 2:3] * x[:, 3:4]).astype("float32")
    model = stack(keras.Input((13,)), layers.Dense(32, activation="relu"), layers.Dense(1))
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def many_columns() -> dict:
    """scikit-learn make_regression's kind: 60 columns, three targets that are linear in them."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 60)).astype("float32")
    y = (x @ rng.normal(size=(60, 3)) / 8).astype("float32")
    model = stack(
        keras.Input((60,)),
        layers.BatchNormalization(),
        layers.Dense(32, activation="relu"),
        layers.Dense(3),
    )
    return {"model": model, "x": x, "y": y, "batch_size": 32}


@sound()
def rare_class() -> dict:
    """keras-team/keras-io examples/structured_data/imbalanced_classification.py: dense layers
    with dropout, one class rare, class weights."""
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.12).astype("int32")
    x = (rng.normal(size=(400, 12)) + 1.2 * y[:, None] * (np.arange(12) < 4)).astype("float32")
    model = stack(
        keras.Input((12,)),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
        loss=BINARY,
        rate=0.003,
    )
    weights = {0: 1.0, 1: 2.0}
    return {"model": model, "x": x, "y": y, "batch_size": 32, "class_weight": weights}


@sound(epochs=30)
def card_fraud() -> dict:
    """keras-team/keras-io
    examples/timeseries/event_classification_for_payment_card_fraud_detection.py: a dictionary
    of columns (samples, 1), each an input of its own."""
    rng = np.random.default_rng(0)
    names = ("amount", "mean_day", "mean_week", "count_day")
    x = {name: rng.normal(size=(400, 1)).astype("float32") for name in names}
    y = (x["amount"] - x["mean_week"] + 0.3 * x["count_day"] > 0.5)[:, 0].astype("int32")
    inputs = {name: keras.Input((1,), name=name) for name in names}
    hidden = layers.Concatenate()([inputs[name] for name in names])
    hidden = layers.Dense(16, activation="sigmoid")(layers.Dense(32, activation="sigmoid")(hidden))
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(hidden))
    return {"model": compiled(model, BINARY), "x": x, "y": y, "batch_size": 32}


@sound(epochs=30)
def film_ratings() -> dict:
    """keras-team/keras-io examples/structured_data/movielens_recommendations_transformers.py:
    films seen in order, the film asked about, columns of the user; the rating."""
    rng = np.random.default_rng(0)
    seen = rng.integers(0, 12, (400, 6)).astype("int32")
    asked = rng.integers(0, 12, (400, 1)).astype("int32")
    user = rng.normal(size=(400, 2)).astype("float32")
    like = (np.abs(seen - asked) <= 1).sum(1, keepdims=True) + 0.5 * user[:, :1]
    a, b = (
        keras.Input((6,), dtype="int32", name="seen"),
        keras.Input((1,), dtype="int32", name="asked"),
    )
    c = keras.Input((2,), name="user")
    table = layers.Embedding(12, 12)
    film, films = table(b), table(a)
    match = layers.MultiHeadAttention(2, 8)(film, films)
    joined = layers.Concatenate()([layers.Flatten()(match), layers.Flatten()(film), c])
    dots = layers.Flatten()(layers.Dot(axes=2)([films, film]))
    hidden = layers.Dense(32, activation="relu")(layers.Concatenate()([joined, dots]))
    model = compiled(keras.Model({"seen": a, "asked": b, "user": c}, layers.Dense(1)(hidden)))
    x = {"seen": seen, "asked": asked, "user": user}
    return {"model": model, "x": x, "y": like.astype("float32"), "batch_size": 32}


@sound(epochs=30)
def next_purchase() -> dict:
    """arXiv 1808.09781, SASRec's kind: the item after a history, where the last item decides."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, 10, (400, 6)).astype("int32")
    y = (x[:, -1] * 2 + (x[:, -2] > 5)) % 10
    inputs = keras.Input((6,), dtype="int32")
    hidden = Positions(6, 10, 16)(inputs)
    seen = layers.MultiHeadAttention(2, 8)(hidden, hidden, use_causal_mask=True)
    hidden = layers.LayerNormalization()(hidden + seen)
    outputs = layers.Dense(10, activation="softmax")(layers.Flatten()(hidden))
    model = compiled(keras.Model(inputs, outputs), "sparse_categorical_crossentropy")
    return {"model": model, "x": x, "y": y.astype("int32"), "batch_size": 32}


@sound()
def sensors_and_metadata() -> dict:
    """keras.io guides/functional_api, a sequence beside a column: a recording and facts about
    it."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(400, 12, 2)).astype("float32")
    facts = rng.normal(size=(400, 3)).astype("float32")
    y = (signal[:, -4:, 0].sum(1) + facts[:, 0] > 0).astype("int32")
    a, b = keras.Input((12, 2), name="signal"), keras.Input((3,), name="facts")
    joined = layers.Concatenate()([layers.LSTM(16)(a), layers.Dense(8, activation="relu")(b)])
    model = compiled(keras.Model([a, b], layers.Dense(1, activation="sigmoid")(joined)), BINARY)
    return {"model": model, "x": [signal, facts], "y": y, "batch_size": 32}
