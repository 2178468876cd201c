"""Steps that Python gives to the picture "state" are those of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")

from echospan import serve, widgets
from echospan.serve.state_host import StateHost
from widgets.javascript import run as javascript
from widgets.test_network import FRAMINGS, SYMBOLS, stored


@pytest.mark.slow
@pytest.mark.parametrize("framing", ["stream", "window"])
def test_its_steps_are_those_that_the_page_computes(framing: str, tmp_path: Path) -> None:
    run = stored(tmp_path / "store", {"kind": "lstm"}, FRAMINGS[framing])
    folder = tmp_path / "js"
    folder.mkdir()
    data = widgets.state_data(run, SYMBOLS)
    other = [*SYMBOLS]
    other[2] = 0
    call = "[given.numbers, given.other].map((one) => network.networkOf(given.network).run(one))"
    wanted, changed = javascript(call, {**data, "other": other}, folder)
    with StateHost(serve.load(run)) as host:
        for _ in range(2):
            steps = [host.answer({"type": "step", "value": one})["step"] for one in SYMBOLS]
            agrees(steps, wanted)
            told = host.answer({"type": "change", "position": 2, "value": 0})
            agrees(told["steps"], changed)
            assert host.answer({"type": "reset"}) == {"type": "reset"}


def agrees(steps: list[dict], wanted: list[dict]) -> None:  # type: ignore[type-arg]
    assert [one["answer"] for one in steps] == [one["answer"] for one in wanted]
    for name in ("hidden", "cell"):
        own, theirs = ([one[name] for one in given] for given in (steps, wanted))
        np.testing.assert_allclose(own, theirs, atol=1e-5)
    sure = [(one["confidence"], other["confidence"]) for one, other in zip(steps, wanted)]  # noqa: B905
    assert all((a is None) == (b is None) for a, b in sure)
    known = [pair for pair in sure if pair[0] is not None]
    np.testing.assert_allclose(*zip(*known, strict=True), atol=1e-5)


def test_a_message_that_means_nothing_changes_no_state(tmp_path: Path) -> None:
    run = stored(tmp_path, {"kind": "simple-rnn"}, FRAMINGS["stream"])
    with StateHost(serve.load(run)) as host:
        first = host.answer({"type": "step", "value": 1})["step"]
        for message in (
            {"type": "step", "value": 6},
            {"type": "step", "value": True},
            {"type": "step", "value": "1"},
            {"type": "change", "position": 1, "value": 1},
            {"type": "change", "position": 0},
            {"type": "grow"},
            {},
        ):
            assert host.answer(message)["type"] == "error", message
        same = host.answer({"type": "change", "position": 0, "value": 1})["steps"]
        assert same == [first]
