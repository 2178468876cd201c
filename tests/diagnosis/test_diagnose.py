"""The four numbers on models and data whose truth is known, and what is left out with a reason."""

from __future__ import annotations

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError

torch = pytest.importorskip("torch")
pytest.importorskip("lightgbm")

from diagnosis.models import (  # noqa: E402
    LAG,
    SYMBOLS,
    DelayLine,
    cross_entropy,
    delayed_symbols,
    exact_delay_line,
)

pytestmark = pytest.mark.slow


def windows(series: np.ndarray, window: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(series, window)[:, :, None].copy()


class Oldest(torch.nn.Module):
    """Answers with the oldest step of a window, (batch, 1)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, 0]


def test_all_four_numbers_are_equal_on_a_delay_line():
    x, y = delayed_symbols(64, 40)
    found = echospan.diagnose(exact_delay_line(), x, y, loss=cross_entropy, span=True)
    truth = LAG + 1
    assert (found.needs, found.framing_reach, found.span, found.uses) == (truth,) * 4, found
    assert all(found.intervals[name] == (truth, truth) for name in ("needs", "span", "uses"))
    assert found.weakest_link == "none"
    assert found.reasons == {}


@pytest.mark.parametrize("lag", [0, 2, 7])
def test_numbers_are_equal_on_a_window_of_the_needed_length(lag):
    x = windows(np.random.default_rng(lag).normal(size=1200 + lag).astype("float32"), lag + 1)
    if lag == 0:
        # A window of one step has nothing older to take away.
        found = echospan.diagnose(Oldest(), x, x[:, 0], loss=torch.nn.MSELoss())
        assert (found.needs, found.framing_reach, found.uses) == (1, 1, None)
        assert "one step" in found.reasons["uses"]
        return
    found = echospan.diagnose(Oldest(), x, x[:, 0], loss=torch.nn.MSELoss())
    assert (found.needs, found.framing_reach, found.uses) == (lag + 1,) * 3
    assert found.weakest_link == "none"


def test_a_need_beyond_the_window_is_seen_and_its_loss_told():
    series = np.random.default_rng(0).normal(size=1210).astype("float32")
    x, y = windows(series, 4)[4:], series[0:-7]  # 7 steps before the newest of each window
    found = echospan.diagnose(Oldest(), x[: len(y)], y[: len(x)], loss=torch.nn.MSELoss())
    assert found.needs == 8
    assert found.framing_reach == 4
    assert found.weakest_link == "framing"
    assert found.remedy.startswith(("window=8", "series = "))
    assert "held-out loss" in found.remedy


def test_a_receptive_field_below_the_need_is_a_matter_of_architecture():
    drawn = np.random.default_rng(0).integers(0, SYMBOLS, (64, 46))
    x, y = np.eye(SYMBOLS, dtype="float32")[drawn[:, 6:]], drawn[:, :40]
    found = echospan.diagnose(DelayLine(), x, y, loss=cross_entropy)
    assert (found.needs, found.framing_reach) == (7, LAG + 1)
    assert found.weakest_link == "architecture"


def test_shuffled_windows_are_put_in_order_first():
    series = np.cumsum(np.random.default_rng(0).normal(size=1200)).astype("float32")
    x = windows(series, 6)[:-1]
    y = series[6:, None]
    order = np.random.default_rng(1).permutation(len(x))
    found = echospan.diagnose(Oldest(), x[order], y[order], loss=torch.nn.MSELoss())
    assert found.needs == 1
    assert found.lookback is not None
    assert found.lookback.horizon == 1


def test_what_fits_no_series_is_left_out_with_the_reason():
    x = np.random.default_rng(0).normal(size=(300, 6, 2)).astype("float32")

    class Both(torch.nn.Module):
        def forward(self, x):
            return x[:, -1]

    found = echospan.diagnose(Both(), x, x[:, -1], loss=torch.nn.MSELoss(), span=True)
    assert found.needs is None
    assert "2 numbers" in found.reasons["needs"]
    assert found.span is None
    assert "symbols" in found.reasons["span"]
    assert found.weakest_link == "undecided"
    assert found.framing_reach is not None


def test_without_a_loss_uses_says_so_and_nothing_is_named():
    x = windows(np.random.default_rng(0).normal(size=700).astype("float32"), 3)
    found = echospan.diagnose(Oldest(), x, x[:, 0])
    assert found.uses is None
    assert "loss" in found.reasons["uses"]
    assert found.weakest_link == "undecided"


def test_an_interrupt_keeps_what_there_is():
    x = windows(np.random.default_rng(0).normal(size=700).astype("float32"), 3)
    found = echospan.diagnose(Oldest(), x, x[:, 0], loss=torch.nn.MSELoss(), stop=lambda: True)
    assert found.stopped
    assert found.weakest_link == "undecided"
    assert found.reasons["uses"].startswith("interrupted")


def test_a_wrong_argument_is_named():
    x = np.zeros((40, 3, 1), "float32")
    with pytest.raises(ConfigError, match="seed"):
        echospan.diagnose(Oldest(), x, x[:, 0], seed=-1)


def test_the_model_keeps_its_weights_and_random_generators_their_state():
    x, y = delayed_symbols(64, 20)
    model = exact_delay_line()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    echospan.diagnose(model, x, y, loss=cross_entropy)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x, y: (x[..., :1], y), "model must be one that can be run on x"),
        (lambda x, y: (x, np.zeros(len(x), int)), "y holds a single class"),
    ],
    ids=["another width", "one class"],
)
def test_what_leaves_nothing_to_say_is_refused(change, said):
    class Forecaster(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.memory = torch.nn.GRU(2, 4, batch_first=True)
            self.answer = torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.answer(self.memory(x)[0][:, -1])

    x = np.random.default_rng(0).normal(size=(300, 8, 2)).astype("float32")
    x, y = change(x, x[:, -3])
    loss = torch.nn.CrossEntropyLoss() if y.ndim == 1 else torch.nn.MSELoss()
    with pytest.raises(echospan.EchospanError, match=said):
        echospan.diagnose(Forecaster(), x, y, loss=loss)
