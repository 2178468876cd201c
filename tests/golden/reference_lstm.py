"""An LSTM with a softmax layer in NumPy, float64, its gradients written by hand.

A second opinion on the engine that shares no code with Keras, JAX or TensorFlow. One LSTM (gates in
Keras's order i, f, c, o; sigmoid and tanh), a dense softmax layer on its last output, mean cross
entropy, SGD or Adam. The state goes from update to update as a plain number: the gradient stops at
the start of each update, as it does in Keras.

Shapes: B batch, T timesteps, F features, U units, C classes. ``weights`` is the list
``[kernel (F, 4U), recurrent kernel (U, 4U), bias (4U,), dense kernel (U, C), dense bias (C,)]``, as
Keras's ``model.trainable_variables`` gives it.

Sources: keras/src/layers/rnn/lstm.py (cell), keras/src/backend/tensorflow/rnn.py (masked steps),
keras/src/optimizers/adam.py and sgd.py, all 3.15.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Weights = list[np.ndarray]
State = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Step:
    """What the backward pass needs from one time step; every array is (B, U) but ``x`` (B, F)."""

    x: np.ndarray
    h_before: np.ndarray
    c_before: np.ndarray
    i: np.ndarray
    f: np.ndarray
    g: np.ndarray
    o: np.ndarray
    c: np.ndarray
    present: np.ndarray


@dataclass(frozen=True)
class Trained:
    """What training leaves behind.

    ``loss`` is (epochs,), ``state`` is h and c after the last update.
    """

    weights: Weights
    loss: np.ndarray
    state: State


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic function, through tanh so that no large exponential appears."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def zero_state(batch: int, units: int) -> State:
    """h and c of zeros, each (B, U)."""
    return np.zeros((batch, units)), np.zeros((batch, units))


def forward(
    weights: Weights, x: np.ndarray, state: State, mask_value: float | None = None
) -> tuple[np.ndarray, np.ndarray, State, list[Step]]:
    """One batch through the model.

    Args:
        weights: The five arrays.
        x: (B, T, F). A step whose features all equal ``mask_value`` is missing: state and output
            stay as they were, the output before the first present step being zero.
        state: h and c before the first step.
        mask_value: None for no masking.

    Returns:
        Class probabilities (B, C), the LSTM's last output (B, U), h and c after the last step, and
        the steps.
    """
    kernel, recurrent, bias, dense, dense_bias = weights
    h, c = state
    output = np.zeros_like(h)
    steps = []
    for t in range(x.shape[1]):
        now = x[:, t]
        i, f, g, o = np.split(now @ kernel + h @ recurrent + bias, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        new_c = f * c + i * g
        new_h = o * np.tanh(new_c)
        missing = np.zeros(len(now), bool) if mask_value is None else (now == mask_value).all(1)
        present = np.broadcast_to(~missing[:, None], h.shape)
        steps.append(Step(now, h, c, i, f, g, o, new_c, present))
        output = np.where(present, new_h, output)
        h, c = np.where(present, new_h, h), np.where(present, new_c, c)
    logits = output @ dense + dense_bias
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True), output, (h, c), steps


def cross_entropy(probabilities: np.ndarray, y: np.ndarray) -> float:
    """Mean over the batch of minus the log probability of the true class; both are (B, C)."""
    return float(-np.log((probabilities * y).sum(axis=1)).mean())


def loss_and_gradients(
    weights: Weights, x: np.ndarray, y: np.ndarray, state: State, mask_value: float | None = None
) -> tuple[float, Weights, State]:
    """Mean cross entropy of a batch, its gradient by every weight, and the state after it.

    The gradient goes back through the T steps of this batch and stops at ``state``.
    """
    _, recurrent, _, dense, _ = weights
    probabilities, output, new_state, steps = forward(weights, x, state, mask_value)
    d_logits = (probabilities - y) / len(y)
    d_kernel, d_recurrent, d_bias, d_dense, d_dense_bias = (np.zeros_like(w) for w in weights)
    d_dense += output.T @ d_logits
    d_dense_bias += d_logits.sum(axis=0)
    d_output = d_logits @ dense.T
    d_h, d_c = np.zeros_like(output), np.zeros_like(output)
    for step in reversed(steps):
        # What a present step produced: the new state, and the output from here on.
        d_new_h = np.where(step.present, d_h + d_output, 0)
        d_new_c = np.where(step.present, d_c, 0)
        tanh_c = np.tanh(step.c)
        d_new_c = d_new_c + d_new_h * step.o * (1 - tanh_c**2)
        d_gates = np.concatenate(
            [
                d_new_c * step.g * step.i * (1 - step.i),
                d_new_c * step.c_before * step.f * (1 - step.f),
                d_new_c * step.i * (1 - step.g**2),
                d_new_h * tanh_c * step.o * (1 - step.o),
            ],
            axis=1,
        )
        d_kernel += step.x.T @ d_gates
        d_recurrent += step.h_before.T @ d_gates
        d_bias += d_gates.sum(axis=0)
        # A missing step handed its own past on unchanged.
        d_h = d_gates @ recurrent.T + np.where(step.present, 0, d_h)
        d_c = d_new_c * step.f + np.where(step.present, 0, d_c)
        d_output = np.where(step.present, 0, d_output)
    gradients = [d_kernel, d_recurrent, d_bias, d_dense, d_dense_bias]
    return cross_entropy(probabilities, y), gradients, new_state


Update = Callable[[Weights, Weights], Weights]


def sgd(learning_rate: float) -> Update:
    """Plain gradient descent."""

    def update(weights: Weights, gradients: Weights) -> Weights:
        return [w - learning_rate * d for w, d in zip(weights, gradients, strict=True)]

    return update


def adam(
    learning_rate: float, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7
) -> Update:
    """Adam as Keras writes it: bias correction in the step size, epsilon beside sqrt(v).

    That is the "epsilon hat" form of Kingma and Ba, section 2; their algorithm 1 and PyTorch add
    epsilon to the bias-corrected root instead.
    """
    moments: list[tuple[np.ndarray, np.ndarray]] = []
    count = 0

    def update(weights: Weights, gradients: Weights) -> Weights:
        nonlocal count
        if not moments:
            moments.extend((np.zeros_like(w), np.zeros_like(w)) for w in weights)
        count += 1
        alpha = learning_rate * np.sqrt(1 - beta_2**count) / (1 - beta_1**count)
        updated = []
        for index, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            m, v = moments[index]
            m = beta_1 * m + (1 - beta_1) * gradient
            v = beta_2 * v + (1 - beta_2) * gradient**2
            moments[index] = m, v
            updated.append(weight - alpha * m / (np.sqrt(v) + epsilon))
        return updated

    return update


def train(
    weights: Weights,
    x: np.ndarray,
    y: np.ndarray,
    *,
    update: Update,
    batch_size: int,
    epochs: int,
    reset: str = "epoch",
    mask_value: float | None = None,
) -> Trained:
    """Train on the batches in order, the state carried from each to the next.

    Args:
        weights: The five arrays; they are not changed.
        x: (samples, T, F), the samples a multiple of ``batch_size``.
        y: (samples, C), one-hot.
        update: ``sgd(...)`` or ``adam(...)``.
        batch_size: Samples of an update.
        epochs: Passes over the samples.
        reset: When the state goes back to zero: ``"batch"`` (before every update), ``"epoch"``
            (before every epoch) or ``"never"``.
        mask_value: As for ``forward``.
    """
    weights = [np.asarray(w, dtype=np.float64) for w in weights]
    zeros = zero_state(batch_size, len(weights[1]))
    state = zeros
    losses = []
    for _ in range(epochs):
        if reset == "epoch":
            state = zeros
        batch_losses = []
        for start in range(0, len(x), batch_size):
            if reset == "batch":
                state = zeros
            rows = slice(start, start + batch_size)
            loss, gradients, state = loss_and_gradients(
                weights, x[rows].astype(np.float64), y[rows], state, mask_value
            )
            weights = update(weights, gradients)
            batch_losses.append(loss)
        losses.append(np.mean(batch_losses))
    return Trained(weights, np.asarray(losses), state)


def predict(
    weights: Weights,
    x: np.ndarray,
    *,
    batch_size: int,
    state: State | None = None,
    mask_value: float | None = None,
) -> tuple[np.ndarray, State]:
    """Class probabilities (samples, C), state carried from batch to batch, and the state after."""
    weights = [np.asarray(w, dtype=np.float64) for w in weights]
    state = zero_state(batch_size, len(weights[1])) if state is None else state
    rows = []
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size].astype(np.float64)
        probabilities, _, state, _ = forward(weights, batch, state, mask_value)
        rows.append(probabilities)
    return np.concatenate(rows), state
