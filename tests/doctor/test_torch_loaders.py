"""Loaders of torch as people write them: any collate function, any sampler, any batch."""

from __future__ import annotations

import numpy as np
import pytest

import echospan
from echospan.adapters.adapt import facts_of, read_data
from echospan.errors import DataError

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_sequence, pad_sequence  # noqa: E402
from torch.utils.data import DataLoader, IterableDataset, TensorDataset  # noqa: E402

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
X = torch.as_tensor(RNG.normal(size=(96, 7, 2)).astype("float32"))
Y = X[:, 3, :1] ** 2
SAMPLES = [(x[: 3 + n % 5], y) for n, (x, y) in enumerate(zip(X, Y, strict=True))]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.memory, self.head = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        return self.head(self.memory(x)[0][:, -1])


class WithLengths(Net):
    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), True, enforce_sorted=False)
        return self.head(self.memory(packed)[1][-1])


class OfPacked(Net):
    def forward(self, packed):
        assert isinstance(packed, nn.utils.rnn.PackedSequence)
        return self.head(self.memory(packed)[1][-1])


def read(model, loader, **more):
    return read_data(model, facts_of(model), loader, None, batch_size=None, **more)


def sides(batch):
    xs, ys = zip(*batch, strict=True)
    return pad_sequence(xs, batch_first=True), torch.tensor([len(x) for x in xs]), torch.stack(ys)


COLLATES = {
    "x, lengths, y": lambda batch: sides(batch),
    "x, y, lengths": lambda batch: (sides(batch)[0], sides(batch)[2], sides(batch)[1]),
    "(x, lengths), y": lambda batch: (sides(batch)[:2], sides(batch)[2]),
    "[x, lengths], y": lambda batch: (list(sides(batch)[:2]), sides(batch)[2]),
}


@pytest.mark.parametrize("name", COLLATES)
def test_lengths_are_an_input_wherever_they_stand(name):
    loader = DataLoader(SAMPLES, batch_size=8, collate_fn=COLLATES[name])
    data = read(WithLengths(), loader)
    assert [each.values.shape for each in data.sources] == [(96, 7, 2), (96,)]
    assert data.targets[0].values.shape == (96, 1)
    report = echospan.check(WithLengths(), loader)
    assert report.ok, report.codes
    assert "padding-after-end" not in report.codes
    assert not any("cannot be cloned" in told for told in report.skipped)


def test_what_forward_has_no_place_for_is_left_out_and_said():
    loader = DataLoader(SAMPLES, batch_size=8, collate_fn=COLLATES["x, y, lengths"])
    data = read(Net(), loader)
    assert len(data.sources) == 1
    assert any("lengths" in told for told in data.notes)


def test_packed_sequences_are_given_packed():
    def collate(batch):
        xs, ys = zip(*batch, strict=True)
        return pack_sequence(xs, enforce_sorted=False), torch.stack(ys)

    loader = DataLoader(SAMPLES, batch_size=8, collate_fn=collate)
    data = read(OfPacked(), loader)
    assert data.sources[0].axes == "packed"
    report = echospan.check(OfPacked(), loader)
    assert report.ok, report.codes
    assert "padding-after-end" not in report.codes
    assert not any("cannot be cloned" in told for told in report.skipped)


def test_samples_of_different_lengths_that_nobody_pads_are_taken_by_length():
    one = DataLoader(SAMPLES, batch_size=1)
    data = read(Net(), one)
    assert data.sources[0].values.shape[1] == 3
    assert "3 to 7 steps" in data.notes[0]
    few = DataLoader([(x[: 3 + n % 5], y) for n, (x, y) in enumerate(SAMPLES[:20])], batch_size=1)
    data = read(Net(), few)
    assert data.padded
    assert "padded here" in data.notes[0]
    report = echospan.check(Net(), [x for x, _ in SAMPLES[:20]], [y for _, y in SAMPLES[:20]])
    assert report.ok
    assert not any(code.startswith("padding") for code in report.codes)


def test_a_list_of_samples_and_targets_must_fit():
    with pytest.raises(DataError, match="96 samples, and there are 95 targets"):
        echospan.check(Net(), [x for x, _ in SAMPLES], Y[:95])


class Stream(IterableDataset):
    def __iter__(self):
        yield from zip(X, Y, strict=True)


