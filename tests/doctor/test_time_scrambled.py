from __future__ import annotations

import numpy as np
import pytest

import echospan
from doctor.bench.reshape_cases import (
    FEATURES,
    RIGHT,
    STEPS,
    UNITS,
    WRONG,
    crossing,
    keras_model,
    net,
)
from echospan.adapters.reshapes import Reshape
from echospan.doctor.time_scrambled import scrambled

torch = pytest.importorskip("torch")
CODE = "time-scrambled"


def finding(model):
    found = echospan.check_torch(model, *crossing(), batch_size=32).findings
    return next((each for each in found if each.code == CODE), None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(WRONG))
def test_the_line_is_named_and_its_remedy_brings_the_axes_to_their_places(kind):
    found = finding(net(WRONG[kind], kind=kind))
    assert found.severity == "warning"
    assert found.evidence["where"].startswith("reshape_cases.py:")

    def mended(h):
        names = {"h": h}
        exec(found.remedy, names)
        return names["h"]

    assert finding(net(mended, kind=kind)) is None
    h = torch.randn(4, *{"convolution": (STEPS, FEATURES), "heads": (STEPS, UNITS)}.get(
        kind, (UNITS, STEPS) if kind == "convolution before" else (2, STEPS, UNITS // 2)
    ))  # fmt: skip
    assert torch.equal(mended(h), RIGHT[kind](h))


def test_heads_folded_into_the_batch_by_a_view_are_mended_too():
    wrong = Reshape((4, 10, 8), (8, 10, 4), "here")
    found = scrambled(wrong, 4, {10})
    assert (found.length, found.axis, found.place) == (10, 1, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((4, 10, 8), (4, 10, 2, 4)),  # heads behind time
        ((4, 10, 8), (40, 8)),
        ((4, 10, 8), (4, 80)),
        ((4, 12, 8), (4, 3, 4, 8)),  # pieces of four steps
        ((4, 12, 8), (4, 3, 32)),
        ((4, 10, 1), (4, 1, 10)),  # one feature: nothing is cut
        ((4, 8, 10), (32, 10, 1)),  # features into the batch, time last
        ((40, 10, 6, 6), (4, 10, 360)),  # frames with as many channels as steps
        ((4, 10, 3, 6, 6), (40, 3, 6, 6)),
        ((4, 80), (4, 10, 8)),
    ],
)
def test_reshapes_that_keep_time_are_right(before, after):
    assert scrambled(Reshape(before, after, "here"), 4, {before[1], after[1]}) is None


def test_what_may_be_pieces_of_steps_is_a_note_unless_a_convolution_reads_it():
    made = Reshape((4, 12, 4), (4, 4, 12), "here")
    assert scrambled(made, 4, {12}).open
    assert not scrambled(Reshape((4, 12, 4), (4, 4, 12), "here", "conv1d"), 4, {12}).open

    class Patches(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.up, self.head = torch.nn.Linear(12, 8), torch.nn.Linear(32, 1)

        def forward(self, x):
            return self.head(torch.relu(self.up(x.reshape(len(x), 4, 12))).flatten(1))

    x = np.random.default_rng(0).normal(size=(64, 12, 4)).astype("float32")
    found = echospan.check_torch(Patches(), x, x[:, 0, :1] ** 2, batch_size=16)
    assert [f.severity for f in found.findings if f.code == CODE] == ["note"]


def test_attention_of_torch_itself_is_not_looked_into():
    model = torch.nn.Sequential(
        torch.nn.Linear(FEATURES, 8),
        torch.nn.TransformerEncoder(
            torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1
        ),
        torch.nn.Flatten(),
        torch.nn.Linear(8 * STEPS, 1),
    )
    assert finding(model) is None


class Rises(torch.nn.Module):
    """The largest of what a convolution over neighbouring steps gives."""

    def __init__(self, change):
        super().__init__()
        self.change = change
        self.conv, self.head = torch.nn.Conv1d(FEATURES, 16, 2), torch.nn.Linear(16, 1)

    def forward(self, x):
        return self.head(torch.relu(self.conv(self.change(x))).max(2).values)


@pytest.mark.slow
def test_the_twin_learns_what_the_scrambled_one_does_not():
    x, _ = crossing(512)
    y = np.diff(x[:, :, 0], axis=1).max(1)[:, None]
    kind, left = "convolution", []
    assert finding(Rises(WRONG[kind])) is not None
    assert finding(Rises(RIGHT[kind])) is None
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    for table in (WRONG, RIGHT):
        torch.manual_seed(0)
        model = Rises(table[kind])
        optimizer = torch.optim.Adam(model.parameters(), 0.02)
        for _ in range(40):
            for rows in torch.randperm(384).split(32):
                optimizer.zero_grad()
                torch.nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
                optimizer.step()
        with torch.no_grad():
            left.append(float(((model(x[384:]) - y[384:]) ** 2).mean() / y.var()))
    assert left[0] > 0.7
    assert left[1] < 0.4


def test_a_reshape_of_keras_is_named_by_its_layer_and_permuted_instead():
    keras = pytest.importorskip("keras")
    x, y = crossing()
    found = echospan.check(keras_model(reshape=True), x, y, batch_size=32).findings
    found = next(each for each in found if each.code == CODE)
    assert found.message.startswith("Layer 'reshape")
    h = np.random.default_rng(0).normal(size=(4, STEPS, FEATURES)).astype("float32")
    names = {"h": h, "keras": keras}
    exec(found.remedy, names)
    assert (np.asarray(names["h"]) == h.swapaxes(1, 2)).all()
