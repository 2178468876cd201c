from __future__ import annotations

import numpy as np
import pytest

import echospan
from doctor.bench.mask_cases import STEPS, packing, worded

torch = pytest.importorskip("torch")


def report(x, lengths, y, model=None):
    return echospan.check_torch(model or packing(), (x, lengths), y, batch_size=16)


@pytest.mark.parametrize(
    ("wrong", "kind", "severity"),
    [
        (lambda n: np.random.default_rng(0).permutation(n), "order", "error"),
        (lambda n: np.full_like(n, STEPS), "padded", "warning"),
        (lambda n: n + 1, "shifted", "warning"),
    ],
)
def test_the_remedy_counts_the_real_steps(wrong, kind, severity):
    x, lengths, y = worded()
    found = next(f for f in report(x, wrong(lengths), y).findings if f.code == "lengths-wrong")
    assert (found.evidence["kind"], found.severity) == (kind, severity)
    names = {"x": (x, wrong(lengths))}
    exec(found.remedy, names)
    assert np.array_equal(names["lengths"], lengths)
    assert report(x, names["lengths"], y).codes == ()


def test_other_numbers_of_a_sample_are_no_lengths():
    x, _, y = worded()
    other = np.random.default_rng(0).integers(1, STEPS, len(x))
    assert "lengths-wrong" not in report(x, other, y).codes


def test_answers_that_stay_sorted_are_told_and_put_back():
    x, lengths, y = worded()
    found = report(x, lengths, y, packing(order="sorted")).findings
    finding = next(f for f in found if f.code == "place-in-batch")
    assert "sorts the samples" in finding.message
    assert "torch.argsort(order)" in finding.remedy
    assert report(x, lengths, y, packing(order="back")).codes == ()


def test_wrong_lengths_spoil_what_is_learned():
    x, lengths, y = (
        torch.as_tensor(np.tile(each, (4,) + (1,) * (each.ndim - 1))) for each in worded()
    )
    left = []
    for given in (lengths.roll(1), lengths):
        torch.manual_seed(0)
        model = packing()
        optimizer = torch.optim.Adam(model.parameters(), 0.03)
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        for _ in range(6):
            for rows in torch.randperm(384).split(32):
                optimizer.zero_grad()
                loss(model(x[rows], given[rows]), y[rows]).backward()
                optimizer.step()
        with torch.no_grad():
            left.append(float(loss(model(x, given), y)))
    assert left[1] < 0.5 * left[0]
