"""Probes run a clone that answers as the user's model does, or none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echospan

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 8, 1)).astype("float32")
Y = X[:, 3] ** 2
PADDED = X.copy()
for _row, _length in enumerate(RNG.integers(3, 9, len(X))):
    PADDED[_row, _length:] = 0.1
OTHERWISE = "in double precision the model answers otherwise"


class Net(nn.Module):
    """A GRU over what `read` makes of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.memory, self.head = nn.GRU(1, 8, batch_first=True), nn.Linear(8, 1)

    def read(self, x: Any) -> Any:
        return x

    def forward(self, x: Any) -> Any:
        return self.head(self.memory(self.read(x))[0][:, -1])


class Masked(Net):
    """The mean over the steps that are no padding; 0.1 is another number in double precision."""

    def forward(self, x: Any) -> Any:
        real = (x != 0.1).any(-1, keepdim=True).to(x.dtype)
        h = self.memory(x * real)[0]
        return self.head((h * real).sum(1) / real.sum(1).clamp(min=1))


class Wide(Masked):
    """Its padding is a value that single precision rounds."""

    def forward(self, x: Any) -> Any:
        real = (x != -99999.99).any(-1, keepdim=True).to(x.dtype)
        h = self.memory(x * real)[0]
        return self.head((h * real).sum(1) / real.sum(1).clamp(min=1))


class Large(Net):
    """Adds a number beside which single precision loses small ones."""

    def read(self, x: Any) -> Any:
        return (x + 3e8) - 3e8


class ByType(Net):
    """Does something else where the type is another."""

    def read(self, x: Any) -> Any:
        return x if x.dtype is torch.float32 else -x


def checked(model: Any, x: np.ndarray = X) -> echospan.CheckReport:
    return echospan.check(model, x, Y, batch_size=8, loss=nn.MSELoss())


def told(report: echospan.CheckReport) -> bool:
    return any(OTHERWISE in line for line in report.looked)


WIDE = np.where(np.float32(0.1) == PADDED, np.float32(-99999.99), PADDED)


@pytest.mark.parametrize(
    ("kind", "x"), [(Masked, PADDED), (Wide, WIDE), (Large, X), (ByType, X)],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_probes_run_in_the_models_own_precision_where_double_changes_it(kind: Any, x: Any) -> None:
    report = checked(kind(), x)
    assert told(report)
    assert any("a clone in single precision" in line for line in report.looked)
    assert report.ok, report.codes
    assert "padding-changes-output" not in report.codes


class Cast(Net):
    """Casts to integers and back: thresholds that single precision meets as double does."""

    def read(self, x: Any) -> Any:
        return (x * 4).int().to(x.dtype)


class Half(Net):
    """Runs its layers in bfloat16: rounding alone sets it apart from double precision."""

    def forward(self, x: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return self.head(self.memory(x)[0][:, -1]).float()


class Deep(Net):
    """A hundred and twenty steps of a cell whose rounding grows."""

    def read(self, x: Any) -> Any:
        for _ in range(15):
            x = torch.cat([x, torch.sin(3 * x[:, -8:])], 1)
        return x


@pytest.mark.parametrize("kind", [Net, Cast, Half, Deep])
def test_rounding_alone_changes_nothing(kind: Any) -> None:
    torch.manual_seed(0)
    report = checked(kind())
    assert not told(report)
    assert report.ok, report.codes


class Closed(Net):
    """Keeps a function that calls the layer itself: a copy of it still calls the original's."""

    def __init__(self) -> None:
        super().__init__()
        self.start = 0.0
        self.answer = lambda h: self.head(h) + self.start

    def forward(self, x: Any) -> Any:
        return self.answer(self.memory(x)[0][:, -1].float())


class Counting(Net):
    """Copies of it do something else."""

    def __init__(self) -> None:
        super().__init__()
        self.original = True

    def __deepcopy__(self, memo: Any) -> Any:
        made = Counting()
        made.load_state_dict(self.state_dict())
        made.original = False
        return made

    def forward(self, x: Any) -> Any:
        found = super().forward(x)
        return found if self.original else found + 1


def test_a_copy_that_answers_otherwise_is_noticed() -> None:
    report = checked(Counting())
    assert any("a copy of the module answers otherwise" in line for line in report.skipped)
    assert report.ok, report.codes


def test_a_copy_that_still_calls_the_original_is_noticed() -> None:
    report = checked(Closed())
    assert any("computes with head.weight of the module itself" in line for line in report.skipped)
    assert report.ok, report.codes


class Leaving(Net):
    """Leaves traces of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.seen, self.state = 0, [], torch.zeros(3)
        self.register_buffer("mean", torch.zeros(1))
        self.train()

    def forward(self, x: Any) -> Any:
        self.calls += 1
        self.seen.append(self.calls)
        self.last = x
        self.state += 1
        self.mean = self.mean + x.mean()
        return super().forward(x)


def test_the_users_own_module_is_left_as_it_was() -> None:
    model = Leaving()
    mean, seen, weights = model.mean, model.seen, [p.clone() for p in model.parameters()]
    checked(model)
    assert model.calls == 0
    assert model.seen is seen
    assert model.seen == []
    assert not hasattr(model, "last")
    assert model.state.tolist() == [0.0, 0.0, 0.0]
    assert model.mean is mean
    assert model.mean.item() == 0.0
    assert model.training
    assert all(p.grad is None for p in model.parameters())
    assert all(torch.equal(a, b) for a, b in zip(weights, model.parameters(), strict=True))
