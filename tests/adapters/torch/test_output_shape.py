"""A module that cannot be measured says what to change in it."""

from __future__ import annotations

import pytest

from echospan.adapters.resolve import resolve_model
from echospan.errors import ConfigError
from echospan.memory_tasks.choose import memory_task_of

torch = pytest.importorskip("torch")
nn = torch.nn


class Cell(nn.Module):
    """An LSTM whose output is bent into the shape of a mistake."""

    def __init__(self, symbols, shape):
        super().__init__()
        self.lstm, self.out = nn.LSTM(symbols, 6, batch_first=True), nn.Linear(6, symbols)
        self.shape = shape

    def forward(self, x):
        h = self.lstm(x)[0]
        return self.shape(h, self.out)


MISTAKES = {
    "last step only": (lambda h, out: out(h[:, -1]), "Apply the readout to every step"),
    "no readout": (lambda h, out: h, r"nn\.Linear\(6, K\)"),
    "classes in the middle": (lambda h, out: out(h).transpose(1, 2), r"transpose\(1, 2\)"),
    "time first": (lambda h, out: out(h).transpose(0, 1), r"transpose\(0, 1\)"),
    "one axis": (lambda h, out: out(h).flatten(0, 1), "reshape it to"),
    "one number": (lambda h, out: out(h)[..., 0], "a score for each"),
    "something else": (lambda h, out: out(h)[:, :3], "Return a tensor"),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_the_hint_fits_the_shape(name):
    shape, hint = MISTAKES[name]
    task = memory_task_of("echo", 4, None, None)
    with pytest.raises(ConfigError, match=hint) as error:
        resolve_model(lambda symbols: Cell(symbols, shape), task)
    assert "batch_first" not in str(error.value)


def test_a_regression_without_its_last_axis():
    task = memory_task_of("continuous-echo", None, None, None)
    with pytest.raises(ConfigError, match=r"unsqueeze\(-1\)"):
        resolve_model(lambda n: Cell(n, lambda h, out: h[..., 0]), task)


@pytest.mark.parametrize("made", [nn.LSTM(4, 8), nn.Linear(4, 4), Cell(4, None)])
def test_an_object_is_no_function_that_makes_one(made):
    name = type(made).__name__
    with pytest.raises(ConfigError, match=rf"an object of {name}.*lambda symbols: {name}\("):
        resolve_model(made, memory_task_of("echo", 4, None, None))


def test_torchs_own_class_says_how_to_wrap_it():
    with pytest.raises(ConfigError, match=r"pass lambda symbols: LSTM\(symbols, \.\.\.\)"):
        resolve_model(nn.LSTM, memory_task_of("echo", 4, None, None))
