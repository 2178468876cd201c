"""Memory capacity of echo state networks (Jaeger 2001)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from echospan.measure import Interval
from studies.measured import Measured
from studies.memory_capacity import Capacity, delays, memory_capacity, ridge
from studies.row import Row
from studies.tolerance import AtMost, Within
from studies.work import Work

DRAWS = 10
"""Networks of a kind: the published figures are of one each."""


@dataclass(frozen=True)
class Protocol:
    """How a capacity is measured.

    Attributes:
        steps: Of the signal, uniform on [-0.8, 0.8].
        tested: The last of them.
        lags: Lags 1 to this.
        penalty: Of the ridge regression.
    """

    steps: int
    tested: int
    lags: int
    penalty: float


NOTEBOOK = Protocol(steps=6000, tested=1000, lags=199, penalty=1e-7)
DOCSTRING = Protocol(steps=500, tested=100, lags=50, penalty=1e-4)


@dataclass(frozen=True)
class Network:
    """An echo state network of 100 units with the weights of reservoirpy.

    Attributes:
        recurrent: How the recurrent weights are made.
        radius: Their spectral radius.
        inputs: Share of units that get the input, with weight 1 or -1; "uniform" gives it to all
            with weights from -1 to 1.
        scaling: Of the input weights.
        activation: "tanh" or "linear".
        mixing: Of an edge-of-stability network.
    """

    recurrent: Literal["normal", "sparse", "ring", "orthogonal"]
    radius: float = 0.9
    inputs: float | Literal["uniform"] = 0.1
    scaling: float = 0.1
    activation: Literal["tanh", "linear"] = "tanh"
    mixing: float | None = None


def states_of(network: Network, signal: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """States (time, units) of the package's reservoir with those weights, driven by the signal."""
    from echospan.backend import keras_on_jax

    keras_on_jax()
    from echospan.layers.reservoir import Reservoir

    layer = Reservoir(100, mixing=network.mixing, activation=network.activation)
    layer.build((1, None, 1))
    layer.kernel.assign(network.scaling * _inputs(network, draw)[None])
    layer.recurrent.assign(_recurrent(network, draw))
    if network.mixing is not None:
        layer.turn.assign(_orthogonal(draw))
    states = layer(signal.astype("float32")[None, :, None])
    return np.asarray(states[0], float)


def _inputs(network: Network, draw: np.random.Generator) -> np.ndarray:
    if network.inputs == "uniform":
        return draw.uniform(-1, 1, 100)
    connected = draw.permutation(100) < round(100 * network.inputs)
    return np.where(connected, draw.choice([-1.0, 1.0], 100), 0.0)


def _recurrent(network: Network, draw: np.random.Generator) -> np.ndarray:
    if network.recurrent == "ring":
        return network.radius * np.roll(np.eye(100), 1, axis=1)
    if network.recurrent == "orthogonal":
        return network.radius * _orthogonal(draw)
    matrix = draw.normal(size=(100, 100))
    if network.recurrent == "sparse":
        matrix *= draw.permutation(10_000).reshape(100, 100) < 1000
    scaled: np.ndarray = matrix * network.radius / np.abs(np.linalg.eigvals(matrix)).max()
    return scaled


def _orthogonal(draw: np.random.Generator) -> np.ndarray:
    return np.linalg.qr(draw.uniform(-1, 1, (100, 100)))[0]


Drive = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def measure(drive: Drive, protocol: Protocol, seed: int) -> Capacity:
    """One capacity: drive with the signal, fit on its first part, test on its last."""
    draw = np.random.default_rng(seed)
    signal = draw.uniform(-0.8, 0.8, protocol.steps)
    # Twice the lags are left out at the start, as the notebook does: once for want of a target and
    # once for the network to forget that it began with zeros.
    states, targets = drive(signal, draw)[protocol.lags :], delays(signal, protocol.lags)
    fitted = slice(protocol.lags + 1, -protocol.tested)
    weights = ridge(states[fitted], targets[fitted], protocol.penalty)
    predicted = states[-protocol.tested :] @ weights[:-1] + weights[-1]
    return memory_capacity(targets[-protocol.tested :], predicted)


def published(work: Work, *, network: Network, protocol: Protocol = NOTEBOOK) -> Measured:
    """The plain sum of squared correlations, as the reference has it."""
    found = []
    for seed in range(DRAWS):
        work.go_on()
        found.append(measure(partial(states_of, network), protocol, seed))
        work.observer.progress(seed + 1, {})
    raw = [each.raw for each in found]
    corrected = float(np.mean([each.total for each in found]))
    return Measured(
        float(np.mean(raw)),
        Interval(min(raw), max(raw)),
        f"mean and range of {DRAWS} networks; {corrected:.2f} without what chance gives",
        tuple(raw),
    )


def delay_line(work: Work) -> Measured:
    """20 taps, each a past value: exactly as many as there are."""
    found = [measure(_taps, NOTEBOOK, seed).total for seed in range(DRAWS)]
    return Measured(
        float(np.mean(found)),
        Interval(min(found), max(found)),
        f"20 taps, linear; mean and range of {DRAWS} signals",
        tuple(found),
    )


def _taps(signal: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    return np.concatenate([np.zeros((20, 20)), delays(signal, 20)])


def unrelated(work: Work) -> Measured:
    """States that the signal does not drive."""
    found = [
        measure(lambda signal, draw: draw.normal(size=(len(signal), 20)), NOTEBOOK, seed).total
        for seed in range(DRAWS)
    ]
    half = 2.576 * float(np.std(found, ddof=1)) / np.sqrt(DRAWS)
    mean = float(np.mean(found))
    return Measured(
        mean,
        Interval(mean - half, mean + half),
        f"20 states of noise; mean of {DRAWS} draws and its 99 % interval",
        tuple(found),
    )


def bound(work: Work) -> Measured:
    """The largest capacity among linear networks of 100 units."""
    networks = (
        Network("ring", inputs=0.01, activation="linear"),
        Network("orthogonal", radius=1.0, activation="linear"),
    )
    found = [
        measure(partial(states_of, network), NOTEBOOK, seed).total
        for network in networks
        for seed in range(3)
    ]
    return Measured(max(found), detail="largest of 6 linear networks of 100 units")


ROWS = (
    Row("capacity-delay-line", "memory capacity of 20 taps", Within(0.05), delay_line),
    Row("capacity-unrelated", "memory capacity of states of noise", Within(0.01), unrelated),
    Row("capacity-bound", "memory capacity of 100 linear units", AtMost(100.0), bound),
    Row(
        "capacity-es2n",
        "memory capacity, ES2N, mixing 0.05",
        Within(0.5),
        partial(published, network=Network("normal", inputs="uniform", mixing=0.05)),
    ),
    Row(
        "capacity-ring",
        "memory capacity, linear ring",
        Within(0.5),
        partial(published, network=Network("ring", inputs=0.01, activation="linear")),
    ),
    Row(
        "capacity-orthogonal",
        "memory capacity, orthogonal",
        Within(0.5),
        partial(published, network=Network("orthogonal", radius=1.0)),
    ),
    Row(
        "capacity-linear",
        "memory capacity, linear, random",
        Within(0.5),
        partial(published, network=Network("sparse", activation="linear")),
    ),
    Row(
        "capacity-tanh",
        "memory capacity, tanh, random",
        Within(0.5),
        partial(published, network=Network("sparse")),
    ),
    Row(
        "capacity-docstring",
        "memory capacity, tanh, spectral radius 1, 500 steps",
        Within(0.5),
        partial(published, network=Network("sparse", radius=1.0, scaling=1.0), protocol=DOCSTRING),
    ),
)
