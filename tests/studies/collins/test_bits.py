from __future__ import annotations

import pytest

from studies import Work
from studies.collins import bits
from studies.collins.bits import LOOKS, PARAMETERS, UNITS, build, held
from studies.collins.training import Run


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(UNITS))
def test_parameters_are_counted(kind):
    assert build(kind, 40, 0, 0.01).count_params() == PARAMETERS[kind]


def test_bits_by_hand():
    assert held(1.0, 100) == 100
    assert held(0.5, 100) == 0
    # h(1/4) = 2 - 3/4 log2 3
    assert held(0.75, 100) == pytest.approx(100 * (1 - 0.8112781))


@pytest.fixture
def found(monkeypatch):
    """All labels of the smallest load, most of the next."""
    looks = {2: [0.9] * (LOOKS // 2) + [1.0], 4: [0.5] * LOOKS, 6: [0.75] * LOOKS}

    def memorised(work, kind):
        return {
            (load, rate): [Run(seed, rate, list(looks[load])) for seed in range(3)]
            for load in looks
            for rate in (0.003, 0.01)
        }

    monkeypatch.setattr(bits, "memorised", memorised)


def test_the_load_that_holds_most_counts(found):
    ours = bits.per_parameter(Work(), kind="lstm")
    assert ours.value == 2.0
    assert ours.values == (2.0, 2.0, 2.0)
    assert "2 labels each" in ours.detail
    assert f"{2 * held(0.9, 1):.3g} after half of the updates" in ours.detail
    assert bits.alike(Work()).value == 1.0


@pytest.mark.slow
def test_a_network_learns_few_labels_by_heart(monkeypatch):
    monkeypatch.setattr(bits, "LOADS", (1,))
    runs = bits.memorised(Work(), "simple-rnn")[1, 0.01]
    assert [max(run.looks) for run in runs] == [1.0] * 3
