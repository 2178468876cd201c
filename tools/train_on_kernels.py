"""Train a small LSTM and say whether it ran on the compiled kernels.

    PYTHON tools/train_on_kernels.py

PYTHON is that of the environment to look at; it needs echospan with JAX, nothing else. Prints one
line and ends with 0, or with 1 and the reason why the kernels of its wheel are not in use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

CALLS = {
    "echospan_lstm_forward",
    "echospan_lstm_backward",
    "echospan_dense",
    "echospan_dense_gradients",
    "echospan_loss",
    "echospan_loss_gradient",
}
"""Of the library, that the training makes."""


def trained() -> tuple[float, set[str]]:
    """The share of right answers after a training, and the names of the calls in its programs."""
    import jax
    import numpy as np

    import echospan

    called: set[str] = set()
    original = jax.ffi.ffi_call

    def noting(name: str, *arguments: Any, **named: Any) -> Any:
        called.add(name)
        return original(name, *arguments, **named)

    jax.ffi.ffi_call = noting  # type: ignore[assignment]
    import keras

    keras.utils.set_random_seed(0)
    symbols = np.random.default_rng(0).integers(4, size=(512, 6))
    x, y = np.eye(4, dtype="float32")[symbols], symbols[:, -3]
    model = keras.Sequential([keras.Input((6, 4)), keras.layers.LSTM(16), keras.layers.Dense(4)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss)
    echospan.fit(model, x, y, batch_size=32, epochs=30)
    right = np.asarray(model(x)).argmax(axis=-1) == y
    return float(right.mean()), called


def main() -> int:
    """Train, and print what came out; the exit code."""
    from echospan.engine.environment import environment

    accuracy, called = trained()
    facts = environment()
    kernels, versions = facts["kernels"], facts["versions"]
    if kernels["in_use"] != "compiled":
        print(f"not in use: {kernels['reason']}")
        return 1
    if not Path(kernels["library"]).is_relative_to(sys.prefix):
        print(f"in use, but not those of this environment: {kernels['library']}")
        return 1
    if called != CALLS:
        print(f"these calls differ from what was expected: {sorted(called ^ CALLS)}")
        return 1
    if accuracy < 0.99:
        print(f"the model learned {accuracy:.3f} of what it could")
        return 1
    print(
        f"in use ({kernels['instructions']}, {len(called)} calls), accuracy {accuracy:.3f}, "
        f"with jaxlib {versions['jaxlib']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
