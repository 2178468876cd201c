"""Answers behind the window are judged one by one; answers on its steps are not asked."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.block_cases import STEPS, blocks, torch_module

torch = pytest.importorskip("torch")
nn = torch.nn


def finding(model: Any, x: Any, y: Any, code: str = "window-half-used", **settings: Any) -> Any:
    report = echospan.check_torch(model, x, y, batch_size=16, **settings)
    assert [f.code for f in report.findings if f.severity == "error"] == []
    return next((found for found in report.findings if found.code == code), None)


class Apply(nn.Module):
    """A function of parts."""

    def __init__(self, function: Any, *parts: Any) -> None:
        super().__init__()
        self.parts, self.function = nn.ModuleList(parts), function

    def forward(self, x: Any) -> Any:
        return self.function(x, *self.parts)


def convolution(padding: int) -> Any:
    return Apply(
        lambda x, layer: layer(x.transpose(1, 2)).transpose(1, 2),
        nn.Conv1d(1, 1, 3, padding=padding),
    )


def test_each_answer_is_judged_by_itself():
    found = finding(torch_module(whole=False), *blocks())
    # The last answer sees the whole window; the first one step.
    assert found.severity == "warning"
    assert found.evidence["answer"] == 0
    assert found.evidence["seen"]["0"] == 1
    assert found.evidence["seen"][str(STEPS - 1)] == STEPS
    assert "Answer 0 sees only step 0 of it." in found.message


@pytest.mark.slow
def test_the_remedy_is_a_model_in_which_every_answer_sees_the_window_and_that_learns():
    x, y = blocks()
    faulty = torch_module(whole=False)
    names: dict[str, Any] = {"torch": torch}
    exec(finding(faulty, x, y).remedy, names)
    cured = names["model"]
    assert finding(cured, x, y) is None
    given, wanted = torch.tensor(x), torch.tensor(y)
    left = []
    for model in (faulty, cured):
        torch.manual_seed(0)
        optimizer = torch.optim.Adam(model.parameters(), 0.02)
        for _ in range(200):
            loss = nn.functional.mse_loss(model(given), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        left.append(float(loss.detach()))
    assert left[1] < 0.6 * left[0]


@pytest.mark.slow
def test_the_remedy_for_keras_is_such_a_model_too():
    layer = keras.layers.Conv1D(1, 3, padding="same")
    model = keras.Sequential([keras.Input((STEPS, 1)), layer])
    model.compile(loss="mse")
    report = echospan.check(model, *blocks(), batch_size=16)
    assert "window-half-used" in report.codes
    line = next(f.remedy for f in report.findings if f.code == "window-half-used")
    names: dict[str, Any] = {"keras": keras}
    exec(line, names)
    names["model"].compile(loss="mse")
    assert echospan.check(names["model"], *blocks(), batch_size=16).codes == ()


@pytest.mark.parametrize(
    "model",
    [
        lambda: Apply(lambda x, a: a(x[..., 0].amax(1, keepdim=True)), nn.Linear(1, 6)),
        lambda: Apply(
            lambda x, a, b: b(torch.relu(a(x[..., 0]))), nn.Linear(STEPS, 3), nn.Linear(3, 6)
        ),
        lambda: Apply(lambda x, a: a(x[:, 3:, 0]), nn.Linear(STEPS - 3, 6)),
    ],
    ids=["the greatest", "few units", "the oldest left out"],
)
def test_what_is_seen_now_and_then_is_seen(model):
    x, y = blocks(6)
    assert finding(model(), x, y[..., 0]) is None


def test_the_newest_step_left_out_is_told():
    x, y = blocks(6)
    model = Apply(lambda x, a: a(x[:, :-1, 0]), nn.Linear(STEPS - 1, 6))
    found = finding(model, x, y[..., 0])
    assert found.evidence["newest"] is False
    assert f"steps 0 to {STEPS - 2}" in found.message


def test_a_single_answer_that_reads_a_few_steps():
    x, y = blocks(1)
    found = finding(Apply(lambda x, a: a(x[:, -2:, 0]), nn.Linear(2, 1)), x, y[:, 0])
    assert found.message.startswith("The answer lies behind the window of 12 steps, but the model")


def test_answers_on_the_steps_of_the_window_and_open_ones_are_not_judged():
    x, y = blocks()
    series = np.concatenate([x, y], axis=1)
    # The next value at each step: the answer at step 0 cannot know more.
    assert finding(torch_module(whole=False), x, series[:, 1 : STEPS + 1]) is None
    labels = np.random.default_rng(0).normal(size=x.shape).astype("float32")
    assert finding(torch_module(whole=False), x, labels) is None


def both_directions() -> Any:
    layer = nn.GRU(1, 4, batch_first=True, bidirectional=True)
    return Apply(lambda x, layer, head: head(layer(x)[0]), layer, nn.Linear(8, 1))


def severity(model: Any, x: Any, y: Any) -> str | None:
    """That of future-visible."""
    report = echospan.check_torch(model, x, y, batch_size=16)
    return next((f.severity for f in report.findings if f.code == "future-visible"), None)


@pytest.mark.slow
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_later_step_that_is_read_is_an_error_and_a_block_behind_is_not(shuffled):
    x, y = blocks(shuffled=shuffled)
    series = np.concatenate([x, y], axis=1)
    assert severity(both_directions(), x, y) is None
    for later in (1, 2, 5):
        assert severity(both_directions(), x, series[:, later : later + STEPS]) == "error"


@pytest.mark.slow
def test_a_later_step_that_is_not_read_is_a_note():
    x, y = blocks()
    series = np.concatenate([x, y], axis=1)
    assert severity(convolution(1), x, series[:, 1 : STEPS + 1]) == "error"
    # Two steps later is further than this convolution looks.
    assert severity(convolution(1), x, series[:, 2 : STEPS + 2]) == "note"


def test_where_the_steps_are_open_a_look_ahead_is_a_note_that_says_so():
    x, _ = blocks()
    labels = np.random.default_rng(0).normal(size=x.shape).astype("float32")
    found = finding(convolution(1), x, labels, "future-visible")
    assert found.severity == "note"
    assert "do not say" in found.message
