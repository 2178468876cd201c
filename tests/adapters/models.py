"""The same small models in every framework, with numbers that are known by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.adapters import Adapter, adapt

DECAY = 0.5
X = np.array([[1.0, 0, 0, 2], [0, 4, 0, 0], [-2, 0, 0, 1]])[:, :, None]
Y = np.array([[1.0, 0.5, 0.25, 2.125], [0, 4, 2, 1], [-2, -1, -0.5, 0.75]])[:, :, None]
"""A leaky sum: y(t) = x(t) + y(t - 1) / 2."""


def keras_leaky() -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((None, 1)),
            keras.layers.SimpleRNN(1, activation="linear", use_bias=False, return_sequences=True),
        ]
    )
    model.set_weights([np.ones((1, 1)), np.full((1, 1), DECAY)])
    model.compile(loss="mse")
    return model


def torch_leaky(*, time_first: bool = False) -> Any:
    import torch

    class Leaky(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decay = torch.nn.Parameter(torch.tensor([[DECAY]]))

        def forward(self, x: Any, state: Any = None) -> Any:
            axis = 0 if time_first else 1
            state = torch.zeros(1, x.shape[1 - axis], 1) if state is None else state
            found = []
            for step in x.unbind(axis):
                state = step[None] + state @ self.decay
                found.append(state[0])
            return torch.stack(found, axis), state

    return Leaky()


def jax_leaky() -> Any:
    import jax
    import jax.numpy as jnp

    def init(key: Any) -> Any:
        return {"decay": jnp.full((1, 1), DECAY)}

    def apply(params: Any, x: Any, state: Any = None) -> Any:
        def step(carry: Any, now: Any) -> Any:
            carry = now + carry @ params["decay"]
            return carry, carry

        start = jnp.zeros((x.shape[0], 1), x.dtype) if state is None else state
        end, found = jax.lax.scan(step, start, x.swapaxes(0, 1))
        return found.swapaxes(0, 1), end

    return init, apply


def leaky(kind: str, **settings: Any) -> Adapter:
    """The leaky sum as an adapter."""
    if kind == "torch time first":
        return adapt(torch_leaky(time_first=True), X, batch_first=False, **settings)
    models = {"keras": keras_leaky, "torch": torch_leaky, "jax": jax_leaky}
    return adapt(models[kind](), X, **settings)


KINDS = ("keras", "torch", "torch time first", "jax")
