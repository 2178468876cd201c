"""Data as people have them for torch: other axes, batches of other lengths, padding left out."""

import numpy as np
import pytest

import echospan

torch = pytest.importorskip("torch")
nn = torch.nn
pytestmark = pytest.mark.slow
rng = np.random.default_rng(0)
SEQUENCES = [torch.as_tensor(rng.integers(1, 20, rng.integers(5, 15))) for _ in range(96)]
LABELS = torch.as_tensor([float((each == 7).any()) for each in SEQUENCES])[:, None]


class Pooled(nn.Module):
    """A convolution and a mean over time, of which padding is left out or not."""

    def __init__(self, masked):
        super().__init__()
        self.masked = masked
        self.embed = nn.Embedding(20, 6, padding_idx=0)
        self.widen, self.head = nn.Conv1d(6, 8, 3, padding=1), nn.Linear(8, 1)

    def forward(self, x):
        h = torch.tanh(self.widen(self.embed(x).transpose(1, 2)))
        if not self.masked:
            return self.head(h.mean(2))
        real = (x != 0).unsqueeze(1).to(h.dtype)
        return self.head((h * real).sum(2) / real.sum(2).clamp(min=1))


def _padded(items):
    x = nn.utils.rnn.pad_sequence([x for x, _ in items], batch_first=True)
    return x, torch.stack([y for _, y in items])


@pytest.mark.parametrize("masked", [False, True])
def test_batches_padded_to_their_own_longest_sample(masked):
    pairs = list(zip(SEQUENCES, LABELS, strict=True))
    loader = torch.utils.data.DataLoader(pairs, batch_size=8, shuffle=True, collate_fn=_padded)
    report = echospan.check(Pooled(masked), loader)
    assert ("padding-changes-output" in report.codes) is not masked


class Packed(nn.Module):
    """The lengths are counted from the padding; a packed sequence ends at the last word."""

    def __init__(self, packs):
        super().__init__()
        self.packs, self.embed = packs, nn.Embedding(20, 6, padding_idx=0)
        self.memory, self.head = nn.LSTM(6, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        h = self.embed(x)
        if self.packs:
            lengths = (x != 0).sum(1).clamp(min=1).cpu()
            h = nn.utils.rnn.pack_padded_sequence(
                h, lengths, batch_first=True, enforce_sorted=False
            )
        return self.head(self.memory(h)[1][0][-1])


@pytest.mark.parametrize("packs", [False, True])
def test_padding_after_the_end_of_a_packed_sequence_is_no_fault(packs):
    x, y = _padded(list(zip(SEQUENCES, LABELS, strict=True)))
    report = echospan.check(Packed(packs), x, y, batch_size=8)
    assert ("padding-after-end" in report.codes) is not packs


class Dense(nn.Module):
    """Takes (batch, time), and answers each step."""

    def __init__(self):
        super().__init__()
        self.memory, self.head = nn.GRU(1, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        return self.head(self.memory(x[..., None])[0])[..., 0]


def test_floats_without_a_feature_axis_are_checked_where_the_module_takes_them():
    x = rng.normal(size=(64, 10)).astype("float32")
    report = echospan.check(Dense(), x, np.roll(x, 1, 1) ** 2, batch_size=8, loss=nn.MSELoss())
    assert report.ok
    assert [lag.forward for lag in report.reach[:3]] == [True] * 3
    assert not any("cannot be cloned" in told for told in report.skipped)


def test_floats_without_a_feature_axis_are_refused_where_a_layer_reads_one_sequence():
    class Wrong(nn.Module):
        def __init__(self):
            super().__init__()
            self.memory = nn.GRU(10, 8, batch_first=True)

        def forward(self, x):
            return self.memory(x)[0]

    with pytest.raises(echospan.DataError, match=r"x\[\.\.\., None\]"):
        echospan.check(Wrong(), rng.normal(size=(64, 10)), rng.normal(size=(64, 1)))


def test_channels_first_is_checked_where_the_module_takes_it():
    x = rng.normal(size=(64, 2, 16)).astype("float32")
    model = nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 1)
    )
    report = echospan.check(model, x, x[:, :, 3].sum(1, keepdims=True) ** 2, batch_size=8)
    assert report.ok
    assert all(lag.forward for lag in report.reach if lag.lag < 16)


def test_outputs_flattened_over_time_and_batch_do_not_look_mixed():
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.memory, self.head = nn.GRU(1, 8), nn.Linear(8, 3)

        def forward(self, x):
            return self.head(self.memory(x)[0]).reshape(-1, 3)

    x = rng.normal(size=(64, 10, 1)).astype("float32")
    y = rng.integers(0, 3, (64, 10))
    report = echospan.check(Flat(), x, y, batch_size=8, batch_first=False)
    assert "rows-mixed" not in report.codes


def test_batches_of_other_features_are_refused():
    from echospan.adapters.lengths import joined

    with pytest.raises(echospan.DataError, match="differ in their length"):
        joined([np.zeros((2, 3, 1)), np.zeros((2, 3, 2))])


def test_shorter_batches_are_padded_as_they_are_themselves():
    from echospan.adapters.lengths import joined

    front = [np.array([[-1, -1, -1, 5], [-1, -1, 4, 5]]), np.array([[-1, -1, 3], [-1, 7, 3]])]
    assert joined(front)[2].tolist() == [-1, -1, -1, 3]
    behind = [np.array([[5, 6, 7, 8], [5, 0, 0, 0]]), np.array([[4, 0, 0], [3, 2, 1]])]
    assert joined(behind)[3].tolist() == [3, 2, 1, 0]
