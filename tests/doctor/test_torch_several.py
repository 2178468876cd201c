"""Torch modules of several arguments, and of symbols. Needs torch: `make slow` installs it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from doctor.bench.several_cases import duet, loader, pair  # noqa: E402
from echospan.doctor.check import check_torch  # noqa: E402
from echospan.errors import ConfigError, DataError  # noqa: E402

pytestmark = pytest.mark.slow


def reach(report):
    return {(lag.input, lag.lag): (lag.forward, lag.gradient) for lag in report.reach}


@pytest.mark.parametrize("named", [False, True])
def test_arguments_come_in_order_or_by_name(named):
    (height, name), y = pair(5, 2)
    x = {"name": name, "height": height} if named else (height, name)
    model = duet()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    report = check_torch(model, x, y, batch_size=8)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    inputs = ("height", "name") if named else ("0", "1")
    for each in inputs:
        assert all(reach(report)[each, lag] == (True, True) for lag in range(5))
        assert reach(report)[each, 5] == (False, False)
    assert [(lag.input, lag.lag) for lag in report.reach if lag.needed] == [(inputs[0], 2)]
    assert report.skipped == ()


def test_loaders_of_tuples_and_of_dictionaries():
    (height, name), y = pair(5, 2)
    data = torch.utils.data.TensorDataset(*map(torch.tensor, (height, name, y)))
    report = check_torch(duet(), torch.utils.data.DataLoader(data, batch_size=16))
    assert {lag.input for lag in report.reach} == {"0", "1"}
    carried = check_torch(duet(hands_on=True), loader(shuffle=False), reset_state="epoch")
    assert carried.codes == ("gradient-cut",)
    assert reach(carried)["height", 1] == (True, False)
    assert reach(carried)["name", 0] == (True, True)
    data = [{"height": torch.zeros(5, 1), "name": torch.zeros(5).long()}] * 8
    with pytest.raises(DataError, match="dictionaries with y"):
        check_torch(duet(), torch.utils.data.DataLoader(data, batch_size=4))


def test_several_outputs_have_lags_of_their_own():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.short, self.long = nn.Linear(2, 1), nn.GRU(1, 4, batch_first=True)
            self.head = nn.Linear(4, 1)

        def forward(self, x):
            return self.short(x[:, -2:, 0]), self.head(self.long(x)[0][:, -1])

    (x, _), _ = pair(5, 2)
    report = check_torch(Two(), x, (x[:, -2], x[:, -4]), batch_size=8)
    assert [(lag.output, lag.lag) for lag in report.reach if lag.needed] == [("0", 1), ("1", 3)]
    forward = {(lag.output, lag.lag): lag.forward for lag in report.reach}
    assert (forward["0", 1], forward["0", 2], forward["1", 4]) == (True, False, True)
    assert "lag-outside-window" not in report.codes
    wrong = check_torch(Two(), x, (x[:, -4], x[:, -2]), batch_size=8)
    found = wrong.findings[0]
    assert (found.code, found.evidence["output"]) == ("lag-outside-window", "0")


def test_a_single_precision_state_made_in_forward_is_no_obstacle():
    class Zeros(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.head = nn.GRU(1, 4, batch_first=True), nn.Linear(4, 1)

        def forward(self, x):
            start = torch.zeros(1, x.size(0), 4)
            return self.head(self.layer(x, start)[0][:, -1])

    (x, _), y = pair(5, 2)
    report = check_torch(Zeros(), x, y, batch_size=8)
    assert report.skipped == ()
    assert "in double precision" in report.looked[-1]


def test_unusable_parts_are_named():
    (height, name), y = pair(5, 2)
    with pytest.raises(DataError, match=r"x\[0\] has 80 samples and x\[1\] 77"):
        check_torch(duet(), (height, name[:-3]), y)
    with pytest.raises(DataError, match="must hold an input"):
        check_torch(duet(), (np.ones((80, 3)), np.ones((80, 2))), y)
    with pytest.raises(ConfigError, match="as many inputs as x, 2"):
        check_torch(duet(), (height, name), y, validation_data=(height, y))
