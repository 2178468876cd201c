"""Flax's recurrent layers under `jax.jit`, with Optax's Adam.

Two ways are tried on a few epochs and the faster is kept: one compiled call for each update, as
most training loops have it, and one compiled scan over a number of epochs. All data are on the
device before the clock starts; one-hot vectors are made inside the compiled program. Initial
weights are drawn as Keras draws them.
"""

from __future__ import annotations

import time
from typing import Any

import flax
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

from .data import draw
from .wire import talk
from .work import Work

CHUNK = 10
"""Epochs in one call of the scan."""
CELLS = {"lstm": nn.OptimizedLSTMCell, "gru": nn.GRUCell, "simple-rnn": nn.SimpleCell}


glorot = nn.initializers.glorot_uniform()


def small(key: Any, shape: Any, dtype: Any = jnp.float32, *_: Any, **__: Any) -> Any:
    """Keras's initial embedding: uniform from -0.05 to 0.05."""
    return jax.random.uniform(key, shape, dtype, -0.05, 0.05)


def remember(path: Any, value: Any) -> Any:
    """A forget gate's bias at one, as Keras has it; Flax's own is zero."""
    names = [part.key for part in path]
    return jnp.ones_like(value) if names[-2:] == ["hf", "bias"] else value


class Net(nn.Module):
    """The recurrent layer and its readout on integers (batch, time)."""

    work: Work

    @nn.compact
    def __call__(self, x: Any, carry: Any) -> Any:
        """Scores of the scored steps, and the state afterwards."""
        work = self.work
        if work.embedding:
            table = nn.Embed(work.symbols, work.embedding, embedding_init=small)
            x = table(x)
        else:
            x = jax.nn.one_hot(x, work.symbols)
        cell = CELLS[work.cell](work.units, kernel_init=glorot)
        layer = nn.RNN(cell, return_carry=True)
        carry, outputs = layer(x, initial_carry=carry)
        scored = outputs[:, -1] if work.window else outputs[:, work.lag :]
        return nn.Dense(work.symbols, kernel_init=glorot)(scored), carry


class Flax:
    """One network, its optimizer, and the compiled update."""

    def __init__(self, work: Work, options: dict[str, Any]) -> None:
        self._work, self._rng = work, np.random.default_rng(work.seed)
        self._net = Net(work)
        self._adam = optax.adam(work.learning_rate, eps=1e-7)
        self._update = jax.jit(self._one_update, donate_argnums=0)
        self._scan = jax.jit(self._epochs, donate_argnums=0)
        seconds = {way: self._trial(way) for way in ("updates", "scan")}
        self._way = min(seconds, key=lambda way: seconds[way])
        self.multiple = CHUNK if self._way == "scan" else 1
        self._values = self._start()
        leaves = jax.tree.leaves(self._values[0])
        self.about = {
            "parameters": sum(int(leaf.size) for leaf in leaves),
            "settings": {"one call for": "10 epochs" if self._way == "scan" else "an update"},
            "versions": {"flax": flax.__version__, "jax": jax.__version__},
        }

    def _start(self) -> Any:
        x = jnp.zeros((self._work.batch, self._work.steps), "int32")
        params = self._net.init(jax.random.key(self._work.seed), x, self._zero_state())
        params = jax.tree_util.tree_map_with_path(remember, params)
        return params, self._adam.init(params)

    def _zero_state(self) -> Any:
        zero = jnp.zeros((self._work.batch, self._work.units))
        return (zero, zero) if self._work.cell == "lstm" else zero

    def _one_update(self, values: Any, x: Any, y: Any, state: Any) -> Any:
        params, moments = values

        def objective(params: Any) -> Any:
            scores, after = self._net.apply(params, x, state)
            losses = optax.softmax_cross_entropy_with_integer_labels(scores, y)
            return losses.mean(), after

        (loss, after), gradients = jax.value_and_grad(objective, has_aux=True)(params)
        changes, moments = self._adam.update(gradients, moments, params)
        return (optax.apply_updates(params, changes), moments), after, loss

    def _epochs(self, values: Any, x: Any, y: Any) -> Any:
        def update(carry: Any, batch: Any) -> Any:
            values, state = carry
            values, state, loss = self._one_update(values, *batch, state)
            return (values, state), loss

        def epoch(values: Any, batches: Any) -> Any:
            (values, _), losses = jax.lax.scan(update, (values, self._zero_state()), batches)
            return values, losses.mean()

        return jax.lax.scan(epoch, values, (x, y))

    def _trial(self, way: str) -> float:
        self._way, self._values = way, self._start()
        self.train(CHUNK)
        return min(self.train(CHUNK)[0] for _ in range(3))

    def train(self, epochs: int) -> tuple[float, list[tuple[int, float]]]:
        """In the way that was chosen."""
        x, y = (jnp.asarray(array) for array in draw(self._work, epochs, self._rng))
        if self._way == "scan":
            chunks = [(x[n : n + CHUNK], y[n : n + CHUNK]) for n in range(0, epochs, CHUNK)]
            jax.block_until_ready(chunks)
            losses, start = [], time.perf_counter()
            for chunk in chunks:
                self._values, means = self._scan(self._values, *chunk)
                losses.append(means)
            jax.block_until_ready(self._values)
            seconds = time.perf_counter() - start
            return seconds, [(1, float(mean)) for part in losses for mean in np.asarray(part)]
        batches = [[(x[e, u], y[e, u]) for u in range(x.shape[1])] for e in range(epochs)]
        zero = self._zero_state()
        jax.block_until_ready((batches, zero))
        losses, start = [], time.perf_counter()
        for epoch in batches:
            state = zero
            for inputs, targets in epoch:
                self._values, state, loss = self._update(self._values, inputs, targets, state)
                losses.append(loss)
        jax.block_until_ready(self._values)
        seconds = time.perf_counter() - start
        means = np.asarray(losses).reshape(epochs, -1).mean(1)
        return seconds, [(1, float(mean)) for mean in means]


if __name__ == "__main__":
    talk(Flax)
