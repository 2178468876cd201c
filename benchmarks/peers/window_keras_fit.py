"""The tutorial's "window" job as its own loop: Keras ``fit`` once an epoch, on a new sequence.

Run it with KERAS_BACKEND set to ``tensorflow`` or ``jax``. Each epoch is one new sequence of 25
integers 0..99, framed as 20 samples of 5 one-hot steps whose target is the value before the last,
``fit(epochs=1, batch_size=5, shuffle=False, verbose=0)``, then ``reset_state()`` on the stateful
LSTM 50. On JAX, Keras 3.15.1 leaves that state at zero in ``fit``, so there the work is a little
less.

The clock covers the ``fit`` and ``reset_state`` calls. All data are drawn and encoded before it
starts, and the first epochs, in which Keras traces and compiles, are left out of it (``--warm-up``,
trained besides ``--epochs``). Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

import numpy as np

SYMBOLS, LENGTH, WINDOW, BATCH, UNITS = 100, 25, 5, 5, 50
BATCHES = (LENGTH - WINDOW) // BATCH


def draw(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """``count`` sequences: x (count, samples, time, symbols), y (count, samples, symbols)."""
    symbols = rng.integers(SYMBOLS, size=(count, LENGTH))
    windows = np.lib.stride_tricks.sliding_window_view(symbols, WINDOW, axis=1)[:, 1:]
    one_hot = np.eye(SYMBOLS, dtype=np.float32)
    return one_hot[windows], one_hot[windows[..., -2]]


def build(batch: int):
    """LSTM 50 (stateful) -> Dense 100 softmax, for a fixed batch size."""
    import keras

    return keras.Sequential(
        [
            keras.Input(batch_shape=(batch, WINDOW, SYMBOLS)),
            keras.layers.LSTM(UNITS, stateful=True),
            keras.layers.Dense(SYMBOLS, activation="softmax"),
        ]
    )


def accuracy(model, sequences: int, rng: np.random.Generator) -> float:
    """Share of right answers on new sequences, all at once in a copy with a larger batch.

    The state is carried over each sequence's four batches where Keras carries it at all.
    """
    x, y = draw(sequences, rng)
    wide = build(sequences * BATCH)
    wide.set_weights(model.get_weights())
    right = 0
    for batch in range(BATCHES):
        rows = slice(batch * BATCH, (batch + 1) * BATCH)
        inputs = x[:, rows].reshape(-1, WINDOW, SYMBOLS)
        answers = np.asarray(wide.predict_on_batch(inputs)).argmax(1)
        right += int((answers == y[:, rows].argmax(-1).reshape(-1)).sum())
    return right / (sequences * BATCHES * BATCH)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100, help="timed epochs (default: 100)")
    parser.add_argument("--warm-up", type=int, default=5, help="untimed epochs before them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--xla", choices=["auto", "yes", "no"], default="auto", help="compile's jit_compile"
    )
    arguments = parser.parse_args()
    if os.environ.get("KERAS_BACKEND") not in {"tensorflow", "jax"}:
        print(
            "KERAS_BACKEND must be tensorflow or jax; "
            f"got {os.environ.get('KERAS_BACKEND')!r}. Set it in the environment.",
            file=sys.stderr,
        )
        return 2
    import keras

    keras.utils.set_random_seed(arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    model = build(BATCH)
    jit_compile = {"auto": "auto", "yes": True, "no": False}[arguments.xla]
    model.compile(
        optimizer="adam",
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=jit_compile,
    )
    x, y = draw(arguments.warm_up + arguments.epochs, rng)
    start = time.perf_counter()
    for epoch in range(len(x)):
        if epoch == arguments.warm_up:
            start = time.perf_counter()
        history = model.fit(
            x[epoch], y[epoch], epochs=1, batch_size=BATCH, shuffle=False, verbose=0
        )
        model.layers[0].reset_state()
    seconds = time.perf_counter() - start
    backend = keras.backend.backend()
    result = {
        "peer": f"Keras fit on {backend}",
        "epochs": arguments.epochs,
        "warm_up": arguments.warm_up,
        "seconds": {"train": seconds},
        "ms_per_epoch": 1e3 * seconds / arguments.epochs,
        "accuracy": accuracy(model, 200, rng),
        "loss": float(history.history["loss"][0]),
        "seed": arguments.seed,
        "settings": {"xla": arguments.xla, "cores": len(os.sched_getaffinity(0))},
        "versions": {
            "keras": keras.__version__,
            "numpy": np.__version__,
            backend: sys.modules[backend].__version__,
        },
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
