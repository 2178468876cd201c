"""Outputs that do not repeat are named with what draws, and not compared."""

import random

import numpy as np
import pytest

import echospan

torch = pytest.importorskip("torch")

from doctor.bench.repeat_cases import cases, checked, dropped, moved, net, shaken  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_faulty_one_is_named_alone_and_its_twin_is_clean(case):
    faulty = case.faulty()
    assert case.code in faulty.codes
    assert "rows-mixed" not in faulty.codes
    assert "state-not-reset" not in faulty.codes
    assert any("compares outputs" in told for told in faulty.skipped)
    assert case.code not in case.clean().codes


def test_what_draws_is_named_with_its_line():
    (start,) = [f for f in checked("randn").findings if f.code == "answer-not-repeatable"]
    assert "torch.randn" in start.message
    assert "repeat_cases.py:" in start.message
    assert "torch.zeros" in start.remedy
    for noise, words in (
        (dropped, "torch.nn.functional.dropout"),
        (shaken, "Python's module random"),
        (moved, "no seed fixes"),
    ):
        report = checked(noise=lambda module, h, noise=noise: noise(module, h, always=True))
        (found,) = [f for f in report.findings if f.code == "answer-not-repeatable"]
        assert words in found.message


def test_the_users_generators_are_left_as_they_were():
    x = np.random.default_rng(0).normal(size=(40, 6, 1)).astype("float32")
    for noise in (dropped, shaken):
        model = net(torch.randn, lambda module, h, noise=noise: noise(module, h, always=True))
        before = random.getstate(), torch.get_rng_state()
        drawn = np.random.get_state()[1].tolist()  # noqa: NPY002 (that of the user)
        assert "answer-not-repeatable" in echospan.check(model, x, x[:, 3], batch_size=8).codes
        assert random.getstate() == before[0]
        assert np.random.get_state()[1].tolist() == drawn  # noqa: NPY002
        assert torch.equal(torch.get_rng_state(), before[1])
