from __future__ import annotations

import numpy as np
import pytest

import echospan
from echospan.doctor.draws import another, differ, drawn, held, range_of


def rng():
    return np.random.default_rng(0)


def test_the_range_is_that_of_the_users_own_values():
    assert range_of(rng().normal(size=(9, 4, 1))) == "any"
    assert range_of(rng().random((9, 4, 1))) == "positive"
    flags = rng().integers(0, 2, (9, 4, 3))
    assert range_of(flags.astype("float32")) == range_of(flags) == range_of(flags > 0) == "flags"
    assert range_of(np.eye(5)[rng().integers(0, 5, (9, 4))]) == "any"  # symbols
    assert range_of(np.ones(9, int)) == "any"  # lengths
    assert range_of(np.zeros((9, 4))) == "any"  # a start state


def test_what_is_drawn_stays_within_the_range():
    assert set(np.unique(drawn("flags", rng(), (50, 2)))) == {0.0, 1.0}
    positive = drawn("positive", rng(), (50, 2))
    assert positive.min() >= 0
    assert another("positive", positive, rng()).min() > 0
    assert drawn("any", rng(), (50, 2)).min() < 0
    for kind in ("any", "positive", "flags"):
        value = drawn(kind, rng(), (50, 2))
        assert (another(kind, value, rng()) != value).all()


def test_a_mask_beside_the_probed_input_is_set_at_every_step_in_one_draw():
    own = rng().integers(0, 2, (4, 6)).astype(float)
    assert held(own, "flags", 0).all()
    assert (held(own, "flags", 1) == own).all()
    assert not held(own, "flags", 2).any()
    causal = np.tril(np.ones((4, 6, 6)))
    assert (held(causal, "flags", 0) == causal).all()


def test_what_is_no_number_and_what_is_rounded_are_no_difference():
    first = np.array([1.0, np.nan, np.inf, 100.0])
    assert differ(first, np.array([1.0, np.nan, np.inf, 100.01])).tolist() == [0, 0, 0, 1]
    assert not differ(first, np.array([1.01, np.nan, np.inf, 100.0]), "bfloat16").any()
    assert differ(first, np.array([1.01, np.nan, np.inf, 100.0]), "float32")[0]


@pytest.mark.parametrize("small", [0.0, 0.01])
def test_a_norm_by_what_was_observed_mixes_no_rows(small):
    torch = pytest.importorskip("torch")

    class Norm(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRU(2, 8, batch_first=True)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, x, seen):
            count = seen.sum(1, keepdim=True) + small
            mean = (x * seen).sum(1, keepdim=True) / count
            spread = (((x - mean) * seen) ** 2).sum(1, keepdim=True).div(count).sqrt() + small
            return self.head(self.rnn(torch.cat([(x - mean) * seen / spread, seen], 2))[0][:, -1])

    x = rng().normal(size=(64, 8, 1)).astype("float32")
    seen = (rng().random(x.shape) < 0.5).astype("float32")
    assert "rows-mixed" not in echospan.check_torch(Norm(), (x, seen), x[:, 0]).codes


def test_words_that_a_mask_hides_in_one_sample_are_not_out_of_reach():
    torch = pytest.importorskip("torch")

    class Pool(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.nn.Embedding(12, 8)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, ids, mask):
            weight = mask[..., None].to(self.table.weight.dtype)
            return self.head((self.table(ids) * weight).sum(1) / weight.sum(1).clamp(min=1))

    ids = np.zeros((64, 10), int)
    for row, length in enumerate(rng().integers(2, 10, 64)):
        ids[row, :length] = rng().integers(1, 12, length)
    mask = (ids != 0).astype(int)
    found = echospan.check_torch(Pool(), (ids, mask), ids[:, :1] / 6, needs_lag=3)
    assert "lag-outside-window" not in found.codes


def test_padding_that_a_mask_input_hides_is_unread():
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = torch.nn.GRU(1, 8, batch_first=True), torch.nn.Linear(8, 1)

        def forward(self, x, mask):
            out = self.rnn(x * mask[..., None])[0]
            return self.head((out * mask[..., None]).sum(1))

    x, mask = np.zeros((64, 8, 1), "float32"), np.zeros((64, 8), "float32")
    for row, length in enumerate(rng().integers(3, 8, 64)):
        x[row, :length], mask[row, :length] = rng().normal(size=(length, 1)), 1
    assert "padding-after-end" not in echospan.check_torch(Net(), (x, mask), x.sum(1)).codes
