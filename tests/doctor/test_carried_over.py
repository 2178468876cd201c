"""State carried into samples that do not continue: remedies, and what they change in training.

Needs torch: `make slow` installs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import echospan  # noqa: E402
from doctor.bench.carry_cases import EPOCH, handed, pieces, sliding  # noqa: E402
from doctor.bench.parts import recurrent  # noqa: E402

pytestmark = pytest.mark.slow


def remedy(report: Any, code: str) -> str:
    return next(f.remedy for f in report.findings if f.code == code)


def test_windows_without_carried_state():
    x, y = sliding(8)
    settings = {"batch_size": 1, "trainer": "echospan", **EPOCH}
    model = recurrent("LSTM", 1, stateful=True, rows=1, steps=8)
    line = remedy(echospan.check(model, x, y, **settings), "state-overlap")
    mended = recurrent("LSTM", 1, rows=1, steps=8, **eval(f"dict({line}\n)"))
    assert echospan.check(mended, x, y, **settings).findings == ()


def test_pieces_laid_out_as_one_stream_per_row():
    names: dict[str, Any] = dict(zip("xy", pieces(4, 8, in_order=True), strict=True))
    settings = {"batch_size": 4, "trainer": "echospan", **EPOCH}

    def check() -> Any:
        model = recurrent("GRU", 1, every=True, stateful=True, rows=4, steps=8)
        return echospan.check(model, names["x"], names["y"], **settings)

    exec(remedy(check(), "state-not-continued"), {"np": np}, names)
    assert check().findings == ()


def train(x: np.ndarray, y: np.ndarray, rows: int, *, carried: bool, epochs: int) -> Any:
    """A loop that hands the state on, or starts each batch from zeros."""
    torch.manual_seed(0)
    model = handed(y.ndim == 3)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    inputs, targets = (torch.tensor(part, dtype=torch.float32) for part in (x, y))
    losses: list[float] = []
    for _ in range(epochs):
        state, losses = None, []
        for start in range(0, len(x) - rows + 1, rows):
            outputs, after = model(inputs[start : start + rows], state)
            loss = (outputs - targets[start : start + rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            state = tuple(part.detach() for part in after) if carried else None
            losses.append(loss.item())
    return model, float(np.mean(losses))


def test_what_needs_the_start_of_a_sequence_is_learned_from_a_fresh_state_only():
    """The way that each sensor has gone since its own start."""
    rng = np.random.default_rng(1)
    series = 2 * rng.normal(size=(96, 1)) + 0.3 * rng.normal(size=(96, 12)).cumsum(1)
    x = series[:, :, None].astype("float32")
    y = (x - x[:, :1]).copy()
    found = echospan.check(handed(True), x, y, batch_size=8, **EPOCH)
    assert found.codes == ("state-not-continued",)
    carried = train(x, y, 8, carried=True, epochs=30)[1]
    fresh = train(x, y, 8, carried=False, epochs=30)[1]
    assert fresh < 0.4 * carried


def test_windows_that_were_learned_with_a_carried_state_fail_from_a_fresh_one():
    """Forecasts of new windows, each from a fresh state, as a forecast of one window begins."""
    x, y = sliding(2)
    losses = []
    for carried in (True, False):
        model, _ = train(x[:240], y[:240], 1, carried=carried, epochs=6)
        with torch.no_grad():
            outputs, _ = model(torch.tensor(x[240:], dtype=torch.float32), None)
        losses.append(float((outputs - torch.tensor(y[240:])).square().mean()))
    assert losses[1] < 0.6 * losses[0]
