"""Torch modules with their data. Needs torch: `make slow` installs it."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from echospan.doctor.check import check_torch  # noqa: E402
from echospan.errors import ConfigError, DataError  # noqa: E402

pytestmark = pytest.mark.slow


class Net(nn.Module):
    """A recurrent layer and a readout of the last step, or of every step."""

    def __init__(self, kind=nn.LSTM, features=1, every=False, batch_first=True, **settings):
        super().__init__()
        self.layer = kind(features, 8, batch_first=batch_first, **settings)
        self.head = nn.Linear(16 if settings.get("bidirectional") else 8, 1)
        self.every = every

    def forward(self, x, state=None):
        outputs, state = self.layer(x, state)
        return self.head(outputs if self.every else outputs[:, -1]), state


class Loop(nn.Module):
    """A cell in a loop over time; `cut` is done to the state after each step."""

    def __init__(self, cut):
        super().__init__()
        self.cell, self.head, self.cut = nn.GRUCell(1, 8), nn.Linear(8, 1), cut

    def forward(self, x):
        state = None
        for step in x.unbind(1):
            state = self.cut(self.cell(step, state))
        return self.head(state)


def windows(length=60, steps=5, lag=3, seed=0):
    """Windows of one series, and the value `lag` before the newest."""
    series = np.random.default_rng(seed).normal(size=length).astype("float32")
    x = np.lib.stride_tricks.sliding_window_view(series, steps)[..., None]
    return np.ascontiguousarray(x), np.ascontiguousarray(x[:, steps - 1 - lag])


def steps(count=96, lag=1, seed=0):
    """One step a sample, and the value `lag` samples before."""
    series = np.random.default_rng(seed).normal(size=count + lag).astype("float32")
    return series[lag:, None, None], series[:count, None]


def errors(report):
    return [f.code for f in report.findings if f.severity == "error"]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_right_framing_has_no_error_and_its_lags_are_in_reach(kind):
    x, y = windows()
    report = check_torch(Net(kind), x, y, batch_size=8)
    assert errors(report) == []
    assert report.needs_lag.lag == 3
    assert report.needs_lag.how == "copy"
    reach = {lag.lag: (lag.forward, lag.gradient) for lag in report.reach}
    assert all(reach[lag] == (True, True) for lag in range(5))
    assert reach[5] == (False, False)


def test_batch_and_time_swapped_is_rows_mixed_and_batch_first_cures_it():
    x, y = windows()
    wrong = nn.LSTM(1, 8)
    report = check_torch(wrong, x, y, batch_size=8)
    assert "rows-mixed" in errors(report)
    evidence = report.findings[report.codes.index("rows-mixed")].evidence
    assert evidence["row"] != evidence["other"]
    assert "rows-mixed" not in check_torch(nn.LSTM(1, 8, batch_first=True), x, y).codes
    # The same module is right where it is given (time, batch, features).
    assert "rows-mixed" not in check_torch(wrong, x, y, batch_first=False).codes


@pytest.mark.parametrize(
    "cut",
    [lambda s: s.detach(), lambda s: s.data, lambda s: torch.tensor(s.tolist(), dtype=s.dtype)],
    ids=["detach", "data", "tensor"],
)
def test_a_graph_cut_between_time_steps(cut):
    x, y = windows()
    report = check_torch(Loop(cut), x, y, batch_size=8)
    assert "state-detached-inside" in report.codes
    found = report.findings[report.codes.index("state-detached-inside")]
    assert found.evidence["lag"] == 3
    reach = {lag.lag: (lag.forward, lag.gradient) for lag in report.reach}
    # The state is cut off after the last step, too: no input is taught at all.
    assert all(reach[lag] == (True, False) for lag in range(5))
    assert "state-detached-inside" not in check_torch(Loop(lambda s: s), x, y).codes


def test_state_of_another_row_never_brings_the_answer_and_aligned_rows_do():
    x, y = steps()
    report = check_torch(Net(), x, y, batch_size=6, reset_state="epoch")
    assert report.codes[:2] == ("state-row-mismatch", "gradient-cut")
    assert "inherits the state of sample" in report.findings[0].message
    namespace = {"x": x, "y": y, "np": np}
    exec(report.findings[0].remedy, namespace)
    cured = check_torch(
        Net(), namespace["x"], namespace["y"], batch_size=6, reset_state="epoch", needs_lag=1
    )
    assert "state-row-mismatch" not in cured.codes
    assert "gradient-cut" in cured.codes
    assert {lag.lag: lag.forward for lag in cured.reach}[1]
    assert not {lag.lag: lag.gradient for lag in cured.reach}[1]


def test_fresh_state_each_step_is_a_lag_outside_the_window():
    x, y = steps()
    report = check_torch(Net(), x, y, batch_size=6)
    assert errors(report) == ["lag-outside-window"]


def test_shuffled_batches_with_carried_state():
    x, y = steps()
    data = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    loader = torch.utils.data.DataLoader(data, batch_size=6, shuffle=True)
    report = check_torch(Net(), loader, reset_state="epoch", needs_lag=1)
    assert errors(report) == ["shuffled-state"]
    in_order = torch.utils.data.DataLoader(data, batch_size=6)
    assert "shuffled-state" not in check_torch(Net(), in_order, reset_state="epoch").codes


def test_targets_of_another_shape_are_spread_over_all_pairs():
    x, y = windows()
    loss = nn.MSELoss()
    report = check_torch(Net(), x, y[:, 0], loss=loss, batch_size=8)
    assert errors(report) == ["loss-broadcast"]
    evidence = report.findings[0].evidence
    assert evidence["compared"] == [8, 8]
    assert [each["code"] for each in evidence["covers"]] == ["output-constant"]
    assert check_torch(Net(), x, y, loss=loss, batch_size=8).ok


def test_cross_entropy_over_one_class():
    x, y = windows()
    y = (y[:, 0] > 0).astype("int64")
    report = check_torch(Net(), x, y, loss=nn.CrossEntropyLoss(), batch_size=8)
    assert "output-constant" in errors(report)


def test_a_module_that_drops_its_input():
    class Deaf(nn.Module):
        def __init__(self):
            super().__init__()
            self.answer = nn.Parameter(torch.ones(1))

        def forward(self, x):
            return self.answer.expand(len(x), 1)

    x, y = windows()
    assert "output-constant" in errors(check_torch(Deaf(), x, y, batch_size=8))


def test_a_bidirectional_layer_sees_the_future_which_is_a_note():
    x, _ = windows()
    report = check_torch(Net(bidirectional=True, every=True), x, x, batch_size=8)
    assert "future-visible" in report.codes
    assert errors(report) == []
    assert "future-visible" not in check_torch(Net(every=True), x, x, batch_size=8).codes


def test_state_kept_in_the_module_itself():
    class Keeps(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.head, self.state = (
                nn.GRU(1, 8, batch_first=True),
                nn.Linear(8, 1),
                None,
            )

        def forward(self, x):
            kept = self.state
            if kept is not None and kept.shape[1] != len(x):
                kept = None
            outputs, state = self.layer(x, kept)
            self.state = state.detach()
            return self.head(outputs[:, -1])

    x, y = windows()
    model = Keeps()
    model(torch.tensor(x[:8]))
    before = model.state
    assert "state-not-reset" in check_torch(model, x, y, batch_size=8).codes
    assert model.state is before
    assert "state-not-reset" not in check_torch(Net(), x, y, batch_size=8).codes


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("saturated", [False, True])
def test_scale_and_weights_play_no_part(scale, saturated):
    x, y = steps()
    model = Net()
    if saturated:
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(50.0)
    report = check_torch(model, x * scale, y * scale, batch_size=6, reset_state="epoch")
    assert report.codes[:2] == ("state-row-mismatch", "gradient-cut")


def test_embeddings_take_integers():
    class Symbols(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.net = nn.Embedding(7, 4), Net(features=4)

        def forward(self, x):
            return self.net(self.table(x))[0]

    symbols = np.random.default_rng(0).integers(0, 7, (40, 5))
    report = check_torch(Symbols(), symbols, symbols[:, 2].astype("float32"), batch_size=8)
    assert errors(report) == []
    assert {lag.lag: lag.forward for lag in report.reach}[2]


def test_the_users_module_and_generators_are_bit_for_bit_as_before():
    x, y = windows()
    model = Net(dropout=0.5, num_layers=2).train()
    outputs, _ = model(torch.tensor(x[:4]))
    outputs.sum().backward()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [p.grad.clone() for p in model.parameters()]
    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    check_torch(model, x, y, batch_size=8, loss=nn.MSELoss())
    with pytest.raises(DataError, match="samples"):
        check_torch(model, x, y[:-1])
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]
    assert model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        assert torch.equal(parameter.grad, gradient)


def test_what_cannot_be_run_is_said_and_the_rest_is_checked():
    x, y = steps()

    class Broken(nn.Module):
        def forward(self, x):
            raise KeyError("no such table")

    report = check_torch(Broken(), x, y, batch_size=6)
    assert any("no such table" in line for line in report.skipped)
    assert errors(report) == ["lag-outside-window"]


def test_a_very_large_module_is_not_copied():
    x, y = windows()

    class Huge(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.empty(30_000_000, device="meta"))

    report = check_torch(Huge(), x, y, batch_size=8)
    assert any("30,000,000 weights" in line for line in report.skipped)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((4, 3))}, r"x must be \(samples, time, features\)"),
        ({"x": np.zeros((0, 3, 1)), "y": np.zeros((0, 1))}, "x is empty"),
        ({"x": np.full((4, 3, 1), np.nan), "y": np.zeros((4, 1))}, "not finite"),
        ({"x": np.array([[["a"]]]), "y": np.zeros((1, 1))}, "must hold numbers"),
        ({"x": np.zeros((4, 3, 1)), "y": np.zeros((3, 1))}, "x has 4 samples and y 3"),
    ],
)
def test_unusable_data(change, words):
    x, y = windows()
    with pytest.raises(DataError, match=words):
        check_torch(Net(), **{"x": x, "y": y[: len(change["x"])], **change})


def test_wrong_settings_are_named():
    x, y = windows()
    with pytest.raises(ConfigError, match="batch_size must be an integer"):
        check_torch(Net(), x, y, batch_size=0)
    with pytest.raises(ConfigError, match="reset_state must be one of"):
        check_torch(Net(), x, y, reset_state="daily")
    with pytest.raises(ConfigError, match=r"model must be a torch\.nn\.Module"):
        check_torch(lambda x: x, x, y)
    with pytest.raises(ConfigError, match="y must be the targets"):
        check_torch(Net(), x)


def test_a_module_that_goes_on_from_its_own_graph_names_where_it_keeps_it():
    class Keeps(Net):
        def __init__(self):
            super().__init__(nn.GRU)
            self.before = self.seen = None

        def forward(self, x):
            outputs, self.before = self.layer(x, self.before)
            self.seen = outputs
            return self.head(outputs[:, -1])

    class Looks(Net):
        """Keeps something to look at, and never reads it."""

        def forward(self, x):
            self.seen, _ = self.layer(x)
            return self.head(self.seen[:, -1])

    x, y = windows()
    report = check_torch(Keeps(), x, y, batch_size=8)
    found = report.findings[report.codes.index("state-graph-kept")]
    assert found.evidence["kept"] == ["before", "seen"]
    assert "model.before = model.before.detach()" in found.remedy
    assert "state-graph-kept" not in check_torch(Looks(), x, y, batch_size=8).codes


def test_time_that_stands_last_is_turned_for_the_probes():
    x, _ = windows(steps=9)
    channels = np.repeat(x.swapaxes(1, 2), 3, axis=1)
    module = nn.Sequential(nn.Conv1d(3, 4, 3), nn.AdaptiveAvgPool1d(1), nn.Flatten())

    class TimeFirst(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = module

        def forward(self, x):
            return self.model(x.transpose(1, 2))

    for model, given in ((module, channels), (TimeFirst(), channels.swapaxes(1, 2))):
        report = check_torch(model, given, channels[:, :1, 2], batch_size=8)
        assert report.skipped == ()
        assert [lag.forward for lag in report.reach[:10]] == [True] * 9 + [False]
    with pytest.raises(DataError, match="time stands last"):
        check_torch(TimeFirst(), channels, channels[:, :1, 0])


def test_remedies_are_torch_and_lengths_that_are_used_are_believed():
    from doctor.bench.reviewed_cases import lengths

    (found,) = [f for f in lengths(packs=False).findings if f.code == "padding-after-end"]
    assert "pack_padded_sequence" in found.remedy
    packed = lengths(packs=True)
    assert packed.findings == ()
    # Of samples with lengths of their own those with the most steps are probed.
    assert [lag.forward for lag in packed.reach[1:7]] == [True] * 6


def test_targets_of_one_number_are_not_turned_with_time_first_inputs():
    class Newest(Net):
        def forward(self, x):
            return self.head(self.layer(x)[0][-1])

    (x, y), net = windows(), Newest(batch_first=False)
    report = check_torch(net, x, y, loss=nn.MSELoss(), batch_size=8, batch_first=False)
    assert "output-constant" not in report.codes
    flat = check_torch(net, x, y[:, 0], loss=nn.MSELoss(), batch_size=8, batch_first=False)
    assert "output-constant" in flat.codes
