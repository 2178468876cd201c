"""Cases from a review of the doctor by a sceptical user: models as people write them."""

from __future__ import annotations

from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import WIDTH, echo, noise, padded, recurrent, stack, symbols, windows
from doctor.bench.several_cases import SYMBOLS, listen, translator
from doctor.bench.state_cases import look
from echospan.doctor import CheckReport


def walk_or_padded() -> Case:
    """The last step of a padded sample is no value that could be repeated."""

    def masked() -> Any:
        import keras

        body = [keras.layers.Masking(0.0), keras.layers.LSTM(WIDTH), keras.layers.Dense(1)]
        return stack((None, 1), *body)

    def last(steps: int) -> Any:
        import keras

        model = stack((steps, 1), keras.layers.Flatten(), keras.layers.Dense(1))
        model.set_weights([np.eye(steps)[:, -1:], np.zeros(1)])
        return model

    walk = np.cumsum(noise(200))
    return Case(
        "copies-last-value",
        "linear model of a random walk; the twin has padding behind the end",
        lambda: look(last(3), windows(walk, 3)[:-1], walk[3:, None], batch_size=16),
        lambda: look(masked(), *padded(front=False), batch_size=16),
        heuristic=True,
    )


def pictures() -> Case:
    """A film: samples with two axes more than usual."""
    film = noise(80, 4, 4, 1)

    def model(steps: int) -> Any:
        import keras

        return stack(
            (steps, 4, 4, 1),
            keras.layers.ConvLSTM2D(2, 3, padding="same"),
            keras.layers.Conv2D(1, 1),
        )

    def cut(steps: int) -> tuple[np.ndarray, np.ndarray]:
        x = np.stack([film[start : start + steps] for start in range(6 - steps, 80 - steps)])
        return x, film[1 : 1 + len(x)]

    return Case(
        "lag-outside-window",
        "ConvLSTM2D on pictures, 3 steps, lag 4",
        lambda: look(model(3), *cut(3), batch_size=8),
        lambda: look(model(5), *cut(5), batch_size=8),
    )


def batches(steps: int, lag: int) -> Any:
    """Keras's own data set over windows."""
    import keras

    x, y = echo(steps, lag)

    class Windows(keras.utils.PyDataset):
        def __len__(self) -> int:
            return len(x) // 16

        def __getitem__(self, place: int) -> tuple[np.ndarray, np.ndarray]:
            part = slice(place * 16, place * 16 + 16)
            return x[part], y[part]

    return Windows()


def of_the_users_own(*, swaps: bool) -> Any:
    """A model and a layer whose constructors take no more than they need."""
    import keras

    class Head(keras.layers.Layer):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(width)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    class Whole(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = keras.layers.GRU(WIDTH), Head(1)

        def call(self, x: Any) -> Any:
            return self.head(self.body(keras.ops.transpose(x, (1, 0, 2)) if swaps else x))

    model = Whole()
    model.compile(loss="mse")
    return model


def unshifted() -> Case:
    """A decoder that is given what it is to say."""
    told = symbols(48, 9, number=SYMBOLS)
    heard, y = noise(48, 8, 3), told[:, 1:]
    return Case(
        "decoder-sees-target",
        "encoder and decoder, the decoder's input is not moved on",
        lambda: look(translator(reads_ahead=False), [heard, y], y, batch_size=8),
        lambda: look(translator(reads_ahead=False), [heard, told[:, :-1]], y, batch_size=8),
    )


def lengths(*, packs: bool) -> CheckReport:
    """A torch module that is given the lengths of its padded samples, and may use them."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, WIDTH, batch_first=True)
            self.head = torch.nn.Linear(WIDTH, 1)

        def forward(self, x: Any, long: Any) -> Any:
            if packs:
                pack = torch.nn.utils.rnn.pack_padded_sequence
                x = pack(x, long, batch_first=True, enforce_sorted=False)
            return self.head(self.layer(x)[1][-1])

    x, y = padded(front=False)
    long = (x[:, :, 0] != 0).sum(1)
    return listen(Net(), (x.astype("float32"), long), y.astype("float32"), batch_size=8)


def keeps(*, detaches: bool) -> CheckReport:
    """A torch module that goes on from its own state."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.LSTM(1, WIDTH, batch_first=True)
            self.head, self.state = torch.nn.Linear(WIDTH, 1), None

        def forward(self, x: Any) -> Any:
            outputs, state = self.layer(x, self.state)
            self.state = tuple(part.detach() for part in state) if detaches else state
            return self.head(outputs[:, -1])

    x, y = echo(5, 2)
    return listen(Net(), x.astype("float32"), y.astype("float32"), batch_size=8)


def directions(*, views: bool) -> CheckReport:
    """Both directions' last states, laid side by side in one of two ways."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, WIDTH, batch_first=True, bidirectional=True)
            self.head = torch.nn.Linear(2 * WIDTH, 1)

        def forward(self, x: Any) -> Any:
            state = self.layer(x)[1]
            both = state.view(len(x), -1) if views else torch.cat([state[0], state[1]], 1)
            return self.head(both)

    x, y = echo(5, 2)
    return listen(Net(), x.astype("float32"), y.astype("float32"), batch_size=8)


def middle() -> Case:
    """A bidirectional layer between others, and a head for each step."""

    def model(*, both: bool) -> Any:
        import keras

        layer = keras.layers.LSTM(WIDTH, return_sequences=True)
        return stack(
            (8, 1),
            keras.layers.Conv1D(WIDTH, 3, padding="causal"),
            keras.layers.Bidirectional(layer) if both else layer,
            keras.layers.GRU(WIDTH, return_sequences=True),
            keras.layers.TimeDistributed(keras.layers.Dense(1)),
        )

    x = windows(noise(120), 9)
    return Case(
        "future-visible",
        "bidirectional layer in the middle, TimeDistributed head",
        lambda: look(model(both=True), x[:, :-1], x[:, 1:], batch_size=16),
        lambda: look(model(both=False), x[:, :-1], x[:, 1:], batch_size=16),
    )


def of_torch() -> list[Case]:
    """All of them; none where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return []
    return [
        Case(
            "padding-after-end",
            "torch module that is given lengths; the twin packs its samples",
            lambda: lengths(packs=False),
            lambda: lengths(packs=True),
        ),
        Case(
            "state-graph-kept",
            "torch module that goes on from its own state",
            lambda: keeps(detaches=False),
            lambda: keeps(detaches=True),
        ),
        Case(
            "rows-mixed",
            "torch bidirectional GRU, a view of its last states",
            lambda: directions(views=True),
            lambda: directions(views=False),
        ),
    ]


CASES = [
    walk_or_padded(),
    pictures(),
    Case(
        "lag-outside-window",
        "LSTM and keras.utils.PyDataset, 3 steps, lag 5",
        lambda: look(recurrent("LSTM", 1), batches(3, 5), None),
        lambda: look(recurrent("LSTM", 1), batches(6, 5), None),
    ),
    Case(
        "rows-mixed",
        "model and layer of the user's own, without a configuration",
        lambda: look(of_the_users_own(swaps=True), *echo(8, 2), batch_size=8),
        lambda: look(of_the_users_own(swaps=False), *echo(8, 2), batch_size=8),
    ),
    unshifted(),
    middle(),
    *of_torch(),
]
