"""Remedies for hand-written loops, put into the loop; a short training shows what they change.

Needs torch: `make slow` installs it.
"""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

torch = pytest.importorskip("torch")
import echospan  # noqa: E402
from doctor.bench.loop_cases import Cell, batches, error_of, network  # noqa: E402

pytestmark = pytest.mark.slow

LOOP = """
optimizer = torch.optim.{kind}(model.parameters(), {rate})
{change}
{optimizer}
for epoch in range(epochs):
    losses = []
    {train}
    for batch in data:
        {clear}
        loss = error_of(model, batch)
        loss.backward()
        {step}
        losses.append(loss.item())
    {evaluate}
    with torch.no_grad():
        scores = [error_of(model, batch).item() for batch in data for _ in range(2)]
"""
SOUND = {
    "kind": "Adam",
    "rate": 0.01,
    "change": "",
    "optimizer": "",
    "train": "model.train()",
    "clear": "optimizer.zero_grad()",
    "step": "optimizer.step()",
    "evaluate": "model.eval()",
}


def run(epochs: int, model: Any, parts: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The report on a loop that is put together from lines, and its variables."""
    torch.manual_seed(3)
    names = {"torch": torch, "model": model, "data": batches(8), "error_of": error_of,
             "epochs": epochs}  # fmt: skip
    with echospan.watch_torch(model) as watch:
        exec(textwrap.dedent(LOOP.format(**{**SOUND, **parts})), names)
    return watch.report, names


@pytest.mark.parametrize(
    ("code", "place", "faulty"),
    [
        ("gradients-not-cleared", "clear", {"clear": "", "kind": "SGD", "rate": 0.1}),
        ("step-missing", "step", {"step": ""}),
        (
            "parameters-not-stepped",
            "optimizer",
            {"change": "model.layer = torch.nn.GRU(1, 8, batch_first=True)"},
        ),
    ],
)
def test_the_line_makes_the_loop_learn(code, place, faulty):
    faulty = {"kind": "Adam", "rate": 0.01, **faulty}
    report, wrong = run(60, network(), faulty)
    assert report.codes == (code,)
    line = report.findings[0].remedy
    if place == "optimizer":
        line = line.replace("model.parameters()", "model.parameters(), 0.01")
    mended, right = run(60, network(), {**faulty, place: line})
    assert mended.findings == ()
    assert sum(right["losses"]) < 0.6 * sum(wrong["losses"])


def test_evaluation_in_training_mode_gives_another_score_each_time():
    model = network(torch.nn.Dropout(0.5))
    report, wrong = run(2, model, {"evaluate": ""})
    assert report.codes == ("mode-not-switched",)
    # Each batch is scored twice.
    assert wrong["scores"][::2] != wrong["scores"][1::2]
    line = report.findings[0].remedy
    mended, right = run(2, network(torch.nn.Dropout(0.5)), {"evaluate": line})
    assert mended.findings == ()
    assert right["scores"][::2] == right["scores"][1::2]


def test_training_in_evaluation_mode():
    report, _ = run(3, network(torch.nn.Dropout(0.5)), {"train": ""})
    assert report.codes == ("mode-not-switched",)
    line = report.findings[0].remedy
    assert run(3, network(torch.nn.Dropout(0.5)), {"train": line})[0].findings == ()


def test_a_state_that_is_reset_as_in_training():
    """Sums of sessions: the state of another session makes the evaluation wrong."""

    def loop(model: Any, epochs: int, reset: str) -> float:
        torch.manual_seed(1)
        optimizer = torch.optim.Adam(model.parameters(), 0.02)
        x = torch.randn(6, 5, 16, 1)  # sessions, steps, rows, features
        total = x.cumsum(1)

        def session(number: int, state: Any) -> tuple[Any, Any]:
            loss = torch.zeros(())
            for step in range(5):
                answer, state = model(x[number, step], state)
                loss = loss + (answer - total[number, step]).square().mean() / 5
            return loss, state

        for _ in range(epochs):
            for number in range(6):
                optimizer.zero_grad()
                session(number, None)[0].backward()
                optimizer.step()
        names: dict[str, Any] = {"state": None}
        score = 0.0
        with torch.no_grad():
            for number in range(6):
                exec(reset, names)
                loss, names["state"] = session(number, names["state"])
                score += loss.item() / 6
        return score

    def watched(reset: str, epochs: int) -> tuple[Any, float]:
        torch.manual_seed(0)
        model = Cell(torch.nn.GRUCell(1, 16), torch.nn.Linear(16, 1))
        with echospan.watch_torch(model) as watch:
            score = loop(model, epochs, reset)
        return watch.report, score

    report, wrong = watched("", 40)
    assert report.codes == ("state-not-reset",)
    mended, right = watched(report.findings[0].remedy, 40)
    assert mended.findings == ()
    assert right < 0.5 * wrong


def test_teacher_forcing_is_turned_off():
    from doctor.bench.loop_cases import decoder

    def look(**settings: Any) -> Any:
        model = decoder("teacher_forcing_ratio", 0.5)
        optimizer = torch.optim.Adam(model.parameters())
        with echospan.watch_torch(model) as watch:
            for x, _ in batches():
                optimizer.zero_grad()
                (model(x, x) - x).square().mean().backward()
                optimizer.step()
            with torch.no_grad():
                model.eval()(batches(1)[0][0], batches(1)[0][0], **settings)
        return watch.report

    report = look()
    assert report.codes == ("teacher-forcing-in-evaluation",)
    line = report.findings[0].remedy.partition("#")[0].strip()
    settings = eval(line.replace("model(..., ", "dict("))
    assert look(**settings).findings == ()
