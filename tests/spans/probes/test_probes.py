"""Probes and checks on a model whose state is known exactly: a shift register."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from echospan.adapters import Adapter
from echospan.adapters.trainable import Curve, Streamed, TrainableModel
from echospan.memory_tasks.base import TrainingSpec
from echospan.memory_tasks.echo import EchoTask
from echospan.spans.probes.bits_held import decay
from echospan.spans.probes.checks import check
from echospan.spans.probes.generalisation import delayed, distractors, lengths, references
from echospan.spans.probes.reach import reach
from echospan.tasks import lagged


class Register(TrainableModel):
    """Answers the symbol `taps` steps before; its state is the last `taps` + 1 one-hot vectors."""

    framework: ClassVar[str] = "hand"

    def __init__(self, symbols: int, taps: int, *, leak: bool = False, broken: bool = False):
        self.name, self.task, self.taps = "register", EchoTask(symbols), taps
        self.learns = "nothing"
        self.state_size = symbols * (taps + 1)
        self._leak, self._broken = leak, broken

    def start(self, seed: int, rate: float) -> Any:
        return None

    def train(
        self, weights: Any, spec: TrainingSpec, seed: int, first: int, updates: int
    ) -> tuple[Any, Curve]:
        raise NotImplementedError

    def at_rate(self, weights: Any, factor: float) -> Any:
        return weights

    def keep(self, weights: Any) -> Any:
        return weights

    def encode(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(self.symbols)[inputs]

    def adapter(self, weights: Any) -> Adapter:
        raise NotImplementedError

    def scores(self, weights: Any, symbols: np.ndarray) -> np.ndarray:
        one_hot = np.eye(self.symbols)
        scores = one_hot[np.maximum(lagged(symbols, self.taps), 0)]
        if self._leak:
            scores[:, :-1] += 0.1 * one_hot[symbols[:, 1:]]
        return scores

    def stream(self, weights: Any, symbols: np.ndarray) -> Streamed:
        one_hot = np.eye(self.symbols)
        held = [one_hot[np.maximum(lagged(symbols, k), 0)] for k in range(self.taps + 1)]
        scores = self.scores(weights, symbols)
        return Streamed(scores * (0.5 if self._broken else 1), np.concatenate(held, axis=-1))

    def gradient(self, weights: Any, symbols: np.ndarray, targets: np.ndarray) -> None:
        return None


def test_probes_find_what_the_register_holds_and_nothing_more() -> None:
    found = decay(Register(4, taps=3), None, farthest=6, seed=0, confidence=0.95)
    assert found is not None
    assert found.accuracy[:4] == (1.0,) * 4
    assert all(low <= 0.25 <= high for low, high in found.interval[4:])
    # 32 sequences of 250 answers, all right, are worth 8000 / (1 + 249 * 0.02) = 1,338 trials: at
    # least 99.69 %, and Fano's bound there is 1.965 bits for each of the four distances.
    assert found.bits_held == pytest.approx(4 * 1.965, abs=0.005)


def test_a_sound_register_passes_every_check() -> None:
    found = check(Register(5, taps=2), None, seed=0)
    assert all(one.passed for one in found.values())


def test_a_leak_from_the_future_is_seen() -> None:
    found = check(Register(5, taps=2, leak=True), None, seed=0)
    assert found["causal"].passed is False
    assert found["rows_independent"].passed is True


def test_other_answers_step_by_step_are_seen() -> None:
    found = check(Register(5, taps=2, broken=True), None, seed=0)
    assert found["step_by_step"].passed is False
    assert found["causal"].passed is True


def test_reach_is_the_taps() -> None:
    assert reach(Register(5, taps=7), None, lag=7, seed=0).farthest == 7


def test_longer_and_other_sequences_do_not_disturb_it() -> None:
    register = Register(5, taps=2)
    for found in (
        lengths(register, None, 2, 32, 0, 0.95),
        distractors(register, None, 2, 128, 0, 0.95),
    ):
        assert len(found) == 4
        assert all(condition.accuracy == 1.0 for condition in found)


def test_references_are_right_and_at_chance() -> None:
    found = references(EchoTask(4), [1, 9], 0, 0.95)
    assert [row.accuracy for row in found["delay-line"]] == [1.0, 1.0]
    for row in found["chance"]:
        assert row.interval[0] <= 0.25 <= row.interval[1]
    assert delayed(np.array([[5, 6, 7]]), 2).tolist() == [[0, 0, 5]]
