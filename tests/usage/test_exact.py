"""Models whose use of the past is known: the answer is exact, and each ablation says its own."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import echospan  # noqa: E402
from usage import models  # noqa: E402

SQUARED = torch.nn.MSELoss()


def by_ablation(report):
    return {each.name: each.uses for each in report.ablations}


def noise(count, steps, seed=0):
    return np.random.default_rng(seed).normal(size=(count, steps, 1)).astype("float32")


@pytest.mark.parametrize("lag", [0, 5, 20])
def test_a_delay_line_uses_its_lag_and_one(lag):
    x = noise(256, 48)
    y = np.concatenate([np.zeros((256, lag, 1), "float32"), x], 1)[:, :48]
    report = echospan.uses(models.Delay(lag), x, y, loss=SQUARED, replace=True)
    assert set(by_ablation(report).values()) == {lag + 1}
    assert {each.interval for each in report.ablations} == {(lag + 1, lag + 1)}
    assert report.uses_interval == (lag + 1, lag + 1)
    assert (report.answers_change_up_to, report.warm_up, report.gain_95) == (lag + 1,) * 3
    assert report.older_steps_hurt is None
    assert report.full_loss < 1e-9 < report.constant_loss


def test_a_convolution_uses_its_field_to_the_last_step():
    x = noise(256, 48)
    model = models.CausalConv()
    y = model(torch.tensor(x)).detach().numpy()
    report = echospan.uses(model, x, y, loss=SQUARED, margin=1e-4, replace=True)
    assert set(by_ablation(report).values()) == {15}
    assert report.answers_change_up_to == 15


@pytest.mark.slow
def test_an_exact_ar2_uses_two_in_ten_seeds():
    for seed in range(10):
        x, y = models.windows(models.series((0.6, 0.3), 40_000, seed), 64, 512)
        report = echospan.uses(models.Weights([0.6, 0.3]), x, y, loss=SQUARED, seed=seed)
        found = by_ablation(report)
        assert (found["average"], found["restart"]) == (2, 2), seed
        assert report.uses_interval in ((1, 2), (2, 2)), seed


@pytest.mark.slow
def test_with_few_windows_the_interval_is_wide_enough():
    held = 0
    for seed in range(20):
        x, y = models.windows(models.series((0.6, 0.3), 9_000, seed), 64, 128)
        report = echospan.uses(models.Weights([0.6, 0.3]), x, y, loss=SQUARED, seed=seed)
        low, high = report.uses_interval
        held += low <= 2 <= high
    assert held >= 18


def test_a_state_that_starts_cold_needs_a_warm_up_and_uses_one_step():
    x, y = models.windows(models.series((0.55,), 70_000, 0, level=10), 128, 512)
    report = echospan.uses(models.ColdStart(), x, y, loss=SQUARED, donors=4)
    assert report.uses <= 3
    assert report.by == "average"
    assert 60 <= report.warm_up <= 75
    assert 50 <= report.answers_change_up_to <= 70
    assert any("The state must warm up" in each for each in report.explanations)
    told = " ".join(str(report).split())
    assert "Warm-up from a fresh start:" in told


def test_weights_on_noise_change_answers_and_not_the_loss():
    rng = np.random.default_rng(3)
    weights = np.r_[0.8, 0.03 * rng.choice([-1, 1], 49)]
    x, y = models.windows(models.series((0.8,), 140_000, 1), 128, 1024)
    report = echospan.uses(models.Weights(weights), x, y, loss=SQUARED)
    assert report.uses == 1
    assert report.answers_change_up_to == 50
    assert report.older_steps_hurt.share > 0.02
    assert any("Answers change with inputs up to 50" in each for each in report.explanations)


def test_a_running_mean_needs_few_steps_and_heeds_all():
    rng = np.random.default_rng(0)
    level = rng.normal(size=(512, 1, 1))
    x = (level + 0.5 * rng.normal(size=(512, 129, 1))).astype("float32")
    report = echospan.uses(
        models.RunningMean(), x[:, :-1], x[:, -1], loss=SQUARED, replace=True, donors=4
    )
    found = by_ablation(report)
    assert report.by == "restart"
    assert found["restart"] <= 10
    assert 85 <= found["average"] <= 110
    assert found["replace"] > found["average"]
    assert found["shuffle"] == 0
    assert any("wrong older steps harm" in each for each in report.explanations)
    assert any("order of the steps does not matter" in each for each in report.explanations)


def test_a_bag_of_symbols_needs_all_and_no_order():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet([0.5] * 6, 512)
    x = np.stack([rng.choice(6, 65, p=each) for each in shares])
    report = echospan.uses(
        models.Bag(6), x[:, :-1], x[:, -1], loss=torch.nn.CrossEntropyLoss(), donors=4
    )
    found = by_ablation(report)
    assert found["shuffle"] == 0
    assert found["average"] > 40
    assert report.answers_change_up_to > 60
    assert report.uses_interval[0] > 5


def test_a_rare_read_is_found():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1024, 64, 1))
    x = np.concatenate([values, rng.uniform(size=values.shape) < 0.115], 2).astype("float32")
    y = np.where(x[:, -1, 1:] > 0.5, x[:, -26, :1], x[:, -1, :1])
    report = echospan.uses(models.RareReader(), x, y, loss=SQUARED, donors=4)
    assert set(by_ablation(report).values()) == {26}
    # One of eight answers counts once, not twice as where wrong values stand for missing ones.
    short = {p.kept: p.loss for p in report.curves["average"]}[25]
    assert (short - report.full_loss) / report.gain == pytest.approx(0.12, abs=0.03)


def test_positions_from_the_first_step_make_a_restart_misread():
    x = noise(256, 64)
    report = echospan.uses(models.Absolute(), x, x[:, -4], loss=SQUARED)
    found = by_ablation(report)
    assert (report.uses, report.by) == (4, "average")
    assert found["shuffle"] == 4
    assert report.warm_up == 64
    assert any("restart moves all steps to other positions" in e for e in report.explanations)


def test_the_same_seed_gives_the_same_report():
    x, y = models.windows(models.series((0.6, 0.3), 20_000, 0), 32, 256)
    first, second = (
        echospan.uses(models.Weights([0.6, 0.3]), x, y, loss=SQUARED, seed=4).to_dict()
        for _ in range(2)
    )
    other = echospan.uses(models.Weights([0.6, 0.3]), x, y, loss=SQUARED, seed=5).to_dict()
    for each in (first, second, other):
        del each["seconds"], each["seed"]
    assert first == second
    assert first != other
