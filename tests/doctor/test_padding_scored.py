from __future__ import annotations

import numpy as np
import pytest

import echospan
from doctor.bench.mask_cases import entropy, keras_tagger, tags, torch_tagger

torch = pytest.importorskip("torch")


def check(x, y, loss, **model):
    found = echospan.check_torch(torch_tagger(**model), x, y, loss=loss, batch_size=16)
    return {f.code: f for f in found.findings}.get("padding-scored")


def test_the_shares_are_those_of_the_data():
    x, y = tags()
    found = check(x, y, entropy())
    real = y[x != 0]
    assert found.severity == "warning"
    assert found.evidence["share"] == pytest.approx((x == 0).mean())
    assert found.evidence["best_constant"] == pytest.approx((y == 0).mean())
    assert found.evidence["best_constant_on_real_steps"] == np.bincount(real).max() / len(real)


def test_the_remedy_in_torch_leaves_padding_out_and_the_real_steps_are_learned():
    x, y = tags(256)
    found = check(x, y, entropy())
    names = {"x": x, "y": y.copy()}
    exec(found.remedy, names)
    assert check(x, names["y"], entropy()) is None
    right = []
    for wanted in (y, names["y"]):
        torch.manual_seed(0)
        model, loss = torch_tagger(), entropy()
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        # As many updates for both: with padding scored they go to the padding first.
        for _ in range(4):
            for rows in torch.arange(256).split(32):
                optimizer.zero_grad()
                loss(model(torch.as_tensor(x)[rows]), torch.as_tensor(wanted)[rows]).backward()
                optimizer.step()
        with torch.no_grad():
            said = model(torch.as_tensor(x)).argmax(-1).numpy()
        right.append(float((said == y)[x != 0].mean()))
    assert right[1] > right[0] + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("what", ["ignored", "masked by the loss", "weighted", "mask of Keras"])
def test_padding_that_is_left_out_is_no_finding(what):
    x, y = tags()
    if what == "ignored":
        assert check(x, y, entropy(ignore_index=0)) is None
    elif what == "masked by the loss":

        def loss(scores, wanted):
            each = torch.nn.functional.cross_entropy(
                scores.transpose(1, 2), wanted, reduction="none"
            )
            return (each * (wanted != 0)).sum() / (wanted != 0).sum()

        assert check(x, y, loss) is None
    elif what == "weighted":
        model = keras_tagger(mask=False)
        weights = (x != 0).astype("float32")
        report = echospan.check(model, x, y, sample_weight=weights, batch_size=16)
        assert "padding-scored" not in report.codes
        assert "padding-scored" in echospan.check(model, x, y, batch_size=16).codes
    else:
        report = echospan.check(keras_tagger(mask=True), x, y, batch_size=16)
        assert "padding-scored" not in report.codes


def test_targets_that_differ_at_such_steps_are_real():
    x, y = tags()
    y = np.where(x == 0, np.random.default_rng(0).integers(0, 4, y.shape), y)
    assert check(x, y, entropy()) is None


def test_a_little_padding_is_a_note():
    x, y = tags(400)
    rows = (x == 0).sum(1) <= 2
    found = check(x[rows], y[rows], entropy())
    assert found.severity == "note"
