"""Small Keras models with their data, for the tests that hold `fit` against Keras itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SAMPLES, TIMESTEPS, FEATURES, CLASSES = 10, 4, 3, 4


@dataclass
class Case:
    """A model and what it learns from: 10 samples, two updates of 5 in an epoch."""

    name: str
    model: Callable[[Any], Any]
    """From the `keras` module to a new compiled model."""
    x: Any
    y: Any
    settings: dict[str, Any] = field(default_factory=dict)
    """Further arguments that both fits understand."""
    batch_size: int = 5
    policy: str = "float32"
    rtol: float = 1e-5
    atol: float = 1e-6

    def __str__(self) -> str:
        return self.name


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def labels(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(CLASSES, size=shape)


SEQUENCES = numbers(SAMPLES, TIMESTEPS, FEATURES)
GAPPED = SEQUENCES.copy()
GAPPED[[0, 3, 3, 7, 8, 8], [0, 1, 2, 3, 0, 1]] = 0.0
ROWS = numbers(SAMPLES, FEATURES)
LABELS = labels(SAMPLES)
STEP_LABELS = labels(SAMPLES, TIMESTEPS)
WEIGHTS = np.linspace(0.0, 2.0, SAMPLES)
STEP_WEIGHTS = np.linspace(0.0, 1.0, SAMPLES * TIMESTEPS).reshape(SAMPLES, TIMESTEPS)


def stack(*layers: Callable[[Any], Any], optimizer: Any = "sgd", **compile_settings: Any) -> Any:
    """A sequential model from functions of the `keras` module; it is built by its first batch."""

    def build(keras: Any) -> Any:
        model = keras.Sequential([layer(keras.layers) for layer in layers])
        settings = {"loss": "sparse_categorical_crossentropy", **compile_settings}
        model.compile(optimizer(keras) if callable(optimizer) else optimizer, **settings)
        return model

    return build


def dense(units: int = 5, **settings: Any) -> Callable[[Any], Any]:
    return lambda layers: layers.Dense(units, **{"activation": "tanh", **settings})


def classes(**settings: Any) -> Callable[[Any], Any]:
    return lambda layers: layers.Dense(CLASSES, activation="softmax", **settings)


def lstm(**settings: Any) -> Callable[[Any], Any]:
    return lambda layers: layers.LSTM(3, **settings)


def adam(**settings: Any) -> Callable[[Any], Any]:
    return lambda keras: keras.optimizers.Adam(0.05, **settings)


def decaying_adam(keras: Any) -> Any:
    return keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5))


def two_inputs_two_outputs(keras: Any) -> Any:
    first = keras.Input((TIMESTEPS, FEATURES), name="sequence")
    second = keras.Input((FEATURES,), name="row")
    hidden = keras.layers.Concatenate()([keras.layers.GRU(3)(first), second])
    outputs = {
        "kind": keras.layers.Dense(CLASSES, activation="softmax", name="kind")(hidden),
        "size": keras.layers.Dense(1, name="size")(hidden),
    }
    model = keras.Model({"sequence": first, "row": second}, outputs)
    model.compile(
        "adam",
        {"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.5},
        metrics={"kind": "accuracy"},
        weighted_metrics={"size": "mae"},
    )
    return model


def subclassed(keras: Any) -> Any:
    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = keras.layers.Dense(5, activation="tanh")
            self.drop = keras.layers.Dropout(0.5, seed=3)
            self.out = keras.layers.Dense(CLASSES)
            self.size = keras.metrics.Mean(name="size")

        def call(self, x: Any, training: bool = False) -> Any:
            hidden = self.drop(self.hidden(x), training=training)
            self.add_loss(0.1 * keras.ops.mean(hidden**2))
            return self.out(hidden)

        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            self.size.update_state(loss)
            return 2.0 * loss

    model = Net()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.2), loss)
    return model


def own_losses_only(keras: Any) -> Any:
    class Small(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(keras.ops.mean(x**2))
            return x

    inputs = keras.Input((FEATURES,))
    model = keras.Model(inputs, Small()(keras.layers.Dense(2)(inputs)))
    model.compile("sgd")
    return model


TARGETS = {"kind": LABELS, "size": numbers(SAMPLES, 1, seed=2)}
INPUTS = {"sequence": SEQUENCES, "row": ROWS}

CASES = [
    Case("perceptron", stack(dense(), classes(), metrics=["accuracy"]), ROWS, LABELS, batch_size=4),
    Case(
        "float64-one-hot",
        stack(dense(), classes(), loss="categorical_crossentropy", metrics=["accuracy", "mse"]),
        ROWS.astype("float64"),
        np.eye(CLASSES)[LABELS],
    ),
    Case("lstm-adam", stack(lstm(), classes(), optimizer=adam()), SEQUENCES, LABELS),
    Case(
        "gru-decaying-rate",
        stack(lambda layers: layers.GRU(3), classes(), optimizer=decaying_adam),
        SEQUENCES,
        LABELS,
    ),
    Case(
        "bidirectional-momentum",
        stack(
            lambda layers: layers.Bidirectional(layers.LSTM(2)),
            classes(),
            optimizer=lambda keras: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        ),
        SEQUENCES,
        LABELS,
    ),
    Case(
        "batch-norm-rmsprop-clipped",
        stack(
            dense(),
            lambda layers: layers.BatchNormalization(momentum=0.7),
            classes(),
            optimizer=lambda keras: keras.optimizers.RMSprop(0.02, global_clipnorm=0.1),
        ),
        ROWS,
        LABELS,
    ),
    Case(
        "masking-time-weights",
        stack(
            lambda layers: layers.Masking(0.0),
            lstm(return_sequences=True),
            classes(),
        ),
        GAPPED,
        STEP_LABELS,
        {"sample_weight": STEP_WEIGHTS},
    ),
    Case(
        "embedding-mask-clipnorm",
        stack(
            lambda layers: layers.Embedding(CLASSES, 3, mask_zero=True),
            lambda layers: layers.SimpleRNN(3, return_sequences=True),
            classes(),
            optimizer=adam(clipnorm=0.05),
        ),
        STEP_LABELS,
        STEP_LABELS,
    ),
    Case(
        "dropout-seeds",
        stack(
            lambda layers: layers.Dropout(0.3, seed=5),
            lstm(dropout=0.2, recurrent_dropout=0.3, seed=7),
            classes(),
        ),
        SEQUENCES,
        LABELS,
    ),
    Case(
        "sample-weights-adamw-average",
        stack(
            dense(),
            classes(),
            optimizer=lambda keras: keras.optimizers.AdamW(
                0.05, weight_decay=0.1, use_ema=True, ema_momentum=0.8
            ),
            weighted_metrics=["accuracy"],
        ),
        ROWS,
        LABELS,
        {"sample_weight": WEIGHTS},
    ),
    Case(
        "class-weights-clipvalue",
        stack(dense(), classes(), optimizer=adam(clipvalue=0.01), weighted_metrics=["accuracy"]),
        ROWS,
        LABELS,
        {"class_weight": {0: 3.0, 2: 0.5}},
    ),
    Case(
        "regularizers-accumulated",
        stack(
            dense(
                kernel_regularizer="l2", activity_regularizer="l1", kernel_constraint="unit_norm"
            ),
            classes(bias_regularizer="l1"),
            optimizer=adam(gradient_accumulation_steps=2),
        ),
        ROWS,
        LABELS,
    ),
    Case(
        "two-inputs-two-outputs",
        two_inputs_two_outputs,
        INPUTS,
        TARGETS,
        {"sample_weight": WEIGHTS},
        batch_size=4,
    ),
    Case("subclassed", subclassed, ROWS, LABELS),
    Case("own-losses-only", own_losses_only, ROWS, None),
    Case(
        "f1-of-each-class",
        stack(classes(), loss="categorical_crossentropy", metrics=["f1_score"]),
        ROWS,
        np.eye(CLASSES, dtype="float32")[LABELS],
    ),
    Case(
        "mixed-bfloat16",
        stack(lstm(), classes(dtype="float32"), optimizer=adam()),
        SEQUENCES,
        LABELS,
        policy="mixed_bfloat16",
        rtol=2e-2,
        atol=2e-2,
    ),
    Case(
        "mixed-float16-scaled-loss",
        stack(dense(), classes(dtype="float32"), optimizer=adam()),
        ROWS,
        LABELS,
        policy="mixed_float16",
        rtol=2e-3,
        atol=2e-3,
    ),
]
