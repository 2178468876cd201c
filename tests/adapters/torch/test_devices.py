"""Copies stay on the CPU, whatever device the user's code names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echospan
from echospan.adapters.adapt import adapt

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from echospan.adapters.torch.clone import moved  # noqa: E402

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(64, 6, 1)).astype("float32")
DEVICE = torch.device("cuda")


class Net(nn.Module):
    """Names a device in every way in which people name it."""

    def __init__(self) -> None:
        super().__init__()
        self.memory, self.head = nn.GRU(1, 8, batch_first=True), nn.Linear(8, 1)
        self.device = DEVICE

    def forward(self, x: Any) -> Any:
        h = torch.zeros(1, len(x), 8, device="cuda") + torch.zeros(8).to("cuda:0")
        h = h + torch.zeros(8).to(device=self.device).cuda() + torch.ones(8, device=DEVICE) * 0
        return self.head(self.memory(x.to(self.device), h.to(x.device))[0][:, -1])


def test_a_device_that_forward_names_is_the_cpu() -> None:
    adapter = adapt(Net(), X[:4], precision="float64")
    assert adapter.whole([X[:4]])[0].shape == (4, 1)
    report = echospan.check(Net(), X, X[:, 2] ** 2, batch_size=8)
    assert report.ok
    assert not any("cannot be cloned" in told for told in report.skipped)


def test_strings_that_name_no_device_stay() -> None:
    class Sum(nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.einsum("btf,btf->bt", x, x)

    assert adapt(Sum(), X[:4]).whole([X[:4]])[0].shape == (4, 6)


def test_what_a_copy_keeps_is_moved_with_it() -> None:
    model = Net()
    model.kept = [torch.zeros(2), {"a": torch.ones(1)}]
    moved(model)
    assert model.kept[1]["a"].device.type == "cpu"
    assert all(each.device.type == "cpu" for each in model.parameters())
