"""Cases of torch modules that keep a state for one size of batch."""

from __future__ import annotations

from typing import Any

from doctor.bench.case import Case
from doctor.bench.torch_cases import UNITS, look, windows


def made_once(rows: int | None) -> Any:
    """A state made in the constructor, for as many rows; in the twin in forward."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, UNITS, batch_first=True)
            self.head = torch.nn.Linear(UNITS, 1)
            self.start = None if rows is None else torch.zeros(1, rows, UNITS)

        def forward(self, x: Any) -> Any:
            start = x.new_zeros(1, len(x), UNITS) if self.start is None else self.start
            return self.head(self.layer(x, start.to(x.dtype))[0][:, -1])

    return Net()


def by_setting(rows: int | None) -> Any:
    """``view(batch_size, ...)`` with the size as a setting; in the twin that of x."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.LSTM(1, UNITS, batch_first=True)
            self.head = torch.nn.Linear(UNITS, 1)

        def forward(self, x: Any) -> Any:
            size = rows or len(x)
            state = [torch.zeros(1, size, UNITS, dtype=x.dtype) for _ in range(2)]
            return self.head(self.layer(x, tuple(state))[0][:, -1])

    return Net()


def kept(*, fits: bool) -> Any:
    """A state that goes on from call to call, whatever rows come next; the twin looks first."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, UNITS, batch_first=True)
            self.head, self.state = torch.nn.Linear(UNITS, 1), None

        def forward(self, x: Any) -> Any:
            state = self.state
            if fits and state is not None and state.shape[1] != len(x):
                state = None
            outputs, state = self.layer(x, state)
            self.state = state.detach()
            return self.head(outputs[:, -1])

    return Net()


def available() -> list[Case]:
    """All of them; none where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return []
    code, data = "batch-size-mismatch", windows(5, 3)
    return [
        Case(
            code,
            "torch, a state made in the constructor for 12 rows",
            lambda: look(made_once(12), *data, batch_size=12),
            lambda: look(made_once(None), *data, batch_size=12),
        ),
        Case(
            code,
            "torch, a state made in forward for a size that is a setting",
            lambda: look(by_setting(9), *data, batch_size=9),
            lambda: look(by_setting(None), *data, batch_size=9),
        ),
        Case(
            code,
            "torch, a state that is kept for the next batch, whatever its rows",
            lambda: look(kept(fits=False), *data, batch_size=8),
            lambda: look(kept(fits=True), *data, batch_size=8),
        ),
    ]


CASES = available()
