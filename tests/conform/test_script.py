"""The program that shows a fault without echospan."""

import subprocess
import sys

import pytest

import echospan

pytest.importorskip("torch")

DOUBLED = """
import torch


class Doubled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.GRU(3, 4, batch_first=True)

    def forward(self, x, state=None):
        y, state = self.cell(x, state)
        return (y.repeat(1, 2, 1) if len(x) > 1 and x.shape[1] == 1 else y), state
"""


@pytest.mark.slow
def test_of_a_wrong_shape_the_shapes_are_shown(tmp_path):
    (tmp_path / "doubled.py").write_text(DOUBLED)
    report = echospan.conform(f"{tmp_path / 'doubled.py'}:Doubled", checks=["steps"])
    assert report["steps"].cause.startswith("The shape is wrong")
    done = subprocess.run(
        [sys.executable, "-c", report["steps"].script],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "shape found     (2, 40, 4)",
        "shape expected  (2, 20, 4)",
    ]