class Buckets:
    """A batch sampler of one's own."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(3)

    def __iter__(self):
        for start in torch.randperm(12, generator=self.generator).tolist():
            yield list(range(8 * start, 8 * start + 8))

    def __len__(self):
        return 12


def test_any_loader_is_read_and_left_as_it_was():
    own = Buckets()
    data = TensorDataset(X, Y)
    weights = torch.utils.data.WeightedRandomSampler(torch.ones(96), 96)
    loaders = {
        "stream": DataLoader(Stream(), batch_size=8),
        "buckets": DataLoader(data, batch_sampler=own),
        "weighted": DataLoader(data, batch_size=8, sampler=weights),
        "subset": DataLoader(data, 8, sampler=torch.utils.data.SubsetRandomSampler(range(40))),
        "made": DataLoader([(X[:8], Y[:8]), (X[8:16], Y[8:16])], batch_size=None),
        "data set": data,
    }
    net = Net()
    before, global_state = own.generator.get_state(), torch.get_rng_state()
    found = {name: read(net, loader) for name, loader in loaders.items()}
    assert {name: each.looked_at for name, each in found.items()} == {
        "stream": 96,
        "buckets": 96,
        "weighted": 96,
        "subset": 40,
        "made": 16,
        "data set": 96,
    }
    assert found["buckets"].batch_size == 8
    assert found["weighted"].shuffle
    assert torch.equal(own.generator.get_state(), before)
    assert torch.equal(torch.get_rng_state(), global_state)
    assert (found["data set"].sources[0].values == X.numpy()).all()


class ByName(Net):
    def forward(self, x, mask=None):
        return super().forward(x if mask is None else x * mask[..., None])


def test_of_a_dictionary_what_forward_takes_is_given():
    rows = [
        {"x": x, "mask": torch.ones(7), "name": "row", "number": n, "label": y}
        for n, (x, y) in enumerate(zip(X, Y, strict=True))
    ]
    data = read(ByName(), DataLoader(rows, batch_size=8))
    assert [each.name for each in data.sources] == ["mask", "x"]
    assert data.notes == ("name, number of each batch: forward has no place for it",)
    assert echospan.check(ByName(), DataLoader(rows, batch_size=8)).ok
    alone = [{"series": row["x"], "label": row["label"]} for row in rows]
    assert echospan.check(Net(), DataLoader(alone, batch_size=8)).reach


def test_what_cannot_be_read_is_refused_in_one_line():
    for rows, words in (
        ([{"x": X[0]}] * 4, "a dictionary with x"),
        (TensorDataset(X), "1 parts"),
        ([{"x": x, "y": y, "label": y} for x, y in zip(X, Y, strict=True)], "several targets"),
    ):
        with pytest.raises(DataError, match=words) as caught:
            echospan.check(Net(), DataLoader(rows, batch_size=4))
        assert "check(model, x, y)" in str(caught.value)


def test_a_time_first_loader_is_turned():
    def collate(batch):
        xs, ys = zip(*batch, strict=True)
        return pad_sequence(xs), torch.stack(ys)

    class TimeFirst(Net):
        def __init__(self):
            super().__init__()
            self.memory = nn.GRU(2, 6)

        def forward(self, x):
            return self.head(self.memory(x)[0][-1])

    loader = DataLoader(list(zip(X, Y, strict=True)), batch_size=8, collate_fn=collate)
    report = echospan.check(TimeFirst(), loader, batch_first=False)
    assert report.ok, report.codes
    assert [lag.forward for lag in report.reach[:7]] == [True] * 7


class Whole(Net):
    """Takes a tuple apart itself."""

    def forward(self, batch):
        x, more = batch
        return super().forward(x) + more.mean()


class State(Net):
    """Has a place for a state, which is no place for lengths."""

    def forward(self, x, h=None):
        return self.head(self.memory(x, h)[0][:, -1])


def test_of_three_parts_what_runs_is_taken():
    rows = [(x, y, n) for n, (x, y) in enumerate(zip(X, Y, strict=True))]
    data = read(Net(), DataLoader(rows, batch_size=8))
    assert len(data.sources) == 1
    assert data.targets[0].values.shape == (96, 1)
    assert data.notes == ("part 3 of each batch: forward has no place for it",)
    rows = [(x, x[0] * 2, y) for x, y in zip(X, Y, strict=True)]
    data = read(Whole(), DataLoader(rows, batch_size=8))
    assert [each.values.ndim for each in data.sources] == [3, 2]
    loader = DataLoader(SAMPLES, batch_size=8, collate_fn=COLLATES["x, y, lengths"])
    assert len(read(State(), loader).sources) == 1


class Own:
    """A loader of one's own, with nothing in common with torch's."""

    def __iter__(self):
        for start in range(0, 96, 8):
            yield X[start : start + 8], Y[start : start + 8]


def test_loaders_of_ones_own_and_lists_of_pairs():
    own = read(Net(), Own())
    assert own.batch_size == 8
    assert own.shuffle is False
    batches = read(Net(), list(Own()))
    assert batches.batch_size == 8
    assert batches.origin == "a list of batches"
    samples = read(Net(), list(zip(X, Y, strict=True)))
    assert samples.batch_size is None
    for data in (own, batches, samples):
        assert (data.sources[0].values == X.numpy()).all()
    nested = [{"inputs": {"x": x}, "y": y} for x, y in zip(X, Y, strict=True)]
    assert read(ByName(), DataLoader(nested, batch_size=8)).structure.names == ("x",)


def test_more_targets_than_outputs_are_refused():
    with pytest.raises(DataError, match="2 arrays, and the model gives 1 output"):
        echospan.check(Net(), X, (Y, Y))
