"""PyTorch modules; torch is an extra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.spans.api import span

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from echospan.adapters.resolve import resolve_model  # noqa: E402
from echospan.adapters.torch.trainer import TorchTrainer, takes_state  # noqa: E402
from echospan.memory_tasks.base import TrainingSpec  # noqa: E402
from echospan.memory_tasks.echo import EchoTask  # noqa: E402
from echospan.tasks import lagged  # noqa: E402

pytestmark = pytest.mark.slow


class Recurrent(nn.Module):
    """forward(x, state) -> (y, state)"""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.memory = nn.LSTM(symbols, 24, batch_first=True)
        self.answer = nn.Linear(24, symbols)

    def forward(self, x, state=None):
        y, state = self.memory(x, state)
        return self.answer(y), state


class Table(nn.Module):
    """forward(x) on integers, no form that hears one step at a time"""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.table = nn.Embedding(symbols, 8)
        self.memory = nn.GRU(8, 24, batch_first=True)
        self.answer = nn.Linear(24, symbols)

    def forward(self, x):
        return self.answer(self.memory(self.table(x))[0])


class Detached(nn.Module):
    """The state goes on from step to step, and no gradient goes back"""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.cell = nn.RNNCell(symbols, 16)
        self.answer = nn.Linear(16, symbols)

    def forward(self, x, state=None):
        held = []
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], None if state is None else state.detach())
            held.append(state)
        return self.answer(torch.stack(held, dim=1)), state


class TimeFirst(nn.Module):
    """batch_first forgotten: rows are mixed and the future is heard"""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.memory = nn.LSTM(symbols, 24)
        self.answer = nn.Linear(24, symbols)

    def forward(self, x):
        return self.answer(self.memory(x)[0])


def settings(**changes: object) -> dict[str, object]:
    plain = {"symbols": 4, "lags": [1], "budget": "5k updates", "seeds": 1, "updates": 1000}
    return {**plain, **changes}


def test_a_module_with_state_end_to_end() -> None:
    sheet = span(Recurrent, **settings(lags=[1, 2], seeds=2))  # type: ignore[arg-type]
    assert sheet.framework == "torch"
    assert (sheet.span, sheet.span_at_least) == (None, 2)
    assert sheet.state_size == 48
    assert sheet.parameters == sum(p.numel() for p in Recurrent(4).parameters())
    assert all(check.passed for check in sheet.checks.values())
    assert sheet.per_lag[0].streamed == pytest.approx(sheet.per_lag[0].accuracy, abs=0.01)
    assert sheet.decay is not None
    assert "forward(x, state)" in sheet.notes[0]


def test_a_module_on_integers_without_state() -> None:
    sheet = span(Table, **settings())  # type: ignore[arg-type]
    assert sheet.span_at_least == 1
    assert sheet.state_size is None
    assert sheet.checks["step_by_step"].passed is None
    assert "integers" in sheet.notes[0]


def test_time_and_batch_mixed_up_is_found() -> None:
    sheet = span(TimeFirst, **settings(updates=200))  # type: ignore[arg-type]
    assert sheet.checks["rows_independent"].passed is False
    assert sheet.verdict_code == "rows-mixed"
    assert sheet.span == 0


def test_a_wrong_output_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a score for each symbol"):
        span(lambda symbols: nn.Linear(symbols, 3), **settings())  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="Tried one-hot"):
        span(lambda symbols: nn.Linear(7, symbols), **settings())  # type: ignore[arg-type]


def test_a_run_cut_into_parts_is_the_same_run() -> None:
    trainer = TorchTrainer(4, integers=False, batch_size=3)

    def train(parts: list[int]) -> np.ndarray:
        torch.manual_seed(0)
        run, first = trainer.start(Recurrent(4), 0.01), 0
        for updates in parts:
            trainer.train(
                run,
                draw=lambda random, number: random.integers(0, 4, (number, 8)),
                ask=lambda values: lagged(values, 1),
                seed=5,
                first=first,
                updates=updates,
            )
            first += updates
        return trainer.scores(run.module, np.arange(8)[None] % 4)

    np.testing.assert_array_equal(train([40]), train([10, 30]))


def test_which_forward_takes_a_state() -> None:
    assert takes_state(Recurrent(3))
    assert not takes_state(Table(3))


def test_a_detached_state_is_named() -> None:
    sheet = span(
        Detached, symbols=4, lags=[4], seeds=1, updates=20, rates=[0.001], budget="100 updates"
    )
    assert sheet.verdict_code == "gradient-truncated"
    looked = sheet.reach["failed"]
    assert looked.backward is not None
    assert looked.backward[0] > 0 == looked.backward[4]
    assert looked.forward[4] > 0


def test_a_task_of_numbers() -> None:
    """The same module: 1 number in a step, 1 out."""
    sheet = span(
        Recurrent, task="continuous-echo", lags=[1], seeds=1, rates=[0.01], updates=800,
        budget="1k updates",
    )  # fmt: skip
    assert sheet.per_lag[0].outcome == "solved"
    assert (sheet.scored_as, sheet.state_size) == ("R2", 48)
    assert "numbers" in sheet.notes[0]


class WithDropout(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.memory = nn.GRU(symbols, 8, batch_first=True)
        self.drop = nn.Dropout(0.5)
        self.answer = nn.Linear(8, symbols)

    def forward(self, x):
        return self.answer(self.drop(self.memory(x)[0]))


def test_dropout_draws_the_same_whatever_other_trials_draw_meanwhile() -> None:
    model = resolve_model(WithDropout, EchoTask(4))
    spec = TrainingSpec(1, 16, 4)

    def trained(disturbed: bool) -> np.ndarray:
        weights, losses = model.start(3, 0.01), []
        # In two parts, or at once: a run that is cut into pieces is the same run.
        for first in (0, 10) if disturbed else (0,):
            torch.rand(7)
            weights, curve = model.train(weights, spec, 3, first, 10 if disturbed else 20)
            losses.append(curve.loss)
        return np.concatenate(losses)

    np.testing.assert_array_equal(trained(disturbed=False), trained(disturbed=True))
