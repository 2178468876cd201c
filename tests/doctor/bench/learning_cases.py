"""Cases about what training can change: parts without a gradient."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.output_cases import sine
from doctor.bench.state_cases import look

SEED = 3

X, Y = (each.astype("float32") for each in sine(-1, 1))


def keras_case(
    name: str, faulty: Callable[[Any], Any], clean: Callable[[Any], Any], backend: Backend = "torch"
) -> Case:
    """A Keras model made by a function of `keras`, with its twin."""

    def report(make: Callable[[Any], Any]) -> Any:
        import keras

        model = make(keras)
        model.compile(loss="mse")
        return look(model, X, Y, batch_size=32)

    return Case("dead-part", name, lambda: report(faulty), lambda: report(clean), backend=backend)


def attending(keras: Any, axis: int) -> Any:
    """Scores of each step, and a softmax over an axis."""
    inputs = keras.Input((12, 1))
    states = keras.layers.GRU(4, return_sequences=True)(inputs)
    scores = keras.layers.Dense(1)(keras.layers.Dense(4, activation="tanh")(states))
    weights = keras.layers.Softmax(axis=axis)(scores)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.ops.sum(weights * states, axis=1)))


def context(keras: Any, *, one: bool) -> Any:
    """The last state attends to the other states, or to their mean alone."""
    inputs = keras.Input((12, 1))
    states = keras.layers.LSTM(4, return_sequences=True)(inputs)
    last = keras.layers.Reshape((1, 4))(states[:, -1])
    keys = keras.layers.Reshape((1, 4))(keras.ops.mean(states, axis=1)) if one else states
    found = keras.layers.MultiHeadAttention(2, 4)(last, keys)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(found)))


def stopped(keras: Any, *, stop: bool) -> Any:
    """A filter in front, behind which the gradient stops."""
    inputs = keras.Input((12, 1))
    found = keras.layers.Conv1D(4, 3, padding="causal", activation="tanh")(inputs)
    found = keras.ops.stop_gradient(found) if stop else found
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GRU(4)(found)))


def frozen(keras: Any, *, all_of_it: bool) -> Any:
    """A model whose layers are all set to stay as they are."""
    model = keras.Sequential([keras.Input((12, 1)), keras.layers.GRU(4), keras.layers.Dense(1)])
    model.trainable = not all_of_it
    return model


CASES = [
    keras_case(
        "attention scores, softmax over the last axis of one",
        lambda keras: attending(keras, -1),
        lambda keras: attending(keras, 1),
    ),
    keras_case(
        "attention to a single key",
        lambda keras: context(keras, one=True),
        lambda keras: context(keras, one=False),
        backend="jax",
    ),
    keras_case(
        "stop_gradient behind a convolution",
        lambda keras: stopped(keras, stop=True),
        lambda keras: stopped(keras, stop=False),
        backend="jax",
    ),
    keras_case(
        "all layers frozen",
        lambda keras: frozen(keras, all_of_it=True),
        lambda keras: frozen(keras, all_of_it=False),
    ),
]


def torch_nets() -> dict[str, Callable[..., Any]]:
    """Modules by what is wrong with them; called with True they are right."""
    import torch
    from torch import nn

    class Head(nn.Module):
        def __init__(self, right: bool) -> None:
            super().__init__()
            self.right = right
            self.body = nn.GRU(1, 4, batch_first=True)
            self.head = nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.body(x)[0][:, -1])

    class Detached(Head):
        def forward(self, x: Any) -> Any:
            last = self.body(x)[0][:, -1]
            return self.head(last if self.right else last.detach())

    class NoGrad(Head):
        def forward(self, x: Any) -> Any:
            with torch.set_grad_enabled(self.right and torch.is_grad_enabled()):
                states, _ = self.body(x)
            return self.head(states[:, -1])

    class ByNumPy(Head):
        def forward(self, x: Any) -> Any:
            states, _ = self.body(x)
            if not self.right:
                states = torch.as_tensor(np.tanh(states.detach().numpy()))
            return self.head(states[:, -1])

    class Listed(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            parts = [nn.Linear(4, 4), nn.Linear(4, 4)]
            self.parts = nn.ModuleList(parts) if right else parts

        def forward(self, x: Any) -> Any:
            found = self.body(x)[0][:, -1]
            for part in self.parts:
                found = torch.tanh(part(found))
            return self.head(found)

    class Named(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            parts = {"one": nn.Linear(4, 4)}
            self.parts = nn.ModuleDict(parts) if right else parts

        def forward(self, x: Any) -> Any:
            return self.head(self.parts["one"](self.body(x)[0][:, -1]))

    class Tensor(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            scale = torch.ones(4, requires_grad=True)
            self.scale = nn.Parameter(scale.detach()) if right else scale

        def forward(self, x: Any) -> Any:
            return self.head(self.body(x)[0][:, -1] * self.scale)

    class Scores(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            self.score = nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            states, _ = self.body(x)
            weights = torch.softmax(self.score(states), dim=1 if self.right else 2)
            return self.head((weights * states).sum(1))

    class OneKey(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            self.attend = nn.MultiheadAttention(4, 1, batch_first=True)

        def forward(self, x: Any) -> Any:
            states, _ = self.body(x)
            keys = states if self.right else states[:, -1:]
            return self.head(self.attend(states[:, -1:], keys, keys)[0][:, 0])

    class Branch(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            self.filter = nn.Conv1d(1, 4, 3, padding=1)

        def forward(self, x: Any) -> Any:
            found = self.body(x)[0][:, -1]
            other = torch.tanh(self.filter(x.transpose(1, 2))).mean(2)
            return self.head(found + other if self.right else found)

    class Uncalled(Head):
        def __init__(self, right: bool) -> None:
            super().__init__(right)
            self.hidden = nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            found = self.body(x)[0][:, -1]
            return self.head(torch.tanh(self.hidden(found)) if self.right else found)

    class BothWays(nn.Module):
        def __init__(self, right: bool) -> None:
            super().__init__()
            self.right = right
            self.body = nn.LSTM(1, 4, batch_first=True, bidirectional=True)
            self.head = nn.Linear(8, 1)

        def forward(self, x: Any) -> Any:
            states, (last, _) = self.body(x)
            return self.head(torch.cat([last[0], last[1]], 1) if self.right else states[:, -1])

    def still(right: bool) -> Any:
        return Head(True).requires_grad_(right)

    return {
        "detach between layers": Detached,
        "encoder under torch.no_grad": NoGrad,
        "way through NumPy": ByNumPy,
        "layers in a plain list": Listed,
        "layers in a plain dictionary": Named,
        "tensor that is no Parameter": Tensor,
        "softmax over the last axis of one": Scores,
        "MultiheadAttention to a single key": OneKey,
        "branch whose output is dropped": Branch,
        "layer that forward does not call": Uncalled,
        "both directions read at the last step": BothWays,
        "all parameters frozen": still,
    }


def torch_report(net: Any, *, seed: int = 0, **settings: Any) -> Any:
    """The check of a module made by a function, on the sine."""
    import torch

    import echospan

    torch.manual_seed(seed)
    return echospan.check_torch(net(), X, Y, loss=torch.nn.MSELoss(), batch_size=32, **settings)


if find_spec("torch") is not None:
    CASES += [
        Case(
            "dead-part",
            name,
            lambda make=make: torch_report(lambda: make(False)),
            lambda make=make: torch_report(lambda: make(True)),
            source={
                "detach between layers": "speechbrain 1396",
                "layers in a plain list": "texar-pytorch 72",
                "softmax over the last axis of one": "PyTorch-NLP 2",
            }.get(name, ""),
        )
        for name, make in torch_nets().items()
    ]


def keras_fit(optimizer: Any, *, rows: int = 0, scale: float = 1.0, **settings: Any) -> Any:
    """A GRU on the sine, compiled with an optimizer made from its class and rate."""
    import keras

    kind, rate = optimizer
    # Some weights happen to start with a loss far below that of any constant.
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential([keras.Input((12, 1)), keras.layers.GRU(4), keras.layers.Dense(1)])
    model.compile(getattr(keras.optimizers, kind)(rate), "mse")
    x, y = X[: rows or None], scale * Y[: rows or None]
    return look(model, x, y, **{"batch_size": 32, **settings})


def rate_case(name: str, faulty: Any, clean: Any, source: str = "", scale: float = 1.0) -> Case:
    return Case(
        "learning-rate",
        name,
        lambda: keras_fit(faulty, scale=scale),
        lambda: keras_fit(clean, scale=1.0),
        source=source,
    )


CASES += [
    rate_case("Adam at 3", ("Adam", 3.0), ("Adam", 0.01), source="keras 5264"),
    rate_case("RMSprop at 10", ("RMSprop", 10.0), ("RMSprop", 0.003)),
    rate_case("SGD at 2 on larger targets", ("SGD", 2.0), ("SGD", 0.05), scale=10.0),
    rate_case("Adam at 1e-8", ("Adam", 1e-8), ("Adam", 0.001)),
    Case(
        "too-few-updates",
        "twenty samples in one batch, 3 epochs",
        lambda: keras_fit(("Adam", 0.001), rows=20, epochs=3),
        lambda: keras_fit(("Adam", 0.001), rows=20, epochs=600),
    ),
    Case(
        "too-few-updates",
        "one batch of all samples, 10 epochs of SGD",
        lambda: keras_fit(("SGD", 0.001), batch_size=188, epochs=10),
        lambda: keras_fit(("SGD", 0.05), batch_size=8, epochs=40),
    ),
]

if find_spec("torch") is not None:

    def torch_fit(kind: str, rate: float, **settings: Any) -> Any:
        import torch

        import echospan

        torch.manual_seed(0)
        net = torch_nets()["detach between layers"](True)
        optimizer = getattr(torch.optim, kind)(net.parameters(), rate)
        rows = settings.pop("rows", None)
        return echospan.check_torch(
            net, X[:rows], Y[:rows], loss=torch.nn.MSELoss(), optimizer=optimizer,
            **{"batch_size": 32, **settings},
        )  # fmt: skip

    CASES += [
        Case(
            "learning-rate",
            "torch.optim.Adam at 5",
            lambda: torch_fit("Adam", 5.0),
            lambda: torch_fit("Adam", 0.005),
        ),
        Case(
            "learning-rate",
            "torch.optim.SGD at 1e-9",
            lambda: torch_fit("SGD", 1e-9),
            lambda: torch_fit("SGD", 0.1),
        ),
        Case(
            "too-few-updates",
            "torch module, 4 epochs of one batch",
            lambda: torch_fit("AdamW", 0.0005, rows=32, epochs=4),
            lambda: torch_fit("AdamW", 0.0005, rows=32, epochs=2000),
        ),
    ]
